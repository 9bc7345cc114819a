//! A stamped line, read back.

use super::encode::Draft;
use crate::record::outcome::Outcome;
use crate::record::record::Record;
use crate::record::schema::VIOLATIONS;
use crate::record::ts::text::TsText;
use crate::record::violations::Violations;

impl Draft {
    /// Stamps the line, and returns it as a record.
    pub(crate) fn stamped_record(&mut self, ts: &TsText, seq: u64) -> Record {
        self.stamp(ts, seq);
        let line = self.line().strip_suffix(b"\n").unwrap_or(self.line());
        Record::from_line(line).unwrap_or_else(|error| {
            // A line of this crate that can't be read back is a defect of this crate. The
            // line's text is kept all the same.
            debug_assert!(false, "{error}");
            let mut record = Record::new(self.event()).resource("line", String::from_utf8_lossy(line));
            record.outcome = Outcome::Failure;
            let mut violations = Violations::default();
            violations.push(&format!("the line could not be read back: {error}"));
            record.resource.insert(VIOLATIONS, violations.to_value());
            record
        })
    }
}
