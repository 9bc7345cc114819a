use tracing_audit::audit;

fn main() {
    let reason = "bad password";
    audit!("auth.failed", reason);
}
