tracing_audit::audit_events! {
    /// An invoice was sent.
    pub event InvoiceSent = "InvoiceSent" { .. }
}

mod reserved {
    tracing_audit::audit_events! {
        /// An invoice was sent.
        pub event InvoiceSent = "log.sent" { .. }
    }
}

fn main() {}
