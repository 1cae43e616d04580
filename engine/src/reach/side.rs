//! What each class lets in and out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::CauseKind;
use super::model::{Model, Policy};
use super::row::{Parts, Row, RowId, Rows};
use super::rules::RuleRows;
use super::select::Chosen;
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

/// Everything that a side's row depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    isolations: Vec<Isolation>,
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
    /// The policies that isolate each class, in their order.
    pub(super) isolations: Vec<Vec<Isolation>>,
}

impl Sides {
    pub(super) fn of(direction: Direction, rules: &mut RuleRows<'_>, rows: &mut Rows) -> Sides {
        let model = rules.model;
        let isolations = isolations(model, direction);
        let mut known: BTreeMap<Signature, RowId> = BTreeMap::new();
        let mut sides = Sides { rows: Vec::with_capacity(model.classes.len()), isolations };
        for (class, isolations) in model.classes.iter().zip(&sides.isolations) {
            let in_doubt = |namespace: &super::model::Namespace| {
                namespace.policies_unknown.is_some() || !namespace.strangers.is_empty()
            };
            let signature = Signature {
                isolations: isolations.clone(),
                table: if direction == Direction::Ingress { class.ports } else { 0 },
                on_node: class.host_network,
                node_in_doubt: class.doubts.host_network,
                doubtful: model.namespace_of(class).filter(|namespace| in_doubt(namespace)).map(|_| class.namespace),
            };
            let row = match known.get(&signature) {
                Some(row) => *row,
                None => {
                    let row = rows.number(&row(&signature, direction, rules));
                    known.insert(signature, row);
                    row
                }
            };
            sides.rows.push(row);
        }
        sides
    }
}

/// The policies that isolate each class.
fn isolations(model: &Model, direction: Direction) -> Vec<Vec<Isolation>> {
    let mut isolations = vec![Vec::new(); model.classes.len()];
    for (number, policy) in model.policies.iter().enumerate() {
        let Some(certain) = isolates(policy, direction) else { continue };
        let selected = selected_by(model, policy);
        for class in selected.maybe.iter() {
            let sure = certain && selected.yes.has(class);
            if let Some(isolations) = isolations.get_mut(class) {
                isolations.push(Isolation { policy: number, sure });
            }
        }
    }
    isolations
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

fn row(signature: &Signature, direction: Direction, rules: &mut RuleRows<'_>) -> Arc<Row> {
    let row = by_policies(signature, direction, rules);
    let from_node = direction == Direction::Ingress && !rules.model.on_node.is_empty();
    let doubts = signature.node_in_doubt || signature.doubtful.is_some();
    match !signature.isolations.is_empty() && (signature.on_node || from_node) {
        false if !doubts => row,
        touched => Arc::new(with_doubts(signature, direction, Row::clone(&row), touched, rules)),
    }
}

/// What pods on the node's network change, and what is not known beside the policies.
fn with_doubts(
    signature: &Signature,
    direction: Direction,
    mut row: Row,
    touched: bool,
    rules: &mut RuleRows<'_>,
) -> Row {
    let all = rules.model.pod_labels.all();
    if touched && signature.on_node {
        row = row.join(Join::Or, &Row::everyone(all, Value::PLUGIN), rules.book);
    }
    if touched && direction == Direction::Ingress {
        // "Traffic from the node where a Pod is running is always allowed", and what is on its network looks like it.
        let from_node = Parts::of(rules.model.on_node.clone(), Value::PLUGIN);
        row.classes = row.classes.join(Join::Or, &from_node, rules.book);
    }
    if signature.node_in_doubt {
        return Row::everyone(all, Value::UNKNOWN);
    }
    let namespace = signature.doubtful.and_then(|namespace| rules.model.namespaces.get(namespace));
    let Some(namespace) = namespace else { return row };
    if let Some(cause) = &namespace.policies_unknown {
        let isolated = signature.isolations.iter().any(|isolation| isolation.sure);
        // What is there allows what it allows, whatever there is besides; but only if it is there.
        if !isolated || cause.kind == CauseKind::Failed {
            return Row::everyone(all, Value::UNKNOWN);
        }
        row = row.join(Join::Span, &Row::everyone(all, Value::ALL), rules.book);
    }
    let strangers = namespace.strangers.iter().filter_map(|stranger| rules.model.strangers.get(*stranger));
    for stranger in strangers.filter(|stranger| stranger.concerns(direction)) {
        match stranger.effect {
            Effect::Changes => return Row::everyone(all, Value::UNKNOWN),
            Effect::Cuts => row = Row::default().join(Join::Span, &row, rules.book),
        }
    }
    row
}

/// Without any policy everything passes; else what at least one policy allows.
fn by_policies(signature: &Signature, direction: Direction, rules: &mut RuleRows<'_>) -> Arc<Row> {
    let (mut sure, mut unsure) = (Vec::new(), Vec::new());
    for isolation in &signature.isolations {
        let row = rules.of_policy(isolation.policy, direction, signature.table);
        if isolation.sure { sure.push(row) } else { unsure.push(row) }
    }
    let everything = || Row::everyone(rules.model.pod_labels.all(), Value::ALL);
    match (sure.as_slice(), unsure.split_first()) {
        ([], None) => Arc::new(everything()),
        ([one], None) => Arc::clone(one),
        // If none isolates, everything passes; if one does, at least what the least of them allows.
        ([], Some((first, others))) => {
            let everything = everything();
            let least = others.iter().fold(Row::clone(first), |least, row| least.join(Join::And, row, rules.book));
            Arc::new(least.join(Join::Span, &everything, rules.book))
        }
        (sure, _) => {
            let perhaps = unsure.iter().map(|row| Row::default().join(Join::Span, row, rules.book)).collect::<Vec<_>>();
            let all = sure.iter().map(|row| &**row).chain(&perhaps);
            let addresses = all
                .clone()
                .map(|row| &row.addresses)
                .fold(Parts::default(), |sum, addresses| sum.join(Join::Or, addresses, rules.book));
            let classes = all.flat_map(|row| row.classes.as_slice());
            let classes = classes.map(|(value, classes)| (classes.clone(), *value)).collect();
            Arc::new(Row { classes: Parts::gathered(classes, rules.book), addresses })
        }
    }
}
