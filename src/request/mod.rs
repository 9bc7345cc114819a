//! Requests: what the command `auditlog` asks of the process that writes a log.
//!
//! Only one process writes a log. A command that is to change something while another process does so leaves a request in
//! `.state/requests`, and the writer takes it up, records who has asked (`log.requested`), does it and leaves an answer:
//!
//! ```text
//! .state/requests/ID.new        a request that is being written
//! .state/requests/ID.request    a request: ID.new, renamed
//! .state/requests/ID.answer     what became of it; the command removes it
//! ```
//!
//! ID is 32 hex digits, chosen at random. A request is one line of JSON: `version` is 1, and `what` is one of [`What`], by
//! its name.
//!
//! ```json
//! {"version":1,"what":{"prune":{"trust_clock":true,"older_than":null,"even_changed":false}}}
//! ```
//!
//! *Who may ask.* `.state` is closed to all but the log's account and root, and a request must belong to one of them; the
//! file's owner is what `log.requested` calls `uid`. It must be a regular file without another name, which no other account
//! may write. An unknown version or key is an error. It has at most [`LONGEST`] bytes, and at most [`MOST`] wait
//! at a time. What is not a request as this says is refused: it is removed, and the runtime log is told.
//!
//! *How the writer learns of it.* Its thread `audit-requests` waits for a change of that folder, by inotify on Linux: one
//! `read` that does not return while nothing is asked. So an idle log makes no system call, and an append costs what it did
//! without. None of the other threads could look: while nothing is recorded, all of them sleep until they are woken
//! from inside of the process, or for an hour. A signal would be the application's, a FIFO or a socket in the directory would hold up
//! whatever copies it. Where there is no inotify (on other systems; an account may have 128 instances), the thread looks once
//! a second. Requests that a dead writer has left are taken up when the log is opened again.
//!
//! *Once.* A request is removed when it is done, before it is answered. If the process dies in between, it is done again by the
//! next one: the same `id` in two `log.requested` tells.

mod answer;
mod leave;
mod limits;
mod names;
#[cfg_attr(unix, path = "place/unix.rs")]
#[cfg_attr(not(unix), path = "place/elsewhere.rs")]
mod place;
#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "watch/linux.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "watch/elsewhere.rs")]
mod watch;
mod what;

pub(crate) use answer::Answer;
pub(crate) use leave::{Left, leave};
pub(crate) use limits::{LONGEST, MOST};
pub(crate) use names::{Kind, answer_of, kind_of};
pub(crate) use watch::Watch;
pub(crate) use what::{Event, Request, What};
