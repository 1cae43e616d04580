//! What opens or cuts a connection.

use std::collections::BTreeSet;

use super::evidence::Question;
use super::{Change, DiffEnd, End, Match, Reach, SideEvidence, TierRuleEvidence};
use crate::cluster::Direction;
use crate::finding::ObjectRef;
use crate::net::Ports;
use crate::object::{Action, Tier};

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
        /// Its policy: a NetworkPolicy, or a cluster-wide one.
        policy: ObjectRef,
        /// JSON pointer of the rule.
        field: String,
    },
    /// A rule of a cluster-wide policy that denies ports, which pass in the other network.
    Denies {
        /// Its policy.
        policy: ObjectRef,
        /// JSON pointer of the rule.
        field: String,
    },
    /// A rule of a cluster-wide policy that passes ports on to the next tier, which lets them pass.
    Passes {
        /// Its policy.
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
    /// ports pass where they do and does not match them where they do not; what denies them where they do not and does not
    /// match them where they do; and, if no NetworkPolicy isolates the end where they pass, what isolates it where they do not.
    /// An end that is only in one network has changed. Cost: that of [`Reach::explain`].
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

/// What lets these ports pass here, and keeps them from it there.
fn deciding(
    here: (Which, &SideEvidence),
    there: Option<(Which, &SideEvidence)>,
    ports: &Ports,
) -> Vec<(Which, Deciding)> {
    let changed = Compared { here: here.1, there: there.map(|(_, side)| side), ports };
    let mut found: Vec<_> = changed.passing(true).into_iter().map(|deciding| (here.0, deciding)).collect();
    if let Some((which, _)) = there {
        found.extend(changed.keeping(true).into_iter().map(|deciding| (which, deciding)));
    }
    if !found.is_empty() {
        return found;
    }
    // The same rules match on both sides, in another order.
    found.extend(changed.passing(false).into_iter().map(|deciding| (here.0, deciding)));
    if let Some((which, _)) = there {
        found.extend(changed.keeping(false).into_iter().map(|deciding| (which, deciding)));
    }
    found
}

/// One side of a connection in the network where ports pass, and in the one where they do not.
struct Compared<'a> {
    here: &'a SideEvidence,
    there: Option<&'a SideEvidence>,
    ports: &'a Ports,
}

impl Compared<'_> {
    /// What lets them pass here; `only_new`: but what matches them there too.
    fn passing(&self, only_new: bool) -> Vec<Deciding> {
        let mut found = Vec::new();
        let new = |policy: &ObjectRef, field: &str| {
            !only_new || !self.there.is_some_and(|there| matches(there, (policy, field), self.ports))
        };
        for (policy, rule) in tier_rules(self.here).filter(|(_, rule)| rule.decides.allow.overlaps(self.ports)) {
            if !new(policy, &rule.field) {
                continue;
            }
            let (policy, field) = (policy.clone(), rule.field.clone());
            match rule.action {
                Action::Accept => found.push(Deciding::Rule { policy, field }),
                Action::Pass if !rule.fails_closed => found.push(Deciding::Passes { policy, field }),
                _ => {}
            }
        }
        let left = self.here.left_to_network_policies.some().intersection(self.ports);
        for evidence in &self.here.policies {
            let lets = evidence.rules.iter().filter(|rule| rule.passage.allow.overlaps(&left));
            let lets = lets.filter(|rule| new(&evidence.policy, &rule.field));
            found
                .extend(lets.map(|rule| Deciding::Rule { policy: evidence.policy.clone(), field: rule.field.clone() }));
        }
        let isolated_there = self.there.is_some_and(|there| !there.policies.is_empty());
        let told = self.there.is_none() || isolated_there || !only_new;
        if told && free(self.here) && !self.beyond_baseline(&left).is_empty() {
            found.push(Deciding::NothingIsolates);
        }
        found
    }

    /// What keeps them from passing there; `only_new`: but what matches them here too.
    fn keeping(&self, only_new: bool) -> Vec<Deciding> {
        let Some(there) = self.there else { return Vec::new() };
        let denying = tier_rules(there).filter(|(_, rule)| {
            let denies = rule.action == Action::Deny || rule.fails_closed && rule.action != Action::Accept;
            denies && rule.decides.some().overlaps(self.ports)
        });
        let new = |(policy, rule): &(&ObjectRef, &TierRuleEvidence)| {
            !only_new || !matches(self.here, (policy, &rule.field), self.ports)
        };
        let denies = |(policy, rule): (&ObjectRef, &TierRuleEvidence)| Deciding::Denies {
            policy: policy.clone(),
            field: rule.field.clone(),
        };
        let mut found: Vec<Deciding> = denying.filter(new).map(denies).collect();
        let left = there.left_to_network_policies.some().intersection(self.ports);
        if free(self.here) && !left.is_empty() {
            let isolating = there.policies.iter().map(|evidence| evidence.policy.clone());
            found.extend(isolating.map(|policy| Deciding::Isolates { policy }));
        }
        found
    }

    /// Those of these that no rule of the Baseline tier lets pass here.
    fn beyond_baseline(&self, left: &Ports) -> Ports {
        let baseline = self.here.tiers.iter().filter(|policy| policy.tier == Some(Tier::Baseline));
        let rules = baseline.flat_map(|policy| &policy.rules);
        rules.fold(left.clone(), |left, rule| left.difference(&rule.decides.allow))
    }
}

/// No NetworkPolicy isolates it, or may.
fn free(side: &SideEvidence) -> bool {
    side.policies.is_empty() && !matches!(side.isolated, Match::Yes)
}

fn tier_rules(side: &SideEvidence) -> impl Iterator<Item = (&ObjectRef, &TierRuleEvidence)> {
    side.tiers.iter().flat_map(|policy| policy.rules.iter().map(|rule| (&policy.policy, rule)))
}

/// Whether a rule is there and matches some of these ports, decided or not by something before it.
fn matches(side: &SideEvidence, (policy, field): (&ObjectRef, &str), ports: &Ports) -> bool {
    let in_tiers = tier_rules(side)
        .any(|(known, rule)| known == policy && rule.field == field && rule.matches.some().overlaps(ports));
    let own = side.policies.iter().filter(|evidence| evidence.policy == *policy);
    in_tiers
        || own
            .flat_map(|evidence| &evidence.rules)
            .any(|rule| rule.field == field && rule.passage.some().overlaps(ports))
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
                Deciding::Denies { policy, field } => format!("{} {field} denies", policy.name),
                Deciding::Passes { policy, field } => format!("{} {field} passes on", policy.name),
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

    /// A ClusterNetworkPolicy about `db`, with these rules for ingress.
    fn tier(name: &str, tier: &str, priority: u16, rules: &[&str]) -> String {
        let rules: Vec<String> = rules
            .iter()
            .map(|rule| {
                let (action, port) = rule.split_once(' ').unwrap();
                format!("{{action: {action}, from: [{{namespaces: {{}}}}], protocols: [{{tcp: {{destinationPort: {{number: {port}}}}}}}]}}")
            })
            .collect();
        format!(
            "---\n{{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {{name: {name}}}, spec: \
             {{tier: {tier}, priority: {priority}, subject: {{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: \
             db}}}}}}}}, ingress: [{}]}}}}\n",
            rules.join(", ")
        )
    }

    #[test]
    fn a_cluster_wide_rule_opens_and_cuts_by_itself() {
        let accept = tier("t", "Admin", 1, &["Accept 1"]);
        assert_eq!(reasons(&[PODS, CLOSED], &[PODS, CLOSED, &accept]), ["opens Ingress New t /spec/ingress/0"]);
        assert_eq!(reasons(&[PODS, CLOSED, &accept], &[PODS, CLOSED]), ["cuts Ingress Old t /spec/ingress/0"]);
        // A rule that is still there is no reason; what denies before it is.
        let deny = tier("t", "Admin", 1, &["Deny 2"]);
        assert_eq!(reasons(&[PODS, OPEN], &[PODS, OPEN, &deny]), ["cuts Ingress New t /spec/ingress/0 denies"]);
        assert_eq!(reasons(&[PODS, OPEN, &deny], &[PODS, OPEN]), ["opens Ingress Old t /spec/ingress/0 denies"]);
        assert_eq!(reasons(&[PODS], &[PODS, &deny]), ["cuts Ingress New t /spec/ingress/0 denies"]);
        // What isolates has no say in what the Admin tier accepts.
        assert_eq!(
            reasons(&[PODS, &accept], &[PODS, CLOSED, &accept]),
            ["cuts Ingress Old nothing isolates", "cuts Ingress New closed isolates"]
        );
    }

    #[test]
    fn the_baseline_is_named_where_nothing_isolates() {
        let deny = tier("t", "Baseline", 1, &["Deny 2"]);
        assert_eq!(reasons(&[PODS], &[PODS, &deny]), ["cuts Ingress New t /spec/ingress/0 denies"]);
        let both = tier("t", "Baseline", 1, &["Accept 1", "Deny 1"]);
        let closed = [
            "opens Ingress Old closed isolates",
            "opens Ingress New nothing isolates",
            "opens Ingress New t /spec/ingress/0",
        ];
        let found = reasons(&[PODS, CLOSED], &[PODS, &both]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(closed.iter().all(|line| found.iter().any(|told| told == line)), "{found:?}");
    }

    #[test]
    fn order_and_passing_on_are_reasons_too() {
        let (first, last) = (tier("a", "Admin", 1, &["Accept 1"]), tier("b", "Admin", 2, &["Deny 1"]));
        let later = tier("a", "Admin", 3, &["Accept 1"]);
        let turned = ["cuts Ingress Old a /spec/ingress/0", "cuts Ingress New b /spec/ingress/0 denies"];
        assert_eq!(reasons(&[PODS, &first, &last], &[PODS, &later, &last]), turned);
        let pass = tier("a", "Admin", 1, &["Pass 1"]);
        assert_eq!(reasons(&[PODS, &pass, &last], &[PODS, &last]), ["cuts Ingress Old a /spec/ingress/0 passes on"]);
        assert_eq!(reasons(&[PODS, &last], &[PODS, &pass, &last]), ["opens Ingress New a /spec/ingress/0 passes on"]);
    }
}
