//! All directories that a log is compared with.

use super::super::error::VerifyError;
use super::super::evidence::claims::Evidence;
use super::super::evidence::listing::Listing;
use super::super::live::snapshot::Snapshot;
use super::super::options::Options;
use super::super::sections::Outcome;
use super::super::verdict::findings::Findings;
use super::super::walk::section::Files;
use super::compare::compare;
use super::history::{History, Side};
use super::statements::{Statement, statements};
use crate::seal::{KeyChain, VerifierKey};

/// The other directories, and what is signed in this one.
#[derive(Debug)]
pub(in crate::read) struct Others<'a> {
    options: &'a Options,
    own: Vec<Statement>,
    histories: Vec<History>,
}

impl<'a> Others<'a> {
    /// Reads what is signed on all sides.
    pub(in crate::read) fn read(
        options: &'a Options,
        snapshot: &Snapshot,
        evidence: &Evidence,
        listing: &Listing,
    ) -> Result<Others<'a>, VerifyError> {
        if options.against.is_empty() {
            return Ok(Others { options, own: Vec::new(), histories: Vec::new() });
        }
        let own = statements(&options.dir, snapshot, evidence, listing)?;
        let histories = options.against.iter().map(|dir| History::read(dir, options, &evidence.keys));
        Ok(Others { options, own, histories: histories.collect::<Result<_, _>>()? })
    }

    /// Returns the sizes at which the root of the log itself has to be known.
    pub(in crate::read) fn sizes(&self) -> Vec<u64> {
        let statements = self.histories.iter().flat_map(|history| &history.statements);
        statements.map(|statement| statement.size).collect()
    }

    /// Compares the log, whose lines make this outcome, with each of them. `pins` are the keys that the caller trusts.
    pub(in crate::read) fn compare(
        &mut self,
        files: Files<'_>,
        keys: &KeyChain,
        pins: &[VerifierKey],
        outcome: &Outcome,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let sizes = self.own.iter().map(|statement| statement.size).collect::<Vec<_>>();
        for history in &mut self.histories {
            let dir = &self.options.dir;
            let own = Side { dir, keys, files, outcome, statements: &self.own };
            history.walk(&sizes)?;
            if let Some(other) = history.side() {
                compare(&own, &other, pins, findings)
                    .map_err(|source| VerifyError::unreadable(other.dir, source))?;
            }
        }
        Ok(())
    }
}
