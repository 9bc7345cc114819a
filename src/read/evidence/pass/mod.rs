//! One pass over the records of a log, in constant memory: those of the period are counted, and what the log says about itself is
//! kept from all of it. A loss may be named, and a file pruned, long after the period.

pub(super) mod control;
pub(super) mod files;
pub(super) mod numbers;

use super::period::Bounds;
use crate::read::query::{Match, Query, QueryError, Trouble, TroubleKind};
use crate::read::stats::{self, Statistics};
use crate::record::Timestamp;
use control::Control;
use files::FileList;
use numbers::Numbers;
use std::collections::BTreeMap;
use std::path::Path;

/// So many records of the log about itself are kept.
const MOST_CONTROLS: usize = 20_000;

/// So many troubles are kept.
const MOST_TROUBLES: usize = 1_000;

/// The records of one day file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OfFile {
    pub(super) records: u64,
    pub(super) first: Option<(Option<u64>, Timestamp)>,
    pub(super) last: Option<(Option<u64>, Timestamp)>,
}

/// What the records of a log are.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// Of the period.
    pub(super) statistics: Statistics,
    /// How many records of the period have no number.
    pub(super) without_number: u64,
    /// The first and the last number of the period.
    pub(super) seqs: Option<(u64, u64)>,
    pub(super) numbers: Numbers,
    pub(super) controls: Vec<Control>,
    /// How many further ones there are.
    pub(super) more_controls: u64,
    pub(super) files: BTreeMap<String, OfFile>,
    /// What is no sound record, as a query says it.
    pub(super) troubles: Vec<String>,
    /// How many of these there are, those that are not kept included.
    pub(super) trouble_count: u64,
    pub(super) oldest: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
}

impl Pass {
    /// Reads what the files of a list had when it was made.
    pub(super) fn over(list: &FileList, bounds: Bounds) -> Result<Pass, QueryError> {
        let mut pass = Pass::default();
        let mut troubles = Vec::new();
        let mut trouble_count = 0;
        let trouble = |met: Trouble| {
            // Numbers that are missing are found by the numbers that are there.
            if met.is_note()
                || matches!(met.kind, TroubleKind::Missing { .. })
                || !list.has_in_part(&met.path, met.byte)
            {
                return;
            }
            trouble_count += 1;
            if troubles.len() < MOST_TROUBLES {
                troubles.push(list.relative(met));
            }
        };
        let query = Query::new([list.dir()]);
        stats::in_batches(query, |batch| Pass::of(batch, list, bounds), |batch| pass.append(batch), trouble)?;
        (pass.troubles, pass.trouble_count) = (troubles, trouble_count);
        Ok(pass)
    }

    fn of(batch: &[Match], list: &FileList, bounds: Bounds) -> Pass {
        let mut pass = Pass::default();
        let mut of_period = Vec::with_capacity(batch.len());
        // Records of one file follow one another.
        for of_file in batch.chunk_by(|one, next| std::ptr::eq(one.path(), next.path())) {
            let path = of_file[0].path();
            let len = list.len(path);
            let behind = of_file.iter().position(|found| found.byte() >= len).unwrap_or(of_file.len());
            let read = &of_file[..behind];
            pass.add_file(path, read);
            for found in read {
                pass.add(found);
                if bounds.has(found.ts()) {
                    of_period.push(found);
                }
            }
        }
        for found in &of_period {
            match found.seq() {
                Some(seq) => pass.add_seqs(seq, seq),
                None => pass.without_number += 1,
            }
        }
        pass.statistics = stats::count(of_period);
        pass
    }

    fn add(&mut self, found: &Match) {
        let ts = found.ts();
        if let Some(mut control) = Control::read(found) {
            control.before(self.newest);
            self.controls.push(control);
        }
        self.oldest = self.oldest.or(Some(ts));
        self.newest = Some(ts);
        if let Some(seq) = found.seq() {
            self.numbers.add(seq, ts);
        }
    }

    fn add_file(&mut self, path: &Path, read: &[Match]) {
        let name = path.file_name().and_then(|name| name.to_str());
        let ([first, ..], [.., last], Some(name)) = (read, read, name) else {
            return;
        };
        let place = |found: &Match| (found.seq(), found.ts());
        let of_file = self.files.entry(name.to_owned()).or_default();
        of_file.records += read.len() as u64;
        of_file.first = of_file.first.or(Some(place(first)));
        of_file.last = Some(place(last));
    }

    fn add_seqs(&mut self, first: u64, last: u64) {
        let (least, most) = self.seqs.unwrap_or((first, last));
        self.seqs = Some((least.min(first), most.max(last)));
    }

    fn append(&mut self, batch: Pass) {
        self.statistics.append(batch.statistics);
        self.without_number += batch.without_number;
        if let Some((first, last)) = batch.seqs {
            self.add_seqs(first, last);
        }
        self.numbers.append(batch.numbers);
        for mut control in batch.controls {
            control.before(self.newest);
            if self.controls.len() < MOST_CONTROLS {
                self.controls.push(control);
            } else {
                self.more_controls += 1;
            }
        }
        for (name, of_batch) in batch.files {
            let of_file = self.files.entry(name).or_default();
            of_file.records += of_batch.records;
            of_file.first = of_file.first.or(of_batch.first);
            of_file.last = of_batch.last.or(of_file.last);
        }
        self.oldest = self.oldest.or(batch.oldest);
        self.newest = batch.newest.or(self.newest);
    }
}
