//! Writes the day files of a large journal that ends now, as an application would have written them: for
//! measuring readers. The same arguments on the same day give the same records, but for their times.
//!
//! ```console
//! $ cargo run --release --example large_journal -- target/large 10000000 30
//! ```
//!
//! The arguments are a new directory, how many records, and over how many days. Ten million records take 2.4 GB.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;
use tracing_audit::record::Timestamp;
use tracing_audit::{Actor, ActorKind, Outcome, Record};

/// Numbers that look random, the same each time (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}

const PROVIDERS: [&str; 12] = [
    "whisper-cpp",
    "whisper-large",
    "vosk",
    "deepgram",
    "azure-speech",
    "google-stt",
    "aws-transcribe",
    "assembly",
    "speechmatics",
    "coqui",
    "kaldi",
    "nemo",
];

fn actor(random: &mut Random) -> Actor {
    let user = random.below(5_000);
    match random.below(20) {
        0 => Actor::new().kind(ActorKind::System),
        1..=2 => Actor::new().user_sid(format!("S-1-5-21-3623811015-3361044348-30300820-{user}")),
        3..=6 => Actor::new().user_id(format!("user-{user}")).tenant(format!("tenant-{}", user % 40)),
        _ => Actor::new().user_id(format!("user-{user}")),
    }
}

fn record(random: &mut Random) -> Record {
    let record = match random.below(100) {
        0..=4 => Record::new("auth.failed")
            .resource("reason", random.one_of(&["bad password", "locked out", "kein \"Zugang\"", "expired"]))
            .resource("attempts", random.below(6))
            .outcome(Outcome::Failure),
        5..=24 => Record::new("auth.ok").resource("method", random.one_of(&["password", "oidc", "passkey"])),
        25..=64 => Record::new("provider.selected")
            .resource("provider_name", random.one_of(&PROVIDERS))
            .resource("provider_kind", random.one_of(&["stt", "tts", "llm"]))
            .resource("attempt", random.below(4))
            .resource("latency_ms", random.below(100_000) as f64 / 64.0),
        65..=79 => Record::new("settings.changed")
            .resource("type", "settings")
            .resource("id", format!("profile-{}", random.below(3_000)))
            .resource("changes", [("field", random.one_of(&["language", "größe", "hotkey", "a\\b\n"]))])
            .resource("revision", u64::MAX - random.below(1_000)),
        80..=94 => Record::new(random.one_of(&["mode.start", "mode.stop"]))
            .resource("mode", random.one_of(&["dictation", "agent", "meeting"]))
            .resource("requires", [random.one_of(&["microphone", "network"]), "disk"]),
        _ => Record::new("privacy.export").resource("bytes", random.below(1 << 40)),
    };
    let record = record.actor(actor(random));
    match random.below(8) {
        0 => record.trace_id(format!("{:016x}{:016x}", random.below(u64::MAX), random.below(u64::MAX))),
        _ => record,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("{what} is missing: DIRECTORY RECORDS DAYS"));
    let dir = PathBuf::from(next("the directory")?);
    let (records, days) =
        (next("the number of records")?.parse::<u64>()?, next("the number of days")?.parse::<u64>()?);
    fs::create_dir_all(&dir)?;
    let end = Timestamp::from(SystemTime::now()).unix_nanos();
    let step = i128::from(days) * 86_400_000_000_000 / i128::from(records.max(1));
    let mut random = Random(1);
    let mut open = None::<(String, BufWriter<File>)>;
    for seq in 0..records {
        let mut record = record(&mut random);
        let ts = Timestamp::from_unix_nanos(end - step * i128::from(records - 1 - seq));
        (record.ts, record.seq) = (Some(ts), Some(seq));
        let day = ts.to_string()[..10].to_owned();
        let file = match &mut open {
            Some((open_day, file)) if *open_day == day => file,
            open => {
                if let Some((_, mut file)) = open.take() {
                    file.flush()?;
                }
                let file = File::create_new(dir.join(format!("audit-{day}.log")))?;
                &mut open.insert((day, BufWriter::with_capacity(1 << 20, file))).1
            }
        };
        writeln!(file, "{record}")?;
    }
    if let Some((_, mut file)) = open {
        file.flush()?;
    }
    Ok(())
}
