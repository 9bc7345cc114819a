use tracing_audit::audit;

fn main() {
    let event = "auth.failed";
    audit!(event);
}
