//! What the network does, by the component and by the native engine: the same, for every case of `docs/cases`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::time::Duration;

use engine::cluster::World;
use engine::net::{AddressSet, Cidr, Ports};
use engine::reach::{self, Reach, ReachSettings};
use engine::review::given;
use literate::{Case, case_files, cases_of};
use wasm_host::api::{self, NetworkSettings, WorldKind};
use wasm_host::{Component, Failure, Networks};

#[path = "../../engine/tests/reach/literate.rs"]
mod literate;

const MEMORY: usize = 512 << 20;
const DEADLINE: Duration = Duration::from_secs(60);

/// The same thing twice: as read natively, and in the component.
struct Both {
    sources: Vec<engine::Source>,
    world: World,
    settings: ReachSettings,
    cluster: engine::Cluster,
    reach: Reach,
    network: wasm_host::Network,
}

fn both(networks: &mut Networks, case: &Case) -> Both {
    let (mut world, mut pods) = ((World::Auto, WorldKind::Auto), Vec::new());
    for setting in case.settings.split_whitespace() {
        match setting.split_once('=') {
            Some(("world", "open")) => world = (World::Open, WorldKind::Open),
            Some(("pods", cidr)) => pods.push(cidr.to_owned()),
            _ => panic!("unknown setting `{setting}`"),
        }
    }
    let addresses = pods.iter().map(|cidr| AddressSet::of(Cidr::parse(cidr).unwrap()));
    let addresses = addresses.reduce(|all, more| all.union(&more));
    let settings = addresses.map_or_else(ReachSettings::default, |pod_addresses| ReachSettings { pod_addresses });
    let bytes = case.manifests.clone().into_bytes();
    let source = api::Source { name: "case.yaml".into(), format: api::Format::Yaml, bytes: bytes.clone() };
    let asked = NetworkSettings { world: world.1, namespace: "default".into(), pod_addresses: pods };
    let network = networks.read(&[source], &asked).unwrap();
    let sources = vec![engine::Source { name: "case.yaml".into(), format: engine::Format::Yaml, bytes }];
    let cluster = given(&sources, world.0, "default").cluster;
    let reach = Reach::with(&cluster, &settings);
    Both { sources, world: world.0, settings, cluster, reach, network }
}

/// Passages as text, from either side.
fn native_passage(passage: &reach::Passage) -> String {
    let reach::Passage { allow, implementation_defined, unknown } = passage;
    format!("{allow} | {implementation_defined} | {unknown}")
}

fn passage(passage: &api::Passage) -> String {
    let ports = |ranges: &[api::PortRange]| {
        let each = ranges.iter().map(|range| {
            let protocol = match range.protocol {
                api::Protocol::Tcp => engine::net::Protocol::Tcp,
                api::Protocol::Udp => engine::net::Protocol::Udp,
                api::Protocol::Sctp => engine::net::Protocol::Sctp,
            };
            Ports::range(protocol, range.first, range.last)
        });
        each.fold(Ports::NONE, |all, more| all.union(&more)).to_string()
    };
    format!("{} | {} | {}", ports(&passage.allow), ports(&passage.implementation_defined), ports(&passage.unknown))
}

fn blocks(set: &AddressSet) -> String {
    set.blocks().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn block(block: &api::Block) -> String {
    let except = if block.except.is_empty() { String::new() } else { format!(" except {}", block.except.join(", ")) };
    format!("{}{except}", block.cidr)
}

fn native_end(reach: &Reach, end: &reach::End) -> String {
    match end {
        reach::End::Workload(_) => reach.name(end),
        reach::End::Addresses(set) => blocks(set),
    }
}

fn end(end: &api::End) -> String {
    match end {
        api::End::Workload(name) => name.clone(),
        api::End::Addresses(all) => all.iter().map(block).collect::<Vec<_>>().join("; "),
    }
}

fn native_diff(diff: &reach::Diff) -> Vec<String> {
    let end = |end: &reach::DiffEnd| match end {
        reach::DiffEnd::Workload(object) => format!("{}/{} {}", object.namespace, object.name, object.kind),
        reach::DiffEnd::Addresses(set) => blocks(set),
    };
    let row = |change: &reach::Change| {
        let [before, after] = [&change.before, &change.after].map(|passage| native_passage(passage));
        format!("{} -> {}: {before} => {after} {:?}", end(&change.source), end(&change.destination), change.ends)
    };
    diff.changed.iter().map(row).collect()
}

fn diff(diff: &api::Diff) -> Vec<String> {
    let end = |end: &api::DiffEnd| match end {
        api::DiffEnd::Workload(object) => format!("{}/{} {}", object.namespace, object.name, object.kind),
        api::DiffEnd::Addresses(all) => all.iter().map(block).collect::<Vec<_>>().join("; "),
    };
    let row = |change: &api::Change| {
        let ends = match change.ends {
            api::EndsChange::Stay => "Stay",
            api::EndsChange::Appeared => "Appeared",
            api::EndsChange::Gone => "Gone",
        };
        let [before, after] = [&change.before, &change.after].map(passage);
        format!("{} -> {}: {before} => {after} {ends}", end(&change.source), end(&change.destination))
    };
    diff.changed.iter().map(row).collect()
}

fn ask(networks: &mut Networks, both: &Both, [from, to, port, _]: &[String; 4]) {
    let ask = (!port.is_empty()).then(|| reach::PortAsk::parse(port).unwrap());
    let number = ask.map(|ask| api::Port {
        number: ask.port,
        protocol: match ask.protocol {
            engine::net::Protocol::Tcp => api::Protocol::Tcp,
            engine::net::Protocol::Udp => api::Protocol::Udp,
            engine::net::Protocol::Sctp => api::Protocol::Sctp,
        },
    });
    let answer = networks.ask(both.network, [from, to], number, DEADLINE).unwrap();
    let (Ok(source), Ok(destination)) = (both.reach.resolve_name(from), both.reach.resolve_name(to)) else {
        assert!(answer.is_err(), "{from} -> {to}");
        return;
    };
    let (answer, native) = (answer.unwrap(), both.reach.ask(&source, &destination, ask));
    assert_eq!(format!("{:?}", answer.verdict), format!("Verdict::{:?}", native.verdict));
    let parts: Vec<String> = answer.parts.iter().map(|part| passage(&part.passage)).collect();
    assert_eq!(parts, native.parts.iter().map(|part| native_passage(&part.passage)).collect::<Vec<_>>());
    assert_eq!(answer.reasons, native.reasons.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(answer.causes.len(), native.causes.len());
    let turn = networks.turn(both.network, [from, to], number, DEADLINE).unwrap().unwrap();
    let Both { sources, world, settings, cluster, reach, .. } = both;
    let input = engine::synth::Input { sources, world: *world, namespace: "default", settings };
    let native = engine::synth::turn(&input, cluster, reach, (&source, &destination, ask));
    let edits = |place: (u32, u32), text: &str| format!("{}..{} {text}", place.0, place.1);
    let wasm = turn.map(|turn| {
        let all = turn.edits.iter().map(|edit| edits((edit.place.start, edit.place.end), &edit.text));
        (turn.titles.clone(), all.collect::<Vec<_>>())
    });
    let native = native.map(|turn| {
        let all = turn.edits.iter().map(|edit| edits((edit.place.span.start, edit.place.span.end), &edit.text));
        (turn.titles.clone(), all.collect::<Vec<_>>())
    });
    assert_eq!(wasm, native, "{from} -> {to}");
}

#[test]
fn the_component_says_of_every_case_what_the_native_engine_says() {
    let mut networks = Networks::new(&Component::embedded().unwrap(), MEMORY).unwrap();
    let (mut before, mut cases): (Option<Both>, usize) = (None, 0);
    for (_, text) in case_files() {
        for case in cases_of(&text) {
            let both = both(&mut networks, &case);
            let listed = networks.connections(both.network).unwrap();
            let listed: Vec<String> = listed
                .iter()
                .map(|found| {
                    format!("{} -> {}: {}", end(&found.source), end(&found.destination), passage(&found.passage))
                })
                .collect();
            let native: Vec<String> = both
                .reach
                .connections()
                .map(|found| {
                    let [source, destination] =
                        [&found.source, &found.destination].map(|end| native_end(&both.reach, end));
                    format!("{source} -> {destination}: {}", native_passage(&found.passage))
                })
                .collect();
            assert_eq!(listed, native, "{}", case.title);
            case.rows.iter().for_each(|row| ask(&mut networks, &both, row));
            if let Some(older) = before.take() {
                let wasm = networks.diff(older.network, both.network).unwrap();
                assert_eq!(diff(&wasm), native_diff(&reach::Diff::between(&older.reach, &both.reach)));
                networks.forget(older.network).unwrap();
            }
            before = Some(both);
            cases += 1;
        }
    }
    assert!(cases > 25, "only {cases} cases");
}

#[test]
fn a_setting_that_cannot_be_used_is_told_and_ends_nothing() {
    let mut networks = Networks::new(&Component::embedded().unwrap(), MEMORY).unwrap();
    let settings = |cidr: &str| NetworkSettings {
        world: WorldKind::Auto,
        namespace: "default".into(),
        pod_addresses: vec![cidr.to_owned()],
    };
    let refused = networks.read(&[], &settings("10.0.0.0")).unwrap_err();
    assert_eq!(refused, Failure::Malformed("`10.0.0.0` is no CIDR, such as `10.244.0.0/16`".into()));
    let empty = networks.read(&[], &settings("10.0.0.0/8")).unwrap();
    assert!(networks.connections(empty).unwrap().is_empty());
}
