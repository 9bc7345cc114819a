tracing_audit::audit_events! {
    /// An invoice was sent.
    pub event InvoiceSent = "invoice.sent", requires outcome, id 200, default failure { .. }
}

fn main() {}
