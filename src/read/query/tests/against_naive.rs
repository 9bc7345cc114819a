//! What a query finds is what a search through all lines finds.

use super::super::{Match, Trouble};
use super::naive::{NaiveQuery, queries};
use super::world::{World, histories};
use crate::record::Timestamp;
use proptest::prelude::*;

fn found(query: &NaiveQuery, dirs: &[&std::path::Path]) -> (Vec<Match>, Vec<Trouble>) {
    let (mut matches, mut troubles) = (Vec::new(), Vec::new());
    for found in query.query(dirs).run().unwrap() {
        match found {
            Ok(found) => matches.push(found),
            Err(trouble) => troubles.push(trouble),
        }
    }
    (matches, troubles)
}

fn wanted<'a>(query: &NaiveQuery, lines: impl Iterator<Item = &'a (Timestamp, String)>) -> Vec<&'a str> {
    let matching = lines.filter(|(ts, line)| query.matches(*ts, line));
    let mut wanted = matching.map(|(_, line)| line.as_str()).collect::<Vec<_>>();
    if query.is_reverse {
        wanted.reverse();
    }
    wanted.truncate(query.limit.unwrap_or(usize::MAX));
    wanted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_query_finds_what_a_search_through_all_lines_finds(history in histories(), queries in proptest::collection::vec(queries(), 8)) {
        let world = World::new();
        world.append(&history);
        for query in queries {
            let (matches, troubles) = found(&query, &[world.dir()]);
            let lines = matches.iter().map(|found| std::str::from_utf8(found.line()).unwrap()).collect::<Vec<_>>();
            prop_assert_eq!(&lines, &wanted(&query, history.iter()), "{:?}", query);
            prop_assert!(troubles.is_empty(), "{:?}", troubles);
            let count = query.query(&[world.dir()]).count(|trouble| panic!("{trouble}")).unwrap();
            prop_assert_eq!(count, lines.len() as u64);
            for found in &matches {
                let text = std::fs::read(found.path()).unwrap();
                let at = found.byte() as usize;
                prop_assert_eq!(&text[at..at + found.line().len()], found.line());
                let before = text[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
                prop_assert_eq!(found.line_number().unwrap(), before + 1);
                prop_assert_eq!(found.record().unwrap().seq, found.seq());
            }
        }
    }

    #[test]
    fn several_journals_come_by_time_journal_and_number(histories in proptest::collection::vec(histories(), 2..4), query in queries()) {
        let worlds = histories.iter().map(|history| {
            let world = World::new();
            world.append(history);
            world
        });
        let worlds = worlds.collect::<Vec<_>>();
        let dirs = worlds.iter().map(World::dir).collect::<Vec<_>>();
        let mut all = Vec::new();
        for (world, history) in worlds.iter().zip(&histories) {
            // The order of the journal is that of its numbers.
            let key = |at: usize| (history[at].0, world.dir().display().to_string(), at);
            all.extend((0..history.len()).map(|at| (key(at), &history[at])));
        }
        all.sort();
        let (matches, troubles) = found(&query, &dirs);
        let lines = matches.iter().map(|found| std::str::from_utf8(found.line()).unwrap()).collect::<Vec<_>>();
        prop_assert_eq!(lines, wanted(&query, all.iter().map(|(_, line)| *line)), "{:?}", query);
        prop_assert!(troubles.is_empty(), "{:?}", troubles);
    }
}
