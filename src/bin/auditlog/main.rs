//! `auditlog`: the command for those who read, watch and verify audit logs.
//!
//! Each subcommand is a file, thin over a part of the library's public API: `reading/` those that show
//! records, `seals/` those that verify them, `care/` those for operators, `acting/` those that change a log. `terminal/` is what all of
//! them share.

mod acting;
mod actor;
mod care;
mod catalog;
mod evidence;
mod failure;
mod input;
mod long_integer;
mod output;
mod reading;
mod seals;
mod shell;
mod terminal;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::io::Write as _;
use std::process::ExitCode;
use terminal::color::ColorWhen;
use terminal::escape::escaped;

/// Reads, follows, counts and verifies audit logs.
///
/// Those that read change nothing in a log, and the process that writes it does not notice them.
#[derive(Debug, Parser)]
#[command(name = "auditlog", version, max_term_width = 100, after_help = EXIT_STATUS)]
struct Cli {
    /// Whether to color the output
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: ColorWhen,

    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUS: &str = "\
Exit status: 0 done; 1 and 2 as each command's help says; 3 it could not be done (wrong arguments, a file that \
can't be read). That the reader of the output goes away, as `head` does, is no error.

A DIR is the directory of a log: the one with files named audit-2026-05-28.log.";

#[derive(Debug, Subcommand)]
enum Command {
    Query(reading::query::Query),
    Tail(reading::tail::Tail),
    Stats(reading::stats::Stats),
    Export(reading::export::Export),
    Health(care::health::Health),
    Doctor(care::doctor::Doctor),
    Verify(seals::verify::Verify),
    Prove(seals::prove::Prove),
    CheckProof(seals::check_proof::CheckProof),
    Checkpoint(seals::checkpoint::Checkpoint),
    Key(seals::key::Key),
    Bundle(seals::bundle::Bundle),
    Report(evidence::report::Report),
    Extract(evidence::extract::Extract),
    Recover(care::recover::Recover),
    Hold(care::hold::Hold),
    Release(care::hold::Release),
    Prune(acting::prune::Prune),
    Append(acting::append::Append),
    Mirror(acting::mirror::Mirror),
    #[command(name = "eventlog")]
    EventLog(acting::event_log::EventLog),
    Catalog(catalog::Catalog),
    Completions(shell::Completions),
    Man(shell::Man),
    #[command(hide = true)]
    RecordAccess(reading::access::Reading),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            print(&error);
            return if error.use_stderr() { ExitCode::from(Failure::STATUS) } else { ExitCode::SUCCESS };
        }
    };
    cli.color.apply();
    let done = match cli.command {
        Command::Query(query) => query.run(),
        Command::Health(health) => health.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Tail(tail) => tail.run(),
        Command::Stats(stats) => stats.run(),
        Command::Export(export) => export.run(),
        Command::Verify(verify) => verify.run(),
        Command::Prove(prove) => prove.run(),
        Command::CheckProof(proof) => proof.run(),
        Command::Checkpoint(checkpoint) => checkpoint.run(),
        Command::Key(key) => key.run(),
        Command::Bundle(bundle) => bundle.run(),
        Command::Report(report) => report.run(),
        Command::Extract(extract) => extract.run(),
        Command::Recover(recover) => recover.run(),
        Command::Hold(hold) => hold.run(),
        Command::Release(release) => release.run(),
        Command::Prune(prune) => prune.run(),
        Command::Append(append) => append.run(),
        Command::Mirror(mirror) => mirror.run(),
        Command::EventLog(event_log) => event_log.run(),
        Command::Catalog(catalog) => catalog.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
        Command::RecordAccess(reading) => reading.run(),
    };
    done.unwrap_or_else(|failure| failure.report())
}

/// Prints the help, or what is wrong with the arguments. These are shown, and not obeyed.
fn print(error: &clap::Error) {
    let has_controls = std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        escaped(&argument) != argument
    });
    // Nothing is left to tell if it can't be written.
    let _ = if has_controls && error.use_stderr() {
        let text = error.to_string();
        text.lines().try_for_each(|line| writeln!(std::io::stderr(), "{}", escaped(line)))
    } else {
        error.print()
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_of_no_command_contradict_one_another() {
        Cli::command().debug_assert();
    }
}
