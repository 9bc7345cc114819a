//! Tests of the formats: known texts, malformed ones, and random changes of valid ones.

mod fuzz;
mod keys;
mod notes;
mod page;
mod samples;
mod texts;
