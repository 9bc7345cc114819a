//! Who acted: the keys of `actor`, their order, and what their texts must look like.

#[allow(clippy::module_inception)]
mod actor;
pub(crate) mod address;
mod check;
mod key;
mod kind;

pub use actor::Actor;
pub(crate) use check::{Checked, Flaw, USER_AGENT_BYTES, check, is_plain};
pub(crate) use key::{ActorKey, ActorKeys};
pub use kind::ActorKind;
