//! What a host has to hand in: the kinds to watch, and the kinds to send for admission.

use std::collections::BTreeSet;

use super::network::SERVICE;
use crate::Policies;
use crate::cluster::{NETWORK, NETWORK_POLICIES, WORKLOADS, prune_fields};
use crate::object::shape::Part;
use crate::object::{KINDS, Kind, parts_of};

/// A kind that a host has to know about, and what of its objects is read.
#[derive(Clone, Debug)]
pub struct KindNeed {
    /// The row of the table.
    pub kind: &'static Kind,
    /// Operations at admission that some policy can decide for it, sorted; empty where only facts need the kind.
    pub operations: Vec<&'static str>,
    /// Paths of the fields that are read of the objects of a cluster, `/` between keys and `*` for each element of a list;
    /// sorted. Whatever is not below one of them can be left out of what a host hands in without changing an answer.
    pub fields: Vec<String>,
}

/// The kinds whose objects the facts of these policies are worked out from, in the order of the table. Namespaces are among
/// them where a DELETE is judged: one in a namespace that is going away is admitted.
pub fn watches(policies: &Policies) -> Vec<KindNeed> {
    let mut needed: BTreeSet<(&str, &str)> = BTreeSet::new();
    for info in policies.infos() {
        needed.extend(info.facts.iter().flat_map(|fact| fact.needs.iter().copied()));
        needed.extend(info.operations.contains(&"delete").then_some(("", "Namespace")));
    }
    if asks_of_connections(policies) {
        needed.extend(NETWORK.iter().copied().chain([SERVICE]));
    }
    let watched = KINDS.iter().filter(|kind| needed.contains(&(kind.group, kind.kind)));
    watched.map(|kind| need(kind, policies)).collect()
}

fn asks_of_connections(policies: &Policies) -> bool {
    policies.announces() || policies.infos().iter().any(|info| !info.connections.is_empty())
}

/// What of a kind opens or cuts connections, beside updates of labels and the like: those of workloads and Namespaces are
/// many, and a host asks of them only where they matter.
fn operations_on_connections(kind: &Kind) -> &'static [&'static str] {
    match (kind.group, kind.kind) {
        of if NETWORK_POLICIES.contains(&of) || of == SERVICE => &["create", "delete", "update"],
        ("", "Pod") => &[],
        of if WORKLOADS.contains(&of) => &["create"],
        _ => &[],
    }
}

/// The kinds of which some policy can decide an admission, in the order of the table.
pub fn decides(policies: &Policies) -> Vec<KindNeed> {
    KINDS.iter().map(|kind| need(kind, policies)).filter(|need| !need.operations.is_empty()).collect()
}

fn need(kind: &'static Kind, policies: &Policies) -> KindNeed {
    let parts = parts_of(kind);
    let about_kind = |ty: &String| kind.entity == ty || parts.iter().any(|part: &&Part| part.entity == ty);
    let deciding = policies.infos().iter().filter(|info| info.types.iter().any(about_kind));
    let mut operations: BTreeSet<&'static str> = deciding.flat_map(|info| info.operations.iter().copied()).collect();
    if asks_of_connections(policies) {
        operations.extend(operations_on_connections(kind));
    }
    KindNeed { kind, operations: operations.into_iter().collect(), fields: fields_read(kind) }
}

fn fields_read(kind: &Kind) -> Vec<String> {
    let paths = prune_fields(kind.group, kind.kind).unwrap_or_default();
    let paths: BTreeSet<&str> = ["apiVersion", "kind"].into_iter().chain(paths).collect();
    paths.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, expected: &[&str]) {
        let kind = KINDS.iter().find(|known| known.kind == kind).unwrap();
        let fields = fields_read(kind);
        for path in expected {
            assert!(fields.iter().any(|field| field == path), "`{path}` is not among {fields:#?}");
        }
    }

    #[test]
    fn identity_and_what_facts_read_are_kept() {
        check("Service", &["apiVersion", "metadata/name", "spec/selector", "spec/ports/*/port"]);
        check("Deployment", &["metadata/ownerReferences/*/name", "spec/template/spec/containers/*/ports"]);
        check("Pod", &["metadata/labels", "spec/initContainers/*/ports", "status/phase"]);
    }
}
