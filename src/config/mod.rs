//! The settings: as they stand in a configuration, opening a log with them, and changing them
//! while it is open.

mod builder;
mod changes;
mod in_force;
mod mirrors;
mod open;
mod operator;
mod own_mirrors;
mod reconfigure;
mod recover;
mod sealer;
mod sealing;
mod settings;

pub use builder::AuditLayerBuilder;
pub(crate) use operator::{OperatorsLog, mirrors_of};
pub use recover::recover;
pub use settings::audit_config::AuditConfig;
pub use settings::durability::Durability;
pub use settings::group::Group;
pub use settings::headers::Headers;
