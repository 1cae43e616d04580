//! Which policies and conditions were seen to hold and not to.

use std::collections::BTreeMap;

use super::Policies;
use super::condition::{Seen, Truth};
use crate::finding::Place;

/// Counts of conditions and policies, over as many questions as wanted.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    policies: BTreeMap<usize, PolicySeen>,
}

/// What was seen of one policy.
#[derive(Clone, Debug, Default)]
pub(super) struct PolicySeen {
    /// What was seen of each leaf.
    pub(super) leaves: Vec<Seen>,
    fired: u32,
    silent: u32,
}

impl PolicySeen {
    /// Counts one evaluation.
    pub(super) fn ended(&mut self, truth: Truth) {
        match truth {
            Truth::True => self.fired = self.fired.saturating_add(1),
            Truth::False => self.silent = self.silent.saturating_add(1),
            Truth::Unknown | Truth::Failed => {}
        }
    }
}

impl Coverage {
    /// What was seen of a policy with so many leaves.
    pub(super) fn of(&mut self, policy: usize, leaves: usize) -> &mut PolicySeen {
        let seen = self.policies.entry(policy).or_default();
        seen.leaves.resize(leaves, Seen::default());
        seen
    }
}

/// How often one condition was seen true and false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionCoverage {
    /// `@id` of the policy.
    pub policy: String,
    /// Its text in the policy.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// Times it was reached and true.
    pub seen_true: u32,
    /// Times it was reached and false.
    pub seen_false: u32,
}

/// How often one policy was seen to fire and not to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCoverage {
    /// `@id`.
    pub policy: String,
    /// Where it stands.
    pub place: Option<Place>,
    /// Times it fired.
    pub fired: u32,
    /// Times it was asked and did not.
    pub silent: u32,
}

/// What was seen of every policy on admission or connections, by id, and of each of its conditions, in the order written. What comes from a
/// scope is no condition.
pub(super) fn covered(policies: &Policies, coverage: &Coverage) -> (Vec<PolicyCoverage>, Vec<ConditionCoverage>) {
    let (mut all, mut conditions) = (Vec::new(), Vec::new());
    let nothing = PolicySeen::default();
    for (at, (_, policy)) in policies.policies.iter().enumerate() {
        if !policy.scope.tells() {
            continue;
        }
        let seen = coverage.policies.get(&at).unwrap_or(&nothing);
        let id = &policy.annotations.id.text;
        all.push(PolicyCoverage {
            policy: id.clone(),
            place: Some(policy.place.clone()),
            fired: seen.fired,
            silent: seen.silent,
        });
        for (leaf, stands) in policy.leaves.iter().enumerate() {
            let Some((place, text)) = stands else { continue };
            let Seen { yes, no } = seen.leaves.get(leaf).copied().unwrap_or_default();
            let (policy, text, place) = (id.clone(), text.clone(), place.clone());
            conditions.push(ConditionCoverage { policy, text, place, seen_true: yes, seen_false: no });
        }
    }
    (all, conditions)
}
