//! The operators' set-up: two logs in two folders, each with its own rules.
//!
//! The runtime log is for debugging: a daily file written in the background by
//! `tracing-appender`, as talkative as `RUST_LOG` says (`info` by default), and gone
//! after a week. The audit log is evidence: no setting of the runtime log touches it.
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
    /// Somebody tried to sign in.
    event AuthAttempt<'a> = "auth.attempt" {
        /// How they proved who they are.
        method: &'a str,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-two-logs");
    let (runtime_folder, audit_folder) = (folder.join("runtime"), folder.join("audit"));

    // The runtime log. Its writer is lossy on purpose: when the disk is slow, the
    // application goes on and debugging output is dropped.
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("myapp")
        .filename_suffix("log")
        .max_log_files(7)
        .build(&runtime_folder)?;
    let (writer, runtime_guard) = tracing_appender::non_blocking(appender);
    let runtime_layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();

    // The audit log. It may stand anywhere in the stack, before or behind the filter.
    let (audit_layer, audit_guard) = AuditLayer::builder(&audit_folder).catalog(CATALOG).open()?;

    tracing_subscriber::registry().with(filter).with(runtime_layer).with(audit_layer).init();

    handle_sign_in("ada", "correct horse");
    handle_sign_in("eve", "guess");

    // At the end: the audit log first, since it says what is left; then the runtime
    // log, which may still have to say so.
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
