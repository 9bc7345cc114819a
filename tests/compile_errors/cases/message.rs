use tracing_audit::audit;

fn main() {
    audit!("auth.failed", "bad password");
    audit!("auth.failed", actor.user_sid = "ada", "bad password for {}", 1);
}
