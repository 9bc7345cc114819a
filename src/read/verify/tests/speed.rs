//! How fast a verification is: run with `cargo test --release --lib read::verify -- --ignored --nocapture`, under
//! `taskset -c 0` for one processor.

use super::five_days::kinds;
use super::writer::Writer;
use crate::read::verify::verify;
use std::time::Instant;

#[test]
#[ignore = "a measurement, of an optimized build"]
#[allow(clippy::print_stdout, reason = "it is a measurement")]
fn lines_are_verified_at_the_speed_of_hashing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(folder.path(), 0);
    writer.bulk(1_000_000);
    writer.next_file("audit-2026-11-21.log", "2026-11-21");
    writer.bulk(1_000_000);
    writer.checkpoint();
    for _ in 0..3 {
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let found = verify(folder.path()).run().unwrap();
        assert_eq!(kinds(&found), []);
        let (seconds, bytes) = (start.elapsed().as_secs_f64(), found.facts().bytes as f64);
        let records = found.facts().records as f64;
        let of_cpu = bytes / (cpu_seconds() - cpu) / 1e9;
        let of_time = bytes / seconds / 1e9;
        println!(
            "{of_time:.2} GB/s, {of_cpu:.2} GB for a second of a processor, {:.0} bytes a line",
            bytes / records
        );
    }
}

/// Returns how long processors have worked for this process.
fn cpu_seconds() -> f64 {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }
    #[cfg(not(unix))]
    {
        0.0
    }
}
