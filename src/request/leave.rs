//! Leaving a request, and waiting for the answer: the command's side.

use super::answer::Answer;
use super::limits::{LONGEST, MOST};
use super::names::{Kind, answer_of, kind_of, new_of, request_of};
use super::place::Place;
use super::what::Request;
use crate::record::hex;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the answer is looked for.
const STEP: Duration = Duration::from_millis(20);

/// How often it is tried to leave a request.
const ATTEMPTS: u32 = 3;

/// A request that was left.
#[derive(Debug)]
pub(crate) struct Left {
    place: Place,
    id: String,
}

/// Leaves a request for the process that writes the log in `dir`.
///
/// # Errors
///
/// [`io::ErrorKind::NotFound`]: there is no folder for requests, and this account can't make one. Other errors say what is
/// wrong.
pub(crate) fn leave(dir: &Path, request: &Request) -> io::Result<Left> {
    let text = request.encode()?;
    if text.len() as u64 > LONGEST {
        let reason = format!("it has {} bytes, and a request has at most {LONGEST}", text.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let mut attempt = 1;
    loop {
        match try_to_leave(dir, &text) {
            // A process that has just opened the log has removed what it took for a dead command's, or someone the folder.
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
            left => return left,
        }
    }
}

fn try_to_leave(dir: &Path, text: &[u8]) -> io::Result<Left> {
    let place = Place::open(dir)?;
    let waiting = place.names()?.iter().filter(|name| matches!(kind_of(name), Kind::Request(_))).count();
    if waiting >= MOST {
        return Err(io::Error::other(format!("{waiting} requests wait already")));
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(io::Error::from)?;
    let id = hex(&random);
    let (new, request) = (new_of(&id), request_of(&id));
    place.create(&new, text).and_then(|()| place.rename(&new, &request)).inspect_err(|_| {
        // The error that is returned says why it is no request.
        place.remove(&new).unwrap_or(());
    })?;
    Ok(Left { place, id })
}

impl Left {
    /// Returns the request's id: 32 hex digits.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Takes the request back; returns whether it was still there.
    pub(crate) fn take_back(&self) -> bool {
        self.place.remove(&request_of(&self.id)).is_ok()
    }

    /// Waits for the answer, at most that long.
    pub(crate) fn wait(&self, wait: Duration) -> io::Result<Option<Answer>> {
        let begun = Instant::now();
        let name = answer_of(&self.id);
        loop {
            if let Some(text) = self.place.read(&name)? {
                // The writer removes what is left of it.
                self.place.remove(&name).unwrap_or(());
                return Answer::parse(&text).map(Some);
            }
            let left = wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            std::thread::sleep(left.min(STEP));
        }
    }
}
