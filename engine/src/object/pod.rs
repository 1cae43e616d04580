//! Pod (core/v1), and the pod template that every workload kind has.

use super::kind::{Kind, Scope};
use super::shape::{Field, Literal, Part, Shape, default, optional, or_empty, required};

/// One port of one container.
pub(super) const CONTAINER_PORT: Part = Part {
    entity: "core::v1::ContainerPort",
    owner: "core::v1::PodTemplate",
    doc: "One element of `ports` of a container or init container with `restartPolicy: Always`.",
    fields: &[
        optional("name", Shape::Text, "Name by which Services and NetworkPolicies can refer to it."),
        required("containerPort", Shape::Long, "Port number on the pod's address."),
        optional("hostPort", Shape::Long, "Port on the node that is bound to the container's."),
        default("protocol", Shape::Text, Literal::Text("TCP"), "`TCP`, `UDP` or `SCTP`."),
    ],
};

/// One container of a pod.
pub(super) const CONTAINER: Part = Part {
    entity: "core::v1::Container",
    owner: "core::v1::PodTemplate",
    doc: "One element of `spec.containers`.",
    fields: &[
        required("name", Shape::Text, "Name of the container."),
        or_empty("ports", Shape::Parts(&CONTAINER_PORT), "Ports that the container declares."),
    ],
};

const DNS_CONFIG: &[Field] = &[
    or_empty("nameservers", Shape::Set(&Shape::Text), "Addresses of DNS servers."),
    or_empty("searches", Shape::Set(&Shape::Text), "Search domains."),
    or_empty(
        "options",
        Shape::Set(&Shape::Record(&[
            required("name", Shape::Text, "Option."),
            optional("value", Shape::Text, "Value."),
        ])),
        "Resolver options, such as `ndots`.",
    ),
];

/// What is read of a pod's specification. Source: `k8s.io/api/core/v1.PodSpec`.
pub(super) const POD_SPEC: &[Field] = &[
    default("hostNetwork", Shape::Bool, Literal::Bool(false), "The pod shares the node's network."),
    default(
        "dnsPolicy",
        Shape::Text,
        Literal::Text("ClusterFirst"),
        "`ClusterFirst`, `ClusterFirstWithHostNet`, `Default` or `None`.",
    ),
    optional("dnsConfig", Shape::Record(DNS_CONFIG), "Resolver settings."),
    optional("hostname", Shape::Text, "Host name inside the pod and in DNS."),
    optional("subdomain", Shape::Text, "The headless Service under whose name the pod's host name is found."),
    optional("serviceAccountName", Shape::Text, "Service account; `default` if absent."),
    or_empty("containers", Shape::Parts(&CONTAINER), "The containers."),
];

/// The pod template of a workload, or a Pod itself.
pub const POD_TEMPLATE: Part = Part {
    entity: "core::v1::PodTemplate",
    owner: "",
    doc: "The pods of a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, or a Pod by itself. `ownerKind` and `ownerName` say whose.",
    fields: &[
        or_empty(
            "metadata",
            Shape::Record(&[
                or_empty("labels", Shape::Tags("meta::v1::Labels"), "Labels of the pods."),
                or_empty("annotations", Shape::Tags("meta::v1::Annotations"), "Annotations of the pods."),
            ]),
            "Metadata of the pods.",
        ),
        or_empty("spec", Shape::Record(POD_SPEC), "Specification of the pods."),
    ],
};

/// What is read of a Pod beside its template.
pub(super) const POD: Kind = Kind {
    group: "",
    versions: &["v1"],
    kind: "Pod",
    plural: "pods",
    scope: Scope::Namespaced,
    entity: "core::v1::Pod",
    template: Some(&[]),
    doc: "One pod. What it runs is in its PodTemplate part.",
    fields: &[],
};

/// A container port in typed form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerPort {
    /// Name; empty if it has none.
    pub name: String,
    /// Number.
    pub number: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// JSON pointer of the port inside its object.
    pub field: String,
}

/// A pod template in typed form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTemplate {
    /// Labels of the pods, sorted by key.
    pub labels: Vec<(String, String)>,
    /// Ports of all containers (and sidecars), in the order written.
    pub ports: Vec<ContainerPort>,
    /// On the node's network.
    pub host_network: bool,
    /// Service account, `default` if none is named.
    pub service_account: String,
    /// `spec.hostname`.
    pub hostname: Option<String>,
    /// `spec.subdomain`.
    pub subdomain: Option<String>,
    /// Some container that declares a port has a readinessProbe.
    pub readiness_probe: bool,
}
