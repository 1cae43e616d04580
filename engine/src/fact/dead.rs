//! Rules that let nothing pass, and why.

use std::sync::Arc;

use super::answer::{complete, only_if};
use super::network::{Network, seen};
use super::peer::Selected;
use super::rule::{ports_at, readable};
use super::{About, Absent, Answer, Cause, FactValue, half_open, near, network_policy, peer};
use crate::cluster::{Direction, Item, Knowledge};
use crate::net::{AddressSet, Ports};
use crate::object::{NetworkPolicyPort, Peer, Rule};
use crate::reach::End;

/// Workloads at each end that are looked at.
const MOST: usize = 50;

/// Both ends of a rule.
struct Ends<'a> {
    about: About<'a>,
    rule: &'a Rule,
    subjects: Vec<&'a Item>,
    /// What its peers pick, of all that is known.
    others: Vec<&'a Item>,
    knowledge: Knowledge,
    blocks: Vec<AddressSet>,
}

/// The peers of the rule, each as what a fact is about.
fn peers<'b>(about: About<'b>, indices: &'b [[usize; 2]]) -> impl Iterator<Item = About<'b>> {
    indices.iter().map(move |index| About { index, ..about })
}

fn indices(about: &About<'_>, rule: &Rule) -> Vec<[usize; 2]> {
    let own = about.index.first().copied().unwrap_or_default();
    (0..rule.peers.len()).map(|peer| [own, peer]).collect()
}

impl<'b> Ends<'b> {
    fn of(about: About<'b>, rule: &'b Rule, indices: &'b [[usize; 2]]) -> Result<Ends<'b>, Absent> {
        let subjects = network_policy::all_selected(about)?;
        let mut ends =
            Ends { about, rule, subjects, others: Vec::new(), knowledge: Knowledge::Complete, blocks: Vec::new() };
        for peer in peers(about, indices) {
            match peer.peer()? {
                Peer::Block(block) => ends.blocks.push(AddressSet::of_block(block.cidr, &block.except)),
                Peer::Unreadable => return Err(Absent::Unknown(Cause::unreadable("", about.object))),
                Peer::Pods { .. } => {
                    let Selected { items, knowledge } = peer::selected(peer)?;
                    ends.others.extend(items);
                    ends.knowledge = ends.knowledge.max(knowledge);
                }
            }
        }
        Ok(ends)
    }

    /// Whether it is about no one at the other end, for sure.
    fn meets_nobody(&self) -> Result<bool, Absent> {
        if self.rule.peers.is_empty() || !self.others.is_empty() || !self.blocks.is_empty() {
            return Ok(false);
        }
        complete(self.knowledge.clone()).map(|()| true)
    }

    /// Whether its ports are names that no destination has. Addresses have none.
    fn opens_nothing(&self) -> Result<bool, Absent> {
        let named = |port: &NetworkPolicyPort| matches!(port, NetworkPolicyPort::Named { .. });
        if self.rule.ports.is_empty() || !self.rule.ports.iter().all(named) {
            return Ok(false);
        }
        let anyone = self.rule.peers.is_empty() && self.about.direction() == Direction::Egress;
        let destinations = match self.about.direction() {
            Direction::Ingress => &self.subjects,
            Direction::Egress => &self.others,
        };
        let some = destinations.iter().any(|item| !ports_at(self.about.cluster, self.rule, item).is_empty());
        if anyone || some {
            return Ok(false);
        }
        complete(self.knowledge.clone()).map(|()| true)
    }

    /// Whether the Admin tier decides all that it allows, so that no NetworkPolicy is asked.
    fn is_overruled(&self) -> Result<bool, Absent> {
        let cluster = self.about.cluster;
        let no_tier = cluster.tier_policies().next().is_none();
        let too_many = self.subjects.len() > MOST || self.others.len() > MOST;
        if no_tier || too_many || self.rule.peers.is_empty() {
            return Ok(false);
        }
        let all: Vec<&Item> = self.subjects.iter().chain(&self.others).copied().collect();
        let network = Network::among(cluster, &all);
        let (mut opens, mut doubts) = (false, Vec::new());
        for subject in &self.subjects {
            let end = network.end(cluster, subject)?;
            for other in &self.others {
                let destination = if self.about.direction() == Direction::Egress { other } else { subject };
                let ports = ports_at(cluster, self.rule, destination);
                opens |= !ports.is_empty();
                if self.leaves(&network, &end, &network.end(cluster, other)?, &ports, &mut doubts) {
                    return Ok(false);
                }
            }
            for block in &self.blocks {
                let other = End::Addresses(Arc::new(block.clone()));
                let ports = self.ports_of_block(subject);
                opens |= !ports.is_empty();
                if self.leaves(&network, &end, &other, &ports, &mut doubts) {
                    return Ok(false);
                }
            }
        }
        if !doubts.is_empty() {
            return Err(near::unknown(doubts));
        }
        // A rule that opens no port is dead for another reason.
        complete(self.knowledge.clone()).map(|()| opens)
    }

    /// The ports that the rule opens from a block, or to it, where names mean nothing.
    fn ports_of_block(&self, subject: &Item) -> Ports {
        let numbered = |port: &&NetworkPolicyPort| !matches!(port, NetworkPolicyPort::Named { .. });
        let ports: Vec<NetworkPolicyPort> = self.rule.ports.iter().filter(numbered).cloned().collect();
        match self.about.direction() {
            Direction::Ingress => ports_at(self.about.cluster, self.rule, subject),
            Direction::Egress if ports.is_empty() && !self.rule.ports.is_empty() => Ports::NONE,
            Direction::Egress => ports_at(self.about.cluster, &Rule { peers: Vec::new(), ports }, subject),
        }
    }

    /// Whether the Admin tier leaves some of these ports to NetworkPolicies, in some part of the other end, or may by the plugin's
    /// choice.
    fn leaves(
        &self,
        network: &Network,
        subject: &End,
        other: &End,
        ports: &Ports,
        doubts: &mut Vec<crate::reach::Cause>,
    ) -> bool {
        let egress = self.about.direction() == Direction::Egress;
        let pair =
            |other: &End| if egress { (subject.clone(), other.clone()) } else { (other.clone(), subject.clone()) };
        let reach = network.reach();
        let (source, destination) = pair(other);
        for part in reach.ask(&source, &destination, None).parts {
            let found = reach.explain(self.about.cluster, &part.source, &part.destination, None);
            let Some(side) = (if egress { found.egress } else { found.ingress }) else { return true };
            let left = side.left_to_network_policies.of(ports);
            if !left.allow.is_empty() || !left.implementation_defined.is_empty() {
                return true;
            }
            if !left.unknown.is_empty() {
                let message = "what cluster-wide policies say of it is not known".to_owned();
                let kind = crate::reach::CauseKind::Failed;
                doubts.extend(side.causes);
                doubts.push(crate::reach::Cause { kind, message, object: None });
            }
        }
        false
    }
}

pub(super) fn overruled(about: About<'_>) -> Answer {
    network_policy::is_in_force(about)?;
    readable(&about, "")?;
    seen(about.cluster)?;
    if about.cluster.tier_policies().next().is_none() {
        return Ok(false.into());
    }
    let rule = about.rule()?;
    let indices = indices(&about, rule);
    let ends = Ends::of(about, rule, &indices)?;
    let somebody = rule.peers.is_empty() || !ends.others.is_empty() || !ends.blocks.is_empty();
    only_if(!ends.subjects.is_empty() && somebody)?;
    Ok(ends.is_overruled()?.into())
}

pub(super) fn dead_because(about: About<'_>) -> Answer {
    network_policy::is_in_force(about)?;
    readable(&about, "")?;
    let rule = about.rule()?;
    let indices = indices(&about, rule);
    seen(about.cluster)?;
    let ends = Ends::of(about, rule, &indices)?;
    if ends.subjects.is_empty() {
        return Ok("no-subject".into());
    }
    if ends.meets_nobody()? {
        return Ok("no-peer".into());
    }
    if ends.opens_nothing()? {
        return Ok("no-port".into());
    }
    if ends.is_overruled()? {
        return Ok("overruled".into());
    }
    only_if(!indices.is_empty())?;
    for peer in peers(about, &indices) {
        only_if(half_open::half_open(peer)? == FactValue::Bool(true))?;
    }
    Ok("half-open".into())
}
