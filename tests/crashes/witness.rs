//! What emitters have said.

use super::Id;
use std::collections::{BTreeMap, BTreeSet};

/// What all emitters on one journal have said so far.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// What was acknowledged, by its number.
    pub(crate) recorded: BTreeMap<u64, Id>,
    /// How many threads have emitted: of each, one event may be on its way.
    pub(crate) threads: u64,
    /// What was refused.
    pub(crate) refused: BTreeSet<Id>,
    /// How many events of a child's thread were reported: the next may be on its way.
    reported: BTreeMap<(u64, u64), u64>,
}

impl Witness {
    /// Notes what a line says. Gives whether it is of an event.
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
                assert_eq!(other, None, "{said}: the number was given before");
            }
            "refused" => assert!(self.refused.insert(id)),
            _ => panic!("{said}"),
        }
        true
    }

    /// Whether the event was being emitted when its process died.
    pub(crate) fn may_be_on_its_way(&self, id: Id) -> bool {
        self.reported.get(&(id.child, id.thread)).copied().unwrap_or(0) == id.n
    }
}
