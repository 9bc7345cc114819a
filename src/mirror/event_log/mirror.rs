//! The mirror that reports records to the Windows Event Log.

use super::error::EventLogError;
use super::status::SourceStatus;
use super::windows_calls::{Severity, Source};
use super::{name, registry, text};
use crate::mirror::batch::{Batch, Line};
use crate::mirror::delivery::{Delivered, DeliveryError};
use crate::mirror::interface::Mirror;
use crate::record::Outcome;
use crate::record::catalog::LiveCatalog;
use std::io;
use std::sync::Arc;

/// The event id of types that have none in the catalog, or are not in it.
const ID_OF_OTHERS: u16 = 1000;

/// The errors by which Windows says that an argument has the wrong size.
const RPC_S_INVALID_BOUND: i32 = 1734;
const RPC_X_BAD_STUB_DATA: i32 = 1783;

/// Windows takes any text of this length, in UTF-16 units; its objection is not to the length.
const SHORT: usize = 2048;

/// Reports records to the Windows Event Log.
pub(crate) struct EventLogMirror {
    name: String,
    catalog: Arc<LiveCatalog>,
    /// Open since the first delivery. It is opened again after a failure, because the handle itself
    /// may be invalid.
    source: Option<Source>,
}

impl EventLogMirror {
    pub(crate) fn new(name: String, catalog: Arc<LiveCatalog>) -> EventLogMirror {
        EventLogMirror { name, catalog, source: None }
    }

    /// Checks whether records can be reported at the moment. An administrator may register the
    /// source later: each delivery checks again.
    pub(crate) fn check(&self) -> Result<(), EventLogError> {
        name::check(&self.name)?;
        let name = || self.name.clone();
        match registry::status(&self.name)? {
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

    /// Returns the source if it is registered. The registry is read for each batch: an event that is
    /// reported after the source was removed would have no text.
    fn open(&mut self) -> Result<Source, EventLogError> {
        let source = self.source.take();
        self.check()?;
        match source {
            Some(source) => Ok(source),
            None => Source::open(&self.name)
                .map_err(|source| EventLogError::Open { name: self.name.clone(), source }),
        }
    }

    fn report(&self, source: &Source, line: &Line<'_>) -> io::Result<()> {
        // A line that is not a record was written to the day file by another program.
        let (severity, id) = match line.record() {
            Ok(record) => {
                let failed = record.outcome == Outcome::Failure;
                let severity = if failed { Severity::Warning } else { Severity::Information };
                (severity, self.catalog.get().event_id(&record.event).unwrap_or(ID_OF_OTHERS))
            }
            Err(_) => (Severity::Warning, ID_OF_OTHERS),
        };
        let mut longest = text::LONGEST;
        loop {
            let text = text::text(line, longest);
            match source.report(severity, id, &text) {
                // If a Windows takes less than its documentation says, a shorter text still
                // delivers the record; otherwise the mirror would stay at this record forever.
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
        let source = self.open().map_err(DeliveryError::retry)?;
        for (delivered, line) in batch.lines().iter().enumerate() {
            if let Err(error) = self.report(&source, line) {
                let (name, seq) = (self.name.clone(), line.seq());
                let error = EventLogError::Report { name, seq, source: error };
                return Err(DeliveryError::retry(error).with_delivered(delivered));
            }
        }
        self.source = Some(source);
        Ok(Delivered::all())
    }
}

/// Returns whether the reason for an error may be that the text is too long.
fn is_about_the_length(error: &io::Error) -> bool {
    let is = |code: i32| error.raw_os_error() == Some(code);
    is(RPC_S_INVALID_BOUND) || is(RPC_X_BAD_STUB_DATA)
}
