//! The canonical text of an actor's address.

use std::net::{IpAddr, SocketAddr};

/// Parses an address, with or without a port, brackets or a zone.
///
/// | text | address |
/// |---|---|
/// | `203.0.113.7` | `203.0.113.7` |
/// | `203.0.113.7:443` | `203.0.113.7` |
/// | `[2001:DB8:0::1]:443`, `[2001:db8::1]`, `2001:db8::1` | `2001:db8::1` |
/// | `::ffff:203.0.113.7` (IPv4-mapped) | `203.0.113.7` |
/// | `fe80::1%eth0`, `[fe80::1%2]:443` | `fe80::1` |
///
/// IPv6 addresses are spelled as RFC 5952 demands. A port belongs to one connection, and a zone (RFC
/// 4007) is the name of an interface of the machine that the application runs on: neither is part of
/// the client's address. Names of hosts are no addresses.
pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim_ascii();
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let address = match bracketed {
        Some((address, port)) => {
            let is_port = |port: &str| port.parse::<u16>().is_ok();
            if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
                return None;
            }
            IpAddr::V6(without_zone(address)?.parse().ok()?)
        }
        None => match text.parse::<SocketAddr>() {
            Ok(address) => address.ip(),
            Err(_) => without_zone(text)?.parse().ok()?,
        },
    };
    Some(address.to_canonical())
}

/// Returns the address before its zone, if it has one. Only an IPv6 address may.
fn without_zone(text: &str) -> Option<&str> {
    match text.split_once('%') {
        None => Some(text),
        Some((address, zone)) => (!zone.is_empty() && address.contains(':')).then_some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv6Addr, SocketAddrV6};

    #[test]
    fn an_address_has_one_canonical_text() {
        let scoped = SocketAddrV6::new("fe80::1".parse::<Ipv6Addr>().unwrap(), 443, 0, 2).to_string();
        for (text, canonical) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7 ", "203.0.113.7"),
            ("203.0.113.7:443", "203.0.113.7"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("[::1]:1", "::1"),
            ("2001:DB8:0:0:0::1", "2001:db8::1"),
            ("[2001:0db8::0001]:443", "2001:db8::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::FFFF:cb00:7107", "203.0.113.7"),
            ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
            ("::ffff:203.0.113.7%1", "203.0.113.7"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%eth0]:443", "fe80::1"),
            (&scoped, "fe80::1"),
            ("0.0.0.0", "0.0.0.0"),
            ("255.255.255.255:65535", "255.255.255.255"),
        ] {
            assert_eq!(parse(text).map(|address| address.to_string()).as_deref(), Some(canonical), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "",
            " ",
            "localhost",
            "unknown",
            "_hidden",
            "example.org:443",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "256.1.1.1",
            "1.2.3.4:",
            "1.2.3.4:65536",
            "1.2.3.4%eth0",
            "[1.2.3.4]",
            "[::1",
            "::1]",
            "[::1]1",
            "[::1]:",
            "[::1]:x",
            "[::1]:65536",
            "::1%",
            "%eth0",
            "::g",
            "1::2::3",
            "1.2.3.4, 5.6.7.8",
            "1.2.3.4\u{0}",
            "\u{661}.2.3.4",
            "::1:",
            "0x7f.1",
            "2130706433",
            "/tmp/socket",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
