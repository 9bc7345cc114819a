//! Comparing values with Rust's types.

use super::json::Value;

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl PartialEq<String> for Value {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == Some(other.as_str())
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

impl PartialEq<f64> for Value {
    fn eq(&self, other: &f64) -> bool {
        matches!(self, Value::Float(value) if value == other)
    }
}

macro_rules! integers {
    ($($narrow:ty as $wide:ty: $of:ident),*) => { $(
        impl PartialEq<$narrow> for Value {
            fn eq(&self, other: &$narrow) -> bool {
                self.$of() == Some(*other as $wide)
            }
        }
    )* };
}

integers!(
    i8 as i64: as_i64, i16 as i64: as_i64, i32 as i64: as_i64, i64 as i64: as_i64, isize as i64: as_i64,
    u8 as u64: as_u64, u16 as u64: as_u64, u32 as u64: as_u64, u64 as u64: as_u64, usize as u64: as_u64
);
