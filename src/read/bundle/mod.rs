//! Bundles: a consistent copy of a log in one file, for an auditor or an archive. Made while the log is written, too.
//!
//! A bundle is a tar archive, compressed with zstd: `tar -xf FILE` unpacks it, and `read::verify` takes it as it is. In a folder
//! `audit-log` it has:
//!
//! ```text
//! audit-2026-05-28.log …   the day files; of the newest one, all lines that were whole
//! seal/                    keys and their certificates, the checkpoint, the seals and leaves, also of files that were left out
//! anchors/NAME             files with checkpoints from elsewhere, if they were given
//! manifest.json            what there is: see `read::manifest`
//! SHA256SUMS               for `sha256sum -c SHA256SUMS`, in that folder
//! ```
//!
//! It never has a private key: of `seal/` it has the files with the names of the formats alone, and none of `.state`.
//!
//! - `look`: the log as it is at one moment: the checkpoint first, then what is in `seal/`, then the day files
//! - `settled`: a look at which each file that was pruned is explained by a sealed record
//! - `written`: one attempt; `copy`: the contents, with their hashes
//! - `pack`: the archive. Its file, `read::output`, is there only when it is whole

mod builder;
mod copy;
mod error;
mod look;
mod pack;
mod settled;
mod written;

pub use builder::Bundle;
pub use error::BundleError;
pub use written::Bundled;
