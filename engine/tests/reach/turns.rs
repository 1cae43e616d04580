//! The change that turns an answer, for every question of `docs/cases`.

use engine::reach::{Reach, Verdict};
use engine::review::given;
use engine::synth::{Input, Turn, turn};
use engine::{Format, Source};

use super::cases::{ask_of, settings_of};
use super::literate::{Case, case_files, cases_of};

/// The sources with the edits of a change.
fn edited(sources: &[Source], turn: &Turn) -> Vec<Source> {
    let mut sources = sources.to_vec();
    for edit in turn.edits.iter().rev() {
        match sources.iter_mut().find(|source| source.name == edit.place.source) {
            Some(source) => {
                let span = edit.place.span.start as usize..edit.place.span.end as usize;
                source.bytes.splice(span, edit.text.bytes());
            }
            None => {
                let bytes = edit.text.clone().into_bytes();
                sources.push(Source { name: edit.place.source.clone(), format: Format::Yaml, bytes });
            }
        }
    }
    sources
}

/// The titles of the change; `None` if there is none.
fn turned(case: &Case, [from, to, port, _]: &[String; 4]) -> Option<Option<String>> {
    let (world, settings) = settings_of(case);
    let bytes = case.manifests.clone().into_bytes();
    let sources = [Source { name: "case.yaml".into(), format: Format::Yaml, bytes }];
    let input = Input { sources: &sources, world, namespace: "default", settings: &settings };
    let cluster = given(&sources, world, "default").cluster;
    let reach = Reach::with(&cluster, &settings);
    let (Ok(source), Ok(destination)) = (reach.resolve_name(from), reach.resolve_name(to)) else { return None };
    let ask = ask_of(port);
    let before = reach.ask(&source, &destination, ask).verdict;
    if !matches!(before, Verdict::Allow | Verdict::Deny) {
        return None;
    }
    let Some(turn) = turn(&input, &cluster, &reach, (&source, &destination, ask)) else { return Some(None) };
    let after = given(&edited(&sources, &turn), world, "default").cluster;
    let reach = Reach::with(&after, &settings);
    let [source, destination] = [from, to].map(|name| reach.resolve_name(name).unwrap());
    let verdict = reach.ask(&source, &destination, ask).verdict;
    assert_ne!(verdict, before, "{}: {from} -> {to}", case.title);
    assert_eq!(verdict, turn.verdict, "{}: {from} -> {to}", case.title);
    Some(Some(format!("{} ({} others)", turn.titles.join("; "), turn.others.len())))
}

/// Questions that no change of labels, rules or NetworkPolicies turns, and why.
const NOT_TURNED: [&str; 23] = [
    // A block of addresses that pods may have lets them pass, and that stays so.
    "Blocks are exact, holes and all: shop/db -> 8.8.8.8",
    "Blocks are exact, holes and all: shop/db -> 0.0.0.0/0",
    // Pods on the node's network may always pass, and a pod reaches itself.
    "Pods on the node's network: shop/agent -> shop/db",
    "Pods on the node's network: shop/agent -> shop/cache",
    "A pod and itself: shop/one -> shop/one",
    // A rule of a cluster-wide policy decides, and those are not edited.
    "The Admin tier decides before NetworkPolicies: park/bench -> shop/web 80",
    "A lower priority number goes first, and in a policy the rule written first: shop/web -> park/bench",
    "Names of ports are looked up at the destination, of any protocol: shop/web -> shop/db",
    "Names of ports are looked up at the destination, of any protocol: park/bench -> shop/web",
    "Networks take in pods that have such an address: shop/web -> shop/db",
    "Networks take in pods that have such an address: shop/web -> 192.0.2.1 80",
    "Networks take in pods that have such an address: shop/db -> outside",
    "Which addresses pods have is not in the manifests: shop/web -> 169.254.169.254 80",
    "Domain names are unknown: shop/web -> 203.0.113.5",
    "Pods on the node's network are neither subjects nor pods of a peer: shop/web -> shop/db",
    "Pods on the node's network are neither subjects nor pods of a peer: shop/agent -> shop/web",
    "A peer without a field that the API knows fails closed: outside -> shop/db",
    "Versions that are not read, and kinds that are not modelled: park/bench -> shop/web 80",
    // What is not known beside them decides.
    "A policy of which it is not known whom it isolates: outside -> shop/db",
    "A policy of which it is not known whom it isolates: outside -> park/bench",
    "Kinds that are seen and not modelled: lab/probe -> park/bench 81",
    "Kinds that are seen and not modelled: shop/web -> park/bench 81",
    "An open world may hold other policies: outside -> shop/db",
];

#[test]
fn every_settled_answer_of_the_cases_is_turned_by_the_change_that_is_told() {
    let (mut turns, mut not_turned) = (0, Vec::new());
    for (_, text) in case_files() {
        for case in cases_of(&text) {
            for row in &case.rows {
                match turned(&case, row) {
                    Some(Some(_)) => turns += 1,
                    Some(None) => {
                        let question = format!("{}: {} -> {} {}", case.title, row[0], row[1], row[2]);
                        not_turned.push(question.trim_end().to_owned());
                    }
                    None => {}
                }
            }
        }
    }
    assert_eq!(not_turned, NOT_TURNED);
    assert!(turns > 90, "only {turns} answers were turned");
}
