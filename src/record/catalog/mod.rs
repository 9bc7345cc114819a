//! The event types that there are, and the fields of each.
//!
//! A catalog is the contract between the code that emits events and the readers of the log.
//! The compiler checks typed events against it, the log checks all other events (`check`),
//! and a document for readers is generated from it (`document`).
//! [`audit_events!`](crate::audit_events) defines typed events together with their catalog.

mod check;
mod control;
mod defined;
mod document;
mod event_type;
mod event_types;
mod fault;
mod field_kind;
mod index;
mod live;
mod ocsf;
mod rules;

pub(crate) use check::{Checker, check_well_known};
pub use control::CONTROL_RECORDS;
pub(crate) use control::SETTINGS;
pub use defined::{check_properties, check_types, paragraph, paragraph_len, text};
pub(crate) use document::generated_part;
pub use event_type::{EventType, Field};
pub use event_types::Catalog;
pub use field_kind::FieldKind;
pub(crate) use index::{CatalogIndex, actor_is_missing, unknown_type};
pub(crate) use live::LiveCatalog;
pub use ocsf::Ocsf;
pub use rules::{ActorRule, OutcomeRule};
