//! The certificates that are still without the signer's signature, in a file beside the private key:
//! `.state/seal.signer`, or `PATH.signer`.
//!
//! ```json
//! {"version":1,"key":"NAME+HASH+BASE64","unsigned":[[2,"5d8f…"]]}
//! ```
//!
//! Each has its epoch, and the SHA-256 of its text. The signer signs no other certificate: not one that someone who can
//! write to the log's directory, but does not have its key, has put there. It is noted before the certificate is
//! published, so that a crash in between costs no signature.

use crate::journal::state_file::{self, Version};
use crate::record::hex;
use crate::sealer::keys::place::KeyPlace;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;

/// So many certificates are kept: those of more than a year.
const MOST: usize = 500;

/// The certificates without a signature, by their epochs, with the SHA-256 of their texts.
#[derive(Debug)]
pub(super) struct Unsigned {
    place: KeyPlace,
    /// The text of the signer's key.
    key: String,
    certificates: BTreeMap<u64, String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: Version,
    key: String,
    unsigned: Vec<(u64, String)>,
}

impl Unsigned {
    /// Reads the file. Returns also whether it is about this signer: it is not there before the signer is set.
    pub(super) fn read(place: KeyPlace, key: String) -> io::Result<(Unsigned, bool)> {
        let contents = place.signer()?.and_then(|contents| state_file::parse::<Contents>(&contents).ok());
        let contents = contents.filter(|contents| contents.key == key);
        let is_known = contents.is_some();
        let certificates = contents.map(|contents| contents.unsigned.into_iter().collect());
        Ok((Unsigned { place, key, certificates: certificates.unwrap_or_default() }, is_known))
    }

    /// Adds a certificate.
    pub(super) fn add(&mut self, epoch: u64, text: &str) -> io::Result<()> {
        self.certificates.insert(epoch, digest(text));
        while self.certificates.len() > MOST {
            self.certificates.pop_first();
        }
        self.write()
    }

    /// Removes a certificate that has its signature.
    pub(super) fn remove(&mut self, epoch: u64) -> io::Result<()> {
        self.certificates.remove(&epoch).map_or(Ok(()), |_| self.write())
    }

    /// Returns the first epoch up to the newest one whose certificate has no signature. A later one was noted and, after
    /// a failure, not published.
    pub(super) fn first(&self, newest: u64) -> Option<u64> {
        self.certificates.keys().next().copied().filter(|epoch| *epoch <= newest)
    }

    /// Returns whether this is the text of the epoch's certificate.
    pub(super) fn has(&self, epoch: u64, text: &str) -> bool {
        self.certificates.get(&epoch).is_some_and(|known| *known == digest(text))
    }

    fn write(&self) -> io::Result<()> {
        let unsigned = self.certificates.iter().map(|(epoch, digest)| (*epoch, digest.clone())).collect();
        let contents = Contents { version: Version, key: self.key.clone(), unsigned };
        self.place.write_signer(&state_file::to_text(&contents)?)
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}
