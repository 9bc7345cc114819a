//! The headers of a mirror's requests.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Headers by name. `Debug` shows only their names, because their values are secrets.
///
/// # Examples
///
/// ```
/// use tracing_audit::Headers;
///
/// let headers = Headers::new().with("authorization", "Bearer x").with("x-scope-orgid", "audit");
/// let names: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["authorization", "x-scope-orgid"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(pub(in crate::config) BTreeMap<String, String>);

impl Headers {
    /// Returns an empty collection.
    #[must_use]
    pub fn new() -> Headers {
        Headers::default()
    }

    /// Adds a header, or replaces the one of this name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Headers {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Returns an iterator over the names and values, in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the number of headers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no headers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Headers {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    /// Returns an iterator over the names and values, in the order of the names.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Headers {
        headers.into_iter().fold(Headers::new(), |headers, (name, value)| headers.with(name, value))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
