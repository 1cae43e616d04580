//! Where pods may go.

use crate::fact::testing::{Ask, deployment, object, of, words, workload};

const PODS: Ask = of("core::v1::PodTemplate");
const FACTS: [&str; 4] = ["dnsOverUdp", "dnsOverTcp", "egressToInternet", "egressToMetadata"];

fn policy(spec: &str) -> String {
    object("NetworkPolicy", "np", &format!("spec: {{{spec}}}"))
}

/// A policy with these egress rules, for every pod of the namespace.
fn egress(rules: &str) -> String {
    policy(&format!("policyTypes: [Egress], egress: [{rules}]"))
}

fn core_dns() -> String {
    deployment("coredns", "").replace("app: coredns", "k8s-app: kube-dns").replace("shop", "kube-system")
}

const NAMED: &str = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}";

/// DNS over UDP and TCP, the internet, the metadata service.
fn check(given: &[&str], expected: [&str; 4]) {
    let web = deployment("web", "");
    let all: Vec<&str> = [web.as_str()].into_iter().chain(given.iter().copied()).collect();
    let found = FACTS.map(|fact| words(PODS.fact(fact, &all)));
    assert_eq!(found, expected, "{}", given.join("---\n"));
}

#[test]
fn who_is_not_isolated_may_go_everywhere() {
    check(&[], ["allow", "allow", "unlimited", "allow"]);
    check(
        &[&policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]")],
        ["allow", "allow", "unlimited", "allow"],
    );
    check(&[&policy("policyTypes: [Ingress]")], ["allow", "allow", "unlimited", "allow"]);
    check(&[&egress("")], ["deny", "deny", "none", "deny"]);
}

#[test]
fn the_dns_is_asked_at_both_ends() {
    let rule = egress(&format!("{{to: [{{{NAMED}}}], ports: [{{port: 53, protocol: UDP}}]}}"));
    check(&[&rule], ["allow", "deny", "none", "deny"]);
    check(&[&rule, &core_dns()], ["allow", "deny", "none", "deny"]);
    let shut = policy("podSelector: {matchLabels: {k8s-app: kube-dns}}").replace("shop", "kube-system");
    check(&[&rule, &core_dns(), &shut], ["deny", "deny", "none", "deny"]);
    check(&[&core_dns(), &shut], ["deny", "deny", "unlimited", "allow"]);
    check(&[&shut], ["allow", "allow", "unlimited", "allow"]);
}

#[test]
fn of_the_dns_that_is_not_given_a_rule_for_others_says_nothing() {
    let rule = egress("{to: [{podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}]}");
    check(&[&rule], ["unknown", "deny", "none", "deny"]);
    check(&[&rule, &core_dns()], ["deny", "deny", "none", "deny"]);
}

#[test]
fn the_dns_is_found_by_labels_that_are_known() {
    let rule =
        egress("{to: [{namespaceSelector: {matchLabels: {purpose: system}}}], ports: [{port: dns, protocol: UDP}]}");
    check(&[&rule], ["unknown", "deny", "none", "deny"]);
    let labelled = object("Namespace", "kube-system", "  labels: {purpose: system}");
    check(&[&rule, &labelled], ["allow", "deny", "none", "deny"]);
    check(
        &[&rule, &labelled.replace("purpose: system", "purpose: other"), &core_dns()],
        ["deny", "deny", "none", "deny"],
    );
}

#[test]
fn whether_a_block_takes_in_the_dns_is_the_plugins_choice() {
    let rule = egress("{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}");
    let plugin = "implementation-defined";
    check(&[&rule], [plugin, plugin, "none", "deny"]);
}

#[test]
fn servers_that_differ_leave_it_open() {
    let other = workload("DaemonSet", "other", "")
        .replace("app: other", "k8s-app: kube-dns, a: b")
        .replace("shop", "kube-system");
    let shut = policy("podSelector: {matchLabels: {a: b}}").replace("shop", "kube-system");
    let plugin = "implementation-defined";
    check(&[&core_dns(), &other], ["allow", "allow", "unlimited", "allow"]);
    check(&[&core_dns(), &other, &shut], [plugin, plugin, "unlimited", "allow"]);
}

#[test]
fn the_internet_is_every_public_address_of_a_family() {
    let to = |blocks: &str, expected: &str, ports: &str| {
        let (web, np) = (deployment("web", ""), egress(&format!("{{to: [{blocks}], ports: [{{port: 443}}]}}")));
        PODS.check("egressToInternet", &[&web, &np], expected);
        PODS.check("internetPorts", &[&web, &np], ports);
    };
    to("{ipBlock: {cidr: 0.0.0.0/0}}", "every", "TCP 443");
    to("{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.168.0.0/16]}}", "every", "TCP 443");
    to("{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}", "every", "TCP 443");
    to("{ipBlock: {cidr: '::/0'}}", "every", "TCP 443");
    to("{ipBlock: {cidr: 0.0.0.0/1}}", "some", "TCP 443");
    to("{ipBlock: {cidr: 10.0.0.0/8}}", "none", "not applicable");
    to("{podSelector: {}}", "none", "not applicable");
    PODS.check("internetPorts", &[&deployment("web", "")], "every port");
}

#[test]
fn the_metadata_service_is_asked_over_http() {
    let at =
        |rule: &str, expected: &str| PODS.check("egressToMetadata", &[&deployment("web", ""), &egress(rule)], expected);
    at("{to: [{ipBlock: {cidr: 169.254.169.254/32}}]}", "allow");
    at("{to: [{ipBlock: {cidr: 'fd00:ec2::/32'}}], ports: [{port: 80}]}", "allow");
    at("{to: [{ipBlock: {cidr: 169.254.0.0/16, except: [169.254.169.254/32]}}]}", "deny");
    at("{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}", "deny");
    at("{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}]}", "deny");
}

#[test]
fn policies_of_the_whole_cluster_count() {
    let tier = |action: &str, priority: u32| {
        format!(
            "{{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {{name: c{action}}}, spec: {{tier: Admin, \
             priority: {priority}, subject: {{namespaces: {{}}}}, egress: [{{action: {action}, to: [{{networks: [0.0.0.0/0]}}]}}]}}}}\n"
        )
    };
    let web = deployment("web", "");
    // IPv6 is still open, on every port.
    PODS.check("egressToInternet", &[&web, &tier("Deny", 1), &egress("{}")], "every");
    PODS.check("egressToMetadata", &[&web, &tier("Deny", 1)], "allow");
    let both = tier("Deny", 1).replace("[0.0.0.0/0]", "[0.0.0.0/0, '::/0']");
    PODS.check("egressToInternet", &[&web, &both, &egress("{}")], "none");
    PODS.check("egressToMetadata", &[&web, &both], "deny");
    PODS.check("egressToInternet", &[&web, &tier("Accept", 1), &egress("")], "every");
    let tie = tier("Accept", 1);
    PODS.check("egressToInternet", &[&web, &tie, &both, &egress("")], "implementation-defined");
}

#[test]
fn what_is_not_known_or_not_modelled_leaves_it_unknown() {
    let cilium = "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {namespace: shop, name: c}}\n";
    check(&[cilium], ["failed"; 4]);
    let web = deployment("web", "");
    for fact in FACTS {
        PODS.open().check(fact, &[&web], "unknown");
        PODS.check(fact, &[&deployment("web", "hostNetwork: true")], "not applicable");
    }
    check(&[&policy("policyTypes: 1")], ["failed"; 4]);
    check(&[&egress("{to: [{ipBlock: {cidr: nonsense}}]}")], ["failed"; 4]);
}

#[test]
fn the_policies_that_isolate_are_named() {
    let web = deployment("web", "");
    let (both, other) = (policy("policyTypes: [Ingress, Egress]"), policy("").replace("np", "other"));
    PODS.check("ingressPolicies", &[&web, &both, &other], "shop/np shop/other");
    PODS.check("egressPolicies", &[&web, &both, &other], "shop/np");
    PODS.check("egressPolicies", &[&web, &other], "");
    PODS.open().check("egressPolicies", &[&web, &both], "unknown");
    PODS.check("ingressPolicies", &[&deployment("web", "hostNetwork: true"), &both], "not applicable");
}
