//! The kinds that run pods: Deployment, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob.

use super::kind::{Kind, Scope};
use super::shape::{Field, Shape, optional, or_empty};
use super::{Notes, Path, PodTemplate};
use crate::net::parse_address;
use crate::text::Value;
use std::net::IpAddr;

/// `spec.replicas` and `spec.selector` of the apps kinds.
pub(super) const REPLICATED: &[Field] = &[or_empty(
    "spec",
    Shape::Record(&[
        optional("replicas", Shape::Long, "How many pods are wanted; 1 if absent."),
        or_empty("selector", Shape::Selector, "Which pods belong to it."),
    ]),
    "The specification.",
)];

const fn workload(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    entity: &'static str,
    fields: &'static [Field],
    template: &'static [&'static str],
    doc: &'static str,
) -> Kind {
    Kind {
        group,
        versions: &["v1"],
        kind,
        plural,
        scope: Scope::Namespaced,
        entity,
        fields,
        template: Some(template),
        doc,
    }
}

const TEMPLATE: &[&str] = &["spec", "template"];

/// Deployment (apps/v1).
pub(super) const DEPLOYMENT: Kind = workload(
    "apps",
    "Deployment",
    "deployments",
    "apps::v1::Deployment",
    REPLICATED,
    TEMPLATE,
    "Interchangeable pods, rolled out.",
);
/// DaemonSet (apps/v1).
pub(super) const DAEMON_SET: Kind =
    workload("apps", "DaemonSet", "daemonsets", "apps::v1::DaemonSet", &[], TEMPLATE, "A pod on every node.");
/// ReplicaSet (apps/v1).
pub(super) const REPLICA_SET: Kind = workload(
    "apps",
    "ReplicaSet",
    "replicasets",
    "apps::v1::ReplicaSet",
    REPLICATED,
    TEMPLATE,
    "Interchangeable pods.",
);
/// ReplicationController (core/v1).
pub(super) const REPLICATION_CONTROLLER: Kind = workload(
    "",
    "ReplicationController",
    "replicationcontrollers",
    "core::v1::ReplicationController",
    &[],
    TEMPLATE,
    "The predecessor of ReplicaSet.",
);
/// Job (batch/v1).
pub(super) const JOB: Kind =
    workload("batch", "Job", "jobs", "batch::v1::Job", &[], TEMPLATE, "Pods that run to their end.");
/// CronJob (batch/v1).
pub(super) const CRON_JOB: Kind = workload(
    "batch",
    "CronJob",
    "cronjobs",
    "batch::v1::CronJob",
    &[],
    &["spec", "jobTemplate", "spec", "template"],
    "Jobs on a schedule.",
);

/// Pods that share namespace, labels, service account and ports, in typed form: any of the workload kinds, or a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Its pods.
    pub template: PodTemplate,
    /// Pods wanted; `None` where the kind has no number (DaemonSet, Job, CronJob).
    pub replicas: Option<u32>,
    /// `spec.ordinals.start` of a StatefulSet: the number of its first pod.
    pub first_ordinal: u32,
    /// `spec.serviceName` of a StatefulSet.
    pub service_name: Option<String>,
    /// A Pod that has run to its end (`status.phase` Succeeded or Failed): it takes no traffic.
    pub ended: bool,
    /// What the cluster says of a Pod, if the text has it (`status.phase` is there).
    pub status: Option<PodStatus>,
}

/// `status` of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodStatus {
    /// `status.podIPs`, or `status.podIP` where that is absent.
    pub addresses: Vec<IpAddr>,
    /// The condition `Ready` is true.
    pub ready: bool,
}

impl PodStatus {
    fn lower(status: &Value) -> PodStatus {
        let list = |key| status.get(key).and_then(Value::as_list).unwrap_or_default().iter();
        let each = list("podIPs").filter_map(|entry| entry.get("ip")?.as_str());
        let one = status.get("podIP").and_then(Value::as_str);
        let listed: Vec<_> = each.filter_map(parse_address).collect();
        let is_ready = |condition: &Value| {
            let text = |key| condition.get(key).and_then(Value::as_str);
            text("type") == Some("Ready") && text("status") == Some("True")
        };
        PodStatus {
            addresses: if listed.is_empty() { one.and_then(parse_address).into_iter().collect() } else { listed },
            ready: list("conditions").any(is_ready),
        }
    }
}

impl Workload {
    /// Reads an object whose pod template stands at `steps`.
    pub(super) fn lower(object: &Value, kind: &str, steps: &'static [&'static str], notes: &mut Notes<'_>) -> Workload {
        let template = object.at(steps).unwrap_or(&Value::NULL);
        let phase = object.at(&["status", "phase"]).and_then(Value::as_str);
        Workload {
            template: at(steps, &Path::ROOT, &mut |path| PodTemplate::lower(template, path, notes)),
            replicas: replicas(object, kind, notes),
            first_ordinal: first_ordinal(object, kind, notes),
            service_name: object.at(&["spec", "serviceName"]).and_then(Value::as_str).map(str::to_owned),
            ended: kind == "Pod" && matches!(phase, Some("Succeeded" | "Failed")),
            status: phase.filter(|_| kind == "Pod").and(object.get("status")).map(PodStatus::lower),
        }
    }
}

/// Calls `read` with the path that `steps` lead to from `path`.
fn at<T>(steps: &[&str], path: &Path<'_>, read: &mut dyn FnMut(&Path<'_>) -> T) -> T {
    match steps.split_first() {
        None => read(path),
        Some((step, rest)) => at(rest, &path.key(step), read),
    }
}

fn replicas(object: &Value, kind: &str, notes: &mut Notes<'_>) -> Option<u32> {
    match kind {
        "Pod" => return Some(1),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController" => {}
        _ => return None,
    }
    let Some(value) = object.at(&["spec", "replicas"]) else { return Some(1) };
    Some(count(value, 1, &Path::ROOT.key("spec").key("replicas"), notes))
}

/// Source: `k8s.io/api/apps/v1.StatefulSetOrdinals`.
fn first_ordinal(object: &Value, kind: &str, notes: &mut Notes<'_>) -> u32 {
    match object.at(&["spec", "ordinals", "start"]) {
        Some(value) if kind == "StatefulSet" => {
            count(value, 0, &Path::ROOT.key("spec").key("ordinals").key("start"), notes)
        }
        _ => 0,
    }
}

/// A number that the API wants to be 0 or more; `default` if it is none.
fn count(value: &Value, default: i64, path: &Path<'_>, notes: &mut Notes<'_>) -> u32 {
    let number = value.as_int().unwrap_or(default);
    if number < 0 {
        notes.refused(path, value, "and the API wants 0 or more", None);
    }
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
