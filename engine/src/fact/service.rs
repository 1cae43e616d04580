//! A Service by itself, beside other Services, and in DNS.

use std::collections::BTreeSet;

use super::about::{name_of, place, rivals};
use super::answer::{only_if, texts};
use super::{About, Absent, Answer, Evidence};
use crate::cluster::{Item, selects_by_labels};
use crate::dns;

const STATEFUL_SETS: &[(&str, &str)] = &[("apps", "StatefulSet")];

pub(super) fn headless(about: About<'_>) -> Answer {
    about.readable("/spec/clusterIP")?;
    Ok(about.service()?.headless.into())
}

pub(super) fn port_count(about: About<'_>) -> Answer {
    Ok(about.service()?.ports.len().into())
}

fn with_same_selector(about: About<'_>) -> Result<Vec<&Item>, Absent> {
    let service = about.service()?;
    for field in ["/spec/selector", "/spec/ports", "/spec/clusterIP"] {
        about.readable(field)?;
    }
    only_if(selects_by_labels(service))?;
    let own: BTreeSet<(u16, &str)> = service.ports.iter().map(|port| (port.port, port.protocol.as_str())).collect();
    let shares = |item: &&Item| {
        let offered = item.service().map(|body| &*body.ports).unwrap_or_default();
        offered.iter().any(|other| own.contains(&(other.port, about.cluster.text(other.protocol))))
    };
    let mut items = about.cluster.services_with_selector(about.namespace(), &service.selector);
    // A headless Service beside one with an address is how the pods of a StatefulSet get names and a balanced address.
    let alike = |item: &Item| item.service().is_some_and(|body| body.headless == service.headless);
    items.retain(|item| !about.is_self(item) && alike(item) && shares(item));
    Ok(items)
}

pub(super) fn same_selector(about: About<'_>) -> Answer {
    let items = with_same_selector(about)?;
    rivals(about, &items, about.knowledge(&[("", "Service")]))
}

pub(super) fn same_selector_places(about: About<'_>) -> Vec<Evidence> {
    let items = with_same_selector(about).unwrap_or_default();
    let message = "the same selector and port";
    items.into_iter().map(|item| place(about.cluster, item, "/spec/selector", message)).collect()
}

fn governed_sets(about: About<'_>) -> Vec<&Item> {
    about.cluster.governed_by(about.namespace(), &about.object.id.name)
}

pub(super) fn governed(about: About<'_>) -> Answer {
    about.service()?;
    about.complete(STATEFUL_SETS)?;
    texts(governed_sets(about).into_iter().map(|item| name_of(about.cluster, item)))
}

pub(super) fn governed_places(about: About<'_>) -> Vec<Evidence> {
    let message = "takes its pods' names from this Service";
    governed_sets(about).into_iter().map(|item| place(about.cluster, item, "/spec/serviceName", message)).collect()
}

pub(super) fn dns_names(about: About<'_>) -> Answer {
    about.service()?;
    about.named()?;
    texts(dns::service_names(&about.object.id.name, about.namespace(), &about.settings.cluster_domain))
}

pub(super) fn pod_dns_names(about: About<'_>) -> Answer {
    about.readable("/spec/clusterIP")?;
    only_if(about.service()?.headless)?;
    about.named()?;
    about.complete(STATEFUL_SETS)?;
    let names = governed_sets(about).into_iter().flat_map(|item| {
        let (first, replicas) = item.workload().map_or((0, 1), |body| (body.first_ordinal, body.replicas.unwrap_or(1)));
        let set = (item.name(), first..first.saturating_add(replicas));
        dns::pod_names(set, &about.object.id.name, about.namespace(), &about.settings.cluster_domain)
    });
    texts(names)
}
