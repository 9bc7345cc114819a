//! `auditlog report`

use super::population::Single;
use super::same;
use crate::failure::{Failure, unless_unread};
use crate::input::read_text;
use crate::output::replace_private;
use crate::reading::access::RecordAccess;
use crate::seals::given::{FromElsewhere, Given};
use crate::terminal::escape::escaped;
use crate::terminal::progress::Bytes;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_audit::read::evidence::{self, Evidence, EvidenceError};

/// Makes a page for auditors: what the files of a log show about a period
///
/// It writes FILE, a page of HTML that needs no other file; beside it the same facts as JSON, and the SHA-256 of both. Actors and tenants have
/// pseudonyms; the names behind them are in a file of its own, which only its owner may read. It states facts, and never that anything
/// is compliant.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 made, whatever it shows, or with --check: the facts are the same; 1 with --check: they differ; 3 it could \
not be made whole.")]
pub(crate) struct Report {
    /// The directories of the logs, or archives of them
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,

    /// The first day of the period, in UTC, such as 2026-05-01 [default: that of the first record]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,

    /// The last day of the period [default: that of the last record]
    #[arg(long, value_name = "DAY")]
    until: Option<String>,

    /// The page to write; evidence.json, evidence.sha256 and evidence.names.json are named like it
    #[arg(long, short, value_name = "FILE", default_value = "evidence.html")]
    output: PathBuf,

    /// Name actors and tenants
    #[arg(long)]
    names: bool,

    #[command(flatten)]
    single: Single,

    #[command(flatten)]
    access: RecordAccess,

    /// Write nothing: compare the facts of an earlier report, its JSON, with the log as it is now
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "until", "output", "names", "population"])]
    check: Option<PathBuf>,

    #[command(flatten)]
    elsewhere: FromElsewhere,
}

impl Report {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match &self.check {
            Some(file) => self.check(file),
            None => self.write(),
        }
    }

    fn write(&self) -> Result<ExitCode, Failure> {
        let stem =
            self.output.file_stem().filter(|_| self.output.extension().is_some_and(|end| end == "html"));
        let stem = stem.and_then(|stem| stem.to_str()).ok_or_else(|| {
            Failure::new(format!("{} is no name of a page", self.output.display()))
                .hint("Give it one that ends with .html.")
        })?;
        let beside = |end: &str| self.output.with_file_name(format!("{stem}{end}"));
        self.single.check(&self.dirs, beside)?;
        let evidence = self.collect(self.from.clone(), self.until.clone(), self.names)?;
        self.access.record("report", &self.dirs, None)?;
        let mut sums = String::new();
        for (path, text) in [(self.output.clone(), evidence.to_html()), (beside(".json"), evidence.to_json())]
        {
            replace_private(&path, text.as_bytes())?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let hash =
                Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            sums.push_str(&format!("{hash}  {name}\n"));
        }
        replace_private(&beside(".sha256"), sums.as_bytes())?;
        if let Some(pseudonyms) = &evidence.pseudonyms {
            let mut json = serde_json::to_vec_pretty(pseudonyms).map_err(std::io::Error::from)?;
            json.push(b'\n');
            replace_private(&beside(".names.json"), &json)?;
        }
        let others = self.single.write(&self.dirs, &evidence, beside)?;
        let mut out = anstream::stdout().lock();
        writeln!(out, "{}", evidence.verdict.sentence)?;
        for answer in &evidence.answers {
            writeln!(out, "{:9} {} {}", answer.state.as_str(), answer.question, escaped(&answer.answer))?;
        }
        for path in std::iter::once(&self.output).chain(&others) {
            writeln!(out, "{}", escaped(&path.display().to_string()))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn check(&self, file: &Path) -> Result<ExitCode, Failure> {
        let text = read_text(file, "the facts of a report")?;
        let fail = || {
            Failure::new(format!("{} has not the facts of a report", file.display()))
                .hint("Give the JSON file beside the page.")
        };
        let before = serde_json::from_str::<serde_json::Value>(&text).map_err(|_| fail())?;
        if before["version"] != 1 {
            return Err(fail());
        }
        let day = |key: &str| before["asked"][key].as_str().map(str::to_owned);
        let has_names = before["names"].as_bool().ok_or_else(fail)?;
        let now = self.collect(day("from"), day("until"), has_names)?;
        let now = serde_json::from_str::<serde_json::Value>(&now.to_json()).map_err(std::io::Error::from)?;
        let differences = same::differences(&before, &now);
        let is_same = differences.is_empty();
        unless_unread(print_differences(&differences))?;
        Ok(ExitCode::from(u8::from(!is_same)))
    }

    fn collect(
        &self,
        from: Option<String>,
        until: Option<String>,
        has_names: bool,
    ) -> Result<Evidence, Failure> {
        let mut collect = evidence::collect(&self.dirs).names(has_names);
        let Given { keys, signers, anchors, witnesses } = self.elsewhere.read()?;
        collect = keys.into_iter().fold(collect, |collect, key| collect.key(key));
        collect = signers.into_iter().fold(collect, |collect, key| collect.signer(key));
        collect = anchors.into_iter().fold(collect, |collect, text| collect.anchor(text));
        collect = witnesses.into_iter().fold(collect, |collect, key| collect.witness(key));
        if let Some(day) = from {
            collect = collect.from(day);
        }
        if let Some(day) = until {
            collect = collect.until(day);
        }
        let command = std::env::args_os().skip(1).map(|part| part.to_string_lossy().into_owned());
        let command = std::iter::once("auditlog".to_owned()).chain(command);
        let progress = Bytes::new("reading");
        Ok(collect.command(command).progress(progress.setter()).run()?)
    }
}

fn print_differences(differences: &[String]) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    if differences.is_empty() {
        writeln!(out, "the facts are those of the log as it is now")?;
    }
    differences.iter().try_for_each(|difference| writeln!(out, "{}", escaped(difference)))
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Failure {
        match error {
            EvidenceError::Read { source } => source.into(),
            EvidenceError::Search { source } => source.into(),
            EvidenceError::NoRecords => Failure::of(&error).hint("Give --from and --until."),
            _ => Failure::of(&error),
        }
    }
}
