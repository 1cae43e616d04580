//! The ValidatingWebhookConfiguration, as narrow as the policies allow.
//!
//! Three webhooks: `objects` for what people write, which fails closed unless told otherwise; `endpoints` for what
//! controllers write all the time, and `labels` for updates that make an object another end of connections, which never stop
//! a cluster.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use serde_json::{Map, Value, json};
use wasm_host::api::KindInfo;

use super::labels;
use crate::args::{Config, FailurePolicy};

/// Written by the control plane for every change of a pod's readiness.
const ENDPOINTS: &[(&str, &str)] = &[("", "endpoints"), ("discovery.k8s.io", "endpointslices")];
/// A cluster cannot live without these: leader election, event recording, nodes coming back.
const NEVER: &[(&str, &str)] =
    &[("coordination.k8s.io", "leases"), ("", "events"), ("events.k8s.io", "events"), ("", "nodes")];
/// What controllers make out of a template that was judged when it was written.
const MADE_BY_CONTROLLERS: &[&str] =
    &["daemonsets", "deployments", "jobs", "pods", "replicasets", "replicationcontrollers", "statefulsets"];
const ENDPOINT_CONTROLLERS: &[&str] = &[
    "system:apiserver",
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:endpoint-controller",
    "system:serviceaccount:kube-system:endpointslice-controller",
    "system:serviceaccount:kube-system:endpointslicemirroring-controller",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:serviceaccount:kube-system:namespace-controller",
];
const WORKLOAD_CONTROLLERS: &[&str] = &[
    "system:kube-controller-manager",
    "system:kube-scheduler",
    "system:serviceaccount:kube-system:cronjob-controller",
    "system:serviceaccount:kube-system:daemon-set-controller",
    "system:serviceaccount:kube-system:deployment-controller",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:serviceaccount:kube-system:job-controller",
    "system:serviceaccount:kube-system:namespace-controller",
    "system:serviceaccount:kube-system:pod-garbage-collector",
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:replication-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
    "system:serviceaccount:kube-system:ttl-after-finished-controller",
];

/// The configuration for the kinds that the policies can decide; `labelled` are the ends of connections, and empty if no
/// policy is about connections.
pub(super) fn configuration(decides: &[KindInfo], labelled: &[KindInfo], args: &Config, ca: Option<&[u8]>) -> Value {
    let wanted = decides.iter().filter(|kind| !is_one_of(kind, NEVER));
    let (endpoints, objects): (Vec<_>, Vec<_>) = wanted.partition(|kind| is_one_of(kind, ENDPOINTS));
    let mut webhooks = Vec::new();
    if !objects.is_empty() {
        let failure = match args.objects_failure_policy {
            FailurePolicy::Fail => "Fail",
            FailurePolicy::Ignore => "Ignore",
        };
        let made = objects.iter().any(|kind| MADE_BY_CONTROLLERS.contains(&kind.plural.as_str()));
        let mut conditions = if made { vec![not_by_workload_controllers()] } else { Vec::new() };
        let mut all = rules(&objects);
        let more = subresource_rules(&objects);
        if !more.is_empty() {
            conditions.push(changes_labels_or_annotations());
            all.extend(more);
        }
        webhooks.push(webhook("objects.hedgerow.dev", failure, all, conditions, args, ca));
    }
    if !endpoints.is_empty() {
        let conditions = vec![not_by_endpoint_controllers()];
        webhooks.push(webhook("endpoints.hedgerow.dev", "Ignore", rules(&endpoints), conditions, args, ca));
    }
    let updated =
        |kind: &KindInfo| objects.iter().any(|known| same(known, kind) && operations(known).contains(&"UPDATE"));
    let mut all = labels::rules(labelled.iter().filter(|kind| !updated(kind)));
    if args.guard_pods {
        all.extend(labels::pods_created(labelled));
    }
    if !all.is_empty() {
        let conditions = vec![not_by_workload_controllers(), labels::differ()];
        webhooks.push(webhook("labels.hedgerow.dev", "Ignore", all, conditions, args, ca));
    }
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": "hedgerow" },
        "webhooks": webhooks,
    })
}

fn webhook(
    name: &str,
    failure_policy: &str,
    rules: Vec<Value>,
    conditions: Vec<Value>,
    args: &Config,
    ca: Option<&[u8]>,
) -> Value {
    let mut webhook = Map::new();
    webhook.insert("name".into(), name.into());
    webhook.insert("clientConfig".into(), client_config(args, ca));
    webhook.insert("rules".into(), rules.into());
    webhook.insert("namespaceSelector".into(), exempt(args));
    if !conditions.is_empty() {
        webhook.insert("matchConditions".into(), conditions.into());
    }
    webhook.insert("failurePolicy".into(), failure_policy.into());
    webhook.insert("matchPolicy".into(), "Equivalent".into());
    webhook.insert("sideEffects".into(), "None".into());
    webhook.insert("timeoutSeconds".into(), args.timeout.into());
    webhook.insert("admissionReviewVersions".into(), json!(["v1"]));
    Value::Object(webhook)
}

fn client_config(args: &Config, ca: Option<&[u8]>) -> Value {
    let mut config = match &args.url {
        Some(url) => json!({ "url": format!("{}/validate", url.trim_end_matches('/')) }),
        None => json!({ "service": {
            "namespace": args.service.namespace,
            "name": args.service.name,
            "port": args.service.port,
            "path": "/validate",
        }}),
    };
    if let (Some(ca), Some(config)) = (ca, config.as_object_mut()) {
        config.insert("caBundle".into(), json!(ByteString(ca.to_vec())));
    }
    config
}

/// Kinds of the same group, versions, scope and operations share a rule.
fn rules(kinds: &[&KindInfo]) -> Vec<Value> {
    let resources = |kind: &KindInfo| vec![kind.plural.clone()];
    rules_of(kinds.iter().map(|kind| (*kind, resources(kind), operations(kind))))
}

/// Writes to `status`, and to `finalize` of a Namespace, carry the whole object: the API server puts the old specification
/// back, but takes new labels and annotations. No other subresource can change what policies read: `ephemeralcontainers`
/// have no ports, `resize` changes resources alone, `binding` is the scheduler's, and `scale` carries another kind.
/// Source: the `PrepareForUpdate` of the strategies under `pkg/registry` of Kubernetes 1.37.
fn subresource_rules(kinds: &[&KindInfo]) -> Vec<Value> {
    let updated = kinds.iter().filter(|kind| operations(kind).contains(&"UPDATE"));
    let resources = |kind: &KindInfo| {
        let names: &[&str] = match (kind.group.as_str(), kind.plural.as_str()) {
            ("", "namespaces") => &["status", "finalize"],
            // It has no status.
            ("networking.k8s.io", "networkpolicies") => &[],
            _ => &["status"],
        };
        names.iter().map(|name| format!("{}/{name}", kind.plural)).collect::<Vec<_>>()
    };
    let with_some = updated.map(|kind| (*kind, resources(kind), vec!["UPDATE"]));
    rules_of(with_some.filter(|(_, resources, _)| !resources.is_empty()))
}

pub(super) fn rules_of<'a>(kinds: impl Iterator<Item = (&'a KindInfo, Vec<String>, Vec<&'static str>)>) -> Vec<Value> {
    let mut rules: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (kind, resources, operations) in kinds.filter(|(_, _, operations)| !operations.is_empty()) {
        rules.entry((&kind.group, &kind.versions, kind.namespaced, operations)).or_default().extend(resources);
    }
    let rules = rules.into_iter().map(|((group, versions, namespaced, operations), mut resources)| {
        resources.sort_unstable();
        json!({
            "apiGroups": [group],
            "apiVersions": versions,
            "resources": resources,
            "operations": operations,
            "scope": if namespaced { "Namespaced" } else { "Cluster" },
        })
    });
    rules.collect()
}

fn operations(kind: &KindInfo) -> Vec<&'static str> {
    let known = [("create", "CREATE"), ("update", "UPDATE"), ("delete", "DELETE"), ("connect", "CONNECT")];
    let decided = known.into_iter().filter(|(operation, _)| kind.operations.iter().any(|at| at == operation));
    decided.map(|(_, name)| name).collect()
}

/// By the label that the API server sets itself: nobody can gain an exemption by labelling a namespace.
fn exempt(args: &Config) -> Value {
    let mut exempt: Vec<&str> = args.exempt.iter().map(String::as_str).collect();
    exempt.extend(["kube-system", &args.service.namespace]);
    exempt.sort_unstable();
    exempt.dedup();
    json!({ "matchExpressions": [{ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": exempt }] })
}

fn not_by_endpoint_controllers() -> Value {
    json!({
        "name": "not-by-the-control-plane",
        "expression": format!("!(request.userInfo.username in {})", cel_list(ENDPOINT_CONTROLLERS)),
    })
}

fn not_by_workload_controllers() -> Value {
    json!({
        "name": "not-made-from-a-template-by-the-control-plane",
        "expression": format!(
            "!(request.resource.resource in {} && request.userInfo.username in {})",
            cel_list(MADE_BY_CONTROLLERS),
            cel_list(WORKLOAD_CONTROLLERS),
        ),
    })
}

/// Controllers and kubelets write statuses all the time; only a write that could change an answer is asked about.
fn changes_labels_or_annotations() -> Value {
    let of = |object: &str, field: &str| format!("(has({object}.metadata.{field}) ? {object}.metadata.{field} : {{}})");
    let changed = |field: &str| format!("{} != {}", of("object", field), of("oldObject", field));
    json!({
        "name": "not-a-status-with-the-same-labels-and-annotations",
        "expression": format!(
            "!has(request.subResource) || request.subResource == '' || {} || {}",
            changed("labels"),
            changed("annotations"),
        ),
    })
}

fn cel_list(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
    format!("[{}]", texts.join(", "))
}

fn same(one: &KindInfo, other: &KindInfo) -> bool {
    (&one.group, &one.plural) == (&other.group, &other.plural)
}

fn is_one_of(kind: &KindInfo, list: &[(&str, &str)]) -> bool {
    list.contains(&(kind.group.as_str(), kind.plural.as_str()))
}
