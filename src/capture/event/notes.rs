//! Notes about an event beside its values: violations, cuts, and the like. Most events have none.

use crate::record::redact::RedactedKeys;
use crate::record::{ActorKey, Cut, FieldKind, Flaw, ViolationKind, Violations, free_key};
use std::borrow::Cow;
use std::collections::HashSet;

/// Notes about an event beside its values.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) violations: Violations,
    /// The values that were cut, by field.
    pub(crate) cuts: Vec<(String, Cut)>,
    /// The keys whose values were redacted.
    pub(crate) redacted: RedactedKeys,
    /// The resource's fields that are still to be checked against the catalog.
    pub(crate) unchecked: Vec<UncheckedField>,
    /// Whether the event says its outcome, whatever it is.
    pub(crate) says_outcome: bool,
    /// Whether the value that was written last could not be formatted.
    pub(crate) value_failed: bool,
    /// Whether the event has a trace id that could not be formatted. It is not inherited then: it could
    /// be another one.
    pub(crate) is_trace_unreadable: bool,
    /// The resource keys so far, where the compiler has not told them apart.
    keys: HashSet<String>,
}

/// A field of a resource that is still to be checked against the catalog.
#[derive(Debug)]
pub(crate) struct UncheckedField {
    pub(crate) key: Cow<'static, str>,
    pub(crate) kind: FieldKind,
    /// Whether a violation was noted already because the field should not be there.
    pub(crate) is_flagged: bool,
}

impl Notes {
    /// Returns a key of the resource that is still free: `wanted`, if it is.
    pub(crate) fn free_key(&mut self, wanted: &str) -> String {
        let is_taken = |key: &str| self.keys.contains(key);
        let key = free_key(wanted, is_taken, &mut self.violations);
        self.keys.insert(key.clone());
        key
    }

    /// Keeps a key of the resource for what was written already.
    pub(crate) fn keep_key(&mut self, key: &str) {
        self.keys.insert(key.to_owned());
    }

    /// Flags what a source says of a key of the actor.
    #[cold]
    pub(crate) fn flag_actor(&mut self, key: ActorKey, flaw: &Flaw) {
        match flaw {
            // The length of the whole, if it was cut before.
            Flaw::Cut(_) if self.cuts.iter().any(|(name, _)| name == key.field()) => {}
            Flaw::Cut(cut) => self.cuts.push((key.field().to_owned(), *cut)),
            Flaw::Violation(text) => self.violations.note(ViolationKind::Actor, text),
        }
    }

    pub(super) fn clear(&mut self) {
        self.violations.clear();
        self.cuts.clear();
        self.redacted.clear();
        self.keys.clear();
        self.unchecked.clear();
        self.says_outcome = false;
        self.is_trace_unreadable = false;
    }
}
