//! The mirror itself.

use super::report::{Mark, Source};
use super::{EventLogError, SourceStatus, name, text, windows};
use crate::follow::{Batch, Delivered, DeliveryError, Line, Mirror};
use crate::record::Outcome;
use crate::record::catalog::{LiveCatalog, WINDOWS_ID_OF_OTHERS};
use std::sync::Arc;

/// With these Windows says that what it was handed is not of the size that it should be.
const RPC_S_INVALID_BOUND: i32 = 1734;
const RPC_X_BAD_STUB_DATA: i32 = 1783;

/// A text that is this short, in UTF-16 units, is not what Windows objects to.
const SHORT: usize = 2048;

/// Reports records to the Windows Event Log.
pub(crate) struct EventLogMirror {
    name: String,
    catalog: Arc<LiveCatalog>,
    /// Open from the first delivery on. After a failure it is opened anew: it may be that which
    /// has failed.
    source: Option<Source>,
}

impl EventLogMirror {
    pub(crate) fn new(name: String, catalog: Arc<LiveCatalog>) -> EventLogMirror {
        EventLogMirror { name, catalog, source: None }
    }

    /// Whether records can be reported as things are. An administrator may mend that later: each
    /// delivery asks again.
    pub(crate) fn check(&self) -> Result<(), EventLogError> {
        name::check(&self.name)?;
        let name = || self.name.clone();
        match windows::status(&self.name)? {
            SourceStatus::Registered => Ok(()),
            SourceStatus::Foreign { is } => Err(EventLogError::Taken { name: name(), by: is }),
            SourceStatus::Incomplete => {
                Err(EventLogError::NotRegistered { name: name(), is_incomplete: true })
            }
            SourceStatus::NotRegistered | SourceStatus::NotSupported => {
                Err(EventLogError::NotRegistered { name: name(), is_incomplete: false })
            }
        }
    }

    /// The source, if it is registered. That is looked up for each batch: what is reported after
    /// it was removed would be in the Event Log without a text.
    fn open(&mut self) -> Result<Source, EventLogError> {
        let source = self.source.take();
        self.check()?;
        match source {
            Some(source) => Ok(source),
            None => Source::open(&self.name)
                .map_err(|source| EventLogError::Open { name: self.name.clone(), source }),
        }
    }

    fn report(&self, source: &Source, line: &Line<'_>) -> std::io::Result<()> {
        // What is no record is there because somebody has written into the day file.
        let (mark, id) = match line.record() {
            Ok(record) => {
                let failed = record.outcome == Outcome::Failure;
                let mark = if failed { Mark::Warning } else { Mark::Information };
                (mark, self.catalog.get().windows_id(&record.event))
            }
            Err(_) => (Mark::Warning, WINDOWS_ID_OF_OTHERS),
        };
        let mut longest = text::LONGEST;
        loop {
            let text = text::text(line, longest);
            match source.report(mark, id, &text) {
                // Should a Windows take less than it says, a shorter text gets the record
                // there, where the mirror would stand still for ever.
                Err(error) if is_about_the_length(&error) && text.len() > SHORT && longest > SHORT => {
                    longest /= 2;
                }
                result => return result,
            }
        }
    }
}

impl Mirror for EventLogMirror {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let source = self.open().map_err(DeliveryError::unavailable)?;
        for (reported, line) in batch.lines().iter().enumerate() {
            if let Err(error) = self.report(&source, line) {
                let (name, seq) = (self.name.clone(), line.seq());
                let error = EventLogError::Report { name, seq, source: error };
                return Err(DeliveryError::unavailable(error).after(reported));
            }
        }
        self.source = Some(source);
        Ok(Delivered::all())
    }
}

/// Whether it may be that the text is longer than Windows takes.
fn is_about_the_length(error: &std::io::Error) -> bool {
    let is = |code: i32| error.raw_os_error() == Some(code);
    is(RPC_S_INVALID_BOUND) || is(RPC_X_BAD_STUB_DATA)
}
