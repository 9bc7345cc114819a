//! One pass over the records of a log, in constant memory: those of the period are counted, and what the log says about itself is
//! kept from all of it. A loss may be named, and a file pruned, long after the period.

pub(super) mod control;
pub(super) mod files;
pub(super) mod numbers;
mod piece;

use super::period::Bounds;
use crate::read::query::{Query, QueryError, Trouble, TroubleKind};
use crate::read::stats::Statistics;
use crate::read::verify::Progress;
use crate::record::Timestamp;
use control::Control;
use files::FileList;
use numbers::{Numbers, widened};
pub(super) use piece::OfFile;
use piece::Piece;
use std::collections::BTreeMap;
use std::mem::take;
use std::path::Path;

/// So many records of the log about itself are kept.
const MOST_CONTROLS: usize = 20_000;

/// So many troubles are kept.
const MOST_TROUBLES: usize = 1_000;

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
    /// Reads what the files of a list had when it was made. What is told how far it has come counts all bytes twice, of which the
    /// first half is done.
    pub(super) fn over(list: &FileList, bounds: Bounds, progress: &Progress) -> Result<Pass, QueryError> {
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
        let lens = list.lens();
        let begin = move |file: &Path, piece: &mut Piece| {
            piece.begin(bounds, lens.get(file).copied().unwrap_or_default());
        };
        let mut query = Query::new([list.dir()]);
        if let Some(progress) = progress.0.clone() {
            query = query.progress(move |read, of| progress(of + read, 2 * of));
        }
        query.fold(begin, |file, piece| pass.append(file, piece), trouble)?;
        (pass.troubles, pass.trouble_count) = (troubles, trouble_count);
        Ok(pass)
    }

    /// Adds what a piece has taken, of which nothing is left there.
    fn append(&mut self, file: &Path, piece: &mut Piece) {
        piece.counter.add_to(&mut self.statistics);
        self.without_number += take(&mut piece.without_number);
        if let Some(seqs) = piece.seqs.take() {
            self.seqs = widened(self.seqs, seqs);
        }
        self.numbers.append(take(&mut piece.numbers));
        for mut control in piece.controls.drain(..) {
            control.before(self.newest);
            if self.controls.len() < MOST_CONTROLS {
                self.controls.push(control);
            } else {
                self.more_controls += 1;
            }
        }
        let of_piece = take(&mut piece.of_file);
        if let (Some(name), 1..) = (file.file_name().and_then(|name| name.to_str()), of_piece.records) {
            let of_file = self.files.entry(name.to_owned()).or_default();
            of_file.records += of_piece.records;
            of_file.first = of_file.first.or(of_piece.first);
            of_file.last = of_piece.last.or(of_file.last);
        }
        self.oldest = self.oldest.or(piece.oldest.take());
        self.newest = piece.newest.take().or(self.newest);
    }
}
