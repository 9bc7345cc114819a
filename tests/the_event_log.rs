//! The Windows Event Log gets every record; elsewhere the setting costs nothing.

#[path = "the_event_log/a_source_of_the_event_log_is_registered_alone.rs"]
mod a_source_of_the_event_log_is_registered_alone;
#[cfg(windows)]
mod event_log;
mod support;
#[path = "the_event_log/the_event_log_costs_nothing_elsewhere.rs"]
mod the_event_log_costs_nothing_elsewhere;
#[path = "the_event_log/the_event_log_gets_every_record.rs"]
mod the_event_log_gets_every_record;
