//! Logs that are intact, and each manipulation of them, at each of the three levels.

mod against;
#[cfg(feature = "cli")]
mod archives;
#[path = "../../../../tests/support/attacks.rs"]
#[allow(unreachable_pub, dead_code, reason = "shared with the tests of real journals")]
mod attacks;
#[cfg(feature = "cli")]
mod bundles;
#[path = "../../../../tests/support/dice.rs"]
#[allow(clippy::duplicate_mod, reason = "the journal's tests have dice of their own")]
#[allow(unreachable_pub, dead_code, reason = "shared with the tests of real journals")]
mod dice;
mod five_days;
mod histories;
mod keys;
mod lines;
mod live;
mod speed;
mod witnesses;
mod writer;
