//! The rules for the name of a source.
//!
//! The name becomes that of a registry key. With a separator in it, it would name a key in another
//! place; an empty name would name the log itself, with every source in it.

use super::error::EventLogError;

/// The length of the longest name of a registry key, in UTF-16 units.
const LONGEST: usize = 255;

/// The logs of Windows itself. Each log's name is also a source.
const OF_THE_SYSTEM: [&str; 16] = [
    "Application",
    "DFS Replication",
    "Directory Service",
    "DNS Server",
    "EventLog",
    "EventSystem",
    "File Replication Service",
    "ForwardedEvents",
    "HardwareEvents",
    "Internet Explorer",
    "Key Management Service",
    "Security",
    "Setup",
    "State",
    "System",
    "Windows PowerShell",
];

pub(super) fn check(name: &str) -> Result<(), EventLogError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.encode_utf16().count() > LONGEST {
        "it is longer than 255 UTF-16 units"
    } else if name.contains(['\\', '/']) {
        "it contains a `\\` or a `/`"
    } else if name.contains(char::is_control) {
        "it contains a control character"
    } else if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        "it begins or ends with a space"
    } else if OF_THE_SYSTEM.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        "it is the name of a log of Windows"
    } else {
        return Ok(());
    };
    Err(EventLogError::Name { name: name.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_applications_are_accepted() {
        let longest = "x".repeat(255);
        for name in
            ["kombify SpeechKit", "a", "Söme Ünicode 審計", "a.b-c_d (e) #1", "..", "Application2", &longest]
        {
            check(name).unwrap();
        }
    }

    #[test]
    fn names_that_would_be_another_registry_key_are_rejected_with_the_reason() {
        let longer = "x".repeat(256);
        let astral = "😀".repeat(128);
        let rejected = [
            ("", "empty"),
            (longer.as_str(), "255"),
            (astral.as_str(), "255"),
            ("a\\b", "`\\`"),
            ("\\", "`\\`"),
            ("a/b", "`/`"),
            ("a\0b", "control"),
            ("a\nb", "control"),
            ("a\u{85}b", "control"),
            (" a", "space"),
            ("a ", "space"),
            (" ", "space"),
            ("\u{a0}a", "space"),
            ("Application", "a log of Windows"),
            ("SECURITY", "a log of Windows"),
            ("system", "a log of Windows"),
            ("Setup", "a log of Windows"),
            ("ForwardedEvents", "a log of Windows"),
        ];
        for (name, why) in rejected {
            let text = check(name).unwrap_err().to_string();
            assert!(text.contains(why), "{text}");
            assert!(text.contains(&format!("`{}`", name.escape_debug())), "{text}");
        }
    }

    #[test]
    #[cfg_attr(windows, ignore = "there more than the name is checked")]
    fn on_other_systems_only_the_name_is_checked() {
        use crate::mirror::event_log::source::{install_source, remove_source, source_status};
        use crate::mirror::event_log::status::SourceStatus;
        install_source("an application").unwrap();
        assert_eq!(source_status("an application").unwrap(), SourceStatus::NotSupported);
        remove_source("an application").unwrap();
        install_source("").unwrap_err();
        remove_source("").unwrap_err();
        source_status("a\\b").unwrap_err();
    }
}
