//! The trace of the header `traceparent`, of W3C Trace Context.
//!
//! ```text
//! 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//! ```
//!
//! Version, trace, parent, flags, in lower-case hex digits. A later version may add to it, behind another
//! hyphen. Ids of zeros, the version `ff` and a second `traceparent` are invalid, and an invalid one is
//! no trace.

use crate::caller::scope::Trace;
use http::HeaderMap;

/// How long a `traceparent` of version 00 is, and as far as it is known, of any later version.
const LENGTH: usize = 55;

/// Returns the trace for the events that are in none of OpenTelemetry.
pub(super) fn trace_of(headers: &HeaderMap) -> Trace {
    let mut lines = headers.get_all("traceparent").into_iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => trace_id(line.as_bytes()).map_or(Trace::Unknown, Trace::otherwise),
        _ => Trace::Unknown,
    }
}

fn trace_id(header: &[u8]) -> Option<&str> {
    let header = std::str::from_utf8(header.trim_ascii()).ok()?;
    let (known, further) = header.split_at_checked(LENGTH)?;
    let mut fields = known.split('-');
    let mut hex = |digits: usize| {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        fields.next().filter(|field| field.len() == digits && field.bytes().all(is_hex))
    };
    let (version, trace, parent, _flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
    let may_go_on = version != "00" && further.starts_with('-');
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    let is_valid =
        version != "ff" && (further.is_empty() || may_go_on) && !is_zero(trace) && !is_zero(parent);
    is_valid.then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_trace_only_if_it_is_valid() {
        let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        let zeros = "0".repeat(32);
        fn valid(header: &str) -> Option<&str> {
            trace_id(header.as_bytes())
        }
        for header in [
            format!("00-{trace}-{parent}-01"),
            format!(" 00-{trace}-{parent}-00 "),
            format!("01-{trace}-{parent}-01"),
            format!("cc-{trace}-{parent}-01-what the future brings"),
            format!("cc-{trace}-{parent}-01-"),
        ] {
            assert_eq!(valid(&header), Some(trace), "{header}");
        }
        for header in [
            String::new(),
            format!("00-{trace}-{parent}-1"),
            format!("00-{trace}-{parent}-01-"),
            format!("00-{trace}-{parent}-01-00"),
            format!("cc-{trace}-{parent}-01.00"),
            format!("ff-{trace}-{parent}-01"),
            format!("0-{trace}-{parent}-001"),
            format!("00-{zeros}-{parent}-01"),
            format!("00-{trace}-{}-01", &zeros[..16]),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            format!("00-{}-{parent}-01", "g".repeat(32)),
            format!("00_{trace}_{parent}_01"),
            format!("00-{parent}-{trace}-01"),
            format!("00-{trace}-{parent}-0x"),
            format!("00-{}é-{parent}-01", &trace[..30]),
            "-".repeat(55),
            "é".repeat(28),
        ] {
            assert_eq!(valid(&header), None, "{header}");
        }
        assert_eq!(trace_id(&[0xff; 55]), None);
    }

    #[test]
    fn two_headers_are_no_trace() {
        let line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut headers = HeaderMap::new();
        headers.append("traceparent", line.parse().unwrap());
        assert!(matches!(trace_of(&headers), Trace::Otherwise(_)));
        headers.append("traceparent", line.parse().unwrap());
        assert!(matches!(trace_of(&headers), Trace::Unknown));
    }
}
