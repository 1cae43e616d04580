//! Service (core/v1).

use super::kind::{Kind, Scope};
use super::meta::tags;
use super::shape::{Literal, Part, Shape, default, optional, or_empty, required};
use super::{Notes, Path, port};
use crate::net::{Cidr, Family, parse_address};
use crate::text::Value;
use std::net::IpAddr;

/// One port of a Service.
pub(super) const SERVICE_PORT: Part = Part {
    entity: "core::v1::ServicePort",
    owner: "core::v1::Service",
    doc: "One element of `spec.ports`.",
    fields: &[
        optional("name", Shape::Text, "DNS label; required by the API when there are several ports."),
        default("protocol", Shape::Text, Literal::Text("TCP"), "`TCP`, `UDP` or `SCTP`."),
        required("port", Shape::Long, "The port that the Service offers, 1 to 65535."),
        optional(
            "targetPort",
            Shape::PortOrName,
            "Port of the pod, by number or by the container port's name; `port` if absent.",
        ),
        optional("nodePort", Shape::Long, "Port on every node, for NodePort and LoadBalancer."),
        optional("appProtocol", Shape::Text, "Application protocol, such as `http` or `kubernetes.io/h2c`."),
    ],
};

/// What is read of a Service. Source: `k8s.io/api/core/v1.ServiceSpec`.
pub(super) const SERVICE: Kind = Kind {
    group: "",
    versions: &["v1"],
    kind: "Service",
    plural: "services",
    scope: Scope::Namespaced,
    entity: "core::v1::Service",
    template: None,
    doc: "A name and a virtual address for the pods that a selector picks.",
    fields: &[or_empty(
        "spec",
        Shape::Record(&[
            default(
                "type",
                Shape::Text,
                Literal::Text("ClusterIP"),
                "`ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.",
            ),
            or_empty(
                "selector",
                Shape::Tags("core::v1::Selector"),
                "Labels that the pods behind the Service have; empty selects none.",
            ),
            or_empty("ports", Shape::Parts(&SERVICE_PORT), "The ports offered."),
            optional("clusterIP", Shape::Text, "The virtual address; `None` makes the Service headless."),
            optional("externalName", Shape::Text, "The name that an ExternalName Service is an alias of."),
            or_empty(
                "externalIPs",
                Shape::Set(&Shape::Address),
                "Addresses whose traffic nodes accept for the Service.",
            ),
            optional("loadBalancerIP", Shape::Text, "Deprecated since 1.24."),
            or_empty(
                "loadBalancerSourceRanges",
                Shape::Set(&Shape::Address),
                "Client ranges that the load balancer admits; empty admits all.",
            ),
            optional("loadBalancerClass", Shape::Text, "Which controller makes the load balancer."),
            optional(
                "allocateLoadBalancerNodePorts",
                Shape::Bool,
                "Whether a LoadBalancer also gets node ports; true if absent.",
            ),
            default("externalTrafficPolicy", Shape::Text, Literal::Text("Cluster"), "`Cluster` or `Local`."),
            default("internalTrafficPolicy", Shape::Text, Literal::Text("Cluster"), "`Cluster` or `Local`."),
            optional("healthCheckNodePort", Shape::Long, "Health check port for `externalTrafficPolicy: Local`."),
            default(
                "publishNotReadyAddresses",
                Shape::Bool,
                Literal::Bool(false),
                "Whether DNS also returns pods that are not ready.",
            ),
            default("sessionAffinity", Shape::Text, Literal::Text("None"), "`None` or `ClientIP`."),
            optional("ipFamilyPolicy", Shape::Text, "`SingleStack`, `PreferDualStack` or `RequireDualStack`."),
            or_empty("ipFamilies", Shape::Set(&Shape::Text), "`IPv4`, `IPv6`."),
            optional(
                "trafficDistribution",
                Shape::Text,
                "`PreferSameZone`, `PreferSameNode` or the deprecated alias `PreferClose`.",
            ),
        ]),
        "The specification.",
    )],
};

/// A Service in typed form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// `spec.type`, `ClusterIP` if absent.
    pub kind: String,
    /// Labels that pods must have, sorted by key; empty selects none.
    pub selector: Vec<(String, String)>,
    /// The ports, as many as the text has: one that could not be read (see `Object::is_readable`) has the number 0.
    pub ports: Vec<ServicePort>,
    /// `clusterIP` is `None`.
    pub headless: bool,
    /// `spec.externalName`.
    pub external_name: Option<String>,
    /// `spec.loadBalancerClass`.
    pub load_balancer_class: Option<String>,
    /// `spec.clusterIPs`, or `spec.clusterIP` where that is absent; only those that are addresses.
    pub cluster_ips: Vec<IpAddr>,
    /// `spec.externalIPs`, only those that are addresses.
    pub external_ips: Vec<IpAddr>,
    /// `spec.loadBalancerSourceRanges`, only those that are prefixes.
    pub source_ranges: Vec<Cidr>,
    /// `spec.ipFamilies`.
    pub families: Vec<Family>,
    /// `spec.ipFamilyPolicy` is `PreferDualStack` or `RequireDualStack`.
    pub dual_stack: bool,
    /// `spec.publishNotReadyAddresses`.
    pub publish_not_ready: bool,
    /// `spec.externalTrafficPolicy` is `Local`.
    pub external_local: bool,
    /// `spec.internalTrafficPolicy` is `Local`.
    pub internal_local: bool,
}

/// A port of a Service in typed form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// Name; empty if it has none.
    pub name: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The port offered.
    pub port: u16,
    /// Where it goes; the number of `port` if absent.
    pub target: TargetPort,
    /// Port on every node.
    pub node_port: Option<u16>,
}

/// Where a Service's port goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// A container port's name, looked up in each pod.
    Name(String),
}

/// The types that the API knows.
const TYPES: [&str; 4] = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];

impl Service {
    pub(super) fn lower(object: &Value, notes: &mut Notes<'_>) -> Service {
        let spec = object.get("spec").unwrap_or(&Value::NULL);
        let path = Path::ROOT.key("spec");
        let text = |key| spec.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(value) = spec.get("type") {
            notes.expect_word(&path.key("type"), value, &TYPES);
        }
        let ports = spec.get("ports").and_then(Value::as_list).unwrap_or_default();
        let path = path.key("ports");
        Service {
            kind: text("type").unwrap_or("ClusterIP").to_owned(),
            selector: tags(spec.get("selector"), |_| true),
            ports: ports
                .iter()
                .enumerate()
                .map(|(index, port)| service_port(port, &path.index(index), notes))
                .collect(),
            headless: text("clusterIP") == Some("None"),
            external_name: text("externalName").map(str::to_owned),
            load_balancer_class: text("loadBalancerClass").map(str::to_owned),
            cluster_ips: cluster_ips(spec),
            external_ips: texts(spec, "externalIPs").filter_map(parse_address).collect(),
            source_ranges: texts(spec, "loadBalancerSourceRanges")
                .filter_map(|range| Cidr::parse(range.trim()))
                .collect(),
            families: texts(spec, "ipFamilies").filter_map(Family::parse).collect(),
            dual_stack: matches!(text("ipFamilyPolicy"), Some("PreferDualStack" | "RequireDualStack")),
            publish_not_ready: spec.get("publishNotReadyAddresses").and_then(Value::as_bool).unwrap_or(false),
            external_local: text("externalTrafficPolicy") == Some("Local"),
            internal_local: text("internalTrafficPolicy") == Some("Local"),
        }
    }
}

fn texts<'a>(spec: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    spec.get(key).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_str)
}

fn cluster_ips(spec: &Value) -> Vec<IpAddr> {
    let listed: Vec<_> = texts(spec, "clusterIPs").filter_map(parse_address).collect();
    let one = spec.get("clusterIP").and_then(Value::as_str).and_then(parse_address);
    if listed.is_empty() { one.into_iter().collect() } else { listed }
}

fn service_port(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> ServicePort {
    let port = port::required(value, "port", path, notes).unwrap_or_default();
    ServicePort {
        name: value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        protocol: port::protocol(value, path, notes),
        port,
        target: port::number_or_name(value, "targetPort", path, notes).unwrap_or(TargetPort::Number(port)),
        node_port: port::number(value, "nodePort", path, notes),
    }
}
