//! Services by themselves and beside others.

use crate::fact::testing::{Ask, deployment, object, of, part, workload};

const SERVICE: Ask = of("core::v1::Service");
const PORT: Ask = part("core::v1::ServicePort", &[0]);

fn service(name: &str, spec: &str) -> String {
    object("Service", name, &format!("spec: {{{spec}}}"))
}

#[test]
fn a_service_is_headless_if_its_cluster_ip_is_none() {
    SERVICE.check("headless", &[&service("db", "clusterIP: None")], "true");
    SERVICE.check("headless", &[&service("db", "")], "false");
    SERVICE.check("headless", &[&service("db", "clusterIP: [None]")], "failed");
}

#[test]
fn ports_are_counted() {
    SERVICE.check("portCount", &[&service("db", "ports: [{name: a, port: 1}, {name: b, port: 2}]")], "2");
    SERVICE.check("portCount", &[&service("db", "")], "0");
}

#[test]
fn services_that_share_selector_and_port() {
    let (web, pods) = (service("web", "selector: {app: web}, ports: [{port: 80}]"), deployment("web", ""));
    let same = service("twin", "selector: {app: web}, ports: [{port: 81}, {port: 80}]");
    SERVICE.check("sameSelectorServices", &[&web, &same, &pods], "shop/twin");
    let udp = service("twin", "selector: {app: web}, ports: [{port: 80, protocol: UDP}]");
    SERVICE.check("sameSelectorServices", &[&web, &udp, &pods], "");
    let headless = service("twin", "clusterIP: None, selector: {app: web}, ports: [{port: 80}]");
    SERVICE.check("sameSelectorServices", &[&web, &headless, &pods], "");
    SERVICE.check("sameSelectorServices", &[&headless, &web, &pods], "");
    let narrower = service("twin", "selector: {app: web, tier: x}, ports: [{port: 80}]");
    SERVICE.check("sameSelectorServices", &[&web, &narrower, &pods], "");
    let headless = service("twin", "clusterIP: None, selector: {app: web}, ports: [{port: 80}]");
    SERVICE.check("sameSelectorServices", &[&web, &headless, &pods], "");
    SERVICE.check("sameSelectorServices", &[&web], "unknown");
    SERVICE.check("sameSelectorServices", &[&web, &same], "shop/twin");
    SERVICE.check("sameSelectorServices", &[&service("web", "ports: [{port: 80}]"), &pods], "not applicable");
}

fn stateful_set(spec: &str) -> String {
    object(
        "StatefulSet",
        "db",
        &format!("spec: {{serviceName: db, {spec} template: {{metadata: {{labels: {{app: db}}}}, spec: {{}}}}}}"),
    )
}

#[test]
fn a_governing_service_names_the_pods_of_its_stateful_sets() {
    let db = service("db", "clusterIP: None, selector: {app: db}");
    SERVICE.check("governedStatefulSets", &[&db, &stateful_set("")], "shop/db");
    SERVICE.check("governedStatefulSets", &[&db, &deployment("db", "")], "");
    SERVICE.check("governedStatefulSets", &[&db], "unknown");
    let names = "db-0.db.shop.svc.cluster.local db-1.db.shop.svc.cluster.local";
    SERVICE.check("podDnsNames", &[&db, &stateful_set("replicas: 2,")], names);
    let numbered = stateful_set("replicas: 2, ordinals: {start: 5},");
    let names = "db-5.db.shop.svc.cluster.local db-6.db.shop.svc.cluster.local";
    SERVICE.check("podDnsNames", &[&db, &numbered], names);
    SERVICE.check("podDnsNames", &[&db, &deployment("db", "")], "");
    SERVICE.check("podDnsNames", &[&service("db", ""), &stateful_set("")], "not applicable");
    SERVICE.check("podDnsNames", &[&db], "unknown");
}

#[test]
fn more_pod_names_than_can_be_listed_are_unknown() {
    let db = service("db", "clusterIP: None, selector: {app: db}");
    SERVICE.check("podDnsNames", &[&db, &stateful_set("replicas: 2000000000,")], "failed");
}

#[test]
fn a_service_has_four_names() {
    let names = "web web.shop web.shop.svc web.shop.svc.cluster.local";
    SERVICE.check("dnsNames", &[&service("web", "")], names);
}

#[test]
fn an_annotation_or_a_class_makes_a_load_balancer_internal() {
    let annotated = |annotation: &str| {
        object("Service", "lb", &format!("  annotations: {{{annotation}}}\nspec: {{type: LoadBalancer}}"))
    };
    for annotation in [
        "service.beta.kubernetes.io/azure-load-balancer-internal: 'true'",
        "service.beta.kubernetes.io/aws-load-balancer-scheme: internal",
        "networking.gke.io/load-balancer-type: Internal",
        "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid: subnet-1",
    ] {
        SERVICE.check("internalLoadBalancer", &[&annotated(annotation)], "true");
    }
    for annotation in [
        "service.beta.kubernetes.io/azure-load-balancer-internal: 'false'",
        "service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing",
        "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid: ''",
    ] {
        SERVICE.check("internalLoadBalancer", &[&annotated(annotation)], "false");
    }
    let class = |class: &str| service("lb", &format!("type: LoadBalancer, loadBalancerClass: {class}"));
    SERVICE.check("internalLoadBalancer", &[&class("networking.gke.io/l4-regional-internal")], "true");
    SERVICE.check("internalLoadBalancer", &[&class("service.k8s.aws/nlb")], "true");
    SERVICE.check("internalLoadBalancer", &[&class("example.org/lb")], "false");
    SERVICE.check("internalLoadBalancer", &[&service("lb", "type: NodePort")], "not applicable");
}

#[test]
fn the_widest_source_range_has_the_shortest_prefix() {
    let lb = |ranges: &str| service("lb", &format!("type: LoadBalancer, loadBalancerSourceRanges: [{ranges}]"));
    SERVICE.check("widestSourceRange", &[&lb("10.0.0.0/16, 10.0.0.0/8, '2001:db8::/32'")], "8");
    SERVICE.check("widestSourceRange", &[&lb("0.0.0.0/0")], "0");
    SERVICE.check("widestSourceRange", &[&lb("")], "not applicable");
}

#[test]
fn load_balancers_of_a_namespace_are_counted_with_the_one_asked_about() {
    let (one, two, pods) =
        (service("a", "type: LoadBalancer"), service("b", "type: LoadBalancer"), deployment("web", ""));
    SERVICE.check("loadBalancersInNamespace", &[&one, &two, &pods], "2");
    SERVICE.check("loadBalancersInNamespace", &[&one, &pods], "1");
    SERVICE.check("loadBalancersInNamespace", &[&service("a", ""), &two, &pods], "not applicable");
    SERVICE.check("loadBalancersInNamespace", &[&one, &two], "unknown");
}

fn alias(name: &str, to: &str) -> String {
    service(name, &format!("type: ExternalName, externalName: '{to}'"))
}

#[test]
fn external_names_are_told_apart() {
    for (name, class) in [
        ("localhost", "loopback"),
        ("127.0.0.1", "loopback"),
        ("169.254.169.254", "metadata"),
        ("metadata.google.internal.", "metadata"),
        ("10.0.0.1", "ip"),
        ("web.shop.svc.cluster.local", "cluster"),
        ("Web.Shop.svc", "cluster"),
        ("db.example.org", "external"),
    ] {
        SERVICE.check("externalNameClass", &[&alias("a", name)], class);
    }
    SERVICE.check("externalNameClass", &[&service("a", "")], "not applicable");
}

#[test]
fn an_alias_may_lead_to_a_service_that_is_missing() {
    let (a, pods) = (alias("a", "b.shop.svc.cluster.local"), deployment("web", ""));
    SERVICE.check("externalNameMissing", &[&a, &pods], "true");
    SERVICE.check("externalNameMissing", &[&a, &service("b", ""), &pods], "false");
    SERVICE.check("externalNameMissing", &[&a], "unknown");
    SERVICE.check("externalNameMissing", &[&alias("a", "b.example.org"), &pods], "not applicable");
}

#[test]
fn aliases_may_lead_back_to_where_they_began() {
    let pods = deployment("web", "");
    let (a, b) = (alias("a", "b.shop.svc"), alias("b", "a.shop.svc.cluster.local"));
    SERVICE.check("externalNameLoops", &[&a, &b, &pods], "true");
    SERVICE.check("externalNameLoops", &[&alias("a", "a.shop.svc"), &pods], "true");
    SERVICE.check("externalNameLoops", &[&a, &service("b", ""), &pods], "false");
    let into_a_loop = alias("x", "a.shop.svc");
    SERVICE.check("externalNameLoops", &[&into_a_loop, &a, &b, &pods], "false");
    SERVICE.check("externalNameLoops", &[&a], "unknown");
    SERVICE.check("externalNameLoops", &[&alias("a", "example.org")], "not applicable");
}

#[test]
fn node_ports_may_be_asked_for_twice() {
    let np = |name: &str, more: &str| {
        service(name, &format!("type: NodePort, ports: [{{port: 80, nodePort: 30080{more}}}]"))
    };
    let (a, pods) = (np("a", ""), deployment("web", ""));
    PORT.check("nodePortOwners", &[&a, &np("b", ""), &pods], "shop/b");
    PORT.check("nodePortOwners", &[&a, &np("b", ", protocol: UDP"), &pods], "");
    PORT.check("nodePortOwners", &[&service("a", "ports: [{port: 80}]"), &pods], "not applicable");
    PORT.check("nodePortOwners", &[&a], "unknown");
    PORT.check("nodePortOwners", &[&a, &np("b", "")], "shop/b");
    let elsewhere = workload("Deployment", "web", "") + "---\n" + &object("Service", "z", "").replace("shop", "empty");
    PORT.check("nodePortOwners", &[&a, &elsewhere], "unknown");
}

#[test]
fn endpoints_by_hand() {
    let slice = |address: &str| {
        let label = "  labels: {kubernetes.io/service-name: web}";
        object(
            "EndpointSlice",
            "web-1",
            &format!("{label}\naddressType: IPv4\nendpoints: [{{addresses: [{address}]}}]"),
        )
    };
    let (web, pods) = (service("web", "ports: [{port: 80}]"), deployment("web", ""));
    SERVICE.check("manualEndpoints", &[&web, &slice("10.0.0.1"), &pods], "true");
    SERVICE.check("manualEndpoints", &[&web, &object("Endpoints", "web", ""), &pods], "true");
    SERVICE.check("manualEndpoints", &[&web, &pods], "false");
    SERVICE.check("manualEndpoints", &[&web], "unknown");
    SERVICE.check("manualEndpoints", &[&service("web", "selector: {app: web}"), &pods], "not applicable");
    SERVICE.check("dangerousEndpoints", &[&web, &slice("169.254.169.254"), &pods], "169.254.169.254");
    SERVICE.check("dangerousEndpoints", &[&web, &slice("10.0.0.1"), &pods], "");
    SERVICE.check("dangerousEndpoints", &[&web], "unknown");
    SERVICE.check("dangerousEndpoints", &[&service("web", "selector: {app: web}"), &pods], "not applicable");
}

#[test]
fn a_service_whose_name_is_not_made_yet_has_names_that_are_not_asked() {
    let unnamed = |spec: &str| service("web", spec).replace("  name: web", "  generateName: web-");
    SERVICE.check("dnsNames", &[&unnamed("")], "unknown");
    SERVICE.check("podDnsNames", &[&unnamed("clusterIP: None"), &stateful_set("")], "unknown");
}
