//! The NetworkPolicy tier. Source: `k8s.io/api/networking/v1`.

use super::address::{Block, block_can_hold_a_pod};
use super::labels::{picks_labels, picks_namespace};
use super::ports::network_policy_ports_match;
use super::{End, Flow, Specification, peer_of};
use crate::answer::{Answer, Worlds};
use crate::manifest::{Direction, IpBlock, LabelSelector, NetworkPolicySpec, Object, Peer, Rule, Workload};

type Policy = Object<NetworkPolicySpec>;

impl Specification<'_> {
    /// "v1.NetworkPolicy always makes a final decision for selected pods. Further evaluation only happens for Pods not
    /// selected by a v1.NetworkPolicy." (ClusterNetworkPolicySpec.tier)
    ///
    /// `unselected` is what becomes of a pod that none selects.
    pub(super) fn network_policy_tier(
        &self,
        direction: Direction,
        subject: &Workload,
        flow: Flow<'_>,
        unselected: &Worlds,
    ) -> Worlds {
        let selecting: Vec<&Policy> =
            self.cluster.network_policies.iter().filter(|policy| selects(policy, subject)).collect();
        let isolating: Vec<&Policy> =
            selecting.iter().copied().filter(|policy| affects(&policy.spec, direction)).collect();
        let as_pod = if !isolating.is_empty() {
            self.isolated(&isolating, direction, flow)
        } else if !selecting.is_empty() {
            // Selected, but only for the other direction: "final decision for selected pods" can be read for the pod as a
            // whole, which the NetworkPolicies then do not isolate in this direction, or for each direction by itself.
            unselected.either_reading(&true.into())
        } else {
            unselected.clone()
        };
        if subject.on_host_network() {
            // "NetworkPolicy behaviour for hostNetwork pods is undefined": it applies to them, or they are their node.
            return as_pod.either_reading(unselected);
        }
        as_pod
    }

    /// "Traffic is allowed to a pod if … OR if the traffic source is the pod's local node, OR if the traffic matches at
    /// least one ingress rule across all of the NetworkPolicy objects whose podSelector matches the pod."
    /// (NetworkPolicySpec.ingress; egress the same, without the node)
    fn isolated(&self, policies: &[&Policy], direction: Direction, flow: Flow<'_>) -> Worlds {
        let matched = Worlds::any(policies.iter().flat_map(|policy| {
            let rules = rules(&policy.spec, direction);
            rules.iter().map(|rule| self.rule_matches(&policy.metadata.namespace, rule, direction, flow))
        }));
        match (direction, flow.source) {
            // Its node may be the pod's, and a plugin may take it for its node.
            (Direction::Ingress, End::Workload(source)) if source.on_host_network() => {
                matched.or(&Worlds::only(Answer::Plugin))
            }
            _ => matched,
        }
    }

    /// "The traffic must match both ports and from." (NetworkPolicyIngressRule)
    fn rule_matches(&self, namespace: &str, rule: &Rule, direction: Direction, flow: Flow<'_>) -> Worlds {
        let peer = peer_of(direction, flow);
        let peers = match rule.peers.as_deref() {
            // "If this field is empty or missing, this rule matches all sources (traffic not restricted by source)."
            None | Some([]) => true.into(),
            Some(peers) => Worlds::any(peers.iter().map(|one| self.peer_matches(namespace, one, peer))),
        };
        peers.and(&network_policy_ports_match(rule.ports.as_deref(), direction, flow))
    }

    fn peer_matches(&self, namespace: &str, peer: &Peer, end: End<'_>) -> Worlds {
        if is_refused(peer) {
            return Worlds::unknown();
        }
        if let Some(block) = &peer.ip_block {
            return block_matches(block, end);
        }
        let End::Workload(workload) = end else { return false.into() };
        let home = &workload.metadata.namespace;
        // "If namespaceSelector is also set, then the NetworkPolicyPeer as a whole selects the pods matching podSelector in
        // the Namespaces selected by namespaceSelector. Otherwise it selects the pods matching podSelector in the policy's
        // own namespace."
        let in_namespace = match &peer.namespace_selector {
            Some(selector) => picks_namespace(self.cluster, selector, home),
            None => (home == namespace).into(),
        };
        // "Otherwise it selects all pods in the namespaces selected by namespaceSelector."
        let is_pod =
            peer.pod_selector.as_ref().map_or(true.into(), |selector| picks_labels(selector, &workload.labels));
        let picked = in_namespace.and(&is_pod);
        // A pod on the node's network may be taken for its node, which no selector picks.
        if workload.on_host_network() { picked.and(&Worlds::only(Answer::Plugin)) } else { picked }
    }
}

/// What the API server refuses means nothing that could be known: "If this field is set then neither of the other fields can
/// be." (ipBlock) "Except values will be rejected if they are outside the cidr range" (IPBlock.except); and a peer needs one.
fn is_refused(peer: &Peer) -> bool {
    let Peer { pod_selector, namespace_selector, ip_block } = peer;
    let has_selector = pod_selector.is_some() || namespace_selector.is_some();
    let Some(block) = ip_block else { return !has_selector };
    let Some(whole) = Block::parse(&block.cidr) else { return true };
    let is_inside = |cidr: &String| {
        Block::parse(cidr).is_some_and(|part| whole.has(part.first) && whole.has(part.last) && part != whole)
    };
    has_selector || !block.except.iter().flatten().all(is_inside)
}

/// "The except entry describes CIDRs that should not be included within this rule." (IPBlock)
///
/// Blocks are meant for what is outside the cluster, "since Pod IPs are ephemeral and unpredictable" (documentation):
/// whether they match pods differs between plugins, unless no pod can have such an address.
fn block_matches(block: &IpBlock, end: End<'_>) -> Worlds {
    let except = block.except.clone().unwrap_or_default();
    match end {
        End::Address(address) => {
            let has = |cidr: &str| Block::parse(cidr).is_some_and(|block| block.has(address));
            (has(&block.cidr) && !except.iter().any(|cidr| has(cidr))).into()
        }
        End::Workload(_) if block_can_hold_a_pod(&block.cidr, &except) => Worlds::only(Answer::Plugin),
        End::Workload(_) => false.into(),
    }
}

/// "podSelector selects the pods to which this NetworkPolicy object applies. … An empty selector matches all pods in the
/// policy's namespace. … If it is not specified, it defaults to an empty selector."
fn selects(policy: &Policy, subject: &Workload) -> bool {
    let everything = LabelSelector::default();
    let selector = policy.spec.pod_selector.as_ref().unwrap_or(&everything);
    policy.metadata.namespace == subject.metadata.namespace
        && picks_labels(selector, &subject.labels).settled() == Some(Answer::Yes)
}

/// "If this field is not specified, it will default based on the existence of ingress or egress rules; policies that
/// contain an egress section are assumed to affect egress, and all policies (whether or not they contain an ingress
/// section) are assumed to affect ingress." An empty egress section is none: the API server's defaulting counts rules.
fn affects(spec: &NetworkPolicySpec, direction: Direction) -> bool {
    match spec.policy_types.as_deref() {
        None | Some([]) => direction == Direction::Ingress || !rules(spec, Direction::Egress).is_empty(),
        Some(types) => types.contains(&direction),
    }
}

fn rules(spec: &NetworkPolicySpec, direction: Direction) -> &[Rule] {
    let rules = match direction {
        Direction::Ingress => &spec.ingress,
        Direction::Egress => &spec.egress,
    };
    rules.as_deref().unwrap_or_default()
}
