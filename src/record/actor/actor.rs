//! Who acted, as data.

use super::key::ActorKey;
use super::kind::ActorKind;
use std::fmt;

/// Who acted, from where and for whom. A part that is `None` or empty is left out of the record.
///
/// ```
/// use tracing_audit::{Actor, ActorKind};
///
/// let actor = Actor::new()
///     .user_id("ada@example.org")
///     .session_id("4711")
///     .kind(ActorKind::User)
///     .tenant("acme")
///     .address("203.0.113.7:50112".parse::<std::net::SocketAddr>().unwrap());
/// assert_eq!(actor.user_id.as_deref(), Some("ada@example.org"));
/// ```
///
/// Setting a part never fails. What can't be recorded as it is, is flagged in the record: see the
/// parts. Control characters, and those that change the direction of text, are recorded (JSON escapes
/// them) and flagged in `resource._violations`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The user: a Windows SID, or any other permanent name of a user.
    pub user_sid: Option<String>,
    /// The user, on systems without SIDs: a uid, the subject of a token, an account's id.
    pub user_id: Option<String>,
    /// The session in which the user acted.
    pub session_id: Option<String>,
    /// What kind of actor it is.
    pub kind: Option<ActorKind>,
    /// The tenant, customer or organisation for which the user acted.
    pub tenant: Option<String>,
    /// The client's IP address.
    ///
    /// It is recorded in its canonical text: without a port, brackets or a zone, IPv6 as RFC 5952
    /// spells it, an IPv4-mapped IPv6 address as IPv4. What is no IP address is left out, and shown in
    /// `resource._violations`.
    pub address: Option<String>,
    /// The client's program, such as a `User-Agent` header. At most 512 bytes are recorded; a longer text
    /// is cut and flagged in `resource._truncated`.
    pub user_agent: Option<String>,
}

impl Actor {
    /// Returns an actor of which nothing is known.
    #[must_use]
    pub fn new() -> Actor {
        Actor::default()
    }

    /// Sets the user: a Windows SID, or any other permanent name of a user.
    #[must_use]
    pub fn user_sid(mut self, user_sid: impl Into<String>) -> Actor {
        self.user_sid = Some(user_sid.into());
        self
    }

    /// Sets the user, on systems without SIDs.
    #[must_use]
    pub fn user_id(mut self, user_id: impl Into<String>) -> Actor {
        self.user_id = Some(user_id.into());
        self
    }

    /// Sets the session.
    #[must_use]
    pub fn session_id(mut self, session_id: impl Into<String>) -> Actor {
        self.session_id = Some(session_id.into());
        self
    }

    /// Sets the kind of actor.
    #[must_use]
    pub fn kind(mut self, kind: ActorKind) -> Actor {
        self.kind = Some(kind);
        self
    }

    /// Sets the tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Actor {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sets the client's address: an [`IpAddr`](std::net::IpAddr), a
    /// [`SocketAddr`](std::net::SocketAddr), whose port is left out, or text.
    #[must_use]
    pub fn address(mut self, address: impl fmt::Display) -> Actor {
        self.address = Some(address.to_string());
        self
    }

    /// Sets the client's program.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Actor {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Returns the text of a key, unless it is empty.
    pub(crate) fn text(&self, key: ActorKey) -> Option<&str> {
        let text = match key {
            ActorKey::UserSid => self.user_sid.as_deref(),
            ActorKey::UserId => self.user_id.as_deref(),
            ActorKey::SessionId => self.session_id.as_deref(),
            ActorKey::Kind => self.kind.map(ActorKind::as_str),
            ActorKey::Tenant => self.tenant.as_deref(),
            ActorKey::Address => self.address.as_deref(),
            ActorKey::UserAgent => self.user_agent.as_deref(),
        };
        text.filter(|text| !text.is_empty())
    }

    /// Returns whether the actor says who acts: a user, or a program.
    pub(crate) fn says_who(&self) -> bool {
        self.text(ActorKey::UserSid).is_some()
            || self.text(ActorKey::UserId).is_some()
            || matches!(self.kind, Some(ActorKind::Service | ActorKind::System))
    }

    /// Sets or removes the text of a key. A kind that is none is removed.
    pub(crate) fn set(&mut self, key: ActorKey, text: Option<String>) {
        match key {
            ActorKey::UserSid => self.user_sid = text,
            ActorKey::UserId => self.user_id = text,
            ActorKey::SessionId => self.session_id = text,
            ActorKey::Kind => self.kind = text.as_deref().and_then(ActorKind::from_name),
            ActorKey::Tenant => self.tenant = text,
            ActorKey::Address => self.address = text,
            ActorKey::UserAgent => self.user_agent = text,
        }
    }
}
