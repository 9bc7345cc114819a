//! `auditlog completions` and `auditlog man`

use crate::Cli;
use crate::failure::Failure;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::path::PathBuf;
use std::process::ExitCode;

/// Prints the completions for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "auditlog", &mut text);
        std::io::Write::write_all(&mut std::io::stdout(), &text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes the manual pages into a folder: auditlog.1, and one for each command
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// The folder, such as ~/.local/share/man/man1
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let fail =
            |error| Failure::new(format!("can't write manual pages to {}: {error}", self.folder.display()));
        std::fs::create_dir_all(&self.folder).map_err(fail)?;
        clap_mangen::generate_to(Cli::command(), &self.folder).map_err(fail)?;
        Ok(ExitCode::SUCCESS)
    }
}
