//! Leaves that are answered by walking attributes, without Cedar's evaluator.
//!
//! Nearly every leaf of a policy asks one thing of one chain of attributes: is it there, does it hold, is it this word. The
//! evaluator takes ten times as long for it as a walk does. A shortcut answers only where nothing can go wrong; for all
//! else, errors included, it has no answer and the evaluator speaks. That both say the same is held by the tests against
//! Cedar's authorizer, and by one that compares leaf by leaf.

use cedar_policy_core::ast::{BinaryOp, Entity, Expr, ExprKind, Literal, PartialValue, UnaryOp, Value, ValueKind, Var};
use cedar_policy_core::entities::{Dereference, Entities};
use smol_str::SmolStr;

/// A leaf in a form that can be walked.
#[derive(Debug)]
pub(super) enum Shortcut {
    /// `CHAIN has name`, and `CHAIN.hasTag("name")`
    Has(Vec<Step>, Step),
    /// A chain that is a boolean.
    Holds(Vec<Step>),
    /// `CHAIN == literal`
    Equals(Vec<Step>, Literal),
    /// `CHAIN.contains(literal)`
    Contains(Vec<Step>, Literal),
    /// `CHAIN.isEmpty()`
    IsEmpty(Vec<Step>),
    /// `!…`, and `!=`
    Not(Box<Shortcut>),
}

/// One step of a chain that starts at the resource.
#[derive(Debug)]
pub(super) enum Step {
    /// `.name`
    Attribute(SmolStr),
    /// `.getTag("name")`
    Tag(SmolStr),
}

impl Shortcut {
    /// The shortcut of a leaf, if it has one.
    pub(super) fn of(leaf: &Expr) -> Option<Shortcut> {
        match leaf.expr_kind() {
            ExprKind::HasAttr { expr, attr } => Some(Shortcut::Has(chain(expr)?, Step::Attribute(attr.clone()))),
            ExprKind::GetAttr { .. } => Some(Shortcut::Holds(chain(leaf)?)),
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } => Some(Shortcut::Not(Box::new(Shortcut::of(arg)?))),
            ExprKind::UnaryApp { op: UnaryOp::IsEmpty, arg } => Some(Shortcut::IsEmpty(chain(arg)?)),
            ExprKind::BinaryApp { op, arg1, arg2 } => {
                let ExprKind::Lit(literal) = arg2.expr_kind() else { return None };
                match (op, literal) {
                    (BinaryOp::Eq, _) => Some(Shortcut::Equals(chain(arg1)?, literal.clone())),
                    (BinaryOp::Contains, _) => Some(Shortcut::Contains(chain(arg1)?, literal.clone())),
                    (BinaryOp::HasTag, Literal::String(tag)) => {
                        Some(Shortcut::Has(chain(arg1)?, Step::Tag(tag.clone())))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The answer for one resource, if it can be had by walking.
    pub(super) fn answer(&self, resource: &Entity, entities: &Entities) -> Option<bool> {
        let walk = |steps: &[Step]| walk(resource, entities, steps);
        match self {
            Shortcut::Has(steps, last) => has(walk(steps)?, last, entities),
            Shortcut::Holds(steps) => match &walk(steps)?.value()?.value {
                ValueKind::Lit(Literal::Bool(value)) => Some(*value),
                _ => None,
            },
            Shortcut::Equals(steps, literal) => match &walk(steps)?.value()?.value {
                ValueKind::Lit(value) => Some(value == literal),
                _ => None,
            },
            Shortcut::Contains(steps, literal) => match &walk(steps)?.value()?.value {
                ValueKind::Set(set) => set.fast.as_ref().map(|fast| fast.contains(literal)),
                _ => None,
            },
            Shortcut::IsEmpty(steps) => match &walk(steps)?.value()?.value {
                ValueKind::Set(set) => Some(set.authoritative.is_empty()),
                _ => None,
            },
            Shortcut::Not(inner) => inner.answer(resource, entities).map(|answer| !answer),
        }
    }
}

/// Where a walk is.
#[derive(Clone, Copy)]
enum At<'e> {
    Entity(&'e Entity),
    Value(&'e Value),
}

impl<'e> At<'e> {
    fn value(self) -> Option<&'e Value> {
        match self {
            At::Value(value) => Some(value),
            At::Entity(_) => None,
        }
    }

    /// The entity, if it is one or refers to one that is there.
    fn entity(self, entities: &'e Entities) -> Option<&'e Entity> {
        match self {
            At::Entity(entity) => Some(entity),
            At::Value(Value { value: ValueKind::Lit(Literal::EntityUID(uid)), .. }) => match entities.entity(uid) {
                Dereference::Data(entity) => Some(entity),
                _ => None,
            },
            At::Value(_) => None,
        }
    }
}

/// The steps of a chain from the resource.
fn chain(expr: &Expr) -> Option<Vec<Step>> {
    let (inner, step) = match expr.expr_kind() {
        ExprKind::Var(Var::Resource) => return Some(Vec::new()),
        ExprKind::GetAttr { expr, attr } => (expr, Step::Attribute(attr.clone())),
        ExprKind::BinaryApp { op: BinaryOp::GetTag, arg1, arg2 } => match arg2.expr_kind() {
            ExprKind::Lit(Literal::String(tag)) => (arg1, Step::Tag(tag.clone())),
            _ => return None,
        },
        _ => return None,
    };
    let mut steps = chain(inner)?;
    steps.push(step);
    Some(steps)
}

fn walk<'e>(resource: &'e Entity, entities: &'e Entities, steps: &[Step]) -> Option<At<'e>> {
    let mut at = At::Entity(resource);
    for step in steps {
        at = At::Value(match (at, step) {
            (At::Value(Value { value: ValueKind::Record(record), .. }), Step::Attribute(name)) => record.get(name)?,
            (_, Step::Attribute(name)) => known(at.entity(entities)?.get(name)?)?,
            (_, Step::Tag(name)) => known(at.entity(entities)?.get_tag(name)?)?,
        });
    }
    Some(at)
}

fn has<'e>(at: At<'e>, step: &Step, entities: &'e Entities) -> Option<bool> {
    match (at, step) {
        (At::Value(Value { value: ValueKind::Record(record), .. }), Step::Attribute(name)) => {
            Some(record.contains_key(name))
        }
        (_, Step::Attribute(name)) => Some(at.entity(entities)?.get(name).is_some()),
        (_, Step::Tag(name)) => Some(at.entity(entities)?.get_tag(name).is_some()),
    }
}

fn known(value: &PartialValue) -> Option<&Value> {
    match value {
        PartialValue::Value(value) => Some(value),
        PartialValue::Residual(_) => None,
    }
}
