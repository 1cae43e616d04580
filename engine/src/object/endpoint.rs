//! Endpoints of a Service, as EndpointSlices and Endpoints list them.

use std::net::IpAddr;

use crate::net::parse_address;
use crate::text::Value;

/// Endpoints that have the same ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointGroup {
    /// The endpoints, in the order written.
    pub endpoints: Vec<Endpoint>,
    /// Their ports, in the order written.
    pub ports: Vec<EndpointPort>,
}

/// One endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Its addresses; those that are none are left out.
    pub addresses: Vec<IpAddr>,
    /// The label by which DNS finds it below the Service's name.
    pub hostname: Option<String>,
    /// Whether it takes traffic; an endpoint that does not say is ready.
    pub ready: bool,
    /// The pod behind it, in the namespace of the Service, if it says.
    pub pod: Option<String>,
}

/// One port of a group of endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointPort {
    /// The name of the Service's port that it stands for; empty if that has none.
    pub name: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The port of the endpoint; `None` for every port.
    pub number: Option<u16>,
}

impl EndpointGroup {
    /// Of an EndpointSlice. Source: `k8s.io/api/discovery/v1.EndpointSlice`.
    pub(super) fn of_slice(slice: &Value) -> EndpointGroup {
        let list = |key| slice.get(key).and_then(Value::as_list).unwrap_or_default().iter();
        EndpointGroup { endpoints: list("endpoints").map(of_slice).collect(), ports: list("ports").map(port).collect() }
    }

    /// Of one subset of Endpoints. Source: `k8s.io/api/core/v1.EndpointSubset`.
    pub(super) fn of_subset(subset: &Value) -> EndpointGroup {
        let list = |key| subset.get(key).and_then(Value::as_list).unwrap_or_default().iter();
        let ready = list("addresses").map(|address| of_address(address, true));
        let endpoints = ready.chain(list("notReadyAddresses").map(|address| of_address(address, false)));
        EndpointGroup { endpoints: endpoints.collect(), ports: list("ports").map(port).collect() }
    }

    /// Every address of every endpoint.
    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.endpoints.iter().flat_map(|endpoint| endpoint.addresses.iter().copied())
    }
}

fn of_slice(value: &Value) -> Endpoint {
    let addresses = value.get("addresses").and_then(Value::as_list).unwrap_or_default().iter();
    Endpoint {
        addresses: addresses.filter_map(|address| parse_address(address.as_str()?)).collect(),
        hostname: text(value, "hostname"),
        ready: value.at(&["conditions", "ready"]).and_then(Value::as_bool).unwrap_or(true),
        pod: pod(value),
    }
}

fn of_address(value: &Value, ready: bool) -> Endpoint {
    let address = value.get("ip").and_then(Value::as_str).and_then(parse_address);
    Endpoint { addresses: address.into_iter().collect(), hostname: text(value, "hostname"), ready, pod: pod(value) }
}

fn pod(value: &Value) -> Option<String> {
    let target = value.get("targetRef")?;
    text(target, "name").filter(|_| target.get("kind").and_then(Value::as_str) == Some("Pod"))
}

fn port(value: &Value) -> EndpointPort {
    EndpointPort {
        name: text(value, "name").unwrap_or_default(),
        protocol: text(value, "protocol").unwrap_or_else(|| "TCP".to_owned()),
        number: value.get("port").and_then(Value::as_int).and_then(|port| u16::try_from(port).ok()),
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}
