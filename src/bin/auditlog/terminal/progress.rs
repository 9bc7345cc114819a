//! How far a long command has come.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;

/// What lets lines be printed while a bar is drawn.
#[derive(Clone)]
pub(crate) struct Beside(ProgressBar);

impl Beside {
    /// Prints with the bar taken away meanwhile.
    pub(crate) fn print(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }
}

/// A bar on standard error that counts bytes, if that is a terminal and standard output or input is not what is
/// shown there at the same time. Else a bar that is not drawn.
///
/// It vanishes when it is dropped.
pub(crate) struct Bytes(ProgressBar);

impl Bytes {
    /// Returns a bar with a word for what is done.
    pub(crate) fn new(what: &'static str) -> Bytes {
        let bar = ProgressBar::with_draw_target(Some(0), target()).with_message(what);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bytes(bar)
    }

    /// Returns what lets lines be printed while it is drawn.
    pub(crate) fn beside(&self) -> Beside {
        Beside(self.0.clone())
    }

    /// Returns what sets how far it has come.
    pub(crate) fn setter(&self) -> impl Fn(u64, u64) + Send + Sync + 'static {
        let bar = self.0.clone();
        move |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A line on standard error that counts records, if that is a terminal.
///
/// It vanishes when it is dropped.
pub(crate) struct Records(ProgressBar);

impl Records {
    /// Returns a line with a word for what is done.
    pub(crate) fn new(what: &'static str) -> Records {
        let bar = ProgressBar::with_draw_target(None, target()).with_message(what);
        let style = ProgressStyle::with_template("{msg} {human_pos} records, {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Records(bar)
    }

    /// Returns what lets lines be printed while it is drawn.
    pub(crate) fn beside(&self) -> Beside {
        Beside(self.0.clone())
    }

    /// Returns what sets how many there are.
    pub(crate) fn setter(&self) -> impl Fn(u64) + Send + Sync + 'static {
        let bar = self.0.clone();
        move |records| bar.set_position(records)
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}
