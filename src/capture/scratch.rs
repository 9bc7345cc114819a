//! The buffers in which a thread makes its lines, used again for each event.

use super::callsite::Slot;
use super::check::{Checking, Given};
use super::trace_context::{Surroundings, inherit};
use super::visit::{FieldVisitor, Origin};
use crate::handle::{Log, Place, Receipt};
use crate::record::catalog::CatalogIndex;
use crate::record::encode::{Draft, Parts, TsText};
use crate::record::{Cut, VIOLATIONS, Violations, fit, free_key};
use std::cell::Cell;
use std::sync::Arc;
use tracing_core::{Event, Metadata};

/// Buffers that have grown beyond this, in bytes, are not kept.
const KEEP: usize = 64 * 1024;

thread_local! {
    /// Taken while a line is made: an audit event from a value's own `Debug` finds
    /// it gone and makes one of its own.
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) parts: Parts,
    /// For values that are not written straight into the parts.
    pub(super) text: Vec<u8>,
    pub(super) notes: Notes,
    draft: Draft,
    /// The catalog that was asked last.
    catalog: Option<Arc<CatalogIndex>>,
}

/// What there is to say about an event beside itself; nothing, as a rule.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) violations: Violations,
    pub(super) cuts: Vec<(String, Cut)>,
    /// The resource keys so far, where nothing else keeps them apart.
    pub(super) keys: Vec<String>,
    /// The resource's fields, for the catalog to check.
    pub(super) given: Vec<Given>,
    /// Whether a value could not be had; to be asked right after it was.
    pub(super) has_failed: bool,
    pub(super) missing: Missing,
}

/// The fields that were given, but whose values could not be had: nothing may stand
/// in for them.
#[derive(Debug, Default)]
pub(super) struct Missing {
    pub(super) user_sid: bool,
    pub(super) session_id: bool,
    pub(super) trace_id: bool,
}

impl Missing {
    pub(super) fn note(&mut self, slot: Slot) {
        match slot {
            Slot::UserSid => self.user_sid = true,
            Slot::SessionId => self.session_id = true,
            Slot::TraceId => self.trace_id = true,
            Slot::Event | Slot::Outcome | Slot::Resource { .. } | Slot::Members | Slot::Unknown => {}
        }
    }
}

impl Notes {
    /// A key for the resource, `wanted` if it can be.
    pub(super) fn free_key(&mut self, wanted: &str) -> String {
        let is_taken = |key: &str| self.keys.iter().any(|taken| taken == key);
        let key = free_key(wanted, is_taken, &mut self.violations);
        self.keys.push(key.clone());
        key
    }

    /// Whether the user and the session are still to be found.
    pub(super) fn wanted(&self, parts: &Parts) -> (bool, bool) {
        (
            parts.user_sid.is_empty() && !self.missing.user_sid,
            parts.session_id.is_empty() && !self.missing.session_id,
        )
    }
}

/// Records an event, and what it inherits from what is around it.
pub(super) fn record(log: &Log, event: &Event<'_>, origin: Origin, around: &impl Surroundings) -> Receipt {
    if !log.is_enabled() {
        return Receipt::disabled();
    }
    // At the end of a thread its locals may be gone already.
    let mut scratch = SCRATCH.try_with(Cell::take).ok().flatten().unwrap_or_default();
    scratch.clear();
    let catalog = log.checks().catalog_again(scratch.catalog.take());
    let checking = Checking::begin(&catalog, origin, event.metadata().name());
    let visited = FieldVisitor::new(&mut scratch, origin, checking, log.max_record_bytes()).visit(event);
    let Scratch { parts, notes, .. } = &mut *scratch;
    if let Some(checking) = visited {
        checking.finish(&catalog, &parts.event, notes);
    }
    inherit(parts, notes, around);
    let receipt = scratch.append(log, event.metadata());
    scratch.catalog = Some(catalog);
    if scratch.size() <= KEEP {
        SCRATCH.try_with(|place| place.set(Some(scratch))).unwrap_or(());
    }
    receipt
}

impl Scratch {
    fn clear(&mut self) {
        self.parts.clear();
        self.notes.violations.clear();
        self.notes.cuts.clear();
        self.notes.keys.clear();
        self.notes.given.clear();
        self.notes.missing = Missing::default();
    }

    fn size(&self) -> usize {
        self.parts.resource.capacity() + self.text.capacity() + self.draft.longest()
    }

    fn append(&mut self, log: &Log, metadata: &'static Metadata<'static>) -> Receipt {
        if !self.notes.violations.is_empty() {
            self.parts.push_member(VIOLATIONS, &self.notes.violations.to_value());
        }
        self.draft.assemble(&self.parts);
        if !self.notes.cuts.is_empty() || self.draft.longest() > log.max_record_bytes() {
            self.fit(log.max_record_bytes());
        }
        let receipt = log.append(&mut self.draft);
        if self.notes.violations.is_empty() {
            return receipt;
        }
        log.flag(receipt, Place::of(metadata), self.draft.event(), &self.notes.violations)
    }

    #[cold]
    fn fit(&mut self, max: usize) {
        let mut record = self.draft.stamped_record(&TsText::UNKNOWN, 0);
        fit(&mut record, max, std::mem::take(&mut self.notes.cuts));
        self.parts.set(&record);
        self.draft.assemble(&self.parts);
    }
}
