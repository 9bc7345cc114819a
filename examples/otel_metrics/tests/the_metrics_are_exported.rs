//! The example exports the log's health while events flow and after the log was closed.

#[path = "../../../tests/support/example.rs"]
#[allow(dead_code, unreachable_pub)]
mod example;

use std::path::Path;

fn run(rust_log: &str, folder: &Path) -> (String, String) {
    example::run(Path::new(env!("CARGO_BIN_EXE_otel_metrics")), &[], rust_log, folder)
}

/// The metrics of one export, as `opentelemetry-stdout` prints them: name, unit and value.
fn metrics(export: &str) -> Vec<(&str, &str, f64)> {
    fn field<'a>(metric: &'a str, name: &str) -> &'a str {
        let mut lines = metric.lines().filter_map(|line| line.split_once(':'));
        let value = lines.find_map(|(key, value)| (key.trim() == name).then_some(value.trim()));
        value.unwrap_or_else(|| panic!("no {name}: {metric}"))
    }
    let of = |metric| (field(metric, "Name"), field(metric, "Unit"), field(metric, "Value").parse().unwrap());
    export.split("\nMetric #").skip(1).map(of).collect()
}

#[test]
fn otel_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, _) = run("off", folder.path());
    let (first, last) = stdout.split_once("After the log was closed").unwrap();
    let exact = [
        ("audit.records", "{record}", 3.0),
        ("audit.refused", "{event}", 0.0),
        ("audit.gaps", "{record}", 0.0),
        ("audit.pruning.suspended", "1", 0.0),
        ("audit.enabled", "1", 1.0),
    ];
    for export in [first, last] {
        let metrics = metrics(export);
        for metric in &exact {
            assert!(metrics.contains(metric), "{metric:?} in {metrics:?}");
        }
        let value = |name: &str, unit: &str| {
            let found = metrics.iter().find(|metric| (metric.0, metric.1) == (name, unit));
            found.unwrap_or_else(|| panic!("no {name} in {unit}: {metrics:?}")).2
        };
        assert!(value("audit.written", "By") > 300.0, "{metrics:?}");
        assert!(value("audit.unsynced", "{record}") <= 4.0, "{metrics:?}");
        assert!(value("audit.uncommitted", "{record}") <= 4.0, "{metrics:?}");
        assert!(value("audit.disk.free", "By") > 0.0, "{metrics:?}");
        // No event was refused.
        assert!(metrics.iter().all(|metric| metric.0 != "audit.last_error.age"), "{metrics:?}");
    }
    // All is on disk in the end.
    let last = metrics(last);
    assert!(last.contains(&("audit.unsynced", "{record}", 0.0)), "{last:?}");
    assert!(last.contains(&("audit.uncommitted", "{record}", 0.0)), "{last:?}");
}
