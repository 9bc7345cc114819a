//! Who acted.

/// Who acted. A part that is `None` or empty is left out of the record.
///
/// ```
/// use tracing_audit::Actor;
///
/// let actor = Actor::new().user_sid("S-1-5-21-1").session_id("4711");
/// assert_eq!(actor.user_sid.as_deref(), Some("S-1-5-21-1"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The user: a Windows SID, a uid, or any other permanent name of a user.
    pub user_sid: Option<String>,
    /// The session in which the user acted.
    pub session_id: Option<String>,
}

impl Actor {
    /// Returns an actor without a user and without a session.
    #[must_use]
    pub fn new() -> Actor {
        Actor::default()
    }

    /// Sets the user.
    #[must_use]
    pub fn user_sid(mut self, user_sid: impl Into<String>) -> Actor {
        self.user_sid = Some(user_sid.into());
        self
    }

    /// Sets the session.
    #[must_use]
    pub fn session_id(mut self, session_id: impl Into<String>) -> Actor {
        self.session_id = Some(session_id.into());
        self
    }
}
