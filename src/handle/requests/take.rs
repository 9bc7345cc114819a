//! Taking up the requests in the folder, in the order of their names.

use crate::journal::{Folder, Subscription};
use crate::report::Level;
use crate::request::{Answer, Kind, LONGEST, MOST, Request, What, answer_of, kind_of};
use std::collections::{HashSet, VecDeque};
use std::io;

/// So many answers are kept that no command has fetched.
const ANSWERS: usize = 64;

/// Does what is asked, and returns the answer; `None` if the log has ended.
pub(super) type Act = dyn Fn(&What) -> Option<Answer> + Send;

/// What the thread remembers.
#[derive(Debug, Default)]
pub(super) struct Taker {
    has_looked: bool,
    /// What could not be removed: it is done or refused, and said, once.
    stuck: HashSet<String>,
    answers: VecDeque<String>,
}

impl Taker {
    /// Takes up all requests that are there. Returns whether the log is still open.
    pub(super) fn take_all(&mut self, journal: &Subscription, act: &Act) -> bool {
        let directory = journal.directory();
        let Ok(mut names) = directory.names(Folder::Requests) else {
            // It is looked at again when it has changed; the command says that nothing was done.
            return true;
        };
        names.sort_unstable();
        let is_first = !std::mem::replace(&mut self.has_looked, true);
        let mut taken = 0;
        for name in names {
            match kind_of(&name) {
                // Of a command that has waited for an earlier process.
                Kind::New | Kind::Answer if is_first => {
                    directory.remove(Folder::Requests, &name).unwrap_or(());
                }
                Kind::New | Kind::Answer => {}
                _ if self.stuck.contains(&name) => self.remove(journal, &name),
                Kind::Other => self.refuse(journal, &name, "it is not the name of a request"),
                Kind::Request(_) if taken == MOST => {
                    self.refuse(journal, &name, "too many requests are made at once");
                }
                Kind::Request(id) => {
                    taken += 1;
                    if !self.take(journal, act, &name, id) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Returns whether the log is still open.
    fn take(&mut self, journal: &Subscription, act: &Act, name: &str, id: &str) -> bool {
        let read = journal.directory().read_request(name, LONGEST);
        match read.and_then(|(text, uid)| Ok((Request::parse(&text)?, uid))) {
            Ok((request, uid)) => {
                journal.emit(request.what.requested(Some(id), uid));
                let Some(answer) = act(&request.what) else {
                    return false;
                };
                self.remove(journal, name);
                self.answer(journal, id, &answer);
            }
            // Taken back.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                self.refuse(journal, name, &error.to_string());
                self.answer(
                    journal,
                    id,
                    &Answer::failed(format!("the log has refused the request: {error}")),
                );
            }
        }
        true
    }

    fn answer(&mut self, journal: &Subscription, id: &str, answer: &Answer) {
        let (directory, name) = (journal.directory(), answer_of(id));
        let written =
            answer.encode().and_then(|text| directory.replace_in(Folder::Requests, &name, &text, false));
        match written {
            Ok(()) => self.answers.push_back(name),
            Err(error) => {
                let path = journal.path().join(Folder::Requests.path_of(&name));
                journal
                    .reports()
                    .post(Level::Warn, || format!("could not write {}: {error}", path.display()));
            }
        }
        if self.answers.len() > ANSWERS
            && let Some(oldest) = self.answers.pop_front()
        {
            // Its command has fetched and removed it, most likely.
            directory.remove(Folder::Requests, &oldest).unwrap_or(());
        }
    }

    fn refuse(&mut self, journal: &Subscription, name: &str, reason: &str) {
        let path = journal.path().join(Folder::Requests.path_of(name));
        journal
            .reports()
            .post(Level::Warn, || format!("the request {} is refused: {reason}", path.display()));
        self.remove(journal, name);
    }

    /// Removes a request that is done or refused. One that stays is not taken up again.
    fn remove(&mut self, journal: &Subscription, name: &str) {
        match journal.directory().remove(Folder::Requests, name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                if self.stuck.insert(name.to_owned()) {
                    let path = journal.path().join(Folder::Requests.path_of(name));
                    journal
                        .reports()
                        .post(Level::Warn, || format!("could not remove {}: {error}", path.display()));
                }
            }
            _ => {
                self.stuck.remove(name);
            }
        }
    }
}
