//! What is answered class by class and range by range is Cedar's own answer for each connection by itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use cedar_policy_core::ast::{Context, Entity, EntityUID, EntityUIDEntry, PolicySet, Request, Value, ValueKind};
use cedar_policy_core::authorizer::Authorizer;
use cedar_policy_core::entities::{Entities, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::CoreSchema;

use super::*;
use crate::cedar::LoadOptions;
use crate::cedar::entities::uid;
use crate::cedar::evaluate::hierarchy;
use crate::cedar::net_types::NET_ACTION;
use crate::cedar::validate::Checked;
use crate::cluster::World;
use crate::net::Cidr;
use crate::reach::Reach;
use crate::text::{Format, Source};

const CLUSTER: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: prod, labels: {env: prod, team: a}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: dev, labels: {env: dev}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: plain}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: prod, name: db, labels: {app: db}}, spec: {serviceAccountName: db}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: prod, name: web}, spec: {template: {metadata: {labels: {app: web, tier: x}}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: prod, name: web2}, spec: {template: {metadata: {labels: {app: web, tier: x}}}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: dev, name: web, labels: {app: web}}, spec: {hostNetwork: true}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: dev, name: db, labels: {app: db}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: plain, name: job}}
";

const BODIES: &[&str] = &[
    "principal, action == net::Action::\"connect\", resource);",
    "principal is net::Workload, action, resource is net::Workload) when { principal.namespace != resource.namespace };",
    "principal in core::v1::Namespace::\"dev\", action == net::Action::\"connect\", resource is net::Workload) when { resource.labels.hasTag(\"app\") && resource.labels.getTag(\"app\") == \"db\" && [5432, 80].contains(context.port) };",
    "principal is net::Workload, action == net::Action::\"connect\", resource is net::Workload) when { principal has environment && resource has environment && principal.environment != resource.environment } unless { context.port < 1024 && context.protocol == \"TCP\" };",
    "principal, action == net::Action::\"connect\", resource is net::Workload) when { principal is net::Addresses && principal.everything || principal is net::Workload && principal.hostNetwork };",
    "principal is net::Workload, action == net::Action::\"connect\", resource is net::Addresses) when { resource.address.isInRange(ip(\"10.1.0.0/16\")) || resource.metadataService || resource.address.isMulticast() };",
    "principal is net::Addresses, action == net::Action::\"connect\", resource == net::Workload::\"prod/db\") when { !principal.private && principal.address.isIpv4() && context.port >= 8000 };",
    "principal, action == net::Action::\"connect\", resource is net::Workload) when { context.settled && resource.serviceAccount == \"db\" || !context.settled && resource.kind == \"Pod\" };",
    "principal is net::Workload, action == net::Action::\"connect\", resource is net::Workload) when { principal.labels == resource.labels && principal != resource };",
    "principal is net::Addresses, action == net::Action::\"connect\", resource) when { principal.cidrs.contains(ip(\"203.0.113.0/24\")) && context.port != 443 };",
    "principal is net::Workload, action == net::Action::\"connect\", resource is net::Workload) when { resource.namespaceLabels.hasTag(\"team\") && (if context.protocol == \"UDP\" then principal.name else resource.name) == \"dev/web\" };",
    "principal is net::Addresses, action == net::Action::\"connect\", resource is net::Workload) when { principal.address == ip(\"10.1.2.3\") || [principal.name].contains(\"outside\") && principal.linkLocal };",
    "principal is net::Workload, action == net::Action::\"connect\", resource) when { context has service && context.service.type == \"NodePort\" && principal.namespace != context.service.namespace };",
    "principal, action == net::Action::\"connect\", resource) when { context has service && context.service.name like \"prod/*\" && context.service.port < 443 && context.port == 80 };",
    "principal, action == net::Action::\"connect\", resource is net::Workload) unless { context has service };",
];

const ADDRESSES: &[&[&str]] = &[
    &["0.0.0.0/0", "::/0"],
    &["0.0.0.0/0"],
    &["10.0.0.0/8"],
    &["10.1.0.0/17", "203.0.113.0/24"],
    &["203.0.113.0/24"],
    &["169.254.169.254/32", "fd00:ec2::254/128"],
];

fn policies() -> Policies {
    let mut text = String::new();
    for (at, body) in BODIES.iter().enumerate() {
        text += &format!(
            "@id(\"p{at:02}\") @code(\"P{at}\") @title(\"t\") @severity(\"error\") @message(\"m\")\nforbid ({body}\n"
        );
    }
    let source = |name: &str, text: &str| Source { name: name.into(), format: Format::Auto, bytes: text.into() };
    let sources = [source("t/pack.toml", "name = \"t\"\nversion = \"1\""), source("t/a.cedar", &text)];
    Policies::load(&sources, &LoadOptions::default()).map_err(|found| format!("{found:#?}")).unwrap().0
}

fn cluster() -> Cluster {
    let mut cluster = Cluster::of_files(World::Closed);
    cluster.apply(&Source { name: "c".into(), format: Format::Yaml, bytes: CLUSTER.into() });
    cluster
}

fn sets() -> Vec<AddressSet> {
    let set = |texts: &&[&str]| {
        let each = texts.iter().map(|text| AddressSet::of(Cidr::parse(text).unwrap()));
        each.fold(AddressSet::NONE, |all, set| all.union(&set))
    };
    ADDRESSES.iter().map(set).collect()
}

/// The first and the last address of each range of a set.
fn samples(set: &AddressSet) -> Vec<IpAddr> {
    let v4 = set
        .v4
        .as_slice()
        .iter()
        .flat_map(|(first, last)| [IpAddr::from(first.to_be_bytes()), last.to_be_bytes().into()]);
    let v6 = set
        .v6
        .as_slice()
        .iter()
        .flat_map(|(first, last)| [IpAddr::from(first.to_be_bytes()), last.to_be_bytes().into()]);
    v4.chain(v6).collect()
}

struct Asking<'p> {
    policies: &'p Policies,
    sets: Vec<PolicySet>,
    held: usize,
    compared: usize,
}

impl Asking<'_> {
    fn compare(&mut self, told: &[(usize, Arc<Held>)], (source, destination): (&End, &End), through: Option<&Through>) {
        let mut entities: BTreeMap<EntityUID, Entity> = BTreeMap::new();
        source.enter(&mut entities);
        destination.enter(&mut entities);
        let entities = hierarchy(entities.into_values().collect()).unwrap();
        for port in [1, 80, 443, 1024, 5432, 8000] {
            for protocol in [Protocol::Tcp, Protocol::Udp] {
                for settled in [true, false] {
                    let own = Value::from(i64::from(port));
                    let mut fields = vec![
                        ("port", own.clone()),
                        ("protocol", Value::from(protocol.as_str())),
                        ("settled", Value::from(settled)),
                        ("params", self.policies.packs[0].params.clone()),
                    ];
                    fields.extend(through.map(|through| ("service", asked::service(through, &own))));
                    let ValueKind::Record(context) = Value::record(fields, None).value else { panic!("a record") };
                    let known = |uid| EntityUIDEntry::known(uid, None);
                    let ends = [source, destination].map(|end| known(end.uid().unwrap()));
                    let [principal, resource] = ends;
                    let action = known(uid(NET_ACTION, "connect").unwrap());
                    let request = Request::new_unchecked(principal, action, resource, Some(Context::Value(context)));
                    for (at, set) in self.sets.iter().enumerate() {
                        let response = Authorizer::new().is_authorized(request.clone(), set, &entities);
                        assert!(response.diagnostics.errors.is_empty());
                        let theirs = !response.diagnostics.reason.is_empty();
                        let held = told.iter().find(|(policy, _)| *policy == at);
                        let side = held.map(|(_, held)| if settled { &held.sure } else { &held.unsure });
                        let ours = side.is_some_and(|side| side.holds.has(protocol, port));
                        assert_eq!(ours, theirs, "{} {source:?} {destination:?} {port} {protocol:?}", BODIES[at]);
                        self.compared += 1;
                        self.held += usize::from(theirs);
                    }
                }
            }
        }
    }
}

/// Services that connections go through, one of them an alias that translates no port.
fn services() -> Vec<Through> {
    let service = |namespace: &str, name: &str, kind: &str, port: Option<u16>| Through {
        service: crate::finding::ObjectRef {
            namespace: namespace.into(),
            kind: "Service".into(),
            name: name.into(),
            group: String::new(),
            version: "v1".into(),
        },
        kind: kind.into(),
        port: port.map(crate::reach::PortAsk::tcp),
    };
    vec![
        service("prod", "web", "NodePort", Some(80)),
        service("prod", "web", "ClusterIP", Some(443)),
        service("dev", "db", "NodePort", Some(5432)),
        service("prod", "far", "ExternalName", None),
    ]
}

#[test]
fn classes_and_ranges_answer_as_cedars_authorizer_connection_by_connection() {
    let (policies, cluster) = (policies(), cluster());
    let reach = Reach::of(&cluster);
    let each = policies.policies.iter().map(|(_, policy)| PolicySet::try_from_iter([policy.core.clone()]).unwrap());
    let mut asking = Asking { policies: &policies, sets: each.collect(), held: 0, compared: 0 };
    let mut intents = policies.intents(Intent::Connect, &cluster, u64::MAX);
    let workload = |end| End::of_workload(end, &cluster, policies.settings());
    let sets = sets();
    for one in reach.workloads() {
        let (_, from) = intents.classes_of(&ConnectionEnd::Workload(one))[0].clone();
        for other in reach.workloads() {
            let (_, to) = intents.classes_of(&ConnectionEnd::Workload(other))[0].clone();
            let outcome = intents.outcome(from, to);
            asking.compare(intents.told(outcome), (&workload(one), &workload(other)), None);
            for through in &services() {
                let outcome = intents.outcome_through(from, to, through);
                asking.compare(intents.told(outcome), (&workload(one), &workload(other)), Some(through));
            }
        }
        for set in &sets {
            let parts = intents.classes_of(&ConnectionEnd::Addresses(set));
            let whole = parts.iter().fold(AddressSet::NONE, |all, (part, _)| all.union(part.as_ref().unwrap()));
            assert_eq!(whole, *set);
            for (part, class) in parts {
                let (out, into) = (intents.outcome(from, class), intents.outcome(class, from));
                for address in samples(&part.unwrap()).into_iter().step_by(5) {
                    let end = End::of_addresses(set, &AddressSet::of_address(address));
                    asking.compare(intents.told(out), (&workload(one), &end), None);
                    asking.compare(intents.told(into), (&end, &workload(one)), None);
                    if let Some(through) = services().last() {
                        let out = intents.outcome_through(from, class, through);
                        asking.compare(intents.told(out), (&workload(one), &end), Some(through));
                    }
                }
            }
        }
    }
    assert!(!intents.is_exhausted());
    assert!(asking.compared > 20_000 && asking.held > asking.compared / 20, "{} of {}", asking.held, asking.compared);
}

#[test]
fn every_end_is_of_its_type_in_the_schema() {
    let (policies, cluster) = (policies(), cluster());
    let checked = Checked::of(&[]).unwrap();
    let schema = CoreSchema::new(checked.core());
    let reach = Reach::of(&cluster);
    let mut ends: Vec<End> =
        reach.workloads().iter().map(|end| End::of_workload(end, &cluster, policies.settings())).collect();
    ends.extend(sets().iter().map(|set| End::of_addresses(set, set)));
    for end in ends {
        let mut entities = BTreeMap::new();
        end.enter(&mut entities);
        let closed = TCComputation::EnforceAlreadyComputed;
        let result =
            Entities::from_entities(entities.into_values(), Some(&schema), closed, Extensions::all_available());
        assert!(result.is_ok(), "{end:?}: {}", result.unwrap_err());
    }
}

#[test]
fn without_a_budget_nothing_is_told_and_that_is_said() {
    let (policies, cluster) = (policies(), cluster());
    let reach = Reach::of(&cluster);
    let mut intents = policies.intents(Intent::Connect, &cluster, 0);
    let ends: Vec<EndClass> =
        reach.workloads().iter().map(|end| intents.classes_of(&ConnectionEnd::Workload(end))[0].1).collect();
    assert_eq!(intents.outcome(ends[0], ends[1]), OutcomeId::NOTHING);
    assert!(intents.is_exhausted());
}
