use tracing_audit::{audit, events::SettingsChanged};

fn main() {
    audit!("auth.failed", outcome = false);
    audit!("auth.failed", outcome = "denied");
    audit!("auth.failed", resource.reason = "bad password", outcome = %"Failure", actor.user_sid = "ada");
    audit!("auth.failed", "outcome" = r"denied");
    audit!(SettingsChanged { resource: () }, outcome = "ok");
}
