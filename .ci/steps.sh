# Shared by the scripts in this folder; to be sourced in the project's folder.

step() { printf '\n== [%4ds] %s\n' "$SECONDS" "$1"; }

# Prints the features of the library, one a line.
features() {
  cargo metadata --no-deps --format-version 1 --locked | python3 -c '
import json, sys
packages = json.load(sys.stdin)["packages"]
features = next(package["features"] for package in packages if package["name"] == "tracing-audit")
print(*(feature for feature in features if feature != "default"), sep="\n")'
}

# Builds the test file NAME, as `cargo test --workspace --all-features` does, and prints the path of its program.
test_program() {
  cargo test --workspace --all-features --locked --no-run --message-format json --test "$1" | python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable") and message["target"]["name"] == sys.argv[1]:
        print(message["executable"])' "$1"
}

# Checks the format, lints with all features, each and none, and the documentation.
checks() {
  step "format"
  cargo fmt --all --check

  step "lints: the workspace, all features"
  cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
  step "lints: no features"
  cargo clippy --all-targets --no-default-features --locked -- -D warnings
  for feature in $(features); do
    step "lints: $feature"
    cargo clippy --all-targets --no-default-features --features "$feature" --locked -- -D warnings
  done

  step "dependencies"
  .ci/dependencies

  step "documentation"
  RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --all-features --locked
}
