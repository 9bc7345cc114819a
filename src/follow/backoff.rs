//! The pauses between attempts.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// The longest pause that a receiver may demand.
const LONGEST_DEMAND: Duration = Duration::from_secs(3600);

/// Pauses that double each time, with jitter: each is between half and all of the nominal pause, so
/// that many senders do not return at the same instant.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff { next: FIRST }
    }

    /// Returns the next pause, which is at least `demanded`.
    pub(super) fn wait(&mut self, demanded: Option<Duration>) -> Duration {
        let longest = self.next;
        self.next = (2 * longest).min(LONGEST);
        let mut random = [0; 4];
        // Without randomness, it is the whole pause.
        let part = getrandom::fill(&mut random)
            .map_or(1.0, |()| 0.5 + f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX) / 2.0);
        longest.mul_f64(part).max(demanded.unwrap_or_default().min(LONGEST_DEMAND))
    }

    /// Begins again with the shortest pause.
    pub(super) fn reset(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_half_a_minute_and_begin_again_after_a_reset() {
        let mut backoff = Backoff::new();
        for longest in [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000] {
            let (wait, longest) = (backoff.wait(None), Duration::from_millis(longest));
            assert!(wait >= longest / 2 && wait <= longest, "{wait:?} of {longest:?}");
        }
        backoff.reset();
        assert!(backoff.wait(None) <= FIRST);
    }

    #[test]
    fn the_receiver_may_demand_an_hour_at_most() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.wait(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.wait(Some(Duration::MAX)), Duration::from_secs(3600));
        assert!(backoff.wait(Some(Duration::ZERO)) >= FIRST);
    }
}
