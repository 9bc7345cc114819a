//! A server that forks its workers: each worker opens its own log, in its own directory, after the
//! fork. Unix only.
//!
//! ```console
//! $ cargo run --example prefork
//! ```
//!
//! `docs/prefork.md` explains why, and lists the alternatives.

#[cfg(unix)]
mod unix {
    #![allow(unsafe_code)] // `fork`

    use std::error::Error;
    use std::io;
    use std::path::{Path, PathBuf};
    use std::process::ExitCode;
    use std::time::Duration;
    use tracing_audit::{AuditLayer, Outcome, audit};
    use tracing_subscriber::filter::{EnvFilter, LevelFilter};
    use tracing_subscriber::prelude::*;

    const WORKERS: usize = 3;

    pub(super) fn main() -> Result<ExitCode, Box<dyn Error>> {
        let folder = std::env::temp_dir().join("tracing-audit-prefork");
        // At this point there is no log, no subscriber and no other thread.
        let mut workers = Vec::new();
        for number in 1..=WORKERS {
            // SAFETY: this process has one thread, so no lock is held and nothing is half done in the
            // child, which may call any function.
            match unsafe { libc::fork() } {
                -1 => return Err(io::Error::last_os_error().into()),
                0 => {
                    worker(number, &directory(&folder, number))?;
                    return Ok(ExitCode::SUCCESS);
                }
                process => workers.push(process),
            }
        }
        let mut all_is_well = true;
        for process in workers {
            let mut status = 0;
            // SAFETY: `status` is valid for writes.
            let ended = unsafe { libc::waitpid(process, &raw mut status, 0) };
            all_is_well &= ended == process && status == 0;
        }
        for number in 1..=WORKERS {
            show(number, &directory(&folder, number))?;
        }
        Ok(if all_is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Returns the worker's directory: the same one after a restart, so that the sequence continues.
    fn directory(folder: &Path, number: usize) -> PathBuf {
        folder.join(format!("worker-{number}"))
    }

    fn worker(number: usize, directory: &Path) -> Result<(), Box<dyn Error>> {
        let (layer, guard) = AuditLayer::builder(directory).open()?;
        tracing_subscriber::registry()
            .with(EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy())
            .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
            .with(layer)
            .init();

        tracing::info!(number, "the worker has started");
        audit!("settings.changed", actor.user_sid = "S-1-5-21-1", resource.worker = number);
        audit!("auth.failed", resource.worker = number, outcome = Outcome::Failure);
        guard.shutdown(Duration::from_secs(5))?;
        Ok(())
    }

    fn show(number: usize, directory: &Path) -> io::Result<()> {
        println!("worker {number}, {}:", directory.display());
        let mut files = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        for file in files {
            println!("{}", std::fs::read_to_string(file)?);
        }
        Ok(())
    }
}

#[cfg(unix)]
fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error>> {
    unix::main()
}

#[cfg(not(unix))]
fn main() {
    println!("this system has no `fork`");
}
