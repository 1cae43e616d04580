//! `hedgerow-webhook config`: what a cluster must be told so that the webhook is asked what its policies can decide, and
//! may read what their facts need.

mod role;
mod webhooks;
mod yaml;

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use wasm_host::{Host, Options};

use crate::args::{Config, Output};
use crate::packs;

/// The objects as text.
///
/// # Errors
/// When the policies or the authority cannot be read.
pub(crate) fn print(args: &Config) -> Result<String> {
    let ca = match &args.ca {
        None => None,
        Some(path) => Some(fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?),
    };
    let host = Host::start(packs::read(&args.packs)?, Options::default()).context("the policies cannot be loaded")?;
    let mut objects = vec![webhooks::configuration(&host.decides(), args, ca.as_deref())];
    objects.extend(role::objects(&host.watches(), &service_account(args)));
    Ok(match args.output {
        Output::Yaml => objects.iter().map(yaml::document).collect(),
        Output::Json => {
            format!("{:#}\n", json!({ "apiVersion": "v1", "kind": "List", "items": Value::Array(objects) }))
        }
    })
}

fn service_account(args: &Config) -> (String, String) {
    let own = || (args.service.namespace.clone(), "hedgerow-webhook".to_owned());
    args.service_account.clone().unwrap_or_else(own)
}
