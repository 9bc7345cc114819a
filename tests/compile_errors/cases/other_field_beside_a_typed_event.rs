use tracing_audit::{audit, events::PolicyApplied};

fn main() {
    audit!(PolicyApplied { source: "gpo", keys_locked_count: 7 }, "resource.reason" = "x");
}
