//! One policy that is asked about connections.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{Entity, EntityUID, EntityUIDEntry, Expr, Value, Var};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::evaluator::Evaluator;

use super::{ByRole, Held, Intent, Role, ThroughClass, Told};
use crate::cedar::condition::{Env, Leaf, Truth};
use crate::cedar::coverage::PolicySeen;
use crate::cedar::cuts::Atom;
use crate::cedar::end::{End, Reads};
use crate::cedar::entities::uid;
use crate::cedar::evaluate::{evaluator_of, hierarchy, interpret};
use crate::cedar::net_types::NET_ACTION;
use crate::cedar::policy::Policy;
use crate::cedar::reads::{Root, Step};
use crate::fact::Cause;
use crate::finding::ObjectRef;
use crate::net::{Ports, Protocol};
use crate::way::Through;

/// A policy, and what its leaves hang on.
pub(super) struct Asked<'p> {
    /// Index into [`crate::cedar::Policies::infos`].
    pub(super) at: usize,
    /// Index of its pack.
    pub(super) pack: usize,
    pub(super) policy: &'p Policy,
    /// The parameters of its pack.
    params: &'p Value,
    intent: Intent,
    atoms: Vec<Atom>,
    leaves: Vec<Hangs>,
    /// Classes of sources and of destinations that the policy cannot tell apart, by their marks.
    classes: ByRole<BTreeMap<Vec<Mark>, u32>>,
    /// What it says of a pair of its classes, by what they go through.
    known: BTreeMap<(u32, u32, ThroughClass), Arc<Held>>,
}

/// What a leaf hangs on.
enum Hangs {
    /// On one end alone.
    On(Role),
    /// On more: what it reads of the source and of the destination.
    Both(ByRole<Reads>),
}

/// One thing by which a policy tells ends apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// How a leaf ends that hangs on this end alone.
    Truth(Truth),
    /// What other leaves read.
    Read(Vec<String>),
}

/// What the context of a connection says, beside the parameters.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) port: i64,
    pub(super) protocol: Protocol,
    pub(super) settled: bool,
    pub(super) through: Option<&'a Through>,
}

impl<'p> Asked<'p> {
    pub(super) fn of(at: usize, pack: usize, policy: &'p Policy, params: &'p Value, intent: Intent) -> Asked<'p> {
        let leaves = policy.condition.leaves.iter().map(hangs).collect();
        let atoms = policy.cuts.atoms();
        Asked { at, pack, policy, params, intent, atoms, leaves, classes: ByRole::default(), known: BTreeMap::new() }
    }

    /// Whether what it holds for is told: a `permit` on `connect` only speaks against the pack's default.
    pub(super) fn makes_findings(&self) -> bool {
        !self.policy.permit || self.intent == Intent::Depend
    }

    /// Everything that the policy reads of an end in a role.
    pub(super) fn reads(&self, role: Role, into: &mut Reads) {
        let var = if role == Role::Source { Var::Principal } else { Var::Resource };
        for leaf in &self.policy.condition.leaves {
            into.add(&Reads::of(leaf.expr(), &leaf.reads, var));
        }
    }

    /// The class of an end in a role. `scene` has the end at both sides.
    pub(super) fn class_of(&mut self, end: &End, scene: Option<&Scene>, role: Role) -> u32 {
        let marks = self.marks(end, scene, role);
        let classes = self.classes.of_mut(role);
        let next = u32::try_from(classes.len()).unwrap_or(u32::MAX);
        *classes.entry(marks).or_insert(next)
    }

    fn marks(&self, end: &End, scene: Option<&Scene>, role: Role) -> Vec<Mark> {
        let mut marks = vec![Mark::Read(vec![end.ty.to_owned()])];
        let side = |ends: &(&'static str, &'static str)| if role == Role::Source { ends.0 } else { ends.1 };
        if !self.policy.scope.ends.iter().any(|ends| side(ends) == end.ty) {
            return marks;
        }
        for (at, hangs) in self.leaves.iter().enumerate() {
            match (hangs, scene) {
                (Hangs::On(on), Some(scene)) if *on == role => marks.push(Mark::Truth(self.leaf(at, end, scene))),
                (Hangs::Both(reads), _) => {
                    let reads = reads.of(role);
                    marks.extend((!reads.is_empty()).then(|| Mark::Read(end.marks(reads))));
                }
                _ => {}
            }
        }
        marks
    }

    fn leaf(&self, at: usize, end: &End, scene: &Scene) -> Truth {
        let anywhere = At { port: 1, protocol: Protocol::Tcp, settled: true, through: None };
        self.with(scene, &anywhere, |evaluator| {
            let unknown = |leaf: &Leaf| cause(leaf, end, end);
            let interpret = |expr: &Expr| interpret(evaluator, expr);
            let env = Env { interpret: &interpret, given: None, unknown: &unknown };
            self.policy.condition.leaf_truth(at, &env)
        })
    }

    /// What it says of a pair, whose classes are given, and what it goes through.
    pub(super) fn held(
        &mut self,
        classes: (u32, u32),
        (source, destination): (&End, &End),
        through: Option<(ThroughClass, &Through)>,
    ) -> Arc<Held> {
        let through = through.filter(|_| self.policy.cuts.service);
        let key = (classes.0, classes.1, through.map(|(class, _)| class).unwrap_or_default());
        if let Some(known) = self.known.get(&key) {
            return Arc::clone(known);
        }
        let held = Arc::new(self.evaluate_all(source, destination, through.map(|(_, through)| through)));
        self.known.insert(key, Arc::clone(&held));
        held
    }

    fn evaluate_all(&self, source: &End, destination: &End, through: Option<&Through>) -> Held {
        let mut held = Held::default();
        if self.policy.default_deny || !self.policy.scope.ends.contains(&(source.ty, destination.ty)) {
            return held;
        }
        let Some(scene) = Scene::of(source, destination) else { return held };
        for settled in [true, false] {
            if !settled && !self.policy.cuts.settled {
                held.unsure = held.sure.clone();
                break;
            }
            let side = if settled { &mut held.sure } else { &mut held.unsure };
            for atom in &self.atoms {
                let at = At { port: i64::from(atom.port), protocol: atom.protocol, settled, through };
                let into = match self.evaluate(&scene, (source, destination), &at, &mut Vec::new(), None) {
                    Truth::True => &mut side.holds,
                    Truth::Unknown | Truth::Failed => &mut side.unknown,
                    Truth::False => continue,
                };
                *into = into.union(&atom.ports);
            }
        }
        held
    }

    /// How many evaluations a pair takes at most.
    pub(super) fn steps(&self) -> u64 {
        self.atoms.len() as u64 * 2
    }

    fn evaluate(
        &self,
        scene: &Scene,
        (source, destination): (&End, &End),
        at: &At<'_>,
        causes: &mut Vec<Cause>,
        seen: Option<&mut PolicySeen>,
    ) -> Truth {
        self.with(scene, at, |evaluator| {
            let unknown = |leaf: &Leaf| cause(leaf, source, destination);
            let interpret = |expr: &Expr| interpret(evaluator, expr);
            let env = Env { interpret: &interpret, given: None, unknown: &unknown };
            let Some(seen) = seen else { return self.policy.condition.evaluate(&env, causes, None) };
            let truth = self.policy.condition.evaluate(&env, causes, Some(&mut seen.leaves));
            seen.ended(truth);
            truth
        })
    }

    /// What it says of some ports of one connection: whether it holds, its message, and what is not known.
    pub(super) fn told(
        &self,
        source: &End,
        destination: &End,
        ports: &Ports,
        at: &At<'_>,
        mut seen: Option<&mut PolicySeen>,
    ) -> Told {
        let mut told = Told { policy: self.at, truth: Truth::False, message: String::new(), causes: Vec::new() };
        let Some(scene) = Scene::of(source, destination) else { return told };
        if !self.policy.default_deny && self.policy.scope.ends.contains(&(source.ty, destination.ty)) {
            for atom in self.atoms.iter().filter(|atom| atom.ports.overlaps(ports)) {
                let at = At { port: i64::from(atom.port), protocol: atom.protocol, ..*at };
                let seen = seen.as_deref_mut();
                match self.evaluate(&scene, (source, destination), &at, &mut told.causes, seen) {
                    Truth::True => told.truth = Truth::True,
                    truth @ (Truth::Unknown | Truth::Failed) if told.truth == Truth::False => told.truth = truth,
                    _ => {}
                }
            }
        }
        told.causes.sort();
        told.causes.dedup();
        if let (Some(source), Some(destination)) = (source.uid(), destination.uid()) {
            let context = printed(ports, at, self.params);
            told.message = self.policy.message.print_of([&source, &destination], &context, &scene.entities);
        }
        told
    }

    fn with(&self, scene: &Scene, at: &At<'_>, ask: impl FnOnce(&Evaluator<'_>) -> Truth) -> Truth {
        let Some(action) = uid(NET_ACTION, self.intent.as_str()) else { return Truth::Failed };
        let fields = fields(Value::from(at.port), at.protocol.as_str(), at, self.params);
        let context = Value::record(fields, None);
        let principal = EntityUIDEntry::known(scene.source.clone(), None);
        let evaluator = evaluator_of(principal, action, scene.destination.clone(), &context, &scene.entities);
        ask(&evaluator)
    }
}

fn fields(port: Value, protocol: &str, at: &At<'_>, params: &Value) -> Vec<(&'static str, Value)> {
    let service = at.through.map(|through| ("service", service(through, &port)));
    let mut fields = vec![
        ("port", port),
        ("protocol", Value::from(protocol)),
        ("settled", Value::from(at.settled)),
        ("params", params.clone()),
    ];
    fields.extend(service);
    fields
}

/// The record that policies read of a Service; what translates no port offers that of the destination.
pub(super) fn service(through: &Through, port: &Value) -> Value {
    let fields = [
        ("name", Value::from(service_text(through, "name").as_str())),
        ("namespace", Value::from(through.service.namespace.as_str())),
        ("port", through.port.map_or_else(|| port.clone(), |ask| Value::from(i64::from(ask.port)))),
        ("type", Value::from(through.kind.as_str())),
    ];
    Value::record(fields, None)
}

/// An attribute of a Service as text, by which Services are told apart.
pub(super) fn service_text(through: &Through, attribute: &str) -> String {
    let ObjectRef { namespace, name, .. } = &through.service;
    match attribute {
        "name" => format!("{namespace}/{name}"),
        "namespace" => namespace.clone(),
        "type" => through.kind.clone(),
        _ => through.port.map_or_else(String::new, |ask| ask.port.to_string()),
    }
}

/// The context as messages print it: with all ports that are spoken of.
fn printed(ports: &Ports, at: &At<'_>, params: &Value) -> Value {
    let text = ports.to_string();
    let (protocol, numbers) = match text.split_once(' ') {
        Some((protocol, numbers)) if !numbers.contains(' ') => (protocol.to_owned(), numbers.to_owned()),
        _ => (String::new(), text),
    };
    Value::record(fields(Value::from(numbers.as_str()), &protocol, at, params), None)
}

/// The entities of two ends.
pub(super) struct Scene {
    source: EntityUID,
    destination: EntityUID,
    entities: Entities,
}

impl Scene {
    pub(super) fn of(source: &End, destination: &End) -> Option<Scene> {
        let mut entities: BTreeMap<EntityUID, Entity> = BTreeMap::new();
        source.enter(&mut entities);
        destination.enter(&mut entities);
        let entities = hierarchy(entities.into_values().collect())?;
        Some(Scene { source: source.uid()?, destination: destination.uid()?, entities })
    }
}

/// Why a leaf cannot be known, if it cannot.
fn cause(leaf: &Leaf, source: &End, destination: &End) -> Option<Cause> {
    let of = |root: &Root, steps: &[Step]| match root {
        Root::Principal => source.cause(steps).cloned(),
        Root::Resource => destination.cause(steps).cloned(),
        Root::Other => source.any_cause().or_else(|| destination.any_cause()).cloned(),
        _ => None,
    };
    leaf.reads.iter().find_map(|read| of(&read.root, &read.steps))
}

fn hangs(leaf: &Leaf) -> Hangs {
    let on = |root: &Root| leaf.reads.iter().any(|read| read.root == *root);
    let params = |steps: &[Step]| matches!(steps.first(), Some(Step::Attribute(name)) if name == "params");
    let more = leaf.reads.iter().any(|read| match read.root {
        Root::Other => true,
        Root::Context => !params(&read.steps),
        _ => false,
    });
    match (on(&Root::Principal), on(&Root::Resource), more) {
        (true, false, false) => Hangs::On(Role::Source),
        (false, true, false) => Hangs::On(Role::Destination),
        _ => {
            let reads = |var| Reads::of(leaf.expr(), &leaf.reads, var);
            Hangs::Both(ByRole { source: reads(Var::Principal), destination: reads(Var::Resource) })
        }
    }
}
