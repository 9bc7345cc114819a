use tracing_audit::audit;

fn main() {
    audit!("auth.failed", outcome = false);
}
