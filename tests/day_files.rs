//! Day files are numbered without a break, reach the disk, stay whole, and leave only when they are old enough.

#[path = "day_files/a_log_that_nobody_opens_again_is_recovered.rs"]
mod a_log_that_nobody_opens_again_is_recovered;
#[path = "day_files/a_lost_day_file_is_noticed.rs"]
mod a_lost_day_file_is_noticed;
#[path = "day_files/a_record_is_on_disk_when_it_says_so.rs"]
mod a_record_is_on_disk_when_it_says_so;
#[path = "day_files/a_rotation_tool_loses_nothing.rs"]
mod a_rotation_tool_loses_nothing;
#[path = "day_files/a_torn_line_does_not_stay.rs"]
mod a_torn_line_does_not_stay;
#[path = "day_files/an_open_log_is_safe_from_others_on_windows.rs"]
mod an_open_log_is_safe_from_others_on_windows;
#[path = "day_files/only_old_day_files_are_removed.rs"]
mod only_old_day_files_are_removed;
#[path = "day_files/seq_never_begins_again.rs"]
mod seq_never_begins_again;
mod support;
#[path = "day_files/what_is_not_the_logs_own_is_not_believed.rs"]
mod what_is_not_the_logs_own_is_not_believed;
