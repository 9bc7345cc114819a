//! The files of the seals.

use super::check::Check;
use crate::published::PublishedStatus;
use crate::read::verify::{FindingKind, Status, seal_problems};
use std::path::Path;
use std::time::Duration;

/// How long the writer takes at most to publish what it has pruned.
const PUBLISHED_WITHIN: Duration = Duration::from_millis(1500);

/// Looks whether the keys and seals are there and follow one another, and whether each file that they seal is there. No line is
/// read: that is for `verify`.
pub(super) fn files(dir: &Path, status: Option<&PublishedStatus>) -> Check {
    const NAME: &str = "seals";
    let is_sealed = status.is_none_or(|status| status.seal.is_some());
    // The folder, the key and the first checkpoint come a moment after the first records are on disk.
    let is_awaited =
        status.and_then(|status| status.seal.as_ref()).is_some_and(|seal| seal.sealed_seq.is_none());
    if !dir.join("seal").exists() {
        return match status {
            Some(_) if is_awaited => Check::ok(NAME, "nothing is sealed yet"),
            Some(_) if is_sealed => Check::critical(NAME, "the folder `seal` is gone"),
            _ => Check::ok(NAME, "the log is not sealed"),
        };
    }
    let problems = seal_problems(dir, status.map(|status| status.kept_from_seq));
    let problems = match problems {
        // A file that is pruned just now: the writer says so within a second.
        Ok(problems) if problems.iter().any(|problem| problem.kind == FindingKind::FileMissing) => {
            std::thread::sleep(PUBLISHED_WITHIN);
            seal_problems(dir, super::status::read(dir).ok().map(|status| status.kept_from_seq))
        }
        problems => problems,
    };
    let mut problems = match problems {
        Ok(problems) => problems,
        Err(error) => return Check::unknown(NAME, crate::error::Chain(&error).to_string()),
    };
    if is_awaited {
        problems.retain(|problem| problem.kind.status() == Status::Tampered);
    }
    let worst = problems.iter().max_by_key(|problem| problem.kind.status());
    match worst {
        Some(worst) if worst.kind.status() == Status::Tampered => {
            Check::critical(NAME, format!("{worst} ({} problems)", problems.len()))
        }
        Some(worst) => Check::warning(NAME, format!("{worst} ({} problems)", problems.len())),
        // Without the writer's word on what it has pruned, a file that is not there may have been pruned.
        None if status.is_none() => Check::ok(NAME, "keys and seals follow one another"),
        None => Check::ok(NAME, "keys and seals follow one another, and the files they are of are there"),
    }
}
