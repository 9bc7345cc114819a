//! What a callsite remembers of its catalog entry, and what the catalog needs to
//! know of an event.

use super::scratch::Notes;
use super::visit::Origin;
use crate::record::FieldKind;
use crate::record::catalog::{CatalogIndex, Checker, unknown_type};
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where a callsite's event type stands in the catalog that it met last: the
/// catalog's id in the upper half, the place in the lower.
#[derive(Debug)]
pub(crate) struct EntryCache(AtomicU64);

impl EntryCache {
    /// For an event type that is in no catalog.
    const NOWHERE: u32 = u32::MAX;

    pub(super) const fn new() -> EntryCache {
        EntryCache(AtomicU64::new(0))
    }

    fn position(&self, catalog: &CatalogIndex, event: &str) -> Option<usize> {
        let cached = self.0.load(Ordering::Relaxed);
        let [.., a, b, c, d] = cached.to_be_bytes();
        let position = if cached >> 32 == u64::from(catalog.id()) {
            u32::from_be_bytes([a, b, c, d])
        } else {
            let found = catalog.position(event).and_then(|at| u32::try_from(at).ok());
            let position = found.unwrap_or(EntryCache::NOWHERE);
            self.0.store(u64::from(catalog.id()) << 32 | u64::from(position), Ordering::Relaxed);
            position
        };
        (position != EntryCache::NOWHERE).then_some(position as usize)
    }
}

/// The checking of one event.
pub(super) enum Checking<'c> {
    /// The compiler has done it, with the entry that the event carries.
    Done,
    /// Field by field.
    Now(Checker<'c>),
    /// The event type is not in the catalog.
    Unknown,
    /// When the event type is known: it is a field among the others.
    Later,
}

/// A field of a resource that is to be checked later.
#[derive(Debug)]
pub(super) struct Given {
    key: Cow<'static, str>,
    kind: FieldKind,
    is_flagged: bool,
}

impl<'c> Checking<'c> {
    #[inline]
    pub(super) fn begin(catalog: &'c CatalogIndex, origin: Origin, event: &str) -> Checking<'c> {
        match origin {
            Origin::Audit { entry: None, .. } => Checking::Done,
            Origin::Audit { entry: Some(cache), .. } => {
                let position = cache.position(catalog, event);
                match position.and_then(|position| catalog.entry(position)) {
                    Some(entry) => Checking::Now(Checker::new(entry)),
                    None => Checking::Unknown,
                }
            }
            Origin::Plain | Origin::LogCrate => Checking::Later,
        }
    }

    /// Takes a field: its kind, `Any` if that is not known, and whether it was said
    /// already that it should not be there.
    #[inline]
    pub(super) fn field(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        kind: FieldKind,
        is_flagged: bool,
        notes: &mut Notes,
    ) {
        match self {
            Checking::Done | Checking::Unknown => {}
            Checking::Now(checker) => checker.field(&key.into(), kind, is_flagged, &mut notes.violations),
            Checking::Later => notes.given.push(Given { key: key.into(), kind, is_flagged }),
        }
    }

    /// Says what is wrong with an event of this type, as it is written in the line.
    #[inline]
    pub(super) fn finish(self, catalog: &CatalogIndex, event: &[u8], notes: &mut Notes) {
        match self {
            Checking::Done => {}
            Checking::Now(checker) => checker.finish(&mut notes.violations),
            Checking::Unknown | Checking::Later => later(catalog, event, notes),
        }
    }
}

#[cold]
fn later(catalog: &CatalogIndex, event: &[u8], notes: &mut Notes) {
    // A name in the catalog has nothing to escape.
    let event = std::str::from_utf8(event).unwrap_or_default();
    let Notes { violations, given, .. } = notes;
    match catalog.position(event).and_then(|position| catalog.entry(position)) {
        Some(entry) => {
            let mut checker = Checker::new(entry);
            for Given { key, kind, is_flagged } in given.drain(..) {
                checker.field(&key, kind, is_flagged, violations);
            }
            checker.finish(violations);
        }
        None => unknown_type(event, violations),
    }
}

/// What [`audit_events!`](crate::audit_events) makes of a field's type: the kind of
/// its values. A type that has a constant of its own is known; for any other, path
/// resolution falls back on the trait's.
pub(crate) mod kind {
    use super::FieldKind;
    use crate::record::Field;
    use std::collections::{BTreeMap, HashMap};
    use std::marker::PhantomData;

    /// The kind of a value of this type.
    #[derive(Debug)]
    pub struct KindOf<T>(PhantomData<T>);

    /// Whether it is an `Option`.
    #[derive(Debug)]
    pub struct IsOption<T>(PhantomData<T>);

    /// Whether it is a list of bytes, which is recorded as text.
    #[derive(Debug)]
    pub struct IsBytes<T>(PhantomData<T>);

    /// Types that are not known.
    pub trait Unknown {
        /// Of any kind.
        const KIND: FieldKind = FieldKind::Any;
        /// It is not.
        const IS: bool = false;
    }

    impl<T> Unknown for KindOf<T> {}
    impl<T> Unknown for IsOption<T> {}
    impl<T> Unknown for IsBytes<T> {}

    impl<T> IsOption<Option<T>> {
        /// It is.
        pub const IS: bool = true;
    }

    macro_rules! known {
        ($($kind:ident: $([$($generic:tt)*] $type:ty),+;)*) => { $($(
            impl<$($generic)*> KindOf<$type> {
                /// What JSON calls it.
                pub const KIND: FieldKind = FieldKind::$kind;
            }

            impl<$($generic)*> KindOf<Option<$type>> {
                /// What JSON calls it.
                pub const KIND: FieldKind = FieldKind::$kind;
            }
        )+)* };
    }

    known! {
        String: ['a] &'a str, [] String, ['a] &'a String, [] Box<str>, [] std::sync::Arc<str>, [] char,
            ['a] std::borrow::Cow<'a, str>;
        Integer: [] i8, [] i16, [] i32, [] i64, [] i128, [] isize, [] u8, [] u16, [] u32, [] u64, [] u128,
            [] usize;
        Number: [] f32, [] f64;
        Boolean: [] bool;
        Array: [T] Vec<T>, ['a, T] &'a [T], ['a, T] &'a Vec<T>, [T, const N: usize] [T; N],
            ['a, T, const N: usize] &'a [T; N];
        Object: [K, V] BTreeMap<K, V>, [K, V, S] HashMap<K, V, S>, ['a, K, V] &'a BTreeMap<K, V>,
            ['a, K, V, S] &'a HashMap<K, V, S>;
    }

    macro_rules! bytes {
        ($([$($generic:tt)*] $type:ty),+) => { $(
            impl<$($generic)*> IsBytes<$type> {
                /// It is.
                pub const IS: bool = true;
            }
        )+ };
    }

    bytes! {
        [] Vec<u8>, ['a] &'a [u8], [const N: usize] [u8; N], ['a, const N: usize] &'a [u8; N], ['a] Option<&'a [u8]>
    }

    /// The catalog's field of this name, whose type has turned out to be this.
    #[must_use]
    pub const fn field(
        name: &'static str,
        meaning: &'static str,
        kind: FieldKind,
        is_bytes: bool,
        may_be_left_out: bool,
    ) -> Field {
        let kind = if is_bytes { FieldKind::String } else { kind };
        let field = Field::new(name, meaning, kind);
        if may_be_left_out { field.optional() } else { field }
    }
}
