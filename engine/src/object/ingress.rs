//! Ingress (networking/v1).

use super::TargetPort;
use super::kind::{Kind, Scope};
use super::shape::Literal;
use super::shape::{Field, Part, Shape, default, optional, or_empty, required};

const BACKEND: &[Field] = &[optional(
    "service",
    Shape::Record(&[
        required("name", Shape::Text, "The Service, in the Ingress' namespace."),
        optional(
            "port",
            Shape::Record(&[
                optional("number", Shape::Long, "Port of the Service."),
                optional("name", Shape::Text, "Name of the Service's port."),
            ]),
            "Which port.",
        ),
    ]),
    "A Service; absent if the backend is another resource.",
)];

/// A path of an Ingress.
pub(super) const INGRESS_PATH: Part = Part {
    entity: "networking::v1::IngressPath",
    owner: "networking::v1::Ingress",
    doc: "One element of `spec.rules[].http.paths`.",
    fields: &[
        optional("path", Shape::Text, "Path or prefix."),
        default(
            "pathType",
            Shape::Text,
            Literal::Text("ImplementationSpecific"),
            "`Exact`, `Prefix` or `ImplementationSpecific`.",
        ),
        or_empty("backend", Shape::Record(BACKEND), "Where requests go."),
    ],
};
/// A rule of an Ingress.
pub(super) const INGRESS_HOST: Part = Part {
    entity: "networking::v1::IngressHost",
    owner: "networking::v1::Ingress",
    doc: "One element of `spec.rules`: a host and its paths.",
    fields: &[
        optional("host", Shape::Text, "Host name, `*.` in front allowed; every host if absent."),
        optional("http", Shape::Record(&[or_empty("paths", Shape::Parts(&INGRESS_PATH), "The paths.")]), "HTTP paths."),
    ],
};

/// What is read of an Ingress. Source: `k8s.io/api/networking/v1.IngressSpec`.
pub(super) const INGRESS: Kind = Kind {
    group: "networking.k8s.io",
    versions: &["v1"],
    kind: "Ingress",
    plural: "ingresses",
    scope: Scope::Namespaced,
    entity: "networking::v1::Ingress",
    template: None,
    doc: "HTTP from outside to Services.",
    fields: &[or_empty(
        "spec",
        Shape::Record(&[
            optional("ingressClassName", Shape::Text, "Which controller serves it."),
            optional("defaultBackend", Shape::Record(BACKEND), "Where requests go that match no rule."),
            or_empty(
                "tls",
                Shape::Set(&Shape::Record(&[
                    or_empty("hosts", Shape::Set(&Shape::Text), "Hosts that the certificate is for."),
                    optional("secretName", Shape::Text, "The Secret with the certificate."),
                ])),
                "TLS entries.",
            ),
            or_empty("rules", Shape::Parts(&INGRESS_HOST), "Hosts and their paths."),
        ]),
        "The specification.",
    )],
};

/// An Ingress in typed form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingress {
    /// Hosts of `spec.tls`.
    pub tls_hosts: Vec<String>,
    /// One entry for each rule: host (empty for every host) and its paths.
    pub rules: Vec<(String, Vec<IngressPath>)>,
}

/// A path in typed form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngressPath {
    /// The path, empty if absent.
    pub path: String,
    /// The Service and its port, if the backend is a Service.
    pub backend: Option<(String, Option<TargetPort>)>,
}
