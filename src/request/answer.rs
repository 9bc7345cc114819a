//! What became of a request.

use crate::journal::state_file::{self, Version};
use serde::{Deserialize, Serialize};
use std::io;

/// What became of a request: one line of JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) version: Version,
    /// The number of the record that was appended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seq: Option<u64>,
    /// What is wrong with the event, which was recorded all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) violations: Vec<String>,
    /// The files that were removed, as paths relative to the directory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<String>,
    /// Why it was not done, or not all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) failures: Vec<String>,
}

impl Answer {
    /// Returns the answer that it was not done.
    pub(crate) fn failed(why: impl Into<String>) -> Answer {
        Answer { failures: vec![why.into()], ..Answer::default() }
    }

    /// Returns the contents of the file.
    pub(crate) fn encode(&self) -> io::Result<Vec<u8>> {
        state_file::to_text(self)
    }

    /// Parses the contents of the file.
    pub(super) fn parse(text: &[u8]) -> io::Result<Answer> {
        state_file::parse(text)
    }
}
