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

/// Adds what became of day files that are gone.
pub(super) fn absent(
    dir: &Path,
    evidence: &Evidence,
    outcome: &Outcome,
    files: Files<'_>,
    controls: &[&Control],
    findings: &mut Findings,
) {
    let kept_from = controls.iter().filter_map(|control| match control.said {
        Said::KeptFrom(seq) => Some(seq),
        _ => None,
    });
    let kept_from = kept_from.max().unwrap_or(0);
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
