//! One request after the other, each laid over the same cluster.

use engine::{Cluster, Policies, Review, ReviewOptions, review};

use super::{cluster, json, policies};

const GIVEN: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: dev, labels: {environment: dev}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: test, labels: {environment: test}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: prod, labels: {environment: prod}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: dev, name: tool}, spec: {replicas: 1, template: {metadata: {labels: {app: tool}}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: dev, name: cache}, spec: {template: {metadata: {labels: {app: cache}}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: test, name: probe}, spec: {template: {metadata: {labels: {app: probe}}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: prod, name: db}, spec: {template: {metadata: {labels: {app: db}}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: db}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{namespaceSelector: {matchLabels: {environment: test}}}], ports: [{port: 5432}]}]
";

fn ask(cluster: &mut Cluster, old: Option<&str>, new: Option<&str>) -> Review {
    ask_of(&policies(), cluster, old, new)
}

pub(super) fn ask_of(policies: &Policies, cluster: &mut Cluster, old: Option<&str>, new: Option<&str>) -> Review {
    let object = json(new.or(old).unwrap());
    let value = engine::text::read_json(object.as_bytes(), &engine::text::Limits::default()).unwrap();
    let text = |path: &[&str]| value.at(path).and_then(engine::text::Value::as_str).unwrap_or_default().to_owned();
    let version = text(&["apiVersion"]);
    let (group, version) = version.rsplit_once('/').unwrap_or(("", &version));
    let operation = match (old, new) {
        (None, _) => "CREATE",
        (Some(_), None) => "DELETE",
        _ => "UPDATE",
    };
    let [old, new] = [old, new].map(|text| text.map_or("null".to_owned(), json));
    let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
    let namespace = if kind == "Namespace" { name.clone() } else { text(&["metadata", "namespace"]) };
    let body = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"1","operation":"{operation}",
        "kind":{{"group":"{group}","version":"{version}","kind":"{kind}"}},
        "resource":{{"group":"{group}","version":"{version}","resource":"any"}},
        "namespace":"{namespace}","name":"{name}","userInfo":{{"username":"kim","groups":["dev"]}},
        "object":{new},"oldObject":{old}}}}}"#
    );
    let digest = cluster.digest();
    let review = review(policies, cluster, body.as_bytes(), &ReviewOptions::default()).unwrap();
    assert_eq!(cluster.digest(), digest);
    review
}

/// `OUTCOME FIELD MESSAGE` of each finding, and what is unknown.
pub(super) fn lines(review: &Review) -> Vec<String> {
    let finding =
        |finding: &engine::Finding| format!("{} {} {}", finding.outcome.as_str(), finding.field, finding.message);
    let unknown = |unknown: &engine::review::Unknown| format!("? {} {:?}", unknown.policy.id, unknown.causes);
    review.findings.iter().map(finding).chain(review.unknowns.iter().map(unknown)).collect()
}

#[track_caller]
fn check(old: Option<&str>, new: Option<&str>, expected: &[&str]) {
    let review = ask(&mut cluster(GIVEN), old, new);
    assert_eq!(lines(&review), expected);
    assert_eq!(review.admitted, !expected.iter().any(|line| line.starts_with("deny")));
}

const RULE: &str = "dev/tool → prod/db on TCP 5432";

#[test]
fn a_network_policy_that_lets_dev_in_is_refused_at_its_rule() {
    let opens = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: more}
spec:
  podSelector: {}
  ingress:
    - ports: [{port: 80}]
      from: [{podSelector: {}}]
    - from: [{podSelector: {}}, {namespaceSelector: {matchLabels: {environment: dev}}}]
      ports: [{port: 5432}]
";
    let refused = |connection: &str| {
        format!("deny /spec/ingress/1/from/1 {connection}: `dev` reaches `prod`; NetworkPolicy prod/more lets it in")
    };
    check(None, Some(opens), &[&refused("dev/cache → prod/db on TCP 5432 and 1 more connection")]);
    check(None, Some(&opens.replace("environment: dev", "environment: test")), &[]);
}

#[test]
fn taking_away_what_isolates_is_refused() {
    let (_, policy) = GIVEN.rsplit_once("---").unwrap();
    let opened = "dev/cache → prod/db on every port and 1 more connection: `dev` reaches `prod`; no NetworkPolicy isolates prod/db for ingress";
    check(Some(policy), None, &[&format!("deny  {opened}")]);
    let other = policy.replace("{app: db}", "{app: other}");
    check(Some(policy), Some(&other), &[&format!("deny /spec {opened}")]);
}

#[test]
fn a_namespace_that_becomes_another_environment_is_refused() {
    let namespace = |environment: &str| {
        format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: test, labels: {{environment: {environment}, team: a}}}}}}"
        )
    };
    let both = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: prod, name: all}, spec: \
                {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}}";
    let mut cluster = cluster(&format!("{GIVEN}---\n{both}"));
    let review = ask(&mut cluster, Some(&namespace("test")), Some(&namespace("dev")));
    assert_eq!(
        lines(&review),
        [
            "deny /metadata/labels test/probe → prod/db on every port: `dev` reaches `prod`; NetworkPolicy prod/all lets it in"
        ]
    );
    let review = ask(&mut cluster, Some(&namespace("test")), Some(&namespace("test")));
    assert!(lines(&review).is_empty());
    // What was so before is not said again.
    cluster.apply(&super::source("n", &namespace("dev")));
    let labelled = namespace("dev").replace("team: a", "team: a, owner: b");
    let review = ask(&mut cluster, Some(&namespace("dev")), Some(&labelled));
    assert!(lines(&review).is_empty());
}

#[test]
fn a_workload_label_that_leaves_isolation_behind_is_refused() {
    let db = |label: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{namespace: prod, name: db}}, spec: {{template: {{metadata: \
             {{labels: {{app: {label}}}}}}}}}}}"
        )
    };
    check(
        Some(&db("db")),
        Some(&db("database")),
        &[
            "deny /spec/template/metadata/labels dev/cache → prod/db on every port and 1 more connection: `dev` reaches `prod`; \
           no NetworkPolicy isolates prod/db for ingress",
        ],
    );
}

#[test]
fn a_new_workload_brings_connections_and_a_deleted_one_cuts_none() {
    let new = "{apiVersion: v1, kind: Pod, metadata: {namespace: prod, name: web, labels: {app: web}}}";
    check(
        None,
        Some(new),
        &["deny /metadata/labels dev/cache → prod/web on every port and 1 more connection: `dev` reaches `prod`; no \
           NetworkPolicy isolates prod/web for ingress"],
    );
    let cache = "{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: dev, name: cache}, spec: {template: {metadata: {labels: {app: cache}}}}}";
    check(Some(cache), None, &[]);
}

#[test]
fn what_is_cut_and_has_to_work_warns() {
    let deny = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: dev, name: deny}, spec: \
                {podSelector: {matchLabels: {app: cache}}}}";
    check(
        None,
        Some(deny),
        &[
            "warn /spec/podSelector dev/tool → dev/cache on TCP 6379: the cache is needed; NetworkPolicy dev/deny isolates \
           dev/cache for ingress and has no rule for ingress",
        ],
    );
}

#[test]
fn scaling_and_an_equal_rollout_are_nothing_and_changes_are_announced() {
    let tool = |replicas: u32, app: &str, image: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{namespace: dev, name: tool}}, spec: {{replicas: {replicas}, \
             template: {{metadata: {{labels: {{app: {app}}}}}, spec: {{containers: [{{name: c, image: {image}}}]}}}}}}}}"
        )
    };
    let mut cluster = cluster(GIVEN);
    let mut told = |old: &str, new: &str| ask(&mut cluster, Some(old), Some(new)).announced;
    assert!(told(&tool(1, "tool", "a"), &tool(9, "tool", "b")).is_empty());
    let opens = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: db}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]
";
    let (_, policy) = GIVEN.rsplit_once("---").unwrap();
    assert_eq!(
        told(policy, opens),
        ["opens prod/db → prod/db on TCP 80", &format!("cuts {}", RULE.replace("dev/tool", "test/probe"))]
    );
}
