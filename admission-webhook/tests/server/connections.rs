//! TLS and the end of connections.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::process::{Webhook, wait_until};
use crate::requests::config_map;

/// A connection whose handshake is still to come.
pub(crate) fn tls(
    address: &str,
    ca: &[u8],
    versions: &[&'static SupportedProtocolVersion],
) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions)?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
    Ok(StreamOwned::new(connection, TcpStream::connect(address)?))
}

#[test]
fn only_tls_1_3_is_spoken() -> Result<()> {
    let webhook = Webhook::start(&[])?;
    let ca = std::fs::read(webhook.folder.path().join("ca.crt"))?;
    let address = webhook.url.trim_start_matches("https://");
    let ask = |versions: &[&'static SupportedProtocolVersion]| -> Result<String> {
        let mut stream = tls(address, &ca, versions)?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        Ok(answer)
    };
    assert!(ask(&[&rustls::version::TLS13])?.starts_with("HTTP/1.1 200"));
    assert!(ask(&[&rustls::version::TLS12]).is_err());
    let mut plain = TcpStream::connect(address)?;
    plain.write_all(b"GET /healthz HTTP/1.1\r\n\r\n")?;
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    Ok(())
}

#[test]
fn probes_and_metrics_are_on_a_port_of_their_own() -> Result<()> {
    let webhook = Webhook::start(&[])?;
    assert_eq!(webhook.get("/healthz")?.body, "ok\n");
    assert_eq!(webhook.get("/readyz")?.status, 200);
    let verbose = webhook.get("/readyz?verbose")?.body;
    assert!(verbose.starts_with("[+]policies: sha256:") && verbose.ends_with("ready\n"), "{verbose}");
    assert!(webhook.get("/metrics")?.body.ends_with("# EOF\n"));
    assert_eq!(webhook.post("/metrics", b"")?.status, 404);
    assert_eq!(webhook.get("/validate")?.status, 404);
    Ok(())
}

#[test]
fn on_sigterm_it_is_not_ready_and_answers_what_is_in_flight() -> Result<()> {
    let mut webhook = Webhook::start(&["--drain", "4s", "--deadline", "10s"])?;
    let ca = std::fs::read(webhook.folder.path().join("ca.crt"))?;
    let mut stream = tls(webhook.url.trim_start_matches("https://"), &ca, &[&rustls::version::TLS13])?;
    let body = config_map();
    let (first, rest) = body.split_at(10);
    write!(stream, "POST /validate HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len())?;
    stream.write_all(first)?;
    stream.flush()?;
    webhook.terminate()?;
    wait_until("not ready", || Ok((webhook.get("/readyz")?.status == 503).then_some(())))?;
    // Still taken, for API servers that do not know yet.
    assert_eq!(webhook.post("/validate", &config_map())?.status, 200);
    let address = webhook.url.trim_start_matches("https://").to_owned();
    wait_until("a closed port", || Ok(TcpStream::connect(&address).is_err().then_some(())))?;
    stream.write_all(rest)?;
    stream.flush()?;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("AdmissionReview"), "{answer}");
    assert_eq!(webhook.ended()?, Some(0));
    Ok(())
}

#[test]
fn http_2_is_spoken_to_those_who_ask_for_it() -> Result<()> {
    let webhook = Webhook::start(&[])?;
    let ca = std::fs::read(webhook.folder.path().join("ca.crt"))?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&ca)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
    let socket = TcpStream::connect(webhook.url.trim_start_matches("https://"))?;
    let mut stream = StreamOwned::new(connection, socket);
    // The preface and an empty SETTINGS frame; the server's own SETTINGS frame comes back.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")?;
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    assert_eq!(head.get(3).context("a frame")?, &4);
    assert_eq!(stream.conn.alpn_protocol(), Some(b"h2".as_slice()));
    Ok(())
}
