//! A running emitter.

use super::emitter::{ORDERS, Orders};
use crate::support::child::child;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take before the test gives up.
const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    said: Arc<Mutex<Vec<String>>>,
    hearer: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts the test `an_emitter` of this program. `scratch` is for its executable.
    pub(crate) fn start(scratch: &Path, orders: &Orders) -> Process {
        let mut command = child("an_emitter", scratch, Path::new("-"));
        command.env(ORDERS, orders.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let said = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&said);
        let hearer = std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if let Some((_, text)) = line.unwrap().split_once("child: ") {
                    hears.lock().unwrap().push(text.to_owned());
                }
            }
        });
        Process { child, input, said, hearer: Some(hearer) }
    }

    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said something that begins so, and returns it; `None` if it ended before.
    pub(crate) fn says(&mut self, begin: &str) -> Option<String> {
        let since = Instant::now();
        loop {
            let has_ended = self.child.try_wait().unwrap().is_some();
            if has_ended && let Some(hearer) = self.hearer.take() {
                hearer.join().unwrap();
            }
            if let Some(line) = self.said().into_iter().find(|line| line.starts_with(begin)) {
                return Some(line);
            }
            if has_ended {
                return None;
            }
            assert!(since.elapsed() < LONG, "the emitter does not say `{begin}`: {:?}", self.said());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends its input, and waits until it has ended; returns what it has said.
    pub(crate) fn end(&mut self) -> Vec<String> {
        drop(self.input.take());
        self.says("it never says this");
        self.said()
    }

    pub(crate) fn kill(&mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.end()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.hearer.is_some() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}
