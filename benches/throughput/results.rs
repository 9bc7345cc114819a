//! All runs and their results.

use crate::Result;
use crate::child::{Finding, Run};
use crate::contenders::{CONTENDERS, FREE_FORM, TYPED};
use crate::disk;
use crate::measure::{Extent, MEASURES, Measure};
use crate::required::Figure;
use std::fs;
use std::path::Path;

pub(crate) struct Results {
    rows: Vec<Row>,
    /// The folder of all runs.
    pub(crate) file_system: String,
}

/// One measure, with one number of events.
pub(crate) struct Row {
    /// Its position in `MEASURES`.
    measure: usize,
    pub(crate) events: usize,
    /// The figures of each round; empty for a contender without this measure.
    findings: [Vec<Finding>; CONTENDERS.len()],
}

impl Results {
    pub(crate) fn measure(extent: &Extent) -> Result<Results> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(target)?;
        let folder = tempfile::Builder::new().prefix("throughput-").tempdir_in(target)?;
        let file_system = disk::file_system(folder.path())?;
        if extent.is_judged && disk::is_in_memory(&file_system) {
            let folder = folder.path().display();
            return Err(format!("{folder} is on {file_system}, where no event waits for a disk").into());
        }
        let mut rows = Vec::new();
        for (measure, what) in MEASURES.iter().enumerate() {
            let row = |events| Row { measure, events, findings: Default::default() };
            rows.extend(what.events(extent).into_iter().map(row));
        }
        for round in 0..extent.rounds {
            eprintln!("round {} of {} …", round + 1, extent.rounds);
            for row in rows.iter_mut().filter(|row| MEASURES[row.measure].is_in(round, row.events)) {
                row.measure_all(&folder.path().join("run"))?;
            }
        }
        folder.close()?;
        Ok(Results { rows, file_system })
    }

    pub(crate) fn rows_of(&self, measure: Measure) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| MEASURES[row.measure] == measure)
    }

    pub(crate) fn row(&self, measure: Measure) -> Option<&Row> {
        self.rows_of(measure).next()
    }

    /// The figures of the free form and of the typed form.
    pub(crate) fn of_audit(&self, figure: Figure) -> [Option<f64>; 2] {
        [FREE_FORM, TYPED].map(|contender| figure.of(contender, self))
    }

    pub(crate) fn is_complete(&self) -> bool {
        (0..CONTENDERS.len()).all(|contender| self.missing(contender) == 0)
    }

    pub(crate) fn missing(&self, contender: usize) -> u64 {
        self.findings(contender).map(|finding| finding.missing).sum()
    }

    pub(crate) fn line_bytes(&self, contender: usize) -> u64 {
        self.findings(contender).map(|finding| finding.line_bytes).max().unwrap_or_default()
    }

    fn findings(&self, contender: usize) -> impl Iterator<Item = &Finding> {
        self.rows.iter().flat_map(move |row| &row.findings[contender])
    }
}

impl Row {
    fn measure_all(&mut self, folder: &Path) -> Result<()> {
        let Row { measure, events, .. } = *self;
        for (contender, findings) in self.findings.iter_mut().enumerate() {
            if MEASURES[measure].is_of(contender) {
                findings.push(Run { contender, measure, events, folder: folder.to_owned() }.in_a_child()?);
            }
        }
        Ok(())
    }

    pub(crate) fn median(&self, contender: usize, figure: usize) -> Option<f64> {
        Some(self.spread(contender, figure)?.median)
    }

    pub(crate) fn spread(&self, contender: usize, figure: usize) -> Option<Spread> {
        let mut figures =
            self.findings[contender].iter().map(|finding| finding.figures[figure]).collect::<Vec<_>>();
        figures.sort_unstable_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        Some(Spread { median: figures[figures.len() / 2], least, most })
    }
}

/// Summarizes one figure over the rounds.
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}
