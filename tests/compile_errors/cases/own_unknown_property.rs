tracing_audit::audit_events! {
    /// An invoice was sent.
    pub event InvoiceSent = "invoice.sent", default denied { .. }

    /// An invoice was lost.
    pub event InvoiceLost = "invoice.lost", id 200, colour red { .. }
}

fn main() {}
