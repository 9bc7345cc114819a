//! How long a follower waits before it tries again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// The longest that a receiver may ask for.
const LONGEST_WANTED: Duration = Duration::from_secs(3600);

/// Twice as long each time, of which between a half and the whole is waited: so that those who
/// were sent away together do not come back together.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff { next: FIRST }
    }

    /// How long to wait now, `wanted` at the least.
    pub(super) fn wait(&mut self, wanted: Option<Duration>) -> Duration {
        let longest = self.next;
        self.next = (2 * longest).min(LONGEST);
        let mut random = [0; 4];
        // Without chance, it is the whole.
        let part = getrandom::fill(&mut random)
            .map_or(1.0, |()| 0.5 + f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX) / 2.0);
        longest.mul_f64(part).max(wanted.unwrap_or_default().min(LONGEST_WANTED))
    }

    /// It works again, or somebody wants to see whether it does.
    pub(super) fn reset(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_up_to_half_a_minute_and_begins_anew() {
        let mut backoff = Backoff::new();
        for longest in [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000] {
            let (wait, longest) = (backoff.wait(None), Duration::from_millis(longest));
            assert!(wait >= longest / 2 && wait <= longest, "{wait:?} of {longest:?}");
        }
        backoff.reset();
        assert!(backoff.wait(None) <= FIRST);
    }

    #[test]
    fn what_the_receiver_wants_is_waited_an_hour_at_the_most() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.wait(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.wait(Some(Duration::MAX)), Duration::from_secs(3600));
        assert!(backoff.wait(Some(Duration::ZERO)) >= FIRST);
    }
}
