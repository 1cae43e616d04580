//! Objects → items, and what an item holds given back.

use super::default_deny;
use super::item::{
    Anchor, EndpointsBody, HostPath, Item, ItemBody, KindName, NamespaceBody, NetworkPolicyBody, OfferedPort,
    OfferedTarget, ServiceBody, ServiceEntry, TemplateDoubts, WorkloadBody,
};
use super::knowledge::WORKLOADS;
use super::policy_rules::{PolicyDoubts, PolicyRules, RuleBook};
use super::symbols::{Label, Sym, Symbols};
use super::template::{Templates, release_labels, retain_labels};
use super::tier_rules::TierPolicyBody;
use crate::net::{Operator, Requirement, Selector, is_dangerous};
use crate::object::{Body, Ingress, Namespace, NetworkPolicy, Object, Service, TargetPort, Workload};

/// The label that every Namespace has, with its own name. Source: KEP-2161.
pub(crate) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The strings and templates that the items of one cluster share.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    pub(super) symbols: Symbols,
    pub(super) templates: Templates,
    pub(super) rules: RuleBook,
}

impl Keeper {
    /// What is kept of an object, without its text.
    pub(super) fn keep(&mut self, object: &Object) -> Item {
        let id = &object.id;
        let controller = object.meta.controller.as_ref().filter(|_| matches!(object.body, Body::Workload(_)));
        let controller = controller.filter(|(kind, _)| WORKLOADS.iter().any(|(_, known)| known == kind));
        Item {
            kind: KindName { group: self.symbols.retain(&id.group), kind: self.symbols.retain(&id.kind) },
            version: self.symbols.retain(&id.version),
            namespace: self.symbols.retain(&id.namespace),
            name: id.name.as_str().into(),
            controller: controller.map(|(kind, name)| (self.symbols.retain(kind), self.symbols.retain(name))),
            unreadable: !object.unreadable.is_empty(),
            body: self.keep_body(object),
            whole: None,
        }
    }

    fn keep_body(&mut self, object: &Object) -> ItemBody {
        match &object.body {
            Body::Namespace(body) => ItemBody::Namespace(self.keep_namespace(object, body)),
            Body::Workload(body) => ItemBody::Workload(self.keep_workload(object, body)),
            Body::Service(body) => ItemBody::Service(Box::new(self.keep_service(body))),
            Body::NetworkPolicy(body) => ItemBody::NetworkPolicy(Box::new(self.keep_network_policy(object, body))),
            Body::TierPolicy(body) => ItemBody::TierPolicy(Box::new(TierPolicyBody::of(object, body))),
            Body::Ingress(body) => ItemBody::Ingress(self.keep_ingress(body)),
            Body::EndpointSlice(body) => self.keep_endpoints(body.service.as_deref(), &body.addresses),
            Body::Endpoints(body) => self.keep_endpoints(Some(&object.id.name), &body.addresses),
            Body::Other => ItemBody::Other,
        }
    }

    fn keep_namespace(&mut self, object: &Object, body: &Namespace) -> NamespaceBody {
        // The API server sets the name label, whatever the text says.
        let mut labels: Vec<_> = object.meta.labels.iter().filter(|(key, _)| key != NAME_LABEL).cloned().collect();
        labels.push((NAME_LABEL.to_owned(), object.id.name.clone()));
        NamespaceBody { labels: retain_labels(&labels, &mut self.symbols), terminating: body.terminating }
    }

    fn keep_workload(&mut self, object: &Object, body: &Workload) -> WorkloadBody {
        let service_name = body.service_name.as_ref().filter(|_| object.id.kind == "StatefulSet");
        WorkloadBody {
            template: self.templates.retain(&body.template, &mut self.symbols),
            replicas: body.replicas,
            first_ordinal: body.first_ordinal,
            service_name: service_name.map(|name| self.symbols.retain(name)),
            ended: body.ended,
            doubts: template_doubts(object),
        }
    }

    fn keep_service(&mut self, body: &Service) -> ServiceBody {
        let selector = if selects_by_labels(body) { body.selector.as_slice() } else { &[] };
        let ports = body.ports.iter().map(|port| OfferedPort {
            name: self.symbols.retain(&port.name),
            protocol: self.symbols.retain(&port.protocol),
            port: port.port,
            node_port: port.node_port,
            target: match &port.target {
                TargetPort::Number(number) => OfferedTarget::Number(*number),
                TargetPort::Name(name) => OfferedTarget::Name(self.symbols.retain(name)),
            },
        });
        ServiceBody {
            ports: ports.collect(),
            load_balancer: body.kind == "LoadBalancer",
            selector: retain_labels(selector, &mut self.symbols),
            headless: body.headless,
            external_name: body
                .external_name
                .as_ref()
                .filter(|_| body.kind == "ExternalName")
                .map(|name| self.symbols.retain(name)),
            entry: ServiceEntry {
                kind: self.symbols.retain(&body.kind),
                external_ips: !body.external_ips.is_empty(),
                external_local: body.external_local,
                source_ranges: body.source_ranges.as_slice().into(),
            },
        }
    }

    fn keep_network_policy(&mut self, object: &Object, body: &NetworkPolicy) -> NetworkPolicyBody {
        let doubts = PolicyDoubts::of(object);
        // What it selects is not sure, so that it has to be found whatever is looked for.
        let anchored = if doubts.selector { &Selector::default() } else { &body.pod_selector };
        NetworkPolicyBody {
            selector: body.pod_selector.clone(),
            anchors: self.retain_anchors(anchored),
            isolates_ingress: body.isolates_ingress,
            isolates_egress: body.isolates_egress,
            default_deny_ingress: default_deny::ingress(body),
            default_deny_egress: default_deny::egress(body),
            allows_dns_udp: default_deny::lets_dns_out(body, "UDP"),
            rules: self.rules.retain(PolicyRules::of(object, body)),
            doubts,
        }
    }

    fn retain_anchors(&mut self, selector: &Selector) -> Box<[Anchor]> {
        let positive = |wanted: &&Requirement| matches!(wanted.operator, Operator::In | Operator::Exists);
        let Some(Requirement { key, operator, values }) = selector.requirements.iter().find(positive) else {
            return Box::new([Anchor::Anything]);
        };
        if *operator == Operator::Exists {
            return Box::new([Anchor::Key(self.symbols.retain(key))]);
        }
        let label = |value: &String| Label { key: self.symbols.retain(key), value: self.symbols.retain(value) };
        values.iter().map(label).map(Anchor::Label).collect()
    }

    fn keep_ingress(&mut self, body: &Ingress) -> Box<[HostPath]> {
        let mut places: Vec<_> = body
            .rules
            .iter()
            .flat_map(|(host, paths)| paths.iter().map(move |path| (host.to_ascii_lowercase(), path.path.clone())))
            .collect();
        places.sort();
        places.dedup();
        let place = |(host, path): (String, String)| HostPath {
            host: self.symbols.retain(&host),
            path: self.symbols.retain(&path),
        };
        places.into_iter().map(place).collect()
    }

    fn keep_endpoints(&mut self, service: Option<&str>, addresses: &[std::net::IpAddr]) -> ItemBody {
        let mut dangerous: Vec<_> = addresses.iter().copied().filter(|address| is_dangerous(*address)).collect();
        dangerous.sort();
        dangerous.dedup();
        let service = service.map(|name| self.symbols.retain(name));
        ItemBody::Endpoints(EndpointsBody { service, dangerous: dangerous.into() })
    }

    /// Gives back what [`Keeper::keep`] took.
    pub(super) fn release(&mut self, item: Item) {
        let Item { kind, version, namespace, name: _, controller, unreadable: _, body, whole: _ } = item;
        let mut syms = vec![kind.group, kind.kind, version, namespace];
        syms.extend(controller.into_iter().flat_map(<[Sym; 2]>::from));
        match body {
            ItemBody::Namespace(body) => release_labels(&body.labels, &mut self.symbols),
            ItemBody::Workload(WorkloadBody {
                template,
                service_name,
                replicas: _,
                first_ordinal: _,
                ended: _,
                doubts: _,
            }) => {
                self.templates.release(template, &mut self.symbols);
                syms.extend(service_name);
            }
            ItemBody::Service(body) => {
                let ServiceBody { load_balancer: _, selector, ports, headless: _, external_name, entry } = *body;
                release_labels(&selector, &mut self.symbols);
                syms.extend(ports.iter().flat_map(|port| [port.name, port.protocol]));
                syms.extend(ports.iter().filter_map(|port| match port.target {
                    OfferedTarget::Name(name) => Some(name),
                    OfferedTarget::Number(_) => None,
                }));
                syms.extend(external_name);
                syms.push(entry.kind);
            }
            ItemBody::NetworkPolicy(body) => {
                syms.extend(body.anchors.iter().flat_map(anchored));
                self.rules.release(&body.rules);
            }
            ItemBody::Ingress(places) => syms.extend(places.iter().flat_map(|place| [place.host, place.path])),
            ItemBody::Endpoints(EndpointsBody { service, dangerous: _ }) => syms.extend(service),
            ItemBody::TierPolicy(_) | ItemBody::Other => {}
        }
        for sym in syms {
            self.symbols.release(sym);
        }
    }
}

/// Where the template stands is a path of the kind's table; what a test makes up has none.
fn template_doubts(object: &Object) -> TemplateDoubts {
    if object.unreadable.is_empty() && object.refused.is_empty() {
        return TemplateDoubts::default();
    }
    let steps = object.kind.and_then(|kind| kind.template).unwrap_or_default();
    let at = |field: &str| steps.iter().fold(String::new(), |path, step| format!("{path}/{step}")) + field;
    let doubted = |field: &str| !object.is_accepted(&at(field));
    TemplateDoubts {
        labels: doubted("/metadata/labels"),
        ports: doubted("/spec/containers") || doubted("/spec/initContainers"),
        host_network: doubted("/spec/hostNetwork"),
    }
}

fn anchored(anchor: &Anchor) -> Vec<Sym> {
    match *anchor {
        Anchor::Anything => Vec::new(),
        Anchor::Key(key) => vec![key],
        Anchor::Label(Label { key, value }) => vec![key, value],
    }
}

/// Whether the control plane looks for pods by the Service's selector: it has one, and is no ExternalName.
pub(crate) fn selects_by_labels(service: &Service) -> bool {
    !service.selector.is_empty() && service.kind != "ExternalName"
}
