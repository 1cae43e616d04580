//! A real CoreDNS that answers for the cluster.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::client::Client;
use super::ports::free_port;
use super::process::Process;
use super::{ADMIN, ControlPlane, launch};
use crate::wait::wait_until;

/// How long it may take to have read the cluster; it takes less than a second on an idle machine.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A running CoreDNS. Dropping it ends it.
pub struct NameServer {
    process: Process,
    address: SocketAddr,
}

impl NameServer {
    /// Where it answers, over UDP and TCP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says why the program ended, if it has.
    ///
    /// # Errors
    /// With the end of its log.
    pub fn check_running(&mut self) -> Result<()> {
        self.process.check_running()
    }
}

impl ControlPlane {
    /// Starts CoreDNS with its `kubernetes` plugin, as kubeadm configures it but for the zones' fall-through, for the domain
    /// `cluster.local` and the names of addresses; returns when it has read the cluster.
    ///
    /// # Errors
    /// When the program is missing or ends, or after a minute.
    pub fn start_name_server(&self) -> Result<NameServer> {
        let (port, ready) = (free_port()?, free_port()?);
        let kubeconfig = self.kubeconfig(ADMIN)?.display().to_string();
        let corefile = format!(
            ".:{port} {{\n    bind 127.0.0.1\n    errors\n    ready 127.0.0.1:{ready}\n    kubernetes cluster.local \
             in-addr.arpa ip6.arpa {{\n        kubeconfig {kubeconfig}\n        pods insecure\n        ttl 1\n    }}\n}}\n"
        );
        let path = self.folder().join("Corefile");
        fs::write(&path, corefile).with_context(|| format!("cannot write `{}`", path.display()))?;
        let arguments = ["-conf".to_owned(), path.display().to_string()];
        let log = launch::log_path(self.folder(), "coredns");
        let mut process = Process::start(&self.binaries.join("coredns"), &arguments, &log)?;
        let client = Client::new(&format!("http://127.0.0.1:{ready}"), &self.authority.certificate_pem(), None)?;
        wait_until("CoreDNS's readiness", READY_LIMIT, || {
            process.check_running()?;
            Ok(client.get("/ready").ok().filter(|response| response.status == 200))
        })?;
        Ok(NameServer { process, address: (Ipv4Addr::LOCALHOST, port).into() })
    }
}
