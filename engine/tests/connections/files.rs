//! What `check` says of the connections of files.

use engine::check;
use engine::cluster::World;
use engine::review::CheckOptions;

use super::{policies, source};

#[test]
fn a_finding_stands_at_the_rule_that_opens() {
    let text = "\
{apiVersion: v1, kind: Namespace, metadata: {name: dev, labels: {environment: dev}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: prod, labels: {environment: prod}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: dev, name: tool}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: prod, name: db}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: db}
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector: {}
        - namespaceSelector: {}
      ports: [{port: 5432}]
";
    let options = CheckOptions {
        world: World::Auto,
        operation: "create".to_owned(),
        user: None,
        groups: Vec::new(),
        namespace: None,
        settings: engine::fact::Settings::default(),
    };
    let report = check(&policies(), &[source("all.yaml", text)], &options);
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    let finding = &report.findings[0];
    let place = finding.place.as_ref().unwrap();
    assert_eq!((place.line, finding.field.as_str(), finding.code.as_str()), (17, "/spec/ingress/0/from/1", "T1"));
    assert_eq!(
        finding.message,
        "dev/tool → prod/db on TCP 5432: `dev` reaches `prod`; NetworkPolicy prod/db lets it in"
    );
    let related: Vec<_> =
        finding.related.iter().map(|one| (one.message.as_str(), one.place.as_ref().unwrap().line)).collect();
    assert_eq!(related, [("no NetworkPolicy isolates dev/tool for egress", 5)]);
    assert!(report.unknowns.is_empty() && report.policies_asked == 2, "{:#?}", report.unknowns);
}
