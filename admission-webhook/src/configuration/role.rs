//! The right to read exactly the kinds that are watched.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wasm_host::api::KindInfo;

const NAME: &str = "hedgerow-webhook";

/// A ClusterRole and its binding to the webhook's service account.
pub(super) fn objects(watches: &[KindInfo], (namespace, account): &(String, String)) -> [Value; 2] {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for kind in watches {
        groups.entry(&kind.group).or_default().push(&kind.plural);
    }
    let rules: Vec<Value> = groups
        .into_iter()
        .map(|(group, mut resources)| {
            resources.sort_unstable();
            json!({ "apiGroups": [group], "resources": resources, "verbs": ["get", "list", "watch"] })
        })
        .collect();
    [
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": { "name": NAME },
            "rules": rules,
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": { "name": NAME },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": namespace }],
        }),
    ]
}
