//! The scope of a policy: what the slice decides, and what is left to evaluate.

use cedar_policy_core::ast::{
    ActionConstraint, EntityReference, EntityUID, Expr, PrincipalOrResourceConstraint, Template, Var,
};

use super::model::{ACCESS_RESOURCES, Model};
use super::net_types::{ENDS, INTENTS, NET_ACTION, WORKLOAD};
use super::schema::{OPERATIONS, READ_ONLY, VERBS};
use super::validate::Possible;

/// Type of admission actions.
pub(super) const ADMISSION_ACTION: &str = "k8s::admission::Action";
/// Type of access actions.
pub(super) const ACCESS_ACTION: &str = "k8s::Action";

/// The entity types of a connection's source and destination.
pub(super) type Ends = (&'static str, &'static str);

/// What a policy can be asked about.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// Admission operations.
    pub(super) operations: Vec<&'static str>,
    /// Entity types at admission.
    pub(super) types: Vec<&'static str>,
    /// Verbs of access questions.
    pub(super) verbs: Vec<&'static str>,
    /// Entity types of access questions.
    pub(super) access: Vec<&'static str>,
    /// Actions on connections.
    pub(super) intents: Vec<&'static str>,
    /// Types of the source and of the destination of connections.
    pub(super) ends: Vec<Ends>,
    /// What the slice does not decide: `principal …` and `resource in …`.
    pub(super) rest: Vec<Expr>,
}

impl Scope {
    /// The scope of a policy.
    pub(super) fn of(policy: &Template) -> Scope {
        let Actions { mut operations, mut verbs, mut intents } = actions(policy.action_constraint());
        let principal = Wanted::of(policy.principal_constraint().as_inner());
        let resource = policy.resource_constraint().as_inner();
        let wanted = Wanted::of(resource);
        let mut types: Vec<&'static str> = Model::get().admission_resources().filter(|ty| wanted.admits(ty)).collect();
        let mut access: Vec<&'static str> = ACCESS_RESOURCES.into_iter().filter(|ty| wanted.admits(ty)).collect();
        if operations.is_empty() || types.is_empty() {
            (operations, types) = (Vec::new(), Vec::new());
        }
        if verbs.is_empty() || access.is_empty() {
            (verbs, access) = (Vec::new(), Vec::new());
        }
        let sources = || ENDS.into_iter().filter(|ty| principal.admits(ty));
        let destinations = ENDS.into_iter().filter(|ty| wanted.admits(ty));
        let mut ends: Vec<Ends> = destinations.flat_map(|to| sources().map(move |from| (from, to))).collect();
        // Between two sets of addresses there is no cluster.
        ends.retain(|(from, to)| from != to || *from == WORKLOAD);
        if intents.is_empty() || ends.is_empty() {
            (intents, ends) = (Vec::new(), Vec::new());
        }
        let rest = rest(policy.principal_constraint().as_inner(), Var::Principal)
            .chain(rest(resource, Var::Resource).filter(|_| !only_type(resource)))
            .collect();
        Scope { operations, types, verbs, access, intents, ends, rest }
    }
}

struct Actions {
    operations: Vec<&'static str>,
    verbs: Vec<&'static str>,
    intents: Vec<&'static str>,
}

impl Scope {
    /// Whether a `forbid` of this scope makes findings.
    pub(super) fn tells(&self) -> bool {
        !self.operations.is_empty() || !self.intents.is_empty()
    }

    /// Leaves only the types for which the policy can hold.
    pub(super) fn retain(&mut self, possible: &Possible) {
        self.types.retain(|ty| possible.resources.contains(ty));
        self.access.retain(|ty| possible.resources.contains(ty));
        self.ends.retain(|ends| possible.ends.contains(ends));
        if self.ends.is_empty() {
            self.intents.clear();
        }
    }
}

fn actions(constraint: &ActionConstraint) -> Actions {
    let uids: Vec<&EntityUID> = match constraint {
        ActionConstraint::Any => {
            return Actions { operations: OPERATIONS.to_vec(), verbs: VERBS.to_vec(), intents: INTENTS.to_vec() };
        }
        ActionConstraint::In(uids) => uids.iter().map(|uid| &**uid).collect(),
        ActionConstraint::Eq(uid) => vec![uid],
    };
    let uids: Vec<(String, &str)> =
        uids.into_iter().map(|uid| (uid.entity_type().to_string(), uid.eid().as_ref())).collect();
    let names = |ty: &str, all: &[&'static str], in_group: &dyn Fn(&str, &str) -> bool| -> Vec<&'static str> {
        let named = |name: &str| uids.iter().any(|(of, id)| of == ty && (*id == name || in_group(id, name)));
        all.iter().copied().filter(|name| named(name)).collect()
    };
    // `action == Action::"all"` never holds: requests are about single actions.
    let groups = matches!(constraint, ActionConstraint::In(_));
    let operations = names(ADMISSION_ACTION, &OPERATIONS, &|group, _| groups && group == "all");
    let verbs = names(ACCESS_ACTION, &VERBS, &|group, verb| {
        groups && (group == "all" || group == "readOnly" && READ_ONLY.contains(&verb))
    });
    let intents = names(NET_ACTION, &INTENTS, &|_, _| false);
    Actions { operations, verbs, intents }
}

/// The types that a constraint asks for; `None` asks for nothing.
struct Wanted {
    is: Option<String>,
    below: Option<String>,
    /// It can hold at all.
    possible: bool,
}

impl Wanted {
    fn of(constraint: &PrincipalOrResourceConstraint) -> Wanted {
        let type_of = |reference: &EntityReference| uid(reference).map(|uid| uid.entity_type().to_string());
        let (is, below, possible) = match constraint {
            PrincipalOrResourceConstraint::Any => (None, None, true),
            PrincipalOrResourceConstraint::Is(ty) => (Some(ty.to_string()), None, true),
            PrincipalOrResourceConstraint::Eq(of) => (type_of(of), None, type_of(of).is_some()),
            PrincipalOrResourceConstraint::In(of) => (None, type_of(of), type_of(of).is_some()),
            PrincipalOrResourceConstraint::IsIn(ty, of) => (Some(ty.to_string()), type_of(of), type_of(of).is_some()),
        };
        Wanted { is, below, possible }
    }

    /// Whether an entity of type `ty` can match.
    fn admits(&self, ty: &str) -> bool {
        self.possible
            && self.is.as_ref().is_none_or(|wanted| wanted == ty)
            && self.below.as_ref().is_none_or(|ancestor| descends(ty, ancestor))
    }
}

/// Whether entities of type `ty` can be `in` one of type `ancestor`.
fn descends(ty: &str, ancestor: &str) -> bool {
    ty == ancestor
        || Model::get().entity(ty).is_some_and(|ty| ty.parents.iter().any(|parent| descends(parent, ancestor)))
}

fn only_type(constraint: &PrincipalOrResourceConstraint) -> bool {
    matches!(constraint, PrincipalOrResourceConstraint::Any | PrincipalOrResourceConstraint::Is(_))
}

fn rest(constraint: &PrincipalOrResourceConstraint, var: Var) -> impl Iterator<Item = Expr> {
    let expr = match (constraint, var) {
        (PrincipalOrResourceConstraint::Any, _) => None,
        (PrincipalOrResourceConstraint::In(of) | PrincipalOrResourceConstraint::IsIn(_, of), Var::Resource) => {
            uid(of).map(|uid| Expr::is_in(Expr::var(var), Expr::val(uid)))
        }
        (PrincipalOrResourceConstraint::Is(ty), _) => Some(Expr::is_entity_type(Expr::var(var), (**ty).clone())),
        (PrincipalOrResourceConstraint::In(of), _) => uid(of).map(|uid| Expr::is_in(Expr::var(var), Expr::val(uid))),
        (PrincipalOrResourceConstraint::Eq(of), _) => uid(of).map(|uid| Expr::is_eq(Expr::var(var), Expr::val(uid))),
        (PrincipalOrResourceConstraint::IsIn(ty, of), _) => uid(of).map(|uid| {
            let is = Expr::is_entity_type(Expr::var(var), (**ty).clone());
            Expr::and(is, Expr::is_in(Expr::var(var), Expr::val(uid)))
        }),
    };
    expr.into_iter()
}

fn uid(reference: &EntityReference) -> Option<EntityUID> {
    match reference {
        EntityReference::EUID(uid) => Some((**uid).clone()),
        EntityReference::Slot(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cedar_policy_core::parser::parse_policyset;

    fn scope(text: &str) -> Scope {
        let policies = parse_policyset(&format!("forbid ({text});")).unwrap();
        Scope::of(policies.policies().next().unwrap().template())
    }

    #[test]
    fn the_type_in_the_scope_decides() {
        let scope = scope("principal, action, resource is core::v1::Service");
        assert_eq!(scope.types, ["core::v1::Service"]);
        assert_eq!(scope.operations, OPERATIONS);
        assert!(scope.rest.is_empty() && scope.access.is_empty() && scope.verbs.is_empty());
    }

    #[test]
    fn a_namespace_leaves_every_type_inside_it_and_a_test() {
        let scope =
            scope("principal, action == k8s::admission::Action::\"create\", resource in core::v1::Namespace::\"a\"");
        assert!(scope.types.contains(&"core::v1::ServicePort") && scope.types.contains(&"core::v1::Namespace"));
        assert_eq!((scope.operations, scope.rest.len()), (vec!["create"], 1));
    }

    #[test]
    fn access_actions_have_groups() {
        let scope = scope("principal is k8s::User in k8s::Group::\"a\", action in k8s::Action::\"readOnly\", resource");
        assert_eq!(scope.verbs, ["get", "list", "watch"]);
        assert_eq!((scope.operations.len(), scope.types.len(), scope.rest.len()), (0, 0, 1));
    }

    #[test]
    fn equality_with_a_group_of_actions_never_holds() {
        assert!(scope("principal, action == k8s::admission::Action::\"all\", resource").operations.is_empty());
    }
}
