use tracing_audit::audit;

fn main() {
    audit!("auth.failed", resource._violations = "none");
}
