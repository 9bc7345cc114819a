//! Deliveries over HTTPS, with certificates on both sides.

use super::deliver::{chain, deliver_one, mirror};
use super::receiver::{Receiver, TAKEN};
use crate::mirror::otlp::mirror::OtlpMirror;
use crate::mirror::otlp::settings::Otlp;
use crate::report::Reports;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A certificate and its key, of `tests/fixtures/certificates`.
struct Pair {
    cert: &'static str,
    key: &'static str,
}

macro_rules! file {
    ($name:expr) => {
        include_str!(concat!("../../../../tests/fixtures/certificates/", $name))
    };
}

macro_rules! pair {
    ($name:literal) => {
        Pair { cert: file!(concat!($name, ".pem")), key: file!(concat!($name, ".key")) }
    };
}

/// The authority that both sides trust.
const AUTHORITY: &str = file!("authority.pem");
/// Another one of the same name.
const NAMESAKE: &str = file!("namesake.pem");
/// One of another name.
const STRANGER: &str = file!("stranger.pem");

const RECEIVER: Pair = pair!("receiver");
const CLIENT: Pair = pair!("client");
const RENEWED_CLIENT: Pair = pair!("renewed-client");

/// Starts a receiver with this certificate, which requires a client certificate of the same
/// authority.
fn receiver(pair: &Pair) -> Receiver {
    Receiver::with(&[TAKEN], Some(server_config(pair).as_ref().clone()))
}

fn server_config(pair: &Pair) -> Arc<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(AUTHORITY.as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(pair.cert.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap(),
        )
        .unwrap();
    Arc::new(config)
}

/// The files of a client.
struct Files(tempfile::TempDir);

impl Files {
    fn new(ca: &str, client: &Pair) -> Files {
        let files = Files(tempfile::tempdir().unwrap());
        fs::write(files.path("ca"), ca).unwrap();
        files.renew(client);
        files
    }

    fn renew(&self, client: &Pair) {
        fs::write(self.path("cert"), client.cert).unwrap();
        fs::write(self.path("key"), client.key).unwrap();
        set_mode(&self.path("key"), 0o600);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns settings with a `host:port`, which means HTTPS because of the certificates.
    fn otlp(&self, receiver: &Receiver) -> Otlp {
        Otlp::new(receiver.address()).client_cert(self.path("cert"), self.path("key")).ca(self.path("ca"))
    }
}

/// Sets the mode, where files have one.
#[cfg_attr(not(unix), allow(unused_variables))]
fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

/// Returns the sources of the error of a delivery.
fn reasons(mirror: &mut OtlpMirror) -> String {
    chain(&deliver_one(mirror).unwrap_err())[1..].join(" / ")
}

#[test]
fn the_right_certificates_deliver() {
    let receiver = receiver(&RECEIVER);
    let files = Files::new(AUTHORITY, &CLIENT);
    let reports = Reports::new();
    let mut mirror = mirror(files.otlp(&receiver), &reports);
    mirror.check().unwrap();
    deliver_one(&mut mirror).unwrap();
    deliver_one(&mut mirror).unwrap();
    let (first, second) = (receiver.request(), receiver.request());
    assert_eq!((first.connection, second.connection), (0, 0), "the connection is reused");
    let shown = CertificateDer::from_pem_slice(CLIENT.cert.as_bytes()).unwrap();
    assert_eq!(first.client.as_deref(), Some(&*shown));
    assert!(format!("{reports:?}").contains("[]"), "{reports:?}");
}

#[test]
fn a_chain_with_text_around_it_and_a_key_in_sec1_are_read() {
    let receiver = receiver(&RECEIVER);
    let files = Files::new(AUTHORITY, &CLIENT);
    fs::write(files.path("cert"), format!("subject=client\n{}\n{AUTHORITY}", CLIENT.cert)).unwrap();
    // The PKCS#8 form of a P-256 key contains its SEC1 form.
    let pkcs8 = PrivateKeyDer::from_pem_slice(CLIENT.key.as_bytes()).unwrap();
    let begin = pkcs8.secret_der().windows(2).position(|bytes| bytes == [0x04, 0x6d]).unwrap() + 2;
    let sec1 = STANDARD.encode(&pkcs8.secret_der()[begin..]);
    let pem = format!("-----BEGIN EC PRIVATE KEY-----\n{sec1}\n-----END EC PRIVATE KEY-----\n");
    fs::write(files.path("key"), pem).unwrap();
    deliver_one(&mut mirror(files.otlp(&receiver), &Reports::new())).unwrap();
}

#[test]
fn a_receiver_of_another_authority_is_not_trusted() {
    let receiver = receiver(&RECEIVER);
    for other in [STRANGER, NAMESAKE] {
        let files = Files::new(other, &CLIENT);
        let text = reasons(&mut mirror(files.otlp(&receiver), &Reports::new()));
        let expected = "the receiver's certificate was issued by an authority that is not trusted here";
        assert!(text.starts_with(&format!("https://{}/…: {expected}", receiver.address())), "{text}");
        // All authorities in the file are trusted.
        fs::write(files.path("ca"), format!("{other}{AUTHORITY}")).unwrap();
        deliver_one(&mut mirror(files.otlp(&receiver), &Reports::new())).unwrap();
    }
}

#[test]
fn an_expired_certificate_of_the_receiver_is_the_reason() {
    let receiver = receiver(&pair!("expired-receiver"));
    let files = Files::new(AUTHORITY, &CLIENT);
    let text = reasons(&mut mirror(files.otlp(&receiver), &Reports::new()));
    assert!(text.contains("/…: the receiver's certificate has expired"), "{text}");
}

#[test]
fn another_name_in_the_receivers_certificate_is_the_reason() {
    let files = Files::new(AUTHORITY, &CLIENT);
    let receiver = receiver(&pair!("receiver-elsewhere"));
    let text = reasons(&mut mirror(files.otlp(&receiver), &Reports::new()));
    assert!(text.contains("the receiver's certificate is for another name"), "{text}");
}

#[test]
fn a_missing_or_unknown_client_certificate_is_the_reason() {
    let receiver = receiver(&RECEIVER);
    for other in [pair!("client-of-stranger"), pair!("client-of-namesake")] {
        let files = Files::new(AUTHORITY, &other);
        let without = Otlp::new(receiver.address()).ca(files.path("ca"));
        let text = reasons(&mut mirror(without, &Reports::new()));
        assert!(text.contains("the receiver requires a client certificate"), "{text}");
        let text = reasons(&mut mirror(files.otlp(&receiver), &Reports::new()));
        assert!(
            text.contains("the receiver refused the TLS connection; check the client certificate"),
            "{text}"
        );
    }
}

/// Guards against "Broken pipe" as the only word about a missing certificate: by TLS 1.3 the request is
/// sent before the receiver refuses the client.
#[test]
fn a_missing_client_certificate_is_named_also_if_the_connection_breaks() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let config = server_config(&RECEIVER);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            while !connection.wants_write() {
                connection.read_tls(&mut stream).unwrap();
                connection.process_new_packets().unwrap();
            }
            while connection.wants_write() {
                connection.write_tls(&mut stream).unwrap();
            }
            // What the client sends then is left unread, so that closing resets the connection.
            stream.peek(&mut [0]).unwrap();
        }
    });
    let files = Files::new(AUTHORITY, &CLIENT);
    let without = Otlp::new(address).ca(files.path("ca"));
    let text = reasons(&mut mirror(without, &Reports::new()));
    assert!(text.contains("client certificate (`otlp_cert_file`"), "{text}");
    assert!(!text.contains("Broken pipe"), "{text}");
}

#[test]
fn a_port_without_tls_is_the_reason() {
    let bad = "HTTP/1.1 400 Bad Request\r\n\r\n";
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answering = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        stream.write_all(bad.as_bytes()).unwrap();
    });
    let files = Files::new(AUTHORITY, &CLIENT);
    let otlp = Otlp::new(address).ca(files.path("ca"));
    let text = reasons(&mut mirror(otlp, &Reports::new()));
    assert!(text.contains("the receiver does not speak TLS at this port"), "{text}");
    answering.join().unwrap();
}

#[test]
fn renewed_certificates_are_used_once_all_files_are_renewed() {
    let receiver = receiver(&RECEIVER);
    let (old, new) = (CLIENT, RENEWED_CLIENT);
    let files = Files::new(AUTHORITY, &old);
    let reports = Reports::new();
    let mut mirror = mirror(files.otlp(&receiver), &reports);
    let shown = |pair: &Pair| CertificateDer::from_pem_slice(pair.cert.as_bytes()).unwrap().to_vec();
    let mut client = || {
        deliver_one(&mut mirror).unwrap();
        receiver.request().client.unwrap()
    };
    assert_eq!(client(), shown(&old));
    fs::write(files.path("cert"), new.cert).unwrap();
    assert_eq!(client(), shown(&old));
    assert_eq!(client(), shown(&old));
    let told = format!("{reports:?}");
    assert_eq!(told.matches("continues with the previous certificates").count(), 1, "{told}");
    assert!(told.contains("does not belong to the certificate"), "{told}");
    files.renew(&new);
    assert_eq!(client(), shown(&new));
    fs::remove_file(files.path("key")).unwrap();
    assert_eq!(client(), shown(&new));
    assert!(format!("{reports:?}").contains("could not read the client key "), "{reports:?}");
}

#[test]
fn unusable_files_are_named_and_can_be_corrected() {
    let receiver = receiver(&RECEIVER);
    let files = Files::new(AUTHORITY, &CLIENT);
    let encrypted = CLIENT.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let broken = CLIENT.key.replace("-----END PRIVATE KEY-----", "");
    let mut mirror = mirror(files.otlp(&receiver), &Reports::new());
    for (name, contents, reason) in [
        ("cert", "", "it contains no certificate"),
        ("cert", CLIENT.key, "it contains no certificate"),
        (
            "cert",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "its first certificate is malformed",
        ),
        ("key", CLIENT.cert, "it contains no key without encryption"),
        ("key", encrypted.as_str(), "it contains no key without encryption"),
        ("key", broken.as_str(), "its PEM is malformed"),
        (
            "key",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "keys of its type are not supported",
        ),
        ("key", RENEWED_CLIENT.key, "does not belong to the certificate"),
        ("ca", "nothing", "it contains no certificate"),
        ("ca", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "is not that of an authority"),
    ] {
        let before = fs::read(files.path(name)).unwrap();
        fs::write(files.path(name), contents).unwrap();
        let error = mirror.check().unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(error.contains(&files.path(name).display().to_string()), "{error}");
        let text = reasons(&mut mirror);
        assert!(text.contains(reason), "{text}");
        fs::write(files.path(name), before).unwrap();
    }
    deliver_one(&mut mirror).unwrap();
}

#[test]
#[cfg_attr(not(unix), ignore = "files have no mode there")]
fn a_key_that_every_account_can_use_causes_a_warning() {
    let files = Files::new(AUTHORITY, &CLIENT);
    let receiver = receiver(&RECEIVER);
    for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true), (0o601, true)] {
        set_mode(&files.path("key"), mode);
        let reports = Reports::new();
        mirror(files.otlp(&receiver), &reports).check().unwrap();
        let told = format!("{reports:?}");
        let warning = format!("{}: its mode is {mode:04o}", files.path("key").display());
        assert_eq!(told.contains(&warning), warned, "{told}");
    }
}
