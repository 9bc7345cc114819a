//! Following a log while it is written.
//!
//! Files are looked at every 50 milliseconds. What was read of a file is kept as an offset, together with the bytes
//! before it: a file that is shorter, or has other bytes there, is read from its beginning (`file`). A record is
//! shown if its number was not shown before (`known`), in whatever file it is. So it makes no difference in which
//! order files come and go: the next day's, copies of files that could not be synced or were removed, a directory that
//! is removed and comes back (`directory`).

mod directory;
mod file;
#[allow(clippy::module_inception)]
mod follow;
mod following;
mod known;
mod reading;
mod said;
#[cfg(test)]
mod tests;

pub use follow::Follow;
pub use following::Following;
