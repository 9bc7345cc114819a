# What .ci/run and .ci/full share; to be sourced.

step() { printf '\n== [%4ds] %s\n' "$SECONDS" "$1"; }

# The crate's features, one a line.
features() {
  cargo metadata --no-deps --format-version 1 --locked |
    python3 -c 'import json, sys; print(*(f for f in json.load(sys.stdin)["packages"][0]["features"] if f != "default"), sep="\n")'
}

# Format, lints with all features, each and none, and documentation.
checks() {
  step "format"
  cargo fmt --all --check

  step "lints: all features"
  cargo clippy --all-targets --all-features --locked -- -D warnings
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
