//! Runs each example of docs/cli.md, and compares what it prints. `TRYCMD=overwrite` writes that into the page.
//!
//! The examples run in `fixtures`, where `audit` is a log. Paths are those of Unix.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the command, which lies beside the folder of this test program.
fn program() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let program = this
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .join(format!("auditlog{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is missing: build it with `cargo test --workspace --all-features`",
        program.display()
    );
    program
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_on_the_command_shows_what_it_prints() {
    let page = here().join("../../docs/cli.md").canonicalize().unwrap();
    std::env::set_current_dir(here().join("fixtures")).unwrap();
    trycmd::TestCases::new().register_bin("auditlog", program()).case(page).run();
}

/// `UPDATE_REPORT=1` makes it anew.
#[test]
fn the_report_for_auditors_is_what_the_command_makes() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = here().join("fixtures").canonicalize().unwrap();
    for name in ["audit", "audit.vkey"] {
        std::os::unix::fs::symlink(fixtures.join(name), folder.path().join(name)).unwrap();
    }
    let mut command = Command::new(program());
    let ran =
        command.args(["report", "audit", "--key", "audit.vkey"]).current_dir(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let printed =
        format!("$ auditlog report audit --key audit.vkey\n{}", String::from_utf8(ran.stdout).unwrap());
    let page = std::fs::read_to_string(here().join("../../docs/cli.md")).unwrap();
    assert!(page.contains(&printed), "docs/cli.md does not show this:\n{printed}");
    for name in ["evidence.html", "evidence.json"] {
        let made = std::fs::read_to_string(folder.path().join(name)).unwrap();
        let page = here().join("../../docs/compliance").join(name);
        if std::env::var_os("UPDATE_REPORT").is_some() {
            std::fs::write(&page, &made).unwrap();
        }
        let page = std::fs::read_to_string(page).unwrap();
        assert!(
            without_made(&page) == without_made(&made),
            "{name} is old: run this test with UPDATE_REPORT=1"
        );
    }
}

/// Returns the text without what is another each time.
fn without_made(text: &str) -> (&str, &str) {
    let (begin, end) =
        if text.starts_with('{') { ("\"made\"", "\n}") } else { ("<section id=\"made\"", "</section>") };
    let (before, behind) = text.split_once(begin).unwrap();
    (before, behind.split_once(end).unwrap().1)
}
