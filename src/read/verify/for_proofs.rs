//! All lines of a log, as parts of its tree, for proofs.

use super::error::VerifyError;
use super::evidence::claims::{self, Evidence};
use super::live::snapshot::Snapshot;
use super::options::Options;
use super::verdict::findings::Findings;
use super::walk::read::{self, Walked};
use super::walk::section::{Files, Made, Section};
use crate::seal::{Checkpoint, SignedNote, TreeRange};
use std::ops::Range;
use std::path::Path;

/// All lines of a log.
pub(in crate::read) struct Walk {
    options: Options,
    snapshot: Snapshot,
    evidence: Evidence,
    walked: Walked,
}

impl Walk {
    /// Reads all lines of the log in `dir`. Parts of its tree can end at these numbers.
    pub(in crate::read) fn read(dir: &Path, stops: &[u64]) -> Result<Walk, VerifyError> {
        let options = Options { dir: dir.to_owned(), ..Options::default() };
        let snapshot = Snapshot::of(&options)?;
        let evidence = claims::read(&options, &snapshot, &mut Findings::default())?;
        let base = evidence.base.first().copied().unwrap_or(0);
        let walked = read::read(&evidence, &snapshot.listing, base, stops, false, &options.progress)?;
        Ok(Walk { options, snapshot, evidence, walked })
    }

    /// Returns the newest checkpoint, or what is wrong with it.
    pub(in crate::read) fn checkpoint(&self) -> Result<(SignedNote, Checkpoint), String> {
        let text = self.snapshot.checkpoint.as_ref().ok_or("it is not there")?;
        let note = text.parse::<SignedNote>().map_err(|error| error.to_string())?;
        let checkpoint = self.evidence.keys.checkpoint(&note)?;
        Ok((note, checkpoint))
    }

    /// Returns the number of the first leaf.
    pub(in crate::read) fn base(&self) -> u64 {
        self.walked.plan.base
    }

    /// Returns the line of a record, without its `\n`; `None` if no file has it.
    pub(in crate::read) fn line(&self, seq: u64) -> Result<Option<Vec<u8>>, VerifyError> {
        let Some(source) = self.make(seq..seq + 1, None)?.sources.pop() else {
            return Ok(None);
        };
        let fail = |error| VerifyError::unreadable(&self.options.dir, error);
        let mut lines = self.files().lines(source.file, source.run, source.seqs).map_err(fail)?;
        Ok(lines.next().map_err(fail)?.map(|line| line.text.to_vec()))
    }

    fn files(&self) -> Files<'_> {
        Files { list: &self.snapshot.listing.files, scans: &self.walked.scans, plan: &self.walked.plan }
    }

    /// Returns the tree up to a number: from the last seal before it whose lines follow, or from the first
    /// leaf on. `None` if lines between are not there.
    pub(in crate::read) fn tree(&self, seq: u64) -> Result<Option<TreeRange>, VerifyError> {
        let seals = self.evidence.seals.iter().filter(|seal| seal.seal.seqs.end <= seq);
        let (start, before) = match seals.max_by_key(|seal| seal.seal.seqs.end) {
            Some(seal) => (seal.seal.seqs.end, seal.seal.tree.clone()),
            None => (self.base(), TreeRange::at(0)),
        };
        if start < seq && !self.files().has_any_of(&(start..seq)) {
            return Ok(None);
        }
        Ok(Some(self.make(start..seq, Some(before))?.tree))
    }

    /// Returns the tree over the leaves of a range of numbers.
    pub(in crate::read) fn range(&self, seqs: Range<u64>) -> Result<TreeRange, VerifyError> {
        Ok(self.make(seqs, None)?.tree)
    }

    fn make(&self, seqs: Range<u64>, before: Option<TreeRange>) -> Result<Made, VerifyError> {
        let root = TreeRange::at(0).root();
        let section = Section { seqs, before, seal: None, root };
        let fail = |source| VerifyError::unreadable(&self.options.dir, source);
        self.files().make(&section, false, &[]).map_err(fail)
    }
}
