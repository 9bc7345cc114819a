use tracing_audit::{audit, audit_events};

audit_events! {
    /// An invoice was sent to a customer.
    pub event InvoiceSent<'a> = "invoice.sent", id 200 {
        /// The invoice's number.
        number: &'a str,
        /// What it comes to, in cents.
        cents: u64,
    }
}

fn main() {
    audit!(InvoiceSent { number: "2026-041" });
    audit!(InvoiceSent { number: "2026-041", cents: "119.00" });
    audit!(InvoiceSent { number: "2026-041", cents: 11900, euros: 119 });
}
