//! Endpoints (core/v1), deprecated since 1.33.

use super::EndpointGroup;
use super::kind::{Kind, Scope};
use crate::text::Value;
use std::net::IpAddr;

/// What is read of Endpoints: they belong to the Service of the same name.
pub(super) const ENDPOINTS: Kind = Kind {
    group: "",
    versions: &["v1"],
    kind: "Endpoints",
    plural: "endpoints",
    scope: Scope::Namespaced,
    entity: "core::v1::Endpoints",
    template: None,
    doc: "Addresses behind the Service of the same name; deprecated in favour of EndpointSlice.",
    fields: &[],
};

/// Endpoints in typed form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Every address of every subset, ready or not.
    pub addresses: Vec<IpAddr>,
    /// Its subsets.
    pub groups: Vec<EndpointGroup>,
}

impl Endpoints {
    pub(super) fn lower(object: &Value) -> Endpoints {
        let subsets = object.get("subsets").and_then(Value::as_list).unwrap_or_default().iter();
        let groups: Vec<_> = subsets.map(EndpointGroup::of_subset).collect();
        Endpoints { addresses: groups.iter().flat_map(EndpointGroup::addresses).collect(), groups }
    }
}
