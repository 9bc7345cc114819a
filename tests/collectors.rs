//! The mirror to OpenTelemetry collectors: what arrives, what a collector that is slow, wrong or away costs, and that
//! the application does not notice it.

#[path = "collectors/a_collector_gets_every_field.rs"]
mod a_collector_gets_every_field;
#[path = "collectors/a_mirror_works_in_any_runtime.rs"]
mod a_mirror_works_in_any_runtime;
#[path = "collectors/a_slow_or_wrong_collector_costs_no_record.rs"]
mod a_slow_or_wrong_collector_costs_no_record;
#[path = "collectors/a_wrong_endpoint_costs_no_record.rs"]
mod a_wrong_endpoint_costs_no_record;
#[path = "collectors/runtime_log_is_untouched_by_mirrors.rs"]
mod runtime_log_is_untouched_by_mirrors;
mod support;
#[path = "collectors/the_test_collector_is_right.rs"]
mod the_test_collector_is_right;
