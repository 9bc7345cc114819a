//! What a verification finds.

use super::counterpart::Counterpart;
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::RangeInclusive;

/// The result of a verification in one word. As a process's exit status it has a [`code`](Status::code).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Every sealed line is as it was sealed, and nothing is missing.
    #[default]
    Intact,
    /// Something can't be shown to be as it was: it is not sealed, torn, or a part of the seals is missing.
    Incomplete,
    /// Sealed lines were changed or are missing, or a signed statement contradicts the log.
    Tampered,
}

impl Status {
    /// Returns the exit status: 0 for intact, 1 for tampered, 2 for incomplete. (3, could not check, is
    /// that of a [`VerifyError`](crate::read::VerifyError).)
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Status::Intact => 0,
            Status::Tampered => 1,
            Status::Incomplete => 2,
        }
    }

    /// Returns the word for it: `intact`, `tampered` or `incomplete`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Intact => "intact",
            Status::Tampered => "tampered",
            Status::Incomplete => "incomplete",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident $name:literal $status:ident,)+) => {
        /// What kind of thing was found. Those with the status [`Status::Intact`] are notes.
        ///
        /// | kind | status |
        /// |---|---|
        $(#[doc = concat!("| `", $name, "` | ", stringify!($status), " |")])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl FindingKind {
            /// All kinds, in the order of the table.
            pub const ALL: &[FindingKind] = &[$(FindingKind::$kind),+];

            /// Returns the kind's name, as in the table.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(FindingKind::$kind => $name,)+
                }
            }

            /// Returns the status of a log with a finding of this kind, unless another one is worse.
            #[must_use]
            pub fn status(self) -> Status {
                match self {
                    $(FindingKind::$kind => Status::$status,)+
                }
            }
        }
    };
}

kinds! {
    /// A sealed line is not as it was sealed.
    Changed "changed" Tampered,
    /// A sealed line is in no file.
    Missing "missing" Tampered,
    /// A line among sealed ones was not there when they were sealed.
    Inserted "inserted" Tampered,
    /// A number is there twice: with different lines, or twice in one file.
    Duplicated "duplicated" Tampered,
    /// A line does not stand where it was written.
    OutOfOrder "out_of_order" Tampered,
    /// The time of a line is before that of the line before it in the same file.
    TsDecreasing "ts_decreasing" Tampered,
    /// A day file is gone, and no sealed line says that it was pruned.
    FileMissing "file_missing" Tampered,
    /// The bytes of a day file are not those that were sealed, and it is not known in which line.
    FileChanged "file_changed" Tampered,
    /// Lines at the end of the log, or of a day file, are missing.
    Truncated "truncated" Tampered,
    /// A line that was declared lost before it was sealed is there.
    Returned "returned" Tampered,
    /// A line among those that are not sealed has a form or a number that the log does not write.
    ForeignLine "foreign_line" Tampered,
    /// A signed statement names a seal that is gone.
    SealMissing "seal_missing" Tampered,
    /// A seal is not valid.
    SealInvalid "seal_invalid" Tampered,
    /// A checkpoint is not valid.
    CheckpointInvalid "checkpoint_invalid" Tampered,
    /// The certificate of a key is gone, although there are later ones.
    CertificateMissing "certificate_missing" Tampered,
    /// The certificate of a key is not valid.
    CertificateInvalid "certificate_invalid" Tampered,
    /// The log's keys are not those that the caller has pinned.
    WrongKey "wrong_key" Tampered,
    /// A checkpoint from elsewhere is not one of this log.
    AnchorNotInLog "anchor_not_in_log" Tampered,
    /// A signature that is said to be by the log's signer is not valid, or is of another key than the log has.
    SignerInvalid "signer_invalid" Tampered,
    /// A key of the log has signed two histories, neither of which goes on from the other.
    Fork "fork" Tampered,
    /// Nothing is sealed.
    Unsealed "unsealed" Incomplete,
    /// A day file has ended and has no seal.
    FileUnsealed "file_unsealed" Incomplete,
    /// Lines at the end of the log are not sealed.
    UnsealedTail "unsealed_tail" Incomplete,
    /// A day file is gone, and a record of a time when sealing was turned off says that it was pruned.
    PrunedUnsealed "pruned_unsealed" Incomplete,
    /// A day file was left out of a bundle, since it is not of the days that were asked for.
    LeftOut "left_out" Incomplete,
    /// The last line of a day file is not whole.
    Torn "torn" Incomplete,
    /// The newest checkpoint is gone.
    CheckpointMissing "checkpoint_missing" Incomplete,
    /// The log's first verifier key is gone.
    KeyMissing "key_missing" Incomplete,
    /// The log has lost its key and gone on with another one, which is not pinned.
    KeyUntrusted "key_untrusted" Incomplete,
    /// The signer whose key the caller has given has not certified a key of the log.
    SignerMissing "signer_missing" Incomplete,
    /// A checkpoint from elsewhere can't be used: its signature is not valid.
    AnchorInvalid "anchor_invalid" Incomplete,
    /// A signature by a known witness is not valid.
    CosignatureInvalid "cosignature_invalid" Incomplete,
    /// The other directory is of another log, or no line or seal is left at which the two could be compared.
    NotComparable "not_comparable" Incomplete,
    /// The newest sealed record is older than the caller allows.
    Stale "stale" Incomplete,
    /// Nothing was recorded for more than twice the interval of `log.heartbeat`, and no record says why.
    Silence "silence" Incomplete,
    /// A copy of the log has a private key in it.
    PrivateKeyInCopy "private_key_in_copy" Incomplete,
    /// A day file was pruned, as a sealed line says, or lies in `.state/pruned` as it was sealed.
    Pruned "pruned" Intact,
    /// A day file was left out of a bundle, and the caller has not asked for its day.
    NotAsked "not_asked" Intact,
    /// Events could not be recorded, as a `log.gap` says.
    Gap "gap" Intact,
    /// The system's clock was set, as a `log.clock_step` says.
    ClockStep "clock_step" Intact,
    /// Records were lost before they were sealed.
    DeclaredLost "declared_lost" Intact,
    /// A day file from the time before the log was sealed is as it was when sealing began.
    Adopted "adopted" Intact,
    /// A day file from the time before the log was sealed.
    BeforeSealing "before_sealing" Intact,
    /// A day file of the original product, whose lines have no numbers.
    Original "original" Intact,
    /// Bytes that a sync had failed on, or that were there when their file was sealed.
    SetAside "set_aside" Intact,
    /// Lines at the end of the log are too young to be sealed.
    NotYetSealed "not_yet_sealed" Intact,
    /// The key was taken from the directory itself.
    KeyNotPinned "key_not_pinned" Intact,
    /// Another directory has the same history, or the begin of it, or one that goes on from it.
    SameHistory "same_history" Intact,
    /// A checkpoint from elsewhere is about lines that were pruned.
    AnchorNotChecked "anchor_not_checked" Intact,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that a verification has found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: FindingKind,
    /// The file, as a path relative to the log's directory, with `/`.
    pub file: Option<String>,
    /// The number of the line in the file, from 1 on. Of missing lines, that of the line that stands in
    /// their place.
    pub line: Option<u64>,
    /// The offset of that line in the file, in bytes.
    pub byte: Option<u64>,
    /// How many lines of the file are concerned, from that one on; 0 if they are not there.
    pub lines: u64,
    /// The first and the last of the records' numbers.
    pub seqs: Option<RangeInclusive<u64>>,
    /// What was found, as a sentence for people.
    pub detail: String,
    /// Of a fork, the other side, if it was found by [`Verify::against`](crate::read::Verify::against).
    pub counterpart: Option<Box<Counterpart>>,
}

impl Finding {
    pub(in crate::read) fn new(kind: FindingKind, detail: impl Into<String>) -> Finding {
        let detail = detail.into();
        Finding { kind, file: None, line: None, byte: None, lines: 0, seqs: None, detail, counterpart: None }
    }

    pub(in crate::read) fn file(self, file: impl Into<String>) -> Finding {
        Finding { file: Some(file.into()), ..self }
    }

    pub(in crate::read) fn at(self, line: u64, byte: u64) -> Finding {
        Finding { line: Some(line), byte: Some(byte), lines: 1, ..self }
    }

    pub(in crate::read) fn counterpart(self, counterpart: Counterpart) -> Finding {
        Finding { counterpart: Some(Box::new(counterpart)), ..self }
    }

    pub(in crate::read) fn lines(self, lines: u64) -> Finding {
        Finding { lines, ..self }
    }

    /// Returns whether it is about this line of a file.
    pub(in crate::read) fn is_about(&self, file: &str, line: u64) -> bool {
        self.file.as_deref() == Some(file)
            && self.line.is_some_and(|first| (first..first.saturating_add(self.lines)).contains(&line))
    }

    /// Sets the numbers, if there are any.
    pub(in crate::read) fn seqs(self, seqs: std::ops::Range<u64>) -> Finding {
        let seqs = (seqs.start < seqs.end).then(|| seqs.start..=seqs.end - 1);
        Finding { seqs, ..self }
    }
}

/// `changed: audit-2026-11-22.log, line 7 (byte 1540), record 41: …`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind)?;
        let mut separator = "";
        if let Some(file) = &self.file {
            f.write_str(file)?;
            separator = ", ";
        }
        if let (Some(line), Some(byte)) = (self.line, self.byte) {
            write!(f, "{separator}line {line} (byte {byte})")?;
            separator = ", ";
        }
        if let Some(seqs) = &self.seqs {
            match seqs.end() - seqs.start() {
                0 => write!(f, "{separator}record {}", seqs.start())?,
                _ => write!(f, "{separator}records {} to {}", seqs.start(), seqs.end())?,
            }
            separator = ", ";
        }
        write!(f, "{}{}", if separator.is_empty() { "" } else { ": " }, self.detail)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("status", &self.kind.status())?;
        map.serialize_entry("file", &self.file)?;
        map.serialize_entry("line", &self.line)?;
        map.serialize_entry("byte", &self.byte)?;
        map.serialize_entry("lines", &self.lines)?;
        map.serialize_entry("from_seq", &self.seqs.as_ref().map(|seqs| *seqs.start()))?;
        map.serialize_entry("to_seq", &self.seqs.as_ref().map(|seqs| *seqs.end()))?;
        map.serialize_entry("detail", &self.detail)?;
        if let Some(counterpart) = &self.counterpart {
            map.serialize_entry("counterpart", counterpart)?;
        }
        map.end()
    }
}
