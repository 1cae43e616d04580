//! StatefulSet (apps/v1).

use super::kind::{Kind, Scope};
use super::shape::{Shape, optional, or_empty};

/// What is read of a StatefulSet beside its pod template. Source: `k8s.io/api/apps/v1.StatefulSetSpec`.
pub(super) const STATEFUL_SET: Kind = Kind {
    group: "apps",
    versions: &["v1"],
    kind: "StatefulSet",
    plural: "statefulsets",
    scope: Scope::Namespaced,
    entity: "apps::v1::StatefulSet",
    template: Some(&["spec", "template"]),
    doc: "Pods with names and storage of their own.",
    fields: &[or_empty(
        "spec",
        Shape::Record(&[
            optional("replicas", Shape::Long, "How many pods are wanted; 1 if absent."),
            optional(
                "ordinals",
                Shape::Record(&[optional("start", Shape::Long, "Number of the first pod; 0 if absent.")]),
                "How the pods are numbered.",
            ),
            or_empty("selector", Shape::Selector, "Which pods belong to it."),
            optional("serviceName", Shape::Text, "The headless Service that gives the pods their names."),
        ]),
        "The specification.",
    )],
};
