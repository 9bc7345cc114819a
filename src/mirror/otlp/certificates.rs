//! The files for TLS: what stands in them, and whether it makes sense together.

use super::error::OtlpError;
use super::settings::{ClientFiles, Files};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error as TlsError, InconsistentKeys};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};

const CERTIFICATE: &str = "client's certificate";
const KEY: &str = "client's key";
const CA: &str = "file of authorities";

/// How much of a file is read, in bytes; more than any of them has.
const LONGEST: u64 = 4 << 20;

/// What stands in the files. It can't be shown.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    /// The certificate and the key.
    client: Option<(Vec<u8>, Vec<u8>)>,
    ca: Option<Vec<u8>>,
}

impl Contents {
    pub(super) fn read(files: &Files) -> Result<Contents, OtlpError> {
        let client = match &files.client {
            Some(ClientFiles { cert, key }) => Some((read(CERTIFICATE, cert)?, read(KEY, key)?)),
            None => None,
        };
        let ca = files.ca.as_deref().map(|path| read(CA, path)).transpose()?;
        Ok(Contents { client, ca })
    }

    /// What a connection needs of them.
    ///
    /// The provider is named: an application may have installed another one for the process, or
    /// none.
    pub(super) fn tls(&self, files: &Files) -> Result<TlsConfig, OtlpError> {
        let provider = Arc::new(ring::default_provider());
        let client = match (&self.client, &files.client) {
            (Some((cert, key)), Some(paths)) => Some(client(cert, key, paths, &provider)?),
            _ => None,
        };
        let mut roots = rustls_native_certs::load_native_certs().certs;
        if let (Some(ca), Some(path)) = (&self.ca, &files.ca) {
            roots.extend(authorities(ca, path)?);
        }
        if roots.is_empty() {
            return Err(OtlpError::NoRoots);
        }
        Ok(TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::from(roots.iter().map(of_ureq)))
            .client_cert(client)
            .build())
    }
}

/// Says that everybody can use the client's key, if that is so.
pub(super) fn key_warning(files: &Files) -> Option<String> {
    let path = &files.client.as_ref()?.key;
    let mode = open_to_everybody(path)?;
    Some(format!("everybody can use the {KEY} {}: its mode is {mode:04o}", path.display()))
}

/// The mode of a file that everybody can do something with.
#[cfg(unix)]
fn open_to_everybody(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    // A file that was read a moment ago and can't be asked now has changed: it is read again.
    let mode = path.metadata().ok()?.mode() & 0o7777;
    (mode & 0o007 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_everybody(_: &Path) -> Option<u32> {
    None
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, OtlpError> {
    let bytes = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    bytes().map_err(|source| OtlpError::Read { what, path: path.to_owned(), source })
}

fn of_ureq(certificate: &CertificateDer<'_>) -> Certificate<'static> {
    Certificate::from_der(certificate).to_owned()
}

fn certificates(
    pem: &[u8],
    what: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, OtlpError> {
    let wrong = |reason: &str| OtlpError::File { what, path: path.to_owned(), reason: reason.to_owned() };
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| wrong("its PEM is broken"))?;
    if certificates.is_empty() {
        return Err(wrong("there is no certificate in it (PEM)"));
    }
    Ok(certificates)
}

fn authorities(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, OtlpError> {
    let certificates = certificates(pem, CA, path)?;
    for (at, certificate) in certificates.iter().enumerate() {
        RootCertStore::empty().add(certificate.clone()).map_err(|error| OtlpError::File {
            what: CA,
            path: path.to_owned(),
            reason: format!("certificate {} in it is none of an authority: {error}", at + 1),
        })?;
    }
    Ok(certificates)
}

fn client(
    cert: &[u8],
    key: &[u8],
    paths: &ClientFiles,
    provider: &CryptoProvider,
) -> Result<ClientCert, OtlpError> {
    let chain = certificates(cert, CERTIFICATE, &paths.cert)?;
    // What is wrong with the PEM of a key is not told: it would be told with a piece of it.
    let wrong =
        |reason: &str| OtlpError::File { what: KEY, path: paths.key.clone(), reason: reason.to_owned() };
    let parsed = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        pem::Error::NoItemsFound => wrong("there is no key in it that is not encrypted (PEM)"),
        _ => wrong("its PEM is broken"),
    })?;
    CertifiedKey::from_der(chain.clone(), parsed, provider).map_err(|error| match error {
        TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            OtlpError::OtherKey { key: paths.key.clone(), certificate: paths.cert.clone() }
        }
        TlsError::InvalidCertificate(_) => OtlpError::File {
            what: CERTIFICATE,
            path: paths.cert.clone(),
            reason: "the first certificate in it is none".to_owned(),
        },
        _ => wrong("it is of a kind that can't be used: RSA, ECDSA (P-256, P-384) and Ed25519 can"),
    })?;
    let key = PrivateKey::from_pem(key).map_err(|_| wrong("its PEM is broken"))?;
    Ok(ClientCert::new_with_certs(&chain.iter().map(of_ureq).collect::<Vec<_>>(), key))
}
