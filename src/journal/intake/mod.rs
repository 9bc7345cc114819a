//! The crash-safe buffer between the callers and the day file.
//!
//! A file in `.state/` is mapped into memory, shared. A caller copies its line into it and publishes
//! it with one store: from then on the line is in the operating system's page cache, and outlives the
//! process, however that dies. The committer takes lines out at the other end, appends them to the
//! day file, and frees their space.
//!
//! # The file
//!
//! All numbers are little-endian. The header has the size of four pages of 4,096 bytes; the ring
//! behind it has `capacity` bytes, a power of two.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | `TAINTAK1`: what the file is, and the version of this layout |
//! | 8 | 8 | `capacity` |
//! | 16 | 16 | the journal's id |
//! | 32 | 4 | CRC-32C of the 32 bytes before |
//! | 64 | 8 | the turn: its lowest bit says which of the two tails counts |
//! | 72 | 24 | tail 0: position, `seq` of the entry there, CRC-32C of both (8 bytes each) |
//! | 96 | 24 | tail 1 |
//! | 4096 | 12 × 1024 | notes |
//! | 16384 | `capacity` | the ring |
//!
//! A *position* counts bytes from the journal's opening on; its remainder by `capacity` is its place
//! in the ring. Entries follow one another from the tail on. Each is a *word* of 8 bytes, whose lower
//! half is the length of the line, and whose upper half is the CRC-32C of its `seq` (8 bytes) and the
//! line; then the line, padded to a multiple of 8 bytes. An entry's `seq` is not stored in it: it is
//! that of the entry before, and one more. A word of 0 ends the entries.
//!
//! A *note* is a record about the log itself that could not be appended yet: a word, with the CRC of
//! its bytes alone; 8 bytes with the `seq` under which it is about to be appended, all of them 0xff
//! until then; up to 1,008 bytes.
//!
//! Entries, words and tails are aligned to 8 bytes, and the ring's size is a multiple of that, so
//! that only lines ever cross its end.
//!
//! For example, a ring whose tail is at position 0 with `seq` 7, after the line `{"n":7}\n`:
//!
//! ```text
//! 16384  08 00 00 00 3b c1 2e 1f   8 bytes, CRC-32C of 07 00 00 00 00 00 00 00 and the line
//! 16392  7b 22 6e 22 3a 37 7d 0a   {"n":7}\n
//! 16400  00 00 00 00 00 00 00 00   no more entries
//! ```
//!
//! # Why a process may die at any instruction
//!
//! A store of a word is one instruction, aligned: it has happened or not. The contents of the mapping
//! stay when a process dies, in the order in which the process has stored them. (The stores of one
//! thread are kept in order by `Release`, and zeroing behind them by a fence; those of several
//! threads by the lock that appending needs.)
//!
//! - *Append*: the line first, the word last. Before the word is stored, its place is 0: the entry
//!   does not exist. The ring is never filled to its last word, so that a 0 always follows the last
//!   entry.
//! - *Free*: the tail that does not count first, then the turn: the tail is the old one or the new
//!   one. Then the entries before it are zeroed, and only after that may a caller append there. (If
//!   they were zeroed first, an entry that is 0 would hide those behind it.)
//! - *Note*: its bytes first, its word last; it is removed by a word of 0.
//!
//! On a disk that is about to be full, a store into the mapping could fail and end the process. There
//! the same bytes are written to the file by system calls, in the same order. A write that fails has
//! not happened: a line is not appended, space is not freed. The consumer goes by a position in this
//! process's memory, not by the words.
//!
//! After a loss of power, pages have reached the disk in any order, or not at all. An entry is known
//! to be whole by its CRC, which covers its `seq`, so that an entry of an earlier round of the ring is
//! not taken for one; and only entries that follow the records on disk in the day files count.
//!
//! A model checker goes through the interleavings of callers and consumer: `tests/fixtures/model`.

mod capacity;
pub(in crate::journal) mod file;
mod format;
mod image;
pub(in crate::journal) mod leftover;
#[cfg_attr(not(any(target_os = "linux", windows)), path = "mapped/elsewhere.rs")]
mod mapped;
mod memory;
pub(in crate::journal) mod note;
mod ring;
mod spoilt;
#[cfg(test)]
mod tests;

pub(in crate::journal) use capacity::CAPACITIES;
pub(in crate::journal) use format::{LONGEST_NOTE, NOTE_COUNT};
pub(crate) use image::Image;
pub(in crate::journal) use mapped::Mapped;
pub(in crate::journal) use memory::Unwritable;
pub(in crate::journal) use ring::{AppendFailure, Consumer, Fill, Producer, create, renumber, resume};
