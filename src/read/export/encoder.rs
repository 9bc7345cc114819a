//! Writing records in a format, one at a time.

use super::entry::{Entry, uid};
use super::fields::Fields;
use super::formats::{cef, csv, ecs, syslog};
use super::mapping::Mapping;
use super::ocsf;
use super::result::{End, Tally};
use super::source::Sources;
use crate::read::query::{Match, Trouble, TroubleKind};
use crate::record::{Catalog, Ocsf, Timestamp};
use std::time::SystemTime;

/// A format of exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// Lines of JSON, each an event of the [Open Cybersecurity Schema Framework](https://schema.ocsf.io) 1.5.0.
    Ocsf,
    /// Lines of JSON, each a document of the Elastic Common Schema 8.
    Ecs,
    /// Lines of ArcSight's Common Event Format, version 0.
    Cef,
    /// Messages of syslog, RFC 5424.
    Syslog,
    /// CSV by RFC 4180, with a first row of names.
    Csv,
}

/// Writes records in a format, one at a time. An [`Export`](crate::read::Export) writes all that a query finds, and the end.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// use tracing_audit::read::{Encoder, ExportFormat, Query};
///
/// let mut encoder = Encoder::new(ExportFormat::Csv);
/// let mut csv = encoder.head();
/// for found in Query::new([&dir]).run()?.filter_map(Result::ok) {
///     if let Err(trouble) = encoder.record(&found, &mut csv) {
///         eprintln!("{trouble}");
///     }
/// }
/// # assert!(csv.starts_with(b"ts,seq,event,"), "{}", String::from_utf8_lossy(&csv));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an encoder writes nothing by itself"]
pub struct Encoder {
    pub(super) format: ExportFormat,
    mapping: Mapping,
    sources: Sources,
    is_csv_raw: bool,
    counts_octets: bool,
}

impl Encoder {
    /// Returns an encoder for a format.
    pub fn new(format: ExportFormat) -> Encoder {
        let (mapping, sources) = (Mapping::new(), Sources::default());
        Encoder { format, mapping, sources, is_csv_raw: false, counts_octets: false }
    }

    /// Adds a catalog, which says the OCSF class and activity of its event types. Default: that of the log's own records,
    /// [`CONTROL_RECORDS`](crate::record::CONTROL_RECORDS). The built-in types are in [`events::CATALOG`](crate::events::CATALOG) and
    /// [`events::common::CATALOG`](crate::events::common::CATALOG).
    ///
    /// A type that is in no catalog is Authentication (3002) if its name begins with `auth.`, else Base Event (0), with the
    /// activity 99, "other", and the type as the activity's name.
    pub fn catalog(mut self, catalog: impl Into<Catalog>) -> Encoder {
        self.mapping.add(&catalog.into());
        self
    }

    /// Sets the OCSF class and activity of an event type, before what catalogs say that were added until now. Classes that are not in
    /// [`Ocsf::CLASSES`] are written as Base Event.
    pub fn ocsf(mut self, event: &str, ocsf: Ocsf) -> Encoder {
        self.mapping.set(event, ocsf);
        self
    }

    /// Writes cells of CSV as they are, also those that a spreadsheet takes for formulas. Default: such cells, which begin with
    /// `=`, `+`, `-`, `@`, a tab or a carriage return, have a `'` before them.
    pub fn csv_raw(mut self, is_raw: bool) -> Encoder {
        self.is_csv_raw = is_raw;
        self
    }

    /// Writes the length of each message of syslog before it (octet counting, RFC 6587 section 3.4.1), as TCP and TLS receivers expect it.
    /// Default: each message ends with a newline (section 3.4.2), as in files.
    pub fn octet_counting(mut self, counts: bool) -> Encoder {
        self.counts_octets = counts;
        self
    }

    /// Returns what comes before the first record: the names of CSV's columns, and nothing in other formats.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        match self.format {
            ExportFormat::Csv => csv::head(),
            _ => Vec::new(),
        }
    }

    /// Appends a record, with what ends it.
    ///
    /// The host and the application that most formats have are those of the newest `log.opened` before the record. The first record of each
    /// journal is why its directory is searched for one.
    ///
    /// # Errors
    ///
    /// [`Trouble`]: the line is no record. It is one that the log has not written; nothing is appended then.
    pub fn record(&mut self, found: &Match, out: &mut Vec<u8>) -> Result<(), Trouble> {
        let line = std::str::from_utf8(found.line()).map_err(|_| "it is not UTF-8".to_owned());
        let line = line.and_then(|line| Ok((line, Fields::of(line.as_bytes())?)));
        let (line, fields) = match line {
            Ok(line) => line,
            Err(reason) => return Err(not_a_record(found, reason)),
        };
        if self.format == ExportFormat::Csv {
            csv::record(out, &fields, found.journal(), self.is_csv_raw);
            return Ok(());
        }
        let source = self.sources.of(found, &fields);
        let entry = Entry {
            line,
            ts: found.ts(),
            seq: found.seq(),
            journal: found.journal(),
            source,
            ocsf: self.mapping.of(&fields.event),
            meaning: self.mapping.meaning(&fields.event),
            uid: uid(found),
            fields,
        };
        match self.format {
            ExportFormat::Ocsf => ocsf::record(out, &entry),
            ExportFormat::Ecs => ecs::record(out, &entry),
            ExportFormat::Cef => cef::record(out, &entry),
            ExportFormat::Syslog => syslog::record(out, &entry, self.counts_octets),
            ExportFormat::Csv => {}
        }
        Ok(())
    }

    /// Returns the end of an export; nothing for CSV.
    pub(super) fn end(&self, tally: &Tally) -> Vec<u8> {
        let end = End {
            now: Timestamp::from(SystemTime::now()),
            records: tally.records,
            warnings: tally.warnings,
            sha256: tally.sha256(),
        };
        let mut out = Vec::new();
        match self.format {
            ExportFormat::Ocsf => ocsf::end(&mut out, &end),
            ExportFormat::Ecs => ecs::end(&mut out, &end),
            ExportFormat::Cef => cef::end(&mut out, &end),
            ExportFormat::Syslog => syslog::end(&mut out, &end, self.counts_octets),
            ExportFormat::Csv => {}
        }
        out
    }
}

fn not_a_record(found: &Match, reason: String) -> Trouble {
    Trouble {
        path: found.path().to_owned(),
        line: found.line_number().ok(),
        byte: Some(found.byte()),
        kind: TroubleKind::NotARecord { lines: 1, reason },
    }
}
