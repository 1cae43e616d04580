//! Rules that one end of a connection has, and whose other end does not let through what they allow.

use super::answer::{complete, only_if, texts};
use super::near::{isolating, unknown};
use super::network::{Network, seen};
use super::rule::ports_at;
use super::{About, Absent, Answer, Evidence, network_policy, peer};
use crate::cluster::{Direction, Item, Knowledge};
use crate::net::Ports;
use crate::object::Rule;
use crate::reach::End;

/// Workloads at each end that are looked at: a rule about more is about no single flow.
const MOST: usize = 50;

/// The two ends of what a peer of a rule allows.
struct Flow<'a> {
    about: About<'a>,
    rule: &'a Rule,
    /// What the policy selects.
    subjects: Vec<&'a Item>,
    /// What the peer picks, of all that is known.
    others: Vec<&'a Item>,
    /// Whether it may pick more.
    knowledge: Knowledge,
    network: Network,
}

impl<'a> Flow<'a> {
    fn of(about: About<'a>) -> Result<Flow<'a>, Absent> {
        network_policy::is_in_force(about)?;
        super::rule::readable(&about, "/ports")?;
        let peer::Selected { items: others, knowledge } = peer::selected(about)?;
        let subjects = network_policy::all_selected(about)?;
        only_if(!subjects.is_empty() && subjects.len() <= MOST && others.len() <= MOST)?;
        seen(about.cluster)?;
        let ends: Vec<&Item> = subjects.iter().chain(&others).copied().collect();
        let network = Network::among(about.cluster, &ends);
        Ok(Flow { about, rule: about.rule()?, subjects, others, knowledge, network })
    }

    /// Source and destination of what the rule allows between two workloads, and its ports there.
    fn ends(&self, subject: &'a Item, other: &'a Item) -> Result<(End, End, Ports), Absent> {
        let cluster = self.about.cluster;
        let (source, destination) = match self.about.direction() {
            Direction::Egress => (subject, other),
            Direction::Ingress => (other, subject),
        };
        let end = |item| self.network.end(cluster, item);
        Ok((end(source)?, end(destination)?, ports_at(cluster, self.rule, destination)))
    }

    /// Whether the workload's own side lets nothing of it pass, whichever pod of the policy is on the other end.
    fn refuses(&self, other: &'a Item) -> Result<bool, Absent> {
        let (mut asked, mut doubts) = (false, Vec::new());
        for subject in &self.subjects {
            let (source, destination, ports) = self.ends(subject, other)?;
            let passage = match self.about.direction() {
                Direction::Egress => self.network.reach().lets(Direction::Ingress, &destination, &source),
                Direction::Ingress => self.network.reach().lets(Direction::Egress, &source, &destination),
            };
            let passage = passage.of(&ports);
            if !passage.allow.is_empty() || !passage.implementation_defined.is_empty() {
                return Ok(false);
            }
            if !passage.unknown.is_empty() {
                doubts.extend(self.network.reach().ask(&source, &destination, None).causes);
            }
            asked |= !ports.is_empty();
        }
        if doubts.is_empty() { Ok(asked) } else { Err(unknown(doubts)) }
    }

    fn refusing(&self) -> Result<Vec<&'a Item>, Absent> {
        let mut found = Vec::new();
        for other in &self.others {
            if self.refuses(other)? {
                found.push(*other);
            }
        }
        Ok(found)
    }
}

pub(super) fn refused_by(about: About<'_>) -> Answer {
    let flow = Flow::of(about)?;
    complete(flow.knowledge.clone())?;
    texts(flow.refusing()?.into_iter().map(|item| about.cluster.workload_name(item)))
}

pub(super) fn half_open(about: About<'_>) -> Answer {
    let flow = Flow::of(about)?;
    for other in &flow.others {
        if matches!(flow.refuses(other), Ok(false)) {
            return Ok(false.into());
        }
    }
    complete(flow.knowledge.clone())?;
    only_if(!flow.others.is_empty())?;
    Ok((flow.refusing()?.len() == flow.others.len()).into())
}

/// The policies that isolate those who refuse.
pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    let Ok(flow) = Flow::of(about) else { return Vec::new() };
    let (refusing, Some(subject)) = (flow.refusing().unwrap_or_default(), flow.subjects.first()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for other in refusing {
        let Ok((source, destination, _)) = flow.ends(subject, other) else { continue };
        let explained = flow.network.reach().explain(about.cluster, &source, &destination, None);
        let side = match about.direction() {
            Direction::Egress => explained.ingress,
            Direction::Ingress => explained.egress,
        };
        found.extend(side.iter().flat_map(isolating));
    }
    found.dedup();
    found
}
