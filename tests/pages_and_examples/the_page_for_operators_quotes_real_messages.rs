//! An operator looks for a message from `docs/operations.md` in the runtime log, so each message on
//! the page is one that the code has.

use std::path::{Path, PathBuf};

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Returns the sources with each string in one line and `…` in the place of each `{argument}`.
fn messages_in_the_code() -> String {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let code = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect::<String>();
    let lines = code.split("\\\n").enumerate();
    let joined = lines.map(|(n, part)| if n == 0 { part } else { part.trim_start() }).collect::<String>();
    let (mut text, mut rest) = (String::new(), joined.as_str());
    while let Some(begins) = rest.find('{') {
        text.push_str(&rest[..begins]);
        rest = &rest[begins + 1..];
        match rest.find(['}', '\n']) {
            Some(ends) if rest[ends..].starts_with('}') => {
                text.push('…');
                rest = &rest[ends + 1..];
            }
            _ => text.push('{'),
        }
    }
    text + rest
}

/// Returns the quoted messages in the first column of the page's table.
fn messages_on_the_page(page: &str) -> Vec<&str> {
    let (_, section) = page.split_once("## Messages in the runtime log").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').step_by(2)).filter(|message| !message.is_empty()).collect()
}

#[test]
fn each_message_for_operators_is_one_of_the_code() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md"));
    let (page, code) = (page.unwrap(), messages_in_the_code());
    let messages = messages_on_the_page(&page);
    assert!(messages.len() > 10, "the messages are found: {messages:?}");
    for message in messages {
        let parts = message.split('…').map(|part| part.trim_matches([' ', ':', ',']));
        for part in parts.filter(|part| !part.is_empty()) {
            assert!(code.contains(part), "no message of the code has {part:?}, as docs/operations.md says");
        }
    }
}
