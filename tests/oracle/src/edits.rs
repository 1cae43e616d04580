//! A cluster that was edited step by step is the cluster that is read all at once.
//!
//! The engine keeps the network of a cluster and follows each change; read afresh, it works everything out from nothing. After
//! each step both have to say the same, and that the same changed.

use std::fmt;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::engine_side::Live;
use crate::fixture;
use crate::generate::{self, Scope};
use crate::random::Random;

/// One change.
#[derive(Clone, Debug)]
pub enum Step {
    /// An object comes, or replaces the one of its name.
    Put(Value),
    /// The object of this name goes, if it is there.
    Take(Value),
}

/// Steps after which the two are not the same.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The seed of the steps.
    pub seed: u64,
    /// All steps, the last of them the one after which they differ.
    pub steps: Vec<Step>,
    /// What differs.
    pub what: &'static str,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { seed, steps, what } = self;
        writeln!(f, "# seed {seed}; after {} steps {what} another one than afresh", steps.len())?;
        for step in steps {
            let (word, document) = match step {
                Step::Put(document) => ("put", document),
                Step::Take(document) => ("take", document),
            };
            write!(f, "# {word}\n{}", fixture::to_text(std::slice::from_ref(document)))?;
        }
        Ok(())
    }
}

/// What makes two documents the same object.
fn identity(document: &Value) -> [&Value; 4] {
    let metadata = &document["metadata"];
    [&document["apiVersion"], &document["kind"], &metadata["namespace"], &metadata["name"]]
}

/// The steps that a seed means: objects of all kinds come, are replaced, get the labels of others, and go.
pub fn steps(seed: u64, count: u64) -> Vec<Step> {
    let mut random = Random::seeded(seed);
    let mut there: Vec<Value> = Vec::new();
    let mut steps = Vec::new();
    for number in 0..count {
        let step = match random.below(10) {
            0..3 if !there.is_empty() => Step::Take(random.pick(&there)),
            3..5 if !there.is_empty() => Step::Put(relabelled(&mut random, &there)),
            5 => Step::Put(beside(&mut random)),
            // Names repeat from cluster to cluster, so that what comes often replaces what is there.
            _ => {
                // Cluster-wide policies make a network from nothing.
                let scope = if random.chance(20) { Scope::AllTiers } else { Scope::Refused };
                Step::Put(random.pick(&generate::cluster(seed.wrapping_add(number), scope).documents))
            }
        };
        let (Step::Put(document) | Step::Take(document)) = &step;
        there.retain(|known| identity(known) != identity(document));
        if matches!(step, Step::Put(_)) {
            there.push(document.clone());
        }
        steps.push(step);
    }
    steps
}

/// An object that is there, with the labels of another one.
fn relabelled(random: &mut Random, there: &[Value]) -> Value {
    let [mut document, other] = [random.pick(there), random.pick(there)];
    for pointer in ["/metadata", "/spec/template/metadata"] {
        let labels = other.pointer(pointer).or(other.pointer("/metadata")).map(|metadata| metadata["labels"].clone());
        if let (Some(metadata), Some(labels)) = (document.pointer_mut(pointer), labels) {
            metadata["labels"] = labels;
        }
    }
    document
}

/// An object that no NetworkPolicy reads, in a namespace that may hold nothing else; or one of a kind that is not modelled.
fn beside(random: &mut Random) -> Value {
    let namespace = random.pick(&generate::NAMESPACES);
    if random.chance(10) {
        return json!({ "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
                       "metadata": { "namespace": namespace, "name": "other" } });
    }
    json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "namespace": namespace, "name": "s" },
            "spec": { "selector": { "app": "web" }, "ports": [{ "port": random.between(1, 9) }] } })
}

/// Goes through steps up to the first after which the two are not the same.
///
/// # Errors
/// Those steps; they are to be shrunk.
fn follow(seed: u64, steps: &[Step]) -> Result<(), Difference> {
    let mut there: Vec<Value> = Vec::new();
    let mut live = Live::empty();
    let mut before = (live.kept_up(), Live::empty().afresh());
    for (number, step) in steps.iter().enumerate() {
        let (Step::Put(document) | Step::Take(document)) = step;
        there.retain(|known| identity(known) != identity(document));
        match step {
            Step::Put(document) => {
                live.put(document);
                there.push(document.clone());
            }
            Step::Take(document) => drop(live.take(document)),
        }
        let mut other = Live::empty();
        there.iter().for_each(|document| other.put(document));
        let now = (live.kept_up(), other.afresh());
        let what = now.0.differs_from(&now.1, (&before.0, &before.1));
        if let Some(what) = what {
            return Err(Difference { seed, steps: steps[..=number].to_vec(), what });
        }
        before = now;
    }
    Ok(())
}

/// Fewer steps, as long as something differs.
fn shrink(mut found: Difference) -> Difference {
    let mut at = 0;
    while at < found.steps.len() {
        let mut fewer = found.steps.clone();
        fewer.remove(at);
        match follow(found.seed, &fewer) {
            Err(smaller) => found = smaller,
            Ok(()) => at += 1,
        }
    }
    found
}

/// Edits a random cluster so many times.
///
/// # Errors
/// A step after which the two are not the same, with as few steps before it as need be.
pub fn run(seed: u64, count: u64) -> Result<()> {
    let found = follow(seed, &steps(seed, count)).err().map(shrink);
    ensure!(found.is_none(), "{}", found.map(|found| found.to_string()).unwrap_or_default());
    Ok(())
}
