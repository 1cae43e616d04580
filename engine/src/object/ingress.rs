//! Ingress (networking/v1).

use super::kind::{Kind, Scope};
use super::shape::Literal;
use super::shape::{Field, Part, Shape, default, optional, or_empty, required};
use super::{Notes, Path, TargetPort, port};
use crate::text::Value;

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

const PATH_TYPES: [&str; 3] = ["Exact", "Prefix", "ImplementationSpecific"];

impl Ingress {
    pub(super) fn lower(object: &Value, notes: &mut Notes<'_>) -> Ingress {
        let spec = object.get("spec").unwrap_or(&Value::NULL);
        let path = Path::ROOT.key("spec");
        if let Some(value) = spec.get("defaultBackend") {
            backend(value, &path.key("defaultBackend"), notes);
        }
        let hosts = list(spec, "tls").iter().flat_map(|entry| list(entry, "hosts"));
        let path = path.key("rules");
        let rules = list(spec, "rules").iter().enumerate();
        Ingress {
            tls_hosts: hosts.filter_map(Value::as_str).map(str::to_owned).collect(),
            rules: rules.map(|(index, value)| rule(value, &path.index(index), notes)).collect(),
        }
    }
}

fn rule(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> (String, Vec<IngressPath>) {
    let host = value.get("host").and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = path.key("http");
    let path = path.key("paths");
    let paths = value.get("http").map(|http| list(http, "paths")).unwrap_or_default().iter().enumerate();
    (host, paths.map(|(index, value)| ingress_path(value, &path.index(index), notes)).collect())
}

fn ingress_path(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> IngressPath {
    if let Some(value) = value.get("pathType") {
        notes.expect_word(&path.key("pathType"), value, &PATH_TYPES);
    }
    IngressPath {
        path: value.get("path").and_then(Value::as_str).unwrap_or_default().to_owned(),
        backend: value.get("backend").and_then(|value| backend(value, &path.key("backend"), notes)),
    }
}

/// The Service that a backend names, and which of its ports.
fn backend(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<(String, Option<TargetPort>)> {
    let service = value.get("service")?;
    let name = service.get("name")?.as_str()?.to_owned();
    let path = path.key("service");
    let given = service.get("port").unwrap_or(&Value::NULL);
    let number = port::number(given, "number", &path.key("port"), notes).map(TargetPort::Number);
    let by_name = || given.get("name").and_then(Value::as_str).map(|name| TargetPort::Name(name.to_owned()));
    Some((name, number.or_else(by_name)))
}

fn list<'a>(parent: &'a Value, key: &str) -> &'a [Value] {
    parent.get(key).and_then(Value::as_list).unwrap_or_default()
}
