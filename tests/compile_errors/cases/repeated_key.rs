use tracing_audit::audit;

fn main() {
    audit!("auth.failed", resource.reason = "a", outcome = "failure", resource.reason = "b");
}
