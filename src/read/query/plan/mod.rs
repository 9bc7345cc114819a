//! Which parts of which files are to be searched, in which order.

mod bisect;
mod day_file;
mod examine;
mod journal;
mod line_numbers;
mod listing;
mod segment;
mod untangle;

pub(in crate::read) use day_file::DayFile;
pub(super) use journal::{JournalPlan, plan};
pub(in crate::read) use listing::{day_file_in, is_of_the_log};
pub(super) use segment::Segment;
pub(super) use untangle::untangle;
