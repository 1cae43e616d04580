//! What Cedar sees of connections: the types of their ends, their actions and their context.

use super::model::{Attribute, EntityType, NAMESPACE, Stands, Type};

/// Entity type of workloads as ends of connections.
pub(super) const WORKLOAD: &str = "net::Workload";
/// Entity type of addresses outside of the cluster as ends of connections.
pub(super) const ADDRESSES: &str = "net::Addresses";
/// Entity types of both ends.
pub(super) const ENDS: [&str; 2] = [ADDRESSES, WORKLOAD];
/// Type of the actions on connections.
pub(super) const NET_ACTION: &str = "net::Action";
/// Actions on connections, as ids.
pub(super) const INTENTS: [&str; 2] = ["connect", "depend"];
/// Entity type of labels.
pub(super) const LABELS: &str = "meta::v1::Labels";

/// The types of ends.
pub(super) fn types() -> Vec<EntityType> {
    vec![
        EntityType {
            name: ADDRESSES,
            asked: false,
            parents: Vec::new(),
            attributes: of_addresses(),
            tags: false,
            doc: "Addresses outside of the cluster. They are cut where policies compare, so that all of them agree.",
        },
        EntityType {
            name: WORKLOAD,
            asked: false,
            parents: vec![NAMESPACE],
            attributes: of_workload(),
            tags: false,
            doc: "The pods of a workload; its id is `NAMESPACE/NAME`.",
        },
    ]
}

/// What the context of a connection has, beside the parameters.
pub(super) fn context() -> Vec<Attribute> {
    vec![
        attribute("port", Type::Long, true, "Port of the destination; it can be compared with numbers and parameters."),
        attribute("protocol", Type::Text, true, "`TCP`, `UDP` or `SCTP`."),
        attribute(
            "service",
            Type::Record(of_service()),
            false,
            "The Service that it goes through; absent where it goes to the pods' own address.",
        ),
        attribute("settled", Type::Bool, true, "It passes for sure; false if the network plugin chooses."),
    ]
}

fn attribute(name: &str, ty: Type, required: bool, doc: &'static str) -> Attribute {
    Attribute { name: name.to_owned(), ty, required, doc, stands: Stands::Nowhere }
}

fn of_service() -> Vec<Attribute> {
    vec![
        attribute("name", Type::Text, true, "`NAMESPACE/NAME`."),
        attribute("namespace", Type::Text, true, "Name of its namespace."),
        attribute(
            "port",
            Type::Long,
            true,
            "The port that it offers; that of the destination, if it is an alias of a name outside. It can be compared with numbers \
             and parameters.",
        ),
        attribute("type", Type::Text, true, "`ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`."),
    ]
}

fn of_workload() -> Vec<Attribute> {
    let labels = || Type::Entity(LABELS);
    vec![
        attribute("environment", Type::Text, false, "Environment of the namespace, by its labels."),
        attribute("hostNetwork", Type::Bool, true, "The pods share the node's network."),
        attribute("kind", Type::Text, true, "Kind of the object that makes the pods, such as `Deployment`."),
        attribute("labels", labels(), true, "Labels of the pods."),
        attribute("name", Type::Text, true, "`NAMESPACE/NAME`, as `hedgerow reach` prints it."),
        attribute("namespace", Type::Text, true, "Name of the namespace."),
        attribute("namespaceLabels", labels(), true, "Labels of the namespace."),
        attribute("serviceAccount", Type::Text, true, "Service account of the pods."),
    ]
}

fn of_addresses() -> Vec<Attribute> {
    let flag = |name, doc| attribute(name, Type::Bool, true, doc);
    vec![
        attribute("address", Type::Address, true, "One of them; for every range that policies write out, all agree."),
        attribute(
            "cidrs",
            Type::Set(Box::new(Type::Address)),
            true,
            "The prefixes of all that may pass, without holes; of more than 256 it is not known.",
        ),
        flag("everything", "Every address of both families may pass."),
        flag("linkLocal", "Link-local: 169.254.0.0/16 and fe80::/10."),
        flag("loopback", "Loopback: 127.0.0.0/8 and ::1."),
        flag("metadataService", "A metadata service of a cloud: 169.254.169.254 and fd00:ec2::254."),
        attribute(
            "name",
            Type::Text,
            true,
            "What may pass, as `hedgerow reach` prints it; `outside` for every address.",
        ),
        flag("private", "Private: RFC 1918, RFC 6598 (100.64.0.0/10) and fc00::/7."),
    ]
}
