//! A trace id, as it is written in a record.

/// A trace id: 32 lower-case hex digits, not all of them zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceId([u8; 32]);

impl TraceId {
    /// Returns the id with these bytes; `None` for the id of zeros, which stands for no trace.
    #[cfg_attr(not(feature = "otel-context"), allow(dead_code, reason = "only OpenTelemetry has such ids"))]
    pub(crate) fn of(bytes: [u8; 16]) -> Option<TraceId> {
        if bytes == [0; 16] {
            return None;
        }
        let mut digits = [b'0'; 32];
        for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
            *pair = crate::record::hex_digits(byte);
        }
        Some(TraceId(digits))
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_w3c_specifies() {
        let id = TraceId::of(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes()).unwrap();
        assert_eq!(id.as_str(), "0af7651916cd43dd8448eb211c80319c");
        assert!(TraceId::of([0; 16]).is_none());
    }
}
