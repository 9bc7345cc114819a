//! The reports of emitters.

use super::Id;
use std::collections::{BTreeMap, BTreeSet};

/// The reports of all emitters on one journal so far.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// The acknowledged events by number.
    pub(crate) recorded: BTreeMap<u64, Id>,
    /// The number of threads that have emitted: each may have one event in flight.
    pub(crate) threads: u64,
    /// The refused events.
    pub(crate) refused: BTreeSet<Id>,
    /// The number of reported events of each thread of a child: the next may be in flight.
    reported: BTreeMap<(u64, u64), u64>,
}

impl Witness {
    /// Takes in a line. Returns whether it reports an event.
    pub(crate) fn hear(&mut self, said: &str) -> bool {
        let words: Vec<&str> = said.split(' ').collect();
        let [child, thread, n, verdict, what, ..] = words[..] else {
            return false;
        };
        let number = |word: &str| word.parse::<u64>().ok();
        let (Some(child), Some(thread), Some(n)) = (number(child), number(thread), number(n)) else {
            return false;
        };
        let id = Id { child, thread, n };
        let reported = self.reported.entry((child, thread)).or_default();
        assert_eq!(*reported, n, "{said}: a report is missing");
        *reported += 1;
        match verdict {
            "recorded" => {
                let other = self.recorded.insert(number(what).unwrap(), id);
                assert_eq!(other, None, "{said}: the number was used before");
            }
            "refused" => assert!(self.refused.insert(id)),
            _ => panic!("{said}"),
        }
        true
    }

    /// Returns whether the event was in flight when its process died.
    pub(crate) fn may_be_on_its_way(&self, id: Id) -> bool {
        self.reported.get(&(id.child, id.thread)).copied().unwrap_or(0) == id.n
    }
}
