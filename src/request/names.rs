//! Names in `.state/requests`.

use crate::record::is_hex;

/// The number of hex digits of a request's id.
const DIGITS: usize = 32;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A request that is being written.
    New,
    /// The request with this id.
    Request(&'a str),
    /// An answer.
    Answer,
    /// No name of ours.
    Other,
}

/// Returns what a name in the folder stands for.
pub(crate) fn kind_of(name: &str) -> Kind<'_> {
    match name.split_once('.') {
        Some((id, ending)) if is_hex(id, DIGITS) => match ending {
            "new" | "answer.new" => Kind::New,
            "request" => Kind::Request(id),
            "answer" => Kind::Answer,
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

pub(super) fn new_of(id: &str) -> String {
    format!("{id}.new")
}

pub(super) fn request_of(id: &str) -> String {
    format!("{id}.request")
}

/// Returns the name of the answer to the request with this id.
pub(crate) fn answer_of(id: &str) -> String {
    format!("{id}.answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_by_all_of_it() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(kind_of(&new_of(id)), Kind::New);
        assert_eq!(kind_of(&request_of(id)), Kind::Request(id));
        assert_eq!(kind_of(&answer_of(id)), Kind::Answer);
        for name in [id, "x.request", &id[1..], ".request", "", "../a.request"] {
            assert_eq!(kind_of(name), Kind::Other, "{name}");
        }
        for name in
            [format!("{id}.request.1"), format!("{id}0.request"), format!("{}.request", id.to_uppercase())]
        {
            assert_eq!(kind_of(&name), Kind::Other, "{name}");
        }
    }
}
