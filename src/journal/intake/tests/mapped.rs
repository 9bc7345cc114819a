//! Where a store into the mapping would end the process.

use super::*;
use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

/// Guards against a store into the mapping of a file that has become immutable, which ends the
/// process with SIGBUS.
#[test]
fn an_immutable_file_is_written_by_calls_which_fail_until_it_can_be_written_again() {
    let file = tempfile::tempfile().unwrap();
    let set = |flags| ioctl_setflags(&file, flags);
    let Ok(before) = ioctl_getflags(&file) else { return };
    if mapping_of(&file).unwrap() != Mapping::Safe {
        return;
    }
    let mapped = Mapped::new(file.try_clone().unwrap(), Mapping::Safe, *CAPACITIES.start()).unwrap();
    mapped.store(0, 1).unwrap();
    if set(before | IFlags::IMMUTABLE).is_err() {
        // Only root can make a file immutable.
        return;
    }
    assert!(mapped.check_writable(false), "it is new");
    assert!(!mapped.check_writable(false), "it is no longer new");
    mapped.has_space(true);
    assert!(mapped.is_by_calls(), "whatever space there is");
    assert_eq!(mapped.store(0, 2), Err(Unwritable));
    set(before).unwrap();
    assert!(!mapped.check_writable(false));
    assert!(!mapped.is_by_calls());
    mapped.store(0, 3).unwrap();
    assert_eq!(mapped.load(0), 3);
    assert!(mapped.check_writable(true), "its directory");
    assert!(mapped.is_by_calls());
    // Pages that are about to be written to show it as well.
    mapped.check_writable(false);
    assert!(!mapped.is_by_calls());
    set(before | IFlags::IMMUTABLE).unwrap();
    mapped.prepare(0, WORDS);
    set(before).unwrap();
    assert!(mapped.is_by_calls());
}
