//! Leaves that are answered by walking attributes, without Cedar's evaluator.
//!
//! Nearly every leaf of a policy asks one thing of one chain of attributes: is it there, does it hold, is it this word, is it
//! more than that parameter. The evaluator takes ten times as long for it as a walk does. A shortcut answers only where
//! nothing can go wrong; for all else, errors included, it has no answer and the evaluator speaks. That both say the same is
//! held by the tests against Cedar's authorizer, and by one that compares leaf by leaf.

use cedar_policy_core::ast::{
    BinaryOp, Entity, Expr, ExprKind, Literal, PartialValue, Pattern, UnaryOp, Value, ValueKind, Var,
};
use cedar_policy_core::entities::{Dereference, Entities};
use smol_str::SmolStr;

/// A leaf in a form that can be walked.
#[derive(Debug)]
pub(super) enum Shortcut {
    /// `CHAIN has name`
    Has(Chain, SmolStr),
    /// `CHAIN.hasTag(operand)`
    HasTag(Chain, Operand),
    /// A chain that is a boolean.
    Holds(Chain),
    /// `==`
    Equals(Operand, Operand),
    /// `<`
    Less(Operand, Operand),
    /// `<=`
    LessOrEqual(Operand, Operand),
    /// `set.contains(operand)`
    Contains(Operand, Operand),
    /// `CHAIN.isEmpty()`
    IsEmpty(Chain),
    /// `CHAIN like "pattern"`
    Like(Chain, Pattern),
    /// `!…`, `!=`, `>` and `>=`
    Not(Box<Shortcut>),
}

/// What a leaf compares.
#[derive(Debug)]
pub(super) enum Operand {
    /// Whatever it leads to.
    Chain(Chain),
    /// A literal, or a set of them, as written.
    Value(Value),
}

/// Attributes and tags, one after the other.
#[derive(Debug)]
pub(super) struct Chain {
    start: Start,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    Resource,
    Context,
}

/// One step of a chain.
#[derive(Debug)]
enum Step {
    /// `.name`
    Attribute(SmolStr),
    /// `.getTag("name")`
    Tag(SmolStr),
}

/// What a leaf is asked about.
#[derive(Clone, Copy)]
pub(super) struct Given<'e> {
    pub(super) resource: &'e Entity,
    pub(super) context: &'e Value,
    /// What the resource can lead to.
    pub(super) entities: &'e Entities,
}

impl Shortcut {
    /// The shortcut of a leaf, if it has one.
    pub(super) fn of(leaf: &Expr) -> Option<Shortcut> {
        match leaf.expr_kind() {
            ExprKind::HasAttr { expr, attr } => Some(Shortcut::Has(Chain::of(expr)?, attr.clone())),
            ExprKind::GetAttr { .. } => Some(Shortcut::Holds(Chain::of(leaf)?)),
            ExprKind::Like { expr, pattern } => Some(Shortcut::Like(Chain::of(expr)?, pattern.clone())),
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } => Some(Shortcut::Not(Box::new(Shortcut::of(arg)?))),
            ExprKind::UnaryApp { op: UnaryOp::IsEmpty, arg } => Some(Shortcut::IsEmpty(Chain::of(arg)?)),
            ExprKind::BinaryApp { op: BinaryOp::HasTag, arg1, arg2 } => {
                Some(Shortcut::HasTag(Chain::of(arg1)?, Operand::of(arg2)?))
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => {
                let shortcut = match op {
                    BinaryOp::Eq => Shortcut::Equals,
                    BinaryOp::Less => Shortcut::Less,
                    BinaryOp::LessEq => Shortcut::LessOrEqual,
                    BinaryOp::Contains => Shortcut::Contains,
                    _ => return None,
                };
                Some(shortcut(Operand::of(arg1)?, Operand::of(arg2)?))
            }
            _ => None,
        }
    }

    /// The answer, if it can be had by walking.
    pub(super) fn answer(&self, given: Given<'_>) -> Option<bool> {
        match self {
            Shortcut::Has(chain, name) => match chain.end(given)? {
                At::Value(Value { value: ValueKind::Record(record), .. }) => Some(record.contains_key(name)),
                at => Some(at.entity(given)?.get(name).is_some()),
            },
            Shortcut::HasTag(chain, tag) => match tag.literal(given)? {
                Literal::String(tag) => Some(chain.end(given)?.entity(given)?.get_tag(tag).is_some()),
                _ => None,
            },
            Shortcut::Holds(chain) => match chain.value(given)? {
                ValueKind::Lit(Literal::Bool(value)) => Some(*value),
                _ => None,
            },
            Shortcut::Equals(left, right) => Some(left.literal(given)? == right.literal(given)?),
            Shortcut::Less(left, right) => Some(left.number(given)? < right.number(given)?),
            Shortcut::LessOrEqual(left, right) => Some(left.number(given)? <= right.number(given)?),
            Shortcut::Contains(set, element) => match set.value(given)? {
                ValueKind::Set(set) => Some(set.fast.as_ref()?.contains(element.literal(given)?)),
                _ => None,
            },
            Shortcut::IsEmpty(chain) => match chain.value(given)? {
                ValueKind::Set(set) => Some(set.authoritative.is_empty()),
                _ => None,
            },
            Shortcut::Like(chain, pattern) => match chain.value(given)? {
                ValueKind::Lit(Literal::String(text)) => Some(pattern.wildcard_match(text)),
                _ => None,
            },
            Shortcut::Not(inner) => inner.answer(given).map(|answer| !answer),
        }
    }
}

impl Operand {
    fn of(expr: &Expr) -> Option<Operand> {
        let literal = |expr: &Expr| match expr.expr_kind() {
            ExprKind::Lit(literal) => Some(Value::from(literal.clone())),
            _ => None,
        };
        match expr.expr_kind() {
            ExprKind::Set(elements) => {
                let elements = elements.iter().map(literal).collect::<Option<Vec<_>>>()?;
                Some(Operand::Value(Value::set(elements, None)))
            }
            _ => literal(expr).map(Operand::Value).or_else(|| Chain::of(expr).map(Operand::Chain)),
        }
    }

    fn value<'e>(&'e self, given: Given<'e>) -> Option<&'e ValueKind> {
        match self {
            Operand::Chain(chain) => chain.value(given),
            Operand::Value(value) => Some(&value.value),
        }
    }

    fn literal<'e>(&'e self, given: Given<'e>) -> Option<&'e Literal> {
        match self.value(given)? {
            ValueKind::Lit(literal) => Some(literal),
            _ => None,
        }
    }

    fn number(&self, given: Given<'_>) -> Option<i64> {
        match self.literal(given)? {
            Literal::Long(number) => Some(*number),
            _ => None,
        }
    }
}

impl Chain {
    fn of(expr: &Expr) -> Option<Chain> {
        let start = |start| Some(Chain { start, steps: Vec::new() });
        let (inner, step) = match expr.expr_kind() {
            ExprKind::Var(Var::Resource) => return start(Start::Resource),
            ExprKind::Var(Var::Context) => return start(Start::Context),
            ExprKind::GetAttr { expr, attr } => (expr, Step::Attribute(attr.clone())),
            ExprKind::BinaryApp { op: BinaryOp::GetTag, arg1, arg2 } => match arg2.expr_kind() {
                ExprKind::Lit(Literal::String(tag)) => (arg1, Step::Tag(tag.clone())),
                _ => return None,
            },
            _ => return None,
        };
        let mut chain = Chain::of(inner)?;
        chain.steps.push(step);
        Some(chain)
    }

    fn end<'e>(&self, given: Given<'e>) -> Option<At<'e>> {
        let mut at = match self.start {
            Start::Resource => At::Entity(given.resource),
            Start::Context => At::Value(given.context),
        };
        for step in &self.steps {
            at = At::Value(match (at, step) {
                (At::Value(Value { value: ValueKind::Record(record), .. }), Step::Attribute(name)) => {
                    record.get(name)?
                }
                (_, Step::Attribute(name)) => known(at.entity(given)?.get(name)?)?,
                (_, Step::Tag(name)) => known(at.entity(given)?.get_tag(name)?)?,
            });
        }
        Some(at)
    }

    fn value<'e>(&self, given: Given<'e>) -> Option<&'e ValueKind> {
        match self.end(given)? {
            At::Value(value) => Some(&value.value),
            At::Entity(_) => None,
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
    /// The entity, if it is one or refers to one that is there.
    fn entity(self, given: Given<'e>) -> Option<&'e Entity> {
        match self {
            At::Entity(entity) => Some(entity),
            At::Value(Value { value: ValueKind::Lit(Literal::EntityUID(uid)), .. }) => {
                match given.entities.entity(uid) {
                    Dereference::Data(entity) => Some(entity),
                    _ => None,
                }
            }
            At::Value(_) => None,
        }
    }
}

fn known(value: &PartialValue) -> Option<&Value> {
    match value {
        PartialValue::Value(value) => Some(value),
        PartialValue::Residual(_) => None,
    }
}
