//! Where in a stack the audit layer is, and how to have no say there.
//!
//! A layer has a say in its stack by merely being there: by its level hint, by its
//! interest in callsites, and by what it is taken for. What the stack makes of these
//! (`Layered` in tracing-subscriber 0.3.23) depends on its shape, and there is no
//! answer that is neutral in all of them:
//!
//! - In a tree (`.and_then(layer)`) and in a list (`.with(layer)`) a per-layer filter
//!   has none: the interest of what is around it is passed on as it is, and its level
//!   hint of `off` counts for nothing. So the audit layer answers that it is one; but
//!   in a list only once, to its own `Layered`: the layers on top ask again, and mean
//!   all that is below them. On the registry it is the first layer on top that must be
//!   told so, as it is told by the registry.
//! - `reload` keeps the question from the layer, but not the question whether the layer
//!   is one that is not there, as `None` is, whose hint doesn't count either. The same
//!   serves in an `Option` and a `Vec`.
//! - A tree directly on the registry takes its outer layer's hint for the whole
//!   stack's, and a `reload` of an `Option` or a `Vec` keeps everything from the layer.
//!   There it has no hint: a runtime log that is asked too often is better than one
//!   that is silent.
//!
//! Which of these it is can be told from what the stack asks, and when: in a tree
//! before `on_layer`, in a list after it, behind `reload` never.
//! `tests/runtime_log_is_untouched.rs` holds all this to random stacks, but for what
//! can't be had: among other layers in a `Vec`, which has one interest and one hint for
//! all of them, and in an `Option` behind `reload`.

use super::layer::AuditLayer;
use std::any::TypeId;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tracing_core::{Dispatch, Interest, LevelFilter, Metadata, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::Identity;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

#[derive(Debug, Default)]
pub(super) struct Place {
    /// Whether it was added to a stack.
    is_placed: bool,
    on_registry: bool,
    in_tree: AtomicBool,
    /// How often it was asked whether it is a per-layer filter since it was placed.
    asked: AtomicU32,
    /// Whether it was told of its dispatch.
    registered: AtomicBool,
    /// Whether that dispatch shows it.
    in_sight: AtomicBool,
}

impl Place {
    pub(super) fn put_on<S: 'static>(&mut self) {
        self.is_placed = true;
        self.on_registry = TypeId::of::<S>() == TypeId::of::<Registry>();
    }

    pub(super) fn registered(&self, layer: &AuditLayer, dispatch: &Dispatch) {
        let in_sight = dispatch.downcast_ref::<AuditLayer>().is_some_and(|found| std::ptr::eq(found, layer));
        self.in_sight.store(in_sight, Ordering::Relaxed);
        self.registered.store(true, Ordering::Relaxed);
    }

    pub(super) fn max_level_hint(&self) -> Option<LevelFilter> {
        let is_safe = if self.in_tree.load(Ordering::Relaxed) {
            !self.on_registry
        } else {
            self.registered.load(Ordering::Relaxed) || self.asked.load(Ordering::Relaxed) > 0
        };
        is_safe.then_some(LevelFilter::OFF)
    }

    /// Always, which leaves the choice to the others. But directly on the registry a
    /// `never` of all per-layer filters together would be taken for the opinion of a
    /// layer below: there their sum is handed on, as the registry does it.
    pub(super) fn interest(&self, metadata: &'static Metadata<'static>) -> Interest {
        static A_REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
            let mut registry = Registry::default();
            // With filters, or it would not look at their sum.
            registry.register_filter();
            registry
        });
        let is_in_list = self.registered.load(Ordering::Relaxed)
            && !self.in_tree.load(Ordering::Relaxed)
            && self.asked.load(Ordering::Relaxed) > 0;
        if self.on_registry && is_in_list {
            A_REGISTRY.register_callsite(metadata)
        } else {
            Interest::always()
        }
    }

    /// Answers for a layer that is a per-layer filter, or one that is not there, where
    /// that is what it should be taken for. What comes back points to a static.
    #[allow(unsafe_code)]
    pub(super) fn marker(&self, id: TypeId) -> Option<*const ()> {
        type AFilter = Filtered<Identity, LevelFilter, Registry>;
        static A_FILTER: LazyLock<AFilter> =
            LazyLock::new(|| Filtered::new(Identity::new(), LevelFilter::OFF));
        static NOT_THERE: Option<Identity> = None;
        let are_what_they_are = [
            TypeId::of::<AFilter>(),
            TypeId::of::<LevelFilter>(),
            TypeId::of::<Identity>(),
            TypeId::of::<Option<Identity>>(),
        ];
        if are_what_they_are.contains(&id) {
            return None;
        }
        // SAFETY: what comes back points into the static, to a value of the type with
        // this id, as the implementation of `downcast_raw` guarantees.
        let filter = unsafe { <AFilter as Layer<Registry>>::downcast_raw(&A_FILTER, id) };
        if filter.is_some() {
            return filter.filter(|_| self.poses_as_filter());
        }
        // SAFETY: as above.
        let absent = unsafe { <Option<Identity> as Layer<Registry>>::downcast_raw(&NOT_THERE, id) };
        absent.filter(|_| self.poses_as_absent())
    }

    fn poses_as_filter(&self) -> bool {
        if !self.is_placed {
            self.in_tree.store(true, Ordering::Relaxed);
        }
        if self.in_tree.load(Ordering::Relaxed) {
            return true;
        }
        self.asked.fetch_add(1, Ordering::Relaxed) == u32::from(self.on_registry)
    }

    /// In an `Option` or a `Vec`, which do not pass the dispatch on, and behind
    /// `reload`, which does, but hides the layer from it.
    fn poses_as_absent(&self) -> bool {
        let is_asked = self.asked.load(Ordering::Relaxed) > 0;
        let is_registered = self.registered.load(Ordering::Relaxed);
        let is_hidden = is_registered && !self.in_sight.load(Ordering::Relaxed);
        !self.in_tree.load(Ordering::Relaxed) && if is_asked { !is_registered } else { is_hidden }
    }
}
