//! What the webhook is held against: a handler that only answers, on the same libraries with the same settings, and OPA.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use hedgerow_tests::control_plane::{Authority, free_port};
use hedgerow_tests::wait::wait_until;
use hedgerow_tests::webhook::write_certificate;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

/// The argument that makes this program the trivial server.
pub(crate) const TRIVIAL: &str = "serve-trivial";

/// One rule, as small as it can be, in the shape that the API server wants its answer.
const REGO: &str = r#"package system

main := {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"response": {"uid": input.request.uid, "allowed": count(deny) == 0},
}

deny contains "no NodePort" if input.request.object.spec.type == "NodePort"
"#;

/// A server in a process of its own. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// This program, as [`serve_trivial`].
    pub(crate) fn trivial(authority: &Authority, folder: &Path) -> Result<Server> {
        let folder = folder.join("trivial");
        write_certificate(authority, &folder)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(TRIVIAL).arg(folder.join("certs")).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut url)?;
        Ok(Server { child, url: url.trim().to_owned() })
    }

    /// `opa run --server`, if `OPA` names it.
    pub(crate) fn opa(authority: &Authority, folder: &Path) -> Result<Option<Server>> {
        let Some(program) = std::env::var_os("OPA") else { return Ok(None) };
        let folder = folder.join("opa");
        write_certificate(authority, &folder)?;
        fs::write(folder.join("rule.rego"), REGO)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new(program);
        command.args(["run", "--server", "--log-level=error", "--addr", &format!("https://{address}")]);
        command.arg("--tls-cert-file").arg(folder.join("certs/tls.crt"));
        command.arg("--tls-private-key-file").arg(folder.join("certs/tls.key")).arg(folder.join("rule.rego"));
        let child = command.spawn().context("cannot start OPA")?;
        let server = Server { child, url: format!("https://{address}") };
        wait_until("OPA listening", Duration::from_secs(20), || Ok(TcpStream::connect(&address).ok().map(drop)))?;
        Ok(Some(server))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints its URL and answers every POST with a fixed review, after reading the body whole.
pub(crate) fn serve_trivial(arguments: &[String]) -> Result<()> {
    let certs = Path::new(arguments.first().context("the folder of the certificate is missing")?);
    let chain = CertificateDer::pem_file_iter(certs.join("tls.crt"))?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(certs.join("tls.key"))?;
    let tls = ServerConfig::builder_with_protocol_versions(&[&version::TLS13]).with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(tls.with_single_cert(chain, key)?));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("https://{}", listener.local_addr()?);
        let routes = Router::new().route("/validate", post(answer));
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let (acceptor, routes) = (acceptor.clone(), routes.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let builder = Builder::new(TokioExecutor::new());
                    let service = TowerToHyperService::new(routes);
                    // A client that goes away is no trouble here.
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                }
            });
        }
    })
}

async fn answer(body: Bytes) -> ([(&'static str, &'static str); 1], &'static str) {
    let answer = r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","allowed":true}}"#;
    ([("content-type", "application/json")], if body.is_empty() { "{}" } else { answer })
}
