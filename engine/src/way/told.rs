//! What the steps of a way say.

use super::branch::Branch;
use super::nearest::nearest_services;
use super::step::{Stage, Step};
use crate::cluster::{Cluster, Knowledge};
use crate::dns::{Backend, Backends, Client, PodsOf, Resolution, Servers, Supplier};
use crate::finding::ObjectRef;
use crate::object::{Service, ServicePort, TargetPort};
use crate::reach::Verdict;

pub(super) fn named(id: &ObjectRef) -> String {
    format!("{}/{}", id.namespace, id.name)
}

/// How pods are told in a line.
pub(super) fn pods(of: &PodsOf) -> String {
    match of {
        PodsOf::Pod { name, workload } => format!("{}/{name}", workload.namespace),
        PodsOf::Ordinals { workload, first, count: 1 } => format!("{}-{first}", named(workload)),
        PodsOf::Ordinals { workload, first, count } => {
            format!("{}-{first} to -{}", named(workload), u64::from(*first) + u64::from(*count) - 1)
        }
        PodsOf::Workload(workload) => format!("the pods of {}", named(workload)),
        PodsOf::Endpoint { listed_in } => format!("an endpoint of {}", listed_in.display()),
    }
}

pub(super) fn offers(service: &Service) -> String {
    let port = |port: &ServicePort| match port.name.as_str() {
        "" => format!("{}/{}", port.port, port.protocol),
        name => format!("{}/{} (`{name}`)", port.port, port.protocol),
    };
    let ports: Vec<String> = service.ports.iter().map(port).collect();
    if ports.is_empty() { "it offers no port".to_owned() } else { format!("it offers {}", ports.join(", ")) }
}

pub(super) fn name_step(cluster: &Cluster, client: &Client, name: &str, found: &Resolution) -> Step {
    let queries = found.queries.len();
    if let Some((at, query)) = found.hit.and_then(|hit| Some((hit, found.queries.get(hit)?))) {
        let verdict = if found.causes.is_empty() { Verdict::Allow } else { Verdict::Unknown };
        let message = format!("`{name}` is `{}`, query {} of {queries}", query.name, at + 1);
        let mut step = Step::new(Stage::Name, verdict, message);
        step.because = found.causes.iter().filter_map(why).collect();
        return match &found.service {
            Some(id) => step.citing(id, ""),
            None => step,
        };
    }
    let near: Vec<String> =
        nearest_services(cluster, &client.workload.namespace, name).iter().map(|near| format!("`{near}`")).collect();
    let mut step = match found.causes.is_empty() {
        true => Step::new(
            Stage::Name,
            Verdict::Deny,
            format!("`{name}` does not resolve: none of {queries} queries has an answer"),
        ),
        false => Step::new(Stage::Name, Verdict::Unknown, format!("whether `{name}` resolves is not known")),
    };
    step.because = found.causes.iter().filter_map(why).collect();
    if !near.is_empty() && found.conf.servers == Servers::Cluster {
        step.help = Some(format!("names that resolve there and are near: {}", near.join(", ")));
    } else if found.causes.is_empty() {
        step.help = Some("`hedgerow resolve POD NAME` shows each query".to_owned());
    }
    step
}

fn why(knowledge: &Knowledge) -> Option<String> {
    match knowledge {
        Knowledge::Complete => None,
        Knowledge::NotGiven(why) | Knowledge::Failed(why) => Some(why.clone()),
    }
}

pub(super) fn endpoints_step(
    (id, service): (&ObjectRef, &Service),
    backends: &Backends,
    port: Option<&ServicePort>,
    pairs: &[(Backend, u16)],
) -> Step {
    if !pairs.is_empty() {
        let each: Vec<String> =
            pairs.iter().map(|(backend, port)| format!("{} on port {port}", pods(&backend.pods))).collect();
        let mut step = Step::new(Stage::Endpoints, Verdict::Allow, each.join(", "));
        if let Some(why) = why(&backends.knowledge) {
            step.because.push(format!("there may be more: {why}"));
        }
        return step.citing(id, "/spec/selector");
    }
    if let Some(why) = why(&backends.knowledge) {
        let mut step = Step::new(Stage::Endpoints, Verdict::Unknown, "which pods are behind it is not known");
        step.because.push(why);
        return step;
    }
    let labels: Vec<String> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let target = port.map(|port| &port.target);
    let waiting = backends.list.iter().filter(|backend| !backend.ready).count();
    let step = match (backends.supplier, target) {
        _ if waiting == backends.list.len() && waiting > 0 => {
            Step::new(Stage::Endpoints, Verdict::Deny, "no pod behind it is ready")
                .with_help("see why the pods are not ready, with `kubectl describe pod`")
        }
        (Supplier::Selector, Some(TargetPort::Name(name))) if !backends.list.is_empty() => {
            let step =
                Step::new(Stage::Endpoints, Verdict::Deny, format!("no pod behind it has a port named `{name}`"));
            step.with_help("name a container port so, or give `targetPort` the name or number of one")
        }
        (Supplier::Selector, _) => {
            let message = format!("no running pod has the labels {}", labels.join(","));
            Step::new(Stage::Endpoints, Verdict::Deny, message)
                .with_help("make the Service's selector the labels of the pods, and see that `replicas` is not 0")
        }
        (Supplier::Given, _) => {
            Step::new(Stage::Endpoints, Verdict::Deny, "its EndpointSlices hold no ready endpoint with this port")
                .with_help("give them an endpoint with a port of the same name as the Service's")
        }
        (Supplier::Nobody, _) => {
            Step::new(Stage::Endpoints, Verdict::Deny, "it has no selector, and no EndpointSlice says where it goes")
                .with_help("add an EndpointSlice with the label `kubernetes.io/service-name`, or a selector")
        }
    };
    step.citing(id, "/spec/selector")
}

/// What containers declare. A declaration opens nothing: a port that none declares may be listened on all the same.
pub(super) fn container_port(cluster: &Cluster, branches: &[Branch]) -> Step {
    let (mut texts, mut undeclared) = (Vec::new(), Vec::new());
    for branch in branches {
        let Some(workload) = branch.backend.pods.workload() else { continue };
        let Some(client) = Client::of(cluster, workload) else { continue };
        let wanted = branch.port;
        let mut ports = client.template.ports.iter();
        let found = ports.find(|port| port.number == wanted.port && port.protocol == wanted.protocol.as_str());
        let text = match found {
            Some(port) if !port.name.is_empty() => {
                format!("a container of {} has port {wanted} (`{}`)", named(workload), port.name)
            }
            Some(_) => format!("a container of {} has port {wanted}", named(workload)),
            None => {
                undeclared.push(named(workload));
                format!("no container of {} declares port {wanted}", named(workload))
            }
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let message = if texts.is_empty() { "the pods are not in the input".to_owned() } else { texts.join("; ") };
    let mut step = Step::new(Stage::Port, Verdict::Allow, message);
    if !undeclared.is_empty() {
        step.because
            .push("a port need not be declared; whether a program listens there, manifests do not say".to_owned());
    }
    step
}
