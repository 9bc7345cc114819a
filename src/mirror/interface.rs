//! The trait that a mirror implements.

use super::batch::Batch;
use super::delivery::{Delivered, DeliveryError};
use serde::{Deserialize, Serialize};

/// A destination to which the records of an audit log are copied.
///
/// A mirror is handed the records in the order of their `seq`, in batches, and only after they are
/// on disk. When [`deliver`](Mirror::deliver) returns `Ok`, the mirror's cursor moves behind the
/// batch. Until then the same records are handed over again: after a pause, and after a restart of
/// the application. So each record arrives at least once. A repeated record is identical to the
/// byte and has the same [`uid`](super::Line::uid), by which the receiver can drop it.
///
/// A mirror runs on a thread of its own, at a low priority. No caller of [`audit!`](crate::audit!)
/// waits for it; [`AuditGuard::shutdown`](crate::AuditGuard::shutdown) does, up to its timeout.
/// Every call has to return: a mirror that blocks forever delivers nothing, so give everything that it
/// calls a timeout. `log.mirror_failed` reports a mirror that hangs, as one that fails, and neither
/// closing the log nor dropping it waits for it beyond their timeouts.
///
/// A mirror may record events of its own in [`deliver`](Mirror::deliver), with an
/// [`AuditHandle`](crate::AuditHandle) or with [`audit!`](crate::audit!). But each is a record that it
/// is then handed: a mirror that records each delivery never ends. Record changes of its state instead.
/// On its thread, `audit!` sees only a global default dispatch, and the audit layer removes the events of
/// the libraries `ureq`, `ureq_proto` and `rustls` from the runtime log. While the log is closed, records that came
/// since then are not waited for. The log's own `log.mirror_failed` is recorded for every mirror.
///
/// The log keeps its mirrors while it is open. A mirror that owns an
/// [`AuditHandle`](crate::AuditHandle) of its own log, or a dispatch with its layer, keeps the log
/// open forever.
///
/// [`AuditLayerBuilder::mirror`](crate::AuditLayerBuilder::mirror) adds a mirror to a log.
/// `examples/sqlite_mirror` copies records into a database table, each exactly once.
///
/// # Examples
///
/// A mirror that sends one record at a time:
///
/// ```
/// use std::io::{self, Write};
/// use tracing_audit::AuditLayer;
/// use tracing_audit::mirror::{Batch, Delivered, DeliveryError, Mirror};
///
/// struct LineMirror<W>(W);
///
/// impl<W: Write + Send + 'static> Mirror for LineMirror<W> {
///     fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
///         for (delivered, line) in batch.lines().iter().enumerate() {
///             match writeln!(self.0, "{} {}", line.uid(), line.text()) {
///                 Ok(()) => {}
///                 // This record can never be delivered. Say so; it is kept, or put into a file
///                 // of its own if `on_rejected` says so.
///                 Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
///                     return Err(DeliveryError::rejected(error).with_delivered(delivered));
///                 }
///                 // Anything else may be over later: the records from this one on come again.
///                 Err(error) => return Err(DeliveryError::retry(error).with_delivered(delivered)),
///             }
///         }
///         Ok(Delivered::all())
///     }
/// }
///
/// let folder = tempfile::tempdir()?;
/// let (layer, guard) =
///     AuditLayer::builder(folder.path()).mirror("lines", LineMirror(io::sink())).open()?;
/// # drop(layer);
/// guard.shutdown(std::time::Duration::from_secs(5))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Mirror: Send + 'static {
    /// Copies the records of a batch.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::retry`] if the receiver can't take anything now,
    /// [`DeliveryError::rejected`] if it does not take these records, and
    /// [`DeliveryError::timed_out`] if it may be too slow for so many. None of the records counts as
    /// delivered, except those that [`DeliveryError::with_delivered`] names.
    ///
    /// # Panics
    ///
    /// A panic is caught and treated as [`DeliveryError::retry`].
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError>;

    /// Returns what to do with a record that the receiver rejects although it was sent alone.
    ///
    /// Default: [`OnRejected::Keep`].
    fn on_rejected(&self) -> OnRejected {
        OnRejected::Keep
    }
}

/// What to do with a record that the receiver of a mirror rejects although it was sent alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnRejected {
    /// The record is sent again and again, and no later record is delivered until an operator
    /// resolves it. `log.mirror_failed` reports it.
    #[default]
    Keep,
    /// The record is written to a file of its own in `.state/dead_letters/`, `log.dead_letter`
    /// reports it, and the mirror goes on with the next record. Retention removes such a file
    /// together with the day files of its day.
    /// [`AuditHandle::deliver_dead_letters`](crate::AuditHandle::deliver_dead_letters) sends such
    /// records again.
    ///
    /// A receiver that rejects everything is a wrong endpoint, and costs no record: one is put aside
    /// only if the receiver accepts another one within a minute before or after. If it has accepted
    /// none, the records behind the rejected one are sent, each alone, until one is accepted. After ten
    /// rejected records in a row, the mirror keeps the next one as for `Keep`, and `log.mirror_failed`
    /// reports it at once.
    DeadLetter,
}
