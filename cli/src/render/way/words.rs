//! What the engine says of names, as people read it.

use engine::dns::{Backend, Data, Outcome, PodsOf, Record, Target};
use engine::finding::ObjectRef;
use engine::object::{ServicePort, TargetPort};
use engine::reach::Verdict;

use super::Heard;
use crate::render::{Style, closing};
use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};

/// `NAMESPACE/NAME`.
pub(super) fn name(object: &ObjectRef) -> String {
    format!("{}/{}", object.namespace, object.name)
}

/// Pods, by what makes them.
pub(super) fn pods(pods: &PodsOf) -> String {
    match pods {
        PodsOf::Pod { name, workload } => format!("{}/{name}", workload.namespace),
        PodsOf::Ordinals { workload, first, count: 1 } => format!("{}-{first}", name(workload)),
        PodsOf::Ordinals { workload, first, count } => {
            format!("{}-{first} to -{}", name(workload), u64::from(*first) + u64::from(*count) - 1)
        }
        PodsOf::Workload(workload) => format!("the pods of {}", workload.display()),
        PodsOf::Endpoint { listed_in } => format!("an endpoint of {}", listed_in.display()),
    }
}

/// The right side of a record.
pub(super) fn data(record: &Record) -> String {
    match &record.data {
        Data::Alias(target) => target.clone(),
        Data::Address(address) => address.to_string(),
        Data::ServiceAddress { service, .. } => {
            format!("the address of Service {}, which the API server gives", name(service))
        }
        Data::PodAddresses { pods: PodsOf::Pod { name, workload }, .. } => {
            format!("the address of pod {}/{name}, which the cluster gives", workload.namespace)
        }
        Data::PodAddresses { pods: of, .. } => format!("the addresses of {}, which the cluster gives", pods(of)),
        Data::Server { target: Target::Name(target), port } => format!("{target} port {port}"),
        Data::Server { target: Target::OfPods { pods: of, below }, port } => {
            let label = if matches!(of, PodsOf::Ordinals { .. }) { "POD" } else { "ADDRESS-WITH-DASHES" };
            format!("{label}.{below} port {port}, one for each of {}", pods(of))
        }
        Data::Pointer(target) => target.clone(),
    }
}

/// What a query came to, in a word or two.
pub(super) fn outcome(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        None => "not asked",
        Some(Outcome::Records { .. }) => "hit",
        Some(Outcome::NoData) => "no such record",
        Some(Outcome::NxDomain) => "no such name",
        Some(Outcome::Nothing) => "no such record, whatever exists",
        Some(Outcome::Unknown(_)) => "unknown",
        Some(Outcome::Forwarded) => "outside of the cluster",
    }
}

/// `8080/TCP (http) → http`.
pub(super) fn port(port: &ServicePort) -> String {
    let named = if port.name.is_empty() { String::new() } else { format!(" (`{}`)", port.name) };
    let target = match &port.target {
        TargetPort::Number(number) => number.to_string(),
        TargetPort::Name(name) => format!("`{name}`"),
    };
    format!("{}/{}{named} → {target}", port.port, port.protocol)
}

/// `TCP 8080`, for each port of an endpoint.
pub(super) fn ports(backend: &Backend) -> String {
    let each = backend.ports.iter().filter_map(|port| Some(format!("{} {}", port.protocol, port.number?)));
    let each: Vec<String> = each.collect();
    if each.is_empty() { "no port".to_owned() } else { each.join(", ") }
}

/// ` (FILE:LINE)`, if the text is at hand.
pub(super) fn at(heard: &Heard<'_>, object: &ObjectRef, field: &str) -> String {
    let field = if field.is_empty() { "/metadata/name" } else { field };
    let place = heard.places.value(object, field);
    place.map(|place| format!(" ({}:{})", place.source, place.line)).unwrap_or_default()
}

/// A verdict in its colour.
pub(super) fn painted(word: &str, verdict: Verdict, style: Style) -> String {
    let colour = match verdict {
        Verdict::Allow => AnsiColor::BrightGreen,
        Verdict::Deny => AnsiColor::BrightRed,
        Verdict::ImplementationDefined | Verdict::Unknown => AnsiColor::BrightYellow,
    };
    let paint = if style.colours { colour.on_default().effects(Effects::BOLD) } else { Ansi::new() };
    format!("{paint}{word}{paint:#}")
}

/// The closing lines: what was examined, what was assumed, what was left out.
pub(super) fn closing_lines(heard: &Heard<'_>, style: Style) -> String {
    let workloads = closing::plural(heard.reach.workloads().len(), "workload");
    let mut lines = vec![format!("{}: {workloads}", closing::objects(heard.report))];
    lines.extend(closing::world(heard.report));
    lines.extend(closing::skipped(heard.report, style));
    if !heard.report.unusable.is_empty() {
        lines.push("incomplete: part of the input could not be read".to_owned());
    }
    lines.join("\n") + "\n"
}
