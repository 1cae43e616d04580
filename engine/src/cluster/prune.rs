//! What a host has to keep of the objects that it watches.

/// What of every object's metadata is read.
const METADATA: &[&str] = &["metadata/name", "metadata/namespace", "metadata/deletionTimestamp"];

/// How a workload names its controller.
const WORKLOAD: &[&str] =
    &["metadata/ownerReferences/*/controller", "metadata/ownerReferences/*/kind", "metadata/ownerReferences/*/name"];

/// What is read of a pod template at a path that ends in `/`, and more.
macro_rules! template {
    ($at:literal $(, $more:literal)*) => {
        &[
            $($more,)*
            concat!($at, "metadata/labels"),
            concat!($at, "spec/hostNetwork"),
            concat!($at, "spec/serviceAccount"),
            concat!($at, "spec/serviceAccountName"),
            concat!($at, "spec/containers/*/name"),
            concat!($at, "spec/containers/*/ports"),
            concat!($at, "spec/containers/*/readinessProbe"),
            concat!($at, "spec/initContainers/*/name"),
            concat!($at, "spec/initContainers/*/ports"),
            concat!($at, "spec/initContainers/*/restartPolicy"),
            concat!($at, "spec/initContainers/*/readinessProbe"),
        ]
    };
}

const POD: &[&str] = template!("", "status/phase");
const TEMPLATED: &[&str] = template!("spec/template/", "spec/replicas");
const STATEFUL_SET: &[&str] = template!("spec/template/", "spec/replicas", "spec/ordinals/start", "spec/serviceName");
const CRON_JOB: &[&str] = template!("spec/jobTemplate/spec/template/");

/// The fields, as paths below the object with `*` for each element of a list, without which facts about *other* objects
/// cannot be worked out; beside them keep `apiVersion`, `kind` and what the host needs itself (`metadata/resourceVersion`).
/// A path keeps everything below it. An object cut down to these fields is the same to a cluster as the whole object: it
/// gives the same digest. `None` for a kind of which facts read nothing.
///
/// ```
/// let fields = engine::cluster::prune_fields("", "Service").unwrap();
/// assert!(fields.contains(&"spec/selector"));
/// assert_eq!(engine::cluster::prune_fields("", "Secret"), None);
/// ```
pub fn prune_fields(group: &str, kind: &str) -> Option<Vec<&'static str>> {
    let own: &[&str] = match (group, kind) {
        ("", "Namespace") => &["metadata/labels", "status/phase"],
        ("", "Service") => &[
            "spec/type",
            "spec/selector",
            "spec/ports/*/name",
            "spec/ports/*/protocol",
            "spec/ports/*/port",
            "spec/ports/*/nodePort",
            "spec/ports/*/targetPort",
            "spec/clusterIP",
            "spec/externalIPs",
            "spec/externalName",
            "spec/externalTrafficPolicy",
            "spec/loadBalancerSourceRanges",
        ],
        ("networking.k8s.io", "NetworkPolicy")
        | ("policy.networking.k8s.io", "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy") => {
            &["spec"]
        }
        ("networking.k8s.io", "Ingress") => &["spec/rules"],
        ("discovery.k8s.io", "EndpointSlice") => &["metadata/labels", "addressType", "endpoints/*/addresses"],
        ("", "Endpoints") => &["subsets/*/addresses/*/ip", "subsets/*/notReadyAddresses/*/ip"],
        ("", "Pod") => POD,
        ("apps", "StatefulSet") => STATEFUL_SET,
        ("apps", "DaemonSet" | "Deployment" | "ReplicaSet") | ("", "ReplicationController") | ("batch", "Job") => {
            TEMPLATED
        }
        ("batch", "CronJob") => CRON_JOB,
        _ => return None,
    };
    let owned = matches!(group, "apps" | "batch") || matches!(kind, "Pod" | "ReplicationController");
    let owner = if owned { WORKLOAD } else { &[] };
    Some([METADATA, owner, own].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::cluster::{Cluster, World};
    use crate::object::{KINDS, Scope};
    use crate::text::{Format, Source};

    fn prune(value: &Value, paths: &[Vec<&str>]) -> Value {
        if paths.iter().any(Vec::is_empty) {
            return value.clone();
        }
        let below = |key: &str| -> Vec<Vec<&str>> {
            paths.iter().filter(|path| path[0] == key).map(|path| path[1..].to_vec()).collect()
        };
        match value {
            Value::Object(map) => {
                let kept = |(key, value): (&String, &Value)| {
                    let below = below(key);
                    (!below.is_empty()).then(|| (key.clone(), prune(value, &below)))
                };
                Value::Object(map.iter().filter_map(kept).collect::<Map<_, _>>())
            }
            Value::Array(list) => list.iter().map(|value| prune(value, &below("*"))).collect(),
            other => other.clone(),
        }
    }

    fn template() -> Value {
        let probe = json!({"httpGet": {"port": 80}});
        let sidecar = json!({"name": "s", "restartPolicy": "Always", "ports": [{"containerPort": 81}], "image": "s"});
        json!({
            "metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}},
            "spec": {
                "hostNetwork": true,
                "nodeName": "n",
                "serviceAccountName": "sa",
                "initContainers": [{"name": "i", "image": "i"}, sidecar],
                "containers": [{
                    "name": "c", "image": "c", "readinessProbe": probe,
                    "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP", "hostPort": 80}],
                }],
            },
        })
    }

    /// An object of each kind with everything that facts read and much that they do not.
    fn sample(group: &str, version: &str, kind: &str) -> Value {
        let mut object = match kind {
            "CronJob" => json!({"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": template()}}}}),
            "Pod" => {
                let mut pod = template();
                pod["status"] = json!({"phase": "Succeeded", "podIP": "10.0.0.1"});
                pod
            }
            "Service" => json!({"spec": {
                "type": "LoadBalancer", "selector": {"app": "web"}, "clusterIP": "None", "externalName": "a.example",
                "ports": [{"name": "a", "port": 80, "protocol": "TCP", "targetPort": "http", "nodePort": 30080}],
                "externalIPs": ["192.0.2.7"], "externalTrafficPolicy": "Local", "loadBalancerSourceRanges": ["10.0.0.0/8"],
                "sessionAffinity": "None",
            }}),
            "NetworkPolicy" => json!({"spec": {
                "podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"],
                "egress": [{"ports": [{"port": 53}], "to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
            }}),
            "ClusterNetworkPolicy" => json!({"spec": {
                "tier": "Admin", "priority": 7, "subject": {"namespaces": {}}, "egress": [{
                    "name": "all", "action": "Pass", "to": [{"networks": ["10.0.0.0/8"]}, {"nodes": {}}],
                    "protocols": [{"tcp": {"destinationPort": {"range": {"start": 1, "end": 9}}}}],
                }],
            }}),
            "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" => json!({"spec": {
                "priority": 7, "subject": {"pods": {"namespaceSelector": {}, "podSelector": {}}}, "ingress": [{
                    "name": "all", "action": "Deny", "from": [{"namespaces": {"matchLabels": {"a": "b"}}}],
                    "ports": [{"namedPort": "http"}],
                }],
            }}),
            "Ingress" => json!({"spec": {"ingressClassName": "x", "rules": [
                {"host": "a.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "w", "port": {"number": 80}}}}]}},
            ]}}),
            "EndpointSlice" => json!({"addressType": "IPv4", "endpoints": [
                {"addresses": ["169.254.169.254"], "conditions": {"ready": true}, "zone": "z"},
            ], "ports": [{"port": 80}]}),
            "Endpoints" => json!({"subsets": [{
                "addresses": [{"ip": "127.0.0.1", "nodeName": "n"}], "notReadyAddresses": [{"ip": "::1"}],
                "ports": [{"port": 80}],
            }]}),
            "Namespace" => json!({"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating"}}),
            _ => {
                json!({"spec": {
                    "replicas": 3, "ordinals": {"start": 5}, "serviceName": "web", "template": template(),
                    "revisionHistoryLimit": 1,
                }})
            }
        };
        object["apiVersion"] = if group.is_empty() { json!(version) } else { json!(format!("{group}/{version}")) };
        object["kind"] = json!(kind);
        object["metadata"] = json!({
            "name": if kind == "BaselineAdminNetworkPolicy" { "default" } else { "web" },
            "namespace": "shop", "resourceVersion": "7", "generation": 2,
            "labels": {"app": "web", "kubernetes.io/service-name": "web"}, "annotations": {"a": "b"},
            "managedFields": [{"manager": "kubectl"}],
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": true}],
        });
        if KINDS.iter().any(|known| known.kind == kind && known.scope == Scope::Cluster) {
            object["metadata"].as_object_mut().unwrap().remove("namespace");
        }
        object
    }

    fn digest(object: &Value) -> String {
        let mut cluster = Cluster::of_files(World::Auto);
        let bytes = object.to_string().into_bytes();
        let findings = cluster.apply(&Source { name: "o".into(), format: Format::Json, bytes });
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(cluster.len(), 1);
        cluster.digest()
    }

    #[test]
    fn a_pruned_object_is_the_same_to_a_cluster() {
        for kind in KINDS {
            let whole = sample(kind.group, kind.versions[0], kind.kind);
            let fields = prune_fields(kind.group, kind.kind).unwrap();
            let mut paths: Vec<Vec<&str>> = fields.iter().map(|path| path.split('/').collect()).collect();
            paths.extend([vec!["apiVersion"], vec!["kind"]]);
            let pruned = prune(&whole, &paths);
            assert!(pruned.to_string().len() < whole.to_string().len());
            assert_eq!(digest(&pruned), digest(&whole), "{}: {pruned:#}", kind.kind);
        }
    }

    #[test]
    fn the_digest_is_blind_to_what_no_fact_reads() {
        for kind in KINDS {
            let whole = sample(kind.group, kind.versions[0], kind.kind);
            let mut later = whole.clone();
            later["metadata"]["resourceVersion"] = json!("8");
            later["metadata"]["managedFields"] = json!([]);
            later["metadata"]["annotations"] = json!({"c": "d"});
            later["status"]["conditions"] = json!([{"type": "Ready"}]);
            assert_eq!(digest(&later), digest(&whole), "{}", kind.kind);
        }
    }
}
