//! `auditlog catalog`

use crate::failure::Failure;
use crate::input::read_text;
use crate::terminal::escape::shown;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_audit::record::{CONTROL_RECORDS, EventType};
use tracing_audit::{Catalog as Types, events};

/// The JSON Schema of a record.
const SCHEMA: &str = include_str!("../../../docs/schema/audit-record-1.schema.json");

/// Prints the event types that tracing-audit defines: the built-in and common ones, and the log's own records
///
/// An application's own types are in a document of the application.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 done, or with --check: the document has the catalog; 1 with --check: it has not; 3 it could not be done."
)]
pub(crate) struct Catalog {
    /// The format: Markdown, JSON, or the JSON Schema of a record
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,

    /// Print nothing: tell whether a document has the catalog of this version, such as audit-event-catalog.md
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    check: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Markdown,
    Json,
    Schema,
}

impl Catalog {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if let Some(file) = &self.check {
            return check(file);
        }
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

/// Returns whether a document has the catalog of the crate: all of it, or one of its two documents.
fn check(file: &Path) -> Result<ExitCode, Failure> {
    // A checkout may have converted the line endings to those of its platform.
    let document = read_text(file, "a catalog")?.replace("\r\n", "\n");
    let built_in = || events::CATALOG.and(CONTROL_RECORDS);
    let catalogs = [built_in().and(events::common::CATALOG), built_in(), events::common::CATALOG];
    if catalogs.iter().any(|catalog| document.contains(catalog.to_markdown().trim_end())) {
        return Ok(ExitCode::SUCCESS);
    }
    let message =
        format!("{} has not the catalog of tracing-audit {}", shown(file), env!("CARGO_PKG_VERSION"));
    // Standard error may be closed.
    writeln!(anstream::stderr(), "{message}: `auditlog catalog` prints it").unwrap_or(());
    Ok(ExitCode::from(1))
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
