//! Threads that hash pieces of files, in order.

use super::piece::{Piece, Plan, scan};
use crate::lock::lock;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

/// The size of a piece in bytes.
const PIECE: usize = 1 << 20;

/// The most threads.
const MOST: usize = 8;

/// A longer line is not a record; the journal's reader has the same limit.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

type Job = (u64, Vec<u8>);
type Done = (u64, Vec<u8>, Piece);

/// Threads that hash pieces. On one processor there are none, and the caller hashes.
pub(in crate::read) struct Pool<'p> {
    plan: &'p Plan,
    threads: usize,
    jobs: Sender<Job>,
    done: Receiver<Done>,
    /// Buffers to be used again.
    buffers: Vec<Vec<u8>>,
}

impl<'p> Pool<'p> {
    /// Starts threads, as many as there are processors, at most 8.
    pub(in crate::read) fn start<'s>(
        scope: &'s Scope<'s, 'p>,
        plan: &'p Plan,
        jobs_of_threads: &'p SharedJobs,
    ) -> Pool<'p> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from).min(MOST);
        let threads = if processors == 1 { 0 } else { processors };
        let (jobs, taken) = channel();
        let (finished, done) = channel();
        *lock(&jobs_of_threads.0) = Some(taken);
        for _ in 0..threads {
            let finished = finished.clone();
            scope.spawn(move || {
                loop {
                    let job = match &*lock(&jobs_of_threads.0) {
                        Some(jobs) => jobs.recv(),
                        None => return,
                    };
                    let Ok((number, mut bytes)) = job else {
                        return;
                    };
                    let piece = scan(&mut bytes, plan);
                    if finished.send((number, bytes, piece)).is_err() {
                        return;
                    }
                }
            });
        }
        Pool { plan, threads, jobs, done, buffers: Vec::new() }
    }

    pub(super) fn plan(&self) -> &'p Plan {
        self.plan
    }

    /// Reads the first `len` bytes of a file, and shows them as they are read, and its pieces in order. Returns how many bytes at the end
    /// are no whole line, and how many there were in all: fewer than `len` if the file is shorter.
    pub(in crate::read) fn pieces(
        &mut self,
        file: &File,
        len: u64,
        mut bytes: impl FnMut(&[u8]),
        mut show: impl FnMut(Piece),
    ) -> io::Result<(u64, u64)> {
        let mut file = file;
        file.seek(SeekFrom::Start(0))?;
        let (mut read, mut sent, mut shown) = (0, 0, 0);
        let mut waiting = BTreeMap::new();
        let mut torn = Vec::new();
        let mut is_at_end = false;
        let mut failure = None;
        while !is_at_end || shown < sent {
            if !is_at_end && sent - shown <= 2 * self.threads as u64 {
                let mut buffer = self.buffers.pop().unwrap_or_default();
                buffer.clear();
                buffer.append(&mut torn);
                let before = buffer.len();
                match fill(file, &mut buffer, len - read) {
                    Ok(0) => is_at_end = true,
                    Ok(more) => read += more,
                    Err(error) => {
                        is_at_end = true;
                        failure = Some(error);
                    }
                }
                bytes(&buffer[before..]);
                let end = memchr::memrchr(b'\n', &buffer).map_or(0, |at| at + 1);
                torn.extend_from_slice(&buffer[end..]);
                buffer.truncate(end);
                if torn.len() > LONGEST_LINE {
                    // Its beginning stands for it: without a `\n` no line, and no record with one.
                    torn.truncate(PIECE);
                }
                if buffer.is_empty() {
                    self.buffers.push(buffer);
                } else if self.threads == 0 {
                    show(scan(&mut buffer, self.plan));
                    self.buffers.push(buffer);
                } else {
                    // The threads end only with this sender.
                    self.jobs.send((sent, buffer)).map_err(io::Error::other)?;
                    sent += 1;
                }
                continue;
            }
            let (number, buffer, piece) = self.done.recv().map_err(io::Error::other)?;
            self.buffers.push(buffer);
            waiting.insert(number, piece);
            while let Some(piece) = waiting.remove(&shown) {
                show(piece);
                shown += 1;
            }
        }
        failure.map_or(Ok((torn.len() as u64, read)), Err)
    }
}

/// Where the threads take their jobs from.
#[derive(Default)]
pub(in crate::read) struct SharedJobs(Mutex<Option<Receiver<Job>>>);

/// Reads a piece, at most `at_most` bytes, behind what is in the buffer. Returns how many bytes.
fn fill(mut file: &File, buffer: &mut Vec<u8>, at_most: u64) -> io::Result<u64> {
    let wanted = at_most.min(PIECE as u64);
    let read = (&mut file).take(wanted).read_to_end(buffer)?;
    Ok(read as u64)
}
