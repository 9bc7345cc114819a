//! All facts of a period.

use super::answers::Answer;
use super::facts::activity::Activity;
use super::facts::log::LogEvidence;
use super::facts::made::Made;
use super::facts::personal::PersonalData;
use super::period::{Asked, Period};
use super::pseudonyms::Pseudonyms;
use super::verdict::Verdict;
use serde::{Serialize, Serializer};

/// The facts of a period over one log, or several. Made by [`collect`](super::collect).
///
/// Serialized, it is a map with `version` 1, for programs; the [`pseudonyms`](field@Evidence::pseudonyms) are left out. A later
/// version of this crate may add keys.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// The days that it is about.
    pub period: Period,
    /// Which of these days were asked for.
    pub asked: Asked,
    /// The verdict.
    pub verdict: Verdict,
    /// The seven questions, each with its answer.
    pub answers: Vec<Answer>,
    /// What is known of each log, in the order in which they were given.
    pub logs: Vec<LogEvidence>,
    /// What was recorded, in all of them.
    pub activity: Activity,
    /// What they know of people.
    pub personal_data: PersonalData,
    /// The names behind the pseudonyms; `None` if names were asked for.
    pub pseudonyms: Option<Pseudonyms>,
    /// How it was made: what is another each time. Beside it, only the answer about access depends on more than on the logs' records
    /// and seals.
    pub made: Made,
}

impl Evidence {
    /// Returns it as JSON, with a newline at the end: what `evidence.json` has.
    #[must_use]
    pub fn to_json(&self) -> String {
        // All of its keys are texts, so there is no error.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &1)?;
        map.serialize_entry("period", &self.period)?;
        map.serialize_entry("asked", &self.asked)?;
        map.serialize_entry("names", &self.pseudonyms.is_none())?;
        map.serialize_entry("verdict", &self.verdict)?;
        map.serialize_entry("answers", &self.answers)?;
        map.serialize_entry("logs", &self.logs)?;
        map.serialize_entry("activity", &self.activity)?;
        map.serialize_entry("personal_data", &self.personal_data)?;
        map.serialize_entry("made", &self.made)?;
        map.end()
    }
}
