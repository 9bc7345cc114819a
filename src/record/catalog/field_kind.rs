//! The kinds of a field's value.

use std::fmt;

/// The kind of a field's value, in JSON's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text. Bytes are text, too, in base64.
    String,
    /// A number without a fraction. Beyond 64 bits it is recorded as a string of digits.
    Integer,
    /// A number. NaN and the infinities are recorded as strings.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An array.
    Array,
    /// An object.
    Object,
    /// Any of these kinds.
    Any,
}

impl FieldKind {
    /// Returns `string`, `integer`, `number`, `boolean`, `array`, `object` or `any`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldKind::String => "string",
            FieldKind::Integer => "integer",
            FieldKind::Number => "number",
            FieldKind::Boolean => "boolean",
            FieldKind::Array => "array",
            FieldKind::Object => "object",
            FieldKind::Any => "any",
        }
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
