//! Threads that search pieces of files.

use super::fault::Fault;
use super::piece::Piece;
use super::search::Search;
use super::take::Taker;
use crate::lock::lock;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The most threads.
const MOST: usize = 8;

/// A piece that is to be searched.
#[derive(Debug)]
pub(in crate::read::query) struct Job {
    pub(in crate::read::query) file: Arc<File>,
    pub(in crate::read::query) range: Range<u64>,
    /// Whether a line begins at the range's start.
    pub(in crate::read::query) begins_with_line: bool,
    pub(in crate::read::query) search: Arc<Search>,
    /// What takes the lines that match, if they are not to be shown.
    pub(in crate::read::query) taker: Option<Taker>,
}

/// A piece that is being searched.
#[derive(Debug)]
pub(in crate::read::query) enum Pending {
    /// By a thread.
    There(Receiver<io::Result<Piece>>),
    /// By the caller, when it is asked for.
    Here(Job),
}

/// Threads that search pieces. They end when the pool is dropped.
#[derive(Debug)]
pub(in crate::read::query) struct Pool {
    jobs: Option<Sender<(Job, SyncSender<io::Result<Piece>>)>>,
    threads: Vec<JoinHandle<()>>,
    /// Buffers to be used again.
    buffers: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Pool {
    /// A pool without threads: its callers search.
    pub(in crate::read::query) fn without_threads() -> Pool {
        Pool { jobs: None, threads: Vec::new(), buffers: Arc::default() }
    }

    /// Starts threads, as many as there are processors, at most 8; none where there is one processor, or no
    /// thread can be started.
    pub(in crate::read::query) fn start() -> Pool {
        let processors = std::thread::available_parallelism().map_or(1, usize::from).min(MOST);
        let mut pool = Pool::without_threads();
        if processors == 1 {
            return pool;
        }
        let (jobs, taken) = channel::<(Job, SyncSender<io::Result<Piece>>)>();
        let taken = Arc::new(Mutex::new(taken));
        for _ in 0..processors {
            let (taken, buffers) = (Arc::clone(&taken), Arc::clone(&pool.buffers));
            let work = move || {
                loop {
                    let job = lock(&taken).recv();
                    let Ok((job, reply)) = job else {
                        return;
                    };
                    // Without a receiver, no thread waits for it any more.
                    reply.send(search(job, &buffers)).unwrap_or(());
                }
            };
            match std::thread::Builder::new().name("audit-query".to_owned()).spawn(work) {
                Ok(thread) => pool.threads.push(thread),
                // With fewer threads it takes longer.
                Err(_) => break,
            }
        }
        if !pool.threads.is_empty() {
            pool.jobs = Some(jobs);
        }
        pool
    }

    /// Returns how many pieces are to be begun ahead, so that no thread waits.
    pub(in crate::read::query) fn ahead(&self) -> usize {
        2 * self.threads.len() + 1
    }

    pub(in crate::read::query) fn begin(&self, job: Job) -> Pending {
        let Some(jobs) = &self.jobs else {
            return Pending::Here(job);
        };
        let (reply, piece) = sync_channel(1);
        match jobs.send((job, reply)) {
            Ok(()) => Pending::There(piece),
            Err(error) => Pending::Here(error.0.0),
        }
    }

    /// Waits for a piece.
    pub(in crate::read::query) fn finish(&self, pending: Pending) -> io::Result<Piece> {
        match pending {
            Pending::There(piece) => piece
                .recv()
                .unwrap_or_else(|_| Err(io::Error::other("the thread that has searched it has panicked"))),
            Pending::Here(job) => search(job, &self.buffers),
        }
    }

    /// Takes a buffer that is no longer used.
    pub(in crate::read::query) fn take_back(&self, buffer: Vec<u8>) {
        let mut buffers = lock(&self.buffers);
        if buffers.len() < 2 * MOST && buffer.capacity() <= 2 << 20 {
            buffers.push(buffer);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic was said where its piece was waited for.
            thread.join().unwrap_or(());
        }
    }
}

fn search(job: Job, buffers: &Mutex<Vec<Vec<u8>>>) -> io::Result<Piece> {
    let bytes = lock(buffers).pop().unwrap_or_default();
    let mut piece = Piece { bytes, taker: job.taker, ..Piece::default() };
    let fault = piece.read(&job.file, job.range, job.begins_with_line)?;
    piece.search(&job.search);
    if let Some((at, fault)) = fault {
        let line = piece.lines;
        piece.lines += u64::from(matches!(fault, Fault::TooLong));
        piece.fault(at, line, fault);
    }
    Ok(piece)
}
