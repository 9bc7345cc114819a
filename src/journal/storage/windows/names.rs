//! Names that Windows takes for another thing than they say.
//!
//! `NUL` and `com1.txt` are devices in every directory: data written to them is gone. A dot or a
//! space at the end is dropped, so that two names lead to one directory. Text after a colon names
//! another stream of the file, which no directory listing shows.

/// Returns why a part of a path can't be the name of a directory or a file, if it can't.
pub(super) fn fault(name: &str) -> Option<&'static str> {
    if name.ends_with(['.', ' ']) {
        Some("Windows drops a dot or a space at the end of a name")
    } else if name.contains(':') {
        Some("a colon in a name stands for a stream of the file")
    } else if name.contains(['<', '>', '"', '|', '?', '*']) || name.chars().any(|c| c < ' ') {
        Some("a name can't have control characters or one of < > \" | ? * in it")
    } else if is_device(name) {
        Some("it has the name of a device in it")
    } else {
        None
    }
}

/// Returns whether it is a device's name, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = ["COM", "LPT"].into_iter().find_map(|device| stem.strip_prefix(device));
    match numbered {
        Some(number) => {
            matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        }
        None => matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"),
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn names_that_windows_takes_for_another_thing_are_known() {
        for name in [
            "CON",
            "con",
            "nul.log",
            "NUL .log",
            "Aux.tar.gz",
            "PRN",
            "COM1",
            "com9.txt",
            "COM¹",
            "LPT0",
            "lpt³.x",
            "conin$",
            "audit.",
            "audit ",
            "...",
            "audit:stream",
            "a?",
            "a*",
            "a\u{1}",
            "a|b",
        ] {
            assert!(fault(name).is_some(), "{name}");
        }
    }

    #[test]
    fn other_names_are_names() {
        for name in [
            "audit",
            ".state",
            "audit.d",
            "console",
            "con1",
            "COM",
            "COM10",
            "COMA",
            "LPT",
            "nul_",
            "null",
            "Протоколы",
            "監査",
            " audit",
            "a b",
            "aux-audit",
        ] {
            assert_eq!(fault(name), None, "{name}");
        }
    }
}
