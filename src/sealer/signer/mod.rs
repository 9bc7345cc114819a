//! The second signature: that of a signer outside of the log, which nothing waits for longer than its deadline.
//!
//! - `given`: the signer that the application has set
//! - `desk`: the thread on which it signs
//! - `alarm`: that it fails, and works again
//! - `certificates`, `unsigned`: the certificates that are still without its signature
//! - `signatures`: what is signed when, and what becomes of a signature that does not come

mod alarm;
mod certificates;
mod desk;
pub(in crate::sealer) mod given;
pub(in crate::sealer) mod signatures;
mod unsigned;
