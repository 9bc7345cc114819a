//! `log.mirror_failed` and `log.mirror_restored`.
//!
//! - `state`: the failure of one mirror, which its own thread notes
//! - `watch`: a mirror that hangs, which another thread notes

mod state;
mod watch;

pub(super) use state::{Alarm, AlarmAfter, brief};
pub(super) use watch::Watch;
