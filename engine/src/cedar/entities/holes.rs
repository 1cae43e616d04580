//! What of the entities could not be worked out.

use std::collections::BTreeMap;

use cedar_policy_core::ast::EntityUID;

use super::{Target, uid};
use crate::cedar::model::NAMESPACE;
use crate::cedar::reads::{Read, Root, walk};
use crate::fact::Cause;

/// Attributes that could not be worked out, and why.
#[derive(Debug, Default)]
pub(in crate::cedar) struct Holes {
    /// In the order found.
    holes: Vec<Hole>,
    /// Sorted once all are known, if there is a hole; nearly always there is none, and then nobody asks.
    links: Vec<(EntityUID, &'static str, EntityUID)>,
    /// Positions in `holes`: an object of a thousand parts has thousands, and each condition of each part asks.
    by_entity: BTreeMap<EntityUID, Vec<usize>>,
}

#[derive(Debug)]
struct Hole {
    entity: EntityUID,
    path: Vec<String>,
    cause: Cause,
}

impl Holes {
    /// True if everything was worked out.
    pub(in crate::cedar) fn is_empty(&self) -> bool {
        self.holes.is_empty()
    }

    /// Why a read from `resource` cannot be known, if it cannot. Cost: a look-up for each entity on the way.
    pub(in crate::cedar) fn cause(&self, target: &Target, read: &Read) -> Option<&Cause> {
        if self.is_empty() {
            return None;
        }
        let (uid, entity) = match &read.root {
            Root::Resource => (target.uid.clone(), target.entity),
            Root::Entity(ty, id) if ty == NAMESPACE => (uid(NAMESPACE, id)?, NAMESPACE),
            Root::Other => return self.holes.first().map(|hole| &hole.cause),
            _ => return None,
        };
        let mut at = Some(&uid);
        for (_, path) in walk(entity, &read.steps).paths {
            let uid = at?;
            let hit = |hole: &Hole| hole.path.iter().zip(&path).all(|(hole, step)| hole == step) && !path.is_empty();
            if let Some(hole) = self.of(uid).find(|hole| hit(hole)) {
                return Some(&hole.cause);
            }
            at = path.last().and_then(|by| self.linked(uid, by));
        }
        None
    }

    fn linked(&self, from: &EntityUID, by: &str) -> Option<&EntityUID> {
        let found = self.links.binary_search_by(|(of, name, _)| (of, *name).cmp(&(from, by))).ok()?;
        self.links.get(found).map(|(_, _, to)| to)
    }

    fn of(&self, entity: &EntityUID) -> impl Iterator<Item = &Hole> {
        let positions = self.by_entity.get(entity).into_iter().flatten();
        positions.filter_map(|position| self.holes.get(*position))
    }

    /// How many there are so far.
    pub(super) fn count(&self) -> usize {
        self.holes.len()
    }

    /// An attribute of an entity could not be worked out; all of the entity with an empty path.
    pub(super) fn dig(&mut self, entity: &EntityUID, path: Vec<String>, cause: Cause) {
        self.holes.push(Hole { entity: entity.clone(), path, cause });
    }

    /// Takes out those that came after the first `count`, and yields the cause of the first of these.
    pub(super) fn take_since(&mut self, count: usize) -> Option<Cause> {
        self.holes.drain(count.min(self.holes.len())..).next().map(|hole| hole.cause)
    }

    /// The attribute `by` of an entity is another entity.
    pub(super) fn link(&mut self, from: &EntityUID, by: &'static str, to: &EntityUID) {
        self.links.push((from.clone(), by, to.clone()));
    }

    /// Makes ready for questions, once all are known.
    pub(super) fn sort(&mut self) {
        if self.is_empty() {
            return;
        }
        self.links.sort();
        for (position, hole) in self.holes.iter().enumerate() {
            self.by_entity.entry(hole.entity.clone()).or_default().push(position);
        }
    }
}
