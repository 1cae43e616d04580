//! Taking connections: TLS handshakes, HTTP/1.1 and HTTP/2, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::metrics::Metrics;
use crate::tls::Tls;

/// Connections at once; more wait in the kernel.
const MAX_CONNECTIONS: usize = 2048;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longer than API servers keep an idle connection (90 s), so that it is they who close it.
const IDLE: Duration = Duration::from_secs(120);
/// Rest after an accept that went wrong for want of files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A socket and what it serves.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    /// Without it, plain HTTP.
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) routes: Router,
    pub(crate) metrics: Arc<Metrics>,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Connections are taken.
    Serving,
    /// None are taken; requests in flight are answered.
    Closing,
}

impl Listener {
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `phase` says that the end has come, then answers what is in flight for as long as `drain`.
    pub(crate) async fn serve(self, mut phase: watch::Receiver<Phase>, drain: Duration) {
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&connections) => accepted,
                _ = phase.wait_for(|phase| *phase == Phase::Closing) => break,
            };
            let Some((stream, permit)) = accepted else { continue };
            let (tls, routes, watcher) = (self.tls.clone(), self.routes.clone(), graceful.watcher());
            let metrics = self.metrics.clone();
            tokio::spawn(async move {
                let _permit = permit;
                match tls {
                    None => serve_connection(stream, routes, watcher).await,
                    Some(tls) => match handshake(stream, &tls).await {
                        Some(stream) => serve_connection(stream, routes, watcher).await,
                        None => metrics.count("hedgerow_handshakes_failed", &[]),
                    },
                }
            });
        }
        drop(self.socket);
        let _ = tokio::time::timeout(drain, graceful.shutdown()).await;
    }

    async fn accept(&self, connections: &Arc<Semaphore>) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
        let permit = connections.clone().acquire_owned().await.ok()?;
        match self.socket.accept().await {
            Ok((stream, _)) => {
                // Answers are small; waiting to fill a packet only costs time.
                let _ = stream.set_nodelay(true);
                Some((stream, permit))
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }
}

async fn handshake(stream: TcpStream, tls: &Tls) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    let accept = TlsAcceptor::from(tls.current()).accept(stream);
    match tokio::time::timeout(HANDSHAKE, accept).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::info!(%error, "a TLS handshake did not come about");
            None
        }
        Err(_) => None,
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE).max_headers(64);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(IDLE).max_concurrent_streams(256);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(error, "a connection ended early");
    }
}
