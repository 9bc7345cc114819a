//! An `ExportLogsServiceResponse` in JSON, as protobuf's JSON mapping spells it.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Response {
    #[serde(default, alias = "partial_success")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartialSuccess {
    #[serde(default, alias = "rejected_log_records")]
    rejected_log_records: Count,
    #[serde(default, alias = "error_message")]
    error_message: String,
}

/// An `int64`, which is a string in JSON; many write a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(i64),
    Text(String),
}

impl Default for Count {
    fn default() -> Count {
        Count::Number(0)
    }
}

/// Parses a response. Returns the number of discarded records and the message, if it has them, and
/// `None` if it is no response. Unknown keys beside them mean that another service answers.
pub(super) fn partial_success(body: &[u8]) -> Option<Option<(i64, String)>> {
    // `serde` takes a list for a structure, too.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let response = serde_json::from_slice::<Response>(body).ok().filter(|_| is_object)?;
    let Some(PartialSuccess { rejected_log_records, error_message }) = response.partial_success else {
        return Some(None);
    };
    let rejected = match rejected_log_records {
        Count::Number(count) => count,
        Count::Text(text) => text.parse().ok()?,
    };
    Some(Some((rejected, error_message)))
}
