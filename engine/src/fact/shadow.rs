//! Rules of NetworkPolicies that others make needless.

use super::about::place;
use super::answer::{only_if, texts};
use super::cover::Cover;
use super::network_policy::is_in_force;
use super::{About, Absent, Answer, Cause, Evidence};
use crate::cluster::{Direction, Item, Knowledge, NetworkPolicyBody};

const POLICIES: &[(&str, &str)] = &[("networking.k8s.io", "NetworkPolicy")];
/// Rules that one rule is held against. Each rule of an object is held against all others, so that the cost is the square.
const MOST_RULES: usize = 2_000;
/// Rules that are looked at together; where it takes more than these, it is not said that they cover it.
const MOST_TOGETHER: usize = 64;

/// Another rule that is in force.
struct Other<'a> {
    item: &'a Item,
    index: usize,
    cover: Cover,
    /// It stands before the rule: by the policy's name, then as written.
    before: bool,
}

fn in_force(body: &NetworkPolicyBody, direction: Direction) -> &[crate::object::Rule] {
    match direction {
        Direction::Ingress if body.isolates_ingress => &body.rules.ingress,
        Direction::Egress if body.isolates_egress => &body.rules.egress,
        _ => &[],
    }
}

/// The rule itself, as others are held against it.
fn own(about: About<'_>) -> Result<Cover, Absent> {
    let policy = about.network_policy()?;
    about.readable("/spec/podSelector")?;
    is_in_force(about)?;
    let cover = Cover::of(about.namespace(), &policy.pod_selector, about.rule()?);
    cover.ok_or_else(|| Absent::Unknown(Cause::unreadable("", about.object)))
}

/// The other rules that are about all the pods that the rule is about.
fn others<'a>(about: About<'a>, narrow: &Cover) -> Result<Vec<Other<'a>>, Absent> {
    let (direction, own) = (about.direction(), about.index.first().copied().unwrap_or_default());
    let policies: Vec<&Item> = about.cluster.policies_covering(about.namespace(), &narrow.subject);
    let counts = policies.iter().filter_map(|item| Some(in_force(item.network_policy()?, direction).len()));
    if counts.sum::<usize>() > MOST_RULES {
        return Err(Absent::failed(format!("too large: more than {MOST_RULES} rules to hold it against")));
    }
    let mut found = Vec::new();
    for item in policies {
        let Some(body) = item.network_policy() else { continue };
        if body.doubts.selector || body.doubts.isolation || body.doubts.rules {
            continue;
        }
        let (same, earlier) = (about.is_self(item), item.name() < about.object.id.name.as_str());
        for (index, rule) in in_force(body, direction).iter().enumerate().filter(|(index, _)| !same || *index != own) {
            let Some(cover) = Cover::of(about.namespace(), &body.selector, rule) else { continue };
            let before = if same { index < own } else { earlier };
            found.push(Other { item, index, cover, before });
        }
    }
    found.sort_by(|one, two| (one.item.name(), one.index).cmp(&(two.item.name(), two.index)));
    Ok(found)
}

/// The widest rule that covers the rule by itself, or else those that do together. Of rules that cover each other, the one
/// that stands first is the one that counts.
fn shadowing(about: About<'_>) -> Result<Vec<Other<'_>>, Absent> {
    let narrow = own(about)?;
    let counts = |other: &Other<'_>| other.cover.touches(&narrow) && (other.before || !narrow.covers(&other.cover));
    let mut others = others(about, &narrow)?;
    others.retain(counts);
    let single = others.iter().enumerate().filter(|(_, other)| other.cover.covers(&narrow));
    let widest = single.reduce(|best, next| if next.1.cover.covers(&best.1.cover) { next } else { best });
    if let Some(at) = widest.map(|(at, _)| at) {
        return Ok(vec![others.swap_remove(at)]);
    }
    others.truncate(MOST_TOGETHER);
    let covers: Vec<&Cover> = others.iter().map(|other| &other.cover).collect();
    match narrow.is_covered_by(&covers) {
        true => Ok(needed(others, &narrow)),
        false => Ok(Vec::new()),
    }
}

/// Without those that the others cover the rule without.
fn needed<'a>(mut others: Vec<Other<'a>>, narrow: &Cover) -> Vec<Other<'a>> {
    let mut at = others.len();
    while let Some(last) = at.checked_sub(1) {
        at = last;
        let rest = others.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, other)| &other.cover);
        if narrow.is_covered_by(&rest.collect::<Vec<_>>()) {
            others.remove(at);
        }
    }
    others
}

fn field(about: &About<'_>, index: usize) -> String {
    match about.direction() {
        Direction::Ingress => format!("/spec/ingress/{index}"),
        Direction::Egress => format!("/spec/egress/{index}"),
    }
}

pub(super) fn shadowed_by(about: About<'_>) -> Answer {
    let found = shadowing(about)?;
    match about.knowledge(POLICIES) {
        Knowledge::Failed(message) => return Err(Absent::failed(message)),
        Knowledge::NotGiven(message) if found.is_empty() => return Err(Absent::not_asked(message)),
        _ => only_if(!found.is_empty())?,
    }
    texts(found.iter().map(|other| format!("{}{}", other.item.name(), field(&about, other.index))))
}

pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    let found = shadowing(about).unwrap_or_default();
    let message = if found.len() == 1 { "this rule allows all of it" } else { "this rule allows a part of it" };
    found.iter().map(|other| place(about.cluster, other.item, &field(&about, other.index), message)).collect()
}
