//! Whether one of two histories goes on from the other.

use super::super::verdict::counterpart::Counterpart;
use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use super::history::Side;
use super::parting::{self, Line};
use super::statements::Statement;
use crate::seal::Epoch;
use crate::seal::{Hash, VerifierKey};
use std::collections::BTreeMap;
use std::io;

/// Two roots for the same size.
struct Conflict<'a> {
    size: u64,
    /// Of either side: the root, and the statement that says so, unless its lines show it.
    own: (Hash, Option<&'a Statement>),
    other: (Hash, Option<&'a Statement>),
}

/// Compares a log with another history.
pub(in crate::read) fn compare(
    own: &Side<'_>,
    other: &Side<'_>,
    pins: &[VerifierKey],
    findings: &mut Findings,
) -> io::Result<()> {
    let dir = other.dir.display();
    let not_comparable = |detail: String| Finding::new(FindingKind::NotComparable, detail);
    let firsts = own.keys.epochs().first().zip(other.keys.epochs().first());
    let sizes = own.size().zip(other.size());
    let (Some((first, first_of_other)), Some((size, size_of_other))) = (firsts, sizes) else {
        findings.add(not_comparable(format!(
            "it can't be compared with {dir}: one of the two has no signed tree"
        )));
        return Ok(());
    };
    if first.key != first_of_other.key {
        let detail = format!(
            "it can't be compared with {dir}, whose first key is {}; this log's is {}",
            first_of_other.key, first.key
        );
        findings.add(not_comparable(detail));
        return Ok(());
    }
    let limit = [(own, other), (other, own)].into_iter().filter_map(|(one, two)| restarted(one, two, pins));
    let limit = limit.min();
    let (common, conflict) = agreed(own, other, limit.unwrap_or(u64::MAX));
    if let Some(conflict) = conflict {
        findings.add(fork(own, other, common, &conflict, [size, size_of_other])?);
        return Ok(());
    }
    let certificates =
        own.keys.epochs().iter().zip(other.keys.epochs()).find(|(one, two)| one.key != two.key);
    if let Some((one, two)) = certificates
        && one.restarted.is_none()
        && two.restarted.is_none()
    {
        findings.add(two_keys(other, common, one, two, [size, size_of_other]));
        return Ok(());
    }
    let shorter = size.min(size_of_other);
    if let Some(limit) = limit.filter(|limit| *limit < shorter) {
        let detail = format!(
            "it can't be compared with {dir} behind the first {limit} records: one of the two has lost its key there, and its next one is not pinned"
        );
        findings.add(not_comparable(detail));
    } else if common >= shorter {
        let detail =
            format!("{dir} has the same history up to {shorter} records: {size_of_other} are sealed there");
        findings.add(Finding::new(FindingKind::SameHistory, detail));
    } else {
        let detail = format!(
            "only the first {common} records could be compared with {dir}: lines behind them are not there any more"
        );
        findings.add(not_comparable(detail));
    }
    Ok(())
}

/// Returns the size behind which nothing but a directory itself vouches for the keys of one side.
fn restarted(side: &Side<'_>, other: &Side<'_>, pins: &[VerifierKey]) -> Option<u64> {
    let is_known = |key| pins.contains(key) || other.keys.epochs().iter().any(|epoch| epoch.key == *key);
    let mut epochs = side.keys.epochs().iter();
    epochs.find(|epoch| epoch.restarted.is_some() && !is_known(&epoch.key)).map(|epoch| epoch.from)
}

/// Returns the largest size at which both agree, and the smallest one behind it at which they do not. Larger trees than
/// `limit` do not count.
fn agreed<'a>(own: &Side<'a>, other: &Side<'a>, limit: u64) -> (u64, Option<Conflict<'a>>) {
    let mut agreed = Vec::new();
    let mut conflicts = Vec::new();
    for (side, against, is_own) in [(own, other, true), (other, own, false)] {
        let stated = against.statements.iter().filter(|statement| !statement.is_in_line());
        let stated = stated.map(|statement| (statement.size, statement)).collect::<BTreeMap<_, _>>();
        for statement in side.statements.iter().filter(|statement| statement.size <= limit) {
            let by_lines = against.outcome.roots.get(&statement.size).map(|root| (*root, None));
            let by_statement = stated.get(&statement.size).map(|stated| (stated.root, Some(*stated)));
            let Some(known) = by_lines.or(by_statement) else {
                continue;
            };
            if known.0 == statement.root {
                agreed.push((side, statement));
            } else if statement.is_signed(side.keys) {
                let stated = (statement.root, Some(statement));
                let (own, other) = if is_own { (stated, known) } else { (known, stated) };
                conflicts.push(Conflict { size: statement.size, own, other });
            }
        }
    }
    let first = conflicts.into_iter().min_by_key(|conflict| conflict.size);
    let end = first.as_ref().map_or(u64::MAX, |conflict| conflict.size);
    agreed.retain(|(_, statement)| statement.size < end);
    let of = |side: &Side<'_>| {
        let statements = agreed.iter().filter(|(of, _)| std::ptr::eq(of.dir, side.dir));
        side.newest(statements.map(|(_, statement)| *statement).collect())
    };
    (of(own).max(of(other)).unwrap_or(0), first)
}

/// Returns the finding of two roots for one size.
fn fork(
    own: &Side<'_>,
    other: &Side<'_>,
    agreed: u64,
    conflict: &Conflict<'_>,
    [own_size, size]: [u64; 2],
) -> io::Result<Finding> {
    let base = own.files.plan.base;
    let [line, counterpart] = parting::find(own, other, agreed..conflict.size)?;
    let common = line.as_ref().map_or(agreed, |line| line.seq.saturating_sub(base));
    let said = |(root, statement): &(Hash, Option<&Statement>)| match statement {
        Some(statement) => format!("{root}, as {} says", statement.file),
        None => format!("{root}, as its lines show"),
    };
    let detail = format!(
        "the same key has signed two histories: the root of the first {} records is {}; in {} it is {}. {} records are the same in both",
        conflict.size,
        said(&conflict.own),
        other.dir.display(),
        said(&conflict.other),
        common
    );
    let finding = Finding::new(FindingKind::Fork, detail);
    let finding = match (&line, conflict.own.1) {
        (Some(Line { seq, file, line, byte, .. }), _) => {
            finding.file(file).at(*line, *byte).seqs(*seq..*seq + 1)
        }
        (None, Some(Statement { file, place: Some((line, byte)), .. })) => {
            finding.file(file).at(*line, *byte)
        }
        (None, Some(statement)) => finding.file(&statement.file),
        (None, None) => finding,
    };
    let dir = other.dir.to_owned();
    let mut of_other = Counterpart { dir, file: None, line: None, byte: None, common, own_size, size };
    if let Some(Line { file, line, byte, .. }) = counterpart {
        (of_other.file, of_other.line, of_other.byte) = (Some(file), Some(line), Some(byte));
    } else if let Some(statement) = conflict.other.1 {
        let place = statement.place.unzip();
        (of_other.file, of_other.line, of_other.byte) = (Some(statement.file.clone()), place.0, place.1);
    }
    Ok(finding.counterpart(of_other))
}

/// Returns the finding of two keys that the same key has certified as the next one.
fn two_keys(other: &Side<'_>, common: u64, one: &Epoch, two: &Epoch, [own_size, size]: [u64; 2]) -> Finding {
    let dir = other.dir.to_owned();
    let detail = format!(
        "two keys were certified as the next one: {} here, {} in {}. The {common} records that could be compared are the same",
        one.key,
        two.key,
        dir.display()
    );
    let file = Some(two.file());
    let of_other = Counterpart { dir, file, line: None, byte: None, common, own_size, size };
    Finding::new(FindingKind::Fork, detail).file(one.file()).counterpart(of_other)
}
