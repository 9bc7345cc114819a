//! An event in a dispatch without an audit layer.

use crate::error::AppendError;
use crate::handle::{Place, Receipt};
use crate::record::prefix;
use crate::report::{Level, Limiter, Report};
use tracing_core::Dispatch;
use tracing_core::subscriber::NoSubscriber;

/// Reports that an event was dropped, and returns a receipt that says so.
#[cold]
pub(super) fn no_layer(dispatch: &Dispatch, limiter: &Limiter, event: &str, place: Place) -> Receipt {
    if let Some(suppressed) = limiter.permit() {
        let event = prefix(event, 128);
        let text =
            format!("the audit event `{event}`{place} was dropped: the current dispatch has no audit layer");
        let report = Report { level: Level::Error, text, suppressed };
        if dispatch.is::<NoSubscriber>() {
            // The call may come from inside another dispatch, which hides the default one.
            report.send_from_outside();
        } else {
            report.send(dispatch);
        }
    }
    Receipt::failed(AppendError::NoAuditLayer)
}
