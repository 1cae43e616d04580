//! Which cluster is watched, and as whom.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

/// Longer than any watch, so that it is the API server who ends one.
const READ_TIMEOUT: Duration = Duration::from_secs(300);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client for the kubeconfig given; else as the pod's service account; else for the person's own kubeconfig.
pub(crate) async fn client(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Client> {
    // More than one TLS library may be compiled in; ours is ring. A second call finds it set.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let mut config = match kubeconfig {
        Some(path) => {
            let file = Kubeconfig::read_from(path).with_context(|| format!("cannot use `{}`", path.display()))?;
            Config::from_custom_kubeconfig(file, &options).await?
        }
        None => match (context, Config::incluster()) {
            (None, Ok(config)) => config,
            _ => Config::from_kubeconfig(&options).await.context(
                "there is no cluster to watch: give `--kubeconfig`, or `--no-watch` to judge single objects",
            )?,
        },
    };
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = Some(READ_TIMEOUT);
    Ok(Client::try_from(config)?)
}
