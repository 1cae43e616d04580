//! The answer about a Service as text: the verdict in one line, then each port and each endpoint behind it.

use engine::reach::{End, Verdict};
use engine::way::{Branch, PortWay};

use super::{Served, words};
use crate::render::Style;

/// The answer as text.
pub(crate) fn render(served: &Served<'_>, style: Style) -> String {
    let found = served.found;
    let on = match served.port {
        Some(port) => format!("{} {}", port.protocol.as_str(), port.port),
        None => {
            let best = found.ports.iter().filter(|way| way.verdict == found.verdict);
            let ports: Vec<String> =
                best.map(|way| format!("{} {}", way.port.protocol.as_str(), way.port.port)).collect();
            if ports.is_empty() { "any port".to_owned() } else { ports.join(", ") }
        }
    };
    let source = served.heard.reach.name(served.source);
    let verdict = words::painted(found.verdict.as_str(), found.verdict, style);
    let mut text = format!("{verdict}: {source} → {} on {on}\n", served.destination);
    for why in &found.because {
        text.push_str(&format!("  because {why}\n"));
    }
    if style.quiet {
        return text;
    }
    let kind = if found.headless { "headless" } else { &found.kind };
    let at = words::at(&served.heard, &found.service, "");
    text.push_str(&format!("\nService {}{at}: {kind}\n", words::name(&found.service)));
    for way in &found.ports {
        text.push_str(&of_port(served, way));
    }
    if let Some(hint) = hint(served, &source) {
        text.push_str(&hint);
    }
    for assumption in &found.assumptions {
        text.push_str(&format!("assumed: {assumption}\n"));
    }
    text.push('\n');
    text.push_str(&words::closing_lines(&served.heard, style));
    text
}

fn of_port(served: &Served<'_>, way: &PortWay) -> String {
    let PortWay { port, name, verdict, branches, because } = way;
    let name = if name.is_empty() { String::new() } else { format!(" (`{name}`)") };
    let mut text = format!("  {} {}{name}: {}\n", port.protocol.as_str(), port.port, verdict.as_str());
    for branch in branches {
        text.push_str(&of_branch(served, branch));
    }
    for why in because {
        text.push_str(&format!("    because {why}\n"));
    }
    text
}

fn of_branch(served: &Served<'_>, branch: &Branch) -> String {
    let pods = words::pods(&branch.backend.pods);
    let port = format!("{} {}", branch.port.protocol.as_str(), branch.port.port);
    let parts = branch.explanation.as_ref().map(|found| found.answer.parts.as_slice()).unwrap_or_default();
    if parts.len() < 2 {
        return format!("    {pods} on {port}: {}\n", branch.verdict().as_str());
    }
    let part = |part: &engine::reach::Part| {
        let addresses = if matches!(part.source, End::Addresses(_)) { &part.source } else { &part.destination };
        let verdict = part.passage.verdict(Some(branch.port));
        format!("{} from {}", verdict.as_str(), served.heard.reach.name(addresses))
    };
    let each: Vec<String> = parts.iter().map(part).collect();
    format!("    {pods} on {port}: {}\n", each.join("; "))
}

/// Where the rules that decide are to be had.
fn hint(served: &Served<'_>, source: &str) -> Option<String> {
    let ways = served.found.ports.iter().filter(|way| way.verdict != Verdict::Allow);
    let branch = ways.chain(&served.found.ports).flat_map(|way| &way.branches).next()?;
    let End::Workload(_) = branch.end.as_ref()? else { return None };
    let end = served.heard.reach.name(branch.end.as_ref()?);
    let protocol = branch.port.protocol.as_str().to_ascii_lowercase();
    let source = if source.contains(' ') { "outside" } else { source };
    Some(format!("the rules that decide: `hedgerow reach {source} {end} {}/{protocol}`\n", branch.port.port))
}
