//! What does not compile, and what the compiler says about it. The expectations
//! are in `tests/compile_errors/*.stderr`; after a change of wording, run with
//! `TRYBUILD=overwrite` and read the difference.

#[test]
fn compile_errors_are_readable() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_errors/*.rs");
}
