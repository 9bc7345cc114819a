//! The crash-safe buffer between the callers and the day file.
//!
//! A file in `.state/` is mapped into memory, shared. A caller copies its line into it and publishes
//! it with one store: from then on the line is in the operating system's page cache, and outlives the
//! process, however that dies. The committer takes lines out at the other end, appends them to the
//! day file, and frees their space.
//!
//! # The file
//!
//! All numbers are little-endian. The header has the size of four pages of 4,096 bytes; behind it are the
//! words, one for each 64 bytes of the ring, and the ring, which has `capacity` bytes, a power of two.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | `TAINTAK2`: what the file is, and the version of this layout |
//! | 8 | 8 | `capacity` |
//! | 16 | 16 | the journal's id |
//! | 32 | 4 | CRC-32C of the 32 bytes before |
//! | 64 | 8 | the turn: its lowest bit says which of the two tails counts |
//! | 72 | 24 | tail 0: position and `seq` of the first line, CRC-32C of both (8 bytes each) |
//! | 96 | 24 | tail 1 |
//! | 4096 | 12 × 1024 | notes |
//! | 16384 | `capacity` / 8 | words |
//! | behind these | `capacity` | the ring |
//!
//! A *position* counts bytes of lines from the journal's opening on; its remainder by `capacity` is its place in
//! the ring. From the tail on lines stand one right behind the other (a line of less than 64 bytes takes up 64, but
//! those of the log are longer), so that many of them are one `write` of the committer, from where they are; only a
//! line that crosses the ring's end is copied before. Each line has a *word* of 8 bytes: its number modulo the
//! number of words says which. The lower half of a word is the length of the line; the upper half is the lower half
//! of rapidhash (version 3) over the line, with its `seq` as the seed. A line's `seq` is not stored beside it: it is
//! that of the line before, and one more. A word of 0 ends the lines.
//!
//! A *note* is a record about the log itself that could not be appended yet: a word, with the CRC-32C of
//! its bytes; 8 bytes with the `seq` under which it is about to be appended, all of them 0xff
//! until then; up to 1,008 bytes.
//!
//! Words and tails are aligned to 8 bytes. For example, a ring of 65,536 bytes whose tail is at position 0 with
//! `seq` 7, after the lines `{"n":7}\n` and `{"n":8,"a":1}\n`:
//!
//! ```text
//! 16440  08 00 00 00 0c 79 dd d1   word 7: 8 bytes, and the hash of the line with the seed 7
//! 16448  0e 00 00 00 ef 5b 78 9e   word 8: 14 bytes
//! 16456  00 00 00 00 00 00 00 00   no more lines
//! 24576  7b 22 6e 22 3a 37 7d 0a   {"n":7}\n
//! 24640  7b 22 6e 22 3a 38 2c 22 61 22 3a 31 7d 0a   {"n":8,"a":1}\n
//! ```
//!
//! In the first layout, `TAINTAK1`, each word stood before its line. What an older build has left in it is read
//! when the log is opened, and moves to a new file; an older build refuses this one. So it is removed when a log
//! is closed, if nothing is in it.
//!
//! # Why a process may die at any instruction
//!
//! A store of a word is one instruction, aligned: it has happened or not. The contents of the mapping
//! stay when a process dies, in the order in which the process has stored them. (The stores of one
//! thread are kept in order by `Release`, and zeroing behind them by a fence; those of several
//! threads by the lock that appending needs.)
//!
//! - *Append*: the line first, its word last. Before the word is stored it is 0, and the line does not exist,
//!   whatever stands in the ring behind the last one. The last 64 bytes of room are never used, nor their word, so
//!   that a 0 always follows the last one.
//! - *Free*: the tail that does not count first, then the turn: the tail is the old one or the new
//!   one. Then the words before it are zeroed, and the lines, and only after that may a caller append there. (If
//!   they were zeroed first, a word that is 0 would hide the lines behind it.)
//! - *Note*: its bytes first, its word last; it is removed by a word of 0.
//!
//! In the example the tail moves to position 64 with `seq` 8, then word 7 is zeroed, and the first line. A process
//! that dies before the tail has moved leaves both lines, of which the first is in a day file as well; its number
//! says so. One that dies behind it leaves the second line, whatever there is of word 7: no reader looks at it
//! before the words have gone around, and by then it is 0.
//!
//! On a disk that is about to be full, a store into the mapping could fail and end the process. There
//! the same bytes are written to the file by system calls, in the same order. A write that fails has
//! not happened: a line is not appended, space is not freed. The consumer goes by a position in this
//! process's memory, not by the words.
//!
//! Another program may write to the file at any time. The committer checks each line with its word right before
//! it writes it from the mapping: what is not whole goes to no day file, is set aside, and named as lost.
//!
//! After a loss of power, pages have reached the disk in any order, or not at all. A line is known
//! to be whole by its hash, which covers its `seq`, so that a word or a line of an earlier round is
//! not taken for one; and only lines that follow the records on disk in the day files count.
//!
//! A model checker goes through the interleavings of callers and consumer: `tests/fixtures/model`.

mod capacity;
pub(in crate::journal) mod file;
mod first_layout;
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
pub(in crate::journal) mod tests;

pub(in crate::journal) use capacity::CAPACITIES;
pub(in crate::journal) use format::{LONGEST_NOTE, NOTE_COUNT};
pub(crate) use image::Image;
pub(in crate::journal) use mapped::Mapped;
pub(in crate::journal) use memory::Unwritable;
pub(in crate::journal) use ring::{AppendFailure, Consumer, Fill, Producer, create, renumber, resume};
