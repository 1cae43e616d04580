//! What a policy reads: the longest chains of attributes and tags from a variable.

use std::collections::BTreeMap;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, Var};

use super::model::{Attribute, Model, Stands, Type};
use crate::fact::{FACTS, FactSpec};

/// Where a chain starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// `principal`
    Principal,
    /// `action`
    Action,
    /// `resource`
    Resource,
    /// `context`
    Context,
    /// An entity written out: its type and id.
    Entity(String, String),
    /// Anything else, such as `(if … then resource else resource.old)`.
    Other,
}

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `.name`, or `has name`
    Attribute(String),
    /// `.getTag(…)` or `.hasTag(…)`, with the tag if it is written out.
    Tag(Option<String>),
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// Where it starts.
    pub(super) root: Root,
    /// Its steps.
    pub(super) steps: Vec<Step>,
}

/// Every chain in `expr`, in the order written.
pub(super) fn reads_of(expr: &Expr) -> Vec<Read> {
    let mut reads = Vec::new();
    collect(expr, &mut reads);
    reads
}

fn collect(expr: &Expr, reads: &mut Vec<Read>) {
    match expr.expr_kind() {
        ExprKind::Lit(_) | ExprKind::Slot(_) | ExprKind::Unknown(_) => {}
        ExprKind::If { test_expr, then_expr, else_expr } => {
            for inner in [test_expr, then_expr, else_expr] {
                collect(inner, reads);
            }
        }
        ExprKind::And { left, right } | ExprKind::Or { left, right } => {
            collect(left, reads);
            collect(right, reads);
        }
        ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, .. }
        | ExprKind::Var(_)
        | ExprKind::GetAttr { .. }
        | ExprKind::HasAttr { .. }
        | ExprKind::ExtHasAttr { .. } => {
            let read = chain(expr, reads);
            reads.push(read);
        }
        ExprKind::BinaryApp { arg1, arg2, .. } => {
            collect(arg1, reads);
            collect(arg2, reads);
        }
        ExprKind::UnaryApp { arg, .. } => collect(arg, reads),
        ExprKind::ExtensionFunctionApp { args, .. } => args.iter().for_each(|arg| collect(arg, reads)),
        ExprKind::Like { expr, .. } | ExprKind::Is { expr, .. } => collect(expr, reads),
        ExprKind::Set(items) => items.iter().for_each(|item| collect(item, reads)),
        ExprKind::Record(fields) => fields.values().for_each(|field| collect(field, reads)),
    }
}

/// The chain that ends in `expr`; reads inside of it (computed tags, unusual roots) go to `reads`.
fn chain(expr: &Expr, reads: &mut Vec<Read>) -> Read {
    let (base, steps): (&Expr, Vec<Step>) = match expr.expr_kind() {
        ExprKind::Var(var) => return Read { root: root_of(*var), steps: Vec::new() },
        ExprKind::Lit(Literal::EntityUID(uid)) => {
            let eid: &str = uid.eid().as_ref();
            return Read { root: Root::Entity(uid.entity_type().to_string(), eid.to_owned()), steps: Vec::new() };
        }
        ExprKind::GetAttr { expr, attr } | ExprKind::HasAttr { expr, attr } => {
            (expr, vec![Step::Attribute(attr.to_string())])
        }
        ExprKind::ExtHasAttr { expr, attrs } => {
            (expr, attrs.iter().map(|attr| Step::Attribute(attr.to_string())).collect())
        }
        ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, arg1, arg2 } => {
            let tag = match arg2.expr_kind() {
                ExprKind::Lit(Literal::String(tag)) => Some(tag.to_string()),
                _ => {
                    collect(arg2, reads);
                    None
                }
            };
            (arg1, vec![Step::Tag(tag)])
        }
        _ => {
            collect(expr, reads);
            return Read { root: Root::Other, steps: Vec::new() };
        }
    };
    let mut read = chain(base, reads);
    read.steps.extend(steps);
    read
}

fn root_of(var: Var) -> Root {
    match var {
        Var::Principal => Root::Principal,
        Var::Action => Root::Action,
        Var::Resource => Root::Resource,
        Var::Context => Root::Context,
    }
}

/// The part of one entity, or one record inside it, that is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    /// All of it.
    pub(super) whole: bool,
    /// These attributes of it.
    pub(super) inner: BTreeMap<String, Needs>,
}

/// Everything.
pub(super) static ALL: Needs = Needs { whole: true, inner: BTreeMap::new() };

impl Needs {
    /// What is read of the attribute; `None` if it is not read.
    pub(super) fn of(&self, attribute: &str) -> Option<&Needs> {
        if self.whole { Some(&ALL) } else { self.inner.get(attribute) }
    }

    fn add(&mut self, path: &[&str]) {
        match path.split_first() {
            None => self.whole = true,
            Some((first, rest)) => self.inner.entry((*first).to_owned()).or_default().add(rest),
        }
    }
}

/// What is read of each entity type.
#[derive(Clone, Debug, Default)]
pub(super) struct NeedsByType {
    types: BTreeMap<&'static str, Needs>,
    everything: bool,
}

impl NeedsByType {
    /// What is read of an entity type; `None` if no chain leads to an entity of it.
    pub(super) fn of(&self, entity: &str) -> Option<&Needs> {
        if self.everything { Some(&ALL) } else { self.types.get(entity) }
    }

    /// The facts that are read of each entity type.
    pub(super) fn facts(&self) -> BTreeMap<&'static str, Vec<&'static FactSpec>> {
        let read = |ty: &str| {
            let needs = self.of(ty)?.of("facts")?;
            let facts = FACTS.iter().filter(|fact| fact.on.contains(&ty) && needs.of(fact.name).is_some());
            Some(facts.collect::<Vec<_>>())
        };
        Model::get().entities().filter_map(|ty| Some((ty.name, read(ty.name)?))).collect()
    }

    /// Notes that requests are about `entity`.
    pub(super) fn asked(&mut self, entity: &'static str) {
        self.types.entry(entity).or_default();
    }

    /// Notes that something is read in a way that cannot be followed.
    pub(super) fn everything(&mut self) {
        self.everything = true;
    }

    /// Notes a read that starts at an entity of type `entity`.
    pub(super) fn add(&mut self, entity: &'static str, steps: &[Step]) {
        let walked = walk(entity, steps);
        for (entity, path) in walked.paths {
            let needs = self.types.entry(entity).or_default();
            if !path.is_empty() {
                needs.add(&path);
            }
        }
    }
}

/// Where a chain leads, entity by entity.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    /// Each entity on the way, with the attributes read of it; those before the last end in `object` or `old`.
    pub(super) paths: Vec<(&'static str, Vec<&'a str>)>,
    /// The attributes on the way.
    pub(super) attributes: Vec<&'static Attribute>,
    /// How many steps were followed. A tag of a map counts; what no attribute has ends the walk.
    pub(super) followed: usize,
}

impl Walk<'_> {
    /// The facts that the chain reads: one, or all of the entity's if it ends at `facts`.
    pub(super) fn facts(&self) -> Vec<&'static FactSpec> {
        match self.attributes.last().map(|attribute| (&attribute.stands, &attribute.ty)) {
            Some((Stands::Fact(fact), _)) => vec![fact],
            Some((Stands::Facts, Type::Record(of))) => of.iter().filter_map(fact_of).collect(),
            _ => Vec::new(),
        }
    }
}

fn fact_of(attribute: &Attribute) -> Option<&'static FactSpec> {
    match attribute.stands {
        Stands::Fact(fact) => Some(fact),
        _ => None,
    }
}

/// Follows a chain that starts at an entity of type `entity`.
pub(super) fn walk<'a>(entity: &'static str, steps: &'a [Step]) -> Walk<'a> {
    let mut walk = Walk { paths: vec![(entity, Vec::new())], attributes: Vec::new(), followed: 0 };
    let mut scope = Model::get().entity(entity).map_or(&[][..], |ty| &ty.attributes);
    let mut tags = false;
    for step in steps {
        let name = match step {
            Step::Attribute(name) => name,
            Step::Tag(_) => {
                walk.followed += usize::from(tags);
                break;
            }
        };
        let Some(attribute) = scope.iter().find(|attribute| attribute.name == *name) else { break };
        walk.followed += 1;
        walk.attributes.push(attribute);
        if let Some((_, path)) = walk.paths.last_mut() {
            path.push(name);
        }
        (scope, tags) = match &attribute.ty {
            Type::Record(of) => (&of[..], false),
            Type::Entity(next) => {
                let next = Model::get().entity(next);
                if let (Stands::Object | Stands::Old, Some(next)) = (attribute.stands, next) {
                    walk.paths.push((next.name, Vec::new()));
                }
                next.map_or((&[][..], false), |next| (&next.attributes[..], next.tags))
            }
            _ => (&[][..], false),
        };
    }
    walk
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expr: &str, expected: &[&str]) {
        let expr: Expr = expr.parse().unwrap();
        let show = |read: &Read| {
            let steps = read.steps.iter().map(|step| match step {
                Step::Attribute(name) => format!(".{name}"),
                Step::Tag(Some(tag)) => format!("[{tag}]"),
                Step::Tag(None) => "[?]".to_owned(),
            });
            format!("{:?}{}", read.root, steps.collect::<String>())
        };
        assert_eq!(reads_of(&expr).iter().map(show).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_longest_chain_counts() {
        check("resource.spec.type == \"NodePort\"", &["Resource.spec.type"]);
        check("resource has old.spec.type", &["Resource.old.spec.type"]);
        check("resource.metadata.labels.hasTag(\"app\")", &["Resource.metadata.labels[app]"]);
        check("context.params.names.contains(resource.spec.type)", &["Context.params.names", "Resource.spec.type"]);
        check(
            "resource.metadata.labels.getTag(context.params.key) == \"x\"",
            &["Context.params.key", "Resource.metadata.labels[?]"],
        );
    }

    #[test]
    fn a_computed_root_is_told_apart() {
        check(
            "(if true then resource else resource.old).spec has type",
            &["Resource", "Resource.old", "Other.spec.type"],
        );
    }

    #[test]
    fn object_leads_to_another_entity() {
        let steps = ["object", "spec", "type"].map(|name| Step::Attribute(name.to_owned()));
        let walk = walk("core::v1::ServicePort", &steps);
        assert_eq!(
            walk.paths,
            [("core::v1::ServicePort", vec!["object"]), ("core::v1::Service", vec!["spec", "type"]),]
        );
        assert_eq!(walk.followed, 3);
    }
}
