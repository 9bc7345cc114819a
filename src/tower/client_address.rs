//! The address of the client: from the peer, back along the proxies that are trusted.

use super::hops::{Hop, ProxyHeader, hops};
use super::network::Network;
use super::settings::Settings;
use http::HeaderMap;
use std::net::IpAddr;

/// How many entries of a header are read at most, over all its lines.
const MOST_ENTRIES: usize = 32;

/// Where a request comes from, as far as it is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Client {
    /// In its canonical form.
    pub(super) address: IpAddr,
    /// What is to be flagged, if that is not the client's own address.
    pub(super) doubt: Option<String>,
}

/// Returns where a request of this peer comes from.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, settings: &Settings) -> Client {
    let peer = peer.to_canonical();
    let nearest = || Client { address: peer, doubt: None };
    if !is_trusted(peer, &settings.proxies) {
        return nearest();
    }
    let by = |header: ProxyHeader| walk(peer, header, headers, &settings.proxies);
    let is_there = |header: &ProxyHeader| headers.contains_key(header.name());
    if let Some(header) = settings.header {
        return by(header);
    }
    let mut found = ProxyHeader::ALL.into_iter().filter(is_there).map(by);
    match (found.next(), found.next()) {
        (None, _) => nearest(),
        (Some(client), None) => client,
        (Some(one), Some(other)) if one.address == other.address => {
            // It is the client's if one of them says so.
            Client { address: one.address, doubt: one.doubt.and(other.doubt) }
        }
        (Some(_), Some(_)) => {
            Client { address: peer, doubt: Some(doubt("`Forwarded` and `X-Forwarded-For` disagree")) }
        }
    }
}

fn is_trusted(address: IpAddr, proxies: &[Network]) -> bool {
    proxies.iter().any(|network| network.contains(address))
}

/// Follows the entries of a header, from the last one on.
fn walk(peer: IpAddr, header: ProxyHeader, headers: &HeaderMap, proxies: &[Network]) -> Client {
    let mut client = Client { address: peer, doubt: None };
    for (read, hop) in hops(header, headers).enumerate() {
        if read == MOST_ENTRIES {
            let name = header.title();
            client.doubt =
                Some(doubt(&format!("the last {MOST_ENTRIES} entries of `{name}` are all of proxies")));
            break;
        }
        match hop {
            Hop::Address(address) => {
                client.address = address;
                if !is_trusted(address, proxies) {
                    break;
                }
            }
            Hop::Hidden => break,
            Hop::Invalid(shown) => {
                let name = header.title();
                client.doubt = Some(doubt(&format!("`{name}` has no IP address before it: `{shown}`")));
                break;
            }
        }
    }
    client
}

fn doubt(reason: &str) -> String {
    format!("`actor.address` is a proxy's: {reason}")
}
