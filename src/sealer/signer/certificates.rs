//! The certificates that the signer signs: which of them are due, and where its signature goes.

use super::desk::{Answer, Desk};
use super::unsigned::Unsigned;
use crate::journal::storage::layout::certificate_of;
use crate::journal::{Directory, Folder, Subscription};
use crate::report::Level;
use crate::seal::{Certificate, SignedNote, VerifierKey};
use crate::sealer::keys::place::KeyPlace;
use crate::sealer::trouble::{Outcome, with};
use std::time::{Duration, Instant};

/// The note about the first key, which has no other certificate.
const FIRST: &str = "log.vkey.signed";

/// The signer's public key.
const SIGNER: &str = "signer.vkey";

/// The certificates of a log, as far as they are without the signer's signature.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    /// Where the private key lies, once that is known.
    place: Option<KeyPlace>,
    unsigned: Option<Unsigned>,
    /// The number of the newest key.
    newest: u64,
    asked: Option<Asked>,
}

/// A certificate that the signer is asked to sign.
#[derive(Debug)]
struct Asked {
    number: u64,
    /// Not there if its signature is only to show that the signer works.
    epoch: Option<u64>,
    text: String,
    at: Instant,
    /// Whether it has taken too long.
    is_late: bool,
}

/// What became of a request.
pub(super) enum Signed {
    /// The signature came in time and is written.
    InTime,
    /// It came late. It is written all the same.
    Late,
    /// It did not come, or could not be written: of what, and why.
    Not(String, String),
}

impl Certificates {
    /// Learns where the private key lies.
    pub(super) fn lie_beside(&mut self, place: KeyPlace) {
        self.place = Some(place);
    }

    /// Notes that a certificate is going to be published.
    pub(super) fn announce(&mut self, key: &VerifierKey, epoch: u64, text: &str) -> Outcome<()> {
        if self.unsigned.is_none() {
            self.unsigned = self.read(key)?.map(|(unsigned, _)| unsigned);
        }
        let Some(unsigned) = &mut self.unsigned else {
            return Ok(());
        };
        unsigned.add(epoch, text).map_err(with("the file `seal.signer` beside the key"))
    }

    /// Reads which certificates are due, once the log's own key is known to be in its place.
    pub(super) fn look(
        &mut self,
        journal: &Subscription,
        key: &VerifierKey,
        chain: &[VerifierKey],
    ) -> Outcome<()> {
        let is_first = self.newest == 0;
        self.newest = chain.len() as u64;
        if is_first {
            let (directory, text) = (journal.directory(), format!("{key}\n"));
            let fail = || with(format!("seal/{SIGNER}"));
            if directory.read_in(Folder::Seal, SIGNER).map_err(fail())? != Some(text.clone().into_bytes()) {
                directory.replace_in(Folder::Seal, SIGNER, text.as_bytes(), true).map_err(fail())?;
            }
        }
        if self.unsigned.is_some() {
            return Ok(());
        }
        let Some((mut unsigned, is_known)) = self.read(key)? else {
            return Ok(());
        };
        if !is_known && let Some(text) = text_of(journal, chain, self.newest)? {
            // From the key on with which the signer was set for the first time.
            unsigned.add(self.newest, &text).map_err(with("the file `seal.signer` beside the key"))?;
        }
        self.unsigned = Some(unsigned);
        Ok(())
    }

    fn read(&self, key: &VerifierKey) -> Outcome<Option<(Unsigned, bool)>> {
        let read = |place: &KeyPlace| Unsigned::read(place.clone(), key.to_string());
        self.place.as_ref().map(read).transpose().map_err(with("the file `seal.signer` beside the key"))
    }

    /// Returns whether a certificate waits for its signature, and is not with the signer yet.
    pub(super) fn are_due(&self) -> bool {
        let first = |unsigned: &Unsigned| unsigned.first(self.newest);
        self.asked.is_none() && self.unsigned.as_ref().and_then(first).is_some()
    }

    /// Returns whether the signer has been asked.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Returns how long the signer may still take before it is late.
    pub(super) fn left(&self, deadline: Duration) -> Duration {
        let asked = self.asked.as_ref().filter(|asked| !asked.is_late);
        asked.map_or(Duration::MAX, |asked| deadline.saturating_sub(asked.at.elapsed()))
    }

    /// Asks for the next signature. With `is_trial`, for one that is there already, if none is missing.
    pub(super) fn ask(
        &mut self,
        journal: &Subscription,
        chain: &[VerifierKey],
        desk: &mut Desk,
        is_trial: bool,
    ) -> Outcome<()> {
        let Some(unsigned) = self.unsigned.as_mut().filter(|_| self.asked.is_none()) else {
            return Ok(());
        };
        while let Some(epoch) = unsigned.first(self.newest) {
            let text = text_of(journal, chain, epoch)?;
            if let Some(text) = text.filter(|text| unsigned.has(epoch, text)) {
                let number = desk.ask(&text);
                self.asked =
                    Some(Asked { number, epoch: Some(epoch), text, at: Instant::now(), is_late: false });
                return Ok(());
            }
            journal.reports().post(Level::Error, || {
                let path = journal.path().join(Folder::Seal.path_of(&file_of(epoch)));
                format!(
                    "{} is not the certificate that the log has made: the signer does not sign it",
                    path.display()
                )
            });
            unsigned.remove(epoch).map_err(with("the file `seal.signer` beside the key"))?;
        }
        if is_trial && let Some(text) = text_of(journal, chain, self.newest)? {
            let number = desk.ask(&text);
            self.asked = Some(Asked { number, epoch: None, text, at: Instant::now(), is_late: false });
        }
        Ok(())
    }

    /// Takes the signer's answer, and writes its signature. `until`: waits for it so long.
    pub(super) fn take(
        &mut self,
        journal: &Subscription,
        desk: &Desk,
        deadline: Duration,
        until: Option<Instant>,
    ) -> Option<Signed> {
        let asked = self.asked.as_mut()?;
        let what =
            || asked.epoch.map_or_else(|| "a trial".to_owned(), |epoch| format!("seal/{}", file_of(epoch)));
        let answer = match until {
            Some(until) => desk.wait(asked.number, until),
            None => desk.take(asked.number),
        };
        let Some(answer) = answer else {
            let is_late = !asked.is_late && asked.at.elapsed() >= deadline;
            let not = is_late.then(|| Signed::Not(what(), late(deadline)));
            asked.is_late |= is_late;
            return not;
        };
        let (what, is_late) = (what(), asked.is_late);
        let asked = self.asked.take()?;
        match self.write(journal, &desk.key, asked, answer) {
            Ok(()) if is_late => Some(Signed::Late),
            Ok(()) => Some(Signed::InTime),
            Err(reason) => Some(Signed::Not(what, reason)),
        }
    }

    /// Adds a signature to the certificate's file.
    fn write(
        &mut self,
        journal: &Subscription,
        key: &VerifierKey,
        asked: Asked,
        answer: Answer,
    ) -> Result<(), String> {
        let signature = answer?;
        let (Some(epoch), Some(unsigned)) = (asked.epoch, &mut self.unsigned) else {
            return Ok(());
        };
        let (directory, name) = (&**journal.directory(), file_of(epoch));
        let note = if epoch == 1 {
            SignedNote::signed_with(asked.text, signature)
        } else {
            let note = note_of(directory, &name).map_err(|trouble| trouble.to_string())?;
            let note = note.filter(|note| note.text() == asked.text);
            let mut note = note.ok_or_else(|| format!("seal/{name} was changed meanwhile"))?;
            if !note.names(key) {
                note.add(signature);
            }
            note
        };
        let written = directory.replace_in(Folder::Seal, &name, note.to_string().as_bytes(), true);
        written
            .and_then(|()| unsigned.remove(epoch))
            .map_err(|error| format!("seal/{name} could not be written: {error}"))
    }
}

/// Returns why a signature counts as not there.
pub(super) fn late(deadline: Duration) -> String {
    format!("no signature came within {}", humantime::format_duration(deadline))
}

fn file_of(epoch: u64) -> String {
    if epoch == 1 { FIRST.to_owned() } else { certificate_of(epoch) }
}

/// Returns the text of the certificate of an epoch's key.
fn text_of(journal: &Subscription, chain: &[VerifierKey], epoch: u64) -> Outcome<Option<String>> {
    if epoch == 1 {
        let first = chain.first().map(|first| Certificate::of_first(journal.id(), first).to_string());
        return Ok(first);
    }
    let note = note_of(&**journal.directory(), &certificate_of(epoch))?;
    Ok(note.map(|note| note.text().to_owned()))
}

/// Returns a note in `seal`, if it is one.
fn note_of(directory: &dyn Directory, name: &str) -> Outcome<Option<SignedNote>> {
    let contents = directory.read_in(Folder::Seal, name).map_err(with(format!("seal/{name}")))?;
    Ok(contents.and_then(|contents| std::str::from_utf8(&contents).ok()?.parse().ok()))
}
