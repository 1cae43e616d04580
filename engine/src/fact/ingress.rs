//! Where an Ingress leads, and who else claims its hosts and paths.

use super::about::{place, rivals};
use super::answer::{applicable, exists, only_if};
use super::{About, Absent, Answer, Evidence};
use crate::cluster::{Item, Knowledge};
use crate::object::TargetPort;

const SERVICES: &[(&str, &str)] = &[("", "Service")];
const INGRESSES: &[(&str, &str)] = &[("networking.k8s.io", "Ingress")];

/// The backend Service's name and the port wanted of it.
fn backend(about: About<'_>) -> Result<(&str, Option<&TargetPort>), Absent> {
    if let [rule, path] = about.index {
        about.readable(&format!("/spec/rules/{rule}/http/paths/{path}/backend"))?;
    }
    let (_, path) = about.ingress_path()?;
    let (name, port) = applicable(path.backend.as_ref())?;
    Ok((name, port.as_ref()))
}

fn service(about: About<'_>) -> Result<(Option<&Item>, Knowledge), Absent> {
    let (name, _) = backend(about)?;
    Ok((about.cluster.service(about.namespace(), name), about.knowledge(SERVICES)))
}

pub(super) fn backend_missing(about: About<'_>) -> Answer {
    let (item, knowledge) = service(about)?;
    exists(item.is_some(), knowledge).map(|found| (!found).into())
}

pub(super) fn backend_port_missing(about: About<'_>) -> Answer {
    let (item, knowledge) = service(about)?;
    exists(item.is_some(), knowledge)?;
    let service = applicable(item.and_then(Item::service))?;
    let (_, port) = backend(about)?;
    Ok(port.is_some_and(|port| !service.offers(about.cluster, port)).into())
}

pub(super) fn backend_places(about: About<'_>) -> Vec<Evidence> {
    let item = service(about).ok().and_then(|(item, _)| item);
    item.map(|item| place(about.cluster, item, "/spec/ports", "the ports that the backend offers"))
        .into_iter()
        .collect()
}

fn same_place(about: About<'_>) -> Result<Vec<&Item>, Absent> {
    let (host, path) = about.ingress_path()?;
    let mut items = about.cluster.ingresses_at(host, &path.path);
    items.retain(|item| !about.is_self(item));
    Ok(items)
}

pub(super) fn same_host_and_path(about: About<'_>) -> Answer {
    let items = same_place(about)?;
    rivals(about, &items, about.cluster.knowledge_of_all(INGRESSES, ""))
}

pub(super) fn same_host_and_path_places(about: About<'_>) -> Vec<Evidence> {
    let items = same_place(about).unwrap_or_default().into_iter();
    items.map(|item| place(about.cluster, item, "/spec/rules", "claims the same host and path")).collect()
}

/// A certificate for `*.example.org` covers one label in front, as the Ingress API has it.
pub(super) fn covered_by_tls(about: About<'_>) -> Answer {
    about.readable("/spec/tls")?;
    let ingress = about.ingress()?;
    let (host, _) = applicable(about.index.first().and_then(|rule| ingress.rules.get(*rule)))?;
    only_if(!host.is_empty())?;
    let covers = |tls: &String| {
        let above = |host: &str| host.split_once('.').map(|(_, above)| above.to_ascii_lowercase());
        tls.eq_ignore_ascii_case(host) || tls.starts_with("*.") && above(tls) == above(host)
    };
    Ok(ingress.tls_hosts.iter().any(covers).into())
}
