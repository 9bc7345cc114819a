//! What an answer means for the batch.

use super::json;
use crate::mirror::delivery::{Delivered, DeliveryError};
use crate::mirror::otlp::connection::{Answer, PROTOBUF};
use crate::mirror::otlp::error::OtlpError;
use crate::mirror::otlp::settings::Endpoint;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use prost::Message;
use std::time::{Duration, SystemTime};

const HTML: &str = "text/html";
const JSON: &str = "application/json";

/// The longest text of an answer that an error contains, in characters.
const LONGEST_TEXT: usize = 200;

/// The request that an answer belongs to.
#[derive(Clone, Copy, Debug)]
pub(in crate::mirror::otlp) struct Sent<'a> {
    pub(in crate::mirror::otlp) endpoint: &'a Endpoint,
    /// The number of records in the request.
    pub(in crate::mirror::otlp) records: usize,
    /// Whether an answer of any content type counts as success.
    pub(in crate::mirror::otlp) any_content_type: bool,
}

/// Returns what happens to the batch.
pub(in crate::mirror::otlp) fn judge(
    answer: &Answer,
    sent: Sent<'_>,
    now: SystemTime,
) -> Result<Delivered, DeliveryError> {
    if answer.is_success() {
        return success(answer, sent).map_err(DeliveryError::retry);
    }
    let error = OtlpError::Answer {
        endpoint: sent.endpoint.to_string(),
        status: answer.status,
        content_type: plain(&answer.content_type),
        text: text(answer),
        hint: hint(answer, sent.endpoint),
    };
    let error = match answer.status {
        413 => DeliveryError::rejected(error),
        // An HTML page is from a proxy. nginx answers with one if the client certificate is missing,
        // which says nothing about a record, nor does an empty answer: halving a batch does no harm, but
        // giving up a record would.
        400 if sent.records > 1 || !(is(answer, HTML) || answer.body.is_empty()) => {
            DeliveryError::rejected(error)
        }
        408 | 504 => DeliveryError::timed_out(error),
        _ => DeliveryError::retry(error),
    };
    Err(match answer.retry_after.as_deref().and_then(|text| delay(text, now)) {
        Some(delay) => error.with_retry_after(delay),
        None => error,
    })
}

fn success(answer: &Answer, sent: Sent<'_>) -> Result<Delivered, OtlpError> {
    let not_otlp = |reason| OtlpError::NotOtlp {
        endpoint: sent.endpoint.to_string(),
        status: answer.status,
        content_type: plain(&answer.content_type),
        reason,
        text: text(answer),
    };
    let response = if answer.body.is_empty() && !is(answer, HTML) {
        // Several receivers answer so, most with 204.
        return Ok(Delivered::all());
    } else if is(answer, PROTOBUF) {
        ExportLogsServiceResponse::decode(answer.body.as_slice())
            .map_err(|_| not_otlp("the body is not an `ExportLogsServiceResponse`"))?
            .partial_success
            .map(|partial| (partial.rejected_log_records, partial.error_message))
    } else if is(answer, JSON) && !sent.any_content_type {
        json::partial_success(&answer.body).ok_or_else(|| {
            not_otlp("the JSON is not an `ExportLogsServiceResponse`; for a receiver that answers so, set `otlp_any_content_type`")
        })?
    } else if sent.any_content_type {
        // What the receiver has discarded is counted if it says so.
        json::partial_success(&answer.body).flatten()
    } else {
        return Err(not_otlp(
            "the content type should be `application/x-protobuf` or `application/json`; for a receiver that answers so, set `otlp_any_content_type`",
        ));
    };
    Ok(match response {
        Some((rejected, message)) => {
            let rejected = u64::try_from(rejected).unwrap_or(0);
            Delivered::partial(rejected.min(sent.records as u64), plain(&message))
        }
        None => Delivered::all(),
    })
}

/// Returns what helps against an error, if that is known.
fn hint(answer: &Answer, endpoint: &Endpoint) -> String {
    let hint = match answer.status {
        300..=399 => return redirect(answer.location.as_deref()),
        401 | 403 => "check `otlp_headers` and the client certificate",
        404 | 405 => "check the path of `otlp_endpoint`, which is usually /v1/logs",
        407 => "check the user and the password in `otlp_proxy`",
        _ if endpoint.uri().port_u16() == Some(4317) => "4317 is gRPC, 4318 is HTTP",
        _ => "",
    };
    hint.to_owned()
}

/// Names the target of a redirect, without its path and query, which may hold secrets.
fn redirect(location: Option<&str>) -> String {
    let uri = location.and_then(|location| location.parse::<http::Uri>().ok());
    let host = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    let target = match host {
        Some((scheme, authority)) => {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            format!("to {scheme}://{host}")
        }
        None if location.is_some() => "to another path".to_owned(),
        None => "without a target".to_owned(),
    };
    format!("it redirects {target}, which is not followed; correct `otlp_endpoint`")
}

/// Returns whether the answer has this media type, with any parameters.
fn is(answer: &Answer, media_type: &str) -> bool {
    let found = answer.content_type.split(';').next().unwrap_or_default();
    found.trim().eq_ignore_ascii_case(media_type)
}

/// Parses `Retry-After`: a number of seconds, or a date.
fn delay(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

/// Returns the beginning of the answer as plain text.
fn text(answer: &Answer) -> String {
    if is(answer, PROTOBUF) {
        // An error is a `google.rpc.Status`, whose first two fields have the same numbers and types.
        let status = ExportLogsPartialSuccess::decode(answer.body.as_slice());
        return status.map(|status| plain(&status.error_message)).unwrap_or_default();
    }
    plain(&String::from_utf8_lossy(&answer.body))
}

/// Returns the beginning of a text on one line, without tags.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut length = 0;
    let mut in_tag = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '>' if in_tag => in_tag = false,
            _ if in_tag => continue,
            '<' if chars.as_str().starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) => {
                in_tag = true;
            }
            _ if !c.is_whitespace() && !c.is_control() => {
                if length == LONGEST_TEXT {
                    plain.push('…');
                    break;
                }
                plain.push(c);
                length += 1;
                continue;
            }
            _ => {}
        }
        if !plain.is_empty() && !plain.ends_with(' ') && length < LONGEST_TEXT {
            plain.push(' ');
            length += 1;
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::delivery::DeliveryErrorKind as Kind;
    use std::error::Error;

    fn answer(status: u16, content_type: &str, body: &[u8]) -> Answer {
        let content_type = content_type.to_owned();
        Answer { status, content_type, body: body.to_vec(), ..Answer::default() }
    }

    fn judged(answer: &Answer, records: usize) -> Result<Delivered, DeliveryError> {
        let endpoint = Endpoint::url("http://collector/v1/logs").unwrap();
        let sent = Sent { endpoint: &endpoint, records, any_content_type: false };
        judge(answer, sent, SystemTime::UNIX_EPOCH)
    }

    fn partial(rejected: i64, message: &str) -> Vec<u8> {
        let partial =
            ExportLogsPartialSuccess { rejected_log_records: rejected, error_message: message.to_owned() };
        ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    }

    #[test]
    fn only_the_answer_of_an_otlp_receiver_is_a_success() {
        for content_type in
            ["application/x-protobuf", "application/x-protobuf; charset=utf-8", "Application/X-Protobuf"]
        {
            for status in [200, 202] {
                assert_eq!(judged(&answer(status, content_type, b""), 3).unwrap(), Delivered::all());
            }
        }
        for (status, content_type, body) in [
            (204, "", ""),
            (200, "", ""),
            (200, "text/plain", ""),
            (200, "application/json", ""),
            (200, "application/json; charset=utf-8", "{}"),
            (200, "application/json", r#"{"partialSuccess":null}"#),
            (200, "application/json", r#"{"partialSuccess":{}}"#),
        ] {
            let answer = answer(status, content_type, body.as_bytes());
            assert_eq!(judged(&answer, 3).unwrap(), Delivered::all(), "{body}");
        }
        for (content_type, body, reason) in [
            ("text/html", "<title>Welcome</title>", "set `otlp_any_content_type`: Welcome"),
            ("text/html", "", "set `otlp_any_content_type`"),
            ("text/plain", "ok", "set `otlp_any_content_type`: ok"),
            ("application/json", r#"{"error":"log in"}"#, "the JSON is not an `ExportLogsServiceResponse`"),
            ("application/json", "[]", "set `otlp_any_content_type`: []"),
            ("application/json", "<html>", "the JSON is not an"),
            ("application/x-protobuf", "no protobuf", "the body is not an `ExportLogsServiceResponse`"),
        ] {
            let error = judged(&answer(200, content_type, body.as_bytes()), 1).unwrap_err();
            assert_eq!(error.kind(), Kind::Retry);
            let text = error.source().unwrap().to_string();
            assert!(text.contains(reason) && text.contains("http://collector/…"), "{text}");
        }
    }

    #[test]
    fn any_content_type_is_a_success_if_that_is_set() {
        let endpoint = Endpoint::url("http://collector/v1/logs").unwrap();
        let sent = Sent { endpoint: &endpoint, records: 1, any_content_type: true };
        let now = SystemTime::now();
        assert!(judge(&answer(200, "text/html", b"ok"), sent, now).is_ok());
        assert!(judge(&answer(204, "", b""), sent, now).is_ok());
        let page = answer(200, "application/json", br#"{"stored":1}"#);
        assert_eq!(judge(&page, sent, now).unwrap(), Delivered::all());
        assert!(judge(&answer(200, PROTOBUF, b"no protobuf"), sent, now).is_err());
        assert!(judge(&answer(302, "", b""), sent, now).is_err());
    }

    #[test]
    fn records_that_the_receiver_discarded_are_counted_with_its_reason() {
        for (rejected, message, expected) in [
            (2, "too old", Delivered::partial(2, "too old")),
            (9, "too old", Delivered::partial(3, "too old")),
            (0, "deprecated", Delivered::partial(0, "deprecated")),
            (0, "", Delivered::all()),
            (-1, "", Delivered::all()),
        ] {
            let answer = answer(200, PROTOBUF, &partial(rejected, message));
            assert_eq!(judged(&answer, 3).unwrap(), expected);
        }
        for body in [
            r#"{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}"#,
            r#"{"partialSuccess":{"rejectedLogRecords":2,"errorMessage":"too old","more":1}}"#,
            r#"{"partial_success":{"rejected_log_records":2,"error_message":"too old"}}"#,
        ] {
            let answer = answer(200, "application/json", body.as_bytes());
            assert_eq!(judged(&answer, 3).unwrap(), Delivered::partial(2, "too old"));
        }
    }

    #[test]
    fn an_error_names_what_helps() {
        let text = |url: &str, answer: &Answer| {
            let endpoint = Endpoint::url(url).unwrap();
            let sent = Sent { endpoint: &endpoint, records: 1, any_content_type: false };
            judge(answer, sent, SystemTime::now()).unwrap_err().source().unwrap().to_string()
        };
        let url = "http://collector/v1/logs";
        assert!(
            text(url, &answer(401, "", b"")).ends_with("check `otlp_headers` and the client certificate")
        );
        assert!(text(url, &answer(404, "", b"")).contains("path of `otlp_endpoint`"));
        let grpc = text("http://collector:4317/v1/logs", &answer(415, "application/grpc", b""));
        assert!(grpc.ends_with("4317 is gRPC, 4318 is HTTP"), "{grpc}");
        for (location, target) in [
            (Some("https://me:secret@other:8443/secret?secret"), "it redirects to https://other:8443, "),
            (Some("/login?secret"), "it redirects to another path, "),
            (None, "it redirects without a target, "),
        ] {
            let answer = Answer { location: location.map(str::to_owned), ..answer(302, "", b"") };
            let text = text(url, &answer);
            assert!(text.contains(target) && !text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn a_batch_is_rejected_by_413_and_400_and_retried_after_all_else() {
        for (status, content_type, of_many, of_one) in [
            (413, "text/html", Kind::Rejected, Kind::Rejected),
            (400, PROTOBUF, Kind::Rejected, Kind::Rejected),
            (400, "", Kind::Rejected, Kind::Rejected),
            (408, "", Kind::TimedOut, Kind::TimedOut),
            (504, "text/html", Kind::TimedOut, Kind::TimedOut),
            (400, "text/html; charset=utf-8", Kind::Rejected, Kind::Retry),
            (301, "", Kind::Retry, Kind::Retry),
            (401, "", Kind::Retry, Kind::Retry),
            (403, "", Kind::Retry, Kind::Retry),
            (404, "text/html", Kind::Retry, Kind::Retry),
            (429, "", Kind::Retry, Kind::Retry),
            (500, "", Kind::Retry, Kind::Retry),
            (503, "", Kind::Retry, Kind::Retry),
        ] {
            let answer = answer(status, content_type, b"some words");
            assert_eq!(judged(&answer, 2).unwrap_err().kind(), of_many, "{status}");
            assert_eq!(judged(&answer, 1).unwrap_err().kind(), of_one, "{status}");
        }
        // No words about the record.
        assert_eq!(judged(&answer(400, PROTOBUF, b""), 2).unwrap_err().kind(), Kind::Rejected);
        assert_eq!(judged(&answer(400, PROTOBUF, b""), 1).unwrap_err().kind(), Kind::Retry);
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() {
        let date = "Thu, 01 Jan 1970 00:02:00 GMT";
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        for (text, expected) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("99999999999999999999", Some(u64::MAX)),
            (date, Some(60)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(delay(text, now), expected.map(Duration::from_secs), "{text}");
        }
        for status in [302, 400, 413, 429, 503] {
            let answer = Answer { retry_after: Some("7".to_owned()), ..answer(status, "", b"") };
            assert_eq!(judged(&answer, 1).unwrap_err().retry_after(), Some(Duration::from_secs(7)));
        }
    }

    #[test]
    fn the_text_is_short_and_plain() {
        let page = "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\n<center>nginx</center>";
        assert_eq!(plain(page), "400 No required SSL certificate was sent nginx");
        assert_eq!(plain("a < b\u{1b}[31m\n\nc"), "a < b [31m c");
        assert_eq!(plain(&"ä".repeat(500)), format!("{}…", "ä".repeat(200)));
        assert_eq!(plain("<unended"), "");
        let status =
            ExportLogsPartialSuccess { rejected_log_records: 3, error_message: "no body".to_owned() };
        let error = judged(&answer(400, PROTOBUF, &status.encode_to_vec()), 1).unwrap_err();
        let text = error.source().unwrap().to_string();
        assert_eq!(text, "http://collector/… answered 400 (application/x-protobuf): no body");
    }
}
