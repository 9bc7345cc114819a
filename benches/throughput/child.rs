//! One run of one contender, in a process of its own.

use crate::Result;
use crate::allocations::allocations_in;
use crate::arrival::{self, Lines};
use crate::contenders::{Background, CONTENDERS, Contender};
use crate::measure::{MEASURES, Measure, PACE, PERCENTILES};
use crate::{cpu, memory};
use std::fs;
use std::hint::spin_loop;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};
use tracing::subscriber;
use tracing_audit::{AuditLayer, Durability};
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// The orders of a child.
pub(crate) struct Run {
    pub(crate) contender: usize,
    /// Its place in `MEASURES`.
    pub(crate) measure: usize,
    pub(crate) events: usize,
    pub(crate) folder: PathBuf,
}

/// The results of a child.
pub(crate) struct Finding {
    /// The number of missing lines.
    pub(crate) missing: u64,
    pub(crate) line_bytes: u64,
    /// The figures of the measure: one, or one for each percentile.
    pub(crate) figures: Vec<f64>,
}

impl Run {
    fn to_arguments(&self) -> [String; 5] {
        let Run { contender, measure, events, folder } = self;
        let folder = folder.display().to_string();
        ["child".to_owned(), contender.to_string(), measure.to_string(), events.to_string(), folder]
    }

    pub(crate) fn from_arguments(arguments: &[String]) -> Result<Run> {
        let [contender, measure, events, folder] = arguments else {
            return Err("a child needs four arguments".into());
        };
        let folder = PathBuf::from(folder);
        Ok(Run { contender: contender.parse()?, measure: measure.parse()?, events: events.parse()?, folder })
    }

    /// Runs as a child, and waits for its results.
    pub(crate) fn in_a_child(&self) -> Result<Finding> {
        fs::create_dir(&self.folder)?;
        let output = Command::new(std::env::current_exe()?)
            .args(self.to_arguments())
            .env_remove("RUST_LOG")
            .stderr(Stdio::inherit())
            .output()?;
        fs::remove_dir_all(&self.folder)?;
        let name = CONTENDERS[self.contender].name;
        if !output.status.success() {
            return Err(format!("{name}: {}", output.status).into());
        }
        // The last line: contenders may print others before.
        let output = String::from_utf8(output.stdout)?;
        let line = output.lines().last().ok_or_else(|| format!("{name}: printed nothing"))?;
        Finding::from_line(line)
    }

    /// Measures, and prints the results.
    pub(crate) fn execute(&self) -> Result<()> {
        let contender = &CONTENDERS[self.contender];
        let measure = MEASURES[self.measure];
        let finding = if measure == Measure::Reopening {
            self.reopening(contender)?
        } else if let Measure::Synced { threads } = measure {
            self.synced(contender, threads)?
        } else if let Measure::CpuPerEvent { threads } = measure {
            let background = (contender.set_up)(&self.folder)?;
            self.cpu_per_event(contender, threads, background)?
        } else {
            let background = (contender.set_up)(&self.folder)?;
            let finding = match measure {
                Measure::TimePerEvent { threads } => self.time_per_event(contender, threads)?,
                Measure::Growth => self.time_per_event(contender, 1)?,
                Measure::SingleCalls => self.calls(contender, || ())?,
                Measure::PacedCalls => self.calls(contender, pace())?,
                Measure::Allocations => self.allocations(contender)?,
                Measure::Memory => self.memory(contender)?,
                Measure::CpuPerEvent { .. } | Measure::Reopening | Measure::Synced { .. } => {
                    unreachable!("they close the log themselves")
                }
            };
            background.leave();
            finding
        };
        println!("{}", finding.to_line());
        Ok(())
    }

    fn time_per_event(&self, contender: &Contender, threads: usize) -> Result<Finding> {
        let each = self.events / threads;
        let warm_up = warm_up(each);
        let ready = Barrier::new(threads + 1);
        let begins = thread::scope(|scope| -> Result<Vec<Instant>> {
            let emit_all = || {
                contender.emit(warm_up);
                ready.wait(); // All are warm.
                ready.wait(); // Nothing is on its way any more.
                let begin = Instant::now();
                contender.emit(each);
                begin
            };
            let running = (0..threads).map(|_| scope.spawn(emit_all)).collect::<Vec<_>>();
            ready.wait();
            let settled = arrival::wait_for(warm_up * threads, &self.folder);
            ready.wait();
            settled?;
            running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked".into())).collect()
        })?;
        let emitted = (warm_up + each) * threads;
        let arrival = arrival::wait_for(emitted, &self.folder)?;
        let begin = begins.into_iter().min().ok_or("no thread")?;
        let per_event = (arrival.at - begin).as_nanos() as f64 / (each * threads) as f64;
        Ok(Finding::new(emitted, &arrival.lines, vec![per_event]))
    }

    /// Lines are counted only afterwards, since that costs as well.
    fn cpu_per_event(
        &self,
        contender: &Contender,
        threads: usize,
        background: Background,
    ) -> Result<Finding> {
        let each = self.events / threads;
        let warm_up = self.warm_up(contender)?;
        let begin = cpu::nanos()?;
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| contender.emit(each));
            }
        });
        background.close()?;
        arrival::sync_all(&self.folder)?;
        let per_event = (cpu::nanos()? - begin) as f64 / (each * threads) as f64;
        let emitted = warm_up + each * threads;
        Ok(Finding::new(emitted, &arrival::wait_for(emitted, &self.folder)?.lines, vec![per_event]))
    }

    /// Calls `wait` before each call.
    fn calls(&self, contender: &Contender, mut wait: impl FnMut()) -> Result<Finding> {
        let warm_up = self.warm_up(contender)?;
        let mut calls = Vec::with_capacity(self.events);
        for _ in 0..self.events {
            wait();
            let begin = Instant::now();
            contender.emit(1);
            calls.push(begin.elapsed());
        }
        let emitted = warm_up + self.events;
        let lines = arrival::wait_for(emitted, &self.folder)?.lines;
        calls.sort_unstable();
        let percentile = |(_, share)| calls[(calls.len() as f64 * share) as usize].as_nanos() as f64;
        Ok(Finding::new(emitted, &lines, PERCENTILES.map(percentile).to_vec()))
    }

    fn allocations(&self, contender: &Contender) -> Result<Finding> {
        let warm_up = self.warm_up(contender)?;
        let allocations = allocations_in(|| contender.emit(self.events));
        let emitted = warm_up + self.events;
        let lines = arrival::wait_for(emitted, &self.folder)?.lines;
        Ok(Finding::new(emitted, &lines, vec![allocations as f64 / self.events as f64]))
    }

    fn memory(&self, contender: &Contender) -> Result<Finding> {
        let idle = memory::peak_kib()?;
        contender.emit(self.events);
        // Counting lines needs memory, so it comes after that.
        arrival::wait_until_still(&self.folder, Duration::from_millis(100))?;
        let peak = memory::peak_kib()?;
        let lines = arrival::wait_for(self.events, &self.folder)?.lines;
        Ok(Finding::new(self.events, &lines, vec![idle as f64, peak as f64]))
    }

    /// The log was closed in order, and its files are in the page cache.
    fn reopening(&self, contender: &Contender) -> Result<Finding> {
        const TIMES: usize = 5;
        const PATIENCE: Duration = Duration::from_secs(60);
        let open = || AuditLayer::builder(self.folder.join("audit")).open();
        let (layer, guard) = open()?;
        // The global default would keep the log open.
        subscriber::with_default(tracing_subscriber::registry().with(layer), || contender.emit(self.events));
        guard.shutdown(PATIENCE)?;
        let mut millis = Vec::new();
        for _ in 0..TIMES {
            let begin = Instant::now();
            let (layer, guard) = open()?;
            millis.push(begin.elapsed().as_secs_f64() * 1e3);
            drop(layer);
            guard.shutdown(PATIENCE)?;
        }
        millis.sort_unstable_by(f64::total_cmp);
        let lines = arrival::wait_for(self.events, &self.folder)?.lines;
        Ok(Finding::new(self.events, &lines, vec![millis[TIMES / 2]]))
    }

    /// Each call waits for the disk.
    fn synced(&self, contender: &Contender, threads: usize) -> Result<Finding> {
        let builder = AuditLayer::builder(self.folder.join("audit")).durability(Durability::PowerLoss);
        let (layer, guard) = builder.sync_deadline(Duration::MAX).append_deadline(Duration::MAX).open()?;
        tracing_subscriber::registry().with(fmt::layer().with_writer(io::sink)).with(layer).init();
        let each = self.events / threads;
        contender.emit(1);
        let ready = Barrier::new(threads);
        let emit_all = || {
            ready.wait();
            let begin = Instant::now();
            contender.emit(each);
            (begin, Instant::now())
        };
        let runs = thread::scope(|scope| -> Result<Vec<(Instant, Instant)>> {
            let running = (0..threads).map(|_| scope.spawn(emit_all)).collect::<Vec<_>>();
            running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked".into())).collect()
        })?;
        let stats = guard.handle().stats();
        if stats.refused > 0 || stats.synced_seq < stats.last_seq {
            return Err(format!("not all is on disk: {stats:?}").into());
        }
        let begin = runs.iter().map(|(begin, _)| *begin).min().ok_or("no thread")?;
        let end = runs.iter().map(|(_, end)| *end).max().ok_or("no thread")?;
        let emitted = 1 + each * threads;
        let lines = arrival::wait_for(emitted, &self.folder)?.lines;
        let per_second = (each * threads) as f64 / (end - begin).as_secs_f64();
        Ok(Finding::new(emitted, &lines, vec![per_second]))
    }

    /// Emits some events, and waits until their lines have arrived.
    fn warm_up(&self, contender: &Contender) -> Result<usize> {
        let warm_up = warm_up(self.events);
        contender.emit(warm_up);
        arrival::wait_for(warm_up, &self.folder)?;
        Ok(warm_up)
    }
}

fn warm_up(events: usize) -> usize {
    (events / 10 + 100).min(20_100)
}

/// Waits for the next multiple of `PACE`. Missed ones are skipped, so that a slow call is not followed by a burst.
fn pace() -> impl FnMut() {
    let begin = Instant::now();
    let mut ticks = 0;
    move || {
        let passed = (begin.elapsed().as_nanos() / PACE.as_nanos()) as u32;
        ticks = passed.max(ticks) + 1;
        while begin.elapsed() < PACE * ticks {
            spin_loop();
        }
    }
}

impl Finding {
    fn new(emitted: usize, lines: &Lines, figures: Vec<f64>) -> Finding {
        let missing = (emitted as u64).saturating_sub(lines.count);
        Finding { missing, line_bytes: lines.longest, figures }
    }

    fn to_line(&self) -> String {
        let figures = self.figures.iter().map(|figure| format!(" {figure:.3}")).collect::<String>();
        format!("{} {}{figures}", self.missing, self.line_bytes)
    }

    fn from_line(line: &str) -> Result<Finding> {
        let mut words = line.split(' ');
        let mut word = || words.next().ok_or_else(|| format!("not what a child prints: {line}"));
        let (missing, line_bytes) = (word()?.parse()?, word()?.parse()?);
        let figures = words.map(str::parse).collect::<std::result::Result<_, _>>()?;
        Ok(Finding { missing, line_bytes, figures })
    }
}
