mod without_a_comma {
    tracing_audit::audit_events! {
        /// An invoice was sent.
        pub event InvoiceSent = "invoice.sent", id 200 { .. }

        /// An invoice was lost.
        pub event InvoiceLost<'a> = "invoice.lost", ocsf 3002/1 requires actor { number: &'a str }
    }
}

mod without_the_first_comma {
    tracing_audit::audit_events! {
        /// An invoice was lost.
        pub event InvoiceLost = "invoice.lost" requires actor { .. }
    }
}

mod without_a_value {
    tracing_audit::audit_events! {
        /// An invoice was lost.
        pub event InvoiceLost = "invoice.lost", requires { .. }
    }
}

mod without_a_property {
    tracing_audit::audit_events! {
        /// An invoice was lost.
        pub event InvoiceLost = "invoice.lost", { .. }
    }
}

mod without_fields {
    tracing_audit::audit_events! {
        /// An invoice was sent.
        pub event InvoiceSent = "invoice.sent"

        /// An invoice was lost.
        pub event InvoiceLost = "invoice.lost" { .. }
    }
}

mod without_a_sign {
    tracing_audit::audit_events! {
        /// An invoice was lost.
        pub event InvoiceLost "invoice.lost" { .. }
    }
}

mod with_a_bound {
    tracing_audit::audit_events! {
        /// An invoice was lost.
        pub event InvoiceLost<T: Clone> = "invoice.lost" { number: T }
    }
}

mod a_struct {
    tracing_audit::audit_events! {
        /// An invoice was lost.
        pub struct InvoiceLost { number: u64 }
    }
}

mod without_a_semicolon {
    tracing_audit::audit_events! {
        pub(crate) catalog BILLING

        /// An invoice was lost.
        pub event InvoiceLost = "invoice.lost" { .. }
    }
}

mod no_definition {
    tracing_audit::audit_events! { "invoice.lost" }
}

mod with_a_constant {
    const NAME: &str = "invoice.lost";

    tracing_audit::audit_events! {
        /// An invoice was lost.
        pub event InvoiceLost = NAME { .. }
    }
}

fn main() {}
