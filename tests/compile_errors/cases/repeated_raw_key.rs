use tracing_audit::audit;

fn main() {
    audit!("auth.failed", resource.r#type = "a", resource.type = "b");
}
