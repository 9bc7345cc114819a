//! The application's audit events.

use tracing_audit::audit_events;

audit_events! {
    /// An invoice was sent to a customer.
    #[derive(Debug)]
    pub event InvoiceSent<'a> = "invoice.sent", id 200 {
        /// The invoice's number.
        number: &'a str,
        /// The amount, in cents.
        cents: u64,
        /// Further recipients.
        copy_to [left out when empty]: &'a [&'a str],
    }

    /// An invoice was cancelled.
    #[derive(Debug)]
    pub event InvoiceCancelled<'a> = "invoice.cancelled", id 201 {
        /// The invoice's number.
        number: &'a str,
        /// The reason, if one was given.
        reason: Option<&'a str>,
    }

    /// A report was created. Its fields depend on the report.
    #[derive(Debug)]
    pub event ReportMade = "report.made" { .. }
}
