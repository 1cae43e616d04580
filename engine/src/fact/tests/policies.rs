//! NetworkPolicies, their rules and peers.

use crate::fact::testing::{Ask, deployment, object, of, part, ports};

const POLICY: Ask = of("networking::v1::NetworkPolicy");
const IN: Ask = part("networking::v1::IngressRule", &[0]);
const OUT: Ask = part("networking::v1::EgressRule", &[0]);
const FROM: Ask = part("networking::v1::IngressPeer", &[0, 0]);
const TO: Ask = part("networking::v1::EgressPeer", &[0, 0]);

fn policy(spec: &str) -> String {
    object("NetworkPolicy", "np", &format!("spec: {{{spec}}}"))
}

#[test]
fn policy_types_have_defaults() {
    let check = |spec: &str, ingress: &str, egress: &str| {
        POLICY.check("isolatesIngress", &[&policy(spec)], ingress);
        POLICY.check("isolatesEgress", &[&policy(spec)], egress);
    };
    check("podSelector: {}", "true", "false");
    check("egress: []", "true", "false");
    check("egress: [{}]", "true", "true");
    check("policyTypes: [Egress]", "false", "true");
    check("policyTypes: [Ingress, Egress]", "true", "true");
    check("policyTypes: Ingress", "failed", "failed");
}

#[test]
fn a_default_deny_selects_everything_and_allows_nothing() {
    let check = |spec: &str, ingress: &str, egress: &str| {
        POLICY.check("defaultDenyIngress", &[&policy(spec)], ingress);
        POLICY.check("defaultDenyEgress", &[&policy(spec)], egress);
    };
    check("podSelector: {}, policyTypes: [Ingress, Egress]", "true", "true");
    check("policyTypes: [Ingress, Egress]", "true", "true");
    check("podSelector: {matchLabels: {a: b}}, policyTypes: [Ingress, Egress]", "false", "false");
    check("podSelector: {}, ingress: [{}]", "false", "false");
    let dns = "podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}, {port: 53}]}]";
    check(dns, "false", "true");
    check("podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]", "false", "false");
    check("podSelector: [], policyTypes: [Ingress, Egress]", "failed", "failed");
}

#[test]
fn the_only_default_deny_of_its_namespace() {
    let (deny, pods) = (policy("policyTypes: [Ingress, Egress]"), deployment("web", ""));
    let second = deny.replace("np", "second");
    for fact in ["onlyDefaultDenyIngress", "onlyDefaultDenyEgress"] {
        POLICY.check(fact, &[&deny, &pods], "true");
        POLICY.check(fact, &[&deny, &second, &pods], "false");
        POLICY.check(fact, &[&deny], "unknown");
        POLICY.check(fact, &[&policy("ingress: [{}]"), &pods], "not applicable");
    }
}

#[test]
fn a_rule_without_peers_and_ports_allows_all() {
    POLICY.check("allowsAllIngress", &[&policy("ingress: [{}]")], "true");
    POLICY.check("allowsAllIngress", &[&policy("ingress: [{ports: [{port: 80}]}]")], "false");
    POLICY.check("allowsAllIngress", &[&policy("policyTypes: [Egress], ingress: [{}]")], "false");
    POLICY.check("allowsAllEgress", &[&policy("egress: [{}]")], "true");
    POLICY.check("allowsAllEgress", &[&policy("egress: [{to: [{podSelector: {}}]}]")], "false");
    POLICY.check("allowsAllEgress", &[&policy("egress: 1")], "failed");
}

#[test]
fn rules_of_a_direction_that_policy_types_leaves_out_mean_nothing() {
    POLICY.check("ignoredRules", &[&policy("policyTypes: [Egress], ingress: [{}]")], "ingress");
    POLICY.check("ignoredRules", &[&policy("policyTypes: [Ingress], egress: [{}]")], "egress");
    POLICY.check("ignoredRules", &[&policy("egress: [{}]")], "not applicable");
}

#[test]
fn a_policy_selects_workloads_by_each_operator() {
    let (web, db) = (deployment("web", ""), deployment("db", "hostNetwork: true"));
    let check = |expression: &str, expected: &str| {
        let np = policy(&format!("podSelector: {{matchExpressions: [{expression}]}}"));
        POLICY.check("selectedWorkloads", &[&np, &web, &db], expected);
    };
    check("{key: app, operator: In, values: [web, cache]}", "shop/web");
    check("{key: app, operator: NotIn, values: [web]}", "shop/db");
    check("{key: tier, operator: NotIn, values: [web]}", "shop/db shop/web");
    check("{key: app, operator: Exists}", "shop/db shop/web");
    check("{key: tier, operator: Exists}", "");
    check("{key: app, operator: DoesNotExist}", "");
    check("{key: tier, operator: DoesNotExist}", "shop/db shop/web");
    check("{key: app, operator: Exists}, {key: app, operator: NotIn, values: [db]}", "shop/web");
}

#[test]
fn a_policy_may_select_nothing() {
    let (np, web) = (policy("podSelector: {matchLabels: {app: web}}"), deployment("web", ""));
    POLICY.check("selectsNothing", &[&np, &web], "false");
    POLICY.check("selectsNothing", &[&np, &deployment("db", "")], "true");
    POLICY.check("selectsNothing", &[&np], "unknown");
    POLICY.check("selectedWorkloads", &[&np], "unknown");
    POLICY.check("selectsNothing", &[&policy("podSelector: 1"), &web], "failed");
}

#[test]
fn policies_are_not_enforced_on_the_host_network() {
    let host = deployment("web", "hostNetwork: true");
    POLICY.check("hostNetworkWorkloads", &[&policy(""), &host, &deployment("db", "")], "shop/web");
    POLICY.check("hostNetworkWorkloads", &[&policy(""), &deployment("db", "")], "");
    POLICY.check("hostNetworkWorkloads", &[&policy("")], "unknown");
}

#[test]
fn dns_needs_udp_and_tcp() {
    let check = |rule: &str, udp: &str, tcp: &str| {
        let np = policy(&format!("egress: [{rule}]"));
        POLICY.check("allowsDnsUdp", &[&np], udp);
        POLICY.check("allowsDnsTcp", &[&np], tcp);
    };
    check("{ports: [{port: 53, protocol: UDP}]}", "true", "false");
    check("{ports: [{port: 53}]}", "false", "true");
    check("{ports: [{protocol: UDP}]}", "true", "false");
    check("{ports: [{port: 1, endPort: 100}]}", "false", "true");
    check("{ports: [{port: dns, protocol: UDP}, {port: dns-tcp}]}", "true", "true");
    check("{}", "true", "true");
    check("{ports: [{port: 443}]}", "false", "false");
    POLICY.check("allowsDnsUdp", &[&policy("")], "false");
    POLICY.check("allowsDnsTcp", &[&policy("policyTypes: [Ingress], egress: [{}]")], "false");
}

#[test]
fn rules_are_told_apart_by_direction() {
    let np = policy("ingress: [{ports: [{port: 80, endPort: 89}]}], egress: [{ports: [{port: 53}]}]");
    IN.check("widestPortRange", &[&np], "10");
    OUT.check("widestPortRange", &[&np], "1");
    IN.check("widestPortRange", &[&policy("ingress: [{ports: [{port: http}]}]")], "not applicable");
    OUT.check("onlyDns", &[&np], "true");
    OUT.check("allowsDns", &[&np], "true");
    OUT.check("onlyDns", &[&policy("egress: [{}]")], "false");
    OUT.check("onlyDns", &[&policy("egress: [{ports: [{port: 53}, {port: 80}]}]")], "false");
    OUT.check("allowsDns", &[&policy("egress: [{}]")], "true");
    OUT.check("allowsDns", &[&policy("egress: [{ports: [{port: 443}]}]")], "false");
    OUT.check("allowsDns", &[&policy("egress: [{ports: 53}]")], "failed");
}

#[test]
fn two_peers_where_one_was_likely_meant() {
    let check = |peers: &str, expected: &str| {
        IN.check("orLikelyMeantAnd", &[&policy(&format!("ingress: [{{from: [{peers}]}}]"))], expected)
    };
    check("{namespaceSelector: {}}, {podSelector: {}}", "true");
    check("{podSelector: {}}, {namespaceSelector: {}}", "true");
    check("{podSelector: {}, namespaceSelector: {}}", "false");
    check("{podSelector: {}}, {podSelector: {}}", "false");
    check("", "false");
}

#[test]
fn ports_that_no_selected_workload_declares() {
    let np =
        policy("ingress: [{ports: [{port: 80}, {port: http}, {port: 1, endPort: 9}, {port: web, protocol: UDP}]}]");
    let web = deployment("web", &ports("{name: http, containerPort: 80}"));
    IN.check("deadPorts", &[&np, &web], "1-9/TCP web/UDP");
    IN.check("unresolvedPortNames", &[&np, &web], "web");
    IN.check("deadPorts", &[&np, &web, &deployment("db", "")], "not applicable");
    IN.check("unresolvedPortNames", &[&np, &deployment("db", "")], "http web");
    for fact in ["deadPorts", "unresolvedPortNames"] {
        let selects_none = np.replace("spec: {", "spec: {podSelector: {matchLabels: {app: x}}, ");
        IN.check(fact, &[&selects_none, &web], "not applicable");
        IN.check(fact, &[&np], "unknown");
    }
}

fn from(peer: &str) -> String {
    policy(&format!("ingress: [{{from: [{peer}]}}]"))
}

#[test]
fn a_pod_selector_alone_looks_in_its_own_namespace() {
    let (web, elsewhere) = (deployment("web", ""), deployment("web", "").replace("shop", "other"));
    let np = from("{podSelector: {matchLabels: {app: web}}}");
    FROM.check("selectedWorkloads", &[&np, &web, &elsewhere], "shop/web");
    FROM.check("selectsNothing", &[&np, &elsewhere, &deployment("db", "")], "true");
    FROM.check("selectsNothing", &[&np], "unknown");
    FROM.check("selectedWorkloads", &[&np], "unknown");
    FROM.check("selectsNothing", &[&from("{ipBlock: {cidr: 10.0.0.0/8}}"), &web], "not applicable");
    FROM.check("selectedWorkloads", &[&from("{ipBlock: {cidr: 10.0.0.0/8}}"), &web], "not applicable");
}

#[test]
fn a_namespace_selector_looks_at_labels_of_namespaces() {
    let other = deployment("web", "").replace("shop", "other");
    let prod = object("Namespace", "other", "  labels: {env: prod}");
    let np = from("{namespaceSelector: {matchLabels: {env: prod}}}");
    FROM.closed().check(
        "selectedWorkloads",
        &[&np, &other, &prod, &deployment("db", ""), &object("Namespace", "shop", "")],
        "other/web",
    );
    // Namespace `shop` is not given: it may have the label, too.
    FROM.closed().check("selectedWorkloads", &[&np, &other, &prod, &deployment("db", "")], "unknown");
    FROM.check("selectsNothing", &[&np, &other, &prod, &deployment("db", "")], "false");
    FROM.check("selectsNothing", &[&np, &deployment("db", "")], "unknown");
    let both = "{namespaceSelector: {matchLabels: {env: prod}}, podSelector: {matchLabels: {app: none}}}";
    FROM.closed().check("selectsNothing", &[&from(both), &other, &prod, &object("Namespace", "shop", "")], "true");
}

#[test]
fn every_namespace_has_the_label_of_its_name() {
    let other = deployment("web", "").replace("shop", "other");
    let named =
        |name: &str| from(&format!("{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}"));
    FROM.check("selectedWorkloads", &[&named("other"), &other, &deployment("db", "")], "other/web");
    FROM.check("selectsNothing", &[&named("other"), &other, &deployment("db", "")], "false");
    FROM.check("selectsNothing", &[&named("kube-system"), &other, &deployment("db", "")], "unknown");
    FROM.closed().check("selectsNothing", &[&named("kube-system"), &other, &deployment("db", "")], "true");
}

#[test]
fn an_address_range_is_read() {
    let check = |fact: &str, block: &str, expected: &str| {
        let np = policy(&format!("egress: [{{to: [{{ipBlock: {{{block}}}}}]}}]"));
        TO.check(fact, &[&np], expected);
    };
    check("prefixLength", "cidr: 10.0.0.0/8", "8");
    check("hostBits", "cidr: 10.0.0.1/8", "true");
    check("hostBits", "cidr: '2001:db8::/32'", "false");
    check("coversEverything", "cidr: 0.0.0.0/0", "true");
    check("coversEverything", "cidr: '::/0'", "true");
    check("coversEverything", "cidr: 10.0.0.0/8", "false");
    check("coversMetadataAddress", "cidr: 0.0.0.0/0", "true");
    check("coversMetadataAddress", "cidr: 0.0.0.0/0, except: [169.254.0.0/16]", "false");
    check("coversMetadataAddress", "cidr: 'fd00::/8'", "true");
    check("coversMetadataAddress", "cidr: 10.0.0.0/8", "false");
    check("exceptOutsideCidr", "cidr: 10.0.0.0/8, except: [10.1.0.0/16]", "false");
    check("exceptOutsideCidr", "cidr: 10.0.0.0/8, except: [10.0.0.0/8]", "true");
    check("exceptOutsideCidr", "cidr: 10.0.0.0/8, except: [11.0.0.0/16]", "true");
    check("exceptOutsideCidr", "cidr: 10.0.0.0/8", "not applicable");
    for fact in ["prefixLength", "hostBits", "coversEverything", "coversMetadataAddress", "exceptOutsideCidr"] {
        FROM.check(fact, &[&from("{podSelector: {}}")], "not applicable");
        check(fact, "cidr: nonsense", "failed");
    }
}
