//! The records that an auditor samples from, and the sample.

use crate::failure::Failure;
use crate::output::replace_private;
use crate::seals::proofs;
use crate::terminal::escape::shown;
use serde_json::json;
use std::path::{Path, PathBuf};
use tracing_audit::read::evidence::{Evidence, sample_rows};
use tracing_audit::read::{self, ExportFormat, Exported, Query};

/// What of a report is about single records.
#[derive(Debug, clap::Args)]
pub(crate) struct Single {
    /// Write the records of this event type, such as `auth.*`, as CSV, with their number and hash: what a sample is drawn from
    #[arg(long, value_name = "GLOB", requires = "names")]
    population: Option<String>,

    /// Write a random sample of so many of these records, each with its proof (c2sp.org/tlog-proof)
    #[arg(long, value_name = "N", requires = "population", requires = "seed", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    sample: Option<u64>,

    /// The seed of the sample, which the auditor gives once the population's hash is known
    #[arg(long, value_name = "TEXT", requires = "sample")]
    seed: Option<String>,
}

/// What the name of the sample's folder ends with.
const SAMPLE: &str = ".sample";

/// The population of a period.
struct Population<'a> {
    dir: &'a Path,
    glob: &'a str,
    evidence: &'a Evidence,
}

impl Population<'_> {
    fn query(&self) -> Result<Query, Failure> {
        let period = &self.evidence.period;
        Ok(Query::new([self.dir]).event(self.glob).since(period.begin()).until(period.end()))
    }

    /// Returns the numbers of some rows of a population of so many.
    fn seqs(&self, rows: &[u64], of: u64) -> Result<Vec<u64>, Failure> {
        let (mut seqs, mut wanted, mut row) = (Vec::new(), rows.iter().peekable(), 0);
        for found in self.query()?.run()? {
            let found = match found {
                Ok(found) => found,
                Err(trouble) if trouble.is_note() => continue,
                Err(trouble) => return Err(Failure::of(&trouble)),
            };
            if wanted.next_if(|wanted| **wanted == row).is_some() {
                seqs.push(found.seq().ok_or_else(|| {
                    Failure::new("a record of the sample has no number, so that there is no proof")
                })?);
            }
            row += 1;
        }
        if row == of {
            return Ok(seqs);
        }
        let failure = Failure::new(format!("the population had {of} records, and has {row} by now"));
        Err(failure.hint("Try again, or end the period with a day that is over."))
    }
}

impl Single {
    /// Returns an error if they can't be written, before anything is.
    pub(super) fn check(&self, dirs: &[PathBuf], beside: impl Fn(&str) -> PathBuf) -> Result<(), Failure> {
        if self.population.is_some() && dirs.len() != 1 {
            return Err(Failure::new("a population is of one log").hint("Give one directory."));
        }
        let folder = beside(SAMPLE);
        if self.sample.is_some() && folder.exists() {
            let failure = Failure::new(format!("{} is there already", shown(&folder)));
            return Err(failure.hint("Move it away: no file of a sample is replaced."));
        }
        Ok(())
    }

    /// Writes them beside the report. Returns the paths.
    pub(super) fn write(
        &self,
        dirs: &[PathBuf],
        evidence: &Evidence,
        beside: impl Fn(&str) -> PathBuf,
    ) -> Result<Vec<PathBuf>, Failure> {
        let Some(glob) = &self.population else {
            return Ok(Vec::new());
        };
        let [dir] = dirs else {
            return Ok(Vec::new());
        };
        let population = Population { dir, glob, evidence };
        let path = beside(".population.csv");
        let mut troubles = 0;
        let exported = read::export(population.query()?, ExportFormat::Csv).to_file(&path, |trouble| {
            troubles += u64::from(!trouble.is_note());
        })?;
        if troubles > 0 {
            let failure =
                Failure::new(format!("the population may be incomplete: {troubles} places can't be read"));
            return Err(failure.hint("Section 4 of the report lists them."));
        }
        let mut paths = vec![path];
        if let (Some(size), Some(seed)) = (self.sample, &self.seed) {
            paths.push(sample(&population, &exported, size, seed, &beside(SAMPLE))?);
        }
        Ok(paths)
    }
}

/// Draws a sample. Returns its folder.
fn sample(
    of: &Population<'_>,
    exported: &Exported,
    size: u64,
    seed: &str,
    folder: &Path,
) -> Result<PathBuf, Failure> {
    let rows = sample_rows(&exported.sha256, exported.records, size, seed);
    let seqs = of.seqs(&rows, exported.records)?;
    proofs::write_all(of.dir, &seqs, folder)?;
    let manifest = json!({
        "version": 1,
        "event": of.glob,
        "first_day": of.evidence.period.first_day(),
        "last_day": of.evidence.period.last_day(),
        "population": { "records": exported.records, "sha256": exported.sha256 },
        "seed": seed,
        "rows": rows.iter().zip(&seqs).map(|(row, seq)| json!({ "row": row, "seq": seq })).collect::<Vec<_>>(),
        "shows": "Each record is in the log, as its proof states. That the population has all records that it should have, the proofs do not show.",
    });
    let mut text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::from)?;
    text.push(b'\n');
    replace_private(&folder.join("manifest.json"), &text)?;
    Ok(folder.to_owned())
}
