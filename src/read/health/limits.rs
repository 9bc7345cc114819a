//! What is too long.

use std::time::Duration;

/// What is too long, and what is expected: as [`CheckHealth`](super::CheckHealth) is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) max_mirror_lag: Duration,
    pub(super) recent: Duration,
    pub(super) expects_writer: bool,
}
