//! Batches of lines, as they are in a day file.

use crate::mirror::batch::{Batch, Line};
use crate::record::{Record, Timestamp};

pub(crate) const JOURNAL: &str = "0123456789abcdef0123456789abcdef";

const TS: &str = "2026-05-28T09:30:00.123456789Z";

pub(crate) fn record(event: &str) -> Record {
    Record::new(event)
}

/// Lines of a day file, from number 0 on.
pub(crate) struct TestLines(Vec<String>);

impl TestLines {
    pub(crate) fn of(records: impl IntoIterator<Item = Record>) -> TestLines {
        let text = |(seq, mut record): (usize, Record)| {
            record.ts = Some(TS.parse().unwrap());
            record.seq = Some(seq as u64);
            record.to_string()
        };
        TestLines(records.into_iter().enumerate().map(text).collect())
    }

    pub(crate) fn of_texts(texts: impl IntoIterator<Item = String>) -> TestLines {
        TestLines(texts.into_iter().collect())
    }

    pub(crate) fn ts(&self) -> Timestamp {
        TS.parse().unwrap()
    }

    pub(crate) fn with<T>(&self, use_batch: impl FnOnce(&Batch<'_>) -> T) -> T {
        let line = |(seq, text)| Line::new(JOURNAL, seq, self.ts(), text);
        let lines: Vec<_> = (0..).zip(self.0.iter().map(String::as_str)).map(line).collect();
        use_batch(&Batch::new(JOURNAL, &lines))
    }
}
