//! The legal hold: while anything called `HOLD` is in the directory, nothing is pruned.
//!
//! The name is looked at when the journal is opened, once a second while there are events, at each flush
//! and close, and right before each file is removed. What changed since the last look is recorded as
//! `log.hold_set` or `log.hold_released`; what comes and goes between two looks is not seen.

use crate::journal::control_queue::ControlQueue;
use crate::journal::progress::Progress;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::HOLD;
use crate::record::Record;
use std::io;
use std::sync::Arc;

/// Looks whether there is a legal hold.
#[derive(Debug)]
pub(in crate::journal) struct Hold {
    directory: Arc<dyn Directory>,
    checkpoint: Arc<CheckpointWriter>,
    control_queue: Arc<ControlQueue>,
    progress: &'static Progress,
}

impl Hold {
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        checkpoint: Arc<CheckpointWriter>,
        control_queue: Arc<ControlQueue>,
        progress: &'static Progress,
    ) -> Hold {
        Hold { directory, checkpoint, control_queue, progress }
    }

    /// Returns whether there is a legal hold, and queues a control record if that has changed.
    pub(in crate::journal) fn look(&self) -> io::Result<bool> {
        let is_held = self.directory.exists(HOLD)?;
        if self.checkpoint.set_held(is_held) {
            let event = if is_held { "log.hold_set" } else { "log.hold_released" };
            let kept_from = self.checkpoint.pruned().kept_from;
            self.control_queue.push(Record::new(event).resource("kept_from_seq", kept_from));
            // No caller waits for the checkpoint.
            self.progress.call_syncer();
        }
        Ok(is_held)
    }
}
