use tracing_audit::{audit, audit_events};

audit_events! {
    /// A report was read.
    pub event ReportRead = "report.read" {
        /// The report's number.
        id: u64,
    }
}

fn main() {
    audit!(ReportRead { id: 7 }, resource.type = "report", resource.id = "7");
}
