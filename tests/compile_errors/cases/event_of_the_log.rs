use tracing_audit::audit;

fn main() {
    audit!("log.closed", resource.recorded = 1);
}
