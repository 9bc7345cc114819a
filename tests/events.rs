//! What an event says is recorded as it was said, once, and flagged where its catalog entry says otherwise.

#[path = "events/a_uid_belongs_to_one_record.rs"]
mod a_uid_belongs_to_one_record;
#[path = "events/a_value_is_recorded_as_what_it_is.rs"]
mod a_value_is_recorded_as_what_it_is;
#[path = "events/an_audited_action_is_recorded_once.rs"]
mod an_audited_action_is_recorded_once;
#[path = "events/audit_compiles_in_any_code.rs"]
mod audit_compiles_in_any_code;
#[path = "events/original_contract.rs"]
mod original_contract;
#[path = "events/secrets_are_redacted.rs"]
mod secrets_are_redacted;
mod support;
#[path = "events/the_catalog_is_kept.rs"]
mod the_catalog_is_kept;
#[path = "events/threads_share_one_order.rs"]
mod threads_share_one_order;
#[path = "events/what_an_event_must_say_is_seen.rs"]
mod what_an_event_must_say_is_seen;
