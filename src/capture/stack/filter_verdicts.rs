//! Clearing the verdicts of per-layer filters on an event that the audit layer takes.

use std::sync::LazyLock;
use tracing_core::subscriber::NoSubscriber;
use tracing_core::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Layered, SubscriberExt};

/// Clears the verdicts of per-layer filters on this event.
///
/// The filters keep them in a thread-local until the layers' `on_event`, which does not come for
/// an event that the audit layer takes: they would apply them to the next event instead.
/// `Layered::enabled` clears them when its layer answers no.
pub(crate) fn clear_filter_verdicts(metadata: &Metadata<'_>) {
    struct Deny;

    impl<S: Subscriber> Layer<S> for Deny {
        fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
            false
        }
    }

    static DENIED: LazyLock<Layered<Deny, NoSubscriber>> = LazyLock::new(|| NoSubscriber::new().with(Deny));

    let is_denied = !DENIED.enabled(metadata);
    debug_assert!(is_denied);
}
