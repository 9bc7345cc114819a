//! The names and limits that the schema fixes.

/// The version of the record schema that this crate writes.
///
/// It rises only with a change that breaks readers; an added field does not. Each version
/// has an entry with migration notes in `CHANGELOG.md` under `## Audit-Log Schema`.
pub const SCHEMA_VERSION: &str = "1";

/// The event type of a record that came without one.
pub(crate) const UNNAMED: &str = "audit.unnamed";

/// The resource key under which violations are flagged.
pub(crate) const VIOLATIONS: &str = "_violations";

/// The resource key under which cut values are flagged.
pub(crate) const TRUNCATED: &str = "_truncated";

/// The resource key under which redacted values are flagged.
pub(crate) const REDACTED: &str = "_redacted";

/// The name of the newtype struct as which changes are serialized.
pub(crate) const CHANGES: &str = "tracing_audit::Changes";

/// Whether only the log itself may write this key of a resource.
pub(crate) const fn is_reserved_key(key: &str) -> bool {
    matches!(key.as_bytes(), b"_violations" | b"_truncated" | b"_redacted")
}

/// How deep arrays and objects may nest in a resource value.
pub(crate) const MAX_DEPTH: usize = 64;

/// How deep a value may nest that is serialized: below [`MAX_DEPTH`], it is recorded as its JSON
/// text.
pub(crate) const MAX_SERIALIZED_DEPTH: usize = 256;

/// Whether `event` is the type of a control record, which only the log itself writes.
pub(crate) const fn is_of_the_log(event: &str) -> bool {
    matches!(event.as_bytes(), [b'l', b'o', b'g', b'.', ..])
}
