tracing_audit::audit_events! {
    /// An invoice was sent.
    pub event InvoiceSent = "invoice.sent", id 100 { .. }
}

fn main() {}
