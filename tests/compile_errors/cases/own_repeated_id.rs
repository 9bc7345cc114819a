tracing_audit::audit_events! {
    /// An invoice was sent.
    pub event InvoiceSent = "invoice.sent", id 200 { .. }

    /// An invoice was paid.
    pub event InvoicePaid = "invoice.paid", id 200 { .. }
}

fn main() {}
