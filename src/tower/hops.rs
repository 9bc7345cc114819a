//! The entries of `Forwarded` and `X-Forwarded-For`, read from the last one on.
//!
//! They are split from the right, too: whatever a client has put before the entry of a proxy, such as a
//! quotation mark without its end, changes nothing of that entry.

use crate::record::actor::address::parse as parse_address;
use http::HeaderMap;
use http::header::{FORWARDED, HeaderName};
use std::net::IpAddr;

/// How much of an entry without an address is shown, in bytes.
const SHOWN_BYTES: usize = 64;

/// A header in which proxies say for whom they forward a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyHeader {
    /// `Forwarded`, of RFC 7239.
    Forwarded,
    /// `X-Forwarded-For`.
    XForwardedFor,
}

impl ProxyHeader {
    pub(super) const ALL: [ProxyHeader; 2] = [ProxyHeader::Forwarded, ProxyHeader::XForwardedFor];

    pub(super) fn name(self) -> HeaderName {
        match self {
            ProxyHeader::Forwarded => FORWARDED,
            ProxyHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
        }
    }

    /// Returns the name as it is usually spelled.
    pub(super) const fn title(self) -> &'static str {
        match self {
            ProxyHeader::Forwarded => "Forwarded",
            ProxyHeader::XForwardedFor => "X-Forwarded-For",
        }
    }
}

/// What one entry says of the other end of a proxy's connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hop {
    /// In its canonical form.
    Address(IpAddr),
    /// It is unknown, or a name in place of the address.
    Hidden,
    /// No entry of the header's form. Its beginning.
    Invalid(String),
}

/// Returns the entries, the last one first.
pub(super) fn hops(header: ProxyHeader, headers: &HeaderMap) -> impl Iterator<Item = Hop> {
    let lines = headers.get_all(header.name()).into_iter().rev();
    lines.flat_map(move |line| {
        let mut rest = Some(line.as_bytes());
        std::iter::from_fn(move || {
            let (before, entry) = match header {
                ProxyHeader::Forwarded => split_last_outside_of_quotes(rest?),
                ProxyHeader::XForwardedFor => split_last(rest?, |entry, at| entry[at] == b','),
            };
            rest = before;
            let entry = entry.trim_ascii();
            Some(match header {
                ProxyHeader::Forwarded => element(entry),
                ProxyHeader::XForwardedFor => node(entry),
            })
        })
    })
}

/// Splits at the last place that ends an entry.
fn split_last(line: &[u8], is_end: impl FnMut(&[u8], usize) -> bool) -> (Option<&[u8]>, &[u8]) {
    let mut is_end = is_end;
    match (0..line.len()).rev().find(|at| is_end(line, *at)) {
        Some(at) => (Some(&line[..at]), &line[at + 1..]),
        None => (None, line),
    }
}

fn split_last_outside_of_quotes(line: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut is_quoted = false;
    split_last(line, |line, at| {
        if line[at] == b'"' {
            let escapes = line[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
            is_quoted ^= escapes % 2 == 0;
        }
        line[at] == b',' && !is_quoted
    })
}

/// Reads an element of `Forwarded`, such as `for="[2001:db8::1]:4711";proto=https`.
fn element(element: &[u8]) -> Hop {
    let Some(nodes) = nodes(element) else {
        return invalid(element);
    };
    match &*nodes {
        [] => Hop::Hidden,
        [one] => node(one),
        _ => invalid(element),
    }
}

/// Returns the values of the parameter `for`; `None` if the element can't be read.
fn nodes(element: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut nodes, mut rest) = (Vec::new(), element);
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(rest.len());
        let name = rest[..end].trim_ascii();
        if rest.get(end) != Some(&b'=') {
            // Nothing between two semicolons.
            if !name.is_empty() {
                return None;
            }
            rest = rest.get(end + 1..).unwrap_or_default();
            continue;
        }
        let (value, behind) = value(rest[end + 1..].trim_ascii_start())?;
        if name.eq_ignore_ascii_case(b"for") {
            nodes.push(value);
        }
        let behind = behind.trim_ascii_start();
        rest = match behind.split_first() {
            None => behind,
            Some((b';', behind)) => behind,
            Some(_) => return None,
        };
    }
    Some(nodes)
}

/// Splits off the value of a parameter, a quoted one without its quotation marks.
fn value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| matches!(byte, b';' | b'"')).unwrap_or(text.len());
        return Some((text[..end].trim_ascii().to_vec(), &text[end..]));
    };
    let (mut value, mut bytes) = (Vec::new(), quoted.iter().enumerate());
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((value, &quoted[at + 1..])),
            b'\\' => value.push(*bytes.next()?.1),
            byte => value.push(*byte),
        }
    }
    None
}

/// Reads an address, with or without a port, or what stands in its place.
fn node(bytes: &[u8]) -> Hop {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return invalid(bytes);
    };
    // A port may be hidden by itself: `203.0.113.7:_http`.
    let (name, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let address = if is_hidden(port) { name } else { text };
    if let Some(address) = parse_address(address) {
        return Hop::Address(address);
    }
    if text.is_empty() || name.eq_ignore_ascii_case("unknown") || is_hidden(name) {
        return Hop::Hidden;
    }
    invalid(bytes)
}

/// Returns whether a name is one that hides an address or a port: `_` and what follows.
fn is_hidden(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    name.strip_prefix('_').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_allowed))
}

fn invalid(entry: &[u8]) -> Hop {
    let shown = String::from_utf8_lossy(&entry[..entry.len().min(SHOWN_BYTES)]);
    let rest = if entry.len() > SHOWN_BYTES { "…" } else { "" };
    Hop::Invalid(format!("{shown}{rest}"))
}
