//! The objects as written: plain structs, one field for each that the specification speaks of. Absent, null and empty stay
//! apart where the API keeps them apart. Nothing here is shared with the engine.

mod cluster_policy;

pub use cluster_policy::*;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// The objects of a cluster, sorted out by kind.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Every Namespace object: its name and labels.
    pub namespaces: BTreeMap<String, Labels>,
    /// Every workload, in the order given; ended pods too.
    pub workloads: Vec<Workload>,
    /// NetworkPolicies.
    pub network_policies: Vec<Object<NetworkPolicySpec>>,
    /// ClusterNetworkPolicies (`policy.networking.k8s.io/v1alpha2`).
    pub cluster_policies: Vec<Object<ClusterPolicySpec>>,
    /// AdminNetworkPolicies (`policy.networking.k8s.io/v1alpha1`).
    pub admin_policies: Vec<Object<ClusterPolicySpec>>,
    /// The BaselineAdminNetworkPolicy, if there is one.
    pub baseline_policies: Vec<Object<ClusterPolicySpec>>,
}

/// A Pod, or the pods that the template of a Deployment or the like makes.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Kind of the object.
    pub kind: String,
    /// Namespace and name.
    pub metadata: Metadata,
    /// Labels of its pods.
    pub labels: Labels,
    /// Specification of its pods.
    pub spec: PodSpec,
    /// `status.phase`, if it is a Pod.
    pub phase: Option<String>,
}

impl Workload {
    /// `NAMESPACE/NAME`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.metadata.namespace, self.metadata.name)
    }

    /// Whether its pods run no more: `status.phase` of a Pod ("all containers in the pod have terminated").
    pub fn has_ended(&self) -> bool {
        matches!(self.phase.as_deref(), Some("Succeeded" | "Failed"))
    }
}

/// One object that is read for its `spec`.
#[derive(Clone, Debug, Deserialize)]
pub struct Object<S> {
    /// Name, namespace, labels.
    pub metadata: Metadata,
    /// The specification.
    pub spec: S,
}

/// Object metadata.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Name.
    pub name: String,
    /// Namespace; empty on objects of the cluster.
    pub namespace: String,
    /// Labels.
    pub labels: Option<Labels>,
}

#[derive(Deserialize)]
struct PodTemplate {
    #[serde(default)]
    metadata: Metadata,
    spec: PodSpec,
}

#[derive(Default, Deserialize)]
struct PodStatus {
    phase: Option<String>,
}

#[derive(Deserialize)]
struct Pod {
    metadata: Metadata,
    spec: PodSpec,
    #[serde(default)]
    status: PodStatus,
}

/// `k8s.io/api/core/v1.PodSpec`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    /// On the node's network.
    pub host_network: Option<bool>,
    /// Containers.
    pub containers: Vec<Container>,
    /// Init containers; those with `restartPolicy: Always` go on running as sidecars.
    pub init_containers: Vec<Container>,
}

/// A container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Container {
    /// `Always` on an init container makes it a sidecar.
    pub restart_policy: Option<String>,
    /// Declared ports.
    pub ports: Option<Vec<ContainerPort>>,
}

/// A declared port.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerPort {
    /// Name that policies can refer to.
    pub name: Option<String>,
    /// Number.
    pub container_port: u16,
    /// Protocol, TCP if absent.
    pub protocol: Option<Protocol>,
}

/// `TCP`, `UDP` or `SCTP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "three protocols by their names")]
pub enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

/// `k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelector`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that must be there with that value.
    pub match_labels: Option<Labels>,
    /// Requirements.
    pub match_expressions: Option<Vec<Requirement>>,
}

/// One requirement of a selector.
#[derive(Clone, Debug, Deserialize)]
pub struct Requirement {
    /// Label.
    pub key: String,
    /// What must hold.
    pub operator: Operator,
    /// Values of `In` and `NotIn`.
    pub values: Option<Vec<String>>,
}

/// Operators of requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "four operators by their names")]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// `k8s.io/api/networking/v1.NetworkPolicySpec`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkPolicySpec {
    /// Pods it applies to.
    pub pod_selector: Option<LabelSelector>,
    /// Directions it is about.
    pub policy_types: Option<Vec<Direction>>,
    /// Ingress rules.
    pub ingress: Option<Vec<Rule>>,
    /// Egress rules.
    pub egress: Option<Vec<Rule>>,
}

/// `Ingress` or `Egress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[expect(missing_docs, reason = "two directions by their names")]
pub enum Direction {
    Ingress,
    Egress,
}

/// An ingress rule (with `from`) or an egress rule (with `to`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Sources or destinations.
    #[serde(alias = "from", alias = "to")]
    pub peers: Option<Vec<Peer>>,
    /// Ports of the destination.
    pub ports: Option<Vec<PolicyPort>>,
}

/// `NetworkPolicyPeer`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Peer {
    /// Pods.
    pub pod_selector: Option<LabelSelector>,
    /// Namespaces.
    pub namespace_selector: Option<LabelSelector>,
    /// Addresses.
    pub ip_block: Option<IpBlock>,
}

/// `IPBlock`.
#[derive(Clone, Debug, Deserialize)]
pub struct IpBlock {
    /// The block.
    pub cidr: String,
    /// Parts that are left out.
    pub except: Option<Vec<String>>,
}

/// `NetworkPolicyPort`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyPort {
    /// TCP if absent.
    pub protocol: Option<Protocol>,
    /// Number or name.
    pub port: Option<NumberOrName>,
    /// Last port of a range.
    pub end_port: Option<u16>,
}

/// `IntOrString`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "a number or a name")]
pub enum NumberOrName {
    Number(u16),
    Name(String),
}

fn read<T: DeserializeOwned>(document: &Value) -> Result<T> {
    serde_json::from_value(document.clone()).with_context(|| format!("this object is not understood: {document}"))
}

impl Cluster {
    /// Sorts documents out by kind; kinds that the specification does not speak of are left out.
    ///
    /// # Errors
    /// A document of a known kind does not have that kind's fields.
    pub fn decode(documents: &[Value]) -> Result<Cluster> {
        let mut cluster = Cluster::default();
        for document in documents {
            cluster.add(document)?;
        }
        Ok(cluster)
    }

    fn add(&mut self, document: &Value) -> Result<()> {
        let kind = document["kind"].as_str().unwrap_or_default();
        match kind {
            "Namespace" => {
                let metadata: Metadata = read(&document["metadata"])?;
                self.namespaces.insert(metadata.name, metadata.labels.unwrap_or_default());
            }
            "Pod" => {
                let Pod { metadata, spec, status } = read(document)?;
                let labels = metadata.labels.clone().unwrap_or_default();
                self.workloads.push(Workload { kind: kind.into(), metadata, labels, spec, phase: status.phase });
            }
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "CronJob" => {
                let metadata = read(&document["metadata"])?;
                // A CronJob has a template of Jobs, and that one the template of pods.
                let spec = document.pointer("/spec/jobTemplate/spec").unwrap_or(&document["spec"]);
                let template: PodTemplate = read(&spec["template"])?;
                let labels = template.metadata.labels.unwrap_or_default();
                let spec = template.spec;
                self.workloads.push(Workload { kind: kind.into(), metadata, labels, spec, phase: None });
            }
            "NetworkPolicy" => self.network_policies.push(read(document)?),
            "ClusterNetworkPolicy" => self.cluster_policies.push(read(document)?),
            "AdminNetworkPolicy" => self.admin_policies.push(read(document)?),
            "BaselineAdminNetworkPolicy" => self.baseline_policies.push(read(document)?),
            _ => {}
        }
        Ok(())
    }
}
