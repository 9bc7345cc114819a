//! Commands that make evidence for auditors.

mod files;
mod same;

pub(crate) mod report;
