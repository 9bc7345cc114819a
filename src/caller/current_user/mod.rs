//! The user as whom the process runs.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix::user;
#[cfg(windows)]
use windows::user;

use crate::record::Actor;

impl Actor {
    /// The user as whom this process runs: the SID on Windows (`S-1-5-21-…`), on Unix the uid, in
    /// decimal.
    ///
    /// For a program that acts for whoever has started it. A service acts for those who ask it:
    /// their names are in what they ask. On Unix it is the real uid, that of who has started the
    /// program, also where that is setuid; under `sudo` it is 0. On Windows it is the process's,
    /// also while a thread impersonates somebody.
    ///
    /// It never fails: should the system not tell, as none is known to do, the actor has no
    /// `user_sid`, and the record says so.
    ///
    /// ```
    /// use tracing_audit::{Actor, audit};
    ///
    /// Actor::current_user().session_id("9f2c").scope(|| audit!("privacy.export"));
    /// ```
    #[must_use]
    pub fn current_user() -> Actor {
        Actor { user_sid: user(), ..Actor::new() }
    }
}

#[cfg(not(any(unix, windows)))]
fn user() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_user_is_the_owner_of_what_the_process_makes() {
        let actor = Actor::current_user();
        let user = actor.user_sid.unwrap();
        assert_eq!(actor.session_id, None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(user, folder.path().metadata().unwrap().uid().to_string());
        }
        #[cfg(windows)]
        {
            let parts = user.strip_prefix("S-1-").unwrap().split('-').collect::<Vec<_>>();
            assert!(parts.len() >= 2, "{user}");
            assert!(parts.iter().all(|part| part.parse::<u64>().is_ok()), "{user}");
        }
    }
}
