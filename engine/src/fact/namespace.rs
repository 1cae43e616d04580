//! What is in a namespace.

use super::about::place;
use super::answer::{complete, exists};
use super::{About, Answer, Evidence};
use crate::cluster::{Direction, WORKLOADS};

const POLICIES: &[(&str, &str)] = &[("networking.k8s.io", "NetworkPolicy")];

fn default_deny(about: About<'_>, direction: Direction) -> Answer {
    let name = &about.object.id.name;
    let found = !about.cluster.default_denies(name, direction).is_empty();
    exists(found, about.cluster.knowledge_of_all(POLICIES, name)).map(Into::into)
}

fn default_deny_places(about: About<'_>, direction: Direction) -> Vec<Evidence> {
    let denies = about.cluster.default_denies(&about.object.id.name, direction);
    denies.into_iter().map(|item| place(about.cluster, item, "/spec", "the default deny")).collect()
}

pub(super) fn default_deny_ingress(about: About<'_>) -> Answer {
    default_deny(about, Direction::Ingress)
}

pub(super) fn default_deny_ingress_places(about: About<'_>) -> Vec<Evidence> {
    default_deny_places(about, Direction::Ingress)
}

pub(super) fn default_deny_egress(about: About<'_>) -> Answer {
    default_deny(about, Direction::Egress)
}

pub(super) fn default_deny_egress_places(about: About<'_>) -> Vec<Evidence> {
    default_deny_places(about, Direction::Egress)
}

pub(super) fn workload_count(about: About<'_>) -> Answer {
    let name = &about.object.id.name;
    complete(about.cluster.knowledge_of_all(WORKLOADS, name))?;
    Ok(about.cluster.workload_count(name).into())
}

pub(super) fn load_balancers(about: About<'_>) -> Answer {
    let name = &about.object.id.name;
    complete(about.cluster.knowledge_of_all(&[("", "Service")], name))?;
    Ok(about.cluster.load_balancers(name).into())
}
