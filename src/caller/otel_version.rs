//! Whether a stack has an `OpenTelemetryLayer` of another version of tracing-opentelemetry than this crate's.
//! No look-up finds the traces of its spans.
//!
//! The name of a type has no version, and the type by which a version finds its layer is private to it. So a
//! subscriber of this module notes which type a look-up asks it for; the stack is then asked for the same
//! type. Best effort: an `OpenTelemetryLayer` in a `Box`, above the audit layer or behind `reload` is not seen.

use crate::lock::lock;
use std::any::{TypeId, type_name};
use std::sync::{Arc, Mutex, OnceLock};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Interest, LevelFilter, Metadata, Subscriber, callsite};
use tracing_subscriber::layer::{Identity, Layer};
use tracing_subscriber::registry::Registry;

/// The versions are those of `Cargo.toml`, as a table in `lib.rs` has them.
const WARNING: &str = "audit events get no trace id from the spans of this stack: its `OpenTelemetryLayer` is of another \
     version of tracing-opentelemetry; tracing-audit 0.1 goes with tracing-opentelemetry 0.34 and opentelemetry 0.33 \
     (tracing-opentelemetry 0.33 goes with opentelemetry 0.32, and 0.32 with 0.31)";

/// Returns a warning if the name of this subscriber's type has an `OpenTelemetryLayer` in it, which the look-up
/// of a span's trace does not find.
pub(crate) fn version_warning<S: Subscriber>(below: &S) -> Option<&'static str> {
    let wrapped_in = wrapper(type_name::<S>())?;
    if wrapped_in.contains("reload::Layer<") {
        return None;
    }
    let asked = asked_types();
    let finds_absent = asked.absent.iter().any(|id| answers(below, *id));
    if finds_absent && (wrapped_in.contains("Option<") || wrapped_in.contains("Vec<")) {
        // There may be no layer at all.
        return None;
    }
    let is_found = asked.context.iter().any(|id| answers(below, *id));
    (!is_found && !asked.context.is_empty()).then_some(WARNING)
}

/// Returns what the first `OpenTelemetryLayer` in the name of a stack's type is wrapped in, such as `Option<`;
/// `None` if there is none.
fn wrapper(stack: &str) -> Option<&str> {
    let at = stack.find("tracing_opentelemetry::layer::")?;
    if !stack[at..].contains("OpenTelemetryLayer<") {
        return None;
    }
    stack[..at].rsplit("Layered<").next()
}

/// The types that stacks are asked for.
struct AskedTypes {
    /// By the look-up of a span's trace: empty if that does not ask for any.
    context: Vec<TypeId>,
    /// By `tracing-subscriber`, to find out whether a layer is absent, as `None` is.
    absent: Vec<TypeId>,
}

/// Returns these types. The first call asks for them.
fn asked_types() -> &'static AskedTypes {
    static TYPES: OnceLock<AskedTypes> = OnceLock::new();
    TYPES.get_or_init(|| {
        let listener = Listener::default();
        let asked = Arc::clone(&listener.asked);
        let dispatch = Dispatch::new(listener.clone());
        lock(&asked).clear();
        // It finds nothing, and so does nothing with the span's id.
        drop(tracing_opentelemetry::get_otel_context(&Id::from_u64(1), &dispatch));
        drop(dispatch);
        // The listener had a vote in it.
        callsite::rebuild_interest_cache();
        let context = std::mem::take(&mut *lock(&asked));
        Identity::new().with_subscriber(listener).max_level_hint();
        let mut absent = std::mem::take(&mut *lock(&asked));
        absent.retain(|id| is_of_an_absent_layer(*id));
        AskedTypes { context, absent }
    })
}

/// Returns whether the subscriber has something of this type.
#[allow(unsafe_code)]
fn answers<S: Subscriber>(subscriber: &S, id: TypeId) -> bool {
    // SAFETY: the pointer is not used.
    unsafe { subscriber.downcast_raw(id) }.is_some()
}

/// Returns whether an absent layer answers for this type, and not for its own type.
#[allow(unsafe_code)]
fn is_of_an_absent_layer(id: TypeId) -> bool {
    // SAFETY: the pointer is not used.
    let answer = unsafe { <Option<Identity> as Layer<Registry>>::downcast_raw(&None, id) };
    answer.is_some() && id != TypeId::of::<Option<Identity>>()
}

/// A subscriber without spans and events, which notes the types that it is asked for.
#[derive(Clone, Debug, Default)]
struct Listener {
    asked: Arc<Mutex<Vec<TypeId>>>,
}

impl Subscriber for Listener {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::never()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::OFF)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    #[allow(unsafe_code)]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        lock(&self.asked).push(id);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::reload;

    /// Types with the names of another version's.
    mod another {
        pub(super) mod tracing_opentelemetry {
            pub(in super::super) mod layer {
                use std::marker::PhantomData;

                pub(in super::super::super) struct OpenTelemetryLayer<S>(
                    pub(in super::super::super) PhantomData<S>,
                );

                impl<S: tracing_core::Subscriber> tracing_subscriber::Layer<S> for OpenTelemetryLayer<S> {}
            }
        }
    }

    fn another<S>() -> another::tracing_opentelemetry::layer::OpenTelemetryLayer<S> {
        another::tracing_opentelemetry::layer::OpenTelemetryLayer(std::marker::PhantomData)
    }

    fn warns<S: Subscriber>(stack: S) -> bool {
        version_warning(&stack).is_some()
    }

    #[test]
    fn the_versions_are_those_that_are_built() {
        let manifest = include_str!("../../Cargo.toml");
        let version = |name: &str| {
            let line = manifest.lines().find(|line| line.starts_with(&format!("{name} = "))).unwrap();
            line.split('"').nth(1).unwrap()
        };
        let [own, api, bridge] = ["version", "opentelemetry", "tracing-opentelemetry"].map(version);
        let own = own.rsplit_once('.').unwrap().0;
        let fits =
            format!("tracing-audit {own} goes with tracing-opentelemetry {bridge} and opentelemetry {api}");
        assert!(WARNING.contains(&fits), "{WARNING}");
        assert!(include_str!("../lib.rs").contains(&format!("| {own} | {api} | {bridge} |")));
    }

    #[test]
    fn the_layer_of_this_version_is_found() {
        let registry = tracing_subscriber::registry;
        assert!(!warns(registry()));
        assert!(!warns(registry().with(LevelFilter::INFO)));
        assert!(!warns(registry().with(tracing_opentelemetry::layer())));
        assert!(!warns(registry().with(tracing_opentelemetry::layer()).with(LevelFilter::INFO)));
        assert!(!warns(registry().with(Some(tracing_opentelemetry::layer()))));
        assert!(!warns(registry().with(tracing_opentelemetry::layer().with_filter(LevelFilter::INFO))));
        let counting = tracing_opentelemetry::layer().with_counting_event_filter(LevelFilter::INFO);
        assert!(!warns(registry().with(counting)));
        assert!(!warns(registry().with(vec![tracing_opentelemetry::layer()])));
        assert!(!warns(registry().with(tracing_opentelemetry::layer().and_then(LevelFilter::INFO))));
    }

    #[test]
    fn the_layer_of_another_version_is_not() {
        let registry = tracing_subscriber::registry;
        assert!(warns(registry().with(another())));
        assert!(warns(registry().with(another()).with(LevelFilter::INFO)));
        assert!(warns(registry().with(LevelFilter::INFO).with(Some(another()))));
        assert!(warns(registry().with(None::<LevelFilter>).with(another())));
        assert!(warns(registry().with(another().with_filter(LevelFilter::INFO))));
        assert!(warns(registry().with(another().and_then(LevelFilter::INFO))));
    }

    #[test]
    fn a_layer_that_may_be_absent_or_hidden_is_not_complained_of() {
        let registry = tracing_subscriber::registry;
        let mut layer = Some(another());
        layer = layer.filter(|_| false);
        assert!(!warns(registry().with(layer)));
        let mut own = Some(tracing_opentelemetry::layer());
        own = own.filter(|_| false);
        assert!(!warns(registry().with(own)));
        assert!(!warns(registry().with(reload::Layer::new(tracing_opentelemetry::layer()).0)));
        assert!(!warns(registry().with(tracing_opentelemetry::layer().boxed())));
    }
}
