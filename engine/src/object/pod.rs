//! Pod (core/v1), and the pod template that every workload kind has.

use super::kind::{Kind, Scope};
use super::meta::tags;
use super::shape::{Field, Literal, Part, Shape, default, optional, or_empty, required};
use super::{Notes, Path, port};
use crate::text::Value;

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
    /// `spec.dnsPolicy`, `ClusterFirst` if absent.
    pub dns_policy: String,
    /// `spec.dnsConfig`.
    pub dns_config: DnsConfig,
}

/// `spec.dnsConfig` of a pod. Source: `k8s.io/api/core/v1.PodDNSConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsConfig {
    /// Addresses of name servers, as written.
    pub nameservers: Vec<String>,
    /// Search domains, as written.
    pub searches: Vec<String>,
    /// Options by name, such as `ndots`, with their values.
    pub options: Vec<(String, Option<String>)>,
}

impl DnsConfig {
    fn lower(config: Option<&Value>) -> DnsConfig {
        let config = config.unwrap_or(&Value::NULL);
        let list = |key| config.get(key).and_then(Value::as_list).unwrap_or_default().iter();
        let texts = |key| list(key).filter_map(Value::as_str).map(str::to_owned).collect();
        let text = |option: &Value, key| option.get(key).and_then(Value::as_str).map(str::to_owned);
        let options = list("options").filter_map(|option| Some((text(option, "name")?, text(option, "value"))));
        DnsConfig { nameservers: texts("nameservers"), searches: texts("searches"), options: options.collect() }
    }
}

impl PodTemplate {
    /// Reads the template at `path`.
    pub(super) fn lower(template: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> PodTemplate {
        let spec = template.get("spec").unwrap_or(&Value::NULL);
        let path = path.key("spec");
        let text = |key| spec.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut containers = Containers::default();
        containers.read(spec, "containers", |_| true, &path, notes);
        // Init containers with `restartPolicy: Always` are sidecars: they run, and listen, beside the containers.
        let is_sidecar = |container: &Value| container.get("restartPolicy").and_then(Value::as_str) == Some("Always");
        containers.read(spec, "initContainers", is_sidecar, &path, notes);
        PodTemplate {
            labels: tags(template.at(&["metadata", "labels"]), |_| true),
            ports: containers.ports,
            host_network: spec.get("hostNetwork").and_then(Value::as_bool).unwrap_or(false),
            service_account: text("serviceAccountName").or(text("serviceAccount")).unwrap_or("default").to_owned(),
            hostname: text("hostname").map(str::to_owned),
            subdomain: text("subdomain").map(str::to_owned),
            readiness_probe: containers.readiness_probe,
            dns_policy: text("dnsPolicy").unwrap_or("ClusterFirst").to_owned(),
            dns_config: DnsConfig::lower(spec.get("dnsConfig")),
        }
    }
}

#[derive(Default)]
struct Containers {
    ports: Vec<ContainerPort>,
    readiness_probe: bool,
}

impl Containers {
    fn read(
        &mut self,
        spec: &Value,
        key: &str,
        takes: impl Fn(&Value) -> bool,
        path: &Path<'_>,
        notes: &mut Notes<'_>,
    ) {
        let path = path.key(key);
        let list = spec.get(key).and_then(Value::as_list).unwrap_or_default();
        for (index, container) in list.iter().enumerate().filter(|(_, container)| takes(container)) {
            let path = path.index(index);
            let path = path.key("ports");
            let ports = container.get("ports").and_then(Value::as_list).unwrap_or_default();
            self.readiness_probe |= !ports.is_empty() && container.get("readinessProbe").is_some();
            for (index, port) in ports.iter().enumerate() {
                self.ports.extend(container_port(port, &path.index(index), notes));
            }
        }
    }
}

/// A port without a usable number is left out; it is told, and the object is not readable there.
fn container_port(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<ContainerPort> {
    let number = port::required(value, "containerPort", path, notes);
    port::number(value, "hostPort", path, notes);
    let protocol = port::protocol(value, path, notes);
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(ContainerPort { name, number: number?, protocol, field: path.pointer() })
}
