//! What a NetworkPolicy does as a whole.

use super::about::template_place;
use super::answer::{complete, exists, only_if, texts};
use super::backends::is_on_host_network;
use super::{About, Absent, Answer, Evidence};
use crate::cluster::{Direction, Item, WORKLOADS, default_deny};
use crate::object::{NetworkPolicy, Rule};

const POLICIES: &[(&str, &str)] = &[("networking.k8s.io", "NetworkPolicy")];

/// The NetworkPolicy, if the fields that say what it isolates could be read.
fn policy<'a>(about: &About<'a>, fields: &[&str]) -> Result<&'a NetworkPolicy, Absent> {
    let policy = about.network_policy()?;
    fields.iter().try_for_each(|field| about.readable(field))?;
    Ok(policy)
}

pub(super) fn isolates_ingress(about: About<'_>) -> Answer {
    Ok(policy(&about, &["/spec/policyTypes"])?.isolates_ingress.into())
}

pub(super) fn isolates_egress(about: About<'_>) -> Answer {
    Ok(policy(&about, &["/spec/policyTypes", "/spec/egress"])?.isolates_egress.into())
}

pub(super) fn default_deny_ingress(about: About<'_>) -> Answer {
    let policy = policy(&about, &["/spec/policyTypes", "/spec/podSelector", "/spec/ingress"])?;
    Ok(default_deny::ingress(policy).into())
}

pub(super) fn default_deny_egress(about: About<'_>) -> Answer {
    let policy = policy(&about, &["/spec/policyTypes", "/spec/podSelector", "/spec/egress"])?;
    Ok(default_deny::egress(policy).into())
}

fn only_default_deny(about: About<'_>, is_one: Answer, direction: Direction) -> Answer {
    only_if(is_one? == true.into())?;
    about.complete(POLICIES)?;
    let denies = about.cluster.default_denies(about.namespace(), direction);
    Ok(denies.into_iter().all(|item| about.is_self(item)).into())
}

pub(super) fn only_default_deny_ingress(about: About<'_>) -> Answer {
    only_default_deny(about, default_deny_ingress(about), Direction::Ingress)
}

pub(super) fn only_default_deny_egress(about: About<'_>) -> Answer {
    only_default_deny(about, default_deny_egress(about), Direction::Egress)
}

fn allows_all(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| rule.peers.is_empty() && rule.ports.is_empty())
}

pub(super) fn allows_all_ingress(about: About<'_>) -> Answer {
    let policy = policy(&about, &["/spec/policyTypes", "/spec/ingress"])?;
    Ok((policy.isolates_ingress && allows_all(&policy.ingress)).into())
}

pub(super) fn allows_all_egress(about: About<'_>) -> Answer {
    let policy = policy(&about, &["/spec/policyTypes", "/spec/egress"])?;
    Ok((policy.isolates_egress && allows_all(&policy.egress)).into())
}

pub(super) fn ignored_rules(about: About<'_>) -> Answer {
    let policy = policy(&about, &["/spec/policyTypes"])?;
    if !policy.isolates_ingress && !policy.ingress.is_empty() {
        return Ok("ingress".into());
    }
    only_if(!policy.isolates_egress && !policy.egress.is_empty())?;
    Ok("egress".into())
}

/// Not applicable to a rule, or a peer of one, of a direction that the policy does not isolate: it means nothing.
pub(super) fn is_in_force(about: About<'_>) -> Result<(), Absent> {
    let policy = policy(&about, &["/spec/policyTypes", "/spec/egress"])?;
    only_if(match about.direction() {
        Direction::Ingress => policy.isolates_ingress,
        Direction::Egress => policy.isolates_egress,
    })
}

fn selected(about: About<'_>) -> Result<Vec<&Item>, Absent> {
    let policy = policy(&about, &["/spec/podSelector"])?;
    Ok(about.cluster.workloads_selected_by(about.namespace(), &policy.pod_selector).collect())
}

/// The workloads that the policy selects, if all of them are known.
pub(super) fn all_selected(about: About<'_>) -> Result<Vec<&Item>, Absent> {
    let items = selected(about)?;
    complete(about.knowledge(WORKLOADS)).map(|()| items)
}

pub(super) fn selected_workloads(about: About<'_>) -> Answer {
    let items = all_selected(about)?;
    texts(items.into_iter().map(|item| about.cluster.workload_name(item)))
}

pub(super) fn selects_nothing(about: About<'_>) -> Answer {
    let found = !selected(about)?.is_empty();
    exists(found, about.knowledge(WORKLOADS)).map(|found| (!found).into())
}

pub(super) fn host_network_workloads(about: About<'_>) -> Answer {
    let items = all_selected(about)?.into_iter().filter(|item| is_on_host_network(item));
    texts(items.map(|item| about.cluster.workload_name(item)))
}

pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    let message = "`podSelector` picks these pods";
    let items = selected(about).unwrap_or_default().into_iter();
    items.map(|item| template_place(about.cluster, item, "/metadata/labels", message)).collect()
}

pub(super) fn host_network_places(about: About<'_>) -> Vec<Evidence> {
    let message = "these pods are on the host's network";
    let items = selected(about).unwrap_or_default().into_iter().filter(|item| is_on_host_network(item));
    items.map(|item| template_place(about.cluster, item, "/spec/hostNetwork", message)).collect()
}

fn allows_dns(about: About<'_>, protocol: &str) -> Answer {
    let policy = policy(&about, &["/spec/policyTypes", "/spec/egress"])?;
    Ok(default_deny::lets_dns_out(policy, protocol).into())
}

pub(super) fn allows_dns_udp(about: About<'_>) -> Answer {
    allows_dns(about, "UDP")
}

pub(super) fn allows_dns_tcp(about: About<'_>) -> Answer {
    allows_dns(about, "TCP")
}
