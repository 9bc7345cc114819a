//! What the records say that the log has written about itself.

use super::super::evidence::signer::BySigner;
use super::piece::{Notable, Ts, What, time_of};
use super::scan::Place;
use crate::record::{Record, SETTINGS, VIOLATIONS, Value};
use crate::seal::{Checkpoint, SignedNote};
use std::ops::Range;
use std::time::Duration;

/// So many records of a kind are kept.
const MOST: usize = 100_000;

/// So many records behind a pause are looked at for one that explains it.
const NEAR: u64 = 4;

/// A record of the log about itself.
#[derive(Clone, Debug)]
pub(in crate::read) struct Control {
    /// The position of its file in the listing.
    pub(in crate::read) file: usize,
    pub(in crate::read) place: Place,
    pub(in crate::read) seq: u64,
    pub(in crate::read) said: Said,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::read) enum Said {
    Opened {
        journal: Option<String>,
    },
    /// Sealing is turned off from here on.
    NotSealed,
    /// No day file has a record before this number.
    KeptFrom(u64),
    Pruned {
        file: String,
        sha256: String,
    },
    Lost(Range<u64>),
    Gap {
        count: u64,
    },
    ClockStep {
        seconds: String,
    },
    Adopted {
        file: String,
        bytes: u64,
        sha256: String,
    },
    /// A checkpoint that the signer has signed.
    Signed(Checkpoint),
    /// A signature that is said to be by the signer, and is not valid.
    BadSignature(String),
    /// Lines in this file are not the log's.
    Altered {
        file: String,
    },
    /// A pause of more than twice the interval of heartbeats.
    Silence {
        from: Ts,
        to: Ts,
    },
}

/// What the records of all files say.
#[derive(Debug, Default)]
pub(in crate::read) struct Controls {
    pub(in crate::read) said: Vec<Control>,
    /// What the signer has signed, if its key is known.
    pub(in crate::read) signed: Vec<Control>,
    signer: BySigner,
    /// The interval of `log.heartbeat`, where a record has said it.
    heartbeat: Option<Duration>,
    boot: Option<String>,
    /// The number of the last `log.closed`.
    closed: Option<u64>,
    /// A pause that the next records may explain.
    pause: Option<(Control, u64)>,
}

impl Controls {
    /// Returns none so far, of a log with this signer.
    pub(super) fn of(signer: &BySigner) -> Controls {
        Controls { signer: signer.clone(), ..Controls::default() }
    }

    /// Adds what was found in a file.
    pub(in crate::read) fn add(&mut self, file: usize, notable: Notable) {
        let place = Place { line: notable.line, byte: notable.byte };
        match notable.what {
            What::Pause { seq, from, to } => self.pause(file, place, seq, &from, &to),
            What::Control { seq, line } => {
                // One with violations is an event of the application's that has this name.
                if let Ok(record) = Record::from_newer_line(&line)
                    && record.resource.get(VIOLATIONS).is_none()
                {
                    self.control(&record, &mut |said| Control { file, place, seq, said }, seq);
                }
            }
            What::Back { .. } | What::Original | What::Foreign => {}
        }
    }

    /// Takes note of a pause between two files.
    pub(in crate::read) fn pause(&mut self, file: usize, place: Place, seq: u64, from: &Ts, to: &Ts) {
        self.settle(seq);
        let (Some(heartbeat), Some(start), Some(end)) = (self.heartbeat, time_of(from), time_of(to)) else {
            return;
        };
        let nanos = end.unix_nanos() - start.unix_nanos();
        // What was found when the files were closed or opened may be between.
        let was_closed = self.closed.is_some_and(|closed| closed < seq && closed + NEAR >= seq);
        if nanos > 2 * heartbeat.as_nanos() as i128 && !was_closed {
            let said = Said::Silence { from: *from, to: *to };
            self.pause = Some((Control { file, place, seq, said }, seq));
        }
    }

    /// Adds the pause that is held, once the records behind it are too far away to explain it.
    fn settle(&mut self, seq: u64) {
        if let Some((control, at)) = self.pause.take_if(|(_, at)| seq > *at + NEAR) {
            let _: u64 = at;
            self.push(control);
        }
    }

    /// Ends the search.
    pub(in crate::read) fn end(&mut self) {
        self.settle(u64::MAX);
    }

    fn push(&mut self, control: Control) {
        if self.said.len() < MOST {
            self.said.push(control);
        }
    }

    fn control(&mut self, record: &Record, of: &mut dyn FnMut(Said) -> Control, seq: u64) {
        self.settle(seq);
        let resource = &record.resource;
        let number = |key: &str| resource.get(key).and_then(Value::as_u64);
        let text = |key: &str| resource.get(key).and_then(Value::as_str).map(str::to_owned);
        let lost = number("from_seq").zip(number("to_seq")).filter(|(from, to)| from <= to && *to < seq);
        let lost = lost.map(|(from, to)| Said::Lost(from..to + 1));
        let mut said = Vec::new();
        if let Some(kept_from) = number("kept_from_seq").filter(|kept_from| *kept_from <= seq) {
            said.push(Said::KeptFrom(kept_from));
        }
        let mut explains = false;
        match record.event.as_str() {
            "log.opened" => {
                let boot = text("boot");
                explains = boot != self.boot || boot.is_none();
                self.boot = boot;
                said.push(Said::Opened { journal: text("journal") });
            }
            "log.closed" => self.closed = Some(seq),
            "log.recovered" => {
                explains = true;
                if let (Some(file), Some(_)) = (text("file"), number("unreadable_lines")) {
                    said.push(Said::Altered { file });
                }
            }
            "log.file_altered" => said.extend(text("file").map(|file| Said::Altered { file })),
            "log.pruned" => {
                if let (Some(file), Some(sha256)) = (text("file"), text("sha256")) {
                    said.push(Said::Pruned { file, sha256 });
                }
                // Of a file that was pruned before it was sealed, the records count as lost.
                said.extend(lost);
            }
            "log.file_lost" => said.extend(lost),
            "log.checkpoint" if !self.signer.keys.is_empty() => {
                let note = text("checkpoint").and_then(|text| text.parse::<SignedNote>().ok());
                if let Some(note) = note
                    && let Ok(checkpoint) = note.text().parse::<Checkpoint>()
                {
                    match self.signer.has_signed(&note) {
                        Ok(true) => self.signed.push(of(Said::Signed(checkpoint))),
                        Ok(false) => {}
                        Err(reason) => self.signed.push(of(Said::BadSignature(reason))),
                    }
                }
            }
            "log.gap" => said.push(Said::Gap { count: number("count").unwrap_or(0) }),
            "log.clock_step" => {
                explains = true;
                let seconds = resource.get("step_seconds").map(ToString::to_string).unwrap_or_default();
                said.push(Said::ClockStep { seconds });
            }
            "log.adopted" => {
                if let (Some(file), Some(bytes), Some(sha256)) =
                    (text("file"), number("bytes"), text("sha256"))
                {
                    said.push(Said::Adopted { file, bytes, sha256 });
                }
            }
            _ => {}
        }
        if explains {
            self.pause = None;
        }
        if let Some(Value::Object(settings)) = resource.get(SETTINGS) {
            if record.event == "log.opened" && settings.get("seal") == Some(&Value::Bool(false)) {
                said.push(Said::NotSealed);
            }
            let heartbeat = settings.get("heartbeat_interval").and_then(Value::as_str);
            let heartbeat = heartbeat.and_then(|text| humantime::parse_duration(text).ok());
            // Zero: there are none.
            self.heartbeat = heartbeat.filter(|interval| !interval.is_zero());
        }
        said.into_iter().for_each(|said| self.push(of(said)));
    }
}
