//! The findings of one run, of which a bounded number is kept.

use super::finding::{Finding, FindingKind, Status};
use std::collections::BTreeMap;

/// So many findings, and as many notes, are kept.
pub(in crate::read) const KEPT: usize = 1000;

/// The findings and notes, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct Findings {
    pub(in crate::read) findings: Vec<Finding>,
    pub(in crate::read) notes: Vec<Finding>,
    pub(in crate::read) counts: BTreeMap<FindingKind, u64>,
}

impl Findings {
    pub(in crate::read) fn add(&mut self, finding: Finding) {
        *self.counts.entry(finding.kind).or_default() += 1;
        let list = if finding.kind.status() == Status::Intact { &mut self.notes } else { &mut self.findings };
        if list.len() < KEPT {
            list.push(finding);
        }
    }

    pub(in crate::read) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    /// Replaces findings of a kind by others that explain them.
    pub(in crate::read) fn replace(
        &mut self,
        kind: FindingKind,
        explain: impl Fn(&Finding) -> Option<Finding>,
    ) {
        for finding in self.findings.iter_mut().filter(|finding| finding.kind == kind) {
            let Some(other) = explain(finding) else {
                continue;
            };
            if let Some(count) = self.counts.get_mut(&kind) {
                *count -= 1;
            }
            *self.counts.entry(other.kind).or_default() += 1;
            *finding = other;
        }
        self.counts.retain(|_, count| *count > 0);
    }

    /// Returns the status: tampered, if anything was, before incomplete.
    pub(in crate::read) fn status(&self) -> Status {
        self.counts.keys().map(|kind| kind.status()).max().unwrap_or_default()
    }

    /// Returns whether there is a finding in a day file of this name.
    pub(in crate::read) fn has_in(&self, file: &str) -> bool {
        self.findings.iter().any(|finding| finding.file.as_deref() == Some(file))
    }

    /// Returns whether a finding is about this line.
    pub(in crate::read) fn has_told(&self, file: &str, line: u64) -> bool {
        self.findings.iter().any(|finding| finding.is_about(file, line))
    }
}
