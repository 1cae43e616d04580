//! The webhook `labels`: updates of Namespaces, workloads and Pods by which they become another end of connections.

use serde_json::{Value, json};
use wasm_host::api::KindInfo;

use super::webhooks::rules_of;

/// What is neither a Namespace nor runs pods.
const NO_ENDS: &[&str] = &[
    "networkpolicies",
    "adminnetworkpolicies",
    "baselineadminnetworkpolicies",
    "clusternetworkpolicies",
    "services",
    "ingresses",
    "endpoints",
    "endpointslices",
];
/// What of a pod template connections hang on.
const OF_TEMPLATE: [&str; 4] = [
    "metadata.?labels",
    "spec.?hostNetwork",
    "spec.?serviceAccountName",
    "spec.?containers.orValue([]).map(c, c.?ports)",
];

/// The rules for updates of these kinds.
pub(super) fn rules<'a>(kinds: impl Iterator<Item = &'a KindInfo>) -> Vec<Value> {
    let ends = kinds.filter(|kind| !NO_ENDS.contains(&kind.plural.as_str()));
    rules_of(ends.map(|kind| (kind, vec![kind.plural.clone()], vec!["UPDATE"])))
}

/// The rule for Pods that are created.
pub(super) fn pods_created(kinds: &[KindInfo]) -> Vec<Value> {
    let pods = kinds.iter().filter(|kind| kind.group.is_empty() && kind.plural == "pods");
    rules_of(pods.map(|kind| (kind, vec![kind.plural.clone()], vec!["CREATE"])))
}

/// Only where labels, labels of the pod template, ports, hostNetwork, service account or selector are not the same; scaling,
/// images and rollouts change none of them.
pub(super) fn differ() -> Value {
    let differs = |path: &str| format!("object.?{path} != oldObject.?{path}");
    let mut expressions = vec!["request.operation == 'CREATE'".to_owned()];
    let own = "request.resource.resource in ['namespaces', 'pods'] && ".to_owned() + &differs("metadata.?labels");
    expressions.push(format!("({own})"));
    for template in ["spec.?template", "spec.?jobTemplate.?spec.?template"] {
        expressions.extend(OF_TEMPLATE.iter().map(|path| differs(&format!("{template}.?{path}"))));
    }
    expressions.push(differs("spec.?selector"));
    json!({ "name": "another-end-of-connections", "expression": expressions.join(" || ") })
}
