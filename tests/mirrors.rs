//! Mirrors get every record, in order, whatever happens to them, to the process or to the day files, and hold up
//! nothing else.

#[path = "mirrors/a_day_that_a_mirror_has_not_got_stays_longer.rs"]
mod a_day_that_a_mirror_has_not_got_stays_longer;
#[path = "mirrors/a_killed_process_keeps_nothing_from_its_mirror.rs"]
mod a_killed_process_keeps_nothing_from_its_mirror;
#[path = "mirrors/a_mirror_follows_whatever_is_done_to_its_directory.rs"]
mod a_mirror_follows_whatever_is_done_to_its_directory;
#[path = "mirrors/a_mirror_gets_every_record.rs"]
mod a_mirror_gets_every_record;
#[path = "mirrors/a_mirror_gets_records_of_any_size.rs"]
mod a_mirror_gets_records_of_any_size;
#[path = "mirrors/a_mirror_gets_what_is_left_in_the_files.rs"]
mod a_mirror_gets_what_is_left_in_the_files;
#[path = "mirrors/a_mirror_survives_being_killed.rs"]
mod a_mirror_survives_being_killed;
#[path = "mirrors/a_mirror_that_misbehaves_holds_nobody.rs"]
mod a_mirror_that_misbehaves_holds_nobody;
#[path = "mirrors/an_idle_mirror_searches_no_files.rs"]
mod an_idle_mirror_searches_no_files;
#[path = "mirrors/an_operator_prunes_no_day_that_a_mirror_has_not_got.rs"]
mod an_operator_prunes_no_day_that_a_mirror_has_not_got;
mod support;
