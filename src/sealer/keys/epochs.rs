//! The keys of a log: one a day, each certified by the one before it, which is then erased.

use crate::journal::storage::layout::certificate_of;
use crate::journal::{Directory, Folder};
use crate::seal::{Certificate, Hash, Issued, SignedNote, SigningKey, VerifierKey};
use crate::sealer::keys::place::KeyPlace;
use crate::sealer::signer::signatures::Signatures;
use crate::sealer::trouble::{Outcome, Trouble, with};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The name of the file with the first verifier key.
const FIRST: &str = "log.vkey";

/// The keys of a log.
#[derive(Debug)]
pub(in crate::sealer) struct Keys {
    place: KeyPlace,
    /// The journal's id.
    journal: String,
    /// The public keys of all epochs, from the first on.
    pub(in crate::sealer) chain: Vec<VerifierKey>,
    key: SigningKey,
    /// Whether the key was just made.
    pub(in crate::sealer) is_new: bool,
    /// Whether the key of the epoch before is still in its place.
    is_next: bool,
}

/// The keys as they were found.
#[derive(Debug)]
pub(in crate::sealer) enum Found {
    Whole(Box<Keys>),
    /// The private key is not that of the newest certificate.
    Lost {
        chain: Vec<VerifierKey>,
        reason: String,
    },
}

/// The state of the tree at a hand-over.
#[derive(Clone, Debug)]
pub(in crate::sealer) struct HandOver {
    pub(in crate::sealer) size: u64,
    pub(in crate::sealer) root: Hash,
    /// The SHA-256 of the newest seal.
    pub(in crate::sealer) seal: Option<String>,
}

impl Keys {
    /// Reads the keys, or makes the first one. Finishes a hand-over that a crash has interrupted.
    pub(in crate::sealer) fn load(
        directory: &dyn Directory,
        place: KeyPlace,
        journal: &str,
        origin: &str,
    ) -> Outcome<Found> {
        let path = place.path();
        let fail = || with(path.display());
        let (key, next) = (place.key().map_err(fail())?, place.next().map_err(fail())?);
        let parse = |text: Option<Zeroizing<String>>| text.map(|text| SigningKey::parse(&text)).transpose();
        let (key, next) = (parse(key), parse(next));
        let Chain { keys: chain, journal: certified } = chain(directory)?;
        let whole = |place, chain, key, is_new| {
            let journal = journal.to_owned();
            Ok(Found::Whole(Box::new(Keys { place, journal, chain, key, is_new, is_next: false })))
        };
        let Some(newest) = chain.last() else {
            // A crash may have come between the key and its public half.
            let of_origin = |key: Result<Option<SigningKey>, _>| {
                key.ok().flatten().filter(|key: &SigningKey| key.name() == origin)
            };
            let key = match (of_origin(key), of_origin(next)) {
                (Some(key), _) => key,
                (None, Some(next)) => {
                    place.promote_next().map_err(fail())?;
                    next
                }
                (None, None) => new_key(&place, origin)?,
            };
            let verifier = key.verifier();
            write(directory, FIRST, &format!("{verifier}\n"))?;
            return whole(place, vec![verifier], key, true);
        };
        if let Some(certified) = certified.filter(|id| id != journal) {
            let reason =
                format!("the journal has another id, {journal}, than the newest certificate, {certified}");
            return Ok(Found::Lost { chain, reason });
        }
        let is_newest = |key: &SigningKey| key.verifier() == *newest;
        if let Ok(Some(next)) = next
            && is_newest(&next)
        {
            // Certified, and not in its place yet.
            place.promote_next().map_err(fail())?;
            return whole(place, chain, next, false);
        }
        let reason = match key {
            Ok(Some(key)) if is_newest(&key) => {
                // Made for a hand-over that was not certified.
                place.erase_next().map_err(fail())?;
                return whole(place, chain, key, false);
            }
            Ok(Some(key)) => {
                format!("{} has another key ({key:?}) than the newest certificate, {newest}", path.display())
            }
            Ok(None) => format!("{} is missing", path.display()),
            Err(error) => format!("{} can't be read: {error}", path.display()),
        };
        Ok(Found::Lost { chain, reason })
    }

    /// Begins another origin, since the key was lost: with a new key, which certifies itself.
    pub(in crate::sealer) fn restart(
        publish: Publish<'_>,
        place: KeyPlace,
        journal: &str,
        mut chain: Vec<VerifierKey>,
        reason: &str,
        at: HandOver,
    ) -> Outcome<Keys> {
        let old = chain.last().map(|key| key.name().to_owned()).unwrap_or_default();
        let origin = next_origin(&old);
        let new = SigningKey::generate(&origin).map_err(with("a new key"))?;
        place.write_next(&new.to_text()).map_err(with(place.path().display()))?;
        // A line has no `\n` in it.
        let issued = Issued::Restarted(reason.replace(char::is_control, " "));
        let epoch = chain.len() as u64 + 1;
        let certificate = certificate(journal, &origin, epoch, new.verifier(), at, issued);
        publish.publish(epoch, certificate, &new)?;
        place.promote_next().map_err(with(place.path().display()))?;
        chain.push(new.verifier());
        Ok(Keys { place, journal: journal.to_owned(), chain, key: new, is_new: true, is_next: false })
    }

    /// Makes the key of the next epoch, and certifies it. The old key stays in its place until
    /// [`finish_hand_over`](Keys::finish_hand_over).
    pub(in crate::sealer) fn hand_over(&mut self, publish: Publish<'_>, at: HandOver) -> Outcome<()> {
        let origin = self.origin().to_owned();
        let new = SigningKey::generate(&origin).map_err(with("a new key"))?;
        self.place.write_next(&new.to_text()).map_err(with(self.place.path().display()))?;
        let epoch = self.epoch() + 1;
        let certificate = certificate(&self.journal, &origin, epoch, new.verifier(), at, Issued::InOrder);
        publish.publish(epoch, certificate, &self.key)?;
        self.chain.push(new.verifier());
        (self.key, self.is_next) = (new, true);
        Ok(())
    }

    /// Erases the key of the epoch before, if it is still in its place.
    pub(in crate::sealer) fn finish_hand_over(&mut self) -> Outcome<()> {
        if self.is_next {
            self.place.promote_next().map_err(with(self.place.path().display()))?;
            self.is_next = false;
        }
        Ok(())
    }

    pub(in crate::sealer) fn origin(&self) -> &str {
        self.key.name()
    }

    /// Returns the number of the key, from 1 on.
    pub(in crate::sealer) fn epoch(&self) -> u64 {
        self.chain.len() as u64
    }

    pub(in crate::sealer) fn sign(&self, text: String) -> SignedNote {
        SignedNote::sign(text, &self.key)
    }
}

/// Makes a key, and writes it to its place.
fn new_key(place: &KeyPlace, origin: &str) -> Outcome<SigningKey> {
    let key = SigningKey::generate(origin).map_err(with("a new key"))?;
    place
        .create_folder()
        .and_then(|()| place.write_next(&key.to_text()))
        .and_then(|()| place.promote_next())
        .map_err(with(place.path().display()))?;
    Ok(key)
}

/// Returns the origin that follows one whose key was lost.
fn next_origin(old: &str) -> String {
    let numbered = old.rsplit_once('/').and_then(|(name, number)| {
        let number = number.parse::<u32>().ok().filter(|number| *number > 1 && *number < 10_000)?;
        Some(format!("{name}/{}", number + 1))
    });
    numbered.unwrap_or_else(|| format!("{old}/2"))
}

fn certificate(
    journal: &str,
    origin: &str,
    epoch: u64,
    key: VerifierKey,
    at: HandOver,
    issued: Issued,
) -> Certificate {
    let HandOver { size, root, seal } = at;
    Certificate {
        journal: journal.to_owned(),
        origin: origin.to_owned(),
        epoch,
        key,
        size,
        root,
        seal,
        issued,
    }
}

/// Where certificates are published, and who signs them as well.
#[derive(Clone, Copy, Debug)]
pub(in crate::sealer) struct Publish<'a> {
    pub(in crate::sealer) directory: &'a dyn Directory,
    pub(in crate::sealer) signatures: &'a Signatures,
}

impl Publish<'_> {
    /// Publishes a certificate. It is never replaced by another one.
    fn publish(self, epoch: u64, certificate: Certificate, by: &SigningKey) -> Outcome<()> {
        let (directory, name) = (self.directory, certificate_of(epoch));
        let note = SignedNote::sign(certificate.to_string(), by);
        let existing = directory.read_in(Folder::Seal, &name).map_err(with(path(directory, &name)))?;
        if existing.is_some() {
            return Err(Trouble::Passing(format!("{} exists already", path(directory, &name))));
        }
        self.signatures.announce(epoch, note.text())?;
        write(directory, &name, &note.to_string())
    }
}

/// The public keys of a log.
#[derive(Debug)]
pub(in crate::sealer) struct Chain {
    /// Those of all epochs, from the first on.
    pub(in crate::sealer) keys: Vec<VerifierKey>,
    /// The journal's id in the newest certificate.
    journal: Option<String>,
}

/// Reads the public keys of all epochs.
pub(in crate::sealer) fn chain(directory: &dyn Directory) -> Outcome<Chain> {
    let (mut chain, mut journal) = (Vec::new(), None);
    if let Some(text) = read(directory, FIRST)? {
        chain.push(text.parse::<VerifierKey>().map_err(with(path(directory, FIRST)))?);
    }
    while !chain.is_empty() {
        let epoch = chain.len() as u64 + 1;
        let name = certificate_of(epoch);
        let Some(text) = read(directory, &name)? else {
            break;
        };
        let wrong = |reason: String| Trouble::Passing(format!("{}: {reason}", path(directory, &name)));
        let note = text.parse::<SignedNote>().map_err(|error| wrong(error.to_string()))?;
        let certificate = note.text().parse::<Certificate>().map_err(|error| wrong(error.to_string()))?;
        let is_of_another = journal.is_some_and(|journal| journal != certificate.journal);
        // A log whose `.state` was lost has got another id, and another origin with it.
        if certificate.epoch != epoch || is_of_another && certificate.issued == Issued::InOrder {
            return Err(wrong("it is of another journal or another epoch".to_owned()));
        }
        let by = match certificate.issued {
            Issued::InOrder => chain.last(),
            Issued::Restarted(_) => Some(&certificate.key),
        };
        note.verify(by).map_err(|error| wrong(error.to_string()))?;
        journal = Some(certificate.journal);
        chain.push(certificate.key);
    }
    Ok(Chain { keys: chain, journal })
}

fn read(directory: &dyn Directory, name: &str) -> Outcome<Option<String>> {
    let contents = directory.read_in(Folder::Seal, name).map_err(with(path(directory, name)))?;
    contents.map(|contents| String::from_utf8(contents).map_err(with(path(directory, name)))).transpose()
}

fn write(directory: &dyn Directory, name: &str, text: &str) -> Outcome<()> {
    directory.replace_in(Folder::Seal, name, text.as_bytes(), true).map_err(with(path(directory, name)))
}

fn path(directory: &dyn Directory, name: &str) -> String {
    let path: PathBuf = directory.path().join(Folder::Seal.path_of(name));
    path.display().to_string()
}
