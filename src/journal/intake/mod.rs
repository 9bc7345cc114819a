//! The crash-safe buffer between the callers and the day file.
//!
//! A file in `.state/` is mapped into memory, shared. Whoever appends copies a line into it
//! and publishes it with one store: from then on it is in the operating system's page cache,
//! and outlives the process, however that dies. The committer takes lines out at the other
//! end, appends them to the day file, and frees their space.
//!
//! # The file
//!
//! All numbers are little-endian. The header has the size of four pages of 4,096 bytes; the
//! ring behind it has `capacity` bytes, a power of two.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | `TAINTAK1`: what it is, and the version of this layout |
//! | 8 | 8 | `capacity` |
//! | 16 | 16 | the journal's id |
//! | 32 | 4 | CRC-32C of the 32 bytes before |
//! | 64 | 8 | the turn: its lowest bit says which of the two tails is the one |
//! | 72 | 24 | tail 0: position, `seq` of the entry there, CRC-32C of both (8 bytes each) |
//! | 96 | 24 | tail 1 |
//! | 4096 | 12 × 1024 | notes |
//! | 16384 | `capacity` | the ring |
//!
//! A *position* counts bytes from the journal's opening on; it stands in the ring at its
//! remainder by `capacity`. Entries follow one another from the tail on. Each is a *word* of
//! 8 bytes, its lower half the length of the line, its upper half the CRC-32C of its `seq` (8
//! bytes) and the line; then the line, filled up to a multiple of 8 bytes. An entry's `seq`
//! does not stand in it: it is that of the one before, and one more. Where the next word is 0,
//! there are no more.
//!
//! A *note* is what the log has to say of itself, and could not say yet: a word, with the CRC
//! of its bytes alone; 8 bytes with the `seq` under which it is about to be told, all of them
//! 0xff until then; up to 1,008 bytes.
//!
//! Entries, words and tails are aligned to 8 bytes, and the ring's size is a multiple of
//! that, so that only lines ever go over its end.
//!
//! For example, a ring whose tail is at position 0 with `seq` 7, after the line `{"n":7}\n`:
//!
//! ```text
//! 16384  08 00 00 00 3b c1 2e 1f   8 bytes, CRC-32C of 07 00 00 00 00 00 00 00 and the line
//! 16392  7b 22 6e 22 3a 37 7d 0a   {"n":7}\n
//! 16400  00 00 00 00 00 00 00 00   no more
//! ```
//!
//! # Why a process may die anywhere
//!
//! A store of a word is one instruction, aligned: it has happened or not. What is in the
//! mapping when a process dies stays there, in the order in which the process had stored it
//! (the stores of one thread are kept in order by `Release`, and zeroing behind them by a
//! fence, those of several by the lock that appending needs).
//!
//! - *Append*: the line first, the word last. Before the word is there, its place is 0: there
//!   is no entry. The ring is never filled to its last word, so that there is always a 0
//!   behind the last entry.
//! - *Free*: the tail that is not the one first, then the turn: the tail is the old one or
//!   the new one. Then the entries before it are zeroed, and only when all are may somebody
//!   append there. (Zeroed first, an entry that is 0 would hide those behind it.)
//! - *Note*: its bytes first, its word last; taken away by a word of 0.
//!
//! On a disk that is about to be full, where a store into the mapping might fail, and end the
//! process, the same is written to the file by system calls, in the same order. What can't be
//! written then has not happened: a line is not appended, space is not freed. Whoever takes
//! goes by a position in this process's memory, not by the words.
//!
//! A loss of power is another matter: pages reach the disk in any order, or not at all. What
//! is read then is known to be whole by its CRC, which has its `seq` in it, so that what an
//! earlier turn has left is not taken for an entry; and what is read is only what follows the
//! records that are on disk in the day files.
//!
//! A model checker goes through the interleavings of those who append and the one who takes:
//! `tests/fixtures/model`.

mod capacity;
mod format;
mod image;
pub(in crate::journal) mod leftover;
#[cfg_attr(not(any(target_os = "linux", windows)), path = "unmapped.rs")]
mod mapped;
mod memory;
pub(in crate::journal) mod note;
mod ring;
#[cfg(test)]
mod tests;

pub(in crate::journal) use capacity::CAPACITIES;
pub(crate) use format::LABEL_BYTES;
pub(in crate::journal) use format::{LONGEST_NOTE, NOTE_COUNT};
pub(crate) use image::Image;
pub(in crate::journal) use mapped::Mapped;
pub(in crate::journal) use memory::Unwritable;
pub(in crate::journal) use ring::{AppendFailure, Consumer, Producer, create, renumber, resume};
