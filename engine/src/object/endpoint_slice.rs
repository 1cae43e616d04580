//! EndpointSlice (discovery.k8s.io/v1).

use super::kind::{Kind, Scope};
use super::shape::{Part, Shape, or_empty, required};
use super::{EndpointGroup, Meta};
use crate::text::Value;
use std::net::IpAddr;

/// One endpoint.
pub(super) const ENDPOINT: Part = Part {
    entity: "discovery::v1::Endpoint",
    owner: "discovery::v1::EndpointSlice",
    doc: "One element of `endpoints`.",
    fields: &[or_empty("addresses", Shape::Set(&Shape::Text), "Addresses of the endpoint.")],
};

/// What is read of an EndpointSlice.
pub(super) const ENDPOINT_SLICE: Kind = Kind {
    group: "discovery.k8s.io",
    versions: &["v1"],
    kind: "EndpointSlice",
    plural: "endpointslices",
    scope: Scope::Namespaced,
    entity: "discovery::v1::EndpointSlice",
    template: None,
    doc: "Addresses behind a Service, which the label `kubernetes.io/service-name` names.",
    fields: &[
        required("addressType", Shape::Text, "`IPv4`, `IPv6` or `FQDN`."),
        or_empty("endpoints", Shape::Parts(&ENDPOINT), "The endpoints."),
    ],
};

/// An EndpointSlice in typed form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointSlice {
    /// The Service it belongs to, by the label `kubernetes.io/service-name`.
    pub service: Option<String>,
    /// Every address of every endpoint that is an IP address.
    pub addresses: Vec<IpAddr>,
    /// Its endpoints and their ports.
    pub group: EndpointGroup,
    /// The value of `endpointslice.kubernetes.io/managed-by`.
    pub managed_by: Option<String>,
}

impl EndpointSlice {
    pub(super) fn lower(object: &Value, meta: &Meta) -> EndpointSlice {
        let label = |key: &str| meta.labels.iter().find(|label| label.0 == key).map(|label| label.1.clone());
        let group = EndpointGroup::of_slice(object);
        EndpointSlice {
            service: label("kubernetes.io/service-name"),
            addresses: group.addresses().collect(),
            managed_by: label("endpointslice.kubernetes.io/managed-by"),
            group,
        }
    }
}
