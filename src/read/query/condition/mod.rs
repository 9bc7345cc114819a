//! What a query asks of a record.

#[allow(clippy::module_inception)]
mod condition;
mod glob;
mod needle;
mod number;
mod parse;
mod path;

pub use condition::Condition;
pub(super) use glob::Glob;
pub(super) use needle::needle;
pub use parse::ParseConditionError;
