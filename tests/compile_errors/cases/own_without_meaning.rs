tracing_audit::audit_events! {
    pub event InvoiceSent = "invoice.sent" { .. }
}

fn main() {}
