use tracing_audit::audit;

fn main() {
    let event = 7;
    audit!(event);
}
