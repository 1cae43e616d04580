//! Who speaks of the pods of a workload.

use super::about::{name_of, place};
use super::answer::{exists, only_if, texts};
use super::{About, Absent, Answer, Evidence};
use crate::cluster::{Direction, Item};

const POLICIES: &[(&str, &str)] = &[("networking.k8s.io", "NetworkPolicy")];

fn labels_readable(about: &About<'_>) -> Result<(), Absent> {
    let steps = about.object.kind.and_then(|kind| kind.template).unwrap_or_default();
    let template: String = steps.iter().flat_map(|step| ["/", step]).collect();
    about.readable(&format!("{template}/metadata/labels"))
}

/// The NetworkPolicies that isolate the pods.
fn isolating(about: About<'_>, direction: Direction) -> Result<Vec<&Item>, Absent> {
    let template = &about.workload()?.template;
    only_if(!template.host_network)?;
    labels_readable(&about)?;
    let mut policies = about.cluster.policies_selecting(about.namespace(), &template.labels);
    policies.retain(|item| {
        item.network_policy().is_some_and(|body| match direction {
            Direction::Ingress => body.isolates_ingress,
            Direction::Egress => body.isolates_egress,
        })
    });
    Ok(policies)
}

fn isolated(about: About<'_>, direction: Direction) -> Answer {
    let found = !isolating(about, direction)?.is_empty();
    exists(found, about.knowledge(POLICIES)).map(Into::into)
}

fn isolating_places(about: About<'_>, direction: Direction) -> Vec<Evidence> {
    let items = isolating(about, direction).unwrap_or_default().into_iter();
    items.map(|item| place(about.cluster, item, "/spec/podSelector", "isolates these pods")).collect()
}

pub(super) fn isolated_ingress(about: About<'_>) -> Answer {
    isolated(about, Direction::Ingress)
}

pub(super) fn isolated_ingress_places(about: About<'_>) -> Vec<Evidence> {
    isolating_places(about, Direction::Ingress)
}

pub(super) fn isolated_egress(about: About<'_>) -> Answer {
    isolated(about, Direction::Egress)
}

pub(super) fn isolated_egress_places(about: About<'_>) -> Vec<Evidence> {
    isolating_places(about, Direction::Egress)
}

fn names_of_isolating(about: About<'_>, direction: Direction) -> Answer {
    let items = isolating(about, direction)?;
    about.complete(POLICIES)?;
    texts(items.into_iter().map(|item| name_of(about.cluster, item)))
}

pub(super) fn ingress_policies(about: About<'_>) -> Answer {
    names_of_isolating(about, Direction::Ingress)
}

pub(super) fn egress_policies(about: About<'_>) -> Answer {
    names_of_isolating(about, Direction::Egress)
}

pub(super) fn egress_allows_dns(about: About<'_>) -> Answer {
    let policies = isolating(about, Direction::Egress)?;
    let allows = |item: &&Item| item.network_policy().is_some_and(|body| body.allows_dns_udp);
    let found = exists(policies.iter().any(allows), about.knowledge(POLICIES))?;
    only_if(!policies.is_empty())?;
    Ok(found.into())
}

pub(super) fn services(about: About<'_>) -> Answer {
    let labels = &about.workload()?.template.labels;
    labels_readable(&about)?;
    about.complete(&[("", "Service")])?;
    let items = about.cluster.services_selecting(about.namespace(), labels);
    texts(items.into_iter().map(|item| name_of(about.cluster, item)))
}

pub(super) fn service_places(about: About<'_>) -> Vec<Evidence> {
    let Ok(workload) = about.workload() else { return Vec::new() };
    let items = about.cluster.services_selecting(about.namespace(), &workload.template.labels).into_iter();
    items.map(|item| place(about.cluster, item, "/spec/selector", "selects these pods")).collect()
}

pub(super) fn container_port_count(about: About<'_>) -> Answer {
    Ok(about.workload()?.template.ports.len().into())
}
