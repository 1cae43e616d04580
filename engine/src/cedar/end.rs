//! One end of a connection, as policies see it.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy_core::ast::{BinaryOp, Entity, EntityUID, Expr, ExprKind, Literal, PartialValue, Value as Cedar, Var};

use super::address;
use super::cuts::flagged;
use super::entities::{content, uid};
use super::model::NAMESPACE;
use super::net_types::{ADDRESSES, LABELS, WORKLOAD};
use super::reads::{Read, Root, Step};
use crate::cluster::{Cluster, Knowledge, NAME_LABEL};
use crate::fact::{Absent, Cause, FactValue, Settings, environment_of};
use crate::net::AddressSet;
use crate::reach::WorkloadEnd;

/// Most prefixes that policies can look at.
const MOST_PREFIXES: usize = 256;

/// What an end is.
#[derive(Clone, Copy, Debug)]
pub enum ConnectionEnd<'a> {
    /// The pods of a workload.
    Workload(&'a WorkloadEnd),
    /// Addresses outside: all that may pass, of which policies are asked part by part.
    Addresses(&'a AddressSet),
}

/// An end with everything that policies can read of it.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// Its entity type.
    pub(super) ty: &'static str,
    id: String,
    namespace: Option<String>,
    attributes: BTreeMap<&'static str, Known>,
}

/// An attribute, as far as it is known.
#[derive(Clone, Debug)]
enum Known {
    Bool(bool),
    Text(String),
    Labels(Vec<(String, String)>),
    Address(String),
    Addresses(Vec<String>),
    Unknown(Cause),
}

impl End {
    /// A workload of a cluster.
    pub(super) fn of_workload(end: &WorkloadEnd, cluster: &Cluster, settings: &Settings) -> End {
        let namespace = &end.object.namespace;
        let unreadable =
            |what: &str| Known::Unknown(Cause::failed(format!("{what} of {} could not be read", end.object.display())));
        let pods = cluster.pods_of(&end.object);
        let text = |sym| cluster.text(sym).to_owned();
        let labels = match pods {
            Some(body) if !body.doubts.labels => {
                let labels = body.template.labels.iter().map(|label| (text(label.key), text(label.value)));
                let mut labels: Vec<_> = labels.collect();
                labels.sort();
                Known::Labels(labels)
            }
            _ => unreadable("the labels of the pods"),
        };
        let host_network = match pods {
            Some(body) if body.doubts.host_network => unreadable("`hostNetwork`"),
            _ => Known::Bool(end.host_network),
        };
        let account = pods
            .map_or_else(|| unreadable("the service account"), |body| Known::Text(text(body.template.service_account)));
        let mut attributes = BTreeMap::from([
            ("hostNetwork", host_network),
            ("kind", Known::Text(end.object.kind.clone())),
            ("labels", labels),
            ("name", Known::Text(end.name.clone())),
            ("namespace", Known::Text(namespace.clone())),
            ("namespaceLabels", namespace_labels(cluster, namespace)),
            ("serviceAccount", account),
        ]);
        match environment_of(cluster, settings, namespace) {
            Ok(FactValue::Text(text)) => drop(attributes.insert("environment", Known::Text(text))),
            Err(Absent::Unknown(cause)) => drop(attributes.insert("environment", Known::Unknown(cause))),
            Ok(_) | Err(Absent::NotApplicable) => {}
        }
        End { ty: WORKLOAD, id: end.name.clone(), namespace: Some(namespace.clone()), attributes }
    }

    /// A part of the addresses that may pass.
    pub(super) fn of_addresses(all: &AddressSet, part: &AddressSet) -> End {
        let name = if all.is_all() { "outside".to_owned() } else { all.to_string() };
        let address = part.sample().map(|address| address.to_string()).unwrap_or_default();
        let holds = |flag| flagged(flag).is_some_and(|set| part.is_subset(&set));
        let attributes = BTreeMap::from([
            ("address", Known::Address(address.clone())),
            ("cidrs", prefixes(all)),
            ("everything", Known::Bool(all.is_all())),
            ("linkLocal", Known::Bool(holds("linkLocal"))),
            ("loopback", Known::Bool(holds("loopback"))),
            ("metadataService", Known::Bool(holds("metadataService"))),
            ("name", Known::Text(name.clone())),
            ("private", Known::Bool(holds("private"))),
        ]);
        End { ty: ADDRESSES, id: format!("{name}#{address}"), namespace: None, attributes }
    }

    /// Its uid.
    pub(super) fn uid(&self) -> Option<EntityUID> {
        uid(self.ty, &self.id)
    }

    /// Adds its entity and those that it refers to.
    pub(super) fn enter(&self, entities: &mut BTreeMap<EntityUID, Entity>) {
        let Some(own) = self.uid() else { return };
        let mut attributes = Vec::new();
        for (name, known) in &self.attributes {
            let value = match known {
                Known::Bool(bool) => Some(Cedar::from(*bool)),
                Known::Text(text) => Some(Cedar::from(text.as_str())),
                Known::Address(text) => address::value(text),
                Known::Addresses(texts) => Some(Cedar::set(texts.iter().filter_map(|text| address::value(text)), None)),
                Known::Labels(labels) => labels_entity(labels, entities),
                Known::Unknown(_) if *name == "namespaceLabels" => {
                    let name = self.namespace.clone().unwrap_or_default();
                    labels_entity(&[(NAME_LABEL.to_owned(), name)], entities)
                }
                Known::Unknown(_) => None,
            };
            attributes.extend(value.map(|value| ((*name).into(), PartialValue::Value(value))));
        }
        let parents = self.namespace.iter().filter_map(|name| uid(NAMESPACE, name)).collect();
        let entity = Entity::new_with_attr_partial_value(own.clone(), attributes, Default::default(), parents, []);
        entities.insert(own, entity);
    }

    /// Why a chain of attributes from it is not known, if it is not.
    pub(super) fn cause(&self, steps: &[Step]) -> Option<&Cause> {
        let Some(Step::Attribute(name)) = steps.first() else { return None };
        match (self.attributes.get(name.as_str()), steps.get(1)) {
            (Some(Known::Unknown(_)), Some(Step::Tag(Some(tag)))) if name == "namespaceLabels" && tag == NAME_LABEL => {
                None
            }
            (Some(Known::Unknown(cause)), _) => Some(cause),
            _ => None,
        }
    }

    /// Why some attribute is not known, if one is not.
    pub(super) fn any_cause(&self) -> Option<&Cause> {
        self.attributes.values().find_map(|known| match known {
            Known::Unknown(cause) => Some(cause),
            _ => None,
        })
    }

    /// What it is by everything that is read of it: ends of the same type with equal marks are the same to policies.
    pub(super) fn marks(&self, reads: &Reads) -> Vec<String> {
        let mut marks = vec![self.ty.to_owned()];
        if reads.identity {
            marks.push(self.id.clone());
        }
        if reads.namespace {
            marks.push(self.namespace.clone().unwrap_or_default());
        }
        marks.extend(reads.chains.iter().map(|(name, tag)| match (self.attributes.get(name.as_str()), tag) {
            (None, _) => String::new(),
            (Some(Known::Labels(labels)), Some(tag)) => {
                let value = labels.iter().find(|(key, _)| key == tag).map(|(_, value)| value);
                value.map_or_else(String::new, |value| format!("={value}"))
            }
            (Some(known), _) => format!("{known:?}"),
        }));
        marks
    }
}

fn namespace_labels(cluster: &Cluster, namespace: &str) -> Known {
    let labels = cluster.namespace_labels(namespace);
    let knowledge = match labels {
        Some(_) => cluster.namespace_knowledge(namespace),
        None => cluster.absent_namespace(namespace),
    };
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    match knowledge {
        Knowledge::Complete => Known::Labels(labels.unwrap_or_default().into_iter().map(owned).collect()),
        Knowledge::NotGiven(message) => Known::Unknown(Cause::not_asked(message)),
        Knowledge::Failed(message) => Known::Unknown(Cause::failed(message)),
    }
}

fn prefixes(set: &AddressSet) -> Known {
    let prefixes: Vec<String> = set.prefixes().take(MOST_PREFIXES + 1).map(|cidr| cidr.to_string()).collect();
    if prefixes.len() > MOST_PREFIXES {
        return Known::Unknown(Cause::failed(format!("the addresses are more than {MOST_PREFIXES} prefixes")));
    }
    Known::Addresses(prefixes)
}

fn labels_entity(labels: &[(String, String)], entities: &mut BTreeMap<EntityUID, Entity>) -> Option<Cedar> {
    let own = uid(LABELS, &content(labels))?;
    let tags =
        labels.iter().map(|(key, value)| (key.as_str().into(), PartialValue::Value(Cedar::from(value.as_str()))));
    let entity = Entity::new_with_attr_partial_value(own.clone(), [], Default::default(), Default::default(), tags);
    entities.insert(own.clone(), entity);
    Some(Cedar::from(own))
}

/// What is read of one end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Which it is.
    identity: bool,
    /// Which namespace it is in.
    namespace: bool,
    /// Attributes, and of labels the key if it is written out.
    chains: BTreeSet<(String, Option<String>)>,
}

impl Reads {
    /// What an expression reads of a variable, which is the principal or the resource.
    pub(super) fn of(expr: &Expr, reads: &[Read], var: Var) -> Reads {
        let root = if var == Var::Principal { Root::Principal } else { Root::Resource };
        let mut all = Reads { identity: reads.iter().any(|read| read.root == Root::Other), ..Reads::default() };
        for read in reads.iter().filter(|read| read.root == root) {
            if let Some(Step::Attribute(name)) = read.steps.first() {
                let tag = match read.steps.get(1) {
                    Some(Step::Tag(tag)) => tag.clone(),
                    _ => None,
                };
                all.chains.insert((name.clone(), tag));
            }
        }
        let is_var = |expr: &Expr| matches!(expr.expr_kind(), ExprKind::Var(found) if *found == var);
        let (mut bare, mut known) = (0_usize, 0_usize);
        for expr in expr.subexpressions() {
            bare += usize::from(is_var(expr));
            known += usize::from(match expr.expr_kind() {
                ExprKind::GetAttr { expr, .. }
                | ExprKind::HasAttr { expr, .. }
                | ExprKind::ExtHasAttr { expr, .. }
                | ExprKind::Is { expr, .. } => is_var(expr),
                ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 } if is_var(arg1) && names_namespaces(arg2) => {
                    all.namespace = true;
                    true
                }
                _ => false,
            });
        }
        all.identity |= bare > known;
        all
    }

    /// True if nothing is read.
    pub(super) fn is_empty(&self) -> bool {
        *self == Reads::default()
    }

    /// Both.
    pub(super) fn add(&mut self, other: &Reads) {
        self.identity |= other.identity;
        self.namespace |= other.namespace;
        self.chains.extend(other.chains.iter().cloned());
    }
}

fn names_namespaces(expr: &Expr) -> bool {
    match expr.expr_kind() {
        ExprKind::Lit(Literal::EntityUID(uid)) => uid.entity_type().to_string() == NAMESPACE,
        ExprKind::Set(items) => items.iter().all(names_namespaces),
        _ => false,
    }
}
