//! A full disk, an application on it, and the conditions that its log must meet.

pub(crate) mod account;
pub(crate) mod ballast;
pub(crate) mod emitter;
pub(crate) mod process;

/// The name of an event: its emitter (`PROCESS.THREAD`) and its number.
pub(crate) type Name = (String, u64);

/// Returns the padding of an event: mostly short, sometimes longer than a page.
pub(crate) fn padding(from: &str, n: u64) -> String {
    let length = if n % 100 == 99 { 20_000 } else { n * 7 % 900 };
    format!("{from}.{n} ").chars().cycle().take(length as usize).collect()
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

pub(crate) fn free_bytes(place: &std::path::Path) -> u64 {
    let space = rustix::fs::statvfs(place).unwrap();
    space.f_bavail * space.f_frsize
}
