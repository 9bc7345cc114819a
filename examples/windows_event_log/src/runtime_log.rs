//! Sends `tracing` events as lines to the `eventlog` crate, which is a logger of the `log` crate.

use std::io;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

pub(crate) struct EventLog;

impl<'a> MakeWriter<'a> for EventLog {
    type Writer = Event;

    fn make_writer(&'a self) -> Event {
        Event(log::Level::Info)
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Event {
        Event(match *metadata.level() {
            Level::ERROR => log::Level::Error,
            Level::WARN => log::Level::Warn,
            Level::INFO => log::Level::Info,
            Level::DEBUG => log::Level::Debug,
            Level::TRACE => log::Level::Trace,
        })
    }
}

/// One event: the formatter writes it in one call.
pub(crate) struct Event(log::Level);

impl io::Write for Event {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        log::log!(self.0, "{}", String::from_utf8_lossy(line).trim_end());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
