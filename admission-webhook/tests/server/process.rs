//! A running webhook.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// The binary, serving until it is dropped.
pub(crate) struct Webhook {
    child: Child,
    pub(crate) url: String,
    pub(crate) metrics_url: String,
    pub(crate) folder: TempDir,
    log: Arc<Mutex<String>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body).with_context(|| format!("no JSON: {}", self.body))
    }
}

impl Webhook {
    /// Starts it on free ports with a certificate of its own and without a cluster, and with these arguments.
    pub(crate) fn start(arguments: &[&str]) -> Result<Webhook> {
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.crt");
        let ca = ca.to_str().context("a path in UTF-8")?.to_owned();
        let mut all = vec!["--self-signed", "--ca-out", &ca, "--no-watch"];
        all.extend(arguments);
        Webhook::start_plain(folder, &all)
    }

    /// Starts it on free ports, with these arguments only.
    pub(crate) fn start_plain(folder: TempDir, arguments: &[&str]) -> Result<Webhook> {
        let mut child = command()
            .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let log = Arc::<Mutex<String>>::default();
        let (mut stderr, into) = (child.stderr.take().context("stderr")?, log.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = stderr.read(&mut bytes) {
                let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or_default()).into_owned();
                into.lock().map(|mut log| log.push_str(&text)).unwrap_or_default();
            }
        });
        let mut lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
        let mut line = |start: &str| -> Result<String> {
            let line = lines.next().with_context(|| format!("it ended: {}", text(&log)))??;
            Ok(line.strip_prefix(start).with_context(|| format!("unexpected: {line}"))?.to_owned())
        };
        let (metrics_url, url) = (line("metrics on ")?, line("listening on ")?);
        Ok(Webhook { child, url, metrics_url, folder, log })
    }

    /// A client that trusts the authority in the file `ca.crt` of the folder.
    pub(crate) fn client(&self) -> Result<ureq::Agent> {
        client(&std::fs::read(self.folder.path().join("ca.crt"))?, None)
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Result<Answer> {
        post(&self.client()?, &format!("{}{path}", self.url), body)
    }

    /// Asks the metrics port.
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.get(format!("{}{path}", self.metrics_url)).call()?;
        Ok(Answer { status: response.status().as_u16(), body: response.body_mut().read_to_string()? })
    }

    /// The value of a line of the metrics page.
    pub(crate) fn metric(&self, line: &str) -> Result<Option<f64>> {
        let page = self.get("/metrics")?.body;
        let value = page.lines().find_map(|at| at.strip_prefix(line)?.strip_prefix(' '));
        Ok(value.map(str::parse).transpose()?)
    }

    pub(crate) fn log(&self) -> String {
        text(&self.log)
    }

    pub(crate) fn terminate(&self) -> Result<()> {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        if sent.success() { Ok(()) } else { bail!("no signal sent") }
    }

    /// Waits until it has ended; its exit code.
    pub(crate) fn ended(&mut self) -> Result<Option<i32>> {
        wait_until("the end", || Ok(self.child.try_wait()?.map(|status| status.code())))
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary, in an environment that knows no cluster.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedgerow-webhook"));
    command.env_remove("KUBECONFIG").env_remove("KUBERNETES_SERVICE_HOST").env_remove("HEDGEROW_LOG");
    command
}

/// A client that trusts an authority, and may show a certificate (chain and key in PEM).
pub(crate) fn client(ca: &[u8], identity: Option<(&[u8], &[u8])>) -> Result<ureq::Agent> {
    use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
    let roots = RootCerts::new_with_certs(&[Certificate::from_pem(ca)?.to_owned()]);
    let identity = match identity {
        None => None,
        Some((certificate, key)) => {
            let chain = [Certificate::from_pem(certificate)?.to_owned()];
            Some(ClientCert::new_with_certs(&chain, PrivateKey::from_pem(key)?))
        }
    };
    let tls = TlsConfig::builder().root_certs(roots).client_cert(identity).build();
    let timeout = Some(Duration::from_secs(20));
    Ok(ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).timeout_global(timeout).build().into())
}

pub(crate) fn post(client: &ureq::Agent, url: &str, body: &[u8]) -> Result<Answer> {
    let mut response = client.post(url).header("content-type", "application/json").send(body)?;
    Ok(Answer { status: response.status().as_u16(), body: response.body_mut().read_to_string()? })
}

/// Looks again and again until there is an answer; half a minute at most.
pub(crate) fn wait_until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = look()? {
            return Ok(answer);
        }
        if start.elapsed() > Duration::from_secs(30) {
            bail!("{what} did not come about");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Writes a file in a folder.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(folder.join(name), text)?)
}

fn text(log: &Mutex<String>) -> String {
    log.lock().map(|log| log.clone()).unwrap_or_default()
}
