//! The kinds that run pods: Deployment, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob.

use super::PodTemplate;
use super::kind::{Kind, Scope};
use super::shape::{Field, Shape, optional, or_empty};

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
    /// `spec.serviceName` of a StatefulSet.
    pub service_name: Option<String>,
    /// A Pod that has run to its end (`status.phase` Succeeded or Failed): it takes no traffic.
    pub ended: bool,
}
