//! Where an ExternalName Service leads.

use std::collections::BTreeSet;

use super::answer::{applicable, exists, only_if};
use super::{About, Absent, Answer};
use crate::cluster::Item;
use crate::dns::service_of;
use crate::net::{METADATA_ADDRESSES, parse_address};

/// Names by which clouds' machines find the metadata service.
const METADATA_NAMES: [&str; 4] =
    ["instance-data", "instance-data.ec2.internal", "metadata", "metadata.google.internal"];
const SERVICES: &[(&str, &str)] = &[("", "Service")];

fn target(about: About<'_>) -> Result<&str, Absent> {
    let service = about.service()?;
    about.readable("/spec/type")?;
    about.readable("/spec/externalName")?;
    only_if(service.kind == "ExternalName")?;
    applicable(service.external_name.as_deref())
}

pub(super) fn class(about: About<'_>) -> Answer {
    let name = target(about)?.trim().trim_end_matches('.').to_ascii_lowercase();
    let address =
        parse_address(name.trim_start_matches('[').trim_end_matches(']')).map(|address| address.to_canonical());
    let class = match address {
        Some(address) if address.is_loopback() => "loopback",
        Some(address) if METADATA_ADDRESSES.contains(&address) => "metadata",
        Some(_) => "ip",
        None if name == "localhost" || name.ends_with(".localhost") || name == "localhost.localdomain" => "loopback",
        None if METADATA_NAMES.contains(&name.as_str()) => "metadata",
        None if service_of(&name, &about.settings.cluster_domain).is_some() => "cluster",
        None => "external",
    };
    Ok(class.into())
}

/// Namespace and name of the Service that a name means.
fn service_named(about: About<'_>, name: &str) -> Option<(String, String)> {
    let name = name.trim().to_ascii_lowercase();
    service_of(&name, &about.settings.cluster_domain).map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
}

pub(super) fn missing(about: About<'_>) -> Answer {
    let (namespace, name) = applicable(service_named(about, target(about)?))?;
    let found = about.cluster.service(&namespace, &name).is_some();
    exists(found, about.cluster.knowledge_of_all(SERVICES, &namespace)).map(|found| (!found).into())
}

pub(super) fn loops(about: About<'_>) -> Answer {
    let mut next = Some(applicable(service_named(about, target(about)?))?);
    let mut seen = BTreeSet::new();
    // Ends: each turn sees a Service for the first time.
    while let Some((namespace, name)) = next {
        if namespace == about.namespace() && name == about.object.id.name {
            return Ok(true.into());
        }
        let item = about.cluster.service(&namespace, &name);
        if !exists(item.is_some(), about.cluster.knowledge_of_all(SERVICES, &namespace))? {
            break;
        }
        let alias = item.and_then(Item::service).and_then(|body| body.external_name(about.cluster));
        next = alias.and_then(|alias| service_named(about, alias)).filter(|next| seen.insert(next.clone()));
    }
    Ok(false.into())
}
