//! `auditlog extract`

use crate::failure::Failure;
use crate::output::replace_private;
use crate::reading::access::RecordAccess;
use crate::seals::proofs;
use crate::terminal::escape::shown;
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::read::{Query, parse_time};

/// Extracts the records of one tenant, each with its proof, for that tenant alone
///
/// The folder has for each record its line (SEQ.json) and its proof (SEQ.tlog-proof); keys.chain, the certificates of the log's later keys; and
/// manifest.json with the counts. `auditlog check-proof` checks each of them, with the log's first key and without the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 done; 1 there is no such record, and nothing was written; 2 something was damaged or unreadable, so that the extract may be \
incomplete; 3 it could not be made.")]
pub(crate) struct Extract {
    /// The directory of the log
    dir: PathBuf,

    /// For whom: `actor.tenant`
    #[arg(long)]
    tenant: String,

    /// At or after this time, as `query` takes it
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    #[command(flatten)]
    access: RecordAccess,

    /// The folder to make
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
}

impl Extract {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if self.output.exists() {
            let failure = Failure::new(format!("{} is there already", shown(&self.output)));
            return Err(failure.hint("Name a folder that is not there yet."));
        }
        let now = std::time::SystemTime::now().into();
        let time_of = |text: &str| parse_time(text, now).map_err(|error| Failure::new(error.to_string()));
        let mut query = Query::new([&self.dir]).tenant(&self.tenant);
        if let Some(time) = &self.since {
            query = query.since(time_of(time)?);
        }
        if let Some(time) = &self.until {
            query = query.until(time_of(time)?);
        }
        let (mut seqs, mut troubles, mut without_number) = (Vec::new(), Vec::new(), 0_u64);
        for found in query.run()? {
            match found {
                Ok(found) => match found.seq() {
                    Some(seq) => seqs.push(seq),
                    None => without_number += 1,
                },
                Err(trouble) if trouble.is_note() => {}
                Err(trouble) => troubles.push(trouble.to_string()),
            }
        }
        if seqs.is_empty() {
            return Ok(ExitCode::from(1));
        }
        self.access.record("extract", std::slice::from_ref(&self.dir), Some(seqs.len() as u64))?;
        proofs::write_all(&self.dir, &seqs, &self.output)?;
        let manifest = json!({
            "version": 1,
            "tenant": self.tenant,
            "since": self.since,
            "until": self.until,
            "records": seqs.len(),
            "first_seq": seqs.first(),
            "last_seq": seqs.last(),
            "without_number": without_number,
            "troubles": troubles,
            "shows": "Each record is in the log, as its proof states. That no record of the tenant was left out, the proofs do not show.",
        });
        let mut text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::from)?;
        text.push(b'\n');
        replace_private(&self.output.join("manifest.json"), &text)?;
        let noun = if seqs.len() == 1 { "record" } else { "records" };
        writeln!(anstream::stdout(), "{} {noun} in {}", seqs.len(), shown(&self.output))?;
        for trouble in &troubles {
            // Standard error may be closed.
            writeln!(anstream::stderr(), "warning: {}", crate::terminal::escape::escaped(trouble))
                .unwrap_or(());
        }
        Ok(ExitCode::from(if troubles.is_empty() && without_number == 0 { 0 } else { 2 }))
    }
}
