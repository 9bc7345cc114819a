//! Delivering records again that a mirror has got before.

use super::feed::{Feed, HeldLines, OnMissing};
use super::follower::Follower;
use super::followers::Followers;
use crate::journal::Subscription;
use std::time::{Duration, Instant};

impl Follower {
    /// Begins again at a record that was delivered.
    pub(super) fn replay(&mut self, journal: &Subscription, from_seq: u64) {
        if from_seq < self.cursor.next_seq {
            self.held = HeldLines::default();
            self.rejections.take_reasons();
            (self.cursor.position, self.cursor.next_seq) = (None, from_seq);
            self.feed = Feed::new(from_seq, None, OnMissing::PassOver);
            self.control.update(|status| (status.next_seq, status.next_ts) = (from_seq, None));
            self.is_unsaved = true;
            self.save(journal);
        }
        self.control.replay_has_begun();
    }
}

impl Followers {
    /// Has a mirror deliver all records from this number on again. Returns the number of the record that it would have delivered
    /// next.
    ///
    /// # Errors
    ///
    /// Why it does not, in words.
    pub(crate) fn replay(&self, name: &str, from_seq: u64, patience: Duration) -> Result<u64, String> {
        let control = self
            .control_of(name)
            .ok_or_else(|| format!("the audit log has no mirror `{name}` at present"))?;
        let (before, has_begun) = control.begin_again(from_seq, Instant::now() + patience);
        if from_seq >= before {
            return Err(too_late(name, from_seq, before));
        }
        if has_begun {
            Ok(before)
        } else {
            Err(format!("the mirror `{name}` does not answer: it is busy with a delivery, or hangs"))
        }
    }
}

/// Returns that a mirror has not delivered this record yet.
pub(crate) fn too_late(name: &str, from_seq: u64, next_seq: u64) -> String {
    format!(
        "the mirror `{name}` has not delivered record {from_seq} yet: the next one is {next_seq}; none is left out"
    )
}
