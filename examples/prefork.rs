//! A server that forks its workers: each opens a log of its own, in a directory of its own,
//! after the fork. Unix only.
//!
//! ```console
//! $ cargo run --example prefork
//! ```
//!
//! `docs/prefork.md` says what happens otherwise, and which other ways there are.

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
        // Nothing is set up yet: neither a log nor a subscriber, and no thread was begun.
        let mut workers = Vec::new();
        for number in 1..=WORKERS {
            // SAFETY: this process has one thread, so nothing is locked or half done in the
            // child, which may do what any process may.
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
            // SAFETY: `status` is there.
            let ended = unsafe { libc::waitpid(process, &raw mut status, 0) };
            all_is_well &= ended == process && status == 0;
        }
        for number in 1..=WORKERS {
            show(number, &directory(&folder, number))?;
        }
        Ok(if all_is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Always the same one for the same worker, so that numbers go on when it is begun again.
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

        tracing::info!(number, "the worker has started, says its runtime log");
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
    println!("There is no `fork` here.");
}
