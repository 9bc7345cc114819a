//! The sealer: a thread that hashes the synced records, and signs what the log contains.
//!
//! It reads the lines that are on disk, so no caller waits for it, and it never syncs a day file. Once a
//! second while there are new records, it signs a checkpoint of the tree over all of them; when a day
//! file has ended, its seal; and when a day has ended, the key of the next one, before it erases
//! its own. The room `seal` has the formats. Sealing never keeps a log from being opened or written: what goes
//! wrong is an alarm.
//!
//! - `worker`: what the thread does; `lag`: whether it keeps up; `thread`, `turns`, `control`: the thread, and
//!   the orders that it gets
//! - `state`: how far the tree has come, in memory and in `.state/head`, and where it goes on
//! - `days`: hashing lines, ended files, the files of before
//! - `keys`: the chain of keys, and where the private one lies
//! - `signer`: the second signature, by a key outside of the log
//! - `face`: settings, state, what is known before the journal is open, which files have to stay
//! - `verifying`: the log's verification of itself
//! - `news`: the log's records about its seals

mod control;
mod days;
mod face;
mod keys;
mod lag;
mod news;
#[cfg(test)]
mod signed_worker;
mod signer;
mod state;
mod thread;
mod trouble;
mod turns;
mod verifying;
mod worker;

pub(crate) use face::prepared::Prepared;
pub(crate) use face::settings::Settings;
pub use face::stats::SealStats;
#[cfg(test)]
pub(crate) use signed_worker::SignedWorker;
pub(crate) use signer::given::GivenSigner;
pub(crate) use thread::{Figures, Sealer};
