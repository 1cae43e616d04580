//! What one class lets in and out.

use std::sync::Arc;

use super::CauseKind;
use super::bits::Bits;
use super::choosing::View;
use super::model::{Model, Policy};
use super::row::{Parts, Row};
use super::rules::RuleRows;
use super::select::Chosen;
use super::sides::Sides;
use super::spans::Truth;
use super::tier_policy::Application;
use super::tier_rows::TierRows;
use super::unmodelled::Effect;
use super::value::{Join, Value};
use crate::cluster::Direction;

/// A policy that isolates a class one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Isolation {
    /// Its number.
    pub(super) policy: usize,
    /// False if it may, and that is not known.
    pub(super) sure: bool,
}

/// Whether NetworkPolicies select a class of which none isolates it this way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Elsewhere {
    #[default]
    No,
    /// Some may, and that is not known.
    Maybe,
    Yes,
}

/// Everything that a side's row depends on, beside the ends that there are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Signature {
    pub(super) isolations: Arc<[Isolation]>,
    applications: Arc<[Application]>,
    elsewhere: Elsewhere,
    /// The port table, if some of the policies look names up in it.
    table: usize,
    on_node: bool,
    node_in_doubt: bool,
    /// The namespace, if something else about it is not known.
    doubtful: Option<usize>,
}

impl Signature {
    /// Of a class that is there.
    pub(super) fn of(number: usize, direction: Direction, model: &Model, sides: &Sides) -> Option<Signature> {
        let class = model.class(number)?;
        let in_doubt = |namespace: &&super::model::Namespace| {
            namespace.policies_unknown.is_some() || !namespace.strangers.is_empty()
        };
        let applications = sides.applications_of(number);
        Some(Signature {
            isolations: Arc::clone(sides.isolations.get(number)?),
            // Only the Baseline tier asks.
            elsewhere: if applications.is_empty() { Elsewhere::No } else { sides.elsewhere_of(number) },
            applications: Arc::from(applications),
            table: if direction == Direction::Ingress { class.ports } else { 0 },
            on_node: class.host_network,
            node_in_doubt: class.doubts.host_network,
            doubtful: model.namespace_of(class).filter(in_doubt).map(|_| class.namespace),
        })
    }

    pub(super) fn has_applications(&self) -> bool {
        !self.applications.is_empty()
    }
}

/// Whether a policy isolates the pods that it selects: `None` if not, false if it may.
pub(super) fn isolates(policy: &Policy, direction: Direction) -> Option<bool> {
    let isolates = match direction {
        Direction::Ingress => policy.isolates_ingress,
        Direction::Egress => policy.isolates_egress,
    };
    match policy.doubts.isolation || policy.doubts.rules {
        true => Some(false),
        false => isolates.then_some(true),
    }
}

/// The classes of a view that a policy selects: of its own namespace.
pub(super) fn selected_by(model: &Model, view: &View, policy: &Policy) -> Chosen {
    let inside = Chosen::sure(view.of_namespace(policy.namespace, model));
    if policy.doubts.selector {
        return Chosen { yes: Bits::NONE, maybe: inside.maybe };
    }
    match policy.selector.selects_all() {
        true => inside,
        false => inside.intersection(&view.pod_labels.chosen_by(&policy.selector, &model.names)),
    }
}

/// Admin tier, NetworkPolicies, Baseline tier, and what is not known beside them.
pub(super) fn row(
    signature: &Signature,
    direction: Direction,
    rules: &mut RuleRows<'_>,
    tiers: &mut TierRows,
) -> Arc<Row> {
    if signature.node_in_doubt {
        return Arc::new(Row::everyone(Value::UNKNOWN));
    }
    let tiers = (!signature.applications.is_empty())
        .then(|| tiers.of(&signature.applications, direction, signature.table, rules));
    let baseline = tiers.as_ref().and_then(|tiers| tiers.baseline.as_ref());
    let mut row = by_policies(signature, direction, rules, baseline);
    let namespace = signature.doubtful.and_then(|namespace| rules.model.namespaces.get(namespace));
    if let Some(cause) = namespace.and_then(|namespace| namespace.policies_unknown.as_ref()) {
        let isolated = signature.isolations.iter().any(|isolation| isolation.sure);
        // What is there allows what it allows, whatever there is besides; but only if it is there.
        row = Arc::new(match !isolated || cause.kind == CauseKind::Failed {
            true => Row::everyone(Value::UNKNOWN),
            false => row.join(Join::Span, &Row::everyone(Value::ALL), rules.book),
        });
    }
    if let Some(admin) = tiers.as_ref().and_then(|tiers| tiers.admin.as_ref()) {
        row = Arc::new(admin.before(&row, rules));
    }
    if rules.model.tiers_unknown.is_some() && !signature.on_node {
        row = Arc::new(Row::everyone(Value::UNKNOWN));
    }
    let strangers = namespace.map(|namespace| namespace.strangers.as_slice()).unwrap_or_default();
    let strangers = strangers.iter().filter_map(|stranger| rules.model.strangers.get(*stranger));
    for stranger in strangers.filter(|stranger| stranger.concerns(direction)) {
        row = Arc::new(match stranger.effect {
            Effect::Changes => Row::everyone(Value::UNKNOWN),
            Effect::Cuts => Row::default().join(Join::Span, &row, rules.book),
        });
    }
    row
}

/// What at least one NetworkPolicy allows; what the Baseline tier says, or else everything, if none isolates.
fn by_policies(
    signature: &Signature,
    direction: Direction,
    rules: &mut RuleRows<'_>,
    baseline: Option<&Row>,
) -> Arc<Row> {
    let (mut sure, mut unsure) = (Vec::new(), Vec::new());
    for isolation in &*signature.isolations {
        let row = rules.of_policy(isolation.policy, direction, signature.table);
        if isolation.sure { sure.push(row) } else { unsure.push(row) }
    }
    let Some((first, others)) = sure.split_first().or_else(|| unsure.split_first()) else {
        return Arc::new(unselected(signature, baseline, rules));
    };
    let on_node = signature.on_node || (direction == Direction::Ingress && !rules.view().on_node.is_empty());
    if sure.is_empty() {
        // If none isolates, nothing is isolated; if one does, at least what the least of them allows.
        let least = others.iter().fold(Row::clone(first), |least, row| least.join(Join::And, row, rules.book));
        let most = others.iter().fold(Row::clone(first), |most, row| most.join(Join::Or, row, rules.book));
        let [least, most] = [least, most].map(|row| with_nodes(row, signature, direction, rules));
        let free = unselected(signature, baseline, rules);
        let least = least.join(Join::And, &free, rules.book);
        return Arc::new(least.join(Join::Span, &most.join(Join::Or, &free, rules.book), rules.book));
    }
    let allowed = match (others, unsure.as_slice()) {
        ([], []) => Arc::clone(first),
        _ => Arc::new(union(&sure, &unsure, rules)),
    };
    if on_node { Arc::new(with_nodes(Row::clone(&allowed), signature, direction, rules)) } else { allowed }
}

/// What policies allow together of which some isolate for sure and others perhaps.
fn union(sure: &[Arc<Row>], unsure: &[Arc<Row>], rules: &mut RuleRows<'_>) -> Row {
    let perhaps = unsure.iter().map(|row| Row::default().join(Join::Span, row, rules.book)).collect::<Vec<_>>();
    let all = sure.iter().map(|row| &**row).chain(&perhaps);
    let addresses = all
        .clone()
        .map(|row| &row.addresses)
        .fold(Parts::default(), |sum, addresses| sum.join(Join::Or, addresses, rules.book));
    // Only of pods on the node's network does a row that lists them say less than of the rest.
    let on_node = &rules.view().on_node;
    let rests = all.clone().map(|row| row.classes.listed_only(on_node));
    let rest = rests.fold(Parts::default(), |sum, rest| sum.join(Join::Or, &rest, rules.book));
    let classes = all.flat_map(|row| row.classes.listed());
    let classes = classes.map(|(value, classes)| (classes.clone(), *value)).collect();
    Row { classes: Parts::gathered(classes, rest, rules.book), addresses }
}

/// What pods on the node's network change of what policies allow.
fn with_nodes(mut row: Row, signature: &Signature, direction: Direction, rules: &mut RuleRows<'_>) -> Row {
    if signature.on_node {
        row = row.join(Join::Or, &Row::everyone(Value::PLUGIN), rules.book);
    }
    if direction == Direction::Ingress {
        // "Traffic from the node where a Pod is running is always allowed", and what is on its network looks like it.
        let from_node = Parts::of(rules.view().on_node.clone(), Value::PLUGIN);
        row.classes = row.classes.join(Join::Or, &from_node, rules.book);
    }
    row
}

/// What passes where no NetworkPolicy isolates: what the Baseline tier says.
///
/// "v1.NetworkPolicy always makes a final decision for selected pods" can be read for the pod as a whole, or for each
/// direction by itself; so of a pod that is selected for the other direction only, the Baseline tier may not be asked.
/// Source: `ClusterNetworkPolicySpec.tier`.
fn unselected(signature: &Signature, baseline: Option<&Row>, rules: &mut RuleRows<'_>) -> Row {
    let Some(baseline) = baseline else { return Row::everyone(Value::ALL) };
    let unasked = match signature.elsewhere {
        Elsewhere::No => return baseline.clone(),
        Elsewhere::Maybe => Value::when(Truth::UnknownPlugin),
        Elsewhere::Yes => Value::PLUGIN,
    };
    baseline.join(Join::Or, &Row::everyone(unasked), rules.book)
}
