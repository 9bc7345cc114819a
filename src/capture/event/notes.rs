//! Notes about an event beside its values: violations, cuts, and the like. Most events have none.

use crate::capture::fields::slot::Slot;
use crate::record::encode::Parts;
use crate::record::redact::RedactedKeys;
use crate::record::{Cut, FieldKind, Violations, free_key};
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
    pub(crate) unreadable: UnreadableFields,
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

/// The fields that the event has, but whose values could not be formatted. They are not
/// inherited: the inherited value could be another user's.
#[derive(Debug, Default)]
pub(crate) struct UnreadableFields {
    pub(crate) user_sid: bool,
    pub(crate) session_id: bool,
    pub(crate) trace_id: bool,
}

impl UnreadableFields {
    /// Notes that the field of this slot could not be formatted.
    pub(crate) fn note(&mut self, slot: Slot) {
        match slot {
            Slot::UserSid => self.user_sid = true,
            Slot::SessionId => self.session_id = true,
            Slot::TraceId => self.trace_id = true,
            Slot::Event | Slot::Outcome | Slot::Resource { .. } | Slot::Members | Slot::Unknown => {}
        }
    }
}

/// The parts of the actor that an event still lacks, and may inherit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LackingActor {
    pub(crate) user_sid: bool,
    pub(crate) session_id: bool,
}

impl LackingActor {
    pub(crate) fn is_complete(self) -> bool {
        !self.user_sid && !self.session_id
    }
}

impl Notes {
    /// Returns a key of the resource that is still free: `wanted`, if it is.
    pub(crate) fn free_key(&mut self, wanted: &str) -> String {
        let is_taken = |key: &str| self.keys.contains(key);
        let key = free_key(wanted, is_taken, &mut self.violations);
        self.keys.insert(key.clone());
        key
    }

    /// Returns the parts of the actor that are still to be found.
    pub(crate) fn lacking_actor(&self, parts: &Parts) -> LackingActor {
        LackingActor {
            user_sid: parts.user_sid.is_empty() && !self.unreadable.user_sid,
            session_id: parts.session_id.is_empty() && !self.unreadable.session_id,
        }
    }

    pub(super) fn clear(&mut self) {
        self.violations.clear();
        self.cuts.clear();
        self.redacted.clear();
        self.keys.clear();
        self.unchecked.clear();
        self.says_outcome = false;
        self.unreadable = UnreadableFields::default();
    }
}
