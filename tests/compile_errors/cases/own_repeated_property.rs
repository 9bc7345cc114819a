tracing_audit::audit_events! {
    /// An invoice was sent.
    pub event InvoiceSent = "invoice.sent", id 200, id 201 { .. }
}

fn main() {}
