//! What a host has to hand in: the kinds to watch, and the kinds to send for admission.

use std::collections::BTreeSet;

use crate::Policies;
use crate::object::shape::{Field, Part, Shape};
use crate::object::{KINDS, Kind, METADATA, POD_TEMPLATE, parts_of};

/// A kind that a host has to know about, and what of its objects is read.
#[derive(Clone, Debug)]
pub struct KindNeed {
    /// The row of the table.
    pub kind: &'static Kind,
    /// Operations at admission that some policy can decide for it, sorted; empty where only facts need the kind.
    pub operations: Vec<&'static str>,
    /// Paths of the fields that are read, `/` between keys and `*` for each element of a list; sorted. Whatever is not below
    /// one of them can be left out of an object without changing an answer.
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
    let watched = KINDS.iter().filter(|kind| needed.contains(&(kind.group, kind.kind)));
    watched.map(|kind| need(kind, policies)).collect()
}

/// The kinds of which some policy can decide an admission, in the order of the table.
pub fn decides(policies: &Policies) -> Vec<KindNeed> {
    KINDS.iter().map(|kind| need(kind, policies)).filter(|need| !need.operations.is_empty()).collect()
}

fn need(kind: &'static Kind, policies: &Policies) -> KindNeed {
    let parts = parts_of(kind);
    let about_kind = |ty: &String| kind.entity == ty || parts.iter().any(|part: &&Part| part.entity == ty);
    let deciding = policies.infos().iter().filter(|info| info.types.iter().any(about_kind));
    let operations: BTreeSet<&'static str> = deciding.flat_map(|info| info.operations.iter().copied()).collect();
    KindNeed { kind, operations: operations.into_iter().collect(), fields: fields_read(kind) }
}

/// What makes up an object's identity, whatever the policies read.
const IDENTITY: &[&str] = &["apiVersion", "kind", "metadata/ownerReferences"];

/// Read of pods by typed objects beside what the shapes name: whether they have ended, and what counts as ready.
const OF_PODS: &[&str] = &["spec/containers/*/readinessProbe", "spec/initContainers/*/restartPolicy"];

fn fields_read(kind: &Kind) -> Vec<String> {
    let mut paths: Vec<String> = IDENTITY.iter().map(|path| (*path).to_owned()).collect();
    leaves("metadata/", METADATA, &mut paths);
    leaves("", kind.fields, &mut paths);
    if let Some(template) = kind.template {
        let at: String = template.iter().flat_map(|key| [key, "/"]).collect();
        leaves(&at, POD_TEMPLATE.fields, &mut paths);
        let containers: Vec<String> = paths.iter().filter(|path| path.contains("/containers/*/")).cloned().collect();
        paths.extend(containers.iter().map(|path| path.replace("/containers/*/", "/initContainers/*/")));
        paths.extend(OF_PODS.iter().map(|path| format!("{at}{path}")));
    }
    if kind.kind == "Pod" {
        paths.push("status/phase".to_owned());
    }
    paths.sort();
    paths.dedup();
    paths
}

fn leaves(at: &str, fields: &[Field], into: &mut Vec<String>) {
    for Field { name, shape, .. } in fields {
        leaf(format!("{at}{name}"), shape, into);
    }
}

fn leaf(path: String, shape: &Shape, into: &mut Vec<String>) {
    match shape {
        Shape::Record(fields) => leaves(&format!("{path}/"), fields, into),
        Shape::Parts(part) => leaves(&format!("{path}/*/"), part.fields, into),
        _ => into.push(path),
    }
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
    fn identity_and_shapes_are_kept() {
        check(
            "Service",
            &["apiVersion", "metadata/labels", "metadata/ownerReferences", "spec/selector", "spec/ports/*/port"],
        );
    }

    #[test]
    fn templates_are_kept_where_they_stand() {
        check("Deployment", &["spec/template/metadata/labels", "spec/template/spec/containers/*/ports/*/name"]);
        check("Pod", &["metadata/labels", "spec/initContainers/*/ports/*/containerPort", "status/phase"]);
    }
}
