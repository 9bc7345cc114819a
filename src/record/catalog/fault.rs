//! The faults of a catalog. The same function finds them when `audit_events!` is compiled and
//! when a log is opened.

use super::event_type::{BUILT_IN_IDS, EventType};
use crate::error::CatalogError;
use crate::record::schema::{is_of_the_log, is_reserved_key};

/// The largest number of fields of an event type.
const MOST_FIELDS: usize = 64;

/// The first fault of a list of event types. `at` is the index of the event type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The name is not dotted, or not in lower case.
    Name { at: usize },
    /// The name is reserved for the log itself.
    Reserved { at: usize },
    /// The meaning is empty.
    Meaning { at: usize },
    /// An earlier event type has the same name.
    RepeatedName { at: usize },
    /// The id is outside the range.
    IdRange {
        at: usize,
        /// The first and the last id of the range.
        ids: [u16; 2],
    },
    /// An earlier event type has the same id.
    RepeatedId {
        at: usize,
        /// The index of the earlier one.
        other: usize,
    },
    /// Two fields have the same name.
    RepeatedField {
        at: usize,
        /// The index of the second field.
        field: usize,
    },
    /// A field has a reserved name, or an empty one.
    ReservedField {
        at: usize,
        /// The index of the field.
        field: usize,
    },
    /// There are more fields than can be checked.
    Fields { at: usize },
}

/// Returns the first fault of these event types. `ids` are the first and the last id that
/// they may have; `None` if ids and reserved names were checked already.
pub(super) const fn fault(types: &[EventType], ids: Option<[u16; 2]>) -> Option<Fault> {
    let mut at = 0;
    while at < types.len() {
        let this = &types[at];
        if !is_dotted(this.name.as_bytes()) {
            return Some(Fault::Name { at });
        }
        if this.meaning.is_empty() {
            return Some(Fault::Meaning { at });
        }
        if let Some(ids) = ids {
            if is_reserved(this.name) {
                return Some(Fault::Reserved { at });
            }
            let ids = if this.has_reserved_id { BUILT_IN_IDS } else { ids };
            if let Some(id) = this.id
                && (id < ids[0] || id > ids[1])
            {
                return Some(Fault::IdRange { at, ids });
            }
        }
        if this.fields.len() > MOST_FIELDS {
            return Some(Fault::Fields { at });
        }
        if let Some(field) = reserved_field(this) {
            return Some(Fault::ReservedField { at, field });
        }
        if let Some(field) = repeated_field(this) {
            return Some(Fault::RepeatedField { at, field });
        }
        let mut other = 0;
        while other < at {
            if equal(types[other].name.as_bytes(), this.name.as_bytes()) {
                return Some(Fault::RepeatedName { at });
            }
            if let (Some(one), Some(two)) = (types[other].id, this.id)
                && one == two
            {
                return Some(Fault::RepeatedId { at, other });
            }
            other += 1;
        }
        at += 1;
    }
    None
}

impl Fault {
    pub(super) fn to_error(self, types: &[EventType]) -> CatalogError {
        let event = |at: usize| types[at].name.to_owned();
        let id = |at: usize| types[at].id.unwrap_or_default();
        match self {
            Fault::Name { at } => CatalogError::Name { event: event(at) },
            Fault::Reserved { at } => CatalogError::Reserved { event: event(at) },
            Fault::Meaning { at } => CatalogError::Meaning { event: event(at) },
            Fault::RepeatedName { at } => CatalogError::RepeatedName { event: event(at) },
            Fault::IdRange { at, ids: [first, last] } => {
                CatalogError::IdRange { event: event(at), id: id(at), first, last }
            }
            Fault::RepeatedId { at, other } => {
                CatalogError::RepeatedId { event: event(at), other: event(other), id: id(at) }
            }
            Fault::RepeatedField { at, field } => CatalogError::RepeatedField {
                event: event(at),
                field: types[at].fields[field].name.to_owned(),
            },
            Fault::ReservedField { at, field } => CatalogError::ReservedField {
                event: event(at),
                field: types[at].fields[field].name.to_owned(),
            },
            Fault::Fields { at } => CatalogError::Fields { event: event(at), count: types[at].fields.len() },
        }
    }
}

/// Whether only the log itself may write records of this type.
pub(super) const fn is_reserved(name: &str) -> bool {
    is_of_the_log(name) || matches!(name.as_bytes(), b"audit.unnamed")
}

/// `[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+`
const fn is_dotted(name: &[u8]) -> bool {
    let mut dots = 0;
    let mut begins = true;
    let mut index = 0;
    while index < name.len() {
        match name[index] {
            b'a'..=b'z' => begins = false,
            b'0'..=b'9' | b'_' if !begins => {}
            b'.' if !begins => {
                dots += 1;
                begins = true;
            }
            _ => return false,
        }
        index += 1;
    }
    dots > 0 && !begins
}

const fn reserved_field(event_type: &EventType) -> Option<usize> {
    let mut at = 0;
    while at < event_type.fields.len() {
        let name = event_type.fields[at].name;
        if name.is_empty() || is_reserved_key(name) {
            return Some(at);
        }
        at += 1;
    }
    None
}

const fn repeated_field(event_type: &EventType) -> Option<usize> {
    let fields = event_type.fields;
    let mut at = 0;
    while at < fields.len() {
        let mut other = 0;
        while other < at {
            if equal(fields[other].name.as_bytes(), fields[at].name.as_bytes()) {
                return Some(at);
            }
            other += 1;
        }
        at += 1;
    }
    None
}

pub(super) const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::control::CONTROL_RECORDS;
    use super::super::event_type::Field;
    use super::super::event_types::{APPLICATION_IDS, Catalog};
    use super::super::field_kind::FieldKind;
    use super::*;

    const fn named(name: &'static str) -> EventType {
        EventType::new(name, "Something happened.")
    }

    fn said(types: &[EventType]) -> String {
        Catalog::from(types).check().unwrap_err().to_string()
    }

    #[test]
    fn a_name_is_dotted_and_in_lower_case() {
        for name in ["a.b", "invoice.sent", "a1.b_2.c3", "voiceagent.session.start"] {
            assert_eq!(fault(&[named(name)], Some(APPLICATION_IDS)), None, "{name}");
        }
        for name in
            ["", "a", ".", "a.", ".b", "a..b", "A.b", "a.B", "a.1b", "a._b", "1a.b", "a b.c", "a-b.c", "ä.b"]
        {
            assert_eq!(fault(&[named(name)], Some(APPLICATION_IDS)), Some(Fault::Name { at: 0 }), "{name}");
        }
        assert_eq!(
            said(&[named("Invoice.Sent")]),
            "the event type `Invoice.Sent` needs a dotted lower-case name, such as `invoice.sent`"
        );
    }

    #[test]
    fn every_fault_names_its_event() {
        let field = Field::new("n", "A number.", FieldKind::Integer);
        let fields: &'static [Field] = Box::leak(vec![field; 2].into_boxed_slice());
        let many: &'static [Field] = Box::leak(vec![field; 65].into_boxed_slice());
        const OWN: &[Field] = &[Field::new("_truncated", "What was cut.", FieldKind::Object)];
        let cases: [(&[EventType], &str); 10] = [
            (
                &[named("a.b").fields(OWN)],
                "the event type `a.b` can't have a field `_truncated`: that name is the log's own",
            ),
            (&[named("a.b"), named("a.c"), named("a.b")], "the event type `a.b` is in the catalog twice"),
            (
                &[named("a.b").id(200), named("a.c").id(200)],
                "the event type `a.c` has the id 200, which is that of `a.b`",
            ),
            (&[named("a.b").id(199)], "the event type `a.b` has the id 199, which is not from 200 to 899"),
            (&[named("a.b").id(900)], "the event type `a.b` has the id 900, which is not from 200 to 899"),
            (&[named("log.pruned")], "the event type `log.pruned` is the log's own"),
            (&[named("audit.unnamed")], "the event type `audit.unnamed` is the log's own"),
            (&[EventType::new("a.b", "")], "the event type `a.b` has an empty meaning"),
            (&[named("a.b").fields(fields)], "the event type `a.b` has the field `n` twice"),
            (&[named("a.b").fields(many)], "the event type `a.b` has 65 fields; at most 64 can be checked"),
        ];
        for (types, text) in cases {
            assert_eq!(said(types), text);
        }
    }

    #[test]
    fn the_control_records_are_in_order() {
        assert_eq!(fault(CONTROL_RECORDS.event_types(), None), None);
        for event_type in CONTROL_RECORDS.event_types() {
            assert!(is_reserved(event_type.name), "{}", event_type.name);
            assert!((900..=999).contains(&event_type.id.unwrap()), "{}", event_type.name);
        }
    }
}
