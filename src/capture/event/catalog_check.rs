//! The check of one event against the catalog.

use super::entry_cache::CallsiteEntry;
use super::notes::{Notes, UncheckedField};
use super::origin::Origin;
use crate::record::catalog::{CatalogIndex, Checker, check_well_known, unknown_type};
use crate::record::{EventType, FieldKind};
use std::borrow::Cow;

/// The check of one event against the catalog, field by field.
pub(crate) enum CatalogCheck<'c> {
    /// The compiler has checked the fields of the event's struct; its type carries this entry. Only the keys
    /// that every event may have are checked when they come.
    ByCompiler(&'c EventType),
    /// The entry is known: each field is checked when it comes.
    Running(Checker<'c>),
    /// The event type is not in the catalog.
    UnknownType,
    /// The event type is one of the fields: they are checked once all have come.
    Deferred,
}

impl<'c> CatalogCheck<'c> {
    /// Begins the check of an event; `event` is its type, where the origin is `audit!`.
    #[inline]
    pub(crate) fn begin(catalog: &'c CatalogIndex, origin: Origin, event: &str) -> CatalogCheck<'c> {
        match origin {
            Origin::Audit { entry: CallsiteEntry::Typed(entry), .. }
            | Origin::AuditOfSecrets { entry: CallsiteEntry::Typed(entry), .. } => {
                CatalogCheck::ByCompiler(entry)
            }
            Origin::Audit { entry: CallsiteEntry::Free(cache), .. }
            | Origin::AuditOfSecrets { entry: CallsiteEntry::Free(cache), .. } => {
                let position = cache.position(catalog, event);
                match position.and_then(|position| catalog.entry(position)) {
                    Some(entry) => CatalogCheck::Running(Checker::new(entry)),
                    None => CatalogCheck::UnknownType,
                }
            }
            Origin::Plain | Origin::LogCrate => CatalogCheck::Deferred,
        }
    }

    /// Checks a field. `kind` is `Any` if it is not known; `is_flagged` says that a violation was
    /// noted already because the field should not be there.
    #[inline(always)]
    pub(crate) fn field(
        &mut self,
        key: impl AsRef<str> + Into<Cow<'static, str>>,
        kind: FieldKind,
        is_flagged: bool,
        notes: &mut Notes,
    ) {
        match self {
            CatalogCheck::ByCompiler(entry) => {
                check_well_known(entry, key.as_ref(), kind, &mut notes.violations);
            }
            CatalogCheck::UnknownType => {}
            CatalogCheck::Running(checker) => {
                checker.field(key.as_ref(), kind, is_flagged, &mut notes.violations);
            }
            CatalogCheck::Deferred => {
                notes.unchecked.push(UncheckedField { key: key.into(), kind, is_flagged });
            }
        }
    }

    /// Ends the check: notes which fields are missing, or that the event type is unknown. `event`
    /// is the type as it is written in the line. Returns the catalog entry of the event, if there is one.
    #[inline]
    pub(crate) fn finish(
        self,
        catalog: &'c CatalogIndex,
        event: &[u8],
        notes: &mut Notes,
    ) -> Option<&'c EventType> {
        match self {
            CatalogCheck::ByCompiler(entry) => Some(entry),
            CatalogCheck::Running(checker) => Some(checker.finish(&mut notes.violations)),
            CatalogCheck::UnknownType | CatalogCheck::Deferred => check_deferred(catalog, event, notes),
        }
    }
}

#[cold]
fn check_deferred<'c>(catalog: &'c CatalogIndex, event: &[u8], notes: &mut Notes) -> Option<&'c EventType> {
    // A name in the catalog needs no escape, so that the written form is the name.
    let event = std::str::from_utf8(event).unwrap_or_default();
    let Notes { violations, unchecked, .. } = notes;
    match catalog.position(event).and_then(|position| catalog.entry(position)) {
        Some(entry) => {
            let mut checker = Checker::new(entry);
            for UncheckedField { key, kind, is_flagged } in unchecked.drain(..) {
                checker.field(&key, kind, is_flagged, violations);
            }
            Some(checker.finish(violations))
        }
        None => {
            unknown_type(event, violations);
            None
        }
    }
}
