//! Writes the logs that the examples of docs/cli.md read, with a host name of their own:
//!
//! ```sh
//! cargo build --workspace --all-features
//! cargo build --workspace --all-features --example write_fixtures
//! sudo unshare --uts sh -c 'hostname app1; target/debug/examples/write_fixtures /var/lib/billing/audit'
//! cd tests/cli/fixtures && rm -rf audit.vkey proofs
//! auditlog key pin audit audit.vkey && auditlog prove audit 3 --output proofs
//! ```
//!
//! `audit` is the copy of a log that an application has written for three days: day files and seals, without `.state`,
//! in which there are the private key and what concerns the writer alone. `damaged` has the same day files, without seals and
//! without one day, and with a line that was put in by hand. The keys are new each time, so the page shows other
//! fingerprints afterwards: `TRYCMD=overwrite cargo test --workspace --all-features` writes them into it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_audit::events::common;
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;
use tracing_audit::{Actor, AuditLayer, Outcome, Record};

/// A clock that goes on when it is told to, in nanoseconds since 1970.
#[derive(Clone, Debug)]
struct SetClock(Arc<Mutex<i128>>);

impl SetClock {
    fn pass(&self, seconds: i128) {
        *self.0.lock().unwrap() += seconds * 1_000_000_000;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(*self.0.lock().unwrap())
    }

    fn monotonic(&self) -> Option<Duration> {
        u64::try_from(*self.0.lock().unwrap()).ok().map(Duration::from_nanos)
    }

    fn boot_id(&self) -> Option<String> {
        Some("a boot".to_owned())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let dir = std::env::args().nth(1).ok_or("name a directory for the log, which is removed afterwards")?;
    let dir = Path::new(&dir);
    let begin = "2026-05-27T07:00:00.123456789Z".parse::<Timestamp>()?;
    let clock = SetClock(Arc::new(Mutex::new(begin.unix_nanos())));
    let ada = || Actor::new().user_id("ada").tenant("acme").session_id("s-1");
    let eve = || Actor::new().user_id("eve").tenant("acme").address("203.0.113.7");
    for day in 0..3_u64 {
        let builder = AuditLayer::builder(dir)
            .application("billing", "1.0")
            .catalog(common::CATALOG)
            .clock(clock.clone());
        let (_, guard) = builder.open()?;
        let handle = guard.handle();
        for record in [
            Record::new("auth.signed_in").actor(ada()),
            Record::new("data.exported")
                .actor(ada())
                .resource("id", format!("invoice-{}", 40 + day))
                .resource("pages", 3 + day),
            Record::new("auth.failed")
                .actor(eve())
                .resource("reason", "bad password")
                .resource("attempts", 1 + day)
                .outcome(Outcome::Failure),
            Record::new("auth.failed").actor(eve()).resource("reason", "locked").outcome(Outcome::Failure),
            Record::new("settings.changed").actor(ada()).resource("retention_days", 365 + day),
        ] {
            handle.append(record).result()?;
            clock.pass(300);
        }
        if day == 1 {
            handle.append(Record::new("data.exported").resource("id", "invoice-9")).result()?;
        }
        guard.shutdown(Duration::from_secs(60))?;
        clock.pass(86_400 - 5 * 300);
    }
    for name in ["audit", "damaged"] {
        // They may not be there yet.
        std::fs::remove_dir_all(fixtures.join(name)).unwrap_or(());
        copy(dir, &fixtures.join(name))?;
    }
    std::fs::remove_dir_all(dir)?;
    let damaged = fixtures.join("damaged");
    std::fs::remove_dir_all(damaged.join("seal"))?;
    std::fs::remove_file(damaged.join("audit-2026-05-28.log"))?;
    let path = damaged.join("audit-2026-05-27.log");
    let text = std::fs::read_to_string(&path)?;
    let (first, rest) = text.split_once('\n').ok_or("a line is missing")?;
    std::fs::write(&path, format!("{first}\n{{\"note\":\"I was here\"}}\n{rest}"))?;
    Ok(())
}

/// Copies a folder without `.state` and `status.json`.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name == ".state" || name == "status.json" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
