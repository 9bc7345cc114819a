//! What an event costs: `audit!` beside the usual ways of `tracing` into a file.
//!
//! Each contender writes the same event, with the same field contents, as one line
//! into a file of the real file system. It runs in a process of its own, because a
//! global default subscriber can be set once, and one that is scoped costs more: the
//! benchmark runs itself again as a child for each contender, number of threads and
//! round. Rounds are interleaved, so that a busy minute of the machine meets all
//! contenders alike; what is shown are medians over the rounds.
//!
//! - *Time per event*: from the first thread's first event until the last one is
//!   handed to the operating system, divided by the number of events. Where a thread
//!   writes in the background, until that has written all.
//! - *Single calls*: how long the caller waits, one clock reading included. There is a
//!   separate run for these.
//!
//! Each child counts its lines in the end. A contender that loses any is told of, and
//! fails the benchmark; so does `audit!`, in a full run, if it is too slow.
//!
//! ```console
//! $ cargo bench --bench throughput
//! $ cargo bench --bench throughput -- --quick
//! $ cargo bench --bench throughput -- --events 1000000 --rounds 9
//! ```

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Barrier, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling;
use tracing_audit::events::ProviderSelected;
use tracing_audit::{AuditLayer, Outcome, audit};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::prelude::*;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if let Some(("child", run)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Run::from_arguments(run)?.execute()?;
        return Ok(ExitCode::SUCCESS);
    }
    let extent = Extent::from_arguments(&arguments)?;
    let table = Table::fill(&extent)?;
    table.print(&extent);
    let is_good = table.is_complete() && (table.is_fast_enough() || !extent.is_judged);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

// ---- What is written ----

const EVENT: &str = "provider.selected";

/// The contents of the event's fields.
struct Fields {
    user_sid: &'static str,
    session_id: &'static str,
    provider_name: &'static str,
    provider_kind: &'static str,
    endpoint_host: &'static str,
    strategy: &'static str,
    attempt: i64,
    trace_id: &'static str,
}

const FIELDS: Fields = Fields {
    user_sid: "S-1-5-21-3623811015-3361044348-30300820-10130",
    session_id: "9f2c4be17a60d358",
    provider_name: "whisper-cpp",
    provider_kind: "stt",
    endpoint_host: "127.0.0.1:8123",
    strategy: "local-only",
    attempt: 3,
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
};

/// The line of `audit!`, as it is when the log is some hundred thousand events old.
const READY_LINE: &str = concat!(
    r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"provider.selected","#,
    r#""actor":{"user_sid":"S-1-5-21-3623811015-3361044348-30300820-10130","session_id":"9f2c4be17a60d358"},"#,
    r#""resource":{"provider_name":"whisper-cpp","provider_kind":"stt","endpoint_host":"127.0.0.1:8123","#,
    r#""strategy":"local-only","attempt":3},"outcome":"success","#,
    r#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","seq":123456}"#,
    "\n"
);

// ---- The contenders ----

struct Contender {
    name: &'static str,
    /// Sets the process up to emit events, into files in this folder.
    set_up: fn(&Path) -> Result<Background>,
    emit: fn(&Fields),
    /// How many times as fast as the baseline it must be, on one thread.
    required: Option<f64>,
}

/// A thread that writes in the background, if there is one: dropped, it has written all.
type Background = Option<WorkerGuard>;

const CONTENDERS: [Contender; 6] = [
    Contender {
        name: "fmt JSON, Mutex<File>",
        set_up: fmt_into_file,
        emit: emit_runtime_event,
        required: None,
    },
    Contender {
        name: "fmt JSON, rolling daily",
        set_up: fmt_rolling_daily,
        emit: emit_runtime_event,
        required: None,
    },
    Contender {
        name: "fmt JSON, non_blocking lossless",
        set_up: fmt_non_blocking,
        emit: emit_runtime_event,
        required: None,
    },
    Contender { name: "audit!, free form", set_up: audit_log, emit: emit_free_form, required: Some(1.5) },
    Contender { name: "audit!, typed", set_up: audit_log, emit: emit_typed, required: Some(1.5) },
    Contender { name: "write(2) of a ready line", set_up: bare_file, emit: write_ready_line, required: None },
];

/// What the others are compared with.
const BASELINE: usize = 0;

fn fmt_into_file(folder: &Path) -> Result<Background> {
    init_fmt_json(Mutex::new(appended(&folder.join("fmt.log"))?));
    Ok(None)
}

fn fmt_rolling_daily(folder: &Path) -> Result<Background> {
    init_fmt_json(rolling::daily(folder, "fmt.log"));
    Ok(None)
}

fn fmt_non_blocking(folder: &Path) -> Result<Background> {
    let appender = rolling::daily(folder, "fmt.log");
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(appender);
    init_fmt_json(writer);
    Ok(Some(guard))
}

fn init_fmt_json<W>(writer: W)
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(fmt::layer().json().with_writer(writer)).init();
}

/// With a runtime log in the same stack, as in an application.
fn audit_log(folder: &Path) -> Result<Background> {
    let (layer, guard) = AuditLayer::builder(folder.join("audit")).open()?;
    tracing_subscriber::registry().with(fmt::layer().with_writer(io::sink)).with(layer).init();
    // Dropped, it would wait for the disk, and no other contender does.
    std::mem::forget(guard);
    Ok(None)
}

static BARE_FILE: OnceLock<File> = OnceLock::new();

fn bare_file(folder: &Path) -> Result<Background> {
    BARE_FILE.set(appended(&folder.join("bare.log"))?).map_err(|_| "the file is open already")?;
    Ok(None)
}

fn appended(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn emit_runtime_event(fields: &Fields) {
    tracing::info!(
        target: "audit",
        event = EVENT,
        actor.user_sid = fields.user_sid,
        actor.session_id = fields.session_id,
        resource.provider_name = fields.provider_name,
        resource.provider_kind = fields.provider_kind,
        resource.endpoint_host = fields.endpoint_host,
        resource.strategy = fields.strategy,
        resource.attempt = fields.attempt,
        outcome = Outcome::Success.as_str(),
        trace_id = fields.trace_id,
    );
}

fn emit_free_form(fields: &Fields) {
    audit!(
        "provider.selected",
        actor.user_sid = fields.user_sid,
        actor.session_id = fields.session_id,
        resource.provider_name = fields.provider_name,
        resource.provider_kind = fields.provider_kind,
        resource.endpoint_host = fields.endpoint_host,
        resource.strategy = fields.strategy,
        resource.attempt = fields.attempt,
        outcome = Outcome::Success,
        trace_id = fields.trace_id,
    );
}

fn emit_typed(fields: &Fields) {
    audit!(
        ProviderSelected {
            provider_name: fields.provider_name,
            provider_kind: fields.provider_kind,
            endpoint_host: fields.endpoint_host,
            strategy: fields.strategy,
            attempt: Some(fields.attempt),
        },
        actor.user_sid = fields.user_sid,
        actor.session_id = fields.session_id,
        outcome = Outcome::Success,
        trace_id = fields.trace_id,
    );
}

fn write_ready_line(_: &Fields) {
    let written = BARE_FILE.get().map(|mut file| file.write(black_box(READY_LINE).as_bytes()));
    // A line that is missing is counted in the end.
    drop(written);
}

// ---- One run of one contender, in a child process ----

#[derive(Clone, Copy, PartialEq)]
enum Measure {
    /// Time per event, on so many threads.
    TimePerEvent { threads: usize },
    /// Percentiles of single calls, on one thread.
    SingleCalls,
}

const MEASURES: [Measure; 4] = [
    Measure::TimePerEvent { threads: 1 },
    Measure::TimePerEvent { threads: 2 },
    Measure::TimePerEvent { threads: 8 },
    Measure::SingleCalls,
];

const PERCENTILES: [f64; 3] = [0.5, 0.99, 0.999];

/// What a child is told to do.
struct Run {
    contender: usize,
    measure: usize,
    events: usize,
    folder: PathBuf,
}

/// What a child has found.
struct Finding {
    /// Lines that are not there.
    missing: u64,
    line_bytes: u64,
    /// Nanoseconds: one figure for the time per event, one for each percentile.
    nanos: Vec<f64>,
}

impl Run {
    fn to_arguments(&self) -> [String; 5] {
        let Run { contender, measure, events, folder } = self;
        let folder = folder.display().to_string();
        ["child".to_owned(), contender.to_string(), measure.to_string(), events.to_string(), folder]
    }

    fn from_arguments(arguments: &[String]) -> Result<Run> {
        let [contender, measure, events, folder] = arguments else {
            return Err("a child needs four arguments".into());
        };
        let folder = PathBuf::from(folder);
        Ok(Run { contender: contender.parse()?, measure: measure.parse()?, events: events.parse()?, folder })
    }

    /// Runs as a child, and waits for what it finds.
    fn in_a_child(&self) -> Result<Finding> {
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
        // The last line: contenders may have something to print, too.
        let output = String::from_utf8(output.stdout)?;
        let line = output.lines().last().ok_or_else(|| format!("{name}: printed nothing"))?;
        Finding::from_line(line)
    }

    /// Measures, and prints what was found.
    fn execute(&self) -> Result<()> {
        let contender = &CONTENDERS[self.contender];
        let background = (contender.set_up)(&self.folder)?;
        let (emitted, nanos) = match MEASURES[self.measure] {
            Measure::TimePerEvent { threads } => self.time_per_event(contender, threads, background)?,
            Measure::SingleCalls => self.single_calls(contender, background)?,
        };
        let lines = Lines::read(&self.folder)?;
        let missing = (emitted as u64).saturating_sub(lines.count);
        println!("{}", Finding { missing, line_bytes: lines.longest, nanos }.to_line());
        Ok(())
    }

    fn time_per_event(
        &self,
        contender: &Contender,
        threads: usize,
        background: Background,
    ) -> Result<(usize, Vec<f64>)> {
        let each = self.events / threads;
        let warm_up = warm_up(each);
        let ready = Barrier::new(threads + 1);
        let spans = thread::scope(|scope| -> Result<Vec<(Instant, Instant)>> {
            let emit_all = || {
                emit(contender, warm_up);
                ready.wait(); // All are warm.
                ready.wait(); // Nothing is on its way any more.
                let begin = Instant::now();
                emit(contender, each);
                (begin, Instant::now())
            };
            let running = (0..threads).map(|_| scope.spawn(emit_all)).collect::<Vec<_>>();
            ready.wait();
            let settled = settle(&self.folder, warm_up * threads);
            ready.wait();
            settled?;
            running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked".into())).collect()
        })?;
        let writes_behind = background.is_some();
        drop(background);
        let written = Instant::now();
        let begin = spans.iter().map(|span| span.0).min().ok_or("no thread")?;
        let end = spans.iter().map(|span| span.1).max().ok_or("no thread")?;
        let elapsed = if writes_behind { written } else { end } - begin;
        let per_event = elapsed.as_nanos() as f64 / (each * threads) as f64;
        Ok(((warm_up + each) * threads, vec![per_event]))
    }

    fn single_calls(&self, contender: &Contender, background: Background) -> Result<(usize, Vec<f64>)> {
        let warm_up = warm_up(self.events);
        emit(contender, warm_up);
        settle(&self.folder, warm_up)?;
        let mut calls = Vec::with_capacity(self.events);
        for _ in 0..self.events {
            let begin = Instant::now();
            emit(contender, 1);
            calls.push(begin.elapsed());
        }
        drop(background);
        calls.sort_unstable();
        let percentile = |share: f64| calls[(calls.len() as f64 * share) as usize].as_nanos() as f64;
        Ok((warm_up + self.events, PERCENTILES.map(percentile).to_vec()))
    }
}

fn emit(contender: &Contender, events: usize) {
    for _ in 0..events {
        (contender.emit)(black_box(&FIELDS));
    }
}

fn warm_up(events: usize) -> usize {
    events / 10 + 100
}

/// Waits until that many lines are there: a background thread may still be at them.
/// Lines that don't come at all are counted in the end.
fn settle(folder: &Path, lines: usize) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Lines::read(folder)?.count < lines as u64 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// The lines about the event, in all files of a folder.
#[derive(Default)]
struct Lines {
    count: u64,
    /// In bytes, with the `\n`.
    longest: u64,
}

impl Lines {
    fn read(folder: &Path) -> Result<Lines> {
        let mut lines = Lines::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                lines.add(Lines::read(&path)?);
            } else {
                for line in fs::read_to_string(path)?.split_inclusive('\n').filter(|line| is_whole(line)) {
                    lines.add(Lines { count: 1, longest: line.len() as u64 });
                }
            }
        }
        Ok(lines)
    }

    fn add(&mut self, others: Lines) {
        self.count += others.count;
        self.longest = self.longest.max(others.longest);
    }
}

fn is_whole(line: &str) -> bool {
    line.starts_with('{') && line.contains(EVENT) && line.ends_with("}\n")
}

impl Finding {
    fn to_line(&self) -> String {
        let nanos = self.nanos.iter().map(|nanos| format!(" {nanos:.1}")).collect::<String>();
        format!("{} {}{nanos}", self.missing, self.line_bytes)
    }

    fn from_line(line: &str) -> Result<Finding> {
        let mut words = line.split(' ');
        let mut word = || words.next().ok_or_else(|| format!("not what a child prints: {line}"));
        let (missing, line_bytes) = (word()?.parse()?, word()?.parse()?);
        let nanos = words.map(str::parse).collect::<std::result::Result<_, _>>()?;
        Ok(Finding { missing, line_bytes, nanos })
    }
}

// ---- All runs, and what comes of them ----

/// How much is measured.
struct Extent {
    events: usize,
    rounds: usize,
    /// Whether it is enough to fail a contender that is too slow.
    is_judged: bool,
}

impl Extent {
    /// Without `--bench`, as from `cargo test --benches`, and with `--test`, it is only
    /// tried whether everything runs. Arguments that are meant for other harnesses are
    /// let pass.
    fn from_arguments(arguments: &[String]) -> Result<Extent> {
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let mut extent = if has("--test") || !has("--bench") {
            Extent { events: 800, rounds: 1, is_judged: false }
        } else if has("--quick") {
            Extent { events: 40_000, rounds: 3, is_judged: false }
        } else {
            Extent { events: 200_000, rounds: 5, is_judged: true }
        };
        for (name, place) in [("--events", &mut extent.events), ("--rounds", &mut extent.rounds)] {
            if let Some(at) = arguments.iter().position(|argument| argument == name) {
                let number = arguments.get(at + 1).ok_or_else(|| format!("{name} needs a number"))?;
                *place = number.parse::<usize>().map_err(|error| format!("{name} {number}: {error}"))?.max(1);
            }
        }
        // At least one for each of the threads.
        extent.events = extent.events.max(8);
        Ok(extent)
    }
}

/// For each measure and contender, what was found round by round.
struct Table([[Vec<Finding>; CONTENDERS.len()]; MEASURES.len()]);

impl Table {
    fn fill(extent: &Extent) -> Result<Table> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(target)?;
        let folder = tempfile::Builder::new().prefix("throughput-").tempdir_in(target)?;
        let mut table = Table(Default::default());
        for round in 0..extent.rounds {
            eprintln!("round {} of {} …", round + 1, extent.rounds);
            for (measure, row) in table.0.iter_mut().enumerate() {
                for (contender, findings) in row.iter_mut().enumerate() {
                    let folder = folder.path().join("run");
                    findings.push(Run { contender, measure, events: extent.events, folder }.in_a_child()?);
                }
            }
        }
        folder.close()?;
        Ok(table)
    }

    fn is_complete(&self) -> bool {
        (0..CONTENDERS.len()).all(|contender| self.missing(contender) == 0)
    }

    fn is_fast_enough(&self) -> bool {
        let one_thread = &self.0[0];
        (0..CONTENDERS.len()).all(|contender| {
            CONTENDERS[contender].required.is_none_or(|required| ratio(one_thread, contender) >= required)
        })
    }

    fn findings(&self, contender: usize) -> impl Iterator<Item = &Finding> {
        self.0.iter().flat_map(move |row| &row[contender])
    }

    fn missing(&self, contender: usize) -> u64 {
        self.findings(contender).map(|finding| finding.missing).sum()
    }

    fn print(&self, extent: &Extent) {
        println!("\nOne event with the same ten fields, as one line in a file, by six ways:\n");
        for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
            let bytes = self.findings(contender).map(|finding| finding.line_bytes).max().unwrap_or_default();
            println!("  {name:<34} lines of {bytes} bytes");
        }
        let Extent { events, rounds, .. } = extent;
        println!("\n{events} events a run; medians of {rounds} rounds, and the fastest and slowest round.");
        for (measure, row) in MEASURES.iter().zip(&self.0) {
            match measure {
                Measure::TimePerEvent { threads } => print_times(*threads, row),
                Measure::SingleCalls => print_percentiles(row),
            }
        }
        self.print_loss();
    }

    fn print_loss(&self) {
        println!();
        if cfg!(debug_assertions) {
            println!("This is a debug build: the times mean nothing.");
        }
        for (contender, Contender { name, .. }) in CONTENDERS.iter().enumerate() {
            let missing = self.missing(contender);
            if missing > 0 {
                println!("LOST: {missing} lines of `{name}` are not in the file.");
            }
        }
        if self.is_complete() {
            println!("All lines of all contenders are in their files.");
        }
    }
}

fn print_times(threads: usize, row: &[Vec<Finding>]) {
    let threads_text = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    let title = format!("{threads_text}, ns per event");
    println!("\n{title:<36}{:>9}{:>9}{:>9}   against fmt JSON", "median", "fastest", "slowest");
    for (contender, Contender { name, required, .. }) in CONTENDERS.iter().enumerate() {
        let Spread { median, fastest, slowest } = Spread::of(&row[contender], 0);
        let ratio = ratio(row, contender);
        let verdict = match required {
            Some(required) if threads == 1 && ratio < *required => {
                format!(", LESS than the {required} required")
            }
            Some(required) if threads == 1 => format!(", of {required} required"),
            _ => String::new(),
        };
        println!("  {name:<34}{median:>9.0}{fastest:>9.0}{slowest:>9.0}   {ratio:>5.2} x as fast{verdict}");
    }
}

/// How many times as fast as the baseline a contender is.
fn ratio(row: &[Vec<Finding>], contender: usize) -> f64 {
    Spread::of(&row[BASELINE], 0).median / Spread::of(&row[contender], 0).median
}

fn print_percentiles(row: &[Vec<Finding>]) {
    println!("\n{:<36}{:>9}{:>9}{:>9}", "1 thread, ns for a single call", "p50", "p99", "p99.9");
    for (Contender { name, .. }, findings) in CONTENDERS.iter().zip(row) {
        print!("  {name:<34}");
        for percentile in 0..PERCENTILES.len() {
            print!("{:>9.0}", Spread::of(findings, percentile).median);
        }
        println!();
    }
}

/// How one figure comes out over the rounds.
struct Spread {
    median: f64,
    fastest: f64,
    slowest: f64,
}

impl Spread {
    fn of(findings: &[Finding], figure: usize) -> Spread {
        let mut nanos = findings.iter().map(|finding| finding.nanos[figure]).collect::<Vec<_>>();
        nanos.sort_unstable_by(f64::total_cmp);
        Spread { median: nanos[nanos.len() / 2], fastest: nanos[0], slowest: nanos[nanos.len() - 1] }
    }
}
