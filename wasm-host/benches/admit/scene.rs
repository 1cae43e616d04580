//! What the benches judge: the whole library, a cluster of 10,000 Services and 30,000 pods, and a Service.

use engine::{Cluster, KindState, LoadOptions, Policies};
use wasm_host::Delta;
use wasm_host::api::{self, ObjectRef};

pub(crate) const SERVICES: usize = 10_000;
pub(crate) const PODS: usize = 30_000;

pub(crate) fn library() -> impl Iterator<Item = &'static (&'static str, &'static [u8])> {
    policies::sources().iter().filter(|(path, _)| path.ends_with(".cedar") || path.ends_with("pack.toml"))
}

pub(crate) fn sources() -> Vec<api::Source> {
    let source = |(path, bytes): &(&str, &[u8])| api::Source {
        name: (*path).to_owned(),
        format: api::Format::Auto,
        bytes: bytes.to_vec(),
    };
    library().map(source).collect()
}

pub(crate) fn native() -> (Policies, Cluster) {
    let source = |(path, bytes): &(&str, &[u8])| engine::Source {
        name: (*path).to_owned(),
        format: engine::Format::Auto,
        bytes: bytes.to_vec(),
    };
    let sources: Vec<engine::Source> = library().map(source).collect();
    (Policies::load(&sources, &LoadOptions::default()).unwrap().0, Cluster::watched())
}

pub(crate) fn fill_native(cluster: &mut Cluster) {
    for delta in relists() {
        let Delta::Relist { group, kind, objects, .. } = delta else { continue };
        for (key, bytes) in objects {
            cluster.apply(&engine::Source { name: key.name, format: engine::Format::Json, bytes });
        }
        cluster.set_kind(&group, &kind, KindState::Synced { resource_version: "1".into() });
    }
}

/// 100 namespaces, 100 Services and 300 pods in each; every other kind is known to be empty.
pub(crate) fn relists() -> Vec<Delta> {
    let namespaces = (0..100).map(|number| {
        let name = format!("ns-{number}");
        object("", "Namespace", "", &name, r#","labels":{"environment":"prod"}"#, "{}")
    });
    let services = (0..SERVICES).map(|number| {
        let spec = format!(
            r#"{{"type":"ClusterIP","selector":{{"app":"app-{number}"}},"ports":[{{"name":"http","port":80,"targetPort":"http"}}]}}"#
        );
        object("", "Service", &format!("ns-{}", number % 100), &format!("service-{number}"), "", &spec)
    });
    let pods = (0..PODS).map(|number| {
        let app = number % SERVICES;
        let labels = format!(r#","labels":{{"app":"app-{app}","pod-template-hash":"h{app}"}}"#);
        let spec = r#"{"serviceAccountName":"default","containers":[{"name":"main","ports":[{"name":"http","containerPort":8080}],"readinessProbe":{}}]}"#;
        object("", "Pod", &format!("ns-{}", app % 100), &format!("pod-{number}"), &labels, spec)
    });
    let empty = [
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "ReplicationController"),
        ("", "Endpoints"),
        ("discovery.k8s.io", "EndpointSlice"),
        ("networking.k8s.io", "Ingress"),
        ("networking.k8s.io", "NetworkPolicy"),
    ];
    let mut deltas = vec![
        relist("", "Namespace", namespaces.collect()),
        relist("", "Service", services.collect()),
        relist("", "Pod", pods.collect()),
    ];
    deltas.extend(empty.map(|(group, kind)| relist(group, kind, Vec::new())));
    deltas
}

fn relist(group: &str, kind: &str, objects: Vec<(ObjectRef, Vec<u8>)>) -> Delta {
    Delta::Relist { group: group.into(), kind: kind.into(), state: api::KindState::Synced("1".into()), objects }
}

fn object(group: &str, kind: &str, namespace: &str, name: &str, meta: &str, spec: &str) -> (ObjectRef, Vec<u8>) {
    let within = if namespace.is_empty() { String::new() } else { format!(r#","namespace":"{namespace}""#) };
    let key = ObjectRef {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
    };
    let text =
        format!(r#"{{"apiVersion":"v1","kind":"{kind}","metadata":{{"name":"{name}"{within}{meta}}},"spec":{spec}}}"#);
    (key, text.into_bytes())
}

/// A Service of about `size` bytes in an AdmissionReview; denied as a NodePort in a namespace of prod.
pub(crate) fn body(size: usize, parts: usize, deny: bool) -> Vec<u8> {
    let ports: Vec<String> = (0..parts)
        .map(|part| format!(r#"{{"name":"p{part}","port":{},"targetPort":"http","protocol":"TCP"}}"#, 80 + part))
        .collect();
    let ty = if deny { "NodePort" } else { "ClusterIP" };
    let text = |padding: usize| {
        format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","kind":{{"group":"","version":"v1","kind":"Service"}},"resource":{{"group":"","version":"v1","resource":"services"}},"requestKind":{{"group":"","version":"v1","kind":"Service"}},"name":"web","namespace":"ns-7","operation":"CREATE","userInfo":{{"username":"ann","groups":["developers","system:authenticated"]}},"object":{{"kind":"Service","apiVersion":"v1","metadata":{{"name":"web","namespace":"ns-7","labels":{{"app":"web"}},"annotations":{{"notes":"{}"}}}},"spec":{{"type":"{ty}","selector":{{"app":"app-7"}},"ports":[{}]}}}},"oldObject":null,"dryRun":false,"options":{{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}}}}"#,
            "x".repeat(padding),
            ports.join(",")
        )
    };
    let bare = text(0).len();
    text(size.saturating_sub(bare)).into_bytes()
}
