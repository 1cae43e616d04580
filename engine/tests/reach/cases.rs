//! Every question of every table in `docs/cases`.

use engine::cluster::{Cluster, World};
use engine::net::{AddressSet, Cidr, Ports};
use engine::reach::{Answer, Passage, PortAsk, Reach, ReachSettings};
use engine::text::{Format, Source};

use super::literate::{Case, case_files, cases_of};

/// What stands behind the fence: the world, and the addresses of pods.
pub(super) fn settings_of(case: &Case) -> (World, ReachSettings) {
    let (mut world, mut settings) = (World::Auto, ReachSettings::default());
    for setting in case.settings.split_whitespace() {
        match setting.split_once('=') {
            Some(("world", "open")) => world = World::Open,
            Some(("pods", cidr)) => settings.pod_addresses = AddressSet::of(Cidr::parse(cidr).unwrap()),
            _ => panic!("{}: unknown setting `{setting}`", case.title),
        }
    }
    (world, settings)
}

fn reach_of(case: &Case) -> Reach {
    let (world, settings) = settings_of(case);
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

/// The port of a row; none stands for all.
pub(super) fn ask_of(port: &str) -> Option<PortAsk> {
    (!port.is_empty()).then(|| PortAsk::parse(port).unwrap())
}

fn answer_to(reach: &Reach, [from, to, port, _]: &[String; 4]) -> String {
    let ask = ask_of(port);
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

#[test]
fn every_question_has_the_answer_of_its_table() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (path, text) in case_files() {
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
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cases");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name != "README.md") {
        assert!(index.contains(&format!("({name})")), "{name} is not in the index");
    }
}
