//! `auditlog verify`

use super::given::{FromElsewhere, Given};
use crate::failure::{Failure, unless_unread};
use crate::terminal::progress::Bytes;
use anstyle::{AnsiColor, Style};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_audit::read::{Status, Verification};

/// Verifies that a log is as it was sealed
///
/// Offline, also while the log is written. Without --key the log is only compared with itself: an attacker who could write to the
/// directory may have made all of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 intact; 1 tampered: sealed lines were changed or are missing; 2 incomplete: something can't be shown to be \
as it was; 3 the log could not be verified.")]
pub(crate) struct Verify {
    /// The directory of the log
    dir: PathBuf,

    #[command(flatten)]
    elsewhere: FromElsewhere,

    /// A bundle of some days: ask for none before this one (UTC). What was left out of it is a note then
    #[arg(long, value_name = "DAY")]
    from: Option<String>,

    /// A bundle of some days: ask for none behind this one (UTC)
    #[arg(long, value_name = "DAY")]
    to: Option<String>,

    /// Another directory of the same log, such as an older copy: whether the two have the same history
    #[arg(long, value_name = "DIR")]
    against: Vec<PathBuf>,

    /// Report a log whose newest sealed record is older than this, such as `2h`
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    max_age: Option<Duration>,

    /// Report each line that is not sealed yet, however young it is
    #[arg(long)]
    strict: bool,

    /// The directory is a copy: report a private key in it. Assumed where it has no `.state/lock`
    #[arg(long)]
    copy: bool,

    /// Print the result as JSON
    #[arg(long, conflicts_with = "quiet")]
    json: bool,

    /// Print nothing; the exit status is the result
    #[arg(long, short)]
    quiet: bool,
}

impl Verify {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let is_copy = self.copy || !self.dir.join(".state/lock").exists();
        let mut verify = tracing_audit::read::verify(&self.dir).is_copy(is_copy).strict(self.strict);
        let Given { keys, signers, anchors, witnesses } = self.elsewhere.read()?;
        verify = keys.into_iter().fold(verify, |verify, key| verify.key(key));
        verify = signers.into_iter().fold(verify, |verify, key| verify.signer(key));
        verify = anchors.into_iter().fold(verify, |verify, text| verify.anchor(text));
        verify = witnesses.into_iter().fold(verify, |verify, key| verify.witness(key));
        verify = self.from.iter().fold(verify, |verify, day| verify.from(day));
        verify = self.to.iter().fold(verify, |verify, day| verify.to(day));
        for dir in &self.against {
            verify = verify.against(dir);
        }
        if let Some(max_age) = self.max_age {
            verify = verify.max_age(max_age);
        }
        let progress = Bytes::new("verifying");
        let verification = verify.progress(progress.setter()).run()?;
        drop(progress);
        if self.json {
            unless_unread(print_json(&verification))?;
        } else if !self.quiet {
            unless_unread(print(&verification))?;
        }
        Ok(ExitCode::from(verification.status().code()))
    }
}

fn print_json(verification: &Verification) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, verification).map_err(std::io::Error::from)?;
    writeln!(out)
}

/// Prints the report, with the word for the result and those for the findings in colors.
fn print(verification: &Verification) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    let color = |status| match status {
        Status::Intact => AnsiColor::Green,
        Status::Tampered => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    };
    let kinds = verification.counts().keys().map(|kind| (kind.as_str(), kind.status())).collect::<Vec<_>>();
    for (at, line) in verification.to_string().lines().enumerate() {
        let (word, rest) = line.split_at(line.find([',', ':']).unwrap_or(0));
        let style = match kinds.iter().find(|(kind, _)| *kind == word) {
            _ if at == 0 => color(verification.status()).on_default().bold(),
            _ if word == "note" => Style::new().dimmed(),
            Some((_, status)) => color(*status).on_default(),
            None => Style::new(),
        };
        writeln!(out, "{style}{word}{style:#}{rest}")?;
    }
    out.flush()
}
