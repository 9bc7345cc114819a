//! A mirror of your own: copies each record into a table of an SQLite database, exactly once.
//!
//! A mirror gets each record at least once: after a crash or a delivery that failed halfway, some
//! records arrive again. The journal's id and the sequence number identify a record; as the primary
//! key they make a repeated insert a no-op.
//!
//! ```console
//! $ cargo run -p sqlite_mirror
//! ```

use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::{AuditLayer, Mirror, Outcome, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

/// Columns that queries use often; SQLite computes them from the line.
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
        // A call must not hang: a database that another process keeps locked is an error after this time.
        database.busy_timeout(Duration::from_secs(5))?;
        database.execute(TABLE, [])?;
        Ok(SqliteMirror { database })
    }

    /// Inserts all of the batch or, on an error, none of it. `commit` syncs, so the mirror may then report the
    /// batch as delivered.
    fn insert(&mut self, batch: &Batch<'_>) -> rusqlite::Result<()> {
        let transaction = self.database.transaction()?;
        let mut insert =
            transaction.prepare("INSERT OR IGNORE INTO audit (journal, seq, line) VALUES (?1, ?2, ?3)")?;
        for line in batch.lines() {
            // SQLite has signed integers only; no log reaches 2^63 records.
            insert.execute((batch.journal(), line.seq().cast_signed(), line.text()))?;
        }
        drop(insert);
        transaction.commit()
    }
}

impl Mirror for SqliteMirror {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        // A full disk or a locked database may pass: the same records are delivered again later.
        self.insert(batch).map_err(DeliveryError::retry)?;
        Ok(Delivered::all())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-sqlite-mirror");
    std::fs::create_dir_all(&folder)?;
    let database = folder.join("audit.db");

    // The mirror's name is the name of its cursor, from which it continues after a restart.
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

    // Waits for the mirror, too; an error if it has not received all records in time.
    guard.shutdown(Duration::from_secs(10))?;
    show(&database)?;
    Ok(())
}

fn show(database: &Path) -> rusqlite::Result<()> {
    let database = Connection::open(database)?;
    println!("failed sign-ins by user, with count and last time:");
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
