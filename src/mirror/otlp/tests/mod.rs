//! Deliveries to a receiver in this process, and what they need.

mod http;
mod receiver;
mod tls;

use super::environment::Environment;
use super::{Otlp, OtlpMirror};
use crate::follow::{Batch, Delivered, DeliveryError, Line, Mirror};
use crate::record::{Record, Timestamp};
use crate::report::Reports;
use std::sync::Arc;
use std::time::Duration;

pub(super) const JOURNAL: &str = "0123456789abcdef0123456789abcdef";

pub(super) fn record(event: &str) -> Record {
    Record::new(event)
}

/// Lines of a day file, from the number 0 on.
pub(super) struct Lines(Vec<String>);

impl Lines {
    pub(super) fn of(records: impl IntoIterator<Item = Record>) -> Lines {
        let text = |(seq, mut record): (usize, Record)| {
            record.ts = Some("2026-05-28T09:30:00.123456789Z".parse().unwrap());
            record.seq = Some(seq as u64);
            record.to_string()
        };
        Lines(records.into_iter().enumerate().map(text).collect())
    }

    pub(super) fn of_texts(texts: impl IntoIterator<Item = String>) -> Lines {
        Lines(texts.into_iter().collect())
    }

    pub(super) fn ts(&self) -> Timestamp {
        "2026-05-28T09:30:00.123456789Z".parse().unwrap()
    }

    pub(super) fn with<T>(&self, use_batch: impl FnOnce(&Batch<'_>) -> T) -> T {
        let line = |(seq, text)| Line::new(JOURNAL, seq, self.ts(), text);
        let lines: Vec<_> = (0..).zip(self.0.iter().map(String::as_str)).map(line).collect();
        use_batch(&Batch::new(JOURNAL, &lines))
    }
}

/// A mirror that sees nothing of this process's environment, and looks at files each time.
fn mirror(otlp: Otlp, reports: &Arc<Reports>) -> OtlpMirror {
    OtlpMirror::with(otlp, Environment::of(&[]), Duration::ZERO, Arc::clone(reports))
}

fn deliver_one(mirror: &mut OtlpMirror) -> Result<Delivered, DeliveryError> {
    Lines::of([record("auth.failed").resource("reason", "bad password")]).with(|batch| mirror.deliver(batch))
}

/// The texts of an error and of what lies behind it.
fn chain(error: &dyn std::error::Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    texts.extend(error.source().map(chain).unwrap_or_default());
    texts
}
