//! Checking the text of one key of an actor.

use super::address;
use super::key::ActorKey;
use super::kind::ActorKind;
use crate::record::line::fit::Cut;
use crate::record::text::bytes::any;
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::ops::Deref;

/// The longest text of `user_agent`, in bytes.
pub(crate) const USER_AGENT_BYTES: usize = 512;

/// How much of an invalid text is shown in a violation, in bytes.
const SHOWN_BYTES: usize = 64;

/// What a key's text is recorded as.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked<'a> {
    /// `None` if the text is left out.
    pub(crate) text: Option<Text<'a>>,
    pub(crate) flaw: Option<Flaw>,
}

/// The text of a key: as it was given, or an address in its canonical spelling, which needs no
/// allocation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Text<'a> {
    Given(&'a str),
    Address(AddressText),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Given(text) => text,
            Text::Address(AddressText { bytes, len }) => {
                std::str::from_utf8(&bytes[..*len]).unwrap_or_default()
            }
        }
    }
}

/// The text of an address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AddressText {
    bytes: [u8; AddressText::LONGEST],
    len: usize,
}

impl AddressText {
    const LONGEST: usize = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".len();

    fn of(address: IpAddr) -> AddressText {
        let mut text = AddressText { bytes: [0; AddressText::LONGEST], len: 0 };
        // No address is longer.
        write!(text, "{address}").unwrap_or(());
        text
    }
}

impl fmt::Write for AddressText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// What is flagged in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The text was cut.
    Cut(Cut),
    /// The text is not what it should be.
    Violation(String),
}

/// Returns whether a key has a text that is surely recorded as it is, without a flaw, as nearly all are: `false` may still
/// mean one that [`check`] finds nothing wrong with.
#[inline]
pub(crate) fn is_plain(key: ActorKey, text: &str) -> bool {
    let is_free =
        matches!(key, ActorKey::UserSid | ActorKey::SessionId | ActorKey::UserId | ActorKey::Tenant);
    is_free && is_printable(text)
}

/// Checks the text of a key, which is not empty.
pub(crate) fn check(key: ActorKey, text: &str) -> Checked<'_> {
    match key {
        ActorKey::UserSid | ActorKey::SessionId | ActorKey::UserId | ActorKey::Tenant => flagged(key, text),
        ActorKey::UserAgent if text.len() > USER_AGENT_BYTES => {
            let flaw = Some(Flaw::Cut(Cut::of(text.len())));
            Checked { text: Some(Text::Given(beginning(text, USER_AGENT_BYTES))), flaw }
        }
        ActorKey::UserAgent => flagged(key, text),
        // Its `Debug`, for example, is `Service`.
        ActorKey::Kind => match ActorKind::from_any_case(text) {
            Some(kind) => Checked { text: Some(Text::Given(kind.as_str())), flaw: None },
            None => invalid(key, "`user`, `service` or `system`", text),
        },
        ActorKey::Address => match address::parse(text) {
            Some(address) => Checked { text: Some(Text::Address(AddressText::of(address))), flaw: None },
            None => invalid(key, "an IP address", text),
        },
    }
}

/// Flags the text if it has characters that control a terminal or the direction of text.
fn flagged(key: ActorKey, text: &str) -> Checked<'_> {
    let flaw = if is_printable(text) { None } else { control_characters(key, text) };
    Checked { text: Some(Text::Given(text)), flaw }
}

/// Returns whether all characters are printable ones of ASCII.
#[inline]
fn is_printable(text: &str) -> bool {
    !any(text.as_bytes(), |byte| !(b' '..0x7f).contains(&byte))
}

#[cold]
fn control_characters(key: ActorKey, text: &str) -> Option<Flaw> {
    let is_bidirectional = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let has_any = text.chars().any(|c| c.is_control() || is_bidirectional(c));
    has_any.then(|| Flaw::Violation(format!("`{}` has control characters", key.field())))
}

/// Returns the longest beginning of whole characters that has at most `bytes`.
fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cold]
fn invalid<'a>(key: ActorKey, wanted: &str, text: &str) -> Checked<'a> {
    let shown = beginning(text, SHOWN_BYTES);
    let rest = if shown.len() < text.len() { "…" } else { "" };
    let flaw = Flaw::Violation(format!("`{}` is not {wanted}: left out `{shown}{rest}`", key.field()));
    Checked { text: None, flaw: Some(flaw) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: ActorKey, text: &str) -> Option<String> {
        check(key, text).text.map(|text| text.to_owned())
    }

    fn violation(key: ActorKey, text: &str) -> String {
        match check(key, text).flaw {
            Some(Flaw::Violation(violation)) => violation,
            flaw => panic!("{flaw:?}"),
        }
    }

    #[test]
    fn a_user_agent_is_cut_between_two_characters() {
        let longest = "x".repeat(512);
        assert_eq!(check(ActorKey::UserAgent, &longest).flaw, None);
        let longer = format!("{}é{}", "x".repeat(511), "y".repeat(1 << 20));
        assert_eq!(text(ActorKey::UserAgent, &longer).unwrap(), "x".repeat(511));
        let cut = Cut::of(longer.len());
        assert_eq!(check(ActorKey::UserAgent, &longer).flaw, Some(Flaw::Cut(cut)));
        // What is escaped in the line counts as it is.
        assert_eq!(check(ActorKey::UserAgent, &"\"".repeat(512)).flaw, None);
    }

    #[test]
    fn what_is_invalid_is_left_out_and_shown() {
        assert_eq!(
            violation(ActorKey::Address, "not an address"),
            "`actor.address` is not an IP address: left out `not an address`"
        );
        assert_eq!(text(ActorKey::Address, "not an address"), None);
        let shown = "y".repeat(64);
        assert_eq!(
            violation(ActorKey::Kind, &"y".repeat(65)),
            format!("`actor.kind` is not `user`, `service` or `system`: left out `{shown}…`")
        );
        assert_eq!(text(ActorKey::Kind, "Service").as_deref(), Some("service"));
        assert_eq!(text(ActorKey::Kind, "service").as_deref(), Some("service"));
    }

    #[test]
    fn control_characters_are_kept_and_flagged() {
        let keys =
            [ActorKey::Tenant, ActorKey::UserId, ActorKey::UserSid, ActorKey::SessionId, ActorKey::UserAgent];
        for key in keys {
            for tenant in ["a\u{1b}[31m", "a\nb", "a\u{0}", "a\u{9b}", "a\u{202e}b"] {
                assert_eq!(text(key, tenant).as_deref(), Some(tenant));
                assert_eq!(violation(key, tenant), format!("`{}` has control characters", key.field()));
            }
        }
        assert_eq!(check(ActorKey::Tenant, "büro-7 \u{1F600}").flaw, None);
    }

    #[test]
    fn a_plain_text_is_recorded_as_it_is() {
        let texts =
            ["S-1-5-21-1", "user", "Service", "::1", "a \"quoted\" name", "büro-7", "a\u{1b}[31m", "a\u{7f}"];
        for (key, text) in ActorKey::ALL.into_iter().flat_map(|key| texts.map(|text| (key, text))) {
            let as_it_is = Checked { text: Some(Text::Given(text)), flaw: None };
            assert!(!is_plain(key, text) || check(key, text) == as_it_is, "{key:?} {text:?}");
        }
        assert!(is_plain(ActorKey::UserSid, "S-1-5-21-1") && !is_plain(ActorKey::UserSid, "a\u{7f}"));
    }

    #[test]
    fn the_longest_address_fits() {
        for address in ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "255.255.255.255", "::"] {
            assert_eq!(text(ActorKey::Address, address).as_deref(), Some(address));
        }
        assert_eq!(text(ActorKey::Address, "1:2:3:4:5:6:7.8.9.10").as_deref(), Some("1:2:3:4:5:6:708:90a"));
    }
}
