//! `hedgerow resolve`, `hedgerow trace` and Services in `hedgerow reach`: answers, names and exit codes.

use std::path::Path;

use serde_json::Value;

use crate::folder::Folder;
use crate::run::{Ran, golden, hedgerow, hedgerow_with};

/// A Service whose pods differ, an alias, endpoints by hand, a resolver of its own, and a pod that may not ask DNS.
const SHOP: &str = "\
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web, labels: {app: web}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: mute, labels: {app: mute}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: node}, spec: {dnsPolicy: Default}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: old}, spec: {template: {metadata: {labels: {app: api, track: old}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: new}, spec: {template: {metadata: {labels: {app: api, track: new}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 9090}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: api}, spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: alias}, spec: {type: ExternalName, externalName: api.example.com}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: hand}, spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: shop, name: hand-1, labels: {kubernetes.io/service-name: hand}}, addressType: IPv4, ports: [{name: sql, port: 5432}], endpoints: [{addresses: [192.0.2.1]}]}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: shop, name: api}, spec: {podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: 8080}]}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: shop, name: mute}, spec: {podSelector: {matchLabels: {app: mute}}, policyTypes: [Egress]}}
";

const QUESTIONS: &[(&[&str], i32)] = &[
    (&["resolve", "shop/web", "api"], 0),
    (&["resolve", "shop/web", "hand", "--type", "A"], 0),
    (&["resolve", "shop/web", "_sql._tcp.hand", "--type", "srv"], 0),
    (&["resolve", "shop/web", "192.0.2.1", "--type", "PTR"], 0),
    (&["resolve", "shop/web", "alias", "--type", "CNAME"], 0),
    (&["resolve", "shop/web", "alias"], 3),
    (&["resolve", "shop/web", "apj"], 1),
    (&["resolve", "shop/node", "api"], 3),
    (&["resolve", "shop/web", "api.elsewhere"], 3),
    (&["resolve", "shop/web", "api.shop.svc.corp.example", "--cluster-domain", "corp.example"], 0),
    (&["reach", "shop/web", "svc/shop/api", "80"], 3),
    (&["reach", "shop/web", "svc/shop/hand"], 0),
    (&["reach", "outside", "svc/shop/api"], 1),
    (&["reach", "shop/web", "svc/shop/alias", "80"], 3),
    (&["trace", "shop/web", "http://api"], 3),
    (&["trace", "shop/web", "http://api:81"], 1),
    (&["trace", "shop/mute", "http://api"], 1),
    (&["trace", "shop/web", "postgres://u:secret@hand"], 0),
    (&["trace", "shop/node", "http://api"], 3),
    (&["trace", "shop/web", "203.0.113.5:443"], 0),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn shop(test: &str, arguments: &[&str]) -> Ran {
    let folder = Folder::new(test, &[("shop.yaml", SHOP)]);
    hedgerow(folder.path(), &[arguments, &["-f", "shop.yaml"]].concat())
}

fn validator(name: &str) -> jsonschema::Validator {
    let schema = std::fs::read_to_string(root().join(format!("docs/schema/{name}.v1.json"))).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
}

#[test]
fn the_examples_names_and_ways_are_those_of_the_guide() {
    let ask = |arguments: &[&str]| hedgerow(root(), &[arguments, &["-f", "examples/log-system"]].concat());
    for (file, arguments) in [
        ("resolve", &["resolve", "log-system/frontend", "log-processor"][..]),
        ("resolve-pod", &["resolve", "log-system/log-processor", "timescaledb-0.timescaledb-headless.log-system.svc"]),
        ("trace", &["trace", "log-system/frontend", "http://log-processor:8080"]),
        ("trace-redis", &["trace", "log-system/log-processor", "tcp://redis:6379"]),
        ("trace-pod", &["trace", "log-system/log-processor", "postgres://timescaledb-0.timescaledb-headless:5432"]),
    ] {
        let ran = ask(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        golden(&format!("names/{file}.txt"), &ran.out);
    }
    let ran = ask(&["trace", "log-system/frontend", "redis:6379"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    golden("names/trace-breaks.txt", &ran.out);
    let ran = ask(&["reach", "outside", "svc/log-system/frontend-public", "443"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    golden("names/service.txt", &ran.out);
}

#[test]
fn every_answer_has_its_exit_code_and_is_the_same_each_time() {
    let mut text = String::new();
    for (arguments, code) in QUESTIONS {
        let ran = shop("names-codes", &[arguments, &["-q"][..]].concat());
        assert_eq!(ran.code, *code, "{arguments:?}: {ran:?}");
        text.push_str(&format!("$ hedgerow {}\n{}", arguments.join(" ").replace("u:secret@", ""), ran.out));
        assert!(!ran.out.contains("secret"), "{ran:?}");
    }
    golden("names/shop.txt", &text);
}

#[test]
fn json_is_valid_by_its_schema() {
    for (arguments, code) in QUESTIONS {
        let ran = shop("names-schema", &[arguments, &["-o", "json"][..]].concat());
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let schema = if arguments[0] == "reach" { "service" } else { arguments[0] };
        let validator = validator(schema);
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
        assert_eq!(report["exitCode"], *code, "{arguments:?}");
    }
}

#[test]
fn the_patch_of_a_trace_lets_the_connection_pass() {
    let folder = Folder::new("names-turn", &[("shop.yaml", SHOP)]);
    let ask = |url: &str| hedgerow(folder.path(), &["trace", "shop/web", url, "-f", "shop.yaml", "-o", "json"]);
    folder.write(
        "shop.yaml",
        SHOP.replace("ingress: [{ports: [{port: 8080}]}]", "ingress: [{ports: [{port: 1}]}]").as_bytes(),
    );
    let before = ask("http://api");
    assert_eq!(before.code, 1, "{before:?}");
    let report: Value = serde_json::from_str(&before.out).unwrap();
    assert!(validator("trace").is_valid(&report), "{report:#}");
    assert_eq!(report["turn"]["verdict"], "allow");
    crate::turns::apply(folder.path(), report["turn"]["patch"].as_str().unwrap());
    let after = ask("http://api");
    // One of the two kinds of pods behind the Service is open now, and the proxy picks.
    assert!(after.code == 3 || after.code == 0, "{after:?}");
}

#[test]
fn requests_from_outside_are_followed_through_ingresses_and_routes() {
    let shop = include_str!("../../../engine/tests/ways_in/shop.yaml");
    let folder = Folder::new("names-ways-in", &[("shop.yaml", shop)]);
    let input = ["-f", "shop.yaml", "--world", "closed"];
    let mut text = String::new();
    for (arguments, code) in [
        (&["trace", "outside", "https://shop.example/api", "--controller", "edge/nginx"][..], 0),
        (&["trace", "outside", "https://shop.example/api"], 3),
        (&["trace", "outside", "https://shop.example/odd", "--controller", "edge/nginx"], 1),
        (&["trace", "outside", "https://a.gw.example/api"], 1),
        (&["trace", "outside", "https://nobody.example"], 1),
        (&["reach", "outside", "shop/web", "8080", "--controller", "edge/nginx"], 0),
        (&["reach"], 0),
    ] {
        let ran = hedgerow(folder.path(), &[arguments, &input].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        text.push_str(&format!("$ hedgerow {}\n{}\n", arguments.join(" "), ran.out));
        let ran = hedgerow(folder.path(), &[arguments, &input, &["-o", "json"]].concat());
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let validator = validator(arguments[0]);
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
    }
    golden("names/ways-in.txt", &text);
    let ran = hedgerow(folder.path(), &[&["reach", "--format-compat"][..], &input].concat());
    assert!(ran.out.lines().all(|line| line.contains(" => ")), "{ran:?}");
    let ran =
        hedgerow(folder.path(), &[&["reach", "--to", "shop/api", "--controller", "edge/nobody"][..], &input].concat());
    assert!(ran.code == 2 && ran.err.contains("there is no `edge/nobody`"), "{ran:?}");
    let ran = hedgerow(folder.path(), &[&["reach", "--to", "shop/api"][..], &input].concat());
    assert!(ran.out.contains("  shop/api ") && !ran.out.contains("  shop/web "), "{ran:?}");
}

#[test]
fn names_that_are_none_and_other_usage_errors_are_two() {
    for (arguments, says) in [
        (&["resolve", "shop/webb", "api"][..], "the nearest names are `shop/web`"),
        (&["resolve", "shop/web"], "`shop/web` makes no question: that is `POD NAME`"),
        (&["resolve", "10.0.0.1", "api"], "`10.0.0.1/32` is no pod"),
        (&["resolve", "shop/web", "api", "--type", "MX"], "there are A, AAAA, SRV, PTR and CNAME"),
        (
            &["reach", "shop/web", "svc/shop/apj"],
            "there is no Service `shop/apj` in the input; the nearest are `svc/shop/api`",
        ),
        (&["reach", "shop/web", "svc/api"], "a Service is written `svc/NAMESPACE/NAME`"),
        (&["reach", "svc/shop/api", "shop/web"], "there is no `svc/shop/api` in the input"),
        (&["trace", "shop/web", "api"], "`api` has no port"),
        (&["trace", "shop/web", "http://api", "--ip-family", "4"], "a family is `IPv4` or `IPv6`"),
        (&["trace", "shop/web", "http://api", "-o", "dot"], "there are text, json"),
    ] {
        let ran = shop("names-usage", arguments);
        let says = says.replace("`10.0.0.1/32`", "`10.0.0.1`");
        assert!(ran.code == 2 && ran.err.contains(&says) && ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
    let folder = Folder::new("names-input", &[]);
    let ran = hedgerow(folder.path(), &["trace", "shop/web", "http://api"]);
    assert!(ran.code == 2 && ran.err.contains("no input is named"), "{ran:?}");
    let ran = hedgerow_with(folder.path(), &["trace", "-", "shop/mute", "http://api"], SHOP, &[]);
    assert!(ran.code == 1 && ran.out.contains("breaks"), "{ran:?}");
}
