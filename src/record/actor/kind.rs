//! What kind of actor it is.

use serde::{Serialize, Serializer};
use std::fmt;

/// What kind of actor it is.
///
/// ```
/// use tracing_audit::{Actor, ActorKind, audit};
///
/// # let records = tracing_audit::testing::capture(|| {
/// let nightly = Actor::new().user_id("report-job").kind(ActorKind::Service);
/// nightly.scope(|| audit!("privacy.export"));
/// # });
/// # assert_eq!(records[0].actor.kind, Some(ActorKind::Service));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActorKind {
    /// A person.
    User,
    /// Another program: a service account, a machine's credentials, an API key.
    Service,
    /// The application itself, without anyone's request: a timer, a start-up task.
    System,
}

impl ActorKind {
    /// Returns `"user"`, `"service"` or `"system"`, as the record spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ActorKind::User => "user",
            ActorKind::Service => "service",
            ActorKind::System => "system",
        }
    }

    /// Returns the kind of this name, in upper or lower case.
    pub(super) fn from_any_case(name: &str) -> Option<ActorKind> {
        let kinds = [ActorKind::User, ActorKind::Service, ActorKind::System];
        kinds.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }

    /// Returns the kind of this name, in exactly the record's spelling.
    pub(crate) fn from_name(name: &str) -> Option<ActorKind> {
        match name {
            "user" => Some(ActorKind::User),
            "service" => Some(ActorKind::Service),
            "system" => Some(ActorKind::System),
            _ => None,
        }
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Serializes the name, so that `actor.kind = ActorKind::Service` is a field of `audit!`.
impl Serialize for ActorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
