//! `hedgerow-webhook config`: what a cluster must be told so that the webhook is asked what its policies can decide, and
//! may read what their facts need.

mod labels;
mod role;
mod webhooks;
mod yaml;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use wasm_host::{Host, Options};

use crate::args::{Config, Output};
use crate::packs;

/// The objects as text.
///
/// # Errors
/// When the policies or the authority cannot be read.
pub(crate) fn print(args: &Config) -> Result<String> {
    let ca = args.ca.as_deref().map(authority).transpose()?;
    let mut packs = packs::read(&args.packs)?;
    if args.announce {
        packs.parameters.push(packs::announce());
    }
    let host = Host::start(packs, Options::default()).context("the policies cannot be loaded")?;
    let watches = host.watches();
    let about_connections = host.describe().iter().any(|policy| !policy.connections.is_empty());
    let labelled = if about_connections || args.announce { watches.as_slice() } else { &[] };
    let mut objects = vec![webhooks::configuration(&host.decides(), labelled, args, ca.as_deref())];
    objects.extend(role::objects(&watches, &service_account(args)));
    Ok(match args.output {
        Output::Yaml => objects.iter().map(yaml::document).collect(),
        Output::Json => {
            format!("{:#}\n", json!({ "apiVersion": "v1", "kind": "List", "items": Value::Array(objects) }))
        }
    })
}

/// The authority's certificates as they stand in the file. The API server takes an empty `caBundle` for none at all, and would
/// trust whatever the system trusts.
fn authority(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let name = path.display();
    let certificates = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.with_context(|| format!("`{name}` holds no certificate in PEM"))?;
    ensure!(
        !certificates.is_empty(),
        "`{name}` holds no certificate in PEM: give the file of the authority, which begins with \
         `-----BEGIN CERTIFICATE-----`"
    );
    for certificate in certificates {
        RootCertStore::empty()
            .add(certificate)
            .with_context(|| format!("`{name}` holds no authority's certificate"))?;
    }
    Ok(bytes)
}

fn service_account(args: &Config) -> (String, String) {
    let own = || (args.service.namespace.clone(), "hedgerow-webhook".to_owned());
    args.service_account.clone().unwrap_or_else(own)
}
