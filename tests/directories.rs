//! Where a log may be: which directories are refused, taken over or shared with a group, and disks that fill up.

#[path = "directories/a_disk_that_fills_up_is_told.rs"]
mod a_disk_that_fills_up_is_told;
#[path = "directories/a_group_may_read.rs"]
mod a_group_may_read;
#[path = "directories/an_original_directory_is_taken_over.rs"]
mod an_original_directory_is_taken_over;
#[path = "directories/bad_places_are_refused_clearly.rs"]
mod bad_places_are_refused_clearly;
mod support;
