//! Two logs in two folders, each with its own rules.
//!
//! The runtime log is for debugging: `tracing-appender` writes a daily file in the background, at the
//! level of `RUST_LOG` (default: `info`), and keeps seven. The audit log is evidence: no setting of
//! the runtime log affects it.
//!
//! ```console
//! $ RUST_LOG=warn cargo run --example two_logs
//! ```

use std::path::Path;
use std::time::Duration;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_audit::{AuditLayer, Outcome, audit, audit_events};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

audit_events! {
    /// A user tried to sign in.
    event AuthAttempt<'a> = "auth.attempt" {
        /// The method of authentication.
        method: &'a str,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-two-logs");
    let (runtime_folder, audit_folder) = (folder.join("runtime"), folder.join("audit"));

    // The runtime log. Its writer is lossy on purpose: when the disk is slow, debugging output is
    // dropped rather than the application delayed.
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("myapp")
        .filename_suffix("log")
        .max_log_files(7)
        .build(&runtime_folder)?;
    let (writer, runtime_guard) = tracing_appender::non_blocking(appender);
    let runtime_layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();

    // The audit log. Its position in the stack does not matter, not even relative to the filter.
    let (audit_layer, audit_guard) = AuditLayer::builder(&audit_folder).catalog(CATALOG).open()?;

    tracing_subscriber::registry().with(filter).with(runtime_layer).with(audit_layer).init();

    handle_sign_in("ada", "correct horse");
    handle_sign_in("eve", "guess");

    // The audit log is closed first, because its reports go to the runtime log.
    audit_guard.shutdown(Duration::from_secs(5))?;
    drop(runtime_guard);

    show("runtime log", &runtime_folder)?;
    show("audit log", &audit_folder)?;
    Ok(())
}

fn handle_sign_in(user: &str, password: &str) {
    let _span = tracing::info_span!("sign_in", user).entered();
    tracing::debug!("looking up the user");
    let (known, outcome) = match password {
        "correct horse" => (true, Outcome::Success),
        _ => (false, Outcome::Failure),
    };
    tracing::info!(known, "answered");
    audit!(AuthAttempt { method: "password" }, actor.user_sid = user, outcome = outcome);
}

fn show(name: &str, folder: &Path) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    for file in files {
        println!("\n{name}, {}:\n{}", file.display(), std::fs::read_to_string(&file)?.trim_end());
    }
    Ok(())
}
