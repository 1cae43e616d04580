//! The Admin and Baseline tiers. Source: `sigs.k8s.io/network-policy-api`, v1alpha2 (ClusterNetworkPolicy) and v1alpha1
//! (AdminNetworkPolicy, BaselineAdminNetworkPolicy).

use std::collections::BTreeMap;

use super::address::{Block, block_can_hold_a_pod, blocks_hold_every_pod};
use super::labels::{picks_labels, picks_namespace};
use super::ports::{admin_ports_match, protocols_match};
use super::{End, Flow, Specification, peer_of};
use crate::answer::Worlds;
use crate::manifest::{
    Action, ClusterPeer, ClusterPolicySpec, ClusterRule, Direction, LabelSelector, Object, PodsOfNamespaces, Workload,
};

type Policy = Object<ClusterPolicySpec>;

/// One side of a connection, as a tier sees it.
struct Side<'a> {
    direction: Direction,
    subject: &'a Workload,
    flow: Flow<'a>,
    /// What becomes of it in the next tier.
    next: &'a Worlds,
}

impl Specification<'_> {
    /// The Admin tier: `next` is what the NetworkPolicy tier says.
    pub(super) fn admin_tier(&self, direction: Direction, subject: &Workload, flow: Flow<'_>, next: &Worlds) -> Worlds {
        self.tier(&Side { direction, subject, flow, next }, &self.of_tier("Admin"), &self.all_admin_policies())
    }

    /// The Baseline tier: `next` is the default.
    pub(super) fn baseline_tier(
        &self,
        direction: Direction,
        subject: &Workload,
        flow: Flow<'_>,
        next: &Worlds,
    ) -> Worlds {
        let baseline: Vec<&Policy> = self.cluster.baseline_policies.iter().collect();
        self.tier(&Side { direction, subject, flow, next }, &self.of_tier("Baseline"), &baseline)
    }

    fn of_tier(&self, tier: &str) -> Vec<&Policy> {
        self.cluster.cluster_policies.iter().filter(|policy| policy.spec.tier.as_deref() == Some(tier)).collect()
    }

    fn all_admin_policies(&self) -> Vec<&Policy> {
        self.cluster.admin_policies.iter().collect()
    }

    /// Nothing says which of the two APIs goes first where both are in use.
    fn tier(&self, side: &Side<'_>, one_api: &[&Policy], other_api: &[&Policy]) -> Worlds {
        let one_first = self.in_order(side, one_api, &self.in_order(side, other_api, side.next));
        let other_first = self.in_order(side, other_api, &self.in_order(side, one_api, side.next));
        one_first.either_reading(&other_first)
    }

    /// "Policies with lower priority values have higher precedence, and are checked before policies with higher priority
    /// values in the same tier." (priority)
    fn in_order(&self, side: &Side<'_>, policies: &[&Policy], otherwise: &Worlds) -> Worlds {
        let mut by_priority: BTreeMap<i32, Vec<&Policy>> = BTreeMap::new();
        for policy in policies {
            by_priority.entry(policy.spec.priority).or_default().push(policy);
        }
        by_priority.values().rev().fold(otherwise.clone(), |after, tied| self.in_any_order(side, tied, &after))
    }

    /// "If two (or more) policies in the same tier with the same priority could match a connection, then the implementation
    /// can apply any of the matching policies to the connection" (priority): every order is tried.
    fn in_any_order(&self, side: &Side<'_>, tied: &[&Policy], otherwise: &Worlds) -> Worlds {
        let orders = (0..tied.len()).map(|first| {
            let mut others = tied.to_vec();
            let first = others.remove(first);
            self.policy(side, first, &self.in_any_order(side, &others, otherwise))
        });
        orders.reduce(|all, one| all.either_reading(&one)).unwrap_or_else(|| otherwise.clone())
    }

    /// "The relative precedence of ingress rules within a single CNP object … will be determined by the order in which the
    /// rule is written." "CNPs with no ingress rules do not affect ingress traffic." (ingress)
    fn policy(&self, side: &Side<'_>, policy: &Policy, otherwise: &Worlds) -> Worlds {
        // "Note that host-networked pods are not included in subject selection."
        let applies = self.picks(&policy.spec.subject, side.subject);
        let rules = match side.direction {
            Direction::Ingress => &policy.spec.ingress,
            Direction::Egress => &policy.spec.egress,
        };
        let rules = rules.as_deref().unwrap_or_default();
        let decided = rules.iter().rev().fold(otherwise.clone(), |after, rule| self.rule(side, rule, &after));
        applies.choose(&decided, otherwise)
    }

    /// "Accept: … No further ClusterNetworkPolicy or NetworkPolicy rules will be processed. Deny: … Pass: Skips all further
    /// ClusterNetworkPolicy rules in the current tier for the selected traffic, and passes evaluation to the next tier."
    fn rule(&self, side: &Side<'_>, rule: &ClusterRule, otherwise: &Worlds) -> Worlds {
        // "If an implementation sees no fields are set then it can infer that the deployed CRD is of an incompatible version
        // with an unknown field. In that case it should fail closed. For "Accept" rules, "fail closed" means: "treat the
        // rule as matching no traffic". For "Deny" and "Pass" rules, "fail closed" means: "treat the rule as a 'Deny all'
        // rule"."
        if rule.peers.iter().any(is_not_known) {
            return if rule.action == Action::Accept { otherwise.clone() } else { false.into() };
        }
        let peer = peer_of(side.direction, side.flow);
        let peers = Worlds::any(rule.peers.iter().map(|one| self.peer(one, peer)));
        let ports = protocols_match(rule.protocols.as_deref(), side.direction, side.flow).and(&admin_ports_match(
            rule.ports.as_deref(),
            side.direction,
            side.flow,
        ));
        let decision = match rule.action {
            Action::Accept => true.into(),
            Action::Deny => false.into(),
            Action::Pass => side.next.clone(),
        };
        peers.and(&ports).choose(&decision, otherwise)
    }

    fn peer(&self, peer: &ClusterPeer, end: End<'_>) -> Worlds {
        if let Some(networks) = &peer.networks {
            return networks_match(networks, end);
        }
        if let Some(nodes) = &peer.nodes {
            return nodes_match(nodes, end);
        }
        if peer.domain_names.is_some() {
            // Which addresses a name has is not in the input.
            return Worlds::unknown();
        }
        end.workload().map_or(false.into(), |workload| self.picks(&peer.workloads, workload))
    }

    /// "Namespaces is used to select pods via namespace selectors." "Pods is used to select pods via namespace AND pod
    /// selectors." "Note that host-networked pods are not included in this type of peer."
    fn picks(&self, pods: &PodsOfNamespaces, workload: &Workload) -> Worlds {
        let namespace = |selector| picks_namespace(self.cluster, selector, &workload.metadata.namespace);
        let picked = match (&pods.namespaces, &pods.pods) {
            (Some(namespaces), _) => namespace(namespaces),
            (None, Some(pods)) => {
                namespace(&pods.namespace_selector).and(&picks_labels(&pods.pod_selector, &workload.labels))
            }
            (None, None) => false.into(),
        };
        picked.and(&(!workload.on_host_network()).into())
    }
}

fn is_not_known(peer: &ClusterPeer) -> bool {
    let ClusterPeer { workloads: PodsOfNamespaces { namespaces, pods }, networks, nodes, domain_names } = peer;
    namespaces.is_none() && pods.is_none() && networks.is_none() && nodes.is_none() && domain_names.is_none()
}

/// "Networks defines a way to select peers via CIDR blocks. … cluster-internal traffic will be checked against the rule as
/// well." Which address a pod has is not in the input.
fn networks_match(networks: &[String], end: End<'_>) -> Worlds {
    match end {
        End::Address(address) => {
            networks.iter().any(|cidr| Block::parse(cidr).is_some_and(|block| block.has(address))).into()
        }
        End::Workload(_) if blocks_hold_every_pod(networks) => true.into(),
        End::Workload(_) if networks.iter().any(|cidr| block_can_hold_a_pod(cidr, &[])) => Worlds::unknown(),
        End::Workload(_) => false.into(),
    }
}

/// "Nodes defines a way to select a set of nodes … It selects the nodeIPs as the peer type". Pods on the node's network have
/// them, and an empty selector picks every node; which node a pod is on is not in the input.
fn nodes_match(nodes: &LabelSelector, end: End<'_>) -> Worlds {
    let every_node = nodes.match_labels.iter().flatten().next().is_none()
        && nodes.match_expressions.iter().flatten().next().is_none();
    match end {
        // The question is about addresses that no node has.
        End::Address(_) => false.into(),
        End::Workload(workload) if !workload.on_host_network() => false.into(),
        End::Workload(_) if every_node => true.into(),
        End::Workload(_) => Worlds::unknown(),
    }
}
