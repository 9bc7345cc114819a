//! Trees, proofs, notes, keys and checkpoints are those of programs that were written by others: the
//! crates `tlog_tiles`, `ct-merkle` and `signed_note` accept what is written here, and the other way round.
//!
//! `src/seal` is compiled here once more, since not all of it is public.

// The library checks its own code; here only a part of it is used.
#[allow(dead_code, unreachable_pub, unused_imports, clippy::duplicated_attributes)]
#[path = "../../../src/seal/mod.rs"]
mod seal;

#[path = "oracles/directory.rs"]
mod directory;
#[path = "oracles/notes.rs"]
mod notes;
#[path = "oracles/record.rs"]
mod record;
#[path = "oracles/trees.rs"]
mod trees;
