//! A cluster that was edited step by step is the cluster that is read all at once.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::engine_side::Live;
use crate::fixture;
use crate::generate::{self, Scope};
use crate::random::Random;

/// What makes two documents the same object.
fn identity(document: &Value) -> [&Value; 4] {
    let metadata = &document["metadata"];
    [&document["apiVersion"], &document["kind"], &metadata["namespace"], &metadata["name"]]
}

/// Edits a random cluster `steps` times: objects come, are replaced, and go. After each step the engine's list of
/// connections has to be that of the same objects read afresh.
///
/// # Errors
/// A step after which the two differ, with the manifests.
pub fn run(seed: u64, steps: u64) -> Result<()> {
    let mut random = Random::seeded(seed);
    let mut documents: Vec<Value> = Vec::new();
    let mut live = Live::empty();
    for step in 0..steps {
        // Names repeat from cluster to cluster, so that what comes often replaces what is there.
        let other = generate::cluster(seed.wrapping_add(step), Scope::AllTiers).documents;
        for document in random.some(&other, 2) {
            documents.retain(|known| identity(known) != identity(&document));
            live.put(&document);
            documents.push(document);
        }
        if random.chance(40) {
            let gone = documents.remove(random.below(documents.len()));
            ensure!(live.take(&gone), "seed {seed}, step {step}: the engine does not know {gone}");
        }
        let mut afresh = Live::empty();
        documents.iter().for_each(|document| afresh.put(document));
        ensure!(
            live.connections() == afresh.connections(),
            "seed {seed}, step {step}: edited step by step, these objects are another cluster than read afresh:\n{}",
            fixture::to_text(&documents)
        );
    }
    Ok(())
}
