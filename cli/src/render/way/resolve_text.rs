//! A resolution as text: the verdict in one line, each query, the answer, the Service and what is behind it.

use engine::cluster::Knowledge;
use engine::dns::{Backend, Domain, Query, Record, Servers};
use engine::reach::Verdict;

use super::{Resolved, words};
use crate::render::Style;

/// The resolution as text.
pub(crate) fn render(resolved: &Resolved<'_>, style: Style) -> String {
    let mut text = headline(resolved, style);
    for cause in &resolved.found.causes {
        if let Knowledge::NotGiven(why) | Knowledge::Failed(why) = cause {
            text.push_str(&format!("  because {why}\n"));
        }
    }
    if !resolved.near.is_empty() {
        let near: Vec<String> = resolved.near.iter().map(|name| format!("`{name}`")).collect();
        text.push_str(&format!("  help: names that resolve there and are near: {}\n", near.join(", ")));
    }
    text.push_str(&answer(resolved));
    if style.quiet {
        return text;
    }
    text.push_str(&queries(resolved));
    text.push_str(&service(resolved));
    for assumption in &resolved.found.assumptions {
        text.push_str(&format!("assumed: {assumption}\n"));
    }
    text.push('\n');
    text.push_str(&words::closing_lines(&resolved.heard, style));
    text
}

fn headline(resolved: &Resolved<'_>, style: Style) -> String {
    let Resolved { pod, name, found, .. } = resolved;
    let (word, verdict) = match (found.resolves(), found.is_nothing()) {
        (true, _) => ("resolves", Verdict::Allow),
        (_, true) => ("does not resolve", Verdict::Deny),
        _ => ("unknown", Verdict::Unknown),
    };
    let word = words::painted(word, verdict, style);
    match found.hit.and_then(|hit| found.queries.get(hit)) {
        Some(Query { name: full, .. }) => format!("{word}: `{name}` in {pod} is {full}\n"),
        None => format!("{word}: `{name}` in {pod}\n"),
    }
}

fn answer(resolved: &Resolved<'_>) -> String {
    let records = resolved.found.records();
    let width = records.iter().map(|record| record.name.len()).max().unwrap_or(0);
    let line = |record: &Record| {
        let Record { name, data } = record;
        format!("  {name:width$}  {:5}  {}\n", data.type_name(), words::data(record))
    };
    records.iter().map(line).collect()
}

/// The search list, and what each query of it came to.
fn queries(resolved: &Resolved<'_>) -> String {
    let conf = &resolved.found.conf;
    let server = match &conf.servers {
        Servers::Cluster => "the cluster's DNS".to_owned(),
        Servers::Node => "the node's resolver".to_owned(),
        Servers::Named(names) if names.is_empty() => "no server".to_owned(),
        Servers::Named(names) => names.join(", "),
    };
    let mut text = format!("\nqueries to {server} (dnsPolicy {}, ndots {}):\n", conf.policy, conf.ndots);
    let label = |query: &Query| match query.of_node {
        true => format!("{}.SEARCH-DOMAINS-OF-THE-NODE", query.name),
        false => query.name.clone(),
    };
    let width = resolved.found.queries.iter().map(|query| label(query).len()).max().unwrap_or(0);
    for (at, query) in resolved.found.queries.iter().enumerate() {
        let outcome = words::outcome(query.outcome.as_ref());
        text.push_str(&format!("  {} {:width$}  {outcome}\n", at + 1, label(query)));
    }
    if conf.search.iter().all(|domain| matches!(domain, Domain::Name(name) if name.is_empty())) {
        text.push_str("  there is no search list\n");
    }
    text
}

fn service(resolved: &Resolved<'_>) -> String {
    let found = resolved.found;
    let (Some(id), Some(behind)) = (&found.service, &found.behind) else { return String::new() };
    let ports: Vec<String> = behind.ports.iter().map(words::port).collect();
    let ports = if ports.is_empty() { "no port".to_owned() } else { ports.join(", ") };
    let kind = if behind.headless { "headless" } else { &behind.kind };
    let at = words::at(&resolved.heard, id, "");
    let mut text = format!("\nService {}{at}: {kind}, {ports}\n", words::name(id));
    let named = |backend: &Backend| found.backends.is_empty() || found.backends.iter().any(|own| own == backend);
    let listed = if found.backends.is_empty() { &behind.backends.list } else { &found.backends };
    for backend in listed.iter().filter(|backend| named(backend)) {
        let state = if backend.ready { "" } else { ", not ready" };
        let addresses: Vec<String> = backend.addresses.iter().map(ToString::to_string).collect();
        let addresses = if addresses.is_empty() { String::new() } else { format!(" at {}", addresses.join(", ")) };
        text.push_str(&format!("  {}{addresses}: {}{state}\n", words::pods(&backend.pods), words::ports(backend)));
    }
    if listed.is_empty() && behind.kind != "ExternalName" {
        text.push_str("  no endpoint\n");
    }
    if let Knowledge::NotGiven(why) | Knowledge::Failed(why) = &behind.backends.knowledge {
        text.push_str(&format!("  there may be more: {why}\n"));
    }
    text
}
