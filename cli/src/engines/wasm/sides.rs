//! Records of the rules that decide at each end → the engine's types.

use engine::object::{Action, Tier};
use engine::reach::{
    Match, PeerEvidence, PolicyEvidence, PortEvidence, RuleEvidence, SideEvidence, TierPolicyEvidence,
    TierRuleEvidence, Why,
};
use wasm_host::api;

use super::records::Record;

impl Record for api::SideEvidence {
    type Own = SideEvidence;
    fn own(self) -> SideEvidence {
        let api::SideEvidence {
            direction,
            workload,
            isolated,
            passage,
            tiers,
            left_to_network_policies,
            policies,
            reasons,
            causes,
        } = self;
        SideEvidence {
            direction: direction.own(),
            workload,
            isolated: isolated.own(),
            passage: passage.own(),
            tiers: tiers.own(),
            left_to_network_policies: left_to_network_policies.own(),
            policies: policies.own(),
            reasons: reasons.own(),
            causes: causes.own(),
        }
    }
}

impl Record for api::TierPolicyEvidence {
    type Own = TierPolicyEvidence;
    fn own(self) -> TierPolicyEvidence {
        let api::TierPolicyEvidence { policy, tier, priority, applies, rules } = self;
        let tier = tier.map(|tier| match tier {
            api::Tier::Admin => Tier::Admin,
            api::Tier::Baseline => Tier::Baseline,
        });
        TierPolicyEvidence { policy: policy.own(), tier, priority, applies: applies.own(), rules: rules.own() }
    }
}

impl Record for api::TierRuleEvidence {
    type Own = TierRuleEvidence;
    fn own(self) -> TierRuleEvidence {
        // Of sources, records have names and the engine numbers; places are asked for by object and field.
        let api::TierRuleEvidence { field, name, place: _, action, fails_closed, matches, decides, peers, ports } =
            self;
        let action = match action {
            api::Action::Accept => Action::Accept,
            api::Action::Deny => Action::Deny,
            api::Action::Pass => Action::Pass,
            api::Action::Unreadable => Action::Unreadable,
        };
        TierRuleEvidence {
            field,
            name,
            place: None,
            action,
            fails_closed,
            matches: matches.own(),
            decides: decides.own(),
            peers: peers.into_iter().map(peer).collect(),
            ports: ports.into_iter().map(port_of_rule).collect(),
        }
    }
}

impl Record for api::PolicyEvidence {
    type Own = PolicyEvidence;
    fn own(self) -> PolicyEvidence {
        let api::PolicyEvidence { policy, isolates, passage, rules } = self;
        PolicyEvidence { policy: policy.own(), isolates: isolates.own(), passage: passage.own(), rules: rules.own() }
    }
}

impl Record for api::RuleEvidence {
    type Own = RuleEvidence;
    fn own(self) -> RuleEvidence {
        let api::RuleEvidence { field, place: _, passage, peers, ports } = self;
        RuleEvidence {
            field,
            place: None,
            passage: passage.own(),
            peers: peers.into_iter().map(peer).collect(),
            ports: ports.into_iter().map(port_of_rule).collect(),
        }
    }
}

fn peer(api::ElementEvidence { field, matches }: api::ElementEvidence) -> PeerEvidence {
    PeerEvidence { field, matches: matches.own() }
}

fn port_of_rule(api::ElementEvidence { field, matches }: api::ElementEvidence) -> PortEvidence {
    PortEvidence { field, matches: matches.own() }
}

impl Record for api::Holding {
    type Own = Match;
    fn own(self) -> Match {
        match self {
            api::Holding::Yes => Match::Yes,
            api::Holding::Part(blocks) => Match::Part(blocks.own()),
            api::Holding::No(why) => Match::No(why.own()),
            api::Holding::Plugin(reason) => Match::Plugin(reason.own()),
            api::Holding::Unknown(doubt) => Match::Unknown(doubt.own()),
        }
    }
}

impl Record for api::Why {
    type Own = Why;
    fn own(self) -> Why {
        let api::Why { mismatch, wanted, found, blocks, ports } = self;
        match mismatch {
            api::Mismatch::OtherNamespace => Why::OtherNamespace { wanted, found: found.unwrap_or_default() },
            api::Mismatch::PodLabel => Why::PodLabel { wanted, found },
            api::Mismatch::NamespaceLabel => Why::NamespaceLabel { wanted, found },
            api::Mismatch::NoPod => Why::NoPod,
            api::Mismatch::OutsideOfBlock => Why::OutsideOfBlock { block: blocks.own() },
            api::Mismatch::BlockWithoutPods => Why::BlockWithoutPods { block: blocks.own() },
            api::Mismatch::NoSuchPortName => Why::NoSuchPortName { name: wanted },
            api::Mismatch::NameOutside => Why::NameOutside { name: wanted },
            api::Mismatch::OtherPort => Why::OtherPort { ports: ports.own() },
            api::Mismatch::NothingIsolates => Why::NothingIsolates,
            api::Mismatch::OnNode => Why::OnNode,
            api::Mismatch::NoNode => Why::NoNode,
            api::Mismatch::NetworksWithoutPods => Why::NetworksWithoutPods { networks: blocks.own() },
            api::Mismatch::PeerNotKnown => Why::PeerNotKnown,
        }
    }
}
