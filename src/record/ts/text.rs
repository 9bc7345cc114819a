//! Times as text.

use super::day::Day;
use super::timestamp::Timestamp;

/// A time in the spelling of a line. Two of them compare as the times do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TsText(pub(in crate::record) [u8; Timestamp::LEN]);

impl TsText {
    /// The place of a time that is not known yet.
    pub(crate) const UNKNOWN: TsText = TsText(*b"1970-01-01T00:00:00.000000000Z");

    pub(crate) fn of(ts: Timestamp) -> TsText {
        let mut text = [0; Timestamp::LEN];
        ts.spell(&mut text);
        TsText(text)
    }

    /// Returns the time; `None` if it is none, such as in the 13th month.
    pub(crate) fn timestamp(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.0)
    }

    pub(crate) fn is_of(&self, day: Day) -> bool {
        day.begins(&self.0)
    }

    pub(crate) fn day(&self) -> Day {
        Day::beginning(&self.0)
    }

    /// Replaces the fraction of the second.
    pub(crate) fn set_nanos(&mut self, ts: Timestamp) {
        ts.spell_nanos(&mut self.0);
    }
}
