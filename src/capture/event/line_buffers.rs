//! The buffers in which a thread assembles its lines, reused for each event.

use super::notes::Notes;
use crate::record::catalog::CatalogIndex;
use crate::record::encode::{Draft, Parts, TsText};
use crate::record::redact::SecretKeys;
use crate::record::{REDACTED, VIOLATIONS, fit};
use std::cell::Cell;
use std::sync::Arc;

/// The size in bytes beyond which a thread does not keep its buffers.
const KEPT_SIZE: usize = 64 * 1024;

thread_local! {
    /// Empty while a line is assembled: an audit event from a value's own `Debug` finds no
    /// buffers here, and allocates its own.
    static BUFFERS: Cell<Option<Box<LineBuffers>>> = const { Cell::new(None) };
}

/// The buffers of one line.
#[derive(Debug, Default)]
pub(crate) struct LineBuffers {
    pub(crate) parts: Parts,
    /// For values that are not written straight into the parts.
    pub(crate) value_text: Vec<u8>,
    pub(crate) notes: Notes,
    pub(crate) draft: Draft,
    /// The catalog that the thread's last event was checked against.
    pub(crate) catalog: Option<Arc<CatalogIndex>>,
    /// The secret keys of the log of the thread's last event.
    pub(crate) secrets: Option<Arc<SecretKeys>>,
}

impl LineBuffers {
    /// Takes the thread's buffers, empty but for the catalog and the secret keys. While its thread-locals are
    /// destroyed, a thread gets new ones.
    pub(crate) fn take() -> Box<LineBuffers> {
        let mut buffers = BUFFERS.try_with(Cell::take).ok().flatten().unwrap_or_default();
        buffers.parts.clear();
        buffers.notes.clear();
        buffers
    }

    /// Keeps the buffers for the thread's next event, unless they have grown too large.
    pub(crate) fn keep(self: Box<LineBuffers>) {
        if self.size() <= KEPT_SIZE {
            // While the thread's locals are destroyed there is no next event.
            BUFFERS.try_with(|kept| kept.set(Some(self))).unwrap_or(());
        }
    }

    fn size(&self) -> usize {
        self.parts.resource.capacity() + self.value_text.capacity() + self.draft.longest()
    }

    /// Assembles the draft of the line, at most `max_bytes` long.
    pub(crate) fn assemble(&mut self, max_bytes: usize) {
        if !self.notes.redacted.is_empty() {
            self.parts.push_key(REDACTED);
            self.notes.redacted.push(&mut self.parts.resource);
        }
        if !self.notes.violations.is_empty() {
            self.parts.push_member(VIOLATIONS, &self.notes.violations.to_value());
        }
        self.draft.assemble(&self.parts);
        if !self.notes.cuts.is_empty() || self.draft.longest() > max_bytes {
            self.fit(max_bytes);
        }
    }

    #[cold]
    fn fit(&mut self, max_bytes: usize) {
        let mut record = self.draft.stamped_record(&TsText::UNKNOWN, 0);
        fit(&mut record, max_bytes, std::mem::take(&mut self.notes.cuts));
        self.parts.set(&record);
        self.draft.assemble(&self.parts);
    }
}
