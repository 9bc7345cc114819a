//! Reading all lines once.

use super::super::error::VerifyError;
use super::super::evidence::claims::Evidence;
use super::super::evidence::listing::Listing;
use super::super::options::Progress;
use super::control::Controls;
use super::piece::{Plan, Run};
use super::pool::{Pool, SharedJobs};
use super::scan::{FileScan, Place};

/// All lines, read once.
#[derive(Debug)]
pub(in crate::read) struct Walked {
    pub(in crate::read) plan: Plan,
    pub(in crate::read) scans: Vec<FileScan>,
    pub(in crate::read) controls: Controls,
}

/// Reads all lines. The files are hashed as wholes, too, if they `has_hashes`.
pub(in crate::read) fn read(
    evidence: &Evidence,
    listing: &Listing,
    base: u64,
    more_stops: &[u64],
    has_hashes: bool,
    progress: &Progress,
) -> Result<Walked, VerifyError> {
    let number = |size: u64| base.saturating_add(size);
    let sizes = evidence.claims.iter().map(|claim| claim.checkpoint.size);
    let mut stops =
        sizes.chain(evidence.keys.epochs().iter().map(|epoch| epoch.from)).map(number).collect::<Vec<_>>();
    stops.extend(evidence.seals.iter().flat_map(|seal| [seal.seal.seqs.start, seal.seal.seqs.end]));
    stops.extend_from_slice(more_stops);
    stops.sort_unstable();
    stops.dedup();
    let claimed = evidence.claims.iter().map(|claim| number(claim.checkpoint.size));
    let sealed = evidence.seals.iter().map(|seal| seal.seal.seqs.end);
    let end = claimed.chain(sealed).max().unwrap_or(base);
    let plan = Plan { base, end, stops };
    let (mut scans, mut controls) = (Vec::new(), Controls::of(&evidence.signer));
    let jobs = SharedJobs::default();
    let all = listing.files.iter().map(|file| file.len).sum();
    let mut before_this = 0;
    let read = std::thread::scope(|scope| {
        let mut pool = Pool::start(scope, &plan, &jobs);
        let mut before = None::<Run>;
        for (at, file) in listing.files.iter().enumerate() {
            let mut notable = Vec::new();
            let scan = FileScan::of(
                file,
                &mut pool,
                has_hashes,
                |read| progress.set(before_this + read, all),
                |next| notable.push(next),
            )
            .map_err(|source| VerifyError::unreadable(&file.path, source))?;
            let scan = scan.unwrap_or_default();
            if let (Some(before), Some(run)) = (&before, scan.runs.first())
                && before.seqs.end == run.seqs.start
            {
                let place = Place { line: run.line, byte: run.bytes.start };
                controls.pause(at, place, run.seqs.start, &before.last_ts, &run.first_ts);
            }
            notable.into_iter().for_each(|next| controls.add(at, next));
            before = scan.runs.last().cloned().or(before);
            scans.push(scan);
            before_this += file.len;
        }
        Ok(())
    });
    read?;
    controls.end();
    Ok(Walked { plan, scans, controls })
}
