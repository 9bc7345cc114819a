//! Followers: threads that read the synced records in order, each with a durable cursor, and
//! hand them on.

mod delivery;

pub use delivery::{Batch, Delivered, DeliveryError, Line, Mirror, Refusal};
