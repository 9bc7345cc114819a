//! The errors, one type for each operation.

mod append;
mod catalog;
mod chain;
mod dead_letters;
mod debug;
mod flush;
mod open;
mod prune;
mod reconfigure;
mod shutdown;

pub use append::AppendError;
pub use catalog::CatalogError;
pub(crate) use chain::{Chain, causes};
pub use dead_letters::DeadLetterError;
pub(crate) use debug::debug_for_people;
pub use flush::FlushError;
pub use open::OpenError;
pub use prune::PruneError;
pub use reconfigure::ReconfigureError;
pub use shutdown::{ShutdownError, ShutdownReport, Undelivered};
