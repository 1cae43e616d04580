//! Rows against evidence: two readings of the same rules, on random clusters and the cases of the documentation.

use std::sync::Arc;

use super::evidence::Question;
use super::spans::Spans;
use super::testing::{Random, cluster, random_text};
use super::{Connection, Diff, DiffEnd, End, Few, Passage, Reach, WorkloadId};
use crate::cluster::Direction;
use crate::net::{AddressSet, parse_address};

/// Addresses inside and outside of every block that random policies have.
const ADDRESSES: [&str; 6] = ["10.0.0.1", "10.1.0.1", "10.1.1.1", "192.0.2.1", "2001:db8::1", "fd00::1"];

fn ends(reach: &Reach) -> Vec<End> {
    let workloads =
        (0..u32::try_from(reach.workloads().len()).unwrap()).map(|number| End::Workload(WorkloadId(number)));
    let addresses =
        ADDRESSES.map(|text| End::Addresses(Arc::new(AddressSet::of_address(parse_address(text).unwrap()))));
    workloads.chain(addresses).collect()
}

/// What the evidence of both sides says.
fn by_evidence(reach: &Reach, source: &End, destination: &End) -> Passage {
    let side = |direction, subject: &End, other| match subject {
        End::Workload(subject) => {
            let question = Question { direction, subject: *subject, other, port: None, cluster: None };
            let (side, value) = reach.evidence(&question).unwrap();
            assert_eq!(side.passage, value.passage());
            value
        }
        End::Addresses(_) => Spans::settled(&crate::net::Ports::all()),
    };
    let out = side(Direction::Egress, source, destination);
    let both = out.and(&side(Direction::Ingress, destination, source));
    let bare = |id: &WorkloadId| reach.workload(*id).unwrap().bare_pod;
    match source {
        End::Workload(id) if source == destination && bare(id) => super::meet::to_itself(&both).passage(),
        _ => both.passage(),
    }
}

/// Every pair, asked, listed and looked at policy by policy.
fn check(text: &str) {
    let reach = Reach::of(&cluster(text));
    let listed: Vec<Connection> = reach.connections().collect();
    let is_listed = |source: &End, destination: &End| {
        let inside = |asked: &End, listed: &End| match (asked, listed) {
            (End::Addresses(asked), End::Addresses(listed)) => asked.is_subset(listed),
            _ => asked == listed,
        };
        let mut found = listed.iter().filter(|of| inside(source, &of.source) && inside(destination, &of.destination));
        let first = found.next().map(|connection| Passage::clone(&connection.passage)).unwrap_or_default();
        assert!(found.next().is_none(), "listed twice");
        first
    };
    for source in &ends(&reach) {
        for destination in &ends(&reach) {
            let asked = reach.ask(source, destination, None);
            let [part] = asked.parts.as_slice() else { panic!("one address is one part") };
            if matches!((source, destination), (End::Addresses(_), End::Addresses(_))) {
                continue;
            }
            let names = format!("{} -> {} in\n{text}", reach.name(source), reach.name(destination));
            assert_eq!(part.passage, by_evidence(&reach, source, destination), "evidence of {names}");
            assert_eq!(part.passage, is_listed(source, destination), "list of {names}");
            assert_eq!(asked.reasons.is_empty(), part.passage.implementation_defined.is_empty(), "reasons of {names}");
            assert_eq!(asked.causes.is_empty(), part.passage.unknown.is_empty(), "causes of {names}");
        }
    }
}

#[test]
fn rows_say_what_evidence_says() {
    for seed in 1..=60 {
        check(&random_text(&mut Random(seed)));
    }
}

/// The network of a few workloads says of them and of addresses what that of the whole cluster says.
fn check_few(text: &str) {
    let cluster = cluster(text);
    let whole = Reach::of(&cluster);
    let here = |object: &crate::finding::ObjectRef| {
        cluster.item((&object.group, &object.kind), &object.namespace, &object.name)
    };
    let items: Vec<_> = whole.workloads().iter().filter_map(|workload| here(&workload.object)).collect();
    for (at, one) in items.iter().enumerate() {
        let mut few = Few::default();
        [one, &items[(at * 7 + 3) % items.len()]].into_iter().for_each(|item| few.add(&cluster, item));
        let near = Reach::among(&cluster, &few);
        let in_whole = |end: &End| match end {
            End::Workload(id) => whole.end_of(&near.workload(*id).unwrap().object).unwrap(),
            End::Addresses(_) => end.clone(),
        };
        for source in &ends(&near) {
            for destination in &ends(&near) {
                let [few, all] =
                    [near.ask(source, destination, None), whole.ask(&in_whole(source), &in_whole(destination), None)];
                let names = format!("{} -> {} in\n{text}", near.name(source), near.name(destination));
                assert_eq!(few.parts[0].passage, all.parts[0].passage, "{names}");
                assert_eq!((few.reasons, few.causes), (all.reasons, all.causes), "{names}");
            }
        }
    }
}

#[test]
fn a_few_workloads_are_what_they_are_among_all() {
    for seed in 1..=5 {
        check_few(&random_text(&mut Random(seed * 31)));
    }
}

/// The end of a network that a diff speaks of.
fn end_of(reach: &Reach, end: &DiffEnd) -> Option<End> {
    match end {
        DiffEnd::Addresses(set) => Some(End::Addresses(Arc::new(set.clone()))),
        DiffEnd::Workload(object) => {
            let at = reach.workloads().iter().position(|workload| workload.object == *object)?;
            Some(End::Workload(WorkloadId(u32::try_from(at).unwrap())))
        }
    }
}

fn check_diff(texts: [&str; 2]) {
    let [old, new] = texts.map(|text| Reach::of(&cluster(text)));
    let diff = Diff::between(&old, &new);
    let workloads = [&old, &new].into_iter().flat_map(|reach| reach.workloads());
    let mut ends: Vec<DiffEnd> = workloads.map(|workload| DiffEnd::Workload(workload.object.clone())).collect();
    ends.sort();
    ends.dedup();
    ends.extend(ADDRESSES.map(|text| DiffEnd::Addresses(AddressSet::of_address(parse_address(text).unwrap()))));
    let passage = |reach: &Reach, source: &DiffEnd, destination: &DiffEnd| {
        let (source, destination) = (end_of(reach, source)?, end_of(reach, destination)?);
        let [part] = &reach.ask(&source, &destination, None).parts[..] else { panic!("one address is one part") };
        Some(part.passage.clone())
    };
    let inside = |asked: &DiffEnd, told: &DiffEnd| match (asked, told) {
        (DiffEnd::Addresses(asked), DiffEnd::Addresses(told)) => asked.is_subset(told),
        _ => asked == told,
    };
    for source in &ends {
        for destination in &ends {
            let [before, after] = [&old, &new].map(|reach| passage(reach, source, destination).unwrap_or_default());
            let told: Vec<_> = diff
                .changed
                .iter()
                .filter(|change| inside(source, &change.source) && inside(destination, &change.destination))
                .map(|change| (Passage::clone(&change.before), Passage::clone(&change.after)))
                .collect();
            let outside = matches!((source, destination), (DiffEnd::Addresses(_), DiffEnd::Addresses(_)));
            let wanted = if before == after || outside { Vec::new() } else { vec![(before, after)] };
            assert_eq!(told, wanted, "{source:?} -> {destination:?} from\n{}to\n{}", texts[0], texts[1]);
        }
    }
}

#[test]
fn a_diff_tells_every_pair_that_is_not_the_same_and_no_other() {
    for seed in 1..=12 {
        let [old, new] = [seed, seed + 1000].map(|seed| random_text(&mut Random(seed)));
        check_diff([&old, &new]);
        let same = Reach::of(&cluster(&old));
        assert!(Diff::between(&same, &same).is_empty());
    }
}

#[test]
fn connections_are_sorted_and_maximal() {
    for seed in 1..=20 {
        let reach = Reach::of(&cluster(&random_text(&mut Random(seed * 7919))));
        let listed: Vec<_> = reach.connections().collect();
        let key = |connection: &Connection| (connection.source.clone(), connection.destination.clone());
        assert!(listed.is_sorted_by_key(key), "{seed}");
        assert!(listed.iter().all(|connection| !connection.passage.is_denied()));
        for pair in listed.windows(2) {
            let [one, two] = pair else { continue };
            let cut = matches!((&one.destination, &two.destination), (End::Addresses(_), End::Addresses(_)));
            assert!(!(cut && one.source == two.source && one.passage == two.passage), "two sets that could be one");
        }
    }
}
