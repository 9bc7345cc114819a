tracing_audit::audit_events! {
    /// An invoice was sent.
    pub event InvoiceSent = "invoice.sent", requires outcome, id 200, default failure { .. }

    /// An invoice was lost.
    pub event InvoiceLost = "invoice.lost", no actor, requires actor { .. }
}

fn main() {}
