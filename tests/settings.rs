//! Settings change while the log is open: at once, whole or not at all, and without the loss of an event.

#[path = "settings/a_change_of_settings_is_made_whole_or_not_at_all.rs"]
mod a_change_of_settings_is_made_whole_or_not_at_all;
#[path = "settings/mirrors_change_while_events_flow.rs"]
mod mirrors_change_while_events_flow;
#[path = "settings/settings_change_while_events_flow.rs"]
mod settings_change_while_events_flow;
mod support;
