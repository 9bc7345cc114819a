//! Addresses and networks of proxies.

use std::net::{IpAddr, Ipv6Addr};

/// A proxy that is to be trusted is neither an IP address nor a network.
#[derive(Debug, thiserror::Error)]
#[error("the proxy `{proxy}` can't be trusted: {reason}")]
pub struct TrustedProxyError {
    proxy: String,
    reason: &'static str,
}

/// The addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    first: IpAddr,
    prefix: u32,
}

/// How many bits of an IPv4-mapped address are before the IPv4 address.
const MAPPED_BITS: u32 = 96;

impl Network {
    /// Parses an address, or an address and the length of its prefix: `10.0.0.0/8`.
    pub(super) fn parse(text: &str) -> Result<Network, TrustedProxyError> {
        let wrong = |reason| TrustedProxyError { proxy: text.to_owned(), reason };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address =
            address.parse::<IpAddr>().map_err(|_| wrong("it has no IP address, as in `10.0.0.0/8`"))?;
        let most = bits_of(address);
        let prefix = match prefix {
            None => most,
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|prefix| *prefix <= most && prefix.to_string() == text)
                .ok_or_else(|| {
                    wrong("the length of its prefix is no number, or is longer than an address")
                })?,
        };
        let network = Network { first: address, prefix };
        if network.masked(address) != as_bits(address) {
            return Err(wrong("its address has bits set behind the prefix"));
        }
        Ok(network.canonical())
    }

    /// Returns whether an address, in its canonical form, is in the network.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.masked(address) == as_bits(self.first)
    }

    /// Returns a network of IPv4-mapped addresses as one of IPv4.
    fn canonical(self) -> Network {
        let first = self.first.to_canonical();
        match (self.first, self.prefix.checked_sub(MAPPED_BITS)) {
            (IpAddr::V6(_), Some(prefix)) if first.is_ipv4() => Network { first, prefix },
            _ => self,
        }
    }

    fn masked(&self, address: IpAddr) -> u128 {
        let behind = bits_of(address) - self.prefix;
        as_bits(address).checked_shr(behind).map_or(0, |bits| bits << behind)
    }
}

fn bits_of(address: IpAddr) -> u32 {
    if address.is_ipv4() { u32::BITS } else { Ipv6Addr::BITS }
}

fn as_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}
