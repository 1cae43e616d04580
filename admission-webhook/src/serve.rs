//! The webhook put together: policies, certificate, watches, listeners, and an orderly end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use wasm_host::api::Parameter;
use wasm_host::{Host, Options, Packs};

use crate::app::{App, BODIES, Limits, SMALL_BODY};
use crate::args::Serve;
use crate::certificate;
use crate::gate::Gate;
use crate::health::Health;
use crate::http;
use crate::kinds::Kinds;
use crate::listener::{Listener, Phase};
use crate::packs;
use crate::reload::{self, PolicyReload, Report};
use crate::response::Renderer;
use crate::tls::{Files, Material, Tls};
use crate::watch::Watcher;

/// Connections are taken this long after SIGTERM at most, until every API server knows that this instance is going.
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);
/// Days that a certificate of `--self-signed` is good for.
const SELF_SIGNED_DAYS: u32 = 3650;

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn run(mut args: Serve) -> Result<()> {
    if args.announce {
        let Parameter { name, value } = packs::announce();
        args.packs.param.push((name, value));
    }
    let packs = packs::read(&args.packs)?;
    let fingerprint = packs::fingerprint(&packs);
    let options = options(&args);
    let host = start(packs, options).await?;
    let report = Report { health: Arc::default(), metrics: Arc::default() };
    report.health.in_force(host.digests().policies);
    let kinds = Arc::<Kinds>::default();
    let tls = tls(&args, &report)?;
    let watcher = watcher(&args, &host, &kinds, &report).await?;
    let app = app(&args, host.clone(), kinds, &report);
    let (phase, phases) = watch::channel(Phase::Serving);
    let servers = listen(&args, &app, tls, &phases).await?;
    if let Some(watcher) = &watcher {
        tokio::spawn(watcher.clone().mark_stale());
    }
    if !args.packs.policies.is_empty() || args.packs.config.is_some() {
        let reload = PolicyReload { args: args.packs.clone(), host, options, watcher, report: report.clone() };
        tokio::spawn(reload.run(fingerprint));
    }
    ended().await?;
    drain(&report.health, &phase, args.drain).await;
    for server in servers {
        let _ = server.await;
    }
    tracing::info!("drained");
    Ok(())
}

fn options(args: &Serve) -> Options {
    Options { memory: args.memory, deadline: args.deadline, instances: args.instances as usize }
}

async fn start(packs: Packs, options: Options) -> Result<Arc<Host>> {
    let host = tokio::task::spawn_blocking(move || Host::start(packs, options)).await?;
    let host = host.context("the policies cannot be loaded")?;
    tracing::info!(policies = host.describe().len(), digest = host.digests().policies, "policies loaded");
    Ok(Arc::new(host))
}

/// The certificate, followed if it is on disk.
fn tls(args: &Serve, report: &Report) -> Result<Arc<Tls>> {
    if let Some(folder) = &args.cert_dir {
        let files = Files { folder: folder.clone(), client_ca: args.client_ca.clone() };
        let material = Material::read(&files)?;
        let tls = Arc::new(Tls::new(&material)?);
        tokio::spawn(reload::certificate(files, material, tls.clone(), report.clone()));
        return Ok(tls);
    }
    let names = args.self_signed.clone().context("give the certificate with `--cert-dir`, or `--self-signed`")?;
    let names = if names.is_empty() { vec!["localhost".into(), "127.0.0.1".into(), "::1".into()] } else { names };
    let issued = certificate::issue(&names, SELF_SIGNED_DAYS)?;
    if let Some(path) = &args.ca_out {
        std::fs::write(path, &issued.ca).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()));
    let client_ca = args.client_ca.as_deref().map(read).transpose()?;
    let (certificate, key) = (issued.certificate.into_bytes(), issued.key.into_bytes());
    Ok(Arc::new(Tls::new(&Material { certificate, key, client_ca })?))
}

async fn watcher(args: &Serve, host: &Arc<Host>, kinds: &Arc<Kinds>, report: &Report) -> Result<Option<Arc<Watcher>>> {
    if args.no_watch {
        reload::not_asked(host);
        return Ok(None);
    }
    let client = crate::cluster::client(args.kubeconfig.as_deref(), args.context.as_deref()).await?;
    let metrics = report.metrics.clone();
    let watcher = Watcher::new(client, host.clone(), kinds.clone(), metrics, args.max_staleness);
    watcher.watch(host.watches()).await;
    Ok(Some(Arc::new(watcher)))
}

fn app(args: &Serve, host: Arc<Host>, kinds: Arc<Kinds>, report: &Report) -> Arc<App> {
    Arc::new(App {
        gate: Gate::new(host, args.queue, args.instances),
        renderer: Renderer { disclose: args.disclose, on_failure: args.on_failure },
        kinds,
        metrics: report.metrics.clone(),
        health: report.health.clone(),
        limits: Limits { deadline: args.deadline, body: args.body_limit },
        bodies: room(args.body_limit.saturating_mul(BODIES)),
        small_bodies: room(SMALL_BODY.saturating_mul(args.queue as usize)),
    })
}

fn room(bytes: usize) -> Semaphore {
    Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))
}

type Server = tokio::task::JoinHandle<()>;

async fn listen(args: &Serve, app: &Arc<App>, tls: Arc<Tls>, phases: &watch::Receiver<Phase>) -> Result<[Server; 2]> {
    let bind =
        async |address| TcpListener::bind(address).await.with_context(|| format!("cannot listen on `{address}`"));
    let metrics = app.metrics.clone();
    let main = Listener {
        socket: bind(args.listen).await?,
        tls: Some(tls),
        routes: http::routes(app.clone()),
        metrics: metrics.clone(),
    };
    let routes = http::metrics_routes(app.clone());
    let probes = Listener { socket: bind(args.metrics_listen).await?, tls: None, routes, metrics };
    println!("metrics on http://{}", probes.address()?);
    println!("listening on https://{}", main.address()?);
    let drain = args.drain;
    Ok([
        tokio::spawn(main.serve(phases.clone(), drain)),
        tokio::spawn(probes.serve(phases.clone(), Duration::from_millis(500))),
    ])
}

/// Not ready any more at once; connections are taken a while longer; then what is in flight is answered.
async fn drain(health: &Health, phase: &watch::Sender<Phase>, drain: Duration) {
    tracing::info!("draining");
    health.drain();
    tokio::time::sleep((drain / 2).min(LONGEST_GOODBYE)).await;
    phase.send_replace(Phase::Closing);
}

async fn ended() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}
