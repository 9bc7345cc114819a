//! What the log says about itself, and what that explains.

use super::evidence::claims::Evidence;
use super::evidence::listing::Listing;
use super::live::pruning::is_on_its_way;
use super::sections::Outcome;
use super::verdict::finding::{Finding, FindingKind};
use super::verdict::findings::Findings;
use super::walk::control::{Control, Controls, Said};
use super::walk::piece::Ts;
use super::walk::section::Files;
use crate::seal::DaySeal;
use std::path::Path;

/// Returns what the log says about itself, as far as its lines are sealed and nothing is known against them.
pub(super) fn accepted<'a>(
    controls: &'a Controls,
    outcome: &Outcome,
    files: Files<'_>,
    findings: &Findings,
) -> Vec<&'a Control> {
    let is_genuine = |control: &&Control| {
        let at = outcome.sources.partition_point(|source| source.seqs.end <= control.seq);
        let name = &files.list[control.file].name;
        outcome
            .sources
            .get(at)
            .is_some_and(|source| source.file == control.file && source.seqs.contains(&control.seq))
            && !findings.has_told(name, control.place.line)
    };
    controls.said.iter().chain(&controls.signed).filter(is_genuine).collect()
}

/// What is found of a day file that was pruned while sealing was turned off.
const PRUNED_UNSEALED: &str =
    "the file is gone, and a record that is not sealed says that it was pruned: sealing is turned off";

/// Adds what became of day files that are gone.
pub(super) fn absent(
    dir: &Path,
    evidence: &Evidence,
    outcome: &Outcome,
    files: Files<'_>,
    all: &Controls,
    controls: &[&Control],
    findings: &mut Findings,
) {
    let not_sealed = while_not_sealed(all, files.plan.end);
    let kept_from = not_sealed.iter().filter_map(|control| all_before(control)).max().unwrap_or(0);
    findings.replace(FindingKind::FileMissing, |finding| {
        let is_pruned = finding.seqs.as_ref().is_some_and(|seqs| *seqs.end() < kept_from);
        is_pruned.then(|| Finding {
            kind: FindingKind::PrunedUnsealed,
            detail: PRUNED_UNSEALED.to_owned(),
            ..finding.clone()
        })
    });
    let kept_from = controls.iter().filter_map(|control| all_before(control)).max().unwrap_or(0);
    for at in &outcome.absent {
        let seal = &evidence.seals[*at].seal;
        let is_named = controls.iter().any(|control| match &control.said {
            Said::Pruned { file, sha256 } => *file == seal.file && *sha256 == seal.sha256,
            _ => false,
        });
        let seqs = seal.seqs.clone();
        let finding = if is_named || seal.seqs.end <= kept_from {
            Finding::new(FindingKind::Pruned, "the file was pruned, as a sealed record says")
        } else if is_on_its_way(dir, seal) {
            Finding::new(
                FindingKind::Pruned,
                "the file is being pruned: `.state/pruned` has it as it was sealed",
            )
        } else if not_sealed.iter().any(|control| says_pruned(control, seal)) {
            Finding::new(FindingKind::PrunedUnsealed, PRUNED_UNSEALED)
        } else if evidence.left_out.contains(&seal.file) && !files.has_any_of(&seqs) {
            evidence.left_out(&seal.file, "the file")
        } else if files.has_any_of(&seqs) {
            Finding::new(FindingKind::FileMissing, "the file is gone; its lines are in other files")
        } else {
            Finding::new(
                FindingKind::FileMissing,
                "the file is gone, and no sealed record says that it was pruned",
            )
        };
        findings.add(finding.file(&seal.file).seqs(seqs));
    }
}

/// Returns the records behind the sealed ones from where sealing was turned off.
fn while_not_sealed(all: &Controls, sealed_until: u64) -> Vec<&Control> {
    let unsealed = all.said.iter().filter(|control| control.seq >= sealed_until);
    unsealed.skip_while(|control| control.said != Said::NotSealed).collect()
}

/// Returns whether a record says that a sealed file was pruned.
fn says_pruned(control: &Control, seal: &DaySeal) -> bool {
    match &control.said {
        Said::Pruned { file, sha256 } => *file == seal.file && *sha256 == seal.sha256,
        Said::KeptFrom(kept_from) => seal.seqs.end <= *kept_from,
        _ => false,
    }
}

/// Returns the number before which everything was pruned, as a record says.
fn all_before(control: &Control) -> Option<u64> {
    match control.said {
        Said::KeptFrom(seq) => Some(seq),
        _ => None,
    }
}

/// Adds what the log says about itself.
pub(super) fn notes(controls: &[&Control], listing: &Listing, outcome: &Outcome, findings: &mut Findings) {
    for control in controls {
        let (kind, detail) = match &control.said {
            Said::Gap { count } => (FindingKind::Gap, format!("{count} events could not be recorded")),
            Said::ClockStep { seconds } => {
                (FindingKind::ClockStep, format!("the system's clock was set by {seconds} seconds"))
            }
            Said::Silence { from, to } => {
                let text = |ts: &Ts| String::from_utf8_lossy(ts).into_owned();
                let detail = format!(
                    "nothing was recorded from {} to {}, and no record says why",
                    text(from),
                    text(to)
                );
                (FindingKind::Silence, detail)
            }
            _ => continue,
        };
        let finding = Finding::new(kind, detail).file(&listing.files[control.file].name);
        findings.add(finding.at(control.place.line, control.place.byte).seqs(control.seq..control.seq + 1));
    }
    for lost in &outcome.lost {
        let by = controls
            .iter()
            .find(|control| matches!(&control.said, Said::Lost(seqs) if seqs.contains(&lost.start)));
        let detail = match by {
            Some(control) => format!("lost before they were sealed, as record {} says", control.seq),
            None => "lost before they were sealed".to_owned(),
        };
        findings.add(Finding::new(FindingKind::DeclaredLost, detail).seqs(lost.clone()));
    }
}
