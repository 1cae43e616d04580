//! What a request does to the network, asked of policies on connections.
//!
//! The network is worked out before and after, but only if some policy is about connections (or someone wants to be told) and
//! the object is not the same to the network and to those policies: a scaled workload or an equal rollout costs a comparison.

use super::Unknown;
use super::connections::{Where, into_findings, undecidable};
use super::texts::Texts;
use crate::cedar::{Intent, Operation, Policies};
use crate::cluster::{Cluster, Knowledge, NETWORK, NETWORK_POLICIES, Undo, WORKLOADS};
use crate::finding::{Finding, ObjectRef};
use crate::intent::{Before, Changed, Touched, announced, of_change};
use crate::object::{Body, Object, PodTemplate};
use crate::reach::Reach;

/// Evaluations that the connections of one request may take.
const BUDGET: u64 = 200_000;

/// Group and kind of what leads to pods.
pub(super) const SERVICE: (&str, &str) = ("", "Service");

/// A request that can change the network, and the network before it.
pub(super) struct Changing<'a> {
    operation: Operation,
    object: &'a Object,
    before: Before,
}

/// What the request does to the network.
#[derive(Default)]
pub(super) struct Done {
    pub(super) findings: Vec<Finding>,
    pub(super) unknowns: Vec<Unknown>,
    /// What is opened and cut, in lines.
    pub(super) announced: Vec<String>,
}

impl<'a> Changing<'a> {
    /// `None` if the request cannot change the network, or nobody asks.
    pub(super) fn of(
        policies: &Policies,
        cluster: &mut Cluster,
        operation: Operation,
        (object, old): (&'a Object, Option<&Object>),
    ) -> Option<Changing<'a>> {
        if !concerns(policies, cluster, operation, (object, old)) {
            return None;
        }
        let undo = match (operation, old) {
            (Operation::Delete, _) => cluster.overlay(object),
            (_, Some(old)) => cluster.overlay(old),
            (_, None) => cluster.lift(&object.id),
        };
        let reach = Reach::current(cluster);
        let before = Before::of(policies, cluster, reach, touched(object), BUDGET);
        cluster.revert(undo);
        Some(Changing { operation, object, before })
    }

    /// What policies say of what it opens and cuts.
    pub(super) fn done(self, policies: &Policies, cluster: &mut Cluster) -> Done {
        let undo: Undo = match self.operation {
            Operation::Delete => cluster.lift(&self.object.id),
            _ => cluster.overlay(self.object),
        };
        let done = self.judged(policies, cluster);
        cluster.revert(undo);
        done
    }

    fn judged(&self, policies: &Policies, cluster: &Cluster) -> Done {
        let at = Where {
            cluster,
            texts: &Texts::default(),
            reviewed: Some((self.object, field(self.object, self.operation))),
        };
        if let Some(cause) = unseen(cluster) {
            return Done { unknowns: undecidable(policies, &cause, &at), ..Done::default() };
        }
        let Changed { said, diff, ways } = of_change(policies, &self.before, cluster, &self.object.id, BUDGET);
        let (findings, unknowns) = into_findings(policies, said, &at);
        let announced = if policies.announces() { [announced(&diff), ways].concat() } else { Vec::new() };
        Done { findings, unknowns, announced }
    }
}

/// Whether somebody wants to know of the network, and the request can change it.
fn concerns(
    policies: &Policies,
    cluster: &Cluster,
    operation: Operation,
    (object, old): (&Object, Option<&Object>),
) -> bool {
    let asked = policies.announces() || policies.asks(Intent::Connect) || policies.asks(Intent::Depend);
    asked && operation != Operation::Connect && changes(cluster, operation, object, old)
}

/// Whether the network has to be worked out and that takes more steps, one for each object of the cluster, than a host
/// gives to requests that hold up others.
pub(super) fn is_beyond(
    policies: &Policies,
    cluster: &Cluster,
    operation: Operation,
    objects: (&Object, Option<&Object>),
    budget: u64,
) -> bool {
    budget != 0 && cluster.len() as u64 > budget && concerns(policies, cluster, operation, objects)
}

/// Why it is not known who is there, if a host that watches does not see everyone.
fn unseen(cluster: &Cluster) -> Option<crate::fact::Cause> {
    if !cluster.watches() {
        return None;
    }
    // What single objects leave open, the network itself knows.
    let kinds = NETWORK.iter().copied().chain([SERVICE]);
    let each = kinds.map(|(group, kind)| cluster.presence(group, kind, ""));
    match each.max().unwrap_or(Knowledge::Complete) {
        Knowledge::Complete => None,
        Knowledge::NotGiven(message) => Some(crate::fact::Cause::not_asked(message)),
        Knowledge::Failed(message) => Some(crate::fact::Cause::failed(message)),
    }
}

/// Whether the network, or an end as policies see it, can be another afterwards.
fn changes(cluster: &Cluster, operation: Operation, object: &Object, old: Option<&Object>) -> bool {
    let is_policy = NETWORK_POLICIES.contains(&(object.id.group.as_str(), object.id.kind.as_str()));
    let same = |old: &Object| {
        let same_doubts = old.unreadable == object.unreadable && old.refused == object.refused;
        same_doubts
            && match (&old.body, &object.body) {
                (Body::NetworkPolicy(old), Body::NetworkPolicy(new)) => old == new,
                (Body::TierPolicy(old), Body::TierPolicy(new)) => old == new,
                (Body::Service(old), Body::Service(new)) => old == new,
                (Body::Namespace(_), Body::Namespace(_)) => old.meta.labels == object.meta.labels,
                (Body::Workload(before), Body::Workload(after)) => {
                    before.ended == after.ended
                        && old.meta.controller == object.meta.controller
                        && same_pods(&before.template, &after.template)
                }
                _ => true,
            }
    };
    match &object.body {
        // The pods of a workload that is here are that workload's.
        Body::Workload(body) if body.ended || is_made(cluster, object) => false,
        // A new or deleted workload's connections: nothing depends on what is gone.
        Body::Workload(_) if operation == Operation::Delete => false,
        // Nothing is in it yet, or what is in it is deleted first.
        Body::Namespace(_) if operation != Operation::Update => false,
        Body::NetworkPolicy(_) | Body::TierPolicy(_) | Body::Workload(_) | Body::Namespace(_) | Body::Service(_) => {
            !old.is_some_and(same)
        }
        _ => is_policy,
    }
}

/// Scaling, images and everything else that no connection hangs on may differ.
fn same_pods(old: &PodTemplate, new: &PodTemplate) -> bool {
    let ports = |template: &PodTemplate| {
        let ports = template.ports.iter().map(|port| {
            (port.name.clone(), port.number, port.protocol.clone(), port.field.contains("/initContainers/"))
        });
        let mut ports: Vec<_> = ports.collect();
        ports.sort();
        ports
    };
    old.labels == new.labels
        && old.host_network == new.host_network
        && old.service_account == new.service_account
        && ports(old) == ports(new)
}

/// Whether its controller is in the cluster.
fn is_made(cluster: &Cluster, object: &Object) -> bool {
    let Some((kind, name)) = &object.meta.controller else { return false };
    let of_kind = WORKLOADS.iter().filter(|(_, known)| known == kind);
    of_kind.into_iter().any(|(group, kind)| {
        cluster.contains(&ObjectRef {
            namespace: object.id.namespace.clone(),
            kind: (*kind).to_owned(),
            name: name.clone(),
            group: (*group).to_owned(),
            version: "v1".to_owned(),
        })
    })
}

fn touched(object: &Object) -> Touched {
    match &object.body {
        Body::Namespace(_) => Touched::Namespace(object.id.name.clone()),
        Body::Workload(_) => Touched::Workload(object.id.clone()),
        Body::Service(_) => Touched::Service(object.id.clone()),
        _ => Touched::Nobody,
    }
}

/// The field of the object that decides where no rule of it does.
fn field(object: &Object, operation: Operation) -> &'static str {
    match (&object.body, operation) {
        (_, Operation::Delete) => "",
        (Body::NetworkPolicy(_) | Body::TierPolicy(_) | Body::Service(_), _) => "/spec",
        (Body::Workload(_), _) => match object.kind.and_then(|kind| kind.template) {
            Some(["spec", "template"]) => "/spec/template/metadata/labels",
            Some(["spec", "jobTemplate", ..]) => "/spec/jobTemplate/spec/template/metadata/labels",
            _ => "/metadata/labels",
        },
        _ => "/metadata/labels",
    }
}
