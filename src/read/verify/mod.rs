//! Verifying that a log is as it was sealed: offline, read only, in constant memory, also while it is written.
//!
//! The checkpoint is read first, then the keys, the seals and the names of the day files; then each line is read
//! once. The lines between two signed states of the tree are a *section*: one for each seal, and what is
//! behind the last one. Each section is checked by itself, from the signed frontier at its begin to the
//! signed root at its end, so that a changed day costs the others nothing. Only where a section's root is not the signed
//! one, its lines are looked at again, to find out which it is.
//!
//! - `evidence`: what there is beside the lines: keys, seals, checkpoints
//! - `walk`: the pass over the lines
//! - `locate`: what is wrong with a section's lines
//! - `whole`: files as a whole: order, stray bytes, files from the time before sealing
//! - `tail`: the lines that are not sealed
//! - `said`: what the log says about itself, such as that a file was pruned
//! - `run`: one verification, from the checkpoint to the result
//! - `against`: comparing the log with another directory of the same log
//! - `live`: beginning again, where the log has changed meanwhile

mod against;
mod builder;
mod error;
mod evidence;
mod for_proofs;
mod live;
mod locate;
mod options;
mod problems;
mod run;
mod said;
mod sections;
mod tail;
#[cfg(test)]
mod tests;
mod verdict;
mod walk;
mod whole;

pub use builder::{Verify, verify};
pub use error::VerifyError;
pub use evidence::keys::keys;
#[cfg(feature = "cli")]
pub(super) use evidence::keys::{SEAL, small_file};
#[cfg(feature = "cli")]
pub(super) use evidence::listing::{DayFile, Listing, names};
#[cfg(feature = "cli")]
pub(super) use evidence::state::journal as journal_id;
#[cfg(feature = "report")]
pub(super) use evidence::state::left_out;
pub(super) use for_proofs::Walk;
#[cfg(feature = "report")]
pub(super) use options::Progress;
pub(super) use problems::seal_problems;
#[cfg(feature = "report")]
pub(super) use run::VerifiedFile;
pub use verdict::counterpart::Counterpart;
pub use verdict::finding::{Finding, FindingKind, Status};
pub use verdict::signer::SignerFacts;
pub use verdict::verification::{Facts, Level, Verification};
pub use verdict::witness::WitnessFacts;
