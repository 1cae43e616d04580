//! What the network does, by the component and by the native engine: the same, for every case of `docs/cases`.
//!
//! The component's records become the engine's types as in the command line, and are then compared whole, as they print.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use engine::cluster::{Direction, World};
use engine::dns::{Client, DnsSettings, RecordType, resolve};
use engine::net::{AddressSet, Cidr};
use engine::reach::{self, End, Explanation, Reach, ReachSettings};
use engine::review::{Places, given};
use engine::way::{Branch, Entering, NoSuchService, Traced, Url, entrances, services, to_service, trace, trace_in};
use literate::{Case, case_files, cases_of};
use wasm_host::api::{self, NetworkSettings, NoAnswer, WorldKind};
use wasm_host::{Component, Failure, Networks};

use evidence::{Ids, Named};
use records::Record;

#[path = "../../engine/tests/reach/literate.rs"]
mod literate;

#[path = "../../cli/src/engines/wasm/changes.rs"]
mod changes;
#[path = "../../cli/src/engines/wasm/evidence.rs"]
mod evidence;
#[path = "../../cli/src/engines/wasm/names.rs"]
mod names;
#[path = "../../cli/src/engines/wasm/records.rs"]
#[expect(dead_code, reason = "the command line uses more of them")]
mod records;
#[path = "../../cli/src/engines/wasm/sides.rs"]
mod sides;
#[path = "../../cli/src/engines/wasm/ways.rs"]
mod ways;

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

/// Both print the same.
fn same(wasm: &impl Debug, native: &impl Debug, about: &str) {
    let [wasm, native] = [format!("{wasm:#?}"), format!("{native:#?}")];
    assert!(wasm == native, "{about}\n--- component\n{wasm}\n--- native\n{native}");
}

/// Of sources, records have names and the engine numbers; see [`places_are_those_of_the_texts`].
fn without_places(mut explanation: Explanation) -> Explanation {
    for side in [&mut explanation.egress, &mut explanation.ingress].into_iter().flatten() {
        side.policies.iter_mut().flat_map(|policy| &mut policy.rules).for_each(|rule| rule.place = None);
        side.tiers.iter_mut().flat_map(|policy| &mut policy.rules).for_each(|rule| rule.place = None);
    }
    explanation
}

fn places_are_those_of_the_texts(both: &Both, explanation: &api::Explanation) -> usize {
    let places = Places::of(&both.cluster, &both.sources);
    let rules = explanation.sides.iter().flat_map(|side| {
        let policies = side.policies.iter().flat_map(|policy| {
            policy.rules.iter().map(|rule| (policy.policy.clone(), rule.field.clone(), rule.place.clone()))
        });
        let tiers = side.tiers.iter().flat_map(|policy| {
            policy.rules.iter().map(|rule| (policy.policy.clone(), rule.field.clone(), rule.place.clone()))
        });
        policies.chain(tiers).collect::<Vec<_>>()
    });
    let mut found = 0;
    for (policy, field, place) in rules {
        same(&place.own(), &places.value(&policy.own(), &field), &field);
        found += 1;
    }
    found
}

fn ids(reach: &Reach) -> Ids {
    Ids::of(reach.workloads().iter().map(|workload| &workload.name))
}

/// A question of `docs/cases`; how many rules its explanation has.
fn ask(networks: &mut Networks, both: &Both, [from, to, port, _]: &[String; 4]) -> usize {
    let ask = (!port.is_empty()).then(|| reach::PortAsk::parse(port).unwrap());
    let number = ask.map(evidence::port);
    let Both { sources, world, settings, cluster, reach, network } = both;
    let (about, ids) = (format!("{from} -> {to} {port}"), ids(reach));
    for name in [from, to] {
        let found = networks.find(*network, name).unwrap();
        same(&found.map(|end| end.known(&ids)).map_err(Record::own), &reach.resolve_name(name), &about);
    }
    let answer = networks.ask(*network, [from, to], number, DEADLINE).unwrap();
    let (Ok(source), Ok(destination)) = (reach.resolve_name(from), reach.resolve_name(to)) else {
        assert!(answer.is_err(), "{about}");
        return 0;
    };
    same(&answer.unwrap().known(&ids), &reach.ask(&source, &destination, ask), &about);
    let ends = [&source, &destination].map(|end| evidence::end(end, |end| reach.name(end)));
    let found = networks.explain(*network, [&ends[0], &ends[1]], number, DEADLINE).unwrap().unwrap();
    let rules = places_are_those_of_the_texts(both, &found);
    let native = reach.explain(cluster, &source, &destination, ask);
    same(&found.known(&ids), &without_places(native), &about);
    let turn = networks.turn(*network, [from, to], number, DEADLINE).unwrap().unwrap();
    let input = engine::synth::Input { sources, world: *world, namespace: "default", settings };
    let native = engine::synth::turn(&input, cluster, reach, (&source, &destination, ask));
    same(&turn.map(Record::own), &native, &about);
    rules
}

fn exposure(networks: &mut Networks, both: &Both) -> usize {
    let mut conditions = 0;
    for (id, workload) in both.reach.workload_ids().zip(both.reach.workloads()) {
        for direction in [Direction::Ingress, Direction::Egress] {
            let found = networks.exposure(both.network, &workload.name, evidence::direction(direction)).unwrap();
            let native = both.reach.exposure(id, direction);
            conditions += native.len();
            same(&found.unwrap().own(), &native, &workload.name);
        }
    }
    conditions
}

/// What changes to the case before; how many changes there are.
fn diff(networks: &mut Networks, older: &Both, newer: &Both) -> usize {
    let native = reach::Diff::between(&older.reach, &newer.reach);
    let found = networks.diff(older.network, newer.network).unwrap().own();
    same(&found, &native, "diff");
    for change in &native.changed {
        let reasons = networks.reasons(older.network, newer.network, &changes::change(change)).unwrap();
        same(&reasons.own(), &change.reasons(&older.reach, &newer.reach), "reasons");
    }
    native.changed.len()
}

#[test]
fn the_component_says_of_every_case_what_the_native_engine_says() {
    let mut networks = Networks::new(&Component::embedded().unwrap(), MEMORY).unwrap();
    let mut before: Option<Both> = None;
    let [mut cases, mut rules, mut conditions, mut changed] = [0; 4];
    for (_, text) in case_files() {
        for case in cases_of(&text) {
            let both = both(&mut networks, &case);
            let listed = networks.connections(both.network).unwrap().known(&ids(&both.reach));
            same(&listed, &both.reach.connections().collect::<Vec<_>>(), &case.title);
            let workloads = networks.workloads(both.network).unwrap();
            same(&workloads.own(), &both.reach.workloads(), &case.title);
            same(&networks.unmodelled(both.network).unwrap().own(), &both.reach.unmodelled(), &case.title);
            rules += case.rows.iter().map(|row| ask(&mut networks, &both, row)).sum::<usize>();
            conditions += exposure(&mut networks, &both);
            if let Some(older) = before.take() {
                changed += diff(&mut networks, &older, &both);
                networks.forget(older.network).unwrap();
            }
            before = Some(both);
            cases += 1;
        }
    }
    assert!(cases > 25 && rules > 100 && conditions > 50 && changed > 50, "{cases} {rules} {conditions} {changed}");
}

/// The cases of a file of names or Services.
fn cases_of_names(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cases").join(file);
    let mut cases = cases_of(&std::fs::read_to_string(path).unwrap());
    cases.iter_mut().for_each(|case| case.rows.retain(|row| row[0] != "pod"));
    cases
}

fn dns() -> DnsSettings {
    DnsSettings { servers: vec!["10.96.0.10".parse().unwrap()], ..DnsSettings::default() }
}

#[test]
fn names_resolve_in_the_component_as_they_do_natively() {
    let mut networks = Networks::new(&Component::embedded().unwrap(), MEMORY).unwrap();
    let mut hits = 0;
    for case in cases_of_names("dns.md") {
        let both = both(&mut networks, &case);
        for [pod, name, kind, _] in &case.rows {
            let Ok(End::Workload(id)) = both.reach.resolve_name(pod) else { panic!("{pod}") };
            let client = Client::of(&both.cluster, &both.reach.workload(id).unwrap().object).unwrap();
            let kind = RecordType::parse(kind).unwrap_or(RecordType::Address);
            let native = resolve(&both.cluster, &client, name, kind, &dns());
            let asked = (names::record_type(kind), names::settings(&dns()));
            let found = networks.resolve(both.network, [pod, name], asked.0, &asked.1, DEADLINE).unwrap();
            same(&found.unwrap().own(), &native, &format!("{}: {pod} {name}", case.title));
            hits += usize::from(native.hit.is_some());
        }
        networks.forget(both.network).unwrap();
    }
    assert!(hits > 20, "{hits}");
}

/// Of endpoints, records have the answer alone.
fn without_rules(branches: &mut [Branch]) {
    for explanation in branches.iter_mut().filter_map(|branch| branch.explanation.as_mut()) {
        (explanation.egress, explanation.ingress) = (None, None);
    }
}

#[test]
fn ways_are_followed_in_the_component_as_they_are_natively() {
    let mut networks = Networks::new(&Component::embedded().unwrap(), MEMORY).unwrap();
    let [mut steps, mut ports] = [0; 2];
    for case in cases_of_names("services.md") {
        let Both { network, mut cluster, reach, settings, .. } = both(&mut networks, &case);
        let ids = ids(&reach);
        for [pod, text, _, _] in &case.rows {
            let Ok(End::Workload(id)) = reach.resolve_name(pod) else { continue };
            let (source, url, dns) = (&reach.workload(id).unwrap().object, Url::parse(text).unwrap(), dns());
            let mut native = trace(&mut cluster, &reach, Traced { source, url: &url, dns: &dns, reach: &settings });
            without_rules(&mut native.branches);
            let found = networks.trace(network, [pod, text], &names::settings(&dns), DEADLINE).unwrap();
            steps += native.steps.len();
            same(&found.unwrap().known(&ids), &native, text);
        }
        for (namespace, name) in [("shop", "api"), ("shop", "db"), ("shop", "api-pods"), ("shop", "apj")] {
            for source in ["outside", "shop/web"] {
                let end = reach.resolve_name(source).unwrap();
                let asked = evidence::end(&end, |end| reach.name(end));
                let native = to_service(&cluster, &reach, &end, (namespace, name), None);
                let found = networks.service(network, &asked, [namespace, name], None, DEADLINE).unwrap();
                let native = native.map(|mut native| {
                    native.ports.iter_mut().for_each(|way| without_rules(&mut way.branches));
                    ports += native.ports.len();
                    native
                });
                let found = found.map(|found| found.known(&ids)).map_err(|error| match error {
                    NoAnswer::Service(candidates) => NoSuchService { candidates },
                    other => panic!("{other:?}"),
                });
                same(&found, &native, name);
            }
        }
        networks.forget(network).unwrap();
    }
    assert!(steps > 50 && ports > 5, "{steps} {ports}");
}

#[test]
fn ways_in_are_followed_in_the_component_as_they_are_natively() {
    let mut networks = Networks::new(&Component::embedded().unwrap(), MEMORY).unwrap();
    let manifests = include_str!("../../engine/tests/ways_in/shop.yaml").to_owned();
    let case = Case { title: "ways in".into(), settings: String::new(), manifests, rows: Vec::new() };
    let Both { network, cluster, reach, settings, .. } = both(&mut networks, &case);
    let (ids, dns) = (ids(&reach), dns());
    let End::Workload(nginx) = reach.resolve_name("edge/nginx").unwrap() else { panic!("it is a workload") };
    let nginx = reach.workload(nginx).unwrap().object.clone();
    same(&networks.services(network).unwrap().unwrap().own(), &services(&cluster), "services");
    for (names, controllers) in [(vec![], vec![]), (vec!["edge/nginx".to_owned()], vec![nginx])] {
        let found = networks.entrances(network, &names).unwrap().unwrap();
        let native = entrances(&cluster, &reach, &controllers);
        assert!(native.len() > 8, "{native:#?}");
        same(&found.own(), &native, "ways in");
        for text in
            ["https://shop.example/api", "https://shop.example", "https://a.gw.example/", "http://nobody.example"]
        {
            let url = Url::parse(text).unwrap();
            let entering = Entering { url: &url, controllers: &controllers, dns: &dns, reach: &settings };
            let mut native = trace_in(&cluster, &reach, entering);
            without_rules(&mut native.branches);
            let found = networks.trace_in(network, text, &names, &names::settings(&dns), DEADLINE).unwrap();
            same(&found.unwrap().known(&ids), &native, text);
        }
    }
    let refused = networks.entrances(network, &["edge/nobody".to_owned()]).unwrap();
    assert!(matches!(refused, Err(NoAnswer::End(no_such)) if no_such.asked == "edge/nobody"));
}

#[test]
fn what_cannot_be_asked_is_told_and_ends_nothing() {
    let mut networks = Networks::new(&Component::embedded().unwrap(), MEMORY).unwrap();
    let case = cases_of_names("services.md").remove(0);
    let both = both(&mut networks, &case);
    let dns = names::settings(&dns());
    let refused = networks.trace(both.network, ["shop/web", "api"], &dns, DEADLINE).unwrap();
    assert!(matches!(refused, Err(NoAnswer::Refused(why)) if why.contains("has no port")));
    let refused = networks.trace(both.network, ["outside", "http://api"], &dns, DEADLINE).unwrap();
    assert!(matches!(refused, Err(NoAnswer::End(no_such)) if no_such.asked == "outside"));
    let wrong = api::DnsSettings { servers: vec!["ten".into()], ..dns.clone() };
    let kind = api::RecordType::A;
    let refused = networks.resolve(both.network, ["shop/web", "api"], kind, &wrong, DEADLINE).unwrap();
    assert!(matches!(refused, Err(NoAnswer::Refused(why)) if why.starts_with("`ten` is no address")));
    let nobody = api::End::Workload("shop/nobody".into());
    assert!(networks.explain(both.network, [&nobody, &nobody], None, DEADLINE).unwrap().is_err());
    let hole = api::End::Addresses(vec![api::Block { cidr: "10.0.0.0/8".into(), except: vec!["hole".into()] }]);
    let refused = networks.explain(both.network, [&hole, &nobody], None, DEADLINE).unwrap().unwrap_err();
    assert_eq!(refused.asked, "hole");
    assert_eq!(networks.nearest_services(both.network, ["shop", "apj"]).unwrap(), ["api"]);
    let answer = networks.ask(both.network, ["shop/web", "outside"], None, DEADLINE).unwrap().unwrap();
    assert_eq!(answer.verdict, api::Verdict::Allow);
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
