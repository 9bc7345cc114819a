//! Commands that make evidence for auditors.

mod population;
mod same;

pub(crate) mod extract;
pub(crate) mod report;
