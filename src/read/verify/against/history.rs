//! The history in another directory.

use super::super::error::VerifyError;
use super::super::evidence::claims::{self, Evidence};
use super::super::evidence::listing::Listing;
use super::super::live::snapshot::Snapshot;
use super::super::options::Options;
use super::super::sections::{self, Outcome};
use super::super::verdict::findings::Findings;
use super::super::walk::read::Walked;
use super::super::walk::section::Files;
use super::statements::{Statement, statements};
use crate::seal::KeyChain;
use std::path::Path;

/// What is signed in another directory, and its lines.
#[derive(Debug)]
pub(in crate::read) struct History {
    options: Options,
    evidence: Evidence,
    listing: Listing,
    pub(in crate::read) statements: Vec<Statement>,
    walked: Option<(Walked, Outcome)>,
}

/// One of two histories that are compared.
#[derive(Clone, Copy, Debug)]
pub(in crate::read) struct Side<'a> {
    pub(in crate::read) dir: &'a Path,
    pub(in crate::read) keys: &'a KeyChain,
    pub(in crate::read) files: Files<'a>,
    pub(in crate::read) outcome: &'a Outcome,
    pub(in crate::read) statements: &'a [Statement],
}

impl History {
    /// Reads what is signed. Where the directory has no keys, those of the log that it is compared with stand in
    /// for them.
    pub(in crate::read) fn read(dir: &Path, of: &Options, keys: &KeyChain) -> Result<History, VerifyError> {
        let options = Options { dir: dir.to_owned(), keys: of.keys.clone(), ..Options::default() };
        let snapshot = Snapshot::of(&options)?;
        let mut evidence = claims::read(&options, &snapshot, &mut Findings::default())?;
        let listing = Listing::of(dir)?;
        let statements = statements(dir, &snapshot, &evidence, &listing)?;
        if evidence.keys.epochs().is_empty() {
            evidence.keys = keys.clone();
        }
        Ok(History { options, evidence, listing, statements, walked: None })
    }

    /// Reads the lines. The root is known at these sizes then, as far as lines or seals show it.
    pub(in crate::read) fn walk(&mut self, sizes: &[u64]) -> Result<(), VerifyError> {
        let (options, findings) = (&self.options, Findings::default());
        let (walked, outcome, _) =
            sections::walk_and_check(options, &self.evidence, &self.listing, sizes, &findings)?;
        self.walked = Some((walked, outcome));
        Ok(())
    }

    pub(in crate::read) fn side(&self) -> Option<Side<'_>> {
        let (walked, outcome) = self.walked.as_ref()?;
        Some(Side {
            dir: &self.options.dir,
            keys: &self.evidence.keys,
            files: Files { list: &self.listing.files, scans: &walked.scans, plan: &walked.plan },
            outcome,
            statements: &self.statements,
        })
    }
}

impl Side<'_> {
    /// Returns the size of the largest tree that is signed.
    pub(super) fn size(&self) -> Option<u64> {
        self.newest(self.statements.iter().collect())
    }

    /// Returns the size in the newest of these statements. Signatures of those in lines have not been checked yet.
    pub(super) fn newest(&self, mut statements: Vec<&Statement>) -> Option<u64> {
        statements.sort_by_key(|statement| (statement.size, !statement.is_in_line()));
        let mut newest = statements.into_iter().rev();
        newest.find(|statement| statement.is_signed(self.keys)).map(|statement| statement.size)
    }
}
