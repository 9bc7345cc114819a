//! The secrets of the settings, masked where a receiver's answer repeats them.

use super::endpoint::Endpoint;
use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use std::fmt;

/// The shortest text that counts as a secret, in bytes. Shorter ones would mask common words.
const SHORTEST: usize = 5;

/// The parts of the endpoint behind its host, and the values of headers.
pub(crate) struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    pub(super) fn of(endpoint: &Endpoint, headers: &[(HeaderName, HeaderValue)]) -> Secrets {
        let uri = endpoint.uri();
        let behind_host = uri.path().split('/').chain(uri.query().unwrap_or_default().split(['&', '=', ';']));
        let mut secrets = Vec::new();
        for part in behind_host {
            secrets.push(part.as_bytes().to_vec());
            secrets.push(percent_decode_str(part).collect());
        }
        for (_, value) in headers {
            // Each word of it: `Bearer TOKEN`.
            secrets.extend(value.as_bytes().split(|byte| *byte == b' ').map(<[u8]>::to_vec));
        }
        secrets.retain(|secret| secret.len() >= SHORTEST && !PLAIN.contains(&secret.as_slice()));
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Secrets(secrets)
    }

    /// Overwrites each secret with asterisks. The length stays: the text may be part of a protobuf
    /// message.
    pub(crate) fn mask(&self, text: &mut [u8]) {
        for secret in &self.0 {
            let found = memchr::memmem::find_iter(text, secret).collect::<Vec<_>>();
            for at in found {
                text[at..at + secret.len()].fill(b'*');
            }
        }
    }
}

/// Words that are no secrets.
const PLAIN: [&[u8]; 2] = [b"Basic", b"Bearer"];

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_repeats_of_the_endpoint_and_the_headers_is_masked() {
        let endpoint =
            Endpoint::url("https://collector/receiver/v1/ZaVnC4%2FdhaV?api_key=s3cr3tkey").unwrap();
        let headers = [(HeaderName::from_static("authorization"), HeaderValue::from_static("Bearer t0k3n"))];
        let secrets = Secrets::of(&endpoint, &headers);
        for (text, masked) in [
            ("Cannot POST /receiver/v1/ZaVnC4%2FdhaV", "Cannot POST /********/v1/*************"),
            ("no ZaVnC4/dhaV, s3cr3tkey, Bearer t0k3n", "no ***********, *********, Bearer *****"),
            ("s3cr3tkeys3cr3tkey", "******************"),
            ("no such page of the collector in v1", "no such page of the collector in v1"),
            ("", ""),
        ] {
            let mut text = text.as_bytes().to_vec();
            secrets.mask(&mut text);
            assert_eq!(String::from_utf8_lossy(&text), masked);
        }
        assert_eq!(format!("{secrets:?}"), "Secrets { .. }");
    }
}
