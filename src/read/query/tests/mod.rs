//! Random journals and queries, and what stands in the way of a search.

mod against_naive;
mod in_the_way;
mod naive;
mod world;
