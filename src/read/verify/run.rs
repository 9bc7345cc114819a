//! One verification, from the checkpoint to the result.

use super::against::Others;
use super::error::VerifyError;
use super::evidence::listing::Listing;
use super::evidence::{claims, witnesses};
use super::live::pruning;
use super::live::snapshot::Snapshot;
use super::locate::copies;
use super::options::Options;
use super::verdict::finding::{Finding, FindingKind};
use super::verdict::findings::Findings;
use super::verdict::result;
use super::verdict::signer;
use super::verdict::verification::Verification;
use super::walk::section::Files;
use super::{said, sections, tail, whole};
use crate::seal::Hash;
use std::path::PathBuf;
use std::time::SystemTime;

/// A day file, as a verification has read it.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "report"), allow(dead_code, reason = "a report has them"))]
pub(in crate::read) struct VerifiedFile {
    pub(in crate::read) name: String,
    pub(in crate::read) path: PathBuf,
    /// How many bytes were read.
    pub(in crate::read) len: u64,
    /// The SHA-256 of these, if it was asked for.
    pub(in crate::read) sha256: Option<Hash>,
}

/// What one verification has found.
#[derive(Debug)]
pub(super) struct Once {
    pub(super) verification: Verification,
    /// The day files that were read.
    #[cfg_attr(not(feature = "report"), allow(dead_code, reason = "a report has them"))]
    pub(super) files: Vec<VerifiedFile>,
    /// The names of files that may have been pruned just now.
    pub(super) awaited: Vec<String>,
}

pub(super) fn once(options: &Options, snapshot: &Snapshot) -> Result<Once, VerifyError> {
    let now = options.as_of.unwrap_or_else(SystemTime::now);
    let mut findings = Findings::default();
    let evidence = claims::read(options, snapshot, &mut findings)?;
    let witnesses = witnesses::read(options, snapshot, &evidence.keys, &mut findings)?;
    // Listed behind all that is signed: what that is about is on disk by then.
    let listing = &Listing::of(&options.dir)?;
    for (name, what) in &listing.others {
        findings.add(Finding::new(FindingKind::FileChanged, what).file(name));
    }
    let mut others = Others::read(options, snapshot, &evidence, listing)?;
    let (walked, outcome, mut findings) =
        sections::walk_and_check(options, &evidence, listing, &others.sizes(), &findings)?;
    let fail = |source| VerifyError::unreadable(&options.dir, source);
    let files = Files { list: &listing.files, scans: &walked.scans, plan: &walked.plan };
    let controls = said::accepted(&walked.controls, &outcome, files, &findings);
    let signer =
        signer::check(options, &evidence, &outcome, files, &walked.controls, &controls, &mut findings);
    let signer = signer.map_err(fail)?;
    said::absent(&options.dir, &evidence, &outcome, files, &walked.controls, &controls, &mut findings);
    let context =
        whole::Context { files, seals: &evidence.seals, controls: &controls, lost: &outcome.lost, now };
    whole::check(&context, &outcome.bad, &mut findings).map_err(fail)?;
    let is_sealed = walked.plan.end > walked.plan.base;
    let tail = tail::Tail {
        files,
        is_strict: options.is_strict,
        is_sealed,
        now,
        newest: result::newest(files, &outcome.sources).map_err(fail)?,
    };
    let unsealed = tail.check(&mut findings).map_err(fail)?;
    let sources = [&outcome.sources[..], &unsealed].concat();
    copies::compare(files, &sources, &mut findings).map_err(fail)?;
    let agreed = result::compare(&evidence, &outcome, &walked.plan, &mut findings);
    let pins = evidence.signer.trusted(&evidence.keys, &options.keys);
    others.compare(files, &evidence.keys, &pins, &outcome, &mut findings)?;
    said::notes(&controls, listing, &outcome, &mut findings);
    let witnesses = witnesses.facts(options, &outcome);
    let (dir, seals) = (&options.dir, &evidence.seals);
    let awaited = pruning::awaited(dir, listing, &findings, &walked.controls, seals, walked.plan.end);
    let mut verification =
        result::result(options, &evidence, &walked, &tail, agreed, now, &controls, witnesses, findings);
    verification.facts.signer = signer;
    let read = listing.files.iter().zip(&walked.scans).map(|(file, scan)| VerifiedFile {
        name: file.name.clone(),
        path: file.path.clone(),
        len: scan.bytes,
        sha256: scan.sha256,
    });
    Ok(Once { verification, files: read.collect(), awaited })
}
