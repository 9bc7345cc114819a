//! Which names a source of the Event Log can have.
//!
//! A name becomes that of a key in the registry. One with a separator in it would be another key
//! than it seems, and an empty one would be the log itself, with every source in it.

use super::EventLogError;

/// The longest name of a key, in UTF-16 units.
const LONGEST: usize = 255;

/// The logs that Windows has itself. A log's name is a source, too.
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
        "it has more than 255 UTF-16 units"
    } else if name.contains(['\\', '/']) {
        "it has a `\\` or a `/` in it"
    } else if name.contains(char::is_control) {
        "it has a control character in it"
    } else if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        "it begins or ends with a space"
    } else if OF_THE_SYSTEM.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        "that is one of Windows' own"
    } else {
        return Ok(());
    };
    Err(EventLogError::Name { name: name.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_applications_are_names() {
        let longest = "x".repeat(255);
        for name in
            ["kombify SpeechKit", "a", "Söme Ünicode 審計", "a.b-c_d (e) #1", "..", "Application2", &longest]
        {
            check(name).unwrap();
        }
    }

    #[test]
    fn what_would_be_another_key_or_nobodys_is_refused_and_named() {
        let longer = "x".repeat(256);
        let astral = "😀".repeat(128);
        let refused = [
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
            ("Application", "Windows' own"),
            ("SECURITY", "Windows' own"),
            ("system", "Windows' own"),
            ("Setup", "Windows' own"),
            ("ForwardedEvents", "Windows' own"),
        ];
        for (name, why) in refused {
            let text = check(name).unwrap_err().to_string();
            assert!(text.contains(why), "{text}");
            assert!(text.contains(&format!("`{}`", name.escape_debug())), "{text}");
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn off_windows_there_is_nothing_to_do_but_to_check_the_name() {
        use crate::mirror::event_log::{SourceStatus, install_source, remove_source, source_status};
        install_source("an application").unwrap();
        assert_eq!(source_status("an application").unwrap(), SourceStatus::NotSupported);
        remove_source("an application").unwrap();
        install_source("").unwrap_err();
        remove_source("").unwrap_err();
        source_status("a\\b").unwrap_err();
    }
}
