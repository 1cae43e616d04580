//! What NetworkPolicies allow, kept once for all that allow the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::object::{NetworkPolicy, NetworkPolicyPort, Object, Peer, Rule};

/// The rules of a NetworkPolicy, where what cannot be read or would be refused stands as unreadable.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicyRules {
    pub(crate) ingress: Box<[Rule]>,
    pub(crate) egress: Box<[Rule]>,
}

/// Parts of a NetworkPolicy that could not be read, or that the API server would refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PolicyDoubts {
    /// Which pods it selects.
    pub(crate) selector: bool,
    /// Which directions it isolates.
    pub(crate) isolation: bool,
    /// Whether it has rules besides.
    pub(crate) rules: bool,
}

impl PolicyDoubts {
    pub(super) fn of(object: &Object) -> PolicyDoubts {
        let whole = object.unreadable.iter().any(|field| field.is_empty() || field == "/spec");
        // Absent policyTypes follow from the egress rules.
        let egress = object.unreadable.iter().any(|field| field == "/spec/egress");
        PolicyDoubts {
            selector: !object.is_accepted("/spec/podSelector"),
            isolation: egress || !object.is_accepted("/spec/policyTypes"),
            rules: whole,
        }
    }
}

impl PolicyRules {
    pub(super) fn of(object: &Object, body: &NetworkPolicy) -> PolicyRules {
        PolicyRules {
            ingress: accepted(object, &body.ingress, ["/spec/ingress", "from"]),
            egress: accepted(object, &body.egress, ["/spec/egress", "to"]),
        }
    }
}

fn accepted(object: &Object, rules: &[Rule], [at, peers]: [&str; 2]) -> Box<[Rule]> {
    let mut rules = rules.to_vec();
    if object.unreadable.is_empty() && object.refused.is_empty() {
        return rules.into();
    }
    for (index, rule) in rules.iter_mut().enumerate() {
        let is_accepted = |list: &str, element: usize| object.is_accepted(&format!("{at}/{index}/{list}/{element}"));
        for (element, peer) in rule.peers.iter_mut().enumerate() {
            if !is_accepted(peers, element) {
                *peer = Peer::Unreadable;
            }
        }
        for (element, port) in rule.ports.iter_mut().enumerate() {
            if !is_accepted("ports", element) {
                *port = NetworkPolicyPort::Unreadable;
            }
        }
    }
    rules.into()
}

/// Every set of rules in use, counted: others may hold one longer than the cluster.
#[derive(Debug, Default)]
pub(super) struct RuleBook(BTreeMap<Arc<PolicyRules>, usize>);

impl RuleBook {
    /// The one copy of these rules.
    pub(super) fn retain(&mut self, rules: PolicyRules) -> Arc<PolicyRules> {
        if let Some((known, uses)) = self.0.get_key_value(&rules).map(|(known, uses)| (Arc::clone(known), *uses)) {
            self.0.insert(Arc::clone(&known), uses + 1);
            return known;
        }
        let rules = Arc::new(rules);
        self.0.insert(Arc::clone(&rules), 1);
        rules
    }

    /// Takes back one [`RuleBook::retain`].
    pub(super) fn release(&mut self, rules: &PolicyRules) {
        let Some(uses) = self.0.get_mut(rules) else { return };
        *uses -= 1;
        if *uses == 0 {
            self.0.remove(rules);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
