//! Sliced, read-driven evaluation is Cedar's own answer; entities are of the schema; cut validation is whole validation.

use cedar_policy_core::ast::{Context, EntityUIDEntry, PolicySet, Request, ValueKind};
use cedar_policy_core::authorizer::{AuthorizationError, Authorizer};
use cedar_policy_core::entities::{Entities, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::CoreSchema;

use super::sample::{Dice, Make, every_kind, object};
use super::{head, library, load};
use crate::cedar::entities::{Built, action_entity, build, principal_uid, uid};
use crate::cedar::evaluate::hierarchy;
use crate::cedar::scope::{ADMISSION_ACTION, Scope};
use crate::cedar::validate::{Checked, Shared};
use crate::cedar::{Operation, Policies, Principal, Question};
use crate::cluster::{Cluster, World};
use crate::object::{KINDS, Object};

fn question<'a>(
    object: &'a Object,
    old: Option<&'a Object>,
    principal: &'a Principal,
    cluster: &'a Cluster,
) -> Question<'a> {
    let operation = if old.is_some() { Operation::Update } else { Operation::Create };
    Question { operation, principal: Some(principal), object, old, dry_run: false, cluster }
}

/// A cluster in which everything is known: the object and its namespace.
fn cluster_of(object: &Object) -> Cluster {
    let mut cluster = Cluster::of_files(World::Closed);
    cluster.insert(
        super::objects("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {env: prod}}}").remove(0),
    );
    cluster.insert(object.clone());
    cluster
}

fn principal() -> Principal {
    Principal { name: "system:serviceaccount:ci:deployer".to_owned(), groups: vec!["system:masters".to_owned()] }
}

fn everything(mut policies: Policies) -> Policies {
    policies.needs.everything();
    policies.facts = policies.needs.facts();
    policies
}

#[test]
fn every_entity_is_of_its_type_in_the_schema() {
    let policies =
        everything(load(&(head("a", "m") + "forbid (principal, action, resource is core::v1::Service);")).unwrap());
    let checked = Checked::of(&[]).unwrap();
    let schema = CoreSchema::new(checked.core());
    let mut dice = Dice::new(7);
    let mut makes = vec![Make::Whole, Make::Least];
    makes.push(Make::Any(&mut dice));
    let mut types = std::collections::BTreeSet::new();
    for make in &mut makes {
        for object in every_kind(make) {
            let cluster = cluster_of(&object);
            let old = object.clone();
            let principal = principal();
            let question = question(&object, Some(&old), &principal, &cluster);
            let Built { entities, targets, holes } = build(&policies, &question, &|_| true, u64::MAX);
            // Facts of what the API would refuse are unknown; only at random is there such a thing.
            assert!(holes.is_empty() || matches!(make, Make::Any(_)), "{:?}: {holes:?}", object.id);
            if !holes.is_empty() {
                continue;
            }
            types.extend(targets.iter().map(|target| target.entity));
            let closed = TCComputation::EnforceAlreadyComputed;
            let result = Entities::from_entities(entities, Some(&schema), closed, Extensions::all_available());
            assert!(result.is_ok(), "{:?}: {}", object.id, result.unwrap_err());
        }
    }
    let expected = crate::cedar::model::Model::get().admission_resources().filter(|ty| *ty != "k8s::Object");
    assert_eq!(types.into_iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// Policies with what the library may not have: guards, errors, the principal, namespaces, tags, old.
fn hostile() -> String {
    let bodies = [
        "resource is core::v1::Service) when { resource.spec.type == \"NodePort\" || resource.spec has externalName };",
        "resource is core::v1::ServicePort) when { resource.port * 9223372036854775807 > 1 };",
        "resource is core::v1::ServicePort in core::v1::Namespace::\"shop\") unless { resource has name };",
        "resource in core::v1::Service::\"shop/web\");",
        "resource is networking::v1::IngressPeer) when { if resource has ipBlock then resource.ipBlock.cidr.isInRange(ip(\"10.0.0.0/8\")) else resource has podSelector };",
        "resource is networking::v1::EgressRule) when { resource.object.spec.podSelector.selectsAll && !(resource.to.isEmpty()) };",
        "resource is core::v1::Service) when { resource.metadata.labels.hasTag(\"app\") && resource.metadata.labels.getTag(\"app\") like \"w*\" };",
        "resource is core::v1::Service) when { resource has old && resource.old.spec.selector == resource.spec.selector };",
        "resource is core::v1::Container) when { resource.object.spec.hostNetwork || resource.name == \"x\" };",
        "resource is core::v1::PodTemplate) when { resource.ownerKind != \"Pod\" && action == k8s::admission::Action::\"update\" };",
        "resource is core::v1::Namespace) when { principal in k8s::Group::\"system:masters\" && resource.metadata has name };",
        "resource) when { resource has metadata && resource.metadata.labels.hasTag(\"tier\") };",
    ];
    let policy = |(at, body): (usize, &&str)| {
        let scope = if at % 3 == 0 {
            "principal is k8s::ServiceAccount in k8s::Group::\"system:masters\""
        } else {
            "principal"
        };
        let action = if at % 4 == 0 { "action in k8s::admission::Action::\"all\"" } else { "action" };
        format!("{}forbid ({scope}, {action}, {body}\n", head(&format!("h{at}"), "m"))
    };
    bodies.iter().enumerate().map(policy).collect()
}

fn agree(policies: Policies, rounds: u64) {
    let principal = principal();
    let sets: Vec<PolicySet> = (0..policies.packs.len())
        .map(|pack| {
            let own =
                policies.policies.iter().filter(|(of, policy)| *of == pack && !policy.scope.operations.is_empty());
            PolicySet::try_from_iter(own.map(|(_, policy)| policy.core.clone())).unwrap()
        })
        .collect();
    let (mut compared, mut held, mut failed) = (0, 0, 0);
    let mut asked = Vec::new();
    for seed in 0..rounds {
        let mut dice = Dice::new(seed + 1);
        for kind in KINDS {
            let mut make = Make::Any(&mut dice);
            let (object, old) = (object(kind, &mut make), object(kind, &mut make));
            let cluster = cluster_of(&object);
            let old = (seed % 2 == 0).then_some(&old);
            let question = question(&object, old, &principal, &cluster);
            let answers = policies.ask(&question, &mut { u64::MAX }, None);
            let id = |at: usize| policies.infos[at].id.clone();
            let mut ours: Vec<(String, String)> =
                answers.fired.iter().map(|fired| (fired.part.clone(), id(fired.policy))).collect();
            let mut errors: Vec<(String, String)> =
                answers.unknown.iter().map(|one| (one.field.clone(), id(one.policy))).collect();
            ours.sort();
            errors.sort();
            asked.push((object, old.cloned(), ours, errors));
        }
    }
    let policies = everything(policies);
    for (object, old, ours, errors) in asked {
        let cluster = cluster_of(&object);
        let question = question(&object, old.as_ref(), &principal, &cluster);
        let operation = question.operation.as_str();
        let Built { mut entities, targets, holes } = build(&policies, &question, &|_| true, u64::MAX);
        if !holes.is_empty() {
            continue;
        }
        entities.extend(action_entity(operation));
        let entities = hierarchy(entities).unwrap();
        let (mut theirs, mut their_errors) = (Vec::new(), Vec::new());
        for target in &targets {
            for (set, values) in sets.iter().zip(&policies.packs) {
                let ValueKind::Record(context) = values.context(false).value.clone() else {
                    panic!("the context is a record")
                };
                let known = |uid| EntityUIDEntry::known(uid, None);
                let request = Request::new_unchecked(
                    known(principal_uid(&principal).unwrap()),
                    known(uid(ADMISSION_ACTION, operation).unwrap()),
                    known(target.uid.clone()),
                    Some(Context::Value(context)),
                );
                let response = Authorizer::new().is_authorized(request, set, &entities);
                theirs.extend(response.diagnostics.reason.iter().map(|id| (target.pointer.clone(), id.to_string())));
                their_errors.extend(response.diagnostics.errors.iter().map(|error| {
                    let AuthorizationError::PolicyEvaluationError { id, .. } = error;
                    (target.pointer.clone(), id.to_string())
                }));
            }
        }
        theirs.sort();
        their_errors.sort();
        assert_eq!(ours, theirs, "{:?}", object.raw);
        assert_eq!(errors, their_errors, "{:?}", object.raw);
        compared += 1;
        held += theirs.len();
        failed += their_errors.len();
    }
    println!("{compared} questions, {held} policies held, {failed} failed");
    assert!(compared > 100 && held > compared / 4);
}

#[test]
fn slices_answer_as_cedars_authorizer_on_the_whole_set() {
    agree(load(&hostile()).unwrap(), 40);
}

#[test]
fn the_library_is_answered_as_by_cedars_authorizer() {
    agree(Policies::load(&library(), &Default::default()).unwrap().0, 12);
}

#[test]
fn cut_validation_is_whole_validation() {
    let texts = [
        "forbid (principal, action, resource is core::v1::Service);",
        "forbid (principal, action, resource is core::v1::Servce);",
        "forbid (principal, action, resource is core::v1::Service) when { resource.spec.nope == 1 };",
        "forbid (principal, action, resource is core::v1::Service) when { resource.spec.externalName == \"x\" };",
        "forbid (principal, action, resource) when { resource.spec.type == \"x\" };",
        "forbid (principal, action, resource) when { resource has spec && resource.spec has type && resource.spec.type == \"x\" };",
        "forbid (principal, action, resource is core::v1::Service) when { principal.namespace == \"x\" };",
        "forbid (principal is k8s::ServiceAccount, action, resource is core::v1::Service) when { principal.namespace == \"x\" };",
        "forbid (principal, action == k8s::Action::\"get\", resource is core::v1::Service);",
        "forbid (principal, action == k8s::Action::\"get\", resource is k8s::Resource) when { context.dryRun };",
        "forbid (principal, action, resource is core::v1::Service) when { context.dryRun };",
        "forbid (principal, action, resource is core::v1::Service) when { false };",
        "forbid (principal, action == k8s::admission::Action::\"make\", resource is core::v1::Service);",
        "forbid (principal, action, resource is core::v1::Service) when { action in k8s::admission::Action::\"all\" };",
        "forbid (principal, action, resource in core::v1::Namespace::\"a\") when { resource has nope };",
        "forbid (principal, action, resource is core::v1::ServicePort) when { resource.port == \"80\" };",
        "forbid (principal, action, resource is core::v1::ServicePort) when { resource.nodePort > 1 };",
        "forbid (principal == k8s::Group::\"g\", action, resource is core::v1::Service);",
        "permit (principal, action in k8s::Action::\"readOnly\", resource);",
        "permit (principal, action in k8s::Action::\"all\", resource) when { resource.path like \"/m*\" };",
    ];
    let checked = Checked::of(&[]).unwrap();
    let shared = Shared::of(std::iter::empty()).unwrap();
    let shared = shared.environments();
    let environments = shared.of_pack(&[]);
    let mut good = 0;
    for text in texts {
        let set = cedar_policy_core::parser::parse_policyset(text).unwrap();
        let policy = set.static_policies().next().unwrap();
        let cut = environments.check(policy, &Scope::of(policy.template())).is_ok();
        let whole = checked.problems(policy);
        assert_eq!(cut, whole.is_empty(), "{text}: {whole:?}");
        good += usize::from(cut);
    }
    assert_eq!(good, 6);
}
