//! The name under which a log signs its checkpoints.

use super::audit_config::AuditConfig;
use super::defaults::executable_name;
use crate::host::host_name;

/// The length of the longest origin, in bytes.
const LONGEST: usize = 200;

/// How many hex digits of the journal's id are in an origin by default.
const OF_ID: usize = 16;

/// Returns whether an origin can be one.
pub(super) fn is_valid(origin: &str) -> bool {
    (1..=LONGEST).contains(&origin.len())
        && origin.chars().all(|character| is_plain(character) || character == '/')
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

impl AuditConfig {
    /// Returns the origin of the journal with this id: the one that is set, or else the default.
    pub(in crate::config) fn origin_of(&self, journal_id: &str) -> String {
        let by_default = || {
            let application = self.application.clone().unwrap_or_else(executable_name);
            default_origin(host_name().as_deref().unwrap_or_default(), &application, journal_id)
        };
        self.origin.clone().unwrap_or_else(by_default)
    }
}

/// Returns `HOST/APPLICATION/ID`. What is too long of the host and the application is cut.
fn default_origin(host: &str, application: &str, journal_id: &str) -> String {
    let plain = |text: &str| {
        let text = if text.is_empty() { "unknown" } else { text };
        text.chars().map(|character| if is_plain(character) { character } else { '-' }).collect::<String>()
    };
    let (mut host, mut application) = (plain(host), plain(application));
    let mut id = plain(journal_id);
    id.truncate(OF_ID);
    let room = LONGEST - OF_ID - "//".len();
    // Each has half of the room, and what the other does not need. All characters are of one byte.
    host.truncate((room / 2).max(room.saturating_sub(application.len())));
    application.truncate(room - host.len());
    format!("{host}/{application}/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn an_origin_is_of_the_host_the_application_and_the_journal() {
        for (host, application, origin) in [
            ("host7", "my app", "host7/my-app/0123456789abcdef"),
            ("é.example.com", "a/b", "-.example.com/a-b/0123456789abcdef"),
            ("", "監査", "unknown/--/0123456789abcdef"),
        ] {
            assert_eq!(default_origin(host, application, ID), origin);
            assert!(is_valid(origin));
        }
    }

    #[test]
    fn an_origin_is_never_too_long_and_has_a_part_of_each_name() {
        for (host, application) in [(1, 500), (500, 1), (500, 500), (91, 91), (92, 91), (200, 100)] {
            let origin = default_origin(&"h".repeat(host), &"a".repeat(application), ID);
            assert!(is_valid(&origin) && origin.ends_with("/0123456789abcdef"), "{origin}");
            let parts = origin.split('/').map(str::len).collect::<Vec<_>>();
            assert_eq!(
                (parts[0], parts[1]),
                if host + application <= 182 {
                    (host, application)
                } else if host < 91 {
                    (host, 182 - host)
                } else if application < 91 {
                    (182 - application, application)
                } else {
                    (91, 91)
                }
            );
        }
    }

    #[test]
    fn an_origin_that_is_set_is_checked() {
        for origin in ["a", "host7/app", "A-b_c.d/E/9", &"x".repeat(200)] {
            assert!(is_valid(origin), "{origin}");
        }
        for origin in ["", "a b", "a+b", "é", "a\n", "a\u{2014}b", &"x".repeat(201)] {
            assert!(!is_valid(origin), "{origin}");
        }
    }
}
