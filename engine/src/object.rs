//! Kubernetes objects: what a kind looks like ([`Shape`] tables, one kind a file), and typed forms of the kinds that
//! the engine reasons about.
//!
//! One table per kind says which fields are read, their types and defaults. From it come the type check of the input, the
//! Cedar schema and the Cedar entities (`cedar/`), and the documentation: they cannot drift apart. Start at [`Object`].

pub mod shape;

mod access_review;
mod admin_network_policy;
mod admission_review;
mod baseline_admin_network_policy;
mod cluster_network_policy;
mod conform;
mod endpoint;
mod endpoint_slice;
mod endpoints;
mod fields;
mod ingress;
mod kind;
mod label_selector;
mod lower;
mod meta;
mod namespace;
mod network_policy;
mod notes;
mod origin;
mod path;
mod pod;
mod port;
mod service;
mod stateful_set;
mod tier_dialect;
mod tier_policy;
mod workload;

pub use access_review::{AccessAttributes, AccessRequest, decode_access_review};
pub use admission_review::{AdmissionRequest, Operation, decode_admission_review};
pub use endpoint::{Endpoint, EndpointGroup, EndpointPort};
pub use endpoint_slice::EndpointSlice;
pub use endpoints::Endpoints;
pub use ingress::{Ingress, IngressPath};
pub use kind::{KINDS, Kind, Scope, kind_of, parts_of};
pub use lower::{Body, Lowered, Object, lower, lower_one};
pub use meta::{METADATA, Meta};
pub use namespace::Namespace;
pub use network_policy::{IpBlock, NetworkPolicy, NetworkPolicyPort, Peer, Rule};
pub use origin::Origin;
pub use pod::{ContainerPort, DnsConfig, POD_TEMPLATE, PodTemplate};
pub use service::{Service, ServicePort, TargetPort};
pub use tier_policy::{Action, Tier, TierPeer, TierPods, TierPolicy, TierPort, TierRule};
pub use workload::{PodStatus, Workload};

pub(crate) use label_selector::lower as selector;
use notes::Notes;
pub(crate) use path::Path;
