//! Namespaces: their environment and what is in them.

use crate::fact::testing::{Ask, deployment, object, of};

const NAMESPACE: Ask = of("core::v1::Namespace");
const SERVICE: Ask = of("core::v1::Service");

fn namespace(labels: &str) -> String {
    object("Namespace", "shop", &format!("  labels: {{{labels}}}"))
}

#[test]
fn the_environment_is_what_the_namespace_label_says() {
    let web = object("Service", "web", "");
    SERVICE.check("environment", &[&web, &namespace("environment: prod")], "prod");
    SERVICE.check("environment", &[&web, &namespace("env: dev")], "dev");
    SERVICE.check("environment", &[&web, &namespace("env: dev, environment: prod")], "prod");
    SERVICE.check("environment", &[&web, &namespace("team: a")], "not applicable");
    NAMESPACE.check("environment", &[&namespace("environment: prod")], "prod");
    NAMESPACE.check("environment", &[&namespace("")], "not applicable");
}

#[test]
fn labels_of_a_namespace_that_is_not_given_are_unknown_even_in_a_closed_world() {
    let given = [&*object("Service", "web", ""), &deployment("web", "")];
    SERVICE.check("environment", &given, "unknown");
    SERVICE.closed().check("environment", &given, "unknown");
}

fn deny(types: &str) -> String {
    object("NetworkPolicy", "deny", &format!("spec: {{podSelector: {{}}, policyTypes: [{types}]}}"))
}

#[test]
fn a_namespace_has_a_default_deny_for_each_direction() {
    let (shop, pods) = (namespace(""), deployment("web", ""));
    NAMESPACE.check("defaultDenyIngress", &[&shop, &pods, &deny("Ingress")], "true");
    NAMESPACE.check("defaultDenyEgress", &[&shop, &pods, &deny("Ingress")], "false");
    NAMESPACE.check("defaultDenyEgress", &[&shop, &pods, &deny("Egress")], "true");
    NAMESPACE.check("defaultDenyIngress", &[&shop, &pods], "false");
    NAMESPACE.check("defaultDenyIngress", &[&shop], "unknown");
    NAMESPACE.check("defaultDenyEgress", &[&shop], "unknown");
    NAMESPACE.open().check("defaultDenyIngress", &[&shop, &deny("Ingress")], "true");
}

#[test]
fn a_policy_that_selects_some_pods_is_no_default_deny() {
    let some =
        object("NetworkPolicy", "some", "spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}");
    NAMESPACE.check("defaultDenyIngress", &[&namespace(""), &deployment("web", ""), &some], "false");
}

#[test]
fn workloads_and_load_balancers_of_a_namespace_are_counted() {
    let shop = namespace("");
    let lb = object("Service", "lb", "spec: {type: LoadBalancer}");
    NAMESPACE.check("workloadCount", &[&shop, &deployment("a", ""), &deployment("b", "")], "2");
    NAMESPACE.check("workloadCount", &[&shop], "unknown");
    NAMESPACE.closed().check("workloadCount", &[&shop], "0");
    NAMESPACE.check("loadBalancers", &[&shop, &lb, &deployment("a", "")], "1");
    NAMESPACE.check("loadBalancers", &[&shop, &deployment("a", "")], "0");
    NAMESPACE.check("loadBalancers", &[&shop, &lb], "unknown");
}
