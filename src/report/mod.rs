//! The crate's own errors and warnings, on their way into the runtime log.
//!
//! They are `tracing` events with the target `tracing_audit`. A report is never sent from inside
//! the audit layer, nor while a lock is held, nor by a thread that something waits for: the runtime
//! log may block. It is posted to a bounded queue, and once its thread is outside of all locks
//! (`deliver`), the reporter, a thread of its own, sends it in the dispatch that the layer was
//! registered with, or in which it was first used. Only the report that there is no audit layer is
//! sent by its caller: it belongs to no log. A report that is raised while its thread is sending one
//! is counted, not sent, and so are all while the queue is full. Reports of one kind are limited to
//! ten at once and one per second; the next one has the number of those that were held back.

mod audience;
mod event;
mod limiter;
mod mirror_thread;
mod recent;
mod reporter;
mod reports;

pub(crate) use event::{Level, Report};
pub(crate) use limiter::Limiter;
pub(crate) use mirror_thread::{is_of_a_mirror, mark_mirror_thread};
pub(crate) use recent::RecentReport;
pub(crate) use reports::Reports;
