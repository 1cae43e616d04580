//! Whether what one rule allows is allowed by others for certain: whatever pods and namespaces there are or come to be.
//!
//! Selectors are held against each other, not pods: two rules that pick the same pods today need not do so tomorrow. What is
//! said to be covered is; where one rule covers another in a way that takes more than this to see, it is not said.

use std::collections::BTreeSet;

use crate::cluster::NAME_LABEL;
use crate::net::{AddressSet, Operator, Ports, Protocol, Requirement, Selector};
use crate::object::{NetworkPolicyPort, Peer, Rule};

/// Whether everything that has the labels of the one has those of the other.
pub(super) fn implies(narrow: &Selector, wide: &Selector) -> bool {
    wide.requirements.iter().all(|wanted| narrow.requirements.iter().any(|given| requirement_implies(given, wanted)))
}

fn requirement_implies(given: &Requirement, wanted: &Requirement) -> bool {
    let all_listed = |listed: &[String], by: &[String]| listed.iter().all(|value| by.contains(value));
    let none_listed = |listed: &[String], by: &[String]| !listed.iter().any(|value| by.contains(value));
    given.key == wanted.key
        && match (given.operator, wanted.operator) {
            (Operator::In, Operator::In) => all_listed(&given.values, &wanted.values),
            (Operator::In, Operator::NotIn) => none_listed(&given.values, &wanted.values),
            (Operator::NotIn, Operator::NotIn) => all_listed(&wanted.values, &given.values),
            (Operator::DoesNotExist, Operator::NotIn | Operator::DoesNotExist)
            | (Operator::In | Operator::Exists, Operator::Exists) => true,
            _ => false,
        }
}

/// Ports that are allowed, and the names of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Doors {
    /// Whatever there is, ports or not.
    everything: bool,
    numbers: Ports,
    names: BTreeSet<(Protocol, String)>,
}

impl Doors {
    /// `None` if some port could not be read.
    fn of(rule: &Rule) -> Option<Doors> {
        let mut doors = Doors { everything: rule.ports.is_empty(), ..Doors::default() };
        for port in &rule.ports {
            match port {
                NetworkPolicyPort::Every { protocol } => doors.open(Ports::every(Protocol::parse(protocol)?)),
                NetworkPolicyPort::Range { protocol, first, last } => {
                    doors.open(Ports::range(Protocol::parse(protocol)?, *first, *last));
                }
                NetworkPolicyPort::Named { protocol, name } => {
                    doors.names.insert((Protocol::parse(protocol)?, name.clone()));
                }
                NetworkPolicyPort::Unreadable => return None,
            }
        }
        Some(doors)
    }

    fn open(&mut self, ports: Ports) {
        self.numbers = self.numbers.union(&ports);
    }

    fn and(mut self, other: &Doors) -> Doors {
        self.everything |= other.everything;
        self.open(other.numbers.clone());
        self.names.extend(other.names.iter().cloned());
        self
    }

    fn covers(&self, narrow: &Doors) -> bool {
        let has = |(protocol, name): &(Protocol, String)| {
            self.names.contains(&(*protocol, name.clone())) || Ports::every(*protocol).is_subset(&self.numbers)
        };
        let all = || narrow.numbers.is_subset(&self.numbers) && narrow.names.iter().all(has);
        self.everything || (!narrow.everything && all())
    }
}

/// Whom a rule is about, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Whoever there is.
    Everyone,
    /// Pods by labels, theirs and those of their namespace.
    Pods {
        pods: Selector,
        namespaces: Selector,
    },
    Block(AddressSet),
}

/// A rule, ready to be held against others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// The pods that the rule's policy selects.
    pub(super) subject: Selector,
    parts: Vec<Part>,
    doors: Doors,
}

impl Cover {
    /// A rule of a policy of that namespace and `podSelector`; `None` if it could not be read.
    pub(super) fn of(namespace: &str, subject: &Selector, rule: &Rule) -> Option<Cover> {
        let part = |peer: &Peer| match peer {
            Peer::Pods { pods, namespaces } => {
                let own = || Selector::new(vec![Requirement::equals(NAME_LABEL, namespace)]);
                let namespaces = namespaces.clone().unwrap_or_else(own);
                Some(Part::Pods { pods: pods.clone().unwrap_or_default(), namespaces })
            }
            Peer::Block(block) => Some(Part::Block(AddressSet::of_block(block.cidr, &block.except))),
            Peer::Unreadable => None,
        };
        let parts: Option<Vec<Part>> = rule.peers.iter().map(part).collect();
        let parts = parts.map(|parts| if parts.is_empty() { vec![Part::Everyone] } else { parts });
        Some(Cover { subject: subject.clone(), parts: parts?, doors: Doors::of(rule)? })
    }

    /// Whether it allows by itself everything that the other allows.
    pub(super) fn covers(&self, narrow: &Cover) -> bool {
        implies(&narrow.subject, &self.subject)
            && self.doors.covers(&narrow.doors)
            && narrow.parts.iter().all(|part| self.reaches(part))
    }

    /// Whether everyone of a part is among its peers.
    fn reaches(&self, narrow: &Part) -> bool {
        let blocks = || {
            let each = self.parts.iter().filter_map(|part| if let Part::Block(set) = part { Some(set) } else { None });
            each.fold(AddressSet::NONE, |all, set| all.union(set))
        };
        self.parts.contains(&Part::Everyone)
            || match narrow {
                Part::Everyone => false,
                Part::Block(set) => set.is_subset(&blocks()),
                Part::Pods { pods, namespaces } => self.parts.iter().any(|part| match part {
                    Part::Pods { pods: own, namespaces: of } => implies(pods, own) && implies(namespaces, of),
                    _ => false,
                }),
            }
    }

    /// Whether these, all of which are about its pods, allow together everything that it allows. Addresses count as
    /// covered where one port list covers all of its ports.
    pub(super) fn is_covered_by(&self, wide: &[&Cover]) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Block(set) => {
                let opening = wide.iter().filter(|cover| cover.doors.covers(&self.doors));
                let all = opening.fold(AddressSet::NONE, |all, cover| all.union(&cover.addresses()));
                set.is_subset(&all) || self.opens_together(part, wide)
            }
            _ => self.opens_together(part, wide),
        })
    }

    /// Whether the rules that reach the whole part open all its ports together.
    fn opens_together(&self, part: &Part, wide: &[&Cover]) -> bool {
        let reaching = wide.iter().filter(|cover| cover.reaches(part));
        reaching.fold(Doors::default(), |all, cover| all.and(&cover.doors)).covers(&self.doors)
    }

    /// The addresses outside that it is about.
    fn addresses(&self) -> AddressSet {
        self.parts.iter().fold(AddressSet::NONE, |all, part| match part {
            Part::Everyone => AddressSet::all(),
            Part::Block(set) => all.union(set),
            Part::Pods { .. } => all,
        })
    }

    /// Whether it takes part in covering the other: it is about the same pods, and has someone and some port in common.
    pub(super) fn touches(&self, narrow: &Cover) -> bool {
        let about = implies(&narrow.subject, &self.subject);
        let shared = narrow.parts.iter().any(|part| match part {
            Part::Block(set) => set.overlaps(&self.addresses()),
            _ => self.reaches(part),
        });
        let opens = |doors: &Doors, other: &Doors| {
            doors.everything
                || other.everything
                || doors.numbers.overlaps(&other.numbers)
                || !doors.names.is_disjoint(&other.names)
        };
        about && shared && opens(&self.doors, &narrow.doors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::testing::{object, objects};
    use crate::object::Body;

    /// The first ingress rule of a NetworkPolicy of namespace `shop`.
    fn cover(spec: &str) -> Cover {
        let text = object("NetworkPolicy", "np", &format!("spec: {{{spec}}}"));
        let Body::NetworkPolicy(body) = &objects(&[&text])[0].body else { panic!("{text}") };
        Cover::of("shop", &body.pod_selector, &body.ingress[0]).unwrap()
    }

    fn selector(expression: &str) -> Selector {
        let requirements =
            if expression.is_empty() { String::new() } else { format!("matchExpressions: [{expression}]") };
        cover(&format!("podSelector: {{{requirements}}}, ingress: [{{}}]")).subject
    }

    #[test]
    fn a_selector_implies_another_if_each_requirement_does() {
        let some = [
            ("{key: a, operator: In, values: [x]}", "{key: a, operator: In, values: [x, z]}", true, false),
            ("{key: a, operator: In, values: [x]}", "{key: a, operator: Exists}", true, false),
            ("{key: a, operator: In, values: [x]}", "{key: a, operator: NotIn, values: [z]}", true, false),
            ("{key: a, operator: In, values: [x]}", "{key: a, operator: NotIn, values: [x]}", false, false),
            ("{key: a, operator: NotIn, values: [x, z]}", "{key: a, operator: NotIn, values: [x]}", true, false),
            ("{key: a, operator: DoesNotExist}", "{key: a, operator: NotIn, values: [x]}", true, false),
            ("{key: a, operator: In, values: [x]}", "{key: b, operator: In, values: [x]}", false, false),
            ("{key: a, operator: Exists}, {key: b, operator: Exists}", "{key: a, operator: Exists}", true, false),
            ("{key: a, operator: Exists}", "", true, false),
            ("", "", true, true),
        ];
        for (narrow, wide, forth, back) in some {
            let (narrow, wide) = (selector(narrow), selector(wide));
            assert_eq!((implies(&narrow, &wide), implies(&wide, &narrow)), (forth, back), "{narrow:?} {wide:?}");
        }
    }

    fn check(narrow: &str, wide: &str, covers: bool) {
        let [narrow, wide] = [narrow, wide].map(|rule| cover(&format!("ingress: [{{{rule}}}]")));
        assert_eq!(wide.covers(&narrow), covers, "{narrow:?} {wide:?}");
        assert_eq!(narrow.is_covered_by(&[&wide]), covers, "{narrow:?} {wide:?}");
        assert!(narrow.covers(&narrow) && narrow.is_covered_by(&[&narrow]));
    }

    #[test]
    fn peers_are_held_against_peers() {
        check("from: [{podSelector: {matchLabels: {a: b}}}]", "", true);
        check("", "from: [{podSelector: {}}]", false);
        check("", "from: [{namespaceSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}]", false);
        check("from: [{podSelector: {matchLabels: {a: b}}}]", "from: [{podSelector: {}}]", true);
        check("from: [{podSelector: {}}]", "from: [{podSelector: {matchLabels: {a: b}}}]", false);
        check("from: [{podSelector: {}}]", "from: [{namespaceSelector: {}}]", true);
        check(
            "from: [{podSelector: {}}]",
            "from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]",
            true,
        );
        check("from: [{podSelector: {}}]", "from: [{namespaceSelector: {matchLabels: {env: prod}}}]", false);
        check(
            "from: [{ipBlock: {cidr: 10.0.0.0/8}}]",
            "from: [{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]",
            true,
        );
        check(
            "from: [{ipBlock: {cidr: 10.0.0.0/8}}]",
            "from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.1.0.0/16]}}]",
            false,
        );
        check("from: [{ipBlock: {cidr: 10.0.0.0/8}}]", "from: [{namespaceSelector: {}}]", false);
    }

    #[test]
    fn ports_are_held_against_ports() {
        check("ports: [{port: 80}]", "ports: [{port: 1, endPort: 100}]", true);
        check("ports: [{port: 80}]", "ports: [{protocol: TCP}]", true);
        check("ports: [{port: 80}]", "ports: [{protocol: UDP}]", false);
        check("ports: [{port: http}]", "ports: [{port: http}, {port: 1}]", true);
        check("ports: [{port: http}]", "ports: [{protocol: TCP}]", true);
        check("ports: [{port: http}]", "ports: [{port: http, protocol: UDP}]", false);
        check("ports: [{port: http}]", "ports: [{port: 80}]", false);
        check("ports: [{port: 80}]", "", true);
        check("", "ports: [{protocol: TCP}, {protocol: UDP}, {protocol: SCTP}]", false);
    }

    #[test]
    fn several_may_cover_together_what_none_covers_alone() {
        let rule = |rule: &str| cover(&format!("ingress: [{{{rule}}}]"));
        let narrow = rule(
            "from: [{podSelector: {matchLabels: {a: b}}}, {ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80}, {port: 81}]",
        );
        let pods = [
            rule("from: [{podSelector: {}}], ports: [{port: 80}]"),
            rule("from: [{podSelector: {}}], ports: [{port: 81}]"),
        ];
        let blocks = [
            rule("from: [{ipBlock: {cidr: 10.0.0.0/9}}], ports: [{port: 1, endPort: 99}]"),
            rule("from: [{ipBlock: {cidr: 10.128.0.0/9}}]"),
        ];
        let all: Vec<&Cover> = pods.iter().chain(&blocks).collect();
        assert!(narrow.is_covered_by(&all));
        for left_out in 0..all.len() {
            let others: Vec<&Cover> =
                all.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, cover)| *cover).collect();
            assert!(!narrow.is_covered_by(&others), "without {left_out}");
        }
        assert!(all.iter().all(|cover| cover.touches(&narrow)));
        assert!(!rule("from: [{podSelector: {}}], ports: [{port: 9}]").touches(&narrow));
        assert!(!rule("from: [{ipBlock: {cidr: 11.0.0.0/8}}]").touches(&narrow));
    }
}
