//! The sections, one after the other: whether the lines make the signed tree.

use super::error::VerifyError;
use super::evidence::claims::Evidence;
use super::evidence::keys::SEAL;
use super::evidence::listing::{Listing, names};
use super::locate::suspect::Known;
use super::options::Options;
use super::verdict::finding::{Finding, FindingKind};
use super::verdict::findings::Findings;
use super::walk::control::{Controls, Said};
use super::walk::read::{self, Walked};
use super::walk::section::{Files, Section, Source};
use crate::journal::DayFileName;
use crate::seal::{Checkpoint, Hash, TreeRange};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What became of the sections.
#[derive(Debug, Default)]
pub(in crate::read) struct Outcome {
    /// The roots at sizes that were reached with the signed tree.
    pub(in crate::read) roots: BTreeMap<u64, Hash>,
    /// The lines that count, in order.
    pub(in crate::read) sources: Vec<Source>,
    /// Seals whose files are gone, with all their numbers.
    pub(in crate::read) absent: Vec<usize>,
    /// Numbers that were sealed as lost.
    pub(in crate::read) lost: Vec<Range<u64>>,
    /// The sizes of checkpoints from elsewhere about more records than there are.
    pub(in crate::read) beyond: BTreeSet<u64>,
    /// The files that a section with another root is made of.
    pub(in crate::read) bad: Vec<usize>,
    pub(in crate::read) is_bad: bool,
}

/// Reads all lines and checks each section. The roots at these sizes are among the outcome, too. The first of the numbers at which
/// the tree may begin counts, if it begins at none of them.
pub(super) fn walk_and_check(
    options: &Options,
    evidence: &Evidence,
    listing: &Listing,
    sizes: &[u64],
    findings: &Findings,
) -> Result<(Walked, Outcome, Findings), VerifyError> {
    let mut chosen = None;
    for base in &evidence.base {
        let mut of_base = findings.clone();
        let stops = sizes.iter().map(|size| base.saturating_add(*size)).collect::<Vec<_>>();
        let walked = read::read(evidence, listing, *base, &stops, options.has_hashes, &options.progress)?;
        let files = Files { list: &listing.files, scans: &walked.scans, plan: &walked.plan };
        let outcome = check_all(options, evidence, files, &walked.controls, &mut of_base)
            .map_err(|source| VerifyError::unreadable(&options.dir, source))?;
        let is_bad = outcome.is_bad;
        if chosen.is_none() || !is_bad {
            chosen = Some((walked, outcome, of_base));
        }
        if !is_bad {
            break;
        }
    }
    chosen.ok_or_else(|| VerifyError::NoLog { path: options.dir.clone() })
}

/// Checks each section.
fn check_all(
    options: &Options,
    evidence: &Evidence,
    files: Files<'_>,
    controls: &Controls,
    findings: &mut Findings,
) -> std::io::Result<Outcome> {
    let base = files.plan.base;
    let mut outcome = Outcome::default();
    let roots = evidence.claims.iter().map(|claim| (claim.checkpoint.size, claim.checkpoint.root));
    let roots = roots.collect::<Vec<_>>();
    // A record behind the sealed ones may be forged, and explains nothing.
    let sealed = controls.said.iter().filter(|control| control.seq < files.plan.end);
    let kept_from = sealed.filter_map(|control| match control.said {
        Said::KeptFrom(seq) => Some(seq),
        _ => None,
    });
    let kept_from = kept_from.max().unwrap_or(0);
    let lost = controls.said.iter().filter_map(|control| match &control.said {
        Said::Lost(seqs) => Some(seqs.clone()),
        _ => None,
    });
    let lost = lost.collect::<Vec<_>>();
    let leaves_of = leaves_without_seals(options, evidence)?;
    let (dir, keys) = (&options.dir, &evidence.keys);
    let known = Known { dir, files, keys, roots: &roots, lost: &lost, kept_from, leaves_of: &leaves_of };
    let mut before = Some(TreeRange::at(0));
    let mut start = base;
    for (at, seal) in evidence.seals.iter().enumerate() {
        let end = seal.seal.seqs.end;
        let section = Section {
            seqs: start..end,
            before: before.take(),
            seal: Some(seal),
            root: seal.seal.tree.root(),
        };
        outcome.roots.insert(end - base, section.root);
        let is_there = files.list.iter().any(|file| file.name == seal.seal.file);
        if !is_there && !section.seqs.is_empty() && !files.has_any_of(&section.seqs) {
            outcome.absent.push(at);
        } else {
            check(&known, &section, &mut outcome, findings)?;
            if !is_there && !findings.has_in(&seal.seal.file) {
                outcome.absent.push(at);
            }
        }
        before = Some(seal.seal.tree.clone());
        start = end;
    }
    let has_seal = |name: &&String| evidence.seals.iter().any(|seal| seal.seal.file == **name);
    let newest_left_out = evidence.left_out.iter().rfind(|name| !has_seal(name));
    let mut claims = evidence.claims.iter().collect::<Vec<_>>();
    claims.sort_by_key(|claim| (claim.checkpoint.size, claim.is_anchor));
    // Before the newest checkpoint of the log itself, other claims are compared with it.
    let own = claims.iter().filter(|claim| !claim.is_anchor).map(|claim| claim.checkpoint.size).max();
    for claim in claims {
        let Checkpoint { size, root, .. } = claim.checkpoint;
        let end = base.saturating_add(size);
        if end <= start || own.is_some_and(|own| size < own) {
            continue;
        }
        let Some(begin) = before.take() else {
            break;
        };
        // What is said elsewhere of more records than there are says nothing against those that are there.
        if claim.is_anchor && own.is_some_and(|own| size > own) && !files.has(end - 1) {
            let detail = format!(
                "{} is about more than the log has, whose own newest checkpoint is about {}: the log was cut or set back, or has another history",
                claim.what,
                start - base,
            );
            findings.add(Finding::new(FindingKind::AnchorNotInLog, detail).seqs(start..end));
            outcome.beyond.insert(size);
            before = Some(begin);
            continue;
        }
        let section = Section { seqs: start..end, before: Some(begin), seal: None, root };
        if let (Some(name), false) = (&newest_left_out, files.has_any_of(&section.seqs)) {
            findings.add(evidence.left_out(name, "the newest file").seqs(section.seqs));
            break;
        }
        before = check(&known, &section, &mut outcome, findings)?;
        start = end;
    }
    Ok(outcome)
}

/// Checks a section. Returns the tree at its end, if it is the signed one.
fn check(
    known: &Known<'_>,
    section: &Section<'_>,
    outcome: &mut Outcome,
    findings: &mut Findings,
) -> std::io::Result<Option<TreeRange>> {
    let mut made = known.files.make(section, false, &[])?;
    if !made.is_as_signed && section.before.is_some() && section.seal.is_none() {
        // Another file may have other lines with the same numbers.
        let other = known.files.make(section, true, &[])?;
        if other.is_as_signed {
            made = other;
        }
    }
    outcome.sources.extend(made.sources.iter().cloned());
    if made.is_as_signed {
        outcome.roots.extend(made.roots);
        outcome.lost.extend(made.holes);
        return Ok(Some(made.tree));
    }
    let (wrong, tree) = known.suspect(section, &made)?;
    if tree.is_some() {
        outcome.roots.insert(section.seqs.end - known.files.plan.base, section.root);
        findings.extend(wrong);
        return Ok(tree);
    }
    outcome.is_bad |= !wrong.is_empty();
    if !wrong.is_empty() {
        let name = section.seal.map(|seal| seal.seal.file.as_str());
        let is_of = |file: usize| {
            known.files.list[file].name == name.unwrap_or_default()
                || wrong.iter().any(|finding| finding.file.as_ref() == Some(&known.files.list[file].name))
        };
        outcome.bad.extend((0..known.files.list.len()).filter(|file| is_of(*file)));
    }
    findings.extend(wrong);
    Ok(None)
}

/// Returns the names of day files that have leaves and no seal.
fn leaves_without_seals(options: &Options, evidence: &Evidence) -> std::io::Result<Vec<String>> {
    let names = names(&options.dir.join(SEAL)).map_err(std::io::Error::other)?;
    let names = names.iter().filter_map(|name| Some(format!("{}.log", name.strip_suffix(".leaf")?)));
    let has_seal = |name: &String| evidence.seals.iter().any(|seal| seal.seal.file == *name);
    Ok(names.filter(|name| DayFileName::parse(name).is_some() && !has_seal(name)).collect())
}
