//! A legal hold that appears while a file is being pruned.

use super::*;

/// Settings of a journal that keeps files for so many days.
fn open_keeping(directory: &MemoryDirectory, clock: &SetClock, retention_days: u32) -> Journal {
    let (directory, clock) = (Arc::new(directory.clone()), Arc::new(clock.clone()));
    let settings = Settings { retention_days, ..settings() };
    Journal::open(directory, "id", clock, Reports::new(), with(settings, 0), Arc::new(())).unwrap()
}

#[test]
fn a_hold_that_appears_at_any_look_keeps_the_file() {
    for looks in 1.. {
        let directory = MemoryDirectory::default();
        let clock = SetClock::default();
        let journal = open_keeping(&directory, &clock, 90);
        clock.set(5 * DAY);
        append(&journal, "a.b").unwrap();
        journal.close(Duration::from_secs(60)).unwrap();
        drop(journal);
        let before = directory.text(TODAY);
        directory.files().looks_until_held = Some(looks);
        let journal = open_keeping(&directory, &clock, 1);
        journal.background.end(Duration::MAX);
        let is_held = directory.files().looks_until_held == Some(0);
        assert!(directory.files().aside.is_empty(), "{looks}");
        if !is_held {
            // It would appear after the last look, behind which the file is removed.
            assert!(!directory.names().contains(&TODAY.to_owned()), "{looks}");
            // Two when it is opened, then before it is read, moved and removed.
            assert_eq!(looks, 6);
            break;
        }
        assert_eq!(directory.text(TODAY), before, "{looks}");
        let names = directory.names();
        let records = directory.records(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(events(&records).contains(&"log.hold_set"), "{looks}: {:?}", events(&records));
    }
}
