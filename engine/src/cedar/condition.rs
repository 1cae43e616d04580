//! The condition of a policy as a tree of leaves, and its three-valued evaluation.
//!
//! A leaf is what stands between `&&`, `||`, `!` and `if`. One that reads something unknown is unknown, and the tree is
//! decided as in Kleene's logic: `false && unknown` is false. The order is Cedar's, short circuit included, so that a leaf
//! behind a false guard is never evaluated. An evaluation error fails the whole policy, as in Cedar.

use cedar_policy_core::ast::{Expr, ExprKind, Literal, UnaryOp, Value, ValueKind};

use super::reads::{Read, Root, reads_of};
use super::shortcut::{Given, Shortcut};
use crate::fact::Cause;
use crate::finding::Span;

/// The condition of one policy.
#[derive(Debug)]
pub(super) struct Condition {
    tree: Tree,
    /// Its leaves, in the order written.
    pub(super) leaves: Vec<Leaf>,
}

/// One leaf.
#[derive(Debug)]
pub(super) struct Leaf {
    expr: Expr,
    shortcut: Option<Shortcut>,
    /// What it reads.
    pub(super) reads: Vec<Read>,
    /// Where it stands; absent for what comes from the scope.
    pub(super) span: Option<Span>,
    /// It reads the principal.
    pub(super) principal: bool,
}

impl Leaf {
    /// Its text as Cedar knows it.
    pub(super) fn expr(&self) -> &Expr {
        &self.expr
    }
}

#[derive(Debug)]
enum Tree {
    Always(bool),
    Leaf(usize),
    Not(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
}

/// How a condition ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It hangs on something unknown.
    Unknown,
    /// It cannot be evaluated.
    Failed,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

/// How often a leaf was reached and true, and reached and false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Times it was true.
    pub(super) yes: u32,
    /// Times it was false.
    pub(super) no: u32,
}

/// What a condition is evaluated in.
pub(super) struct Env<'a> {
    /// Cedar's evaluator.
    pub(super) interpret: &'a dyn Fn(&Expr) -> Result<Value, String>,
    /// What shortcuts walk, if it is at hand.
    pub(super) given: Option<Given<'a>>,
    /// Why the leaf cannot be known, if it cannot.
    pub(super) unknown: &'a dyn Fn(&Leaf) -> Option<Cause>,
}

impl Env<'_> {
    /// The value of a leaf; `None` if it is no boolean.
    fn answer(&self, leaf: &Leaf) -> Result<Option<bool>, String> {
        if let (Some(shortcut), Some(given)) = (&leaf.shortcut, self.given)
            && let Some(answer) = shortcut.answer(given)
        {
            debug_assert_eq!(self.evaluated(leaf), Ok(Some(answer)), "a shortcut says the same as Cedar's evaluator");
            return Ok(Some(answer));
        }
        self.evaluated(leaf)
    }

    fn evaluated(&self, leaf: &Leaf) -> Result<Option<bool>, String> {
        match (self.interpret)(&leaf.expr)?.value {
            ValueKind::Lit(Literal::Bool(value)) => Ok(Some(value)),
            _ => Ok(None),
        }
    }
}

impl Condition {
    /// The condition made of the rest of a scope and of a body.
    pub(super) fn of(scope: &[Expr], body: Option<&Expr>) -> Condition {
        let mut condition = Condition { tree: Tree::Always(true), leaves: Vec::new() };
        let parts: Vec<Tree> = scope
            .iter()
            .map(|expr| condition.leaf(expr, None))
            .collect::<Vec<_>>()
            .into_iter()
            .chain(body.map(|body| condition.tree(body)))
            .collect();
        condition.tree = parts
            .into_iter()
            .rev()
            .reduce(|right, left| Tree::And(left.into(), right.into()))
            .unwrap_or(Tree::Always(true));
        condition
    }

    fn leaf(&mut self, expr: &Expr, span: Option<Span>) -> Tree {
        let reads = reads_of(expr);
        let principal = reads.iter().any(|read| read.root == Root::Principal);
        let shortcut = Shortcut::of(expr);
        self.leaves.push(Leaf { expr: expr.clone(), shortcut, reads, span, principal });
        Tree::Leaf(self.leaves.len() - 1)
    }

    fn tree(&mut self, expr: &Expr) -> Tree {
        match expr.expr_kind() {
            ExprKind::And { left, right } => Tree::And(self.tree(left).into(), self.tree(right).into()),
            ExprKind::Or { left, right } => Tree::Or(self.tree(left).into(), self.tree(right).into()),
            ExprKind::If { test_expr, then_expr, else_expr } => {
                Tree::If(self.tree(test_expr).into(), self.tree(then_expr).into(), self.tree(else_expr).into())
            }
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } if !is_comparison(expr, arg) => {
                Tree::Not(self.tree(arg).into())
            }
            ExprKind::Lit(Literal::Bool(value)) => Tree::Always(*value),
            _ => self.leaf(expr, span_of(expr)),
        }
    }

    /// Evaluates the condition. Causes of an unknown or a failure go to `causes`, what was seen of each leaf to `seen`.
    pub(super) fn evaluate(&self, env: &Env<'_>, causes: &mut Vec<Cause>, seen: Option<&mut [Seen]>) -> Truth {
        Run { condition: self, env, causes, seen, certain: true }.tree(&self.tree)
    }

    /// The leaves that made a condition true, in the order evaluated.
    pub(super) fn held(&self, env: &Env<'_>) -> Vec<&Leaf> {
        let mut held = Vec::new();
        self.collect_held(&self.tree, true, env, &mut held);
        held
    }

    /// How one leaf ends by itself.
    pub(super) fn leaf_truth(&self, at: usize, env: &Env<'_>) -> Truth {
        Run { condition: self, env, causes: &mut Vec::new(), seen: None, certain: true }.leaf(at)
    }

    fn truth(&self, tree: &Tree, env: &Env<'_>) -> Truth {
        Run { condition: self, env, causes: &mut Vec::new(), seen: None, certain: true }.tree(tree)
    }

    fn collect_held<'a>(&'a self, tree: &Tree, value: bool, env: &Env<'_>, held: &mut Vec<&'a Leaf>) {
        match tree {
            Tree::Always(_) => {}
            Tree::Leaf(at) => held.extend(self.leaves.get(*at)),
            Tree::Not(inner) => self.collect_held(inner, !value, env, held),
            Tree::And(left, right) | Tree::Or(left, right) => {
                let both = matches!(tree, Tree::And(..)) == value;
                if both {
                    self.collect_held(left, value, env, held);
                    self.collect_held(right, value, env, held);
                } else if self.truth(left, env) == Truth::from(value) {
                    self.collect_held(left, value, env, held);
                } else {
                    self.collect_held(right, value, env, held);
                }
            }
            Tree::If(test, then, otherwise) => {
                let test_value = self.truth(test, env) == Truth::True;
                self.collect_held(test, test_value, env, held);
                self.collect_held(if test_value { then } else { otherwise }, value, env, held);
            }
        }
    }
}

struct Run<'a> {
    condition: &'a Condition,
    env: &'a Env<'a>,
    causes: &'a mut Vec<Cause>,
    seen: Option<&'a mut [Seen]>,
    /// No unknown stands before: what is evaluated now is certainly reached.
    certain: bool,
}

impl Run<'_> {
    fn tree(&mut self, tree: &Tree) -> Truth {
        match tree {
            Tree::Always(value) => Truth::from(*value),
            Tree::Leaf(at) => self.leaf(*at),
            Tree::Not(inner) => match self.tree(inner) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                other => other,
            },
            Tree::And(left, right) => self.junction(left, right, Truth::False),
            Tree::Or(left, right) => self.junction(left, right, Truth::True),
            Tree::If(test, then, otherwise) => self.choice(test, then, otherwise),
        }
    }

    /// `&&` is decided by `false`, `||` by `true`.
    fn junction(&mut self, left: &Tree, right: &Tree, decides: Truth) -> Truth {
        let before = self.causes.len();
        match self.tree(left) {
            Truth::Failed => Truth::Failed,
            Truth::Unknown => {
                let truth = self.uncertain(right);
                if truth == decides {
                    self.causes.truncate(before);
                    decides
                } else {
                    Truth::Unknown
                }
            }
            truth if truth == decides => decides,
            _ => self.tree(right),
        }
    }

    fn choice(&mut self, test: &Tree, then: &Tree, otherwise: &Tree) -> Truth {
        let before = self.causes.len();
        match self.tree(test) {
            Truth::True => self.tree(then),
            Truth::False => self.tree(otherwise),
            Truth::Failed => Truth::Failed,
            Truth::Unknown => {
                let (then, otherwise) = (self.uncertain(then), self.uncertain(otherwise));
                if then == otherwise && matches!(then, Truth::True | Truth::False) {
                    self.causes.truncate(before);
                    then
                } else {
                    Truth::Unknown
                }
            }
        }
    }

    /// Evaluates what stands behind an unknown guard: it may never be reached, so an error there says nothing.
    fn uncertain(&mut self, tree: &Tree) -> Truth {
        let (certain, before) = (self.certain, self.causes.len());
        self.certain = false;
        let truth = self.tree(tree);
        self.certain = certain;
        if truth == Truth::Failed {
            self.causes.truncate(before);
            return Truth::Unknown;
        }
        truth
    }

    fn leaf(&mut self, at: usize) -> Truth {
        let Some(leaf) = self.condition.leaves.get(at) else { return Truth::Failed };
        if let Some(cause) = (self.env.unknown)(leaf) {
            self.causes.push(cause);
            return Truth::Unknown;
        }
        match self.env.answer(leaf) {
            Ok(Some(value)) => {
                if let (true, Some(seen)) = (self.certain, self.seen.as_mut().and_then(|seen| seen.get_mut(at))) {
                    let count = if value { &mut seen.yes } else { &mut seen.no };
                    *count = count.saturating_add(1);
                }
                Truth::from(value)
            }
            Ok(None) => self.fail("the condition is no boolean".to_owned()),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: String) -> Truth {
        let message = format!("the policy failed: {}", error.split_whitespace().collect::<Vec<_>>().join(" "));
        self.causes.push(Cause::failed(message));
        Truth::Failed
    }
}

/// Cedar writes `a != b` and `a > b` as negations: there the whole comparison is the leaf.
fn is_comparison(not: &Expr, inner: &Expr) -> bool {
    let binary = matches!(inner.expr_kind(), ExprKind::BinaryApp { .. });
    binary
        && not.source_loc().and_then(|loc| loc.snippet()).is_some_and(|text| !text.trim_start().starts_with('!'))
        && span_of(not) == span_of(inner)
}

fn span_of(expr: &Expr) -> Option<Span> {
    expr.source_loc().map(|loc| Span::new(loc.start(), loc.end()))
}
