//! `hedgerow reach`: lists, questions, names and exit codes.

use std::path::Path;

use serde_json::Value;

use crate::folder::Folder;
use crate::run::{Ran, golden, hedgerow, hedgerow_with};

/// One of each: settled, left to the plugin (a pod on its node's network, an `ipBlock` that may hold a pod), unknown (the
/// labels of a namespace that is not given), and addresses with a hole.
const SHOP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: shop, name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {namespace: shop, name: db}
spec:
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {namespace: shop, name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {hostNetwork: true, containers: [{name: agent, image: agent}]}
---
apiVersion: batch/v1
kind: Job
metadata: {namespace: reports, name: nightly}
spec:
  template:
    metadata: {labels: {app: nightly}}
    spec: {restartPolicy: Never, containers: [{name: nightly, image: nightly}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: shop, name: db}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector: {matchLabels: {app: web}}
      ports: [{port: sql}]
    - from:
        - namespaceSelector: {matchLabels: {team: data}}
      ports: [{port: sql}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: shop, name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{ipBlock: {cidr: 203.0.113.0/24}}]
      ports: [{port: http}]
  egress:
    - to: [{podSelector: {matchLabels: {app: db}}}]
    - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
      ports: [{port: 443}]
";

/// Policies of the tiers around NetworkPolicies: one that passes on and denies, one that comes too late, a baseline.
const TIERS: &str = "\
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: tenants}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}
  ingress:
    - name: same-tenant
      action: Pass
      from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]
    - name: other-tenants
      action: Deny
      from: [{namespaces: {}}]
      protocols: [{tcp: {destinationPort: {range: {start: 1, end: 9000}}}}]
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: databases}
spec:
  tier: Admin
  priority: 20
  subject: {namespaces: {}}
  ingress:
    - action: Accept
      from: [{namespaces: {}}]
      protocols: [{tcp: {destinationPort: {number: 5432}}}]
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: walls}
spec:
  tier: Baseline
  priority: 0
  subject: {namespaces: {}}
  egress:
    - action: Deny
      to: [{networks: [203.0.113.0/24]}]
";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn shop(test: &str, arguments: &[&str]) -> Ran {
    let folder = Folder::new(test, &[("shop.yaml", SHOP)]);
    hedgerow(folder.path(), &[&["reach", "-f", "shop.yaml"][..], arguments].concat())
}

fn without_digest(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("sha256:") {
        Some((before, _)) => format!("{before}sha256:…\"\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn the_example_is_listed_in_every_format() {
    for (format, file) in
        [("text", "txt"), ("csv", "csv"), ("md", "md"), ("dot", "dot"), ("mermaid", "mermaid"), ("json", "json")]
    {
        let ran = hedgerow(root(), &["reach", "-f", "examples/log-system", "-o", format]);
        assert_eq!(ran.code, 0, "{ran:?}");
        golden(&format!("reach/log-system.{file}"), &without_digest(&ran.out));
        let told = if format == "text" { &ran.out } else { &ran.err };
        assert!(told.contains("namespaces taken as closed: log-system; as open: log-system-dev"), "{ran:?}");
    }
}

#[test]
fn what_is_not_settled_is_listed_with_its_reason() {
    for (format, file) in
        [("text", "txt"), ("csv", "csv"), ("md", "md"), ("dot", "dot"), ("mermaid", "mermaid"), ("json", "json")]
    {
        let ran = shop(&format!("reach-shop-{format}"), &["-o", format]);
        assert_eq!(ran.code, 0, "{ran:?}");
        golden(&format!("reach/shop.{file}"), &without_digest(&ran.out));
    }
}

#[test]
fn the_analyzers_line_shape_is_alone_on_standard_output() {
    let ran = hedgerow(root(), &["reach", "-f", "examples/log-system", "--format-compat"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    golden("reach/log-system.compat.txt", &ran.out);
    assert!(ran.out.lines().all(|line| line.contains(" => ") && line.contains(" : ")), "{ran:?}");
    let ran = hedgerow(root(), &["reach", "-f", "examples/log-system", "--format-compat", "-o", "csv"]);
    golden("reach/log-system.compat.csv", &ran.out);
    let ran = shop("reach-compat", &["--format-compat", "-q"]);
    golden("reach/shop.compat.txt", &ran.out);
    assert!(ran.err.starts_with("left out: ") && ran.err.lines().count() == 1, "{ran:?}");
}

#[test]
fn the_examples_connections_are_those_of_the_guide() {
    let asks = [
        ("log-system/frontend", "log-system/log-processor", "8080", 0),
        ("log-system/log-processor", "log-system/redis", "6379", 0),
        ("log-system/log-processor", "log-system/timescaledb", "5432", 0),
        ("log-system/log-processor", "log-system/timescaledb-0", "5432", 0),
        ("log-system/frontend", "log-system/redis", "6379", 1),
        ("log-system/frontend", "log-system/timescaledb", "5432", 1),
        ("log-system/redis", "log-system/log-processor", "8080", 1),
        ("log-system/frontend", "log-system/log-processor", "8080/udp", 1),
        ("203.0.113.7", "log-system/frontend", "8443", 0),
        ("198.51.100.7", "log-system/frontend", "8443", 1),
        ("outside", "log-system/redis", "6379", 1),
    ];
    for (source, destination, port, code) in asks {
        let ran = hedgerow(root(), &["reach", source, destination, port, "-f", "examples/log-system"]);
        assert_eq!(ran.code, code, "{source} {destination} {port}: {ran:?}");
        let word = if code == 0 { "allow: " } else { "deny: " };
        assert!(ran.out.starts_with(word), "{source} {destination} {port}: {ran:?}");
    }
}

#[test]
fn an_answer_has_the_rules_that_decide_it() {
    let ask = |arguments: &[&str]| hedgerow(root(), &[&["reach", "-f", "examples/log-system"][..], arguments].concat());
    golden("reach/allow.txt", &ask(&["log-system/frontend", "log-system/log-processor", "8080"]).out);
    golden("reach/deny.txt", &ask(&["log-system/frontend", "log-system/redis", "6379"]).out);
    golden("reach/ports.txt", &ask(&["log-system/log-processor", "log-system/redis"]).out);
    golden("reach/outside.txt", &ask(&["outside", "log-system/frontend", "8443"]).out);
    let ran = ask(&["log-system/frontend", "log-system/redis", "6379", "-o", "json"]);
    golden("reach/deny.json", &without_digest(&ran.out));
    assert_eq!(ran.code, 1);
}

#[test]
fn an_answer_that_is_not_settled_is_three_and_says_why() {
    let unknown = shop("reach-unknown", &["reports/nightly", "shop/db", "5432"]);
    assert!(unknown.code == 3 && unknown.out.starts_with("unknown: "), "{unknown:?}");
    golden("reach/unknown.txt", &unknown.out);
    let plugin = shop("reach-plugin", &["shop/agent", "shop/db", "5432"]);
    assert!(plugin.code == 3, "{plugin:?}");
    golden("reach/plugin.txt", &plugin.out);
    let ran = shop("reach-parts", &["shop/web", "0.0.0.0/0"]);
    assert!(ran.code == 0 && ran.out.contains("for part of the addresses"), "{ran:?}");
    golden("reach/parts.txt", &ran.out);
}

#[test]
fn names_that_are_none_are_two_with_the_nearest() {
    for (arguments, says) in [
        (&["shop/webb", "shop/db"][..], "there is no `shop/webb` in the input; the nearest names are `shop/web`"),
        (&["web", "shop/db"], "the nearest names are `shop/web`"),
        (&["shop/web", "elsewhere/nothing"], "there is no `elsewhere/nothing` in the input"),
        (&["shop/web", "shop/db", "http"], "`http` is no port"),
        (&["shop/web"], "make"),
        (&["--to", "nowhere/*"], "holds no workload of namespace `nowhere`"),
        (&["--port", "0"], "from 1 to 65535"),
        (&["--pod-cidr", "10.0.0.0"], "a CIDR is written"),
        (&["shop/web", "shop/db", "--from", "shop/web"], "are about the list"),
        (&["shop/web", "shop/db", "-o", "dot"], "answered as text or json"),
    ] {
        let ran = shop("reach-names", arguments);
        assert!(ran.code == 2 && ran.err.contains(says) && ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn filters_cut_the_list() {
    let list = |arguments: &[&str]| {
        let ran = shop("reach-filters", &[&["-q", "-o", "csv"], arguments].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let all = list(&[]);
    assert!(list(&["--from", "shop/web"]).iter().all(|line| line.starts_with("shop/web,")));
    assert!(list(&["--to", "shop/db"]).iter().all(|line| line.contains(",shop/db,")));
    let focused = list(&["--focus", "shop/db"]);
    assert_eq!(focused, all.iter().filter(|line| line.contains("shop/db,")).cloned().collect::<Vec<_>>());
    assert_eq!(list(&["--from", "shop/web", "--to", "1.2.3.0/24"]), ["shop/web,1.2.3.0/24,TCP 443,,,"]);
    assert_eq!(
        list(&["--from", "shop/web", "--port", "443", "--to", "outside"]),
        ["shop/web,0.0.0.0/0 except 10.0.0.0/8,TCP 443,,,"]
    );
    assert_eq!(list(&["--port", "5432", "--from", "shop/web", "--to", "shop/*"]), ["shop/web,shop/db,TCP 5432,,,"]);
    assert_eq!(list(&["--from", "shop/*", "--from", "reports/*", "--from", "outside"]), all);
}

#[test]
fn plain_arguments_that_are_paths_are_input() {
    let folder = Folder::new("reach-paths", &[("a/shop.yaml", SHOP)]);
    let by_flag = hedgerow(folder.path(), &["reach", "-f", "a"]);
    assert_eq!(hedgerow(folder.path(), &["reach", "a"]).out, by_flag.out);
    let ran = hedgerow(folder.path(), &["reach", "shop/web", "a", "shop/db", "5432"]);
    assert!(ran.code == 0 && ran.out.starts_with("allow: shop/web → shop/db on TCP 5432\n"), "{ran:?}");
    let ran = hedgerow_with(folder.path(), &["reach", "-", "shop/web", "shop/db", "5432"], SHOP, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = hedgerow(folder.path(), &["reach", "shop/web", "shop/db"]);
    assert!(ran.code == 2 && ran.err.contains("no input is named"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["reach", "b"]);
    assert!(ran.code == 2 && ran.err.contains("`b` is no file or directory"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["reach", "-f", "b"]);
    assert!(ran.code == 2 && ran.err.contains("`b` cannot be read"), "{ran:?}");
}

#[test]
fn a_policy_that_the_api_server_refuses_makes_its_answers_unknown() {
    let text = SHOP.replace("cidr: 203.0.113.0/24", "cidr: 203.0.113.0/33");
    let folder = Folder::new("reach-refused", &[("shop.yaml", text.as_str())]);
    let ask = |arguments: &[&str]| hedgerow(folder.path(), &[&["reach", "-f", "."][..], arguments].concat());
    let ran = ask(&["shop/web", "shop/db", "5432"]);
    assert!(ran.err.contains("shop.yaml:58:"), "{ran:?}");
    let ran = ask(&["reports/nightly", "shop/web", "8080"]);
    assert!(ran.code == 3 && ran.out.starts_with("unknown: "), "{ran:?}");
    let ran = ask(&["shop/agent", "reports/nightly", "80"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_broken_document_hides_no_other_and_is_two() {
    let text = format!("a: [\n---\n{SHOP}");
    let folder = Folder::new("reach-broken", &[("shop.yaml", text.as_str()), ("empty/note.txt", "")]);
    let ran = hedgerow(folder.path(), &["reach", "-f", "."]);
    assert!(ran.code == 2 && ran.out.contains("incomplete: part of the input could not be read"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["reach", "-f", "empty"]);
    assert!(ran.code == 2 && ran.err.contains("the input holds no Kubernetes object"), "{ran:?}");
}

#[test]
fn policy_kinds_that_are_not_modelled_are_named() {
    let text = format!(
        "{SHOP}---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{namespace: shop, name: x}}\n"
    );
    let folder = Folder::new("reach-kinds", &[("shop.yaml", text.as_str())]);
    let ran = hedgerow(folder.path(), &["reach", "-f", ".", "shop/web", "shop/db", "5432"]);
    assert!(ran.code == 3 && ran.out.starts_with("unknown: "), "{ran:?}");
    assert!(ran.out.contains("what they could change is unknown: 1 CiliumNetworkPolicy.cilium.io"), "{ran:?}");
}

#[test]
fn tiers_are_named_with_what_decides_and_what_is_passed_over() {
    let text = format!("{SHOP}{TIERS}");
    let folder = Folder::new("reach-tiers", &[("shop.yaml", text.as_str())]);
    let ask = |arguments: &[&str]| hedgerow(folder.path(), &[&["reach", "-f", "."][..], arguments].concat());
    let denied = ask(&["reports/nightly", "shop/db", "5432"]);
    assert!(denied.code == 1 && denied.out.starts_with("deny: "), "{denied:?}");
    golden("reach/tiers-deny.txt", &denied.out);
    let passed = ask(&["shop/web", "shop/db", "5432"]);
    assert!(passed.code == 0 && passed.out.starts_with("allow: "), "{passed:?}");
    golden("reach/tiers-pass.txt", &passed.out);
    golden("reach/tiers-outside.txt", &ask(&["reports/nightly", "203.0.113.0/23"]).out);
    golden("reach/tiers-deny.json", &without_digest(&ask(&["reports/nightly", "shop/db", "5432", "-o", "json"]).out));
    let text = text.replace("priority: 20", "priority: 10");
    let folder = Folder::new("reach-tiers-tied", &[("shop.yaml", text.as_str())]);
    let tied = hedgerow(folder.path(), &["reach", "-f", ".", "reports/nightly", "shop/db", "5432"]);
    assert_eq!(tied.code, 3, "{tied:?}");
    golden("reach/tiers-tied.txt", &tied.out);
}

#[test]
fn pod_addresses_settle_what_an_ip_block_is() {
    let ask = |more: &[&str]| shop("reach-cidr", &[&["shop/web", "reports/nightly", "443"], more].concat());
    assert_eq!(ask(&[]).code, 3);
    assert_eq!(ask(&["--pod-cidr", "10.244.0.0/16"]).code, 1);
}

#[test]
fn json_is_valid_by_its_schema_and_the_same_whatever_the_order_of_files() {
    let schema = std::fs::read_to_string(root().join("docs/schema/reach.v1.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for arguments in [
        &[][..],
        &["--world", "open"],
        &["shop/web", "shop/db"],
        &["shop/agent", "shop/db", "5432"],
        &["reports/nightly", "shop/db", "5432"],
        &["shop/web", "0.0.0.0/0"],
        &["outside", "1.2.3.4"],
    ] {
        let text = format!("{SHOP}{TIERS}");
        let folder = Folder::new("reach-schema", &[("shop.yaml", text.as_str())]);
        let ran = hedgerow(folder.path(), &[&["reach", "-f", ".", "-o", "json"][..], arguments].concat());
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
        assert_eq!(report["exitCode"], ran.code);
    }
    let documents: Vec<&str> = SHOP.split("---\n").collect();
    let files: Vec<(String, &str)> =
        documents.iter().enumerate().map(|(at, text)| (format!("{}.yaml", 9 - at), *text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let folder = Folder::new("reach-order", &files);
    let turned = hedgerow(folder.path(), &["reach", ".", "-o", "json"]);
    assert_eq!(turned.out, shop("reach-order-one", &["-o", "json"]).out);
}
