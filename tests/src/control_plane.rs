//! A real Kubernetes control plane on loopback: etcd, kube-apiserver and, when asked for, kube-controller-manager.
//!
//! Needs no container engine, no root and no network; one start takes some seconds. There is no scheduler and no
//! kubelet: a Pod stays pending. `cargo xtask e2e` builds the programs. Read [`ControlPlane`] first, then [`Options`].

mod authority;
mod client;
mod launch;
mod name_server;
mod options;
mod ports;
mod process;
mod user;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;

pub use authority::{Authority, ServerIdentity};
pub use client::{Client, Response};
pub use name_server::NameServer;
pub use options::{AuditLevel, AuthorizationWebhook, Controllers, Options};
pub use ports::free_port;
pub use user::User;

use process::Process;
use user::Login;

/// The user that may do everything: in the group `system:masters`, always there, never throttled.
pub const ADMIN: &str = "admin";

/// A running control plane. Dropping it ends its programs and deletes its files; should the test process be killed,
/// they end too.
///
/// Set `HEDGEROW_E2E_KEEP` to keep the folder with all logs.
///
/// ```no_run
/// use hedgerow_tests::control_plane::{ADMIN, ControlPlane, Options, User};
///
/// let options = Options { users: vec![User::new("alice", &["developers"])], ..Options::default() };
/// let cluster = ControlPlane::start(options)?;
/// assert_eq!(cluster.client(ADMIN)?.get("/api/v1/namespaces/default")?.status, 200);
/// assert!(!cluster.kubectl("alice", &["get", "secrets"])?.success);
/// # anyhow::Ok(())
/// ```
pub struct ControlPlane {
    // Fields are dropped in this order: what calls a program ends before the program it calls, the files last.
    processes: Vec<Process>,
    binaries: PathBuf,
    authority: Authority,
    base_url: String,
    logins: Vec<Login>,
    start_time: Duration,
    folder: TempDir,
}

/// An API server that does nothing until this is dropped.
pub struct Paused<'a>(&'a Process);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        // It can only have ended, and then there is nothing to go on with.
        let _ = self.0.signal("CONT");
    }
}

/// What kubectl said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Whether the exit code was 0.
    pub success: bool,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error, where refusals and warnings go.
    pub stderr: String,
}

/// The folder of the programs, or why there is none and what to do about it.
///
/// # Errors
/// One line for the reader of the test report, when a program is missing.
pub fn available() -> Result<PathBuf, String> {
    xtask::e2e::folder().map_err(|error| format!("{error:#}"))
}

impl ControlPlane {
    /// Starts everything and returns when the API server is ready and its namespace `default` is there.
    ///
    /// # Errors
    /// When the programs are missing, when one ends early (with the end of its log), or after a minute.
    pub fn start(options: Options) -> Result<Self> {
        let start = Instant::now();
        let launched = launch::launch(&available().map_err(anyhow::Error::msg)?, options)?;
        Ok(Self { start_time: start.elapsed(), ..launched })
    }

    /// `https://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The authority that issued the API server's certificate; it issues those of webhooks too.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// How long [`ControlPlane::start`] took.
    #[must_use]
    pub fn start_time(&self) -> Duration {
        self.start_time
    }

    /// A folder for whatever the test wants to write; it goes when the control plane goes.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The log of `etcd`, `kube-apiserver` or `kube-controller-manager`.
    #[must_use]
    pub fn log(&self, program: &str) -> PathBuf {
        launch::log_path(self.folder.path(), program)
    }

    /// The events of the audit log so far; empty unless [`Options::audit`] is set. An event comes shortly after the
    /// answer, so look for it with [`crate::wait::wait_until`].
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit_events(&self) -> Result<Vec<Value>> {
        let path = launch::audit_path(self.folder.path());
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        // A last line that is still being written is left for the next look.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Stops the API server in its tracks: connections stay open, and nobody answers. It goes on when the guard is dropped.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn pause(&self) -> Result<Paused<'_>> {
        let server = self.processes.iter().find(|process| process.name() == "kube-apiserver");
        let server = server.context("there is no API server")?;
        server.signal("STOP")?;
        Ok(Paused(server))
    }

    /// The kubeconfig file of a user: [`ADMIN`] or one of [`Options::users`].
    ///
    /// # Errors
    /// When there is no such user.
    pub fn kubeconfig(&self, user: &str) -> Result<&Path> {
        Ok(&self.login(user)?.kubeconfig)
    }

    /// The bearer token of a user.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn token(&self, user: &str) -> Result<&str> {
        Ok(&self.login(user)?.token)
    }

    /// Plain HTTPS in the name of a user, for when the status, the warnings or the exact body matter.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn client(&self, user: &str) -> Result<Client> {
        Client::new(&self.base_url, &self.authority.certificate_pem(), Some(self.token(user)?))
    }

    /// Runs kubectl in the name of a user.
    ///
    /// # Errors
    /// When there is no such user or kubectl cannot be started. An exit code other than 0 is no error.
    pub fn kubectl(&self, user: &str, arguments: &[&str]) -> Result<Output> {
        self.kubectl_with_input(user, arguments, "")
    }

    /// Runs kubectl with `input` on its standard input: `kubectl_with_input(ADMIN, &["apply", "-f", "-"], yaml)`.
    ///
    /// # Errors
    /// As for [`ControlPlane::kubectl`].
    pub fn kubectl_with_input(&self, user: &str, arguments: &[&str], input: &str) -> Result<Output> {
        let mut child = Command::new(self.binaries.join("kubectl"))
            .arg("--kubeconfig")
            .arg(self.kubeconfig(user)?)
            .args(arguments)
            // Neither the settings nor the caches of the person who runs the tests.
            .env("HOME", self.folder.path())
            .env_remove("KUBECONFIG")
            .env_remove("KUBERC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start kubectl")?;
        if let Some(mut stdin) = child.stdin.take() {
            // kubectl may end before it has read everything; what it printed then says why.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().context("cannot read what kubectl prints")?;
        Ok(Output {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn login(&self, user: &str) -> Result<&Login> {
        let login = self.logins.iter().find(|login| login.user.name == user);
        login.with_context(|| format!("the control plane was started without a user `{user}`"))
    }
}
