//! What each class lets in and out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::CauseKind;
use super::model::{Model, Policy};
use super::row::{Parts, Row, RowId, Rows};
use super::rules::RuleRows;
use super::select::Chosen;
use super::spans::Truth;
use super::tier_policy::Application;
use super::tier_rows::{TierRows, applications};
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

/// Everything that a side's row depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    isolations: Vec<Isolation>,
    applications: Vec<Application>,
    elsewhere: Elsewhere,
    /// The port table, if some of the policies look names up in it.
    table: usize,
    on_node: bool,
    node_in_doubt: bool,
    /// The namespace, if something else about it is not known.
    doubtful: Option<usize>,
}

/// What each class lets pass one way.
#[derive(Debug, Default)]
pub(super) struct Sides {
    /// The row of each class.
    pub(super) rows: Vec<RowId>,
    /// The NetworkPolicies that isolate each class, in their order.
    pub(super) isolations: Vec<Vec<Isolation>>,
    /// The cluster-wide policies that are about each class, in their order.
    pub(super) applications: Vec<Vec<Application>>,
    /// Whether NetworkPolicies select each class the other way only.
    pub(super) elsewhere: Vec<Elsewhere>,
}

impl Sides {
    pub(super) fn of(direction: Direction, rules: &mut RuleRows<'_>, rows: &mut Rows) -> Sides {
        let model = rules.model;
        let (isolations, elsewhere) = isolations(model, direction);
        let applications = applications(direction, rules);
        let mut known: BTreeMap<Signature, RowId> = BTreeMap::new();
        let mut tiers = TierRows::default();
        let mut sides = Sides { rows: Vec::with_capacity(model.classes.len()), isolations, applications, elsewhere };
        let of_classes = sides.isolations.iter().zip(&sides.applications).zip(&sides.elsewhere);
        for (class, ((isolations, applications), elsewhere)) in model.classes.iter().zip(of_classes) {
            let in_doubt = |namespace: &super::model::Namespace| {
                namespace.policies_unknown.is_some() || !namespace.strangers.is_empty()
            };
            let signature = Signature {
                isolations: isolations.clone(),
                applications: applications.clone(),
                // Only the Baseline tier asks.
                elsewhere: if applications.is_empty() { Elsewhere::No } else { *elsewhere },
                table: if direction == Direction::Ingress { class.ports } else { 0 },
                on_node: class.host_network,
                node_in_doubt: class.doubts.host_network,
                doubtful: model.namespace_of(class).filter(|namespace| in_doubt(namespace)).map(|_| class.namespace),
            };
            let row = match known.get(&signature) {
                Some(row) => *row,
                None => {
                    let row = rows.number(&row(&signature, direction, rules, &mut tiers));
                    known.insert(signature, row);
                    row
                }
            };
            sides.rows.push(row);
        }
        sides
    }
}

/// The policies that isolate each class, and whether others select it.
fn isolations(model: &Model, direction: Direction) -> (Vec<Vec<Isolation>>, Vec<Elsewhere>) {
    let mut isolations = vec![Vec::new(); model.classes.len()];
    let mut elsewhere = vec![Elsewhere::No; model.classes.len()];
    for (number, policy) in model.policies.iter().enumerate() {
        let selected = selected_by(model, policy);
        let isolates = isolates(policy, direction);
        for class in selected.maybe.iter() {
            let selects = selected.yes.has(class);
            if let (Some(isolations), Some(certain)) = (isolations.get_mut(class), isolates) {
                isolations.push(Isolation { policy: number, sure: certain && selects });
            }
            if let Some(elsewhere) = elsewhere.get_mut(class) {
                *elsewhere = (*elsewhere).max(if selects { Elsewhere::Yes } else { Elsewhere::Maybe });
            }
        }
    }
    (isolations, elsewhere)
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

/// The classes that a policy selects: of its own namespace.
pub(super) fn selected_by(model: &Model, policy: &Policy) -> Chosen {
    let inside = Chosen::sure(model.classes_of(policy.namespace));
    if policy.doubts.selector {
        return Chosen { yes: super::bits::Bits::NONE, maybe: inside.maybe };
    }
    match policy.selector.selects_all() {
        true => inside,
        false => inside.intersection(&model.pod_labels.chosen_by(&policy.selector, &model.names)),
    }
}

/// Admin tier, NetworkPolicies, Baseline tier, and what is not known beside them.
fn row(signature: &Signature, direction: Direction, rules: &mut RuleRows<'_>, tiers: &mut TierRows) -> Arc<Row> {
    let all = rules.model.pod_labels.all();
    if signature.node_in_doubt {
        return Arc::new(Row::everyone(all, Value::UNKNOWN));
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
            true => Row::everyone(all, Value::UNKNOWN),
            false => row.join(Join::Span, &Row::everyone(all, Value::ALL), rules.book),
        });
    }
    if let Some(admin) = tiers.as_ref().and_then(|tiers| tiers.admin.as_ref()) {
        row = Arc::new(admin.before(&row, rules));
    }
    if rules.model.tiers_unknown.is_some() && !signature.on_node {
        row = Arc::new(Row::everyone(all, Value::UNKNOWN));
    }
    let strangers = namespace.map(|namespace| namespace.strangers.as_slice()).unwrap_or_default();
    let strangers = strangers.iter().filter_map(|stranger| rules.model.strangers.get(*stranger));
    for stranger in strangers.filter(|stranger| stranger.concerns(direction)) {
        row = Arc::new(match stranger.effect {
            Effect::Changes => Row::everyone(all, Value::UNKNOWN),
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
    for isolation in &signature.isolations {
        let row = rules.of_policy(isolation.policy, direction, signature.table);
        if isolation.sure { sure.push(row) } else { unsure.push(row) }
    }
    let Some((first, others)) = sure.split_first().or_else(|| unsure.split_first()) else {
        return Arc::new(unselected(signature, baseline, rules));
    };
    let on_node = signature.on_node || (direction == Direction::Ingress && !rules.model.on_node.is_empty());
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
    let classes = all.flat_map(|row| row.classes.as_slice());
    let classes = classes.map(|(value, classes)| (classes.clone(), *value)).collect();
    Row { classes: Parts::gathered(classes, rules.book), addresses }
}

/// What pods on the node's network change of what policies allow.
fn with_nodes(mut row: Row, signature: &Signature, direction: Direction, rules: &mut RuleRows<'_>) -> Row {
    if signature.on_node {
        row = row.join(Join::Or, &Row::everyone(rules.model.pod_labels.all(), Value::PLUGIN), rules.book);
    }
    if direction == Direction::Ingress {
        // "Traffic from the node where a Pod is running is always allowed", and what is on its network looks like it.
        let from_node = Parts::of(rules.model.on_node.clone(), Value::PLUGIN);
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
    let all = rules.model.pod_labels.all();
    let Some(baseline) = baseline else { return Row::everyone(all, Value::ALL) };
    let unasked = match signature.elsewhere {
        Elsewhere::No => return baseline.clone(),
        Elsewhere::Maybe => Value::when(Truth::UnknownPlugin),
        Elsewhere::Yes => Value::PLUGIN,
    };
    baseline.join(Join::Or, &Row::everyone(all, unasked), rules.book)
}
