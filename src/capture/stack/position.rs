//! The audit layer's position in its stack, and how it has no vote there.
//!
//! A layer votes in its stack by merely being there: by its level hint, by its interest in
//! callsites, and by what kind of layer it is taken for. What the stack makes of these (`Layered`
//! in tracing-subscriber 0.3.23) depends on its shape, and no answer is neutral in all shapes:
//!
//! - In a tree (`.and_then(layer)`) and in a list (`.with(layer)`) a per-layer filter has no vote:
//!   the interest of the layers around it is passed on unchanged, and its level hint of `off` does
//!   not count. So the audit layer poses as one; but in a list only once, to its own `Layered`:
//!   the layers above ask again, and then mean all layers below them. Directly on the registry it
//!   poses as one to the first layer above, as the registry does.
//! - `reload` hides the layer from that question, but not from the question whether it is absent,
//!   as `None` is, whose hint does not count either. The same holds in an `Option` and a `Vec`.
//! - A tree directly on the registry takes its outer layer's hint for that of the whole stack, and
//!   a `reload` of an `Option` or a `Vec` keeps every question from the layer. There it has no
//!   hint: a runtime log that is asked too often is better than one that is silent.
//!
//! Which of these it is shows in what the stack asks, and when: in a tree before `on_layer`, in a
//! list after it, behind `reload` never. `tests/runtime_log_is_untouched.rs` holds all this to
//! random stacks, except where no answer is neutral: among other layers in a `Vec`, which has one
//! interest and one hint for all of them, and in an `Option` behind `reload`.

use std::any::TypeId;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tracing_core::{Interest, LevelFilter, Metadata, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::Identity;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// The audit layer's position in its stack, as far as the stack has shown it.
#[derive(Debug, Default)]
pub(crate) struct StackPosition {
    /// Whether the layer was added to a stack.
    is_added: bool,
    is_on_registry: bool,
    is_in_tree: AtomicBool,
    /// How often the layer was asked whether it is a per-layer filter since it was added.
    filter_questions: AtomicU32,
    /// Whether the layer was registered with its dispatch.
    is_registered: AtomicBool,
    /// Whether that dispatch can see the layer.
    is_visible: AtomicBool,
}

impl StackPosition {
    /// Notes that the layer was added on top of an `S`.
    pub(crate) fn add_on<S: 'static>(&mut self) {
        self.is_added = true;
        self.is_on_registry = TypeId::of::<S>() == TypeId::of::<Registry>();
    }

    /// Notes that the layer was registered with its dispatch, and whether that can see it.
    pub(crate) fn register(&self, is_visible: bool) {
        self.is_visible.store(is_visible, Ordering::Relaxed);
        self.is_registered.store(true, Ordering::Relaxed);
    }

    /// Returns the level hint: `off` where that does not silence the runtime log.
    pub(crate) fn max_level_hint(&self) -> Option<LevelFilter> {
        let is_safe = if self.is_in_tree.load(Ordering::Relaxed) {
            !self.is_on_registry
        } else {
            self.is_registered.load(Ordering::Relaxed) || self.filter_questions.load(Ordering::Relaxed) > 0
        };
        is_safe.then_some(LevelFilter::OFF)
    }

    /// Returns the interest in a callsite: always, which leaves the choice to the others. But
    /// directly on the registry a `never` of all per-layer filters together would be taken for the
    /// vote of a layer below; there their sum is passed on, as the registry does.
    pub(crate) fn interest(&self, metadata: &'static Metadata<'static>) -> Interest {
        static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
            let mut registry = Registry::default();
            // Without a filter it would not look at their sum.
            registry.register_filter();
            registry
        });
        let is_in_list = self.is_registered.load(Ordering::Relaxed)
            && !self.is_in_tree.load(Ordering::Relaxed)
            && self.filter_questions.load(Ordering::Relaxed) > 0;
        if self.is_on_registry && is_in_list {
            REGISTRY.register_callsite(metadata)
        } else {
            Interest::always()
        }
    }

    /// Answers the questions for the markers of a per-layer filter and of an absent layer, where
    /// the audit layer poses as one. The pointer is to a static.
    #[allow(unsafe_code)]
    pub(crate) fn marker(&self, id: TypeId) -> Option<*const ()> {
        type FilterType = Filtered<Identity, LevelFilter, Registry>;
        static FILTER: LazyLock<FilterType> =
            LazyLock::new(|| Filtered::new(Identity::new(), LevelFilter::OFF));
        static ABSENT: Option<Identity> = None;
        let own_types = [
            TypeId::of::<FilterType>(),
            TypeId::of::<LevelFilter>(),
            TypeId::of::<Identity>(),
            TypeId::of::<Option<Identity>>(),
        ];
        if own_types.contains(&id) {
            return None;
        }
        // SAFETY: the pointer is into the static, to a value of the type with this id, as the
        // implementation of `downcast_raw` guarantees.
        let filter = unsafe { <FilterType as Layer<Registry>>::downcast_raw(&FILTER, id) };
        if filter.is_some() {
            return filter.filter(|_| self.poses_as_filter());
        }
        // SAFETY: as above.
        let absent = unsafe { <Option<Identity> as Layer<Registry>>::downcast_raw(&ABSENT, id) };
        absent.filter(|_| self.poses_as_absent())
    }

    /// Returns whether to pose as a per-layer filter, when the stack asks that.
    fn poses_as_filter(&self) -> bool {
        if !self.is_added {
            self.is_in_tree.store(true, Ordering::Relaxed);
        }
        if self.is_in_tree.load(Ordering::Relaxed) {
            return true;
        }
        self.filter_questions.fetch_add(1, Ordering::Relaxed) == u32::from(self.is_on_registry)
    }

    /// Returns whether to pose as an absent layer, when the stack asks that: in an `Option` or a
    /// `Vec`, which do not pass the dispatch on, and behind `reload`, which does, but hides the
    /// layer from it.
    fn poses_as_absent(&self) -> bool {
        let is_asked = self.filter_questions.load(Ordering::Relaxed) > 0;
        let is_registered = self.is_registered.load(Ordering::Relaxed);
        let is_hidden = is_registered && !self.is_visible.load(Ordering::Relaxed);
        !self.is_in_tree.load(Ordering::Relaxed) && if is_asked { !is_registered } else { is_hidden }
    }
}
