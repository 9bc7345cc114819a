//! Priorities of threads on other systems: they stay as they are.

pub(super) fn may_kill() -> bool {
    false
}

pub(super) fn lower() {}

pub(super) fn raise() {}
