//! A mirror of the application's own: it copies each record into a table of an SQLite database,
//! exactly once.
//!
//! A mirror gets each record at least once: after a crash, or when a delivery failed halfway,
//! some arrive again. A record is told by its journal and its number, so with these as the
//! primary key a repeat changes nothing.
//!
//! ```console
//! $ cargo run --example sqlite_mirror
//! ```

use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::{AuditLayer, Mirror, Outcome, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

/// What is often asked for has a column, which SQLite takes from the line.
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS audit (
        journal  TEXT NOT NULL,
        seq      INTEGER NOT NULL,
        line     TEXT NOT NULL,
        ts       TEXT AS (line ->> '$.ts'),
        event    TEXT AS (line ->> '$.event'),
        outcome  TEXT AS (line ->> '$.outcome'),
        user_sid TEXT AS (line ->> '$.actor.user_sid'),
        trace_id TEXT AS (line ->> '$.trace_id'),
        PRIMARY KEY (journal, seq)
    ) STRICT";

struct SqliteMirror {
    database: Connection,
}

impl SqliteMirror {
    fn open(path: &Path) -> rusqlite::Result<SqliteMirror> {
        let database = Connection::open(path)?;
        // No call may hang for ever: a database that somebody else holds is an error by then.
        database.busy_timeout(Duration::from_secs(5))?;
        database.execute(TABLE, [])?;
        Ok(SqliteMirror { database })
    }

    /// All of the batch or, if there is an error, nothing of it. Once it has returned, SQLite has
    /// synced it: so the mirror may say that it has it.
    fn insert(&mut self, batch: &Batch<'_>) -> rusqlite::Result<()> {
        let transaction = self.database.transaction()?;
        let mut insert =
            transaction.prepare("INSERT OR IGNORE INTO audit (journal, seq, line) VALUES (?1, ?2, ?3)")?;
        for line in batch.lines() {
            // No log comes to a number that SQLite does not have.
            insert.execute((batch.journal(), line.seq().cast_signed(), line.text()))?;
        }
        drop(insert);
        transaction.commit()
    }
}

impl Mirror for SqliteMirror {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        // Whatever it is, a full disk or another process, it may be over later: the same records
        // are handed to the mirror again.
        self.insert(batch).map_err(DeliveryError::retry)?;
        Ok(Delivered::all())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-sqlite-mirror");
    std::fs::create_dir_all(&folder)?;
    let database = folder.join("audit.db");

    // The mirror's name is that of its cursor: it goes on where it was when the application
    // starts again.
    let (layer, guard) =
        AuditLayer::builder(folder.join("audit")).mirror("sqlite", SqliteMirror::open(&database)?).open()?;
    tracing_subscriber::registry()
        .with(EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(layer)
        .init();

    audit!("settings.changed", actor.user_sid = "S-1-5-21-1", resource.retention_days = 90);
    audit!("auth.failed", actor.user_sid = "S-1-5-21-2", outcome = Outcome::Failure);
    audit!("auth.failed", actor.user_sid = "S-1-5-21-2", outcome = Outcome::Failure);

    // It waits for the mirror, too, and is an error if that has not got all in time.
    guard.shutdown(Duration::from_secs(10))?;
    show(&database)?;
    Ok(())
}

fn show(database: &Path) -> rusqlite::Result<()> {
    let database = Connection::open(database)?;
    println!("who has failed to sign in, how often, and when last:");
    let mut query = database.prepare(
        "SELECT user_sid, count(*), max(ts) FROM audit
         WHERE event = 'auth.failed' AND outcome = 'failure' GROUP BY user_sid",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (user, times, last): (String, i64, String) = row.try_into()?;
        println!("{user}  {times}  {last}");
    }
    println!("\nall records:");
    let mut query = database.prepare("SELECT line FROM audit ORDER BY journal, seq")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        println!("{}", row.get::<_, String>(0)?);
    }
    Ok(())
}
