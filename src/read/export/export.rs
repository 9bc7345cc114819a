//! Exporting what a query finds.

use super::encoder::{Encoder, ExportFormat};
use super::error::ExportError;
use super::result::{Exported, Tally};
use crate::read::output::{self, Output};
use crate::read::query::{Query, Trouble};
use crate::record::{Catalog, Ocsf};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Begins an export of what a query finds: see [`Export`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// # let path = folder.path().join("signins.ocsf.json");
/// use tracing_audit::events::{self, common};
/// use tracing_audit::read::{ExportFormat, Query, export};
///
/// let export = export(Query::new([&dir]).event("auth.*"), ExportFormat::Ocsf)
///     .catalog(events::CATALOG.and(common::CATALOG));
/// let exported = export.to_file(&path, |trouble| eprintln!("{trouble}"))?;
/// println!("{} records, SHA-256 {}", exported.records, exported.sha256);
/// # assert_eq!((exported.records, exported.warnings), (0, 0));
/// # Ok(())
/// # }
/// ```
pub fn export(query: Query, format: ExportFormat) -> Export {
    Export { query: query.reverse(false), encoder: Encoder::new(format), progress: None }
}

/// An export of what a query finds, the oldest first, with how many records that were behind the last one.
///
/// | setting | default |
/// |---|---|
/// | [`catalog`](Export::catalog) | that of the log's own records |
/// | [`ocsf`](Export::ocsf) | what the catalogs say |
/// | [`csv_raw`](Export::csv_raw) | `false`: no cell is a formula |
/// | [`octet_counting`](Export::octet_counting) | `false`: each message is a line |
#[must_use = "nothing is written before `to_file` or `to_writer` is called"]
pub struct Export {
    query: Query,
    encoder: Encoder,
    progress: Option<Box<dyn Fn(u64)>>,
}

impl Export {
    /// Adds a catalog, as [`Encoder::catalog`] does.
    pub fn catalog(mut self, catalog: impl Into<Catalog>) -> Export {
        self.encoder = self.encoder.catalog(catalog);
        self
    }

    /// Sets the OCSF class and activity of an event type, as [`Encoder::ocsf`] does.
    pub fn ocsf(mut self, event: &str, ocsf: Ocsf) -> Export {
        self.encoder = self.encoder.ocsf(event, ocsf);
        self
    }

    /// Writes cells of CSV as they are, as [`Encoder::csv_raw`] says.
    pub fn csv_raw(mut self, is_raw: bool) -> Export {
        self.encoder = self.encoder.csv_raw(is_raw);
        self
    }

    /// Writes the length of each message of syslog before it, as [`Encoder::octet_counting`] says.
    pub fn octet_counting(mut self, counts: bool) -> Export {
        self.encoder = self.encoder.octet_counting(counts);
        self
    }

    /// Sets what is told how many records were written, after each.
    pub fn progress(mut self, progress: impl Fn(u64) + 'static) -> Export {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Writes the export into a file, and shows what else is met. The file has its name only when it is whole and on disk, and replaces one of
    /// that name then. Only its owner may read it (on Unix). Where the system has files without a name (Linux, on most file systems), a
    /// process that is killed leaves nothing of it; else a file `.NAME.….part` stays.
    ///
    /// For CSV, a second file `NAME.sha256` has the SHA-256 of the first, as `sha256sum -c` takes it, and the counts as comments. If it is
    /// missing, or does not fit, the export is not whole.
    ///
    /// # Errors
    ///
    /// [`ExportError`]: the log can't be searched, or the file can't be written, or it would lie in the directory of a log. What is damaged
    /// in the log is no error: it is shown as a [`Trouble`], and counted in [`Exported::warnings`].
    pub fn to_file(
        self,
        path: impl AsRef<Path>,
        trouble: impl FnMut(Trouble),
    ) -> Result<Exported, ExportError> {
        let path = path.as_ref();
        if self.query.dirs().iter().any(|dir| output::is_in(path, dir)) {
            return Err(ExportError::InLog { path: path.to_owned() });
        }
        let failed = |source| ExportError::Write { path: path.to_owned(), source };
        let is_csv = self.encoder.format == ExportFormat::Csv;
        let mut out = io::BufWriter::with_capacity(1 << 18, Output::new(path).map_err(failed)?);
        let exported = self.write(&mut out, trouble, failed)?;
        let out = out.into_inner().map_err(|error| failed(error.into_error()))?;
        if !is_csv {
            out.finish().map_err(failed)?;
            return Ok(exported);
        }
        let beside = beside(path);
        let failed_beside = |source| ExportError::Write { path: beside.clone(), source };
        let mut sums = Output::new(&beside).map_err(failed_beside)?;
        sums.write_all(&sums_of(path, &exported)).map_err(failed_beside)?;
        // If the process ends between the two, the second does not fit, which is what it is there for.
        out.finish().map_err(failed)?;
        sums.finish().map_err(failed_beside)?;
        Ok(exported)
    }

    /// Writes the export, each record with one write, and shows what else is met. For CSV, nothing is behind the last record: compare
    /// [`Exported`] with what has arrived.
    ///
    /// # Errors
    ///
    /// [`ExportError`]: the log can't be searched, or the writer has failed.
    pub fn to_writer(self, out: impl Write, trouble: impl FnMut(Trouble)) -> Result<Exported, ExportError> {
        self.write(out, trouble, |source| ExportError::Output { source })
    }

    fn write(
        mut self,
        mut out: impl Write,
        mut trouble: impl FnMut(Trouble),
        failed: impl Fn(io::Error) -> ExportError,
    ) -> Result<Exported, ExportError> {
        let matches = self.query.run()?;
        let mut tally = Tally::default();
        let mut bytes = self.encoder.head();
        let mut write = |bytes: &[u8], tally: &mut Tally| {
            tally.add(bytes);
            out.write_all(bytes)
        };
        write(&bytes, &mut tally).map_err(&failed)?;
        for found in matches {
            bytes.clear();
            match found.and_then(|found| self.encoder.record(&found, &mut bytes)) {
                Ok(()) => {
                    tally.records += 1;
                    write(&bytes, &mut tally).map_err(&failed)?;
                    if let Some(progress) = &self.progress {
                        progress(tally.records);
                    }
                }
                Err(met) => {
                    tally.warnings += u64::from(!met.is_note());
                    trouble(met);
                }
            }
        }
        let end = self.encoder.end(&tally);
        write(&end, &mut tally).map_err(&failed)?;
        out.flush().map_err(&failed)?;
        Ok(tally.result())
    }
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Export { query, encoder, progress: _ } = self;
        f.debug_struct("Export")
            .field("query", query)
            .field("format", &encoder.format)
            .finish_non_exhaustive()
    }
}

/// Returns the path of the file with the counts of an export in CSV.
fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".sha256");
    beside.into()
}

/// Returns what `sha256sum -c` takes, in the folder of the file.
fn sums_of(path: &Path, exported: &Exported) -> Vec<u8> {
    let Exported { records, warnings, bytes, sha256 } = exported;
    let mut sums = format!("# records: {records}\n# warnings: {warnings}\n# bytes: {bytes}\n").into_bytes();
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    // As `sha256sum` spells a name with such characters.
    let needs_escape = |byte: &u8| matches!(byte, b'\\' | b'\n' | b'\r');
    if name.iter().any(needs_escape) {
        sums.push(b'\\');
    }
    sums.extend_from_slice(format!("{sha256}  ").as_bytes());
    for byte in name {
        match byte {
            b'\\' => sums.extend_from_slice(br"\\"),
            b'\n' => sums.extend_from_slice(br"\n"),
            b'\r' => sums.extend_from_slice(br"\r"),
            byte => sums.push(*byte),
        }
    }
    sums.push(b'\n');
    sums
}
