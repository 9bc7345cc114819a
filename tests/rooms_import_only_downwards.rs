//! The folders of `src` import one another only as `docs/design.md` states, those of `journal` only the ones
//! before them, and no two files import one another in a circle. No folder has more than twelve files.

#[path = "rooms/files.rs"]
mod files;
#[path = "rooms/tokens.rs"]
mod tokens;

use files::Files;
use std::path::Path;

/// A room, and the rooms that it may import. `error`, `lock` and `unwind` are open to all, and so is the
/// crate's own face for its documentation's sake.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("lock", &[]),
    ("unwind", &[]),
    ("account", &[]),
    ("host", &[]),
    ("record", &[]),
    ("published", &["host", "record"]),
    ("report", &["record"]),
    ("journal", &["account", "record", "report"]),
    ("request", &["journal", "record"]),
    ("seal", &["record"]),
    ("read", &["account", "host", "journal", "published", "record", "seal"]),
    ("mirror", &["record", "report"]),
    ("follow", &["journal", "mirror", "record", "report"]),
    ("caller", &["account", "record"]),
    ("tower", &["caller", "record"]),
    ("sealer", &["follow", "journal", "read", "record", "report", "seal"]),
    (
        "handle",
        &[
            "caller",
            "follow",
            "host",
            "journal",
            "published",
            "read",
            "record",
            "report",
            "request",
            "sealer",
        ],
    ),
    ("capture", &["caller", "handle", "record", "report"]),
    ("macros", &["capture"]),
    ("audited", &["capture", "handle", "record"]),
    ("guide", &[]),
    ("events", &["macros", "record"]),
    (
        "config",
        &[
            "account", "capture", "events", "follow", "handle", "host", "journal", "mirror", "record",
            "report", "seal", "sealer",
        ],
    ),
    ("operate", &["config", "follow", "handle", "journal", "read", "record", "request"]),
    ("testing", &["capture", "config", "events", "handle", "journal", "record"]),
];

/// The rooms inside `journal`, each of which imports only itself and those before it.
const IN_JOURNAL: &[&str] = &[
    "storage",
    "sync",
    "clock",
    "state",
    "not_synced",
    "disk_level",
    "control_queue",
    "settings",
    "progress",
    "about",
    "fork",
    "intake",
    "days",
    "sequence",
    "prune",
    "commit",
    "open",
    "finish",
    "status",
    "subscription",
    "mod",
];

fn src() -> Files {
    Files::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

/// Returns a segment of a file's path, as the room that it names.
fn segment(path: &Path, at: usize) -> Option<String> {
    let segment = path.components().nth(at)?.as_os_str().to_string_lossy();
    Some(segment.trim_end_matches(".rs").to_owned())
}

#[test]
fn every_import_is_one_that_the_design_allows() {
    let files = src();
    let mut seen = 0;
    for (at, file) in files.0.iter().enumerate().skip(1) {
        let room = segment(&file.path, 0).unwrap();
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("the room `{room}` is not in the design"));
        for import in files.imports_of(at).into_iter().filter(|import| *import > 0) {
            seen += 1;
            let import = segment(&files.0[import].path, 0).unwrap();
            let known = import == room
                || matches!(import.as_str(), "error" | "lock" | "unwind")
                || allowed.contains(&import.as_str());
            assert!(known, "{} imports `{import}`, which `{room}` may not", files.name(at));
        }
    }
    assert!(seen > 500, "the imports are found: {seen}");
}

#[test]
fn the_rooms_of_the_journal_import_only_those_before_them() {
    let files = src();
    let order = |file: usize| {
        let room = segment(&files.0[file].path, 1).unwrap();
        IN_JOURNAL
            .iter()
            .position(|name| *name == room)
            .unwrap_or_else(|| panic!("the room `journal/{room}` is not in the design"))
    };
    for at in 0..files.0.len() {
        if segment(&files.0[at].path, 0).unwrap() != "journal" {
            continue;
        }
        for import in files.imports_of(at) {
            if segment(&files.0[import].path, 0).unwrap() == "journal" {
                let is_before = order(import) <= order(at);
                assert!(is_before, "{} imports {}", files.name(at), files.name(import));
            }
        }
    }
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    assert_eq!(src().circles(), Vec::<Vec<String>>::new());
}

#[test]
fn no_folder_has_more_than_twelve_files() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        let (below, files): (Vec<_>, Vec<_>) = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .partition(|path| path.is_dir());
        assert!(files.len() <= 12, "{} has {} files", folder.display(), files.len());
        folders.extend(below);
    }
}

#[test]
fn a_circle_would_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, code: &str| std::fs::write(folder.path().join(name), code).unwrap();
    std::fs::create_dir(folder.path().join("room")).unwrap();
    write("lib.rs", "mod room; pub use room::Face;");
    write("room/mod.rs", "mod a; mod b; pub use a::A; pub struct Face;");
    write("room/a.rs", "use super::b; pub struct A(b::B);");
    write("room/b.rs", "pub struct B;");
    assert_eq!(Files::read(folder.path()).circles(), Vec::<Vec<String>>::new());
    // A face that a child names, by whatever path.
    write("room/b.rs", "pub struct B(crate::Face);");
    assert_eq!(Files::read(folder.path()).circles(), [["room/mod.rs", "room/a.rs", "room/b.rs"]]);
    // Names that a face passes on are those of the file that defines them.
    write("room/b.rs", "use super::A; pub struct B(A);");
    assert_eq!(Files::read(folder.path()).circles(), [["room/a.rs", "room/b.rs"]]);
    write("room/b.rs", "#[cfg(test)] use super::A; pub struct B;");
    assert_eq!(Files::read(folder.path()).circles(), Vec::<Vec<String>>::new());
}
