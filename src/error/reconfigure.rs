//! The errors of changing an open log's settings.

use super::catalog::CatalogError;
use super::debug::debug_for_people;
use super::open::OpenError;
use std::error::Error;

/// The settings of an open log could not be changed. It keeps those that it had.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ReconfigureError {
    /// A log can't be opened with these settings.
    #[error(transparent)]
    Settings {
        /// What is wrong with them.
        source: OpenError,
    },
    /// A setting can't be changed while the log is open.
    #[error("the setting `{setting}` can't be changed while the log is open")]
    Fixed {
        /// The name of the setting.
        setting: &'static str,
    },
    /// The catalog can't be used.
    #[error("the catalog of event types can't be used")]
    Catalog {
        /// What is wrong with it.
        source: CatalogError,
    },
    /// A mirror can't be started with its new settings. The one with the old settings continues.
    #[error("the mirror `{mirror}` can't be changed")]
    Mirror {
        /// The name of the mirror.
        mirror: &'static str,
        /// Why it can't be started.
        source: Box<dyn Error + Send + Sync>,
    },
}

debug_for_people!(ReconfigureError {
    Settings { source },
    Fixed { setting },
    Catalog { source },
    Mirror { mirror, source },
});
