//! Policies on connections, from text to what is said.

use std::fmt::Write as _;

use super::*;
use crate::cedar::{LoadOptions, Policies};
use crate::cluster::{Cluster, World};
use crate::reach::Reach;
use crate::text::{Format, Source};

const MANIFEST: &str = "name = \"test\"\nversion = \"1\"\n[params.database_ports]\ntype = \"Set<Long>\"\ndefault = [5432]\n\
                        [params.partners]\ntype = \"Set<ipaddr>\"\ndefault = [\"203.0.113.0/24\"]\n";

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), format: Format::Auto, bytes: text.as_bytes().to_vec() }
}

/// Policies of one pack; each is given without its annotations, and its message is what stands before `|`.
pub(super) fn policies(manifest: &str, texts: &[&str]) -> Result<Policies, Vec<String>> {
    let mut cedar = String::new();
    for (number, text) in texts.iter().enumerate() {
        let (message, text) = text.split_once('|').unwrap_or(("m", text));
        let _ = writeln!(
            cedar,
            "@id(\"p{number}\") @code(\"P{number}\") @title(\"t\") @severity(\"error\") @message(\"{message}\")\n{text}"
        );
    }
    let sources = [source("test/pack.toml", manifest), source("test/a.cedar", &cedar)];
    match Policies::load(&sources, &LoadOptions::default()) {
        Ok((policies, _)) => Ok(policies),
        Err(found) => Err(found.into_iter().map(|finding| finding.message).collect()),
    }
}

pub(super) fn cluster(text: &str) -> Cluster {
    let mut cluster = Cluster::of_files(World::Closed);
    let found = cluster.apply(&source("given.yaml", text));
    assert!(found.is_empty(), "{found:#?}");
    cluster
}

/// What is said, line by line: certainty, text, causes.
fn said(policies: &Policies, cluster: &Cluster) -> Vec<String> {
    let reach = Reach::of(cluster);
    let said = of_cluster(policies, cluster, &reach, 1_000_000);
    assert!(!said.exhausted);
    let line = |told: &Told| {
        let causes: Vec<_> = told.causes.iter().map(|cause| cause.message.as_str()).collect();
        let place = told.rules.first().map(|rule| format!(" [{} {}]", rule.object.display(), rule.field));
        let causes = if causes.is_empty() { String::new() } else { format!(" ({})", causes.join("; ")) };
        format!("{:?}: {}{}{causes}", told.certainty, told.text(), place.unwrap_or_default())
    };
    said.told.iter().map(line).collect()
}

#[track_caller]
fn check(texts: &[&str], yaml: &str, expected: &[&str]) {
    let policies = policies(MANIFEST, texts).unwrap();
    assert_eq!(said(&policies, &cluster(yaml)), expected);
}

const TWO: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: dev, labels: {environment: dev}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: prod, labels: {environment: prod}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: dev, name: tool}, spec: {template: {metadata: {labels: {app: tool}}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {namespace: prod, name: db}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {serviceAccountName: db, containers: [{name: c, ports: [{containerPort: 5432}]}]}
";

const CROSS: &str = "`{principal.environment}` reaches `{resource.environment}`|forbid (principal is net::Workload, \
                     action == net::Action::\"connect\", resource is net::Workload) when { principal has environment && \
                     resource has environment && principal.environment != resource.environment };";

fn with(policy: &str) -> String {
    format!("{TWO}---\n{policy}")
}

const LET_IN: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: db}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from: [{podSelector: {}}, {namespaceSelector: {matchLabels: {environment: dev}}}]
      ports: [{port: 5432}]
";

#[test]
fn an_open_network_breaks_a_rule_between_environments_both_ways() {
    check(
        &[CROSS],
        TWO,
        &[
            "Sure: prod/db → dev/tool on every port: `prod` reaches `dev`; no NetworkPolicy isolates dev/tool for ingress \
             [Deployment dev/tool ]",
            "Sure: dev/tool → prod/db on every port: `dev` reaches `prod`; no NetworkPolicy isolates prod/db for ingress \
             [StatefulSet prod/db ]",
        ],
    );
}

#[test]
fn the_rule_that_opens_is_named_down_to_the_peer() {
    let only_in =
        CROSS.replace("resource has environment &&", "resource has environment && resource.environment == \"prod\" &&");
    check(
        &[&only_in],
        &with(LET_IN),
        &["Sure: dev/tool → prod/db on TCP 5432: `dev` reaches `prod`; NetworkPolicy prod/db lets it in \
           [NetworkPolicy prod/db /spec/ingress/0/from/1]"],
    );
    check(&[&only_in], &with(&LET_IN.replace("environment: dev", "environment: test")), &[]);
}

#[test]
fn ports_are_asked_in_ranges() {
    let policy = |condition: &str| {
        format!(
            "{{context.protocol}} {{context.port}}|forbid (principal == net::Workload::\"dev/tool\", action == \
             net::Action::\"connect\", resource == net::Workload::\"prod/db\") when {{ {condition} }};"
        )
    };
    let open = "no NetworkPolicy isolates prod/db for ingress [StatefulSet prod/db ]";
    for (condition, ports, told) in [
        ("context.port < 1024", "TCP 1-1023, UDP 1-1023, SCTP 1-1023", " TCP 1-1023, UDP 1-1023, SCTP 1-1023"),
        ("context.port == 5432 && context.protocol == \"TCP\"", "TCP 5432", "TCP 5432"),
        ("context.params.database_ports.contains(context.port) && context.protocol == \"UDP\"", "UDP 5432", "UDP 5432"),
        (
            "[80, 81].contains(context.port) && context.protocol != \"UDP\"",
            "TCP 80-81, SCTP 80-81",
            " TCP 80-81, SCTP 80-81",
        ),
        ("context.port != 1 && context.protocol == \"SCTP\"", "SCTP 2-65535", "SCTP 2-65535"),
    ] {
        check(&[&policy(condition)], TWO, &[&format!("Sure: dev/tool → prod/db on {ports}: {told}; {open}")]);
    }
    for (condition, wrong) in [
        ("context.port + 1 == 5", "a port can only be compared with numbers and parameters"),
        ("context == context", "the whole `context` cannot be compared"),
    ] {
        assert_eq!(policies(MANIFEST, &[&policy(condition)]).unwrap_err(), [wrong]);
    }
}

#[test]
fn addresses_are_cut_where_policies_compare() {
    let policy = |condition: &str| {
        format!(
            "{{resource.name}}|forbid (principal == net::Workload::\"prod/db\", action == net::Action::\"connect\", \
             resource is net::Addresses) when {{ {condition} }};"
        )
    };
    let check = |condition: &str, addresses: &str| {
        let expected = format!(
            "Sure: prod/db → {addresses} on every port: {addresses}; no NetworkPolicy isolates prod/db for egress \
             [StatefulSet prod/db ]"
        );
        let policies = policies(MANIFEST, &[&policy(condition)]).unwrap();
        assert_eq!(said(&policies, &cluster(TWO)), [expected]);
    };
    check("resource.metadataService", "169.254.169.254/32, fd00:ec2::254/128");
    check("resource.address.isInRange(ip(\"10.0.0.0/8\"))", "10.0.0.0/8");
    check(
        "!resource.private && resource.address.isIpv4()",
        "0.0.0.0/0 except 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16",
    );
    check("resource.everything && resource.address.isLoopback()", "127.0.0.0/8, ::1/128");
    check("resource.cidrs.contains(ip(\"::/0\")) && resource.address.isIpv6()", "::/0");
    check("resource.name == \"outside\" && resource.linkLocal", "169.254.0.0/16, fe80::/10");
}

#[test]
fn what_one_policy_cuts_is_whole_for_another() {
    let into = "m|forbid (principal is net::Addresses, action == net::Action::\"connect\", resource == \
                net::Workload::\"dev/tool\") when { principal.everything };";
    let cuts = "m|forbid (principal is net::Addresses, action == net::Action::\"connect\", resource == \
                net::Workload::\"dev/tool\") when { principal.address.isInRange(ip(\"10.0.0.0/8\")) && context.port == 1 };";
    let open = "m; no NetworkPolicy isolates dev/tool for ingress [Deployment dev/tool ]";
    check(
        &[into, cuts],
        TWO,
        &[
            &format!("Sure: outside → dev/tool on every port: {open}"),
            &format!("Sure: 10.0.0.0/8 → dev/tool on TCP 1, UDP 1, SCTP 1: {open}"),
        ],
    );
}

#[test]
fn what_depends_has_to_work() {
    let depend = "needs it|permit (principal == net::Workload::\"dev/tool\", action == net::Action::\"depend\", resource in \
                  core::v1::Namespace::\"prod\");";
    check(&[depend], TWO, &[]);
    check(&[depend], &with(LET_IN), &[]);
    check(
        &[depend],
        &with(&LET_IN.replace("environment: dev", "environment: test")),
        &[
            "Sure: dev/tool → prod/db on TCP 5432: needs it; NetworkPolicy prod/db isolates prod/db for ingress and no rule \
           of it lets it pass [NetworkPolicy prod/db /spec/ingress]",
        ],
    );
    let deny = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: dev, name: deny}, spec: \
                {podSelector: {}, policyTypes: [Egress]}}";
    check(
        &[&depend.replace(");", ") when { context.port == 80 };")],
        &with(deny),
        &[
            "Sure: dev/tool → prod/db on TCP 80, UDP 80, SCTP 80: needs it; NetworkPolicy dev/deny isolates dev/tool for \
           egress and has no rule for egress [NetworkPolicy dev/deny /spec/podSelector]",
        ],
    );
}

#[test]
fn what_the_plugin_chooses_is_said_and_what_is_not_known_is_unknown() {
    let block = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: db}
spec:
  podSelector: {}
  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
";
    let into = "m|forbid (principal == net::Workload::\"dev/tool\", action == net::Action::\"connect\", resource in \
                core::v1::Namespace::\"prod\");";
    check(
        &[into],
        &with(block),
        &[
            "Plugin: dev/tool → prod/db on every port: m; NetworkPolicy prod/db lets it in; the network plugin may let it \
           pass [NetworkPolicy prod/db /spec/ingress/0]",
        ],
    );
    let settled = into.replace(");", ") when { context.settled };");
    check(&[&settled], &with(block), &[]);
    let stranger = "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {namespace: prod, name: c}}";
    check(
        &[into],
        &with(stranger),
        &["Unknown: dev/tool → prod/db on every port: m; no NetworkPolicy isolates prod/db for ingress \
           [StatefulSet prod/db ] (CiliumNetworkPolicy prod/c is of a kind that is not modelled)"],
    );
    let without = TWO.split_once("---\n").unwrap().1;
    let environment = "m|forbid (principal is net::Workload, action == net::Action::\"connect\", resource == \
                       net::Workload::\"prod/db\") when { principal has environment && principal.environment == \"dev\" };";
    check(
        &[environment],
        without,
        &["Unknown: dev/tool → prod/db on every port: m; no NetworkPolicy isolates prod/db for ingress [StatefulSet \
           prod/db ] (Namespace `dev` is not in the input, so its labels are not known; add its manifest)"],
    );
}

#[test]
fn a_pack_can_deny_what_it_does_not_permit() {
    let manifest =
        format!("{}\n", MANIFEST.replace("version = \"1\"\n", "version = \"1\"\nconnections = \"default-deny\"\n"));
    let permits = [
        "permit (principal, action == net::Action::\"connect\", resource is net::Workload) when { resource.namespace == \"prod\" };",
        "permit (principal is net::Workload, action == net::Action::\"connect\", resource is net::Addresses);",
    ];
    let policies = policies(&manifest, &permits).unwrap();
    let lines = said(&policies, &cluster(TWO));
    let expected = [
        "Sure: dev/tool → dev/tool on every port and 2 more connections: no policy of `test` permits it; no NetworkPolicy \
         isolates dev/tool for ingress [Deployment dev/tool ]",
    ];
    assert_eq!(lines, expected);
    assert_eq!(policies.infos()[2].id, "test/default-deny");
    let wrong = "policy `p0` permits a connection, which changes nothing: every connection is permitted";
    assert_eq!(super::tests::policies(MANIFEST, &permits[..1]).unwrap_err(), [wrong]);
}

#[test]
fn what_ends_have_can_be_read() {
    let reads = |condition: &str| {
        let policy = format!(
            "m|forbid (principal == net::Workload::\"dev/tool\", action == net::Action::\"connect\", resource is \
             net::Workload) when {{ {condition} }};"
        );
        said(&policies(MANIFEST, &[&policy]).unwrap(), &cluster(TWO)).len()
    };
    for condition in [
        "resource.serviceAccount == \"db\"",
        "resource.kind == \"StatefulSet\"",
        "resource.labels.hasTag(\"app\") && resource.labels.getTag(\"app\") == \"db\"",
        "resource.namespaceLabels.hasTag(\"environment\") && resource.namespaceLabels.getTag(\"environment\") == \"prod\"",
        "resource.namespace == \"prod\" && !resource.hostNetwork",
        "resource.name == \"prod/db\"",
        "principal != resource",
        "principal.labels != resource.labels",
        "(if context.port == 5 then principal else resource).name == \"prod/db\"",
    ] {
        assert_eq!(reads(condition), 1, "{condition}");
    }
    assert_eq!(reads("resource in core::v1::Namespace::\"elsewhere\""), 0);
}
