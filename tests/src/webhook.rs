//! A running `hedgerow-webhook`, registered with a control plane.
//!
//! Runs the program that the workspace's build made, as it ships: by its command line, its files and its ports.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::control_plane::{ADMIN, Authority, Client, ControlPlane};
use crate::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(30);

/// How a webhook is started.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The user as which it watches; absent: it does not watch.
    pub watch_as: Option<String>,
    /// Text of `hedgerow.toml`.
    pub config: Option<String>,
    /// Folder of packs; absent: the embedded library.
    pub policies: Option<PathBuf>,
    /// Port on loopback; 0 takes a free one.
    pub port: u16,
    /// Further arguments.
    pub arguments: Vec<String>,
}

/// A running webhook. Dropping it kills it.
pub struct Webhook {
    child: Child,
    folder: TempDir,
    url: String,
    metrics_url: String,
    ca_pem: String,
    settings: Settings,
}

/// The program, as the build of the workspace left it beside this test.
///
/// # Errors
/// When it is not there, with the command that makes it.
pub fn program() -> Result<PathBuf> {
    let test = std::env::current_exe().context("the test does not know where it is")?;
    let folder = test.parent().and_then(Path::parent).context("the test is in no build folder")?;
    let program = folder.join("hedgerow-webhook");
    ensure!(program.exists(), "`hedgerow-webhook` is not built; run the tests with `cargo test --workspace`");
    Ok(program)
}

impl Webhook {
    /// Starts the program with a certificate of `authority` and returns when it is ready.
    ///
    /// # Errors
    /// When it ends early or is not ready in time, with the end of its log.
    pub fn start(cluster: Option<&ControlPlane>, authority: &Authority, settings: Settings) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        write_certificate(authority, folder.path())?;
        let mut command = Command::new(program()?);
        command.arg("--cert-dir").arg(folder.path().join("certs"));
        command.args(["--listen", &format!("127.0.0.1:{}", settings.port), "--metrics-listen", "127.0.0.1:0"]);
        command.args(packs(&settings, folder.path())?);
        match (&settings.watch_as, cluster) {
            (Some(user), Some(cluster)) => {
                command.arg("--kubeconfig").arg(cluster.kubeconfig(user)?);
            }
            _ => {
                command.arg("--no-watch");
            }
        }
        command.args(&settings.arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(fs::File::create(folder.path().join("log"))?);
        let mut child = command.spawn().context("cannot start `hedgerow-webhook`")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let addresses = addresses(stdout);
        let mut webhook = Self {
            child,
            folder,
            url: String::new(),
            metrics_url: String::new(),
            ca_pem: authority.certificate_pem(),
            settings,
        };
        (webhook.url, webhook.metrics_url) = addresses.with_context(|| webhook.log())?;
        webhook.wait_ready()?;
        Ok(webhook)
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of its certificate, which it reads again when it changes.
    #[must_use]
    pub fn certificates(&self) -> PathBuf {
        self.folder.path().join("certs")
    }

    /// Plain HTTPS to it.
    ///
    /// # Errors
    /// When the authority's certificate cannot be used.
    pub fn client(&self) -> Result<Client> {
        Client::new(&self.url, &self.ca_pem, None)
    }

    /// The value of a metric, summed over its labels that contain `part`; 0 if there is none.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn metric(&self, name: &str, part: &str) -> Result<f64> {
        let response = Client::new(&self.metrics_url, &self.ca_pem, None)?.get("/metrics")?;
        let text = response.body.as_str().unwrap_or_default().to_owned();
        let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(part));
        Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    /// `hedgerow-webhook config` for it, as a List.
    ///
    /// # Errors
    /// When the command fails.
    pub fn configuration(&self, arguments: &[&str]) -> Result<Value> {
        let ca = self.folder.path().join("ca.crt");
        fs::write(&ca, &self.ca_pem)?;
        let output = Command::new(program()?)
            .args(["config", "-o", "json", "--url", &self.url, "--ca"])
            .arg(&ca)
            .args(packs(&self.settings, self.folder.path())?)
            .args(arguments)
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Tells the API server of it, and waits until it is asked: `probe` is to come true.
    ///
    /// # Errors
    /// When the configuration is refused, or the probe does not come true in time.
    pub fn register(
        &self,
        cluster: &ControlPlane,
        arguments: &[&str],
        probe: impl FnMut() -> Result<Option<()>>,
    ) -> Result<()> {
        let configuration = self.configuration(arguments)?.to_string();
        let applied = cluster.kubectl_with_input(ADMIN, &["apply", "-f", "-"], &configuration)?;
        ensure!(applied.success, "{}", applied.stderr);
        wait_until("the webhook being asked", LIMIT, probe)
    }

    /// Kills it at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn wait_ready(&mut self) -> Result<()> {
        let client = self.client()?;
        let ready = wait_until("the webhook being ready", LIMIT, || {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status}");
            }
            Ok(client.get("/readyz").ok().filter(|response| response.status == 200).map(|_| ()))
        });
        ready.with_context(|| self.log())
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a new certificate of `authority` into `folder/certs`.
///
/// # Errors
/// When the files cannot be written.
pub fn write_certificate(authority: &Authority, folder: &Path) -> Result<()> {
    let identity = authority.issue_server(&[])?;
    let certs = folder.join("certs");
    fs::create_dir_all(&certs)?;
    fs::write(certs.join("tls.key"), &identity.key_pem)?;
    fs::write(certs.join("tls.crt"), &identity.certificate_pem)?;
    Ok(())
}

fn packs(settings: &Settings, folder: &Path) -> Result<Vec<String>> {
    let mut arguments = Vec::new();
    if let Some(policies) = &settings.policies {
        arguments.extend(["--policies".to_owned(), policies.display().to_string()]);
    }
    if let Some(config) = &settings.config {
        let path = folder.join("hedgerow.toml");
        fs::write(&path, config)?;
        arguments.extend(["--config".to_owned(), path.display().to_string()]);
    }
    Ok(arguments)
}

/// Reads `listening on URL` and `metrics on URL`, and keeps reading so that the program never waits for a reader.
fn addresses(stdout: std::process::ChildStdout) -> Result<(String, String)> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                continue;
            }
        }
    });
    let (mut listening, mut metrics) = (None, None);
    while listening.is_none() || metrics.is_none() {
        let line = receiver.recv_timeout(LIMIT).context("`hedgerow-webhook` does not say where it listens")?;
        if let Some(url) = line.strip_prefix("listening on ") {
            listening = Some(url.to_owned());
        } else if let Some(url) = line.strip_prefix("metrics on ") {
            metrics = Some(url.to_owned());
        }
    }
    Ok((listening.unwrap_or_default(), metrics.unwrap_or_default()))
}
