//! Which process this is, in words that another one can check later.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(unix, windows)), path = "elsewhere.rs")]
mod system;

use super::host_name;
use serde::{Deserialize, Serialize};

/// A process, told from all others that have had, or will have, its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProcessIdentity {
    /// The process's id.
    pub pid: u32,
    /// When it was started: on Linux in clock ticks since the system was, on Windows in units of 100 nanoseconds since
    /// 1601. Of use only to be compared.
    pub started: Option<u64>,
    /// On Linux, the id of the system's boot.
    pub boot: Option<String>,
    /// On Linux, the namespace of process ids, such as that of a container.
    pub namespace: Option<String>,
    /// The name of the machine.
    pub host: Option<String>,
}

impl ProcessIdentity {
    /// Returns this process.
    pub(crate) fn own() -> ProcessIdentity {
        let pid = std::process::id();
        ProcessIdentity {
            pid,
            started: system::started(pid),
            boot: system::boot(),
            namespace: system::namespace(),
            host: host_name(),
        }
    }

    /// Returns whether the process is running; `None` if that can't be told from here: it is one of another machine or
    /// container, or of another account.
    pub(crate) fn is_running(&self) -> Option<bool> {
        if self.host != host_name() {
            return None;
        }
        match (&self.boot, system::boot()) {
            (Some(then), Some(now)) if *then != now => return Some(false),
            _ => {}
        }
        if self.namespace != system::namespace() {
            return None;
        }
        let is_there = system::exists(self.pid)?;
        match (self.started, system::started(self.pid)) {
            (Some(then), Some(now)) => Some(is_there && then == now),
            _ => Some(is_there),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_more_than_its_id() {
        let own = ProcessIdentity::own();
        assert_eq!(own.pid, std::process::id());
        assert_eq!(own.is_running(), Some(true));
        if let Some(started) = own.started {
            let other = ProcessIdentity { started: Some(started + 1), ..own.clone() };
            assert_eq!(other.is_running(), Some(false), "the id was given again");
        }
        if own.boot.is_some() {
            let other = ProcessIdentity { boot: Some("before".to_owned()), ..own.clone() };
            assert_eq!(other.is_running(), Some(false), "the machine was started again");
        }
        let elsewhere = ProcessIdentity { host: Some("elsewhere.example".to_owned()), ..own };
        assert_eq!(elsewhere.is_running(), None);
    }

    #[test]
    #[cfg_attr(windows, ignore = "needs a program that ends at once")]
    fn a_process_that_has_ended_is_not_running() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        let identity = ProcessIdentity { pid, started: system::started(pid), ..ProcessIdentity::own() };
        child.wait().unwrap();
        assert_eq!(identity.is_running(), Some(false));
    }
}
