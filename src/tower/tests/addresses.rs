//! Where a request comes from.

use crate::tower::client_address::{Client, client};
use crate::tower::hops::{Hop, ProxyHeader, hops};
use crate::tower::network::Network;
use crate::tower::settings::Settings;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

const PROXIES: [&str; 3] = ["10.0.0.0/8", "2001:db8:f::/48", "192.0.2.7"];

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let lines = lines.iter().map(|(name, value)| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name, value);
    }
    headers
}

fn client_by(header: Option<ProxyHeader>, peer: &str, lines: &[(&str, &str)]) -> Client {
    let proxies = PROXIES.map(|proxy| Network::parse(proxy).unwrap()).to_vec();
    let settings = Settings { proxies, header, ..Settings::default() };
    client(peer.parse().unwrap(), &headers(lines), &settings)
}

/// The address, if there is no doubt of it.
fn address(peer: &str, lines: &[(&str, &str)]) -> String {
    let Client { address, doubt } = client_by(None, peer, lines);
    assert_eq!(doubt, None, "{lines:?}");
    address.to_string()
}

#[test]
fn the_address_is_the_peers_unless_a_trusted_proxy_names_another_one() {
    for (peer, line, expected) in [
        ("203.0.113.9", None, "203.0.113.9"),
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
        ("10.1.2.3", None, "10.1.2.3"),
        // A stranger says what it likes.
        ("203.0.113.9", Some("198.51.100.1"), "203.0.113.9"),
        ("203.0.113.9", Some("10.0.0.1"), "203.0.113.9"),
        ("2001:db8::1", Some("10.0.0.1"), "2001:db8::1"),
        ("11.0.0.1", Some("198.51.100.1"), "11.0.0.1"),
        // A proxy that is trusted, by its network or its address.
        ("10.1.2.3", Some("198.51.100.1"), "198.51.100.1"),
        ("::ffff:10.1.2.3", Some("198.51.100.1"), "198.51.100.1"),
        ("192.0.2.7", Some("198.51.100.1:4711"), "198.51.100.1"),
        ("2001:db8:f:1::1", Some("[2001:db8::1]:80"), "2001:db8::1"),
        ("10.1.2.3", Some("::ffff:198.51.100.1"), "198.51.100.1"),
        // What the client has put before it is not read.
        ("10.1.2.3", Some("6.6.6.6, 198.51.100.1"), "198.51.100.1"),
        ("10.1.2.3", Some("10.6.6.6,198.51.100.1"), "198.51.100.1"),
        ("10.1.2.3", Some("garbage, unknown, , 198.51.100.1"), "198.51.100.1"),
        // Further proxies are passed over.
        ("10.1.2.3", Some("6.6.6.6, 198.51.100.1, 10.0.0.2,\t192.0.2.7"), "198.51.100.1"),
        ("10.1.2.3", Some("10.0.0.3, 10.0.0.2"), "10.0.0.3"),
        // What is hidden ends the search at the last known address.
        ("10.1.2.3", Some("unknown"), "10.1.2.3"),
        ("10.1.2.3", Some("6.6.6.6, unknown, 10.0.0.2"), "10.0.0.2"),
        ("10.1.2.3", Some("6.6.6.6, Unknown:80, 10.0.0.2"), "10.0.0.2"),
        ("10.1.2.3", Some("6.6.6.6, _gateway, 10.0.0.2"), "10.0.0.2"),
        ("10.1.2.3", Some("6.6.6.6, , 10.0.0.2"), "10.0.0.2"),
        ("10.1.2.3", Some("6.6.6.6, 10.0.0.2,"), "10.1.2.3"),
        ("10.1.2.3", Some(""), "10.1.2.3"),
    ] {
        let lines = line.map(|line| ("x-forwarded-for", line));
        assert_eq!(address(peer, lines.as_slice()), expected, "{peer} {line:?}");
    }
}

#[test]
fn forwarded_is_read_as_rfc_7239_says() {
    for (line, expected) in [
        ("for=198.51.100.1", "198.51.100.1"),
        ("For=\"198.51.100.1:4711\"", "198.51.100.1"),
        ("for=198.51.100.1:4711", "198.51.100.1"),
        ("for=\"198.51.100.1:_http\"", "198.51.100.1"),
        ("for=\"[2001:DB8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=\"\\198.51.100.\\1\"", "198.51.100.1"),
        ("by=10.0.0.1; FOR=198.51.100.1 ;proto=http", "198.51.100.1"),
        ("proto=\"a,b;for=6.6.6.6\\\"\";for=198.51.100.1", "198.51.100.1"),
        (";for=198.51.100.1;", "198.51.100.1"),
        ("for=6.6.6.6, for=198.51.100.1, for=10.0.0.2", "198.51.100.1"),
        // The client's quotation mark takes nothing from the proxy's entry.
        ("for=\", for=198.51.100.1", "198.51.100.1"),
        ("for=\"\\, for=\"198.51.100.1\"", "198.51.100.1"),
        ("for=\"6.6.6.6, for=\"198.51.100.1\";by=\"10.0.0.1\"", "198.51.100.1"),
        ("for=6.6.6.6, for=unknown", "10.1.2.3"),
        ("for=6.6.6.6, for=\"unknown:80\", for=10.0.0.2", "10.0.0.2"),
        ("for=6.6.6.6, for=_SEVKISEK, for=10.0.0.2", "10.0.0.2"),
        ("for=6.6.6.6, for=\"_hidden:_port\", for=10.0.0.2", "10.0.0.2"),
        ("for=6.6.6.6, proto=https", "10.1.2.3"),
        ("for=6.6.6.6, for=, for=10.0.0.2", "10.0.0.2"),
        ("", "10.1.2.3"),
    ] {
        assert_eq!(address("10.1.2.3", &[("forwarded", line)]), expected, "{line}");
    }
}

#[test]
fn an_entry_without_an_address_ends_the_search_and_is_shown() {
    let long = "x".repeat(100);
    for (name, line, shown) in [
        ("X-Forwarded-For", "6.6.6.6, garbage, 10.0.0.2", "garbage"),
        ("X-Forwarded-For", "6.6.6.6, 256.1.1.1, 10.0.0.2", "256.1.1.1"),
        ("X-Forwarded-For", "6.6.6.6, \"1.2.3.4\", 10.0.0.2", "\"1.2.3.4\""),
        ("X-Forwarded-For", "6.6.6.6, 1.2.3.4:65536, 10.0.0.2", "1.2.3.4:65536"),
        ("X-Forwarded-For", "6.6.6.6, unix:, 10.0.0.2", "unix:"),
        ("X-Forwarded-For", "6.6.6.6, _, 10.0.0.2", "_"),
        ("X-Forwarded-For", "6.6.6.6, ü, 10.0.0.2", "ü"),
        ("X-Forwarded-For", &format!("6.6.6.6, {long}, 10.0.0.2"), &format!("{}…", &long[..64])),
        ("Forwarded", "for=6.6.6.6, 1.2.3.4, for=10.0.0.2", "1.2.3.4"),
        ("Forwarded", "for=6.6.6.6, for=1.2.3.4;for=1.2.3.5, for=10.0.0.2", "for=1.2.3.4;for=1.2.3.5"),
        ("Forwarded", "for=6.6.6.6, for=\"1.2.3.4\"x, for=10.0.0.2", "for=\"1.2.3.4\"x"),
        ("Forwarded", "for=6.6.6.6, for=example.org, for=10.0.0.2", "example.org"),
        ("Forwarded", "for=\"1.2.3.4, for=10.0.0.2", "for=\"1.2.3.4"),
    ] {
        let Client { address, doubt } = client_by(None, "10.1.2.3", &[(name, line)]);
        assert_eq!(address.to_string(), "10.0.0.2", "{line}");
        let expected =
            format!("`actor.address` is a proxy's: `{name}` has no IP address before it: `{shown}`");
        assert_eq!(doubt, Some(expected), "{line}");
    }
    // Bytes that are no text.
    let invalid = HeaderValue::from_bytes(b"6.6.6.6, \xff\xfe").unwrap();
    let headers = HeaderMap::from_iter([(ProxyHeader::XForwardedFor.name(), invalid)]);
    assert_eq!(
        hops(ProxyHeader::XForwardedFor, &headers).next(),
        Some(Hop::Invalid("\u{fffd}\u{fffd}".into()))
    );
}

#[test]
fn all_lines_of_a_header_are_one_list() {
    let lines = |name| move |values: [&'static str; 3]| values.map(|value| (name, value));
    let forwarded_for = lines("x-forwarded-for");
    assert_eq!(
        address("10.1.2.3", &forwarded_for(["6.6.6.6", "198.51.100.1, 10.0.0.3", "10.0.0.2"])),
        "198.51.100.1"
    );
    assert_eq!(address("10.1.2.3", &forwarded_for(["198.51.100.1", "", "10.0.0.2"])), "10.0.0.2");
    let forwarded = lines("forwarded");
    let values = ["for=\"", "for=198.51.100.1, for=10.0.0.3", "for=10.0.0.2"];
    assert_eq!(address("10.1.2.3", &forwarded(values)), "198.51.100.1");
}

#[test]
fn at_most_32_entries_are_read() {
    let proxies = |number| vec!["10.0.0.2"; number].join(", ");
    let by = |line: &str| client_by(None, "10.1.2.3", &[("x-forwarded-for", line)]);
    let found = by(&format!("198.51.100.1, {}", proxies(31)));
    assert_eq!((found.address.to_string().as_str(), found.doubt), ("198.51.100.1", None));
    let found = by(&proxies(32));
    assert_eq!((found.address.to_string().as_str(), found.doubt), ("10.0.0.2", None));
    let doubt = "`actor.address` is a proxy's: the last 32 entries of `X-Forwarded-For` are all of proxies";
    for line in [format!("198.51.100.1, {}", proxies(32)), format!("198.51.100.1, {}", proxies(10_000))] {
        let found = by(&line);
        assert_eq!((found.address.to_string().as_str(), found.doubt.as_deref()), ("10.0.0.2", Some(doubt)));
    }
    // Over all lines of it.
    let lines = vec![("x-forwarded-for", "10.0.0.2"); 10_000];
    assert_eq!(client_by(None, "10.1.2.3", &lines).doubt.as_deref(), Some(doubt));
    // 10,000 entries that a client has forged.
    let forged = format!("{}, 198.51.100.1", vec!["6.6.6.6"; 10_000].join(", "));
    assert_eq!(by(&forged), Client { address: "198.51.100.1".parse().unwrap(), doubt: None });
    let forged = format!("{}, for=198.51.100.1", vec!["for=\"\\\\"; 10_000].join(", "));
    assert_eq!(address("10.1.2.3", &[("forwarded", &forged)]), "198.51.100.1");
}

#[test]
fn two_headers_count_only_where_they_agree() {
    let both = |forwarded, forwarded_for| [("forwarded", forwarded), ("x-forwarded-for", forwarded_for)];
    let agree = both("for=198.51.100.1, for=10.0.0.2", "198.51.100.1, 10.0.0.2");
    assert_eq!(address("10.1.2.3", &agree), "198.51.100.1");
    // The proxy writes one of them, and passes on the client's other one.
    let forged = both("for=6.6.6.6", "198.51.100.1");
    let disagree = "`actor.address` is a proxy's: `Forwarded` and `X-Forwarded-For` disagree";
    let found = client_by(None, "10.1.2.3", &forged);
    assert_eq!((found.address.to_string().as_str(), found.doubt.as_deref()), ("10.1.2.3", Some(disagree)));
    for (header, expected) in
        [(ProxyHeader::XForwardedFor, "198.51.100.1"), (ProxyHeader::Forwarded, "6.6.6.6")]
    {
        let found = client_by(Some(header), "10.1.2.3", &forged);
        assert_eq!((found.address.to_string().as_str(), found.doubt), (expected, None));
    }
    let only_the_other = client_by(Some(ProxyHeader::Forwarded), "10.1.2.3", &forged[1..]);
    assert_eq!(only_the_other.address.to_string(), "10.1.2.3");
}

#[test]
fn a_network_is_an_address_and_the_length_of_its_prefix() {
    let parse = |text: &str| Network::parse(text).unwrap();
    let is_in = |network: &str, address: &str| parse(network).contains(address.parse().unwrap());
    for (network, inside, outside) in [
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("10.1.2.128/25", "10.1.2.200", "10.1.2.127"),
        ("10.1.2.3/32", "10.1.2.3", "10.1.2.2"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("0.0.0.0/0", "255.1.2.3", "::1"),
        ("::/0", "2001:db8::1", "10.0.0.1"),
        ("::1", "::1", "::2"),
        ("2001:DB8::/32", "2001:db8:ffff::1", "2001:db9::"),
        ("fe80::/10", "febf::1", "fec0::1"),
        ("::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("::ffff:0:0/96", "10.0.0.1", "::1"),
    ] {
        assert!(is_in(network, inside) && !is_in(network, outside), "{network}");
    }
    for (text, reason) in [
        ("", "it has no IP address, as in `10.0.0.0/8`"),
        ("localhost", "it has no IP address, as in `10.0.0.0/8`"),
        ("10.0.0/8", "it has no IP address, as in `10.0.0.0/8`"),
        (" 10.0.0.1", "it has no IP address, as in `10.0.0.0/8`"),
        ("fe80::1%eth0", "it has no IP address, as in `10.0.0.0/8`"),
        ("10.0.0.1:80", "it has no IP address, as in `10.0.0.0/8`"),
        ("10.0.0.0/", "the length of its prefix is no number, or is longer than an address"),
        ("10.0.0.0/33", "the length of its prefix is no number, or is longer than an address"),
        ("10.0.0.0/+8", "the length of its prefix is no number, or is longer than an address"),
        ("10.0.0.0/08", "the length of its prefix is no number, or is longer than an address"),
        ("10.0.0.0/255.0.0.0", "the length of its prefix is no number, or is longer than an address"),
        ("::/129", "the length of its prefix is no number, or is longer than an address"),
        ("10.0.0.1/8", "its address has bits set behind the prefix"),
        ("0.0.0.1/0", "its address has bits set behind the prefix"),
        ("2001:db8::1/64", "its address has bits set behind the prefix"),
    ] {
        let error = Network::parse(text).unwrap_err();
        assert_eq!(error.to_string(), format!("the proxy `{text}` can't be trusted: {reason}"));
    }
}

/// What a client may put into a header: pieces of the syntax, and any other characters.
fn forged() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "for=", "\"", "\\", ",", ";", "10.0.0.2", "6.6.6.6", "[::1]", " ", "unknown"
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
        proptest::collection::vec(prop_oneof![0x20..0x7f_u8, 0x80..=0xff_u8], 0..4),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_a_client_puts_before_it_the_proxys_entry_counts(forged in forged(), is_line in any::<bool>()) {
        for (header, entry) in [
            (ProxyHeader::XForwardedFor, "198.51.100.1"),
            (ProxyHeader::XForwardedFor, "[2001:db8::1]:4711, 10.0.0.2"),
            (ProxyHeader::Forwarded, "for=198.51.100.1"),
            (ProxyHeader::Forwarded, "for=\"[2001:db8::1]:4711\";host=\"a,\\\"b\", for=\"10.0.0.2\""),
        ] {
            let mut headers = HeaderMap::new();
            let mut value = forged.clone();
            if is_line {
                headers.append(header.name(), HeaderValue::from_bytes(&value).unwrap());
                value.clear();
            } else {
                value.extend_from_slice(b", ");
            }
            value.extend_from_slice(entry.as_bytes());
            headers.append(header.name(), HeaderValue::from_bytes(&value).unwrap());
            let proxies = PROXIES.map(|proxy| Network::parse(proxy).unwrap()).to_vec();
            let settings = Settings { proxies, ..Settings::default() };
            let expected = if entry.contains("198") { "198.51.100.1" } else { "2001:db8::1" };
            let client = client("10.1.2.3".parse().unwrap(), &headers, &settings);
            prop_assert_eq!(client, Client { address: expected.parse().unwrap(), doubt: None });
            // And no header makes it panic.
            prop_assert!(hops(header, &headers).count() >= 1);
        }
    }
}
