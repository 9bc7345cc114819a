//! The event, and a clock by which two days pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tracing_audit::audit;
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;

/// Emits an event of some 220 bytes.
pub(crate) fn emit() {
    audit!(
        "data.read",
        actor.user_id = "u-2048",
        resource.type = "contract",
        resource.id = "2026/0417",
        resource.name = "lease.pdf",
        resource.client = "10.20.30.40",
    );
}

/// The machine's clock, a day before.
#[derive(Clone, Debug, Default)]
pub(crate) struct DayBefore {
    is_over: Arc<AtomicBool>,
}

impl DayBefore {
    /// Has the machine's time come.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl Clock for DayBefore {
    fn now(&self) -> Timestamp {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        let back = if self.is_over.load(Ordering::Relaxed) { Duration::ZERO } else { DAY };
        Timestamp::from(SystemTime::now() - back)
    }
}
