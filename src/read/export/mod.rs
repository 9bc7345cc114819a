//! Exporting records in the formats of others.
//!
//! An [`Export`] writes what a query finds, and behind it how many records that were, so that an export that was cut is
//! noticed. An [`Encoder`] writes single records.
//!
//! | format | a record | the end |
//! |---|---|---|
//! | [`Ocsf`](ExportFormat::Ocsf) | a line of JSON: an event of OCSF 1.5.0, of the class and activity in the catalog | an event of the class Event Log Activity, with the activity Export |
//! | [`Ecs`](ExportFormat::Ecs) | a line of JSON: a document of the Elastic Common Schema 8 | a document with `event.action` = `export.ended` |
//! | [`Cef`](ExportFormat::Cef) | a line of the Common Event Format, version 0 | a message with the signature id `export.ended` |
//! | [`Syslog`](ExportFormat::Syslog) | a message of RFC 5424, facility 13 (log audit) | a message with the MSGID `export.ended` |
//! | [`Csv`](ExportFormat::Csv) | a row of RFC 4180 | no row: `FILE.sha256` beside the file, with the counts and its SHA-256 |
//!
//! In all formats but CSV, each has the whole line as the log has written it, so that nothing of it is lost: `raw_data`,
//! `event.original`, `cs6`, or the message itself. The end has the number of records, how many warnings there were, and the SHA-256 of
//! all bytes before it. `docs/siem.md` has the fields of each format.
//!
//! - `fields`: the parts of a line, as it spells them: numbers stay what they are
//! - `source`: the host and the application that have written a record, from the `log.opened` before it
//! - `mapping`: the class and activity of an event type
//! - `entry`: a record with all that formats need; `end`: how it ended
//! - `members`: writing JSON
//! - `ocsf`, and `ecs`, `cef`, `syslog`, `csv` in `formats`: the formats

mod encoder;
mod entry;
mod error;
#[allow(clippy::module_inception)]
mod export;
mod fields;
mod formats;
mod mapping;
mod members;
mod ocsf;
mod result;
mod source;
#[cfg(test)]
mod tests;

pub use encoder::{Encoder, ExportFormat};
pub use error::ExportError;
pub use export::{Export, export};
pub use result::Exported;
