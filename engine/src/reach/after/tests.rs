use std::collections::BTreeSet;

use super::*;
use crate::cluster::World;
use crate::finding::Finding;
use crate::object::{Lowered, Object, Origin, lower};
use crate::reach::testing::{Random, random_text};
use crate::reach::{Connection, Diff, End, WorkloadId};
use crate::text::{Format, Limits, Source, read};

fn objects(text: &str) -> Vec<Object> {
    let source = Source { name: "given".into(), format: Format::Yaml, bytes: text.as_bytes().to_vec() };
    let mut findings: Vec<Finding> = Vec::new();
    let origin = Origin::of_source(&source, 0, "default");
    let documents = read(&source, &Limits::default(), &mut findings);
    let lowered = documents.into_iter().map(|document| lower(document, &origin, &mut findings)).collect::<Vec<_>>();
    lowered
        .into_iter()
        .flat_map(|lowered| if let Lowered::Objects(found) = lowered { found } else { Vec::new() })
        .collect()
}

/// Everything that can be asked.
fn check(made: &Reach, cluster: &Cluster, what: &str) {
    let afresh = Reach::of(cluster);
    assert_eq!(made.workloads(), afresh.workloads(), "{what}");
    assert_eq!(made.unmodelled(), afresh.unmodelled(), "{what}");
    let list = |reach: &Reach| reach.connections().collect::<Vec<Connection>>();
    assert_eq!(list(made), list(&afresh), "{what}");
    let ends: Vec<End> = made.workload_ids().map(End::Workload).chain([End::outside()]).collect();
    for (source, destination) in ends.iter().flat_map(|source| ends.iter().map(move |other| (source, other))) {
        let explain = |reach: &Reach| reach.explain(cluster, source, destination, None);
        assert_eq!(explain(made), explain(&afresh), "{what}");
    }
    for id in made.workload_ids() {
        for direction in [Direction::Ingress, Direction::Egress] {
            assert_eq!(made.exposure(id, direction), afresh.exposure(id, direction), "{what}");
        }
        let theirs =
            |connection: &Connection| [&connection.source, &connection.destination].contains(&&End::Workload(id));
        let listed: Vec<Connection> = list(&afresh).into_iter().filter(theirs).collect();
        assert_eq!(made.connections_of(&[id].into()), listed, "{what}");
    }
    let ids = made.workload_ids().collect::<BTreeSet<WorkloadId>>();
    assert_eq!(made.connections_of(&ids), list(&afresh), "{what}");
}

/// What a diff that looks at what changed says is what one says that compares everything.
fn check_diff(old: &Reach, new: &Reach, before: &Reach, after: &Reach, what: &str) {
    assert!(new.lineage.is_after(&old.lineage), "{what}");
    assert_eq!(Diff::between(old, new), Diff::between(before, after), "{what}");
}

/// What is changed at random, and the network before each step, made step by step and afresh.
struct Edited {
    random: Random,
    cluster: Cluster,
    there: BTreeSet<ObjectRef>,
}

impl Edited {
    fn of(seed: u64, world: World) -> Edited {
        Edited { random: Random(seed), cluster: Cluster::of_files(world), there: BTreeSet::new() }
    }

    fn some(&mut self) -> Option<ObjectRef> {
        let at = usize::try_from(self.random.below(self.there.len().max(1) as u64)).unwrap();
        self.there.iter().nth(at).cloned()
    }

    fn other(&mut self) -> Object {
        loop {
            let mut others = objects(&random_text(&mut self.random));
            let at = usize::try_from(self.random.below(others.len() as u64)).unwrap();
            // What costs a network from nothing is to be seldom.
            if !concerns_everyone(&others[at].id) || self.random.below(8) == 0 {
                return others.swap_remove(at);
            }
        }
    }

    /// Changes some objects, and says which.
    fn step(&mut self) -> Vec<ObjectRef> {
        let mut changed = Vec::new();
        for _ in 0..=self.random.below(2) {
            let gone = self.some().filter(|_| self.random.below(3) == 0);
            if let Some(gone) = gone {
                self.there.remove(&gone);
                assert!(self.cluster.remove(&gone));
                changed.push(gone);
            } else {
                let other = self.other();
                changed.push(other.id.clone());
                self.there.insert(other.id.clone());
                self.cluster.insert(other);
            }
        }
        changed
    }
}

#[test]
fn edited_step_by_step_it_is_the_network_of_the_cluster_afresh() {
    for seed in 1..=10 {
        let world = if seed % 2 == 0 { World::Auto } else { World::Closed };
        let mut edited = Edited::of(seed, world);
        let mut reach = Reach::of(&edited.cluster);
        let mut afresh = Reach::of(&edited.cluster);
        for step in 0..25 {
            let what = format!("seed {seed}, step {step}");
            let changed = edited.step();
            let new = reach.after(&edited.cluster, &changed);
            check(&new, &edited.cluster, &what);
            let new_afresh = Reach::of(&edited.cluster);
            if !changed.iter().any(concerns_everyone) {
                check_diff(&reach, &new, &afresh, &new_afresh, &what);
            }
            (reach, afresh) = (new, new_afresh);
        }
    }
}

#[test]
fn the_network_that_a_cluster_keeps_is_that_of_now() {
    for seed in 100..103 {
        let mut edited = Edited::of(seed, World::Closed);
        for step in 0..15 {
            let what = format!("seed {seed}, step {step}");
            edited.step();
            if edited.random.below(2) == 0 {
                check(&Reach::current(&edited.cluster), &edited.cluster, &what);
            }
            let other = edited.other();
            let undo = edited.cluster.overlay(&other);
            check(&Reach::current(&edited.cluster), &edited.cluster, &what);
            let gone = edited.some().map(|id| edited.cluster.lift(&id));
            check(&Reach::current(&edited.cluster), &edited.cluster, &what);
            gone.into_iter().for_each(|gone| edited.cluster.revert(gone));
            check(&Reach::current(&edited.cluster), &edited.cluster, &what);
            edited.cluster.revert(undo);
            check(&Reach::current(&edited.cluster), &edited.cluster, &what);
        }
    }
}

#[test]
fn what_does_not_change_the_network_leaves_it_the_same() {
    let mut edited = Edited::of(7, World::Closed);
    (0..20).for_each(|_| drop(edited.step()));
    let reach = Reach::current(&edited.cluster);
    let service = "{apiVersion: v1, kind: Service, metadata: {namespace: n1, name: s}, spec: {ports: [{port: 1}]}}";
    for object in objects(service) {
        edited.cluster.insert(object);
    }
    assert!(Diff::between(&reach, &Reach::current(&edited.cluster)).is_empty());
    assert!(Reach::current(&edited.cluster).lineage.is_of(&reach.lineage));
}

#[test]
fn a_network_that_changed_often_begins_anew_and_is_the_same() {
    let mut cluster = Cluster::of_files(World::Closed);
    for object in objects(&random_text(&mut Random(3))) {
        cluster.insert(object);
    }
    let mut reach = Reach::of(&cluster);
    let mut begun = 0;
    for number in 0..600 {
        let text = format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{namespace: n1, name: np0}}, \
             spec: {{podSelector: {{}}, ingress: [{{ports: [{{port: {}}}]}}]}}}}",
            number + 1
        );
        let object = objects(&text).swap_remove(0);
        let id = object.id.clone();
        cluster.insert(object);
        let new = reach.after(&cluster, &[id]);
        begun += usize::from(!new.lineage.is_after(&reach.lineage));
        reach = new;
    }
    assert_eq!(begun, 2, "each time when as much is gone as there may be");
    check(&reach, &cluster, "after many changes");
}
