//! A Service as a destination: types, ranges, and endpoints that differ.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use engine::Cluster;
use engine::cluster::World;
use engine::reach::{PortAsk, Reach};
use engine::text::{Format, Source};
use engine::way::{NoSuchService, to_service};

const SHOP: &str = r#"
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web, labels: {app: web}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: old}, spec: {template: {metadata: {labels: {app: api, track: old}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: new}, spec: {template: {metadata: {labels: {app: api, track: new}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 9090}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: edge}, spec: {template: {metadata: {labels: {app: edge}}, spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: open}, spec: {template: {metadata: {labels: {app: open}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: api}, spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: http}, {name: fixed, port: 81, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: pods}, spec: {clusterIP: None, selector: {app: api, track: old}, ports: [{name: http, port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: none}, spec: {selector: {app: none}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: kept}, spec: {type: LoadBalancer, externalTrafficPolicy: Local, loadBalancerSourceRanges: [203.0.113.0/24], selector: {app: edge}, ports: [{port: 443, targetPort: 8443}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: replaced}, spec: {type: LoadBalancer, selector: {app: edge}, ports: [{port: 443, targetPort: 8443}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: node}, spec: {type: NodePort, selector: {app: open}, ports: [{port: 80, nodePort: 30080}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: external}, spec: {externalIPs: [198.51.100.9], selector: {app: open}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: alias}, spec: {type: ExternalName, externalName: api.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: away}, spec: {type: ExternalName, externalName: api.example.com}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: round}, spec: {type: ExternalName, externalName: round.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: hand}, spec: {ports: [{name: sql, port: 5432}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: shop, name: hand-1, labels: {kubernetes.io/service-name: hand}}, addressType: IPv4, ports: [{name: sql, port: 15432}], endpoints: [{addresses: [192.0.2.1]}, {addresses: [192.0.2.2], conditions: {ready: false}}]}
---
{apiVersion: v1, kind: Service, metadata: {namespace: far, name: api}, spec: {selector: {app: api}, ports: [{port: 80}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: shop, name: api}, spec: {podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: 8080}]}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: shop, name: edge}, spec: {podSelector: {matchLabels: {app: edge}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/25}}]}]}}
"#;

/// The verdict, then each port with its endpoints' ports, then why.
fn answer(source: &str, service: &str, port: &str) -> String {
    let mut cluster = Cluster::of_files(World::Auto);
    cluster.apply(&Source { name: "shop.yaml".into(), format: Format::Yaml, bytes: SHOP.into() });
    let reach = Reach::of(&cluster);
    let source = reach.resolve_name(source).unwrap();
    let port = if port.is_empty() { None } else { Some(PortAsk::parse(port).unwrap()) };
    let found = match to_service(&cluster, &reach, &source, service.split_once('/').unwrap(), port) {
        Ok(found) => found,
        Err(NoSuchService { candidates }) => return format!("no such Service: {}", candidates.join(" ")),
    };
    let ports: Vec<String> = found
        .ports
        .iter()
        .map(|way| {
            let ends: Vec<String> =
                way.branches.iter().map(|branch| format!("{} {}", branch.port, branch.verdict().as_str())).collect();
            format!("{} {} [{}]", way.port, way.verdict.as_str(), ends.join(", "))
        })
        .collect();
    format!("{}: {}", found.verdict.as_str(), ports.join("; "))
}

fn check(source: &str, service: &str, port: &str, expected: &str) {
    assert_eq!(answer(source, service, port), expected, "{source} → {service} {port}");
}

#[test]
fn the_port_is_translated_for_each_pod() {
    check(
        "shop/web",
        "shop/api",
        "80",
        "implementation-defined: 80/TCP implementation-defined [9090/TCP deny, 8080/TCP allow]",
    );
    check("shop/web", "shop/api", "81", "allow: 81/TCP allow [8080/TCP allow, 8080/TCP allow]");
    check(
        "shop/web",
        "shop/api",
        "",
        "allow: 80/TCP implementation-defined [9090/TCP deny, 8080/TCP allow]; 81/TCP allow [8080/TCP allow, 8080/TCP allow]",
    );
    check("shop/web", "shop/api", "8080", "deny: ");
    check("shop/web", "shop/api", "80/udp", "deny: ");
}

#[test]
fn a_headless_service_translates_nothing() {
    check("shop/web", "shop/pods", "", "allow: 8080/TCP allow [8080/TCP allow]");
    check("shop/web", "shop/pods", "8080", "allow: 8080/TCP allow [8080/TCP allow]");
    check("shop/web", "shop/pods", "80", "deny: 80/TCP deny [80/TCP deny]");
}

#[test]
fn a_service_without_endpoints_leads_nowhere() {
    check("shop/web", "shop/none", "80", "deny: 80/TCP deny []");
    check("shop/web", "far/api", "80", "unknown: 80/TCP unknown []");
    check("shop/web", "shop/hand", "5432", "allow: 5432/TCP allow [15432/TCP allow]");
}

#[test]
fn the_outside_comes_in_by_what_the_type_opens() {
    check("outside", "shop/api", "80", "deny: 80/TCP deny []");
    check("outside", "shop/node", "80", "allow: 80/TCP allow [80/TCP allow]");
    check("outside", "shop/external", "80", "allow: 80/TCP allow [80/TCP allow]");
    check("203.0.113.9", "shop/kept", "443", "allow: 443/TCP allow [8443/TCP allow]");
    check("203.0.113.200", "shop/kept", "443", "deny: 443/TCP deny [8443/TCP deny]");
    check("198.51.100.7", "shop/kept", "443", "deny: 443/TCP deny []");
    // The policy may see a node's address instead of the client's, whichever that is.
    check(
        "198.51.100.7",
        "shop/replaced",
        "443",
        "implementation-defined: 443/TCP implementation-defined [8443/TCP allow]",
    );
    check(
        "203.0.113.9",
        "shop/replaced",
        "443",
        "implementation-defined: 443/TCP implementation-defined [8443/TCP allow]",
    );
}

#[test]
fn aliases_are_followed_and_names_that_are_none_get_the_nearest() {
    check("shop/web", "shop/alias", "81", "allow: 81/TCP allow [8080/TCP allow, 8080/TCP allow]");
    check("shop/web", "shop/away", "80", "unknown: ");
    check("shop/web", "shop/round", "80", "unknown: ");
    check("shop/web", "shop/apj", "80", "no such Service: svc/shop/api");
    check("shop/web", "prod/api", "80", "no such Service: svc/far/api svc/shop/api");
}
