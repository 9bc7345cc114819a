//! [`Actor::current_user`]: the user that the process runs as.

use crate::account::process_account;
use crate::record::{Actor, ActorKey};

impl Actor {
    /// Returns the user that this process runs as: on Windows the SID (`S-1-5-21-…`) as `user_sid`, on
    /// Unix the user id, in decimal, as `user_id`.
    ///
    /// It is meant for programs that act for the user who started them. A service acts for its
    /// clients: take their names from their requests.
    ///
    /// On Unix it is the real user id, also in a setuid program; under `sudo` it is 0. On Windows
    /// it is the process's user, also while a thread impersonates another one.
    ///
    /// It never fails. If the operating system does not tell the user, which no supported system
    /// is known to do, the actor is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing_audit::{Actor, audit};
    ///
    /// Actor::current_user().session_id("9f2c").scope(|| audit!("privacy.export"));
    /// ```
    #[must_use]
    pub fn current_user() -> Actor {
        let key = if cfg!(windows) { ActorKey::UserSid } else { ActorKey::UserId };
        let mut actor = Actor::new();
        actor.set(key, process_account().ok());
        actor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_user_owns_the_files_that_the_process_creates() {
        let actor = Actor::current_user();
        let user = if cfg!(windows) { actor.user_sid } else { actor.user_id };
        let user = user.unwrap();
        assert_eq!(actor.session_id, None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(user, folder.path().metadata().unwrap().uid().to_string());
        }
        if cfg!(windows) {
            let parts = user.strip_prefix("S-1-").unwrap().split('-').collect::<Vec<_>>();
            assert!(parts.len() >= 2, "{user}");
            assert!(parts.iter().all(|part| part.parse::<u64>().is_ok()), "{user}");
        }
    }
}
