//! `auditlog tail`

use super::filters::{self, Filters};
use super::printer::{Format, Printer};
use super::troubles::Troubles;
use super::zone::InZone;
use crate::failure::Failure;
use std::process::ExitCode;
use tracing_audit::read::{Follow, Following};

/// Shows the last records of one log or of several, and new ones as they are written
///
/// With -f it goes on until Ctrl-C, over midnight, and whatever becomes of files and directories: each record is shown
/// once. A directory that is not there yet is waited for. On a terminal records are shown as a table, else as the lines
/// that the log has written.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub(crate) struct Tail {
    #[command(flatten)]
    filters: Filters,

    /// Go on with new records as they are written
    #[arg(long, short)]
    follow: bool,

    /// How many of the last records to show first
    #[arg(long = "lines", short = 'n', value_name = "N", default_value_t = 10)]
    last: usize,

    #[command(flatten)]
    zone: InZone,

    /// Show records only when they are on disk. Only the log's owner can read how far that is
    #[arg(long)]
    synced: bool,

    /// How to print them
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Print nothing but the records: not what else is met, which the exit status still tells
    #[arg(long, short)]
    quiet: bool,
}

fn help() -> String {
    filters::HELP.to_owned()
        + "

Exit status: 0 done, or the reader of the output has gone; 2 something was damaged, missing or unreadable, as standard \
error says; 3 it could not be done. With -f it ends by a signal: 130 is a shell's status for Ctrl-C."
}

impl Tail {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if let Some(dir) = self.filters.dir.iter().find(|dir| !self.follow && !dir.is_dir()) {
            let failure = Failure::new(format!("there is no directory {}", dir.display()));
            return Err(failure
                .hint("Name the directory of a log; with -f, one that is not there yet is waited for."));
        }
        let follow = Follow::new(self.filters.query()?).last(self.last).only_synced(self.synced);
        let mut following = follow.start()?;
        let mut troubles = Troubles::new(self.quiet).showing_all(self.follow);
        let mut printer = Printer::new(self.format, self.filters.dir.len() > 1).in_zone(self.zone.get()?);
        if !self.follow {
            print(&mut printer, &mut troubles, std::iter::from_fn(|| following.next_of_the_last()))?;
            troubles.finish();
            return Ok(ExitCode::from(if troubles.has_damage() { 2 } else { 0 }));
        }
        loop {
            print(&mut printer, &mut troubles, &mut following)?;
            following.wait();
            if reader_is_gone() {
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

/// Prints what there is.
fn print(
    printer: &mut Printer,
    troubles: &mut Troubles,
    found: impl Iterator<Item = <Following as Iterator>::Item>,
) -> Result<(), Failure> {
    for found in found {
        match found {
            Ok(found) => printer.record(&found)?.unwrap_or_else(|trouble| troubles.add(&trouble)),
            Err(trouble) => {
                printer.flush()?;
                troubles.add(&trouble);
            }
        }
    }
    Ok(printer.flush()?)
}

/// Returns whether standard output is a pipe that has no reader any more, such as after `head`.
#[cfg(unix)]
fn reader_is_gone() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = std::io::stdout();
    let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
    let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    poll(&mut fds, Some(&Timespec::default())).is_ok_and(|_| fds[0].revents().intersects(gone))
}

/// It is seen when something is written.
#[cfg(not(unix))]
fn reader_is_gone() -> bool {
    false
}
