use tracing_audit::audit;

fn emit(name: &str, owned: String) {
    audit!(name);
    audit!(name, actor.user_sid = "ada", outcome = "failure");
    audit!(owned, resource.reason = "bad password");
    audit!(format!("auth.{name}"), actor.user_sid = "ada");
}

fn main() {
    emit("auth.failed", String::new());
}
