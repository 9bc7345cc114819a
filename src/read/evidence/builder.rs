//! Collecting the facts.

use super::answers::answers;
use super::error::EvidenceError;
use super::facts::access::Access;
use super::facts::activity::Activity;
use super::facts::completeness::{Beyond, Completeness};
use super::facts::configuration::Configuration;
use super::facts::copies::Copies;
use super::facts::integrity::Integrity;
use super::facts::interruptions::Interruptions;
use super::facts::log::LogEvidence;
use super::facts::made::Made;
use super::facts::personal::{PersonalData, redaction};
use super::facts::retention::Retention;
use super::facts::time::Time;
use super::pass::Pass;
use super::pass::files::FileList;
use super::period::{Asked, Bounds, Period};
use super::pseudonyms::Pseudonyms;
use super::verdict::Verdict;
use super::whole::Evidence;
use super::words::argument;
use crate::account::process_account;
use crate::host::host_name;
use crate::read::archive::{Limits, Opened};
use crate::read::stats::Statistics;
use crate::read::verify::{Progress, Verification, VerifiedFile, Verify, verify};
use crate::record::Timestamp;
use crate::seal::{VerifierKey, WitnessKey};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// Collects the facts of a period over one log, or several, as the returned [`Collect`] is set.
///
/// A directory may also be an archive of a log, as with [`verify`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// let evidence = tracing_audit::read::evidence::collect([&dir]).run()?;
/// println!("{}", evidence.verdict.sentence);
/// for answer in &evidence.answers {
///     println!("{} {}: {}", answer.question, answer.answer, answer.figure);
/// }
/// std::fs::write(dir.with_file_name("evidence.html"), evidence.to_html())?;
/// # assert_eq!((evidence.answers.len(), evidence.logs[0].records), (7, 2));
/// # Ok(())
/// # }
/// ```
pub fn collect<P: AsRef<Path>>(dirs: impl IntoIterator<Item = P>) -> Collect {
    Collect {
        dirs: dirs.into_iter().map(|dir| dir.as_ref().to_owned()).collect(),
        from: None,
        until: None,
        keys: Vec::new(),
        signers: Vec::new(),
        anchors: Vec::new(),
        witnesses: Vec::new(),
        has_names: false,
        command: None,
        progress: Progress::default(),
    }
}

/// How to collect the facts of a period. Made by [`collect`].
///
/// | setting | default |
/// |---|---|
/// | [`from`](Collect::from) | the day of the first record |
/// | [`until`](Collect::until) | the day of the last record |
/// | [`key`](Collect::key) | the key is taken from the directory |
/// | [`signer`](Collect::signer), [`anchor`](Collect::anchor), [`witness`](Collect::witness) | none |
/// | [`names`](Collect::names) | actors and tenants have pseudonyms |
#[derive(Clone, Debug)]
#[must_use = "nothing is read before `run` is called"]
pub struct Collect {
    dirs: Vec<PathBuf>,
    from: Option<String>,
    until: Option<String>,
    keys: Vec<VerifierKey>,
    signers: Vec<VerifierKey>,
    anchors: Vec<String>,
    witnesses: Vec<WitnessKey>,
    has_names: bool,
    command: Option<String>,
    progress: Progress,
}

impl Collect {
    /// Sets the first day of the period, in UTC: `2026-05-28`.
    pub fn from(mut self, day: impl Into<String>) -> Collect {
        self.from = Some(day.into());
        self
    }

    /// Sets the last day of the period.
    pub fn until(mut self, day: impl Into<String>) -> Collect {
        self.until = Some(day.into());
        self
    }

    /// Pins a key, as [`Verify::key`] does. Keys of other logs do no harm.
    pub fn key(mut self, key: VerifierKey) -> Collect {
        self.keys.push(key);
        self
    }

    /// Pins the key of a signer, as [`Verify::signer`] does.
    pub fn signer(mut self, key: VerifierKey) -> Collect {
        self.signers.push(key);
        self
    }

    /// Adds checkpoints from elsewhere, as [`Verify::anchor`] does.
    pub fn anchor(mut self, text: impl Into<String>) -> Collect {
        self.anchors.push(text.into());
        self
    }

    /// Adds the key of a witness, as [`Verify::witness`] does.
    pub fn witness(mut self, key: WitnessKey) -> Collect {
        self.witnesses.push(key);
        self
    }

    /// Names actors and tenants. Default: they have pseudonyms, since a report leaves the house;
    /// [`Evidence::pseudonyms`] has the table.
    pub fn names(mut self, has_names: bool) -> Collect {
        self.has_names = has_names;
        self
    }

    /// Sets the command that the page states, by its arguments; the first one is the program's name.
    pub fn command<A: AsRef<str>>(mut self, arguments: impl IntoIterator<Item = A>) -> Collect {
        let arguments = arguments.into_iter().map(|text| argument(text.as_ref()));
        self.command = Some(arguments.collect::<Vec<_>>().join(" "));
        self
    }

    /// Sets what is told how many bytes were read, and of how many: those of the day files count twice, once for the verification and
    /// once for the counting. It may be called from any thread, of several logs for each by itself.
    pub fn progress(mut self, progress: impl Fn(u64, u64) + Send + Sync + 'static) -> Collect {
        self.progress = Progress(Some(Arc::new(progress)));
        self
    }

    /// Collects the facts. All lines of the logs are read twice: to verify them and hash their files, and to count them; at most some 60
    /// MiB of memory are used, however long they are. What is appended meanwhile is not read.
    ///
    /// # Errors
    ///
    /// [`EvidenceError`]: a log can't be read, or the period makes no sense. Whatever is wrong with a log is a fact instead.
    pub fn run(self) -> Result<Evidence, EvidenceError> {
        let (begin, at) = (Instant::now(), Timestamp::from(SystemTime::now()));
        if self.dirs.is_empty() {
            return Err(EvidenceError::NoDirectory);
        }
        let bounds = Bounds::parse(self.from.as_deref(), self.until.as_deref())?;
        let (mut read, mut statistics) = (Vec::new(), Statistics::default());
        for dir in &self.dirs {
            let mut log = Read::of(dir, bounds, &self)?;
            statistics.append(&mut log.pass.statistics);
            read.push(log);
        }
        same_journal(&read)?;
        let days = statistics.days.keys().next().zip(statistics.days.keys().next_back());
        let day = |text: &String| crate::record::Day::parse(text);
        let records = days.and_then(|(first, last)| Some((day(first)?, day(last)?)));
        let period = bounds.period(records).ok_or(EvidenceError::NoRecords)?;
        let (files, bytes) = read
            .iter()
            .flat_map(|log| log.list.files())
            .fold((0, 0), |(files, bytes), file| (files + 1, bytes + file.len));
        let logs = read.iter().map(|log| log.facts(&period)).collect::<Vec<_>>();
        let pseudonyms = (!self.has_names).then(|| Pseudonyms::of(&statistics));
        Ok(Evidence {
            period,
            asked: bounds.asked(),
            verdict: Verdict::on(&logs),
            answers: answers(&logs),
            activity: Activity::of(&statistics, pseudonyms.as_ref()),
            personal_data: PersonalData::of(&statistics, read.iter().map(|log| &log.pass), &period),
            logs,
            pseudonyms,
            made: Made {
                at,
                milliseconds: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
                version: env!("CARGO_PKG_VERSION"),
                host: host_name(),
                account: process_account().ok(),
                command: self.command,
                directories: self.dirs.iter().map(|dir| dir.display().to_string()).collect(),
                files,
                bytes,
            },
        })
    }
}

/// What was read of one log.
struct Read {
    path: PathBuf,
    /// An unpacked archive is there as long as this.
    _opened: Opened,
    list: FileList,
    pass: Pass,
    verification: Verification,
    beyond: Beyond,
    /// How many records of the period there are, and the first and the last of them.
    records: u64,
    ends: [Option<crate::read::stats::Place>; 2],
}

/// A log of which a file is pruned meanwhile is read again, so often in all.
const ATTEMPTS: usize = 3;

impl Read {
    fn of(path: &Path, bounds: Bounds, collect: &Collect) -> Result<Read, EvidenceError> {
        let mut attempts = 1;
        loop {
            let read = Read::once(path, bounds, collect)?;
            let is_gone = |file: &VerifiedFile| file.path.symlink_metadata().is_err();
            if attempts == ATTEMPTS || !read.list.files().iter().any(is_gone) {
                return Ok(read);
            }
            attempts += 1;
        }
    }

    fn once(path: &Path, bounds: Bounds, collect: &Collect) -> Result<Read, EvidenceError> {
        let opened = Opened::at(path, &Limits::default())?;
        let dir = opened.dir();
        let beyond = Beyond::of(dir);
        let mut verify = verify(dir).is_copy(opened.is_archive());
        // A file that was left out of a bundle is missing only if its day is asked for. All that is there is verified.
        let Asked { from, until } = bounds.asked();
        verify = from.into_iter().fold(verify, Verify::from);
        verify = until.into_iter().fold(verify, Verify::to);
        verify = collect.keys.iter().cloned().fold(verify, Verify::key);
        verify = collect.signers.iter().cloned().fold(verify, Verify::signer);
        verify = collect.anchors.iter().fold(verify, Verify::anchor);
        verify = collect.witnesses.iter().cloned().fold(verify, Verify::witness);
        if let Some(progress) = collect.progress.0.clone() {
            verify = verify.progress(move |read, of| progress(read, 2 * of));
        }
        let (verification, files) = verify.run_and_hash().map_err(|error| opened.named(error))?;
        let beyond = beyond.sealed(verification.facts());
        let list = FileList::of(dir, files);
        let pass = Pass::over(&list, bounds, &collect.progress)?;
        let records = pass.statistics.records;
        let ends = [pass.statistics.first, pass.statistics.last];
        Ok(Read { path: path.to_owned(), list, pass, verification, beyond, records, ends, _opened: opened })
    }

    /// Returns the journal's id, as sealed records or the log's state say it; else as others do.
    fn journal(&self) -> Option<String> {
        let said = || {
            let opened = self.pass.controls.iter().filter(|control| control.is("log.opened"));
            opened.filter_map(|control| control.text("journal")).next_back().map(str::to_owned)
        };
        self.verification.facts().journal.clone().or_else(said)
    }

    fn facts(&self, period: &Period) -> LogEvidence {
        let Read { list, pass, verification, .. } = self;
        let interruptions = Interruptions::of(pass, period);
        let [first, last] = self.ends;
        LogEvidence {
            journal: self.journal(),
            records: self.records,
            first,
            last,
            integrity: Integrity::of(verification, list, pass, period),
            completeness: Completeness::of(pass, self.records, period, &self.beyond),
            time: Time::of(pass, period, verification),
            retention: Retention::of(pass, period),
            access: Access::of(list),
            configuration: Configuration::of(pass, period),
            copies: Copies::of(pass, period, &interruptions.list),
            redaction: redaction(pass, period),
            not_looked_at: pass.more_controls,
            interruptions,
        }
    }
}

fn same_journal(read: &[Read]) -> Result<(), EvidenceError> {
    for (at, first) in read.iter().enumerate() {
        let Some(journal) = first.journal() else {
            continue;
        };
        if let Some(second) = read[at + 1..].iter().find(|second| second.journal().as_ref() == Some(&journal))
        {
            let (first, second) = (first.path.clone(), second.path.clone());
            return Err(EvidenceError::SameJournal { first, second, journal });
        }
    }
    Ok(())
}
