//! The last errors and warnings of a log, for who asks later.

use super::event::Level;
use crate::lock::lock;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread::Thread;
use std::time::SystemTime;

/// How many are kept.
const KEPT: usize = 10;

/// An error or a warning.
#[derive(Clone, Debug)]
pub(crate) struct RecentReport {
    pub(crate) at: SystemTime,
    pub(crate) level: Level,
    pub(crate) text: String,
}

/// The last errors and warnings. A text that was there already is kept once, with its last time.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    reports: Mutex<VecDeque<RecentReport>>,
    watcher: Mutex<Option<Thread>>,
}

impl Recent {
    pub(super) fn add(&self, level: Level, text: &str) {
        if level == Level::Info {
            return;
        }
        let mut reports = lock(&self.reports);
        reports.retain(|report| report.text != text);
        if reports.len() == KEPT {
            reports.pop_front();
        }
        reports.push_back(RecentReport { at: SystemTime::now(), level, text: text.to_owned() });
        drop(reports);
        if let Some(watcher) = &*lock(&self.watcher) {
            watcher.unpark();
        }
    }

    /// Returns them, the oldest first.
    pub(crate) fn all(&self) -> Vec<RecentReport> {
        lock(&self.reports).iter().cloned().collect()
    }

    /// Sets the thread that is unparked at each new one.
    pub(crate) fn watch(&self, thread: Option<Thread>) {
        *lock(&self.watcher) = thread;
    }
}
