//! The folders of `src` import one another only as `docs/design.md` states.

use std::path::{Path, PathBuf};

/// A room, and the rooms that it may import. `error`, `lock` and `unwind` are open to all, and so is the
/// crate's own face for its documentation's sake.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("lock", &[]),
    ("unwind", &[]),
    ("account", &[]),
    ("record", &[]),
    ("report", &[]),
    ("journal", &["account", "record", "report"]),
    ("read", &["journal", "record"]),
    ("mirror", &["record", "report"]),
    ("follow", &["journal", "mirror", "record", "report"]),
    ("caller", &["account", "record"]),
    ("handle", &["caller", "follow", "journal", "record", "report"]),
    ("capture", &["caller", "handle", "record", "report"]),
    ("macros", &["capture"]),
    ("guide", &[]),
    ("events", &["macros", "record"]),
    ("config", &["capture", "events", "follow", "handle", "journal", "mirror", "record", "report"]),
    ("testing", &["capture", "config", "events", "handle", "journal", "record"]),
];

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

/// The rooms named after `crate::`, in code.
fn imports(code: &str) -> Vec<String> {
    let code =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let named =
        |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    code.split("crate::")
        .skip(1)
        .map(named)
        .filter(|room| !room.starts_with("__audit") && room.starts_with(char::is_lowercase))
        .collect()
}

#[test]
fn every_import_is_one_that_the_design_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut seen = 0;
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        if room == "lib" {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("the room `{room}` is not in the design"));
        for import in imports(&std::fs::read_to_string(&file).unwrap()) {
            seen += 1;
            let is_open = matches!(&*import, "error" | "lock" | "unwind");
            let known = import == room || is_open || allowed.contains(&import.as_str());
            assert!(known, "{} imports `{import}`, which `{room}` may not", inside.display());
        }
    }
    assert!(seen > 50, "the imports are found: {seen}");
}

#[test]
fn an_import_that_is_not_allowed_would_be_seen() {
    let code = "use crate::journal::Journal;\n// use crate::comment;\nlet x = $crate::__audit_free!();\nfn f(_: crate::handle::Log) {}";
    assert_eq!(imports(code), ["journal", "handle"]);
}
