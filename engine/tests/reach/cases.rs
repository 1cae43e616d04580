//! Every question of every table in `docs/cases`.

#![expect(clippy::disallowed_methods, reason = "the cases are files of the repository")]

use std::path::PathBuf;

use engine::cluster::{Cluster, World};
use engine::net::{AddressSet, Cidr, Ports};
use engine::reach::{Answer, Passage, PortAsk, Reach, ReachSettings};
use engine::text::{Format, Source};

/// A heading, manifests, and a table of questions.
struct Case {
    title: String,
    /// Behind the word `yaml` of the fence.
    settings: String,
    manifests: String,
    /// From, to, port, answer.
    rows: Vec<[String; 4]>,
}

fn cases_of(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut in_fence = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ").filter(|_| !in_fence) {
            let title = title.to_owned();
            cases.push(Case { title, settings: String::new(), manifests: String::new(), rows: Vec::new() });
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(fence) = line.strip_prefix("```") {
            in_fence = !in_fence;
            if in_fence {
                assert!(case.manifests.is_empty(), "{}: a case has one fence", case.title);
                case.settings = fence.strip_prefix("yaml").unwrap().to_owned();
            }
        } else if in_fence {
            case.manifests += line;
            case.manifests.push('\n');
        } else if let Some(cells) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) {
            let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
            let row: [String; 4] = cells.try_into().unwrap_or_else(|cells| panic!("{}: {cells:?}", case.title));
            if row[0] != "from" && row[0] != "---" {
                case.rows.push(row);
            }
        }
    }
    cases
}

fn reach_of(case: &Case) -> Reach {
    let (mut world, mut settings) = (World::Auto, ReachSettings::default());
    for setting in case.settings.split_whitespace() {
        match setting.split_once('=') {
            Some(("world", "open")) => world = World::Open,
            Some(("pods", cidr)) => settings.pod_addresses = AddressSet::of(Cidr::parse(cidr).unwrap()),
            _ => panic!("{}: unknown setting `{setting}`", case.title),
        }
    }
    let mut cluster = Cluster::of_files(world);
    let bytes = case.manifests.clone().into_bytes();
    cluster.apply(&Source { name: case.title.clone(), format: Format::Yaml, bytes });
    Reach::with(&cluster, &settings)
}

/// What passes, in words: `TCP 80; implementation-defined: UDP 53; unknown: SCTP all`.
fn words(passage: &Passage) -> String {
    let Passage { allow, implementation_defined, unknown } = passage;
    let kept = |name: &str, ports: &Ports| (!ports.is_empty()).then(|| format!("{name}{ports}"));
    let parts = [("", allow), ("implementation-defined: ", implementation_defined), ("unknown: ", unknown)];
    let parts: Vec<String> = parts.into_iter().filter_map(|(name, ports)| kept(name, ports)).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join("; ") }
}

fn answer_in_words(reach: &Reach, answer: &Answer, asks_port: bool) -> String {
    if asks_port {
        return answer.verdict.as_str().to_owned();
    }
    let [part] = answer.parts.as_slice() else {
        let passing = answer.parts.iter().filter(|part| !part.passage.is_denied());
        let part = |part: &engine::reach::Part| {
            let end = if matches!(part.destination, engine::reach::End::Addresses(_)) {
                &part.destination
            } else {
                &part.source
            };
            format!("{} to {}", words(&part.passage), reach.name(end))
        };
        return passing.map(part).collect::<Vec<_>>().join("; ");
    };
    words(&part.passage)
}

fn answer_to(reach: &Reach, [from, to, port, _]: &[String; 4]) -> String {
    let ask = if port.is_empty() { None } else { Some(PortAsk::parse(port).unwrap()) };
    match (reach.resolve_name(from), reach.resolve_name(to)) {
        (Ok(from), Ok(to)) => {
            let answer = reach.ask(&from, &to, ask);
            // What is not settled says why; what is settled has nothing to say.
            let open = |ports: fn(&Passage) -> &Ports| answer.parts.iter().any(|part| !ports(&part.passage).is_empty());
            assert_eq!(open(|passage| &passage.implementation_defined), !answer.reasons.is_empty(), "{answer:?}");
            assert_eq!(open(|passage| &passage.unknown), !answer.causes.is_empty(), "{answer:?}");
            answer_in_words(reach, &answer, ask.is_some())
        }
        _ => "no such end".to_owned(),
    }
}

/// Files whose tables ask something else; see `tests/names.rs`.
const OF_NAMES: [&str; 2] = ["dns.md", "services.md"];

fn case_files() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    files.into_iter().map(read).filter(|(path, _)| !path.ends_with("README.md")).collect()
}

#[test]
fn every_question_has_the_answer_of_its_table() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    let is_ours = |path: &str| OF_NAMES.iter().all(|name| !path.ends_with(name));
    for (path, text) in case_files().into_iter().filter(|(path, _)| is_ours(path)) {
        for case in cases_of(&text) {
            assert!(!case.rows.is_empty(), "{path}: `{}` asks nothing", case.title);
            let reach = reach_of(&case);
            for row in &case.rows {
                asked += 1;
                let found = answer_to(&reach, row);
                if found != row[3] {
                    wrong.push(format!("{}: {} -> {} {}: {found}, not {}", case.title, row[0], row[1], row[2], row[3]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 100, "only {asked} questions were found");
}

#[test]
fn the_index_names_every_file() {
    let index = include_str!("../../../docs/cases/README.md");
    for (path, _) in case_files() {
        let name = path.rsplit('/').next().unwrap();
        assert!(index.contains(&format!("({name})")), "{name} is not in the index");
    }
}
