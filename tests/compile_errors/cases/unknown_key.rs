use tracing_audit::audit;

fn main() {
    audit!("auth.failed", actor.name = "ada");
    audit!("auth.failed", reason = "bad password");
    audit!("auth.failed", "reason" = "bad password");
}
