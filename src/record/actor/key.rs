//! The keys of `actor`, in the order of the line.

use std::ops::{BitAnd, BitOr, Not};

/// A key of `actor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKey {
    /// `user_sid`
    UserSid,
    /// `user_id`
    UserId,
    /// `session_id`
    SessionId,
    /// `kind`
    Kind,
    /// `tenant`
    Tenant,
    /// `address`
    Address,
    /// `user_agent`
    UserAgent,
}

impl ActorKey {
    /// The number of keys.
    pub(crate) const COUNT: usize = 7;

    /// All of them, in the order of the line.
    pub(crate) const ALL: [ActorKey; ActorKey::COUNT] = [
        ActorKey::UserSid,
        ActorKey::UserId,
        ActorKey::SessionId,
        ActorKey::Kind,
        ActorKey::Tenant,
        ActorKey::Address,
        ActorKey::UserAgent,
    ];

    /// Returns the key as it is written behind another one in the line, with its colon.
    const fn fragment(self) -> &'static str {
        match self {
            ActorKey::UserSid => r#","user_sid":"#,
            ActorKey::UserId => r#","user_id":"#,
            ActorKey::SessionId => r#","session_id":"#,
            ActorKey::Kind => r#","kind":"#,
            ActorKey::Tenant => r#","tenant":"#,
            ActorKey::Address => r#","address":"#,
            ActorKey::UserAgent => r#","user_agent":"#,
        }
    }

    /// Returns the key as it is written in the line, with its colon, and with a comma before it
    /// unless it `is_first`.
    #[inline]
    pub(crate) fn in_line(self, is_first: bool) -> &'static [u8] {
        &self.fragment().as_bytes()[usize::from(is_first)..]
    }

    /// Returns the name of the field of an event or a span, such as `actor.user_sid`.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            ActorKey::UserSid => "actor.user_sid",
            ActorKey::UserId => "actor.user_id",
            ActorKey::SessionId => "actor.session_id",
            ActorKey::Kind => "actor.kind",
            ActorKey::Tenant => "actor.tenant",
            ActorKey::Address => "actor.address",
            ActorKey::UserAgent => "actor.user_agent",
        }
    }

    /// Returns the key, such as `user_sid`.
    pub(crate) const fn name(self) -> &'static str {
        self.field().split_at("actor.".len()).1
    }

    /// Returns the key that a field of this name stands for.
    pub(crate) const fn of_field(field: &str) -> Option<ActorKey> {
        // One look for nearly all other names.
        match field.as_bytes() {
            [b'a', b'c', b't', b'o', b'r', b'.', key @ ..] => ActorKey::of_bytes(key),
            _ => None,
        }
    }

    /// Returns the key of this name.
    pub(crate) const fn of_name(name: &str) -> Option<ActorKey> {
        ActorKey::of_bytes(name.as_bytes())
    }

    const fn of_bytes(name: &[u8]) -> Option<ActorKey> {
        Some(match name {
            b"user_sid" => ActorKey::UserSid,
            b"user_id" => ActorKey::UserId,
            b"session_id" => ActorKey::SessionId,
            b"kind" => ActorKey::Kind,
            b"tenant" => ActorKey::Tenant,
            b"address" => ActorKey::Address,
            b"user_agent" => ActorKey::UserAgent,
            _ => return None,
        })
    }

    /// Returns the place of the key in [`ActorKey::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// Some of the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ActorKeys(u8);

impl ActorKeys {
    /// None of them.
    pub(crate) const NONE: ActorKeys = ActorKeys(0);

    const ALL: u8 = (1 << ActorKey::COUNT) - 1;

    pub(crate) const fn of(key: ActorKey) -> ActorKeys {
        ActorKeys(1 << key.index())
    }

    /// Returns the keys of these [`bits`](ActorKeys::bits).
    pub(crate) const fn from_bits(bits: u8) -> ActorKeys {
        ActorKeys(bits & ActorKeys::ALL)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn contains(self, key: ActorKey) -> bool {
        !(self & ActorKeys::of(key)).is_empty()
    }
}

impl BitOr for ActorKeys {
    type Output = ActorKeys;

    fn bitor(self, other: ActorKeys) -> ActorKeys {
        ActorKeys(self.0 | other.0)
    }
}

impl BitAnd for ActorKeys {
    type Output = ActorKeys;

    fn bitand(self, other: ActorKeys) -> ActorKeys {
        ActorKeys(self.0 & other.0)
    }
}

impl Not for ActorKeys {
    type Output = ActorKeys;

    fn not(self) -> ActorKeys {
        ActorKeys::from_bits(!self.0)
    }
}

/// The keys, in the order of the line.
impl Iterator for ActorKeys {
    type Item = ActorKey;

    #[inline]
    fn next(&mut self) -> Option<ActorKey> {
        let key = *ActorKey::ALL.get(self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_key_agree() {
        for (index, key) in ActorKey::ALL.into_iter().enumerate() {
            assert_eq!(key.index(), index);
            assert_eq!(ActorKey::of_name(key.name()), Some(key));
            assert_eq!(ActorKey::of_field(key.field()), Some(key));
            assert_eq!(key.in_line(true), format!("\"{}\":", key.name()).as_bytes());
            assert_eq!(key.in_line(false), format!(",\"{}\":", key.name()).as_bytes());
        }
        for other in ["actor", "actor.", "actor.User_sid", "actor.user_sid.x", "user_sid", "actorkind"] {
            assert_eq!(ActorKey::of_field(other), None, "{other}");
        }
    }

    #[test]
    fn keys_come_in_the_order_of_the_line() {
        assert_eq!((!ActorKeys::NONE).collect::<Vec<_>>(), ActorKey::ALL);
        let some = ActorKeys::of(ActorKey::UserAgent) | ActorKeys::of(ActorKey::UserSid);
        assert_eq!(some.collect::<Vec<_>>(), [ActorKey::UserSid, ActorKey::UserAgent]);
        assert!(some.contains(ActorKey::UserSid) && !some.contains(ActorKey::Kind));
        assert!((some & !some).is_empty());
    }
}
