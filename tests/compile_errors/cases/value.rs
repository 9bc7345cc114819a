use tracing_audit::audit;

struct Opaque;

fn main() {
    audit!("auth.failed", resource.opaque = Opaque);
}
