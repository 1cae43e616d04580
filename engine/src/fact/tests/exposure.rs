//! From how far away a Service can be reached.

use crate::fact::testing::{Ask, deployment, object, of, ports, workload};

const SERVICE: Ask = of("core::v1::Service");

fn service(spec: &str) -> String {
    let ports = "ports: [{port: 80, targetPort: http}]";
    object("Service", "web", &format!("spec: {{selector: {{app: web}}, {ports}, {spec}}}"))
}

fn web() -> String {
    deployment("web", &ports("{name: http, containerPort: 8080}"))
}

/// A policy for every pod, with this peer in its one ingress rule.
fn from(peer: &str, port: &str) -> String {
    let rule = if peer.is_empty() { String::new() } else { format!("{{from: [{peer}], ports: [{{port: {port}}}]}}") };
    object("NetworkPolicy", "np", &format!("spec: {{ingress: [{rule}]}}"))
}

fn check(spec: &str, given: &[&str], expected: &str) {
    let (service, web) = (service(spec), web());
    let all: Vec<&str> = [service.as_str(), web.as_str()].into_iter().chain(given.iter().copied()).collect();
    SERVICE.check("exposure", &all, expected);
}

const BALANCED: &str = "type: LoadBalancer";
const LOCAL: &str = "type: LoadBalancer, externalTrafficPolicy: Local, loadBalancerSourceRanges: [203.0.113.0/24]";

#[test]
fn the_type_says_how_far_away() {
    check("type: ClusterIP", &[], "cluster");
    check("clusterIP: None", &[], "cluster");
    check("type: NodePort", &[], "nodes");
    check(BALANCED, &[], "internet");
    check("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]", &[], "nodes");
    check("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, 203.0.113.0/24]", &[], "internet");
    check("externalIPs: [203.0.113.1]", &[], "internet");
    check("externalIPs: [10.0.0.1]", &[], "nodes");
    let internal = service(BALANCED).replace(
        "  namespace: shop",
        "  namespace: shop\n  annotations: {networking.gke.io/load-balancer-type: Internal}",
    );
    SERVICE.check("exposure", &[&internal, &web()], "nodes");
}

#[test]
fn policies_take_away_what_they_do_not_let_in() {
    check(BALANCED, &[&from("", "")], "none");
    check(BALANCED, &[&from("{podSelector: {}}", "http")], "cluster");
    check(BALANCED, &[&from("{podSelector: {}}", "9090")], "none");
    check(BALANCED, &[&from("{ipBlock: {cidr: 0.0.0.0/0}}", "8080")], "internet");
    check(BALANCED, &[&from("{ipBlock: {cidr: 0.0.0.0/0}}", "80")], "none");
    check("type: NodePort", &[&from("{podSelector: {}}", "8080")], "cluster");
    check("type: NodePort", &[&from("{ipBlock: {cidr: 10.0.0.0/8}}", "8080")], "nodes");
}

#[test]
fn where_clients_keep_their_address_the_blocks_are_held_against_it() {
    check(LOCAL, &[&from("{ipBlock: {cidr: 203.0.113.0/25}}", "http")], "internet");
    check(LOCAL, &[&from("{ipBlock: {cidr: 10.0.0.0/8}}", "http")], "nodes");
    let hidden = LOCAL.replace("Local", "Cluster");
    check(&hidden, &[&from("{ipBlock: {cidr: 10.0.0.0/8}}", "http")], "internet");
}

#[test]
fn of_several_backends_the_most_open_counts() {
    let other = workload("StatefulSet", "other", &ports("{name: http, containerPort: 81}"))
        .replace("app: other", "app: web, a: b");
    let shut =
        object("NetworkPolicy", "np", "spec: {podSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}}");
    check(BALANCED, &[&shut], "none");
    check(BALANCED, &[&shut, &other], "internet");
}

#[test]
fn pods_on_the_host_network_are_not_held_back() {
    let (service, host) = (service(BALANCED), deployment("web", "hostNetwork: true"));
    let by_number = service.replace("targetPort: http", "targetPort: 8080");
    SERVICE.check("exposure", &[&by_number, &host, &from("", "")], "internet");
    SERVICE.check("openBackends", &[&by_number, &host], "not applicable");
}

#[test]
fn a_service_that_leads_nowhere_is_reached_by_nobody() {
    SERVICE.check("exposure", &[&service(BALANCED), &deployment("db", "")], "none");
    SERVICE.check("exposure", &[&service(BALANCED), &deployment("web", "")], "none");
    let alias = object("Service", "web", "spec: {type: ExternalName, externalName: a.example}");
    SERVICE.check("exposure", &[&alias, &web()], "not applicable");
    SERVICE.check("exposure", &[&object("Service", "web", "spec: {ports: [{port: 80}]}"), &web()], "not applicable");
}

#[test]
fn what_is_not_known_leaves_it_unknown_if_it_hangs_on_it() {
    SERVICE.check("exposure", &[&service(BALANCED)], "unknown");
    SERVICE.open().check("exposure", &[&service(BALANCED), &web()], "unknown");
    check(BALANCED, &[&from("{ipBlock: {cidr: nonsense}}", "http")], "failed");
    check(
        "type: ClusterIP",
        &[&from("{ipBlock: {cidr: nonsense}}", "http"), &from("{podSelector: {}}", "http").replace("np", "b")],
        "cluster",
    );
    check("type: LoadBalancer, loadBalancerSourceRanges: 1", &[], "failed");
    check("type: 1", &[], "failed");
    let cilium = "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {namespace: shop, name: c}}\n";
    check(BALANCED, &[cilium], "failed");
}

#[test]
fn backends_that_nothing_isolates() {
    let (service, web) = (service(""), web());
    SERVICE.check("openBackends", &[&service, &web], "shop/web");
    SERVICE.check("openBackends", &[&service, &web, &from("", "")], "not applicable");
    let egress = object("NetworkPolicy", "np", "spec: {policyTypes: [Egress]}");
    SERVICE.check("openBackends", &[&service, &web, &egress], "shop/web");
    SERVICE.check("openBackends", &[&service], "unknown");
}
