//! What could reach a workload, or be reached from it, of pods that are not in the input; in words.

use engine::cluster::Direction;
use engine::finding::Place;
use engine::net::{Operator, Requirement, Selector};
use engine::reach::{End, Exposed, Passage, Unseen, WorkloadId};
use serde_json::{Value, json};

use super::json::{blocks, passage as passage_json};
use super::markdown::escaped;
use super::{Known, Listed, table};
use crate::render::json::{list, object_ref, place};

/// The label that every namespace has: its name. Source: `k8s.io/api/core/v1.LabelMetadataName`.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// One line: a workload, which way, whom, on which ports.
struct Row {
    workload: String,
    direction: Direction,
    exposed: Exposed,
    /// Where each of its rules stands.
    places: Vec<Option<Place>>,
}

/// Every row of the workloads that are listed, by workload, ingress first.
fn rows(listed: &Listed<'_>) -> Vec<Row> {
    let known: &Known<'_> = &listed.known;
    let mut rows = Vec::new();
    for name in known.reach.workloads().iter().map(|workload| &workload.name) {
        let Ok(end @ End::Workload(id)) = known.reach.resolve_name(name) else { continue };
        for direction in [Direction::Ingress, Direction::Egress] {
            rows.extend(exposed(listed, &end, id, direction).into_iter().map(|exposed| Row {
                workload: name.clone(),
                direction,
                places: exposed.rules.iter().map(|(policy, field)| known.places.value(policy, field)).collect(),
                exposed,
            }));
        }
    }
    rows
}

/// As the filter has it: to or from an end that is not in the input.
fn exposed(listed: &Listed<'_>, end: &End, id: WorkloadId, direction: Direction) -> Vec<Exposed> {
    let mut found = listed.known.reach.exposure(id, direction);
    found.retain_mut(|exposed| match listed.filter.of_unseen(end, direction, &exposed.passage) {
        Some(passage) => {
            exposed.passage = passage;
            !exposed.passage.is_denied() || !exposed.named.is_empty()
        }
        None => false,
    });
    found
}

/// As text, with a heading.
pub(super) fn text(listed: &Listed<'_>) -> String {
    let mut text = String::from("\nexposure: pods that are not in the input\n");
    let rows = rows(listed);
    if rows.is_empty() {
        text.push_str("  none can reach these workloads or be reached from them\n");
    }
    for same in rows.chunk_by(|one, two| one.workload == two.workload && one.direction == two.direction) {
        let Some(first) = same.first() else { continue };
        text.push_str(&format!("  {} {}\n", first.workload, way(first.direction)));
        let cells: Vec<[String; 3]> = same
            .iter()
            .map(|row| [format!("    {}", who(&row.exposed.who)), ports(&row.exposed), String::new()])
            .collect();
        let lines = table::aligned(&cells, ["  ", ""]);
        for (line, row) in lines.lines().zip(same) {
            text.push_str(&format!("{}\n", line.trim_end()));
            reasons(row).iter().for_each(|reason| text.push_str(&format!("      {reason}\n")));
        }
    }
    text
}

/// As a Markdown table, with a heading.
pub(super) fn markdown(listed: &Listed<'_>) -> String {
    let mut text = String::from(
        "\n## Exposure: pods that are not in the input\n\n| workload | | who | ports | because |\n| --- | --- | --- | --- | --- |\n",
    );
    for row in rows(listed) {
        let cells = [row.workload.clone(), way(row.direction).to_owned(), who(&row.exposed.who), ports(&row.exposed)];
        let because = reasons(&row).join("; ");
        let cells: Vec<String> = cells.iter().chain([&because]).map(|cell| escaped(cell)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

/// As JSON.
pub(super) fn json(listed: &Listed<'_>) -> Value {
    let requirement = |Requirement { key, operator, values }: &Requirement| {
        let operator = match operator {
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
        };
        json!({ "key": key, "operator": operator, "values": values })
    };
    let labels = |selector: &Selector| list(&selector.requirements, requirement);
    let row = |row: &Row| {
        let Exposed { who: unseen, passage, named, rules, causes } = &row.exposed;
        let (namespace, pod, addresses) = match unseen {
            Unseen::Any => (Vec::new(), Vec::new(), Value::Null),
            Unseen::Pods { namespace, pod } => (labels(namespace), labels(pod), Value::Null),
            Unseen::Addresses(set) => (Vec::new(), Vec::new(), blocks(set)),
        };
        let rules: Vec<Value> = rules
            .iter()
            .zip(&row.places)
            .map(|((policy, field), at)| json!({ "policy": object_ref(policy), "field": field, "place": at.as_ref().map(place) }))
            .collect();
        let named: Vec<Value> =
            named.iter().map(|(protocol, name)| json!({ "protocol": protocol.as_str(), "name": name })).collect();
        json!({
            "workload": row.workload,
            "direction": match row.direction { Direction::Ingress => "ingress", Direction::Egress => "egress" },
            "who": { "message": who(unseen), "namespace": namespace, "pod": pod, "addresses": addresses },
            "passage": passage_json(passage),
            "named": named,
            "rules": rules,
            "causes": causes,
        })
    };
    rows(listed).iter().map(row).collect::<Vec<_>>().into()
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "can be reached by",
        Direction::Egress => "can reach",
    }
}

/// `pods with app=db in namespace b`.
fn who(who: &Unseen) -> String {
    match who {
        Unseen::Any => "any pod in any namespace".to_owned(),
        Unseen::Addresses(set) => format!("pods with an address in {set}"),
        Unseen::Pods { namespace, pod } => {
            let pods = match words(pod) {
                none if none.is_empty() => "any pod".to_owned(),
                labels => format!("pods with `{labels}`"),
            };
            match namespace.requirements.as_slice() {
                [] => format!("{pods} in any namespace"),
                [Requirement { key, operator: Operator::In, values }] if key == NAME_LABEL && values.len() == 1 => {
                    format!("{pods} in namespace `{}`", values.concat())
                }
                _ => format!("{pods} in namespaces with `{}`", words(namespace)),
            }
        }
    }
}

fn words(selector: &Selector) -> String {
    selector.requirements.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn ports(exposed: &Exposed) -> String {
    let Passage { allow, implementation_defined, unknown } = &exposed.passage;
    let states = [("", allow), ("implementation-defined: ", implementation_defined), ("unknown: ", unknown)];
    let mut parts: Vec<String> = states
        .into_iter()
        .filter(|(_, ports)| !ports.is_empty())
        .map(|(word, ports)| format!("{word}{ports}"))
        .collect();
    parts.extend(exposed.named.iter().map(|(protocol, name)| format!("{} port named `{name}`", protocol.as_str())));
    parts.join("; ")
}

/// The rules with their places, or that there are none, and what is not known.
fn reasons(row: &Row) -> Vec<String> {
    let mut reasons: Vec<String> = row
        .exposed
        .rules
        .iter()
        .zip(&row.places)
        .map(|((policy, field), place)| {
            let at = place.as_ref().map(|place| format!(" ({}:{})", place.source, place.line)).unwrap_or_default();
            format!("rule {field} of {}{at}", policy.display())
        })
        .collect();
    reasons.extend(row.exposed.causes.iter().cloned());
    if reasons.is_empty() {
        reasons.push("no NetworkPolicy isolates it this way".to_owned());
    }
    reasons
}
