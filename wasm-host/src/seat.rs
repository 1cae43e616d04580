//! An instance and how much of the cluster's changes it has seen.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::api::{Finding, Format, ObjectRef, Source};
use crate::failure::Failure;
use crate::instance::Instance;
use crate::objects::{Change, Cursor, Objects};

/// How long changes may hold requests up.
const SLICE: Duration = Duration::from_millis(1);

/// Changes handed over at once, at most: some hundred microseconds of work.
const BATCH: usize = 16;

/// An instance with its place in the log of changes.
#[derive(Debug)]
pub(crate) struct Seated {
    pub(crate) instance: Instance,
    pub(crate) cursor: Cursor,
    /// Which packs it was loaded with.
    pub(crate) generation: u64,
    pub(crate) since: Instant,
}

/// Where a request finds an instance; empty after a failure, until another takes over.
#[derive(Debug, Default)]
pub(crate) struct Seat(pub(crate) Option<Seated>);

/// Why an instance could not take changes, and the objects it was given then.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) failure: Failure,
    pub(crate) objects: Vec<ObjectRef>,
}

/// Whether there are more changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    More,
    UpToDate,
}

impl Seated {
    /// Takes changes for about a millisecond.
    pub(crate) fn slice(
        &mut self,
        objects: &Mutex<Objects>,
        until: u64,
        findings: &mut Vec<Finding>,
    ) -> Result<Progress, Refused> {
        let start = Instant::now();
        while start.elapsed() < SLICE {
            let changes = objects.lock().next(&self.cursor, BATCH, until);
            if changes.is_empty() {
                return Ok(Progress::UpToDate);
            }
            findings.extend(replay(&mut self.instance, &changes)?);
        }
        Ok(Progress::More)
    }

    /// Takes all changes before `until`.
    pub(crate) fn catch_up(&mut self, objects: &Mutex<Objects>, until: u64) -> Result<(), Refused> {
        while self.slice(objects, until, &mut Vec::new())? == Progress::More {}
        Ok(())
    }
}

/// Hands changes to an instance in their order, objects that follow one another at once.
pub(crate) fn replay(instance: &mut Instance, changes: &[Change]) -> Result<Vec<Finding>, Refused> {
    let mut findings = Vec::new();
    for run in changes.chunk_by(|one, next| std::mem::discriminant(one) == std::mem::discriminant(next)) {
        for batch in run.chunks(BATCH) {
            let told = hand_over(instance, batch).map_err(|failure| Refused { failure, objects: named(batch) })?;
            findings.extend(told);
        }
    }
    Ok(findings)
}

fn hand_over(instance: &mut Instance, batch: &[Change]) -> Result<Vec<Finding>, Failure> {
    let mut put = Vec::new();
    let mut gone = Vec::new();
    for change in batch {
        match change {
            Change::Put(object, bytes) => {
                put.push(Source { name: name(object), format: Format::Json, bytes: bytes.to_vec() })
            }
            Change::Gone(object) => gone.push(object.clone()),
            Change::Kind(group, kind, state) => instance.set_kind(group, kind, state)?,
        }
    }
    if !gone.is_empty() {
        instance.remove(&gone)?;
    }
    if put.is_empty() { Ok(Vec::new()) } else { instance.apply(&put) }
}

fn named(batch: &[Change]) -> Vec<ObjectRef> {
    let object = |change: &Change| match change {
        Change::Put(object, _) => Some(object.clone()),
        Change::Gone(_) | Change::Kind(..) => None,
    };
    batch.iter().filter_map(object).collect()
}

fn name(object: &ObjectRef) -> String {
    let ObjectRef { kind, namespace, name, .. } = object;
    if namespace.is_empty() { format!("{kind}/{name}") } else { format!("{kind}/{namespace}/{name}") }
}
