//! The audit events of the application.

use tracing_audit::audit_events;

audit_events! {
    /// An invoice was sent to a customer.
    #[derive(Debug)]
    pub event InvoiceSent<'a> = "invoice.sent", id 200 {
        /// The invoice's number.
        number: &'a str,
        /// What it comes to, in cents.
        cents: u64,
        /// Who else got it.
        copy_to [left out when empty]: &'a [&'a str],
    }

    /// An invoice was cancelled.
    #[derive(Debug)]
    pub event InvoiceCancelled<'a> = "invoice.cancelled", id 201 {
        /// The invoice's number.
        number: &'a str,
        /// Why, if a reason was given.
        reason: Option<&'a str>,
    }

    /// A report was made of the books. What it is about depends on the report.
    #[derive(Debug)]
    pub event ReportMade = "report.made" { .. }
}
