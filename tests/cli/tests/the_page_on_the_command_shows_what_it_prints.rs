//! Runs each example of docs/cli.md, and compares what it prints. `TRYCMD=overwrite` writes that into the page.
//!
//! The examples run in `fixtures`, where `audit` is a log. Paths are those of Unix.
#![cfg(unix)]

use std::path::Path;

#[test]
fn the_page_on_the_command_shows_what_it_prints() {
    // Beside the folder of this test program.
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
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = here.join("../../docs/cli.md").canonicalize().unwrap();
    std::env::set_current_dir(here.join("fixtures")).unwrap();
    trycmd::TestCases::new().register_bin("auditlog", program).case(page).run();
}
