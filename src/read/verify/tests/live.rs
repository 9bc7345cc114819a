//! A log that is written, sealed and handed over to other keys while it is verified.

use super::writer::{Writer, kinds};
use crate::read::verify::verify;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
#[cfg_attr(windows, ignore = "its writer replaces files while they are read, which Windows refuses")]
fn a_log_that_is_written_meanwhile_has_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let mut writer = Writer::new(&dir, 0);
    writer.step = 1_000_000;
    writer.checkpoint();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                writer.events(round % 17);
                writer.checkpoint();
                if round % 5 == 0 {
                    let name = format!("audit-2026-11-20.{round}.log");
                    writer.next_file(&name, "2026-11-20");
                    writer.events(1);
                    writer.checkpoint();
                    if round % 20 == 0 {
                        writer.hand_over(None);
                    }
                }
            }
        });
        let pinned = super::writer::key(1, super::writer::ORIGIN).verifier();
        let mut before = 0;
        for _ in 0..20 {
            let found = verify(&dir).key(pinned.clone()).run();
            is_over.fetch_or(!found.as_ref().is_ok_and(|found| kinds(found).is_empty()), Ordering::Relaxed);
            let found = found.unwrap();
            assert_eq!(kinds(&found), [], "{found}");
            assert!(found.facts().size >= before);
            before = found.facts().size;
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
