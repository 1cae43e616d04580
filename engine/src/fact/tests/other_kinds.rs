//! Pod templates, StatefulSets, Ingresses and endpoints.

use crate::fact::testing::{Ask, deployment, object, of, part, ports};

const TEMPLATE: Ask = of("core::v1::PodTemplate");
const STATEFUL_SET: Ask = of("apps::v1::StatefulSet");
const PATH: Ask = part("networking::v1::IngressPath", &[0, 0]);
const HOST: Ask = part("networking::v1::IngressHost", &[0]);
const SLICE: Ask = of("discovery::v1::EndpointSlice");

#[test]
fn pods_are_isolated_by_any_policy_that_selects_them() {
    let np = |spec: &str| object("NetworkPolicy", "np", &format!("spec: {{{spec}}}"));
    let web = deployment("web", "");
    let check = |spec: &str, ingress: &str, egress: &str| {
        TEMPLATE.check("isolatedIngress", &[&web, &np(spec)], ingress);
        TEMPLATE.check("isolatedEgress", &[&web, &np(spec)], egress);
    };
    check("podSelector: {}", "true", "false");
    check("podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]", "false", "true");
    check("podSelector: {matchExpressions: [{key: app, operator: Exists}]}", "true", "false");
    check("podSelector: {matchExpressions: [{key: x, operator: DoesNotExist}]}", "true", "false");
    check("podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", "false", "false");
    check("podSelector: {matchLabels: {app: db}}", "false", "false");
    for fact in ["isolatedIngress", "isolatedEgress"] {
        TEMPLATE.check(fact, &[&deployment("web", "hostNetwork: true")], "not applicable");
        TEMPLATE.open().check(fact, &[&web], "unknown");
    }
    TEMPLATE.open().check("isolatedIngress", &[&web, &np("podSelector: {}")], "true");
}

#[test]
fn isolated_pods_need_a_policy_that_lets_dns_out() {
    let np = |name: &str, spec: &str| object("NetworkPolicy", name, &format!("spec: {{podSelector: {{}}, {spec}}}"));
    let (web, deny) = (deployment("web", ""), np("deny", "policyTypes: [Egress]"));
    let dns = np("dns", "policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}]}]");
    let tcp = np("dns", "policyTypes: [Egress], egress: [{ports: [{port: 53}]}]");
    let ignored = np("dns", "policyTypes: [Ingress], egress: [{ports: [{port: 53, protocol: UDP}]}]");
    let check = |given: &[&String], answer: &str| {
        let given: Vec<&str> = given.iter().map(|text| text.as_str()).collect();
        TEMPLATE.check("egressAllowsDns", &given, answer);
    };
    check(&[&web, &deny], "false");
    check(&[&web, &deny, &dns], "true");
    check(&[&web, &deny, &tcp], "false");
    check(&[&web, &deny, &ignored], "false");
    check(&[&web, &ignored], "not applicable");
    check(&[&deployment("web", "hostNetwork: true"), &deny], "not applicable");
    TEMPLATE.open().check("egressAllowsDns", &[&web, &deny], "unknown");
    TEMPLATE.open().check("egressAllowsDns", &[&web, &dns], "true");
}

#[test]
fn services_that_select_the_pods() {
    let web = deployment("web", "");
    let service = |selector: &str| object("Service", "s", &format!("spec: {{selector: {{{selector}}}}}"));
    TEMPLATE.check("services", &[&web, &service("app: web")], "shop/s");
    TEMPLATE.check("services", &[&web, &service("app: web, tier: x")], "");
    TEMPLATE.check("services", &[&web, &service("")], "");
    TEMPLATE.open().check("services", &[&web], "unknown");
}

#[test]
fn container_ports_are_counted() {
    TEMPLATE.check(
        "containerPortCount",
        &[&deployment("web", &ports("{containerPort: 80}, {containerPort: 81}"))],
        "2",
    );
    TEMPLATE.check("containerPortCount", &[&deployment("web", "")], "0");
}

#[test]
fn a_stateful_set_wants_a_headless_service() {
    let set = |spec: &str| object("StatefulSet", "db", &format!("spec: {{{spec}}}"));
    let db = set("serviceName: db");
    let service = |spec: &str| object("Service", "db", &format!("spec: {{{spec}}}"));
    STATEFUL_SET.check("governingService", &[&db, &service("clusterIP: None")], "headless");
    STATEFUL_SET.check("governingService", &[&db, &service("")], "not-headless");
    STATEFUL_SET.check("governingService", &[&db], "missing");
    STATEFUL_SET.open().check("governingService", &[&db], "unknown");
    STATEFUL_SET.check("governingService", &[&set("")], "not applicable");
}

fn ingress(name: &str, host: &str, more: &str) -> String {
    let backend = "{service: {name: web, port: {number: 80}}}";
    let rule = format!("{{host: '{host}', http: {{paths: [{{path: /, pathType: Prefix, backend: {backend}}}]}}}}");
    object("Ingress", name, &format!("spec: {{rules: [{rule}], {more}}}"))
}

#[test]
fn an_ingress_wants_its_backend() {
    let (web, pods) = (ingress("i", "a.example", ""), deployment("web", ""));
    let service = |port: &str| object("Service", "web", &format!("spec: {{ports: [{{name: http, port: {port}}}]}}"));
    PATH.check("backendMissing", &[&web, &pods], "true");
    PATH.check("backendMissing", &[&web, &pods, &service("80")], "false");
    PATH.check("backendMissing", &[&web], "unknown");
    PATH.check("backendPortMissing", &[&web, &pods, &service("80")], "false");
    PATH.check("backendPortMissing", &[&web, &pods, &service("81")], "true");
    PATH.check("backendPortMissing", &[&web, &pods], "not applicable");
    PATH.check("backendPortMissing", &[&web], "unknown");
    let named = web.replace("number: 80", "name: http");
    PATH.check("backendPortMissing", &[&named, &pods, &service("81")], "false");
    let resource = web.replace("service: {name: web, port: {number: 80}}", "resource: {kind: Bucket, name: b}");
    PATH.check("backendMissing", &[&resource, &pods], "not applicable");
    PATH.check("backendPortMissing", &[&resource, &pods], "not applicable");
}

#[test]
fn two_ingresses_may_claim_one_host_and_path() {
    let (a, pods) = (ingress("a", "a.example", ""), deployment("web", ""));
    let elsewhere = ingress("b", "A.example", "").replace("shop", "other") + "---\n" + &pods.replace("shop", "other");
    PATH.check("sameHostAndPath", &[&a, &pods, &elsewhere], "other/b");
    PATH.check("sameHostAndPath", &[&a, &pods, &ingress("b", "b.example", "")], "");
    PATH.check("sameHostAndPath", &[&a], "unknown");
}

#[test]
fn a_host_is_covered_by_an_entry_of_tls() {
    let check = |host: &str, tls: &str, expected: &str| {
        HOST.check("coveredByTls", &[&ingress("i", host, &format!("tls: [{{hosts: ['{tls}']}}]"))], expected);
    };
    check("a.example.org", "a.example.org", "true");
    check("a.example.org", "*.example.org", "true");
    check("a.b.example.org", "*.example.org", "false");
    check("*.example.org", "*.example.org", "true");
    check("a.example.org", "b.example.org", "false");
    check("", "a.example.org", "not applicable");
}

fn slice(label: &str, address: &str) -> String {
    let endpoints = format!("addressType: IPv4\nendpoints: [{{addresses: [{address}]}}]");
    object("EndpointSlice", "web-1", &format!("  labels: {{{label}}}\n{endpoints}"))
}

#[test]
fn dangerous_addresses_of_endpoints() {
    SLICE.check("dangerousAddresses", &[&slice("", "127.0.0.1, 10.0.0.1")], "127.0.0.1");
    SLICE.check("dangerousAddresses", &[&slice("", "10.0.0.1")], "");
    let endpoints = object("Endpoints", "web", "subsets: [{addresses: [{ip: 169.254.169.254}]}]");
    of("core::v1::Endpoints").check("dangerousAddresses", &[&endpoints], "169.254.169.254");
}

#[test]
fn the_control_plane_manages_endpoints_of_a_service_with_selector() {
    let (web, pods) = (slice("kubernetes.io/service-name: web", "10.0.0.1"), deployment("web", ""));
    let service = |spec: &str| object("Service", "web", &format!("spec: {{{spec}}}"));
    SLICE.check("serviceSelects", &[&web, &service("selector: {app: web}")], "true");
    SLICE.check("serviceSelects", &[&web, &service("")], "false");
    SLICE.check("serviceSelects", &[&web, &pods], "not applicable");
    SLICE.check("serviceSelects", &[&web], "unknown");
    SLICE.check("serviceSelects", &[&slice("", "10.0.0.1"), &pods], "not applicable");
}
