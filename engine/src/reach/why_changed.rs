//! What opens or cuts a connection.

use std::collections::BTreeSet;

use super::evidence::Question;
use super::{Change, DiffEnd, End, Match, Reach, SideEvidence};
use crate::cluster::Direction;
use crate::finding::ObjectRef;
use crate::net::Ports;

/// One of the two networks that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The one before.
    Old,
    /// The one after.
    New,
}

/// Why a connection is not the same, at one of its ends. Sorted in lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeReason {
    /// True for what opens ports, false for what cuts them.
    pub opens: bool,
    /// The source's side (egress) or the destination's (ingress).
    pub direction: Direction,
    /// Where it is to be found.
    pub which: Which,
    /// What it is.
    pub deciding: Deciding,
}

/// What decides at one end of one network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deciding {
    /// A rule that lets ports pass that do not pass in the other network.
    Rule {
        /// Its NetworkPolicy.
        policy: ObjectRef,
        /// JSON pointer of the rule.
        field: String,
    },
    /// A NetworkPolicy that isolates this end; in the other network none does.
    Isolates {
        /// The NetworkPolicy.
        policy: ObjectRef,
    },
    /// No NetworkPolicy isolates this end.
    NothingIsolates,
}

impl Change {
    /// What opens [`Change::opened`] and cuts [`Change::cut`], sorted: of each end whose own side changed, what lets the
    /// ports pass where they do, and, if that is that nothing isolates it, what isolates it where they do not. An end that
    /// is only in one network has changed. Cost: that of [`Reach::explain`].
    pub fn reasons(&self, old: &Reach, new: &Reach) -> Vec<ChangeReason> {
        let [before, after] = [self.ends(old), self.ends(new)];
        let mut reasons = BTreeSet::new();
        for direction in [Direction::Egress, Direction::Ingress] {
            let [before, after] = [(old, &before), (new, &after)]
                .map(|(reach, ends)| ends.as_ref().and_then(|ends| side(reach, ends, direction)));
            let [let_before, let_after] =
                [&before, &after].map(|side| side.as_ref().map_or(Ports::NONE, |side| side.passage.allow.clone()));
            let opened = self.opened().intersection(&let_after.difference(&let_before));
            let cut = self.cut().intersection(&let_before.difference(&let_after));
            let mut note =
                |opens, here: (Which, &SideEvidence), there: Option<(Which, &SideEvidence)>, ports: &Ports| {
                    for (which, deciding) in deciding(here, there, ports) {
                        reasons.insert(ChangeReason { opens, direction, which, deciding });
                    }
                };
            let [before, after] =
                [before.as_ref().map(|side| (Which::Old, side)), after.as_ref().map(|side| (Which::New, side))];
            if let Some(here) = after.filter(|_| !opened.is_empty()) {
                note(true, here, before, &opened);
            }
            if let Some(here) = before.filter(|_| !cut.is_empty()) {
                note(false, here, after, &cut);
            }
        }
        reasons.into_iter().collect()
    }

    /// Both ends in one network, if both are in it.
    pub fn ends(&self, reach: &Reach) -> Option<(End, End)> {
        Some((end(reach, &self.source)?, end(reach, &self.destination)?))
    }
}

/// What lets these ports pass here, and isolates there.
fn deciding(
    (which, here): (Which, &SideEvidence),
    there: Option<(Which, &SideEvidence)>,
    ports: &Ports,
) -> Vec<(Which, Deciding)> {
    let isolated = matches!(here.isolated, Match::Yes);
    let mut found = Vec::new();
    for evidence in &here.policies {
        let lets = evidence.rules.iter().filter(|rule| rule.passage.allow.overlaps(ports));
        found.extend(
            lets.map(|rule| (which, Deciding::Rule { policy: evidence.policy.clone(), field: rule.field.clone() })),
        );
    }
    if isolated || !here.policies.is_empty() {
        return found;
    }
    found.push((which, Deciding::NothingIsolates));
    if let Some((which, there)) = there {
        let isolating = there.policies.iter().map(|evidence| evidence.policy.clone());
        found.extend(isolating.map(|policy| (which, Deciding::Isolates { policy })));
    }
    found
}

fn side(reach: &Reach, (source, destination): &(End, End), direction: Direction) -> Option<SideEvidence> {
    let (subject, other) = match direction {
        Direction::Egress => (source, destination),
        Direction::Ingress => (destination, source),
    };
    let End::Workload(subject) = *subject else { return None };
    reach.evidence(&Question { direction, subject, other, port: None, cluster: None }).map(|(side, _)| side)
}

fn end(reach: &Reach, end: &DiffEnd) -> Option<End> {
    match end {
        DiffEnd::Addresses(set) => Some(End::Addresses(set.clone().into())),
        DiffEnd::Workload(object) => reach.workload_id(object).map(End::Workload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::Diff;
    use crate::reach::testing::reach;

    const PODS: &str = "
{kind: Pod, apiVersion: v1, metadata: {namespace: a, name: web, labels: {app: web}}}
---
{kind: Pod, apiVersion: v1, metadata: {namespace: a, name: db, labels: {app: db}}}
";
    const CLOSED: &str = "
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: a, name: closed}
spec: {podSelector: {matchLabels: {app: db}}}
";
    const OPEN: &str = "
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: a, name: open}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{ports: [{port: 1}]}, {from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 2}]}]
";

    /// The reasons of web → db, each in a line.
    fn reasons(old: &[&str], new: &[&str]) -> Vec<String> {
        let [old, new] = [old, new].map(|parts| reach(&parts.concat()));
        let diff = Diff::between(&old, &new);
        let is = |end: &DiffEnd, name: &str| matches!(end, DiffEnd::Workload(object) if object.name == name);
        let change = diff.changed.iter().find(|change| is(&change.source, "web") && is(&change.destination, "db"));
        let reasons = change.map(|change| change.reasons(&old, &new)).unwrap_or_default();
        let line = |reason: &ChangeReason| {
            let ChangeReason { opens, direction, which, deciding } = reason;
            let deciding = match deciding {
                Deciding::Rule { policy, field } => format!("{} {field}", policy.name),
                Deciding::Isolates { policy } => format!("{} isolates", policy.name),
                Deciding::NothingIsolates => "nothing isolates".to_owned(),
            };
            format!("{} {direction:?} {which:?} {deciding}", if *opens { "opens" } else { "cuts" })
        };
        reasons.iter().map(line).collect()
    }

    #[test]
    fn a_rule_that_appears_opens() {
        let opens = ["opens Ingress New open /spec/ingress/0", "opens Ingress New open /spec/ingress/1"];
        assert_eq!(reasons(&[PODS, CLOSED], &[PODS, CLOSED, OPEN]), opens);
        let cuts = ["cuts Ingress Old open /spec/ingress/0", "cuts Ingress Old open /spec/ingress/1"];
        assert_eq!(reasons(&[PODS, CLOSED, OPEN], &[PODS, CLOSED]), cuts);
    }

    #[test]
    fn a_rule_that_let_pass_before_is_no_reason() {
        let wider = OPEN.replace("port: 2", "port: 3");
        let found = reasons(&[PODS, OPEN], &[PODS, &wider]);
        assert_eq!(found, ["cuts Ingress Old open /spec/ingress/1", "opens Ingress New open /spec/ingress/1"]);
    }

    #[test]
    fn isolation_that_comes_or_goes_is_the_reason() {
        let cuts = ["cuts Ingress Old nothing isolates", "cuts Ingress New closed isolates"];
        assert_eq!(reasons(&[PODS], &[PODS, CLOSED]), cuts);
        let opens = ["opens Ingress Old closed isolates", "opens Ingress New nothing isolates"];
        assert_eq!(reasons(&[PODS, CLOSED], &[PODS]), opens);
    }

    #[test]
    fn an_end_that_appears_is_opened_by_what_lets_it_pass_at_both_ends() {
        let [web, _] = PODS.split_once("---").map(|(web, db)| [web, db]).unwrap();
        let found = reasons(&[web, OPEN], &[PODS, OPEN]);
        let both = [
            "opens Ingress New open /spec/ingress/0",
            "opens Ingress New open /spec/ingress/1",
            "opens Egress New nothing isolates",
        ];
        assert_eq!(found, both);
    }
}
