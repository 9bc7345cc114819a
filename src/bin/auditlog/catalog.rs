//! `auditlog catalog`

use crate::failure::Failure;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::ExitCode;
use tracing_audit::record::{CONTROL_RECORDS, EventType};
use tracing_audit::{Catalog as Types, events};

/// The JSON Schema of a record.
const SCHEMA: &str = include_str!("../../../docs/schema/audit-record-1.schema.json");

/// Prints the event types that tracing-audit defines: the built-in and common ones, and the log's own records
///
/// An application's own types are in a document of the application.
#[derive(Debug, clap::Args)]
pub(crate) struct Catalog {
    /// The format: Markdown, JSON, or the JSON Schema of a record
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Markdown,
    Json,
    Schema,
}

impl Catalog {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut out = std::io::stdout().lock();
        let types = events::CATALOG.and(events::common::CATALOG).and(CONTROL_RECORDS);
        match self.format {
            Format::Markdown => write!(out, "{}", types.to_markdown())?,
            Format::Json => writeln!(out, "{:#}", to_json(&types))?,
            Format::Schema => write!(out, "{SCHEMA}")?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn to_json(types: &Types) -> Value {
    let mut types = types.event_types().to_vec();
    types.sort_by_key(|event_type| event_type.name);
    let types = types.iter().map(|EventType { name, meaning, fields, free, id, owasp, ocsf, .. }| {
        let fields = fields.iter().map(|field| json!({ "name": field.name, "meaning": field.meaning }));
        json!({
            "name": name,
            "meaning": meaning,
            "id": id,
            "owasp": owasp,
            "ocsf": ocsf.map(|ocsf| json!({ "class_uid": ocsf.class_uid, "activity_id": ocsf.activity_id })),
            "fields": fields.collect::<Vec<_>>(),
            "other_fields": free,
        })
    });
    json!({ "version": 1, "event_types": types.collect::<Vec<_>>() })
}
