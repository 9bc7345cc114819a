//! `auditlog export`

use super::access::RecordAccess;
use super::filters::{self, Filters};
use super::shown::Shown;
use super::troubles::Troubles;
use crate::failure::Failure;
use crate::terminal::progress::Records;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::events::{self, common};
use tracing_audit::read::{self, ExportError, ExportFormat, Exported};
use tracing_audit::record::Ocsf;

/// Exports the records of one log or of several in a format of others, with how many they were at the end
///
/// The options narrow it down as those of `query` do. The host and the application that most formats have are those of the newest
/// log.opened before a record.
#[derive(Debug, clap::Args)]
#[command(after_help = help(), mut_arg("outcome", |outcome| outcome.short(None)))]
pub(crate) struct Export {
    #[command(flatten)]
    filters: Filters,

    /// The format
    #[arg(long, short, value_name = "FORMAT")]
    format: Format,

    /// The file to write, which is there only when it is whole; an older one is replaced. For CSV, also FILE.sha256
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The OCSF class and activity of an event type of the application, such as invoice.sent=6003/1; may be given again
    #[arg(long, value_name = "EVENT=CLASS/ACTIVITY", value_parser = ocsf)]
    ocsf: Vec<(String, Ocsf)>,

    /// CSV: leave cells as they are that a spreadsheet takes for formulas
    #[arg(long)]
    csv_raw: bool,

    /// Syslog: write the length of each message before it, as TCP and TLS receivers expect it
    #[arg(long)]
    octet_counting: bool,

    #[command(flatten)]
    access: RecordAccess,

    /// Print nothing but the export: not what else is met, which the exit status still tells
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Lines of JSON, events of OCSF 1.5.0
    Ocsf,
    /// Lines of JSON, documents of the Elastic Common Schema 8
    Ecs,
    /// ArcSight's Common Event Format
    Cef,
    /// Messages of RFC 5424, facility 13
    Syslog,
    /// CSV by RFC 4180; cells that a spreadsheet would take for formulas begin with `'`
    Csv,
}

fn help() -> String {
    filters::HELP.to_owned()
        + "

Exit status: 0 done; 1 nothing matches; 2 something was damaged, missing or unreadable, as standard error says, so that the \
export may be incomplete; 3 it could not be made, and no file was written."
}

/// Returns an event type with its class and activity.
fn ocsf(text: &str) -> Result<(String, Ocsf), String> {
    let parsed = text.rsplit_once('=').and_then(|(event, ocsf)| {
        let (class, activity) = ocsf.split_once('/')?;
        Some((event, Ocsf::new(class.parse().ok()?, activity.parse().ok()?)))
    });
    let Some((event, ocsf)) = parsed.filter(|(event, _)| !event.is_empty()) else {
        return Err("EVENT=CLASS/ACTIVITY is expected, such as invoice.sent=6003/1".to_owned());
    };
    if ocsf.class_name().is_none() {
        let classes = Ocsf::CLASSES.map(|class| class.to_string()).join(", ");
        return Err(format!("the class {} is not one of {classes}", ocsf.class_uid));
    }
    if ocsf.activity_name().is_none() {
        let (class, activity) = (ocsf.class_uid, ocsf.activity_id);
        return Err(format!("the class {class} has no activity {activity}; 99 is \"other\""));
    }
    Ok((event.to_owned(), ocsf))
}

impl Export {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut troubles = Troubles::new(self.quiet);
        if self.access.is_wanted() {
            let records = self.filters.query()?.count(|_| {})?;
            self.access.record("export", &self.filters.dir, Some(records))?;
        }
        let format = match self.format {
            Format::Ocsf => ExportFormat::Ocsf,
            Format::Ecs => ExportFormat::Ecs,
            Format::Cef => ExportFormat::Cef,
            Format::Syslog => ExportFormat::Syslog,
            Format::Csv => ExportFormat::Csv,
        };
        let export = read::export(self.filters.query()?, format)
            .catalog(events::CATALOG.and(common::CATALOG))
            .csv_raw(self.csv_raw)
            .octet_counting(self.octet_counting);
        let export = self.ocsf.iter().fold(export, |export, (event, ocsf)| export.ocsf(event, *ocsf));
        let exported = match &self.output {
            Some(path) => {
                let progress = Records::new("exporting");
                troubles.beside(progress.beside());
                let exported =
                    export.progress(progress.setter()).to_file(path, |trouble| troubles.add(&trouble))?;
                drop(progress);
                exported
            }
            None => to_stdout(export, format, &mut troubles)?,
        };
        troubles.finish();
        self.summary(&exported)?;
        Ok(ExitCode::from(match (troubles.has_damage(), exported.records) {
            (true, _) => 2,
            (false, 0) => 1,
            (false, _) => 0,
        }))
    }

    /// Prints the counts: of a file on standard output, else beside what was printed there.
    fn summary(&self, exported: &Exported) -> Result<(), Failure> {
        let Exported { records, sha256, .. } = exported;
        if self.quiet {
            return Ok(());
        }
        if let Some(path) = &self.output {
            // As `sha256sum` prints it.
            writeln!(io::stdout(), "{sha256}  {}", path.display())?;
        }
        if self.output.is_some() || matches!(self.format, Format::Csv) {
            let records = if *records == 1 { "1 record".to_owned() } else { format!("{records} records") };
            // Standard error may be closed.
            writeln!(io::stderr(), "{records}, SHA-256 {sha256}").unwrap_or(());
        }
        Ok(())
    }
}

/// Writes to standard output. On a terminal, characters that it would obey are escaped.
fn to_stdout(
    export: read::Export,
    format: ExportFormat,
    troubles: &mut Troubles,
) -> Result<Exported, ExportError> {
    let stdout = io::stdout();
    if stdout.is_terminal() {
        let is_json = matches!(format, ExportFormat::Ocsf | ExportFormat::Ecs);
        return export.to_writer(Shown::new(stdout.lock(), is_json), |trouble| troubles.add(&trouble));
    }
    let out = io::BufWriter::with_capacity(64 * 1024, stdout.lock());
    export.to_writer(out, |trouble| troubles.add(&trouble))
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Failure {
        match error {
            ExportError::Query { source } => source.into(),
            ExportError::Output { source } => source.into(),
            ExportError::InLog { .. } => Failure::of(&error).hint("Name a file elsewhere with `--output`."),
            _ => Failure::of(&error),
        }
    }
}
