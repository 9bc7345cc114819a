//! Reading the certificate files, and checking that they belong together.

use crate::mirror::otlp::error::OtlpError;
use crate::mirror::otlp::settings::{ClientFiles, TlsFiles};
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

const CERTIFICATE: &str = "client certificate";
const KEY: &str = "client key";
const CA: &str = "file of certificate authorities";

/// The longest part of a file that is read, in bytes; no valid file is longer.
const LONGEST: u64 = 4 << 20;

/// The contents of the files. Without `Debug`, because a key is secret.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    /// The certificate and the key.
    client: Option<(Vec<u8>, Vec<u8>)>,
    ca: Option<Vec<u8>>,
}

impl Contents {
    pub(super) fn read(files: &TlsFiles) -> Result<Contents, OtlpError> {
        let client = match &files.client {
            Some(ClientFiles { cert, key }) => Some((read(CERTIFICATE, cert)?, read(KEY, key)?)),
            None => None,
        };
        let ca = files.ca.as_deref().map(|path| read(CA, path)).transpose()?;
        Ok(Contents { client, ca })
    }

    /// Creates the TLS configuration of a connection.
    ///
    /// The cryptographic provider is named explicitly: the application may have installed another one
    /// for the process, or none.
    pub(super) fn tls(&self, files: &TlsFiles) -> Result<TlsConfig, OtlpError> {
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

/// Returns a warning if every account can use the client key.
pub(super) fn key_warning(files: &TlsFiles) -> Option<String> {
    let path = &files.client.as_ref()?.key;
    let mode = mode_if_open_to_others(path)?;
    Some(format!("every account can use the {KEY} {}: its mode is {mode:04o}", path.display()))
}

/// Returns the mode of a file if it grants anything to all accounts.
#[cfg(unix)]
fn mode_if_open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    // An error means that the file has just been replaced: it will be read again.
    let mode = path.metadata().ok()?.mode() & 0o7777;
    (mode & 0o007 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn mode_if_open_to_others(_: &Path) -> Option<u32> {
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
        .map_err(|_| wrong("its PEM is malformed"))?;
    if certificates.is_empty() {
        return Err(wrong("it contains no certificate (PEM)"));
    }
    Ok(certificates)
}

fn authorities(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, OtlpError> {
    let certificates = certificates(pem, CA, path)?;
    for (at, certificate) in certificates.iter().enumerate() {
        RootCertStore::empty().add(certificate.clone()).map_err(|error| OtlpError::File {
            what: CA,
            path: path.to_owned(),
            reason: format!("its certificate {} is not that of an authority: {error}", at + 1),
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
    // The error of the PEM parser is left out: it contains a piece of the key.
    let wrong =
        |reason: &str| OtlpError::File { what: KEY, path: paths.key.clone(), reason: reason.to_owned() };
    let parsed = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        pem::Error::NoItemsFound => wrong("it contains no key without encryption (PEM)"),
        _ => wrong("its PEM is malformed"),
    })?;
    CertifiedKey::from_der(chain.clone(), parsed, provider).map_err(|error| match error {
        TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            OtlpError::OtherKey { key: paths.key.clone(), certificate: paths.cert.clone() }
        }
        TlsError::InvalidCertificate(_) => OtlpError::File {
            what: CERTIFICATE,
            path: paths.cert.clone(),
            reason: "its first certificate is malformed".to_owned(),
        },
        _ => wrong("keys of its type are not supported; use RSA, ECDSA (P-256, P-384) or Ed25519"),
    })?;
    let key = PrivateKey::from_pem(key).map_err(|_| wrong("its PEM is malformed"))?;
    Ok(ClientCert::new_with_certs(&chain.iter().map(of_ureq).collect::<Vec<_>>(), key))
}
