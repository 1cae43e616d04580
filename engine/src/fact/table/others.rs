//! Facts about namespaces, Ingresses and endpoints, and those that many types have.

use super::*;

/// Of whatever is in a namespace.
pub(super) const COMMON_ROWS: &[FactSpec] = &[row(
    NAMESPACED,
    "environment",
    Text,
    "metadata/namespace",
    "Value of the namespace's environment label (`environment`, then `env`, unless set otherwise).",
    "the namespace has no such label",
    "the namespace is not known",
)
.by(NAMESPACES, environment::environment)
.shown_by(environment::places)];

/// Of a Namespace.
pub(super) const NAMESPACE_ROWS: &[FactSpec] = &[
    row(
        NAMESPACE,
        "defaultDenyIngress",
        Bool,
        "metadata/name",
        "A NetworkPolicy isolates every pod for ingress and allows nothing by itself.",
        "",
        "none is here, and the NetworkPolicies of the namespace are not all known",
    )
    .by(POLICIES, namespace::default_deny_ingress)
    .shown_by(namespace::default_deny_ingress_places),
    row(
        NAMESPACE,
        "defaultDenyEgress",
        Bool,
        "metadata/name",
        "A NetworkPolicy isolates every pod for egress and allows nothing by itself, or only DNS.",
        "",
        "none is here, and the NetworkPolicies of the namespace are not all known",
    )
    .by(POLICIES, namespace::default_deny_egress)
    .shown_by(namespace::default_deny_egress_places),
    row(NAMESPACE, "workloadCount", Long, "metadata/name", "Workloads in the namespace.", "", NO_WORKLOADS)
        .by(WORKLOADS, namespace::workload_count),
    row(
        NAMESPACE,
        "loadBalancers",
        Long,
        "metadata/name",
        "LoadBalancer Services in the namespace.",
        "",
        "the Services of the namespace are not all known",
    )
    .by(SERVICES, namespace::load_balancers),
];

/// Of the hosts and paths of an Ingress.
pub(super) const INGRESS_ROWS: &[FactSpec] = &[
    row(
        INGRESS_PATH,
        "backendMissing",
        Bool,
        "backend",
        "The backend Service does not exist.",
        "the backend is no Service",
        "no such Service is here, and the Services of the namespace are not all known",
    )
    .by(SERVICES, ingress::backend_missing),
    row(
        INGRESS_PATH,
        "backendPortMissing",
        Bool,
        "backend",
        "The backend Service exists and does not offer the port.",
        "the backend is no Service, or the Service is missing",
        "no such Service is here, and the Services of the namespace are not all known",
    )
    .by(SERVICES, ingress::backend_port_missing)
    .shown_by(ingress::backend_places),
    row(
        INGRESS_PATH,
        "sameHostAndPath",
        Texts,
        "path",
        "Other Ingresses with the same host and path.",
        "",
        "none is here, and the Ingresses of all namespaces are not all known",
    )
    .by(INGRESSES, ingress::same_host_and_path)
    .shown_by(ingress::same_host_and_path_places),
    row(
        INGRESS_HOST,
        "coveredByTls",
        Bool,
        "host",
        "An entry of `spec.tls` covers the host.",
        "the rule has no host",
        "",
    )
    .by(ALONE, ingress::covered_by_tls),
];

/// Of EndpointSlices and Endpoints.
pub(super) const ENDPOINT_ROWS: &[FactSpec] = &[
    row(
        SLICES,
        "dangerousAddresses",
        Texts,
        "",
        "Addresses that are loopback, link-local, or a cloud's metadata service.",
        "",
        "",
    )
    .by(ALONE, endpoints::dangerous_addresses),
    row(
        SLICES,
        "serviceSelects",
        Bool,
        "",
        "The Service that the object belongs to has a selector, so that the control plane manages its endpoints.",
        "it names no Service, or the Service does not exist",
        "no such Service is here, and the Services of the namespace are not all known",
    )
    .by(SERVICES, endpoints::service_selects)
    .shown_by(endpoints::service_places),
];
