//! Field names, taken apart at compile time.

/// Returns the key of `resource` that a field of this name stands for: `reason` for
/// `resource.reason`; `None` for other fields.
pub(crate) const fn resource_key(name: &str) -> Option<&str> {
    match name.as_bytes() {
        [b'r', b'e', b's', b'o', b'u', b'r', b'c', b'e', b'.', ..] => {
            Some(unraw(name.split_at("resource.".len()).1))
        }
        _ => None,
    }
}

/// Returns the name without the prefix of a raw identifier: `type` for `r#type`.
#[must_use]
pub const fn unraw(key: &str) -> &str {
    match key.as_bytes() {
        [b'r', b'#', ..] => key.split_at(2).1,
        _ => key,
    }
}
