//! A running emitter, and the reports of emitters.

use super::Name;
use super::emitter::Pace;
use crate::support::child::child;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::RangeInclusive;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The longest wait.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The reports of emitters.
#[derive(Default)]
pub(crate) struct Said {
    /// The number of each acknowledged event.
    pub(crate) kept: HashMap<Name, u64>,
    /// The times, in nanoseconds, between which an event was refused.
    pub(crate) refused: HashMap<Name, RangeInclusive<i128>>,
    /// The message of the last refusal.
    pub(crate) refusal: String,
    /// Each attempt to open the log.
    pub(crate) opened: Vec<Result<(), String>>,
    pub(crate) is_warned: bool,
    /// The number of paused threads.
    pub(crate) resting: usize,
    /// The log's counts of recorded and refused events, by process.
    pub(crate) counted: HashMap<u32, (u64, u64)>,
    /// Each attempt to shut the log down.
    pub(crate) shut_down: Vec<Result<(), String>>,
}

impl Said {
    /// Returns a summary.
    pub(crate) fn sum(&self) -> String {
        format!("{} acknowledged, {} refused", self.kept.len(), self.refused.len())
    }

    /// Returns the number of reported events.
    pub(crate) fn events(&self) -> usize {
        self.kept.len() + self.refused.len()
    }

    /// Takes in a line; lines of the test runner are skipped.
    fn hear(&mut self, line: &str) {
        let Some((_, line)) = line.split_once("child: ") else {
            return;
        };
        let words = line.split(' ').collect::<Vec<_>>();
        let name = || (words[1].to_owned(), words[2].parse().unwrap());
        match words[0] {
            "kept" => {
                self.kept.insert(name(), words[3].parse().unwrap());
            }
            "refused" => {
                self.refused.insert(name(), words[3].parse().unwrap()..=words[4].parse().unwrap());
                self.refusal = words[5..].join(" ");
            }
            "opened" => self.opened.push(Ok(())),
            "closed" => self.opened.push(Err(line.to_owned())),
            "warned" => self.is_warned = true,
            "rests" => self.resting += 1,
            "counted" => {
                let counts = (words[2].parse().unwrap(), words[3].parse().unwrap());
                self.counted.insert(words[1].parse().unwrap(), counts);
            }
            "shut" => self.shut_down.push(Ok(())),
            "not" => self.shut_down.push(Err(line.to_owned())),
            _ => panic!("{line}"),
        }
    }
}

/// A running emitter.
pub(crate) struct Emitter {
    process: Child,
    input: Option<ChildStdin>,
    hearer: Option<JoinHandle<()>>,
}

impl Emitter {
    pub(crate) fn start(scratch: &Path, dir: &Path, said: &Arc<Mutex<Said>>) -> Emitter {
        let mut command = child("an_emitter", scratch, dir);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (process.stdin.take(), process.stdout.take().unwrap());
        let said = Arc::clone(said);
        let hear = move || {
            for line in BufReader::new(output).lines() {
                said.lock().unwrap().hear(&line.unwrap());
            }
        };
        Emitter { process, input, hearer: Some(std::thread::spawn(hear)) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn go_at(&mut self, pace: Pace) {
        // `wait` notices a process that has ended.
        writeln!(self.input.as_mut().unwrap(), "{}", pace as u8).ok();
    }

    /// Returns the exit status after the end, when all reports have been read.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.process.try_wait().unwrap()?;
        if let Some(hearer) = self.hearer.take() {
            hearer.join().unwrap();
        }
        Some(status)
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) {
        drop(self.input.take());
        let since = Instant::now();
        let status = loop {
            if let Some(status) = self.ended() {
                break status;
            }
            assert!(since.elapsed() < 2 * LONG, "the emitter did not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "the emitter ended: {status}");
    }

    /// Kills it; returns whether it was still running.
    pub(crate) fn kill(mut self) -> bool {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let status = self.ended().unwrap();
        assert!(status.success() || status.signal() == Some(9), "the emitter ended: {status}");
        !status.success()
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        // The process still runs if the test failed.
        if self.hearer.is_some() && self.process.kill().is_ok() {
            self.process.wait().ok();
        }
    }
}
