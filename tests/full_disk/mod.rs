//! A disk that is full, an application on it, and what must hold of its log.

pub(crate) mod account;
pub(crate) mod ballast;
pub(crate) mod emitter;
pub(crate) mod process;

/// An event, by who has emitted it (`PROCESS.THREAD`) and which of theirs it is.
pub(crate) type Name = (String, u64);

/// What an event carries: mostly little, and now and then more than a page.
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
