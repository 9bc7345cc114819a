//! Hashing many lines on more than one thread, while sealing lags behind the log.
//!
//! Ranges of the tree can be computed apart, and be joined.

use crate::seal::{TreeRange, leaf_hash};
use std::ops::Range;
use std::sync::OnceLock;
use std::thread::Builder;

/// So many lines behind the log, it is worth the threads: a tenth of a second of work.
const BACKLOG: u64 = 256 * 1024;

/// The most threads. They have the sealer's priority.
const MOST_THREADS: usize = 4;

/// A thread has so many lines to hash at least.
const FEWEST: usize = 1024;

/// Returns on how many threads so many lines are to be hashed.
pub(in crate::sealer) fn threads(lines: u64) -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    if lines < BACKLOG {
        return 1;
    }
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    (*CORES.get_or_init(cores)).min(MOST_THREADS)
}

/// Lines, one behind another.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn push(&mut self, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.ends.push(self.text.len());
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Hashes some of them, whose first one has this index in the tree.
    fn hash(&self, lines: Range<usize>, index: u64) -> (TreeRange, Vec<u8>) {
        let (mut range, mut bytes) = (TreeRange::at(index), Vec::with_capacity(32 * lines.len()));
        let mut start = lines.start.checked_sub(1).map_or(0, |before| self.ends[before]);
        for end in &self.ends[lines] {
            let leaf = leaf_hash(&self.text[start..*end]);
            range.push(leaf);
            bytes.extend_from_slice(leaf.as_bytes());
            start = *end;
        }
        (range, bytes)
    }
}

/// Adds the leaves of lines to a range of the tree, and their hashes to `bytes`. A thread that can't be started is done without.
pub(super) fn hashed(lines: &Lines, threads: usize, range: &mut TreeRange, bytes: &mut Vec<u8>) {
    let count = lines.ends.len();
    let each = count.div_ceil(threads.max(1)).max(FEWEST);
    let begin = range.end();
    let pieces = (0..count).step_by(each).map(|start| start..count.min(start + each));
    std::thread::scope(|scope| {
        let pieces = pieces.map(|piece| {
            let (of_piece, index) = (piece.clone(), begin + piece.start as u64);
            let hash = move || lines.hash(of_piece, index);
            // The last one is for this thread.
            let is_last = piece.end == count;
            let thread =
                (!is_last).then(|| Builder::new().name("audit-hash".to_owned()).spawn_scoped(scope, hash));
            (piece, thread.and_then(Result::ok))
        });
        let pieces = pieces.collect::<Vec<_>>();
        let own = pieces.iter().filter(|(_, thread)| thread.is_none());
        let mut own =
            own.map(|(piece, _)| lines.hash(piece.clone(), begin + piece.start as u64)).collect::<Vec<_>>();
        own.reverse();
        for (_, thread) in pieces {
            let hashed = match thread {
                Some(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                None => own.pop().unwrap_or_else(|| (TreeRange::at(range.end()), Vec::new())),
            };
            range.join(&hashed.0);
            bytes.extend_from_slice(&hashed.1);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_threads_make_the_same_leaves() {
        for count in [0, 1, 2, 1023, 1024, 1025, 2049, 5000] {
            let mut lines = Lines::default();
            (0..count).for_each(|number: usize| lines.push("x".repeat(number % 300).as_bytes()));
            for begin in [0, 1, 7, 4096] {
                let (one, leaves) = lines.hash(0..count, begin);
                for threads in 1..5 {
                    let (mut range, mut bytes) = (TreeRange::at(begin), Vec::new());
                    hashed(&lines, threads, &mut range, &mut bytes);
                    assert_eq!((&range, &bytes), (&one, &leaves), "{count} {begin} {threads}");
                }
            }
        }
    }

    #[test]
    fn a_few_lines_are_hashed_on_one_thread() {
        assert_eq!(threads(BACKLOG - 1), 1);
        assert!((1..=MOST_THREADS).contains(&threads(BACKLOG)));
    }
}
