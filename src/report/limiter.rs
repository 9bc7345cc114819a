//! Limiting the rate of reports.

use crate::lock::lock;
use std::sync::Mutex;
use std::time::Instant;

/// Lets ten reports pass at once, and one per second after that.
#[derive(Debug)]
pub(crate) struct Limiter(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: u64,
    filled: Option<Instant>,
    suppressed: u64,
}

impl Limiter {
    const BURST: u64 = 10;

    pub(crate) const fn new() -> Limiter {
        Limiter(Mutex::new(Bucket { tokens: Limiter::BURST, filled: None, suppressed: 0 }))
    }

    /// Counts a report as held back.
    pub(super) fn suppress(&self) {
        lock(&self.0).suppressed += 1;
    }

    /// Returns how many reports were held back before this one, which may pass, or `None` if this
    /// one is held back, too.
    pub(crate) fn permit(&self) -> Option<u64> {
        let mut bucket = lock(&self.0);
        let now = Instant::now();
        let filled = *bucket.filled.get_or_insert(now);
        let seconds = now.duration_since(filled).as_secs();
        if seconds > 0 {
            bucket.tokens = (bucket.tokens + seconds).min(Limiter::BURST);
            bucket.filled = Some(now);
        }
        if bucket.tokens == 0 {
            bucket.suppressed += 1;
            return None;
        }
        bucket.tokens -= 1;
        Some(std::mem::take(&mut bucket.suppressed))
    }
}
