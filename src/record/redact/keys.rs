//! The keys whose values are secret.

use crate::record::text::escape::escaped_len;
use crate::record::text::prefix::prefix;
use std::cmp::Ordering;
use std::sync::atomic::{AtomicU32, Ordering as Memory};

/// The keys whose values are secret, compared without ASCII case. Such a set never changes; other keys are
/// another set.
#[derive(Debug)]
pub(crate) struct SecretKeys {
    /// Unique in this process, and not 0.
    id: u32,
    /// In lower case, sorted, distinct.
    keys: Vec<Box<str>>,
    /// One bit for each length, in bytes, that a key has; the last one for all that are longer.
    lengths: u64,
}

impl SecretKeys {
    /// The most keys of a log, the longest one in bytes, and the bytes that all of them may take as JSON. The log lists
    /// them in records about itself, where they are changed three times, and the shortest line is 16 KiB.
    const MOST: usize = 128;
    const LONGEST: usize = 64;
    const ALL: usize = 4096;

    /// Returns the set of these keys; `None` if there are none.
    pub(crate) fn of<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Option<SecretKeys> {
        let lower = |key: K| key.as_ref().to_ascii_lowercase().into_boxed_str();
        let mut keys = keys.into_iter().map(lower).collect::<Vec<_>>();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return None;
        }
        let lengths = keys.iter().fold(0, |lengths, key| lengths | length_bit(key));
        static NEXT_ID: AtomicU32 = AtomicU32::new(1);
        Some(SecretKeys { id: NEXT_ID.fetch_add(1, Memory::Relaxed), keys, lengths })
    }

    /// Returns the first of a log's keys that can't be one, and why.
    pub(crate) fn unusable(keys: &[String]) -> Option<(String, &'static str)> {
        if keys.len() > SecretKeys::MOST {
            return Some((format!("a list of {} keys", keys.len()), "it can have at most 128 keys"));
        }
        // With quotes and a comma.
        let text = |key: &String| key.chars().map(escaped_len).sum::<usize>() + 3;
        let all = keys.iter().map(text).sum::<usize>();
        if all > SecretKeys::ALL {
            return Some((format!("a list of {all} bytes"), "it can have at most 4096 bytes as JSON"));
        }
        keys.iter().find_map(|key| {
            let reason = match key.len() {
                0 => "a key must not be empty",
                1..=SecretKeys::LONGEST if key.starts_with('_') => {
                    "keys that begin with `_` are never redacted"
                }
                1..=SecretKeys::LONGEST => return None,
                _ => "a key can have at most 64 bytes",
            };
            Some((prefix(key, SecretKeys::LONGEST).to_owned(), reason))
        })
    }

    /// Returns the id, which no other set of this process has.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Returns the keys in lower case, sorted and each once, as records about the log list them.
    pub(crate) fn names(&self) -> &[Box<str>] {
        &self.keys
    }

    /// Returns whether the value of this key is secret.
    pub(crate) fn has(&self, key: &str) -> bool {
        let lower = || key.bytes().map(|byte| byte.to_ascii_lowercase());
        self.lengths & length_bit(key) != 0
            && self.keys.binary_search_by(|secret| secret.bytes().cmp(lower())).is_ok()
    }
}

fn length_bit(key: &str) -> u64 {
    1 << key.len().min(63)
}

/// Sets are equal if they have the same keys.
impl PartialEq for SecretKeys {
    fn eq(&self, other: &SecretKeys) -> bool {
        self.keys.cmp(&other.keys) == Ordering::Equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_matches_as_a_whole_and_in_any_ascii_case() {
        let long = "K".repeat(200);
        let keys = SecretKeys::of(["Password", "PASSWORD", "clé", "user.token", &long]).unwrap();
        for key in ["password", "PassWord", "PASSWORD", "clé", "CLé", "User.Token", &long, &"k".repeat(200)]
        {
            assert!(keys.has(key), "{key}");
        }
        for key in ["", "passwor", "passwords", "password ", "clÉ", "token", "user", &"k".repeat(199)] {
            assert!(!keys.has(key), "{key}");
        }
        assert_eq!(keys.names().len(), 4);
        assert_eq!(SecretKeys::of([""; 0]), None);
    }

    #[test]
    fn keys_that_could_not_do_what_they_say_are_refused() {
        let reason = |keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
            SecretKeys::unusable(&keys).map(|(key, reason)| format!("{key}: {reason}"))
        };
        assert_eq!(reason(&["password", "x", &"k".repeat(64)]), None);
        assert_eq!(reason(super::super::COMMON), None);
        assert_eq!(reason(&["a", ""]).unwrap(), ": a key must not be empty");
        assert_eq!(
            reason(&["_violations"]).unwrap(),
            "_violations: keys that begin with `_` are never redacted"
        );
        assert!(reason(&[&"k".repeat(65)]).unwrap().ends_with(": a key can have at most 64 bytes"));
        assert_eq!(reason(&["k"; 129]).unwrap(), "a list of 129 keys: it can have at most 128 keys");
        let long = "k".repeat(61);
        assert_eq!(reason(&[&*long; 64]), None);
        assert_eq!(
            reason(&[&*long; 65]).unwrap(),
            "a list of 4160 bytes: it can have at most 4096 bytes as JSON"
        );
        assert!(reason(&["\u{1}".repeat(60).as_str(); 12]).is_some());
    }
}
