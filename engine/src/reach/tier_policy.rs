//! Cluster-wide policies, and the order in which they are asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Cause;
use super::model::cause;
use super::names::Names;
use crate::cluster::{Cluster, Direction, TierRules};
use crate::finding::ObjectRef;
use crate::object::{Tier, TierPods, TierPort, TierRule};

/// A ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy.
#[derive(Debug)]
pub(super) struct TierPolicy {
    pub(super) object: ObjectRef,
    /// `None` if it is not known where it stands.
    pub(super) place: Option<(Tier, u16)>,
    /// `None` if it is not known which pods it is about.
    pub(super) subject: Option<TierPods>,
    /// Not known whether it is there at all.
    pub(super) doubtful: bool,
    pub(super) rules: Arc<TierRules>,
}

/// A policy that is about a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Application {
    /// Its number.
    pub(super) policy: usize,
    /// False if it may be about it, and that is not known.
    pub(super) sure: bool,
}

/// Why nothing says which of several goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unordered {
    /// They have the same priority.
    Priority,
    /// They are of the two APIs.
    Apis,
}

/// Who is asked first, and who where nothing has been decided yet.
#[derive(Debug)]
pub(super) enum Order {
    One(Application),
    /// One after the other.
    Sequence(Vec<Order>),
    /// In any order.
    Any(Unordered, Vec<Order>),
}

impl TierPolicy {
    pub(super) fn rules(&self, direction: Direction) -> &[TierRule] {
        match direction {
            Direction::Ingress => &self.rules.ingress,
            Direction::Egress => &self.rules.egress,
        }
    }

    /// Whether names of ports are looked up at the pods that it is about.
    pub(super) fn looks_names_up(&self, direction: Direction) -> bool {
        let named = |port: &TierPort| matches!(port, TierPort::Named(_));
        direction == Direction::Ingress && self.rules(direction).iter().any(|rule| rule.ports.iter().any(named))
    }

    /// Whether it is in a tier. A policy of which it is not known where it stands is asked before all others.
    fn is_of(&self, tier: Tier) -> bool {
        self.place.map_or(tier == Tier::Admin, |(own, _)| own == tier)
    }

    fn is_new_api(&self) -> bool {
        self.object.kind == "ClusterNetworkPolicy"
    }
}

/// Every policy that is modelled, in the order of tier, priority and name. Names of ports get a number, whether a pod knows
/// them or not.
pub(super) fn tier_policies(cluster: &Cluster, names: &mut Names) -> Vec<TierPolicy> {
    let mut policies: Vec<TierPolicy> = Vec::new();
    for (item, body) in cluster.tier_policies() {
        for port in [&body.rules.ingress, &body.rules.egress].into_iter().flatten().flat_map(|rule| &rule.ports) {
            if let TierPort::Named(name) = port {
                names.number(name);
            }
        }
        policies.push(TierPolicy {
            object: cluster.reference(item),
            place: body.place,
            subject: body.subject.clone(),
            doubtful: body.doubtful,
            rules: Arc::clone(&body.rules),
        });
    }
    policies.sort_by(|one, other| (one.place, &one.object).cmp(&(other.place, &other.object)));
    policies
}

/// Why there may be cluster-wide policies that are not seen, if there may. Of files, what the input does not hold is taken
/// not to be there.
pub(super) fn tiers_unknown(cluster: &Cluster) -> Option<Cause> {
    if !cluster.watches() {
        return None;
    }
    let kinds = ["ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"];
    let known = kinds.map(|kind| cluster.presence("policy.networking.k8s.io", kind, ""));
    known.into_iter().max().and_then(cause)
}

/// The order of a tier's policies among those that are about a class; `None` if there is none.
///
/// "Policies with lower priority values have higher precedence"; "if two (or more) policies in the same tier with the same
/// priority could match a connection, then the implementation can apply any of the matching policies". Source:
/// `ClusterNetworkPolicySpec.priority`. Nothing says which of the two APIs goes first where both are in use.
pub(super) fn order(policies: &[TierPolicy], applications: &[Application], tier: Tier) -> Option<Order> {
    let mut unplaced = Vec::new();
    let mut apis: BTreeMap<bool, BTreeMap<u16, Vec<Order>>> = BTreeMap::new();
    for application in applications {
        let Some(policy) = policies.get(application.policy).filter(|policy| policy.is_of(tier)) else { continue };
        match policy.place {
            None => unplaced.push(Order::One(*application)),
            Some((_, priority)) => {
                let of_api = apis.entry(policy.is_new_api()).or_default();
                of_api.entry(priority).or_default().push(Order::One(*application));
            }
        }
    }
    let of_api = |by_priority: BTreeMap<u16, Vec<Order>>| {
        let groups = by_priority.into_values();
        Order::Sequence(groups.map(|tied| Order::Any(Unordered::Priority, tied)).collect())
    };
    let apis: Vec<Order> = apis.into_values().map(of_api).collect();
    if unplaced.is_empty() && apis.is_empty() {
        return None;
    }
    unplaced.push(Order::Any(Unordered::Apis, apis));
    Some(Order::Sequence(unplaced))
}
