//! A child process that emits until SIGKILL, or `TerminateProcess` on Windows, ends it.

use super::emitter::Orders;
use super::witness::Witness;
use crate::support::child::{child, was_killed};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The variable with an emitter's orders.
pub(crate) const ORDERS: &str = "KILL_ORDERS";

/// The test that acts as an emitter if there are orders.
pub(crate) const EMITTER: &str = "an_emitter_to_be_killed";

pub(crate) struct Victim {
    process: Child,
    /// Its reports, including those in the pipe when it dies.
    said: Receiver<String>,
}

impl Victim {
    /// Starts an emitter on the journal in `dir`, with its executable in `place`.
    pub(crate) fn begin(place: &Path, dir: &Path, orders: Orders) -> Victim {
        let mut command = child(EMITTER, place, dir);
        let mut process = command.env(ORDERS, orders.to_string()).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, text)) = line.split_once("child: ") {
                    // The receiver is gone if the test has failed.
                    sender.send(text.to_owned()).unwrap_or(());
                }
            }
        });
        Victim { process, said }
    }

    /// Waits until it prints this text or, without a text, reports an event, or has ended.
    pub(crate) fn await_word(&self, text: Option<&str>, witness: &mut Witness) {
        for said in &self.said {
            let is_event = witness.hear(&said);
            if text.map_or(is_event, |text| said == text) {
                break;
            }
        }
    }

    /// Kills it after this time, and reads its reports until then. It may have ended before, but only because
    /// it was done.
    pub(crate) fn end(mut self, delay: Duration, witness: &mut Witness) {
        // A sleep overshoots by as much as opening a log takes.
        let until = Instant::now() + delay;
        std::thread::sleep(delay.saturating_sub(Duration::from_millis(1)));
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        self.process.kill().unwrap();
        let status = self.process.wait().unwrap();
        for said in &self.said {
            witness.hear(&said);
        }
        assert!(status.success() || was_killed(status), "the child failed: {status}");
    }
}
