//! What a cluster keeps of a cluster-wide policy, where what the API server would refuse stands as unreadable.

use std::sync::Arc;

use crate::object::{Action, Object, Tier, TierPeer, TierPods, TierPolicy, TierPort, TierRule};

/// A ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy.
#[derive(Debug)]
pub(crate) struct TierPolicyBody {
    /// `None` if it is not sure where the policy stands.
    pub(crate) place: Option<(Tier, u16)>,
    /// `None` if it is not sure which pods it is about.
    pub(crate) subject: Option<TierPods>,
    /// Not sure whether it is there at all, because the API server would refuse its name.
    pub(crate) doubtful: bool,
    /// What it says; others may hold it longer than the cluster.
    pub(crate) rules: Arc<TierRules>,
}

/// The rules of a cluster-wide policy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TierRules {
    pub(crate) ingress: Box<[TierRule]>,
    pub(crate) egress: Box<[TierRule]>,
}

impl TierPolicyBody {
    pub(super) fn of(object: &Object, body: &TierPolicy) -> TierPolicyBody {
        let whole = object.unreadable.iter().any(|field| field.is_empty() || field == "/spec");
        let accepted = |field: &str| !whole && object.is_accepted(field);
        let is_placed = accepted("/spec/tier") && accepted("/spec/priority");
        let rules = |rules: &[TierRule], at: &str, peers: &str| match whole {
            true => Box::from([TierRule::unreadable()]),
            false => rules
                .iter()
                .enumerate()
                .map(|(index, rule)| accepted_rule(object, rule, &format!("{at}/{index}"), peers))
                .collect(),
        };
        TierPolicyBody {
            place: body.tier.zip(body.priority).filter(|_| is_placed),
            subject: body.subject.clone().filter(|_| accepted("/spec/subject")),
            doubtful: object.refused.iter().any(|field| field == "/metadata/name"),
            rules: Arc::new(TierRules {
                ingress: rules(&body.ingress, "/spec/ingress", "from"),
                egress: rules(&body.egress, "/spec/egress", "to"),
            }),
        }
    }
}

fn accepted_rule(object: &Object, rule: &TierRule, at: &str, peers_at: &str) -> TierRule {
    let TierRule { name, action, peers, ports } = rule.clone();
    let peer = |(index, peer): (usize, TierPeer)| match peer {
        // That it has no field which the API knows is what makes it so.
        TierPeer::NotKnown => peer,
        _ if object.is_accepted(&format!("{at}/{peers_at}/{index}")) => peer,
        _ => TierPeer::Unreadable,
    };
    // One kind calls them ports, the other protocols.
    let port = |(index, port): (usize, TierPort)| {
        let accepted = |list: &str| object.is_accepted(&format!("{at}/{list}/{index}"));
        if accepted("ports") && accepted("protocols") { port } else { TierPort::Unreadable }
    };
    TierRule {
        name,
        action: if object.is_accepted(&format!("{at}/action")) { action } else { Action::Unreadable },
        peers: peers.into_iter().enumerate().map(peer).collect(),
        ports: ports.into_iter().enumerate().map(port).collect(),
    }
}
