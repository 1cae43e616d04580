//! The rules that decide at each end.

use engine::finding::ObjectRef;
use engine::net::AddressSet;
use engine::reach as from;

use super::{Book, Named, list, ranges, wit};

impl Named<wit::Explanation> for from::Explanation {
    fn named(self, book: &Book<'_>) -> wit::Explanation {
        let from::Explanation { answer, egress, ingress } = self;
        let sides = egress.into_iter().chain(ingress).map(|side| side.named(book)).collect();
        wit::Explanation { answer: answer.named(book), sides }
    }
}

impl Named<wit::SideEvidence> for from::SideEvidence {
    fn named(self, book: &Book<'_>) -> wit::SideEvidence {
        let from::SideEvidence {
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
        wit::SideEvidence {
            direction: direction.into(),
            workload,
            isolated: isolated.into(),
            passage: (&passage).into(),
            tiers: tiers.named(book),
            left_to_network_policies: (&left_to_network_policies).into(),
            policies: policies.named(book),
            reasons: list(reasons),
            causes: list(causes),
        }
    }
}

impl Named<wit::TierPolicyEvidence> for from::TierPolicyEvidence {
    fn named(self, book: &Book<'_>) -> wit::TierPolicyEvidence {
        let from::TierPolicyEvidence { policy, tier, priority, applies, rules } = self;
        let rules = rules.into_iter().map(|rule| tier_rule(&policy, rule, book)).collect();
        wit::TierPolicyEvidence {
            policy: policy.into(),
            tier: tier.map(Into::into),
            priority,
            applies: applies.into(),
            rules,
        }
    }
}

fn tier_rule(policy: &ObjectRef, rule: from::TierRuleEvidence, book: &Book<'_>) -> wit::TierRuleEvidence {
    let from::TierRuleEvidence { field, name, place: _, action, fails_closed, matches, decides, peers, ports } = rule;
    wit::TierRuleEvidence {
        place: (book.places)(policy, &field).map(Into::into),
        field,
        name,
        action: action.into(),
        fails_closed,
        matches: (&matches).into(),
        decides: (&decides).into(),
        peers: list(peers),
        ports: list(ports),
    }
}

impl Named<wit::PolicyEvidence> for from::PolicyEvidence {
    fn named(self, book: &Book<'_>) -> wit::PolicyEvidence {
        let from::PolicyEvidence { policy, isolates, passage, rules } = self;
        let rule =
            |from::RuleEvidence { field, place: _, passage, peers, ports }: from::RuleEvidence| wit::RuleEvidence {
                place: (book.places)(&policy, &field).map(Into::into),
                field,
                passage: (&passage).into(),
                peers: list(peers),
                ports: list(ports),
            };
        let rules = rules.into_iter().map(rule).collect();
        wit::PolicyEvidence { isolates: isolates.into(), passage: (&passage).into(), rules, policy: policy.into() }
    }
}

impl From<from::PeerEvidence> for wit::ElementEvidence {
    fn from(from::PeerEvidence { field, matches }: from::PeerEvidence) -> Self {
        wit::ElementEvidence { field, matches: matches.into() }
    }
}

impl From<from::PortEvidence> for wit::ElementEvidence {
    fn from(from::PortEvidence { field, matches }: from::PortEvidence) -> Self {
        wit::ElementEvidence { field, matches: matches.into() }
    }
}

impl From<from::Match> for wit::Holding {
    fn from(found: from::Match) -> Self {
        match found {
            from::Match::Yes => wit::Holding::Yes,
            from::Match::Part(set) => wit::Holding::Part(list(set.blocks())),
            from::Match::No(why) => wit::Holding::No(why.into()),
            from::Match::Plugin(reason) => wit::Holding::Plugin(reason.into()),
            from::Match::Unknown(cause) => wit::Holding::Unknown(cause.into()),
        }
    }
}

impl From<from::Why> for wit::Why {
    fn from(why: from::Why) -> Self {
        let empty =
            |mismatch| wit::Why { mismatch, wanted: String::new(), found: None, blocks: Vec::new(), ports: Vec::new() };
        let words = |mismatch, wanted, found| wit::Why { wanted, found, ..empty(mismatch) };
        let blocks = |mismatch, set: AddressSet| wit::Why { blocks: list(set.blocks()), ..empty(mismatch) };
        match why {
            from::Why::OtherNamespace { wanted, found } => words(wit::Mismatch::OtherNamespace, wanted, Some(found)),
            from::Why::PodLabel { wanted, found } => words(wit::Mismatch::PodLabel, wanted, found),
            from::Why::NamespaceLabel { wanted, found } => words(wit::Mismatch::NamespaceLabel, wanted, found),
            from::Why::NoPod => empty(wit::Mismatch::NoPod),
            from::Why::OutsideOfBlock { block } => blocks(wit::Mismatch::OutsideOfBlock, block),
            from::Why::BlockWithoutPods { block } => blocks(wit::Mismatch::BlockWithoutPods, block),
            from::Why::NoSuchPortName { name } => words(wit::Mismatch::NoSuchPortName, name, None),
            from::Why::NameOutside { name } => words(wit::Mismatch::NameOutside, name, None),
            from::Why::OtherPort { ports } => wit::Why { ports: ranges(&ports), ..empty(wit::Mismatch::OtherPort) },
            from::Why::NothingIsolates => empty(wit::Mismatch::NothingIsolates),
            from::Why::OnNode => empty(wit::Mismatch::OnNode),
            from::Why::NoNode => empty(wit::Mismatch::NoNode),
            from::Why::NetworksWithoutPods { networks } => blocks(wit::Mismatch::NetworksWithoutPods, networks),
            from::Why::PeerNotKnown => empty(wit::Mismatch::PeerNotKnown),
        }
    }
}
