//! What stands at fixed places of a line, without a look at the rest.

use super::encode::{HEAD, SEQ};
use crate::record::ts::text::TsText;
use crate::record::ts::timestamp::Timestamp;

/// What stands between a line's time and its event type.
const EVENT: &[u8] = br#"","event":""#;

/// The form of a time: `0` stands for any digit.
const TS: &[u8; Timestamp::LEN] = b"0000-00-00T00:00:00.000000000Z";

/// What stands at fixed places of a line that begins and ends as this crate writes it. The rest of the line may be
/// anything, and the time is one by its form only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) ts: TsText,
    pub(crate) seq: u64,
    /// The line from its event type on.
    from_event: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Returns the frame of a line without its `\n`.
    #[inline]
    pub(crate) fn of(line: &'a [u8]) -> Option<Frame<'a>> {
        let (head, rest) = line.split_first_chunk()?;
        (head == HEAD).then_some(())?;
        let (ts, rest) = rest.split_first_chunk::<{ Timestamp::LEN }>()?;
        let from_event = rest.strip_prefix(EVENT)?;
        let is_time = ts.iter().zip(TS).fold(true, |is_time, (byte, form)| {
            is_time & if *form == b'0' { byte.wrapping_sub(b'0') < 10 } else { byte == form }
        });
        let seq = seq(from_event)?;
        is_time.then_some(Frame { ts: TsText(*ts), seq, from_event })
    }

    /// Returns the event type; `None` if it has escapes.
    #[inline]
    pub(crate) fn event(&self) -> Option<&'a str> {
        let end = memchr::memchr2(b'"', b'\\', self.from_event)?;
        if self.from_event[end] == b'\\' {
            return None;
        }
        std::str::from_utf8(&self.from_event[..end]).ok()
    }
}

/// Returns the number at a line's end.
#[inline]
fn seq(line: &[u8]) -> Option<u64> {
    let body = line.strip_suffix(b"}")?;
    let (mut at, mut seq, mut power) = (body.len(), 0_u64, 1_u64);
    while let Some(digit) =
        at.checked_sub(1).map(|before| body[before].wrapping_sub(b'0')).filter(|digit| *digit < 10)
    {
        at -= 1;
        if body.len() - at > 19 {
            return long_seq(body);
        }
        seq += u64::from(digit) * power;
        power = power.wrapping_mul(10);
    }
    let digits = &body[at..];
    let is_one_spelling = digits.len() == 1 || digits.first().is_some_and(|digit| *digit != b'0');
    (is_one_spelling && body[..at].ends_with(SEQ)).then_some(seq)
}

/// Returns a number of more than 19 digits, if 64 bits hold it.
#[cold]
fn long_seq(body: &[u8]) -> Option<u64> {
    let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (body, digits) = body.split_at(body.len() - digits);
    let number = std::str::from_utf8(digits).ok()?;
    (!number.starts_with('0') && body.ends_with(SEQ)).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use crate::record::line::stamp::Stamp;

    fn line(seq: &str) -> String {
        format!(
            r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"a.b","actor":{{}},"outcome":"success","seq":{seq}}}"#
        )
    }

    #[test]
    fn the_frame_of_a_line_is_what_the_line_says() {
        for seq in [
            0,
            7,
            10,
            4711,
            u64::from(u32::MAX),
            10_u64.pow(18),
            10_u64.pow(19) - 1,
            10_u64.pow(19),
            u64::MAX,
        ] {
            let line = line(&seq.to_string());
            assert!(Record::from_line(line.as_bytes()).is_ok());
            let frame = Frame::of(line.as_bytes()).unwrap();
            let stamp = Stamp::of(line.as_bytes()).unwrap();
            assert_eq!((frame.seq, frame.ts, frame.event()), (stamp.seq, TsText::of(stamp.ts), Some("a.b")));
        }
    }

    #[test]
    fn another_spelling_has_no_frame() {
        for seq in [
            "",
            "00",
            "01",
            "18446744073709551616",
            "99999999999999999999999",
            "-1",
            "1.0",
            "1 ",
            "x",
            "\"1\"",
        ] {
            assert!(Frame::of(line(seq).as_bytes()).is_none(), "{seq}");
        }
        for (is, becomes) in [
            ("{\"_s", "{ \"_s"),
            ("\"1\"", "\"2\""),
            ("00.1", "0x.1"),
            ("789Z", "789z"),
            ("event", "even"),
            (",\"seq\"", ", \"seq\""),
        ] {
            let line = line("7").replacen(is, becomes, 1);
            assert!(Frame::of(line.as_bytes()).is_none(), "{line}");
        }
        let escaped = line("7").replace("a.b", r"a\u002eb");
        assert_eq!(Frame::of(escaped.as_bytes()).unwrap().event(), None);
        for cut in 0..line("7").len() {
            assert!(Frame::of(&line("7").as_bytes()[..cut]).is_none(), "{cut}");
        }
    }
}
