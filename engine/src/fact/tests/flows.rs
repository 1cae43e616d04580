//! Rules that others make needless, and rules whose other end says no.

use crate::fact::testing::{Ask, deployment, object, part, ports};

const IN: Ask = part("networking::v1::IngressRule", &[0]);
const OUT: Ask = part("networking::v1::EgressRule", &[0]);
const FROM: Ask = part("networking::v1::IngressPeer", &[0, 0]);
const TO: Ask = part("networking::v1::EgressPeer", &[0, 0]);

fn named(name: &str, spec: &str) -> String {
    object("NetworkPolicy", name, &format!("spec: {{{spec}}}"))
}

/// The policy `np`, and others.
fn shadow(ask: &Ask, spec: &str, others: &[(&str, &str)], expected: &str) {
    let given: Vec<String> = [named("np", spec), deployment("web", "")]
        .into_iter()
        .chain(others.iter().map(|(name, spec)| named(name, spec)))
        .collect();
    ask.check("shadowedBy", &given.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

const WEB: &str = "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}]";

#[test]
fn a_wider_rule_for_the_same_pods_shadows() {
    shadow(&IN, WEB, &[], "not applicable");
    shadow(&IN, WEB, &[("all", "ingress: [{}]")], "all/spec/ingress/0");
    shadow(
        &IN,
        WEB,
        &[("some", "ingress: [{from: [{podSelector: {}}]}, {ports: [{port: 81}]}]")],
        "some/spec/ingress/0",
    );
    shadow(&IN, WEB, &[("other", "podSelector: {matchLabels: {app: db}}, ingress: [{}]")], "not applicable");
    shadow(&IN, WEB, &[("out", "policyTypes: [Egress], ingress: [{}]")], "not applicable");
    shadow(&IN, WEB, &[("port", "ingress: [{ports: [{port: 81}]}]")], "not applicable");
    let egress = WEB.replace("ingress", "egress").replace("from", "to");
    shadow(&OUT, &egress, &[("all", "egress: [{}]"), ("in", "ingress: [{}]")], "all/spec/egress/0");
    shadow(&OUT, &format!("policyTypes: [Ingress], {egress}"), &[("all", "egress: [{}]")], "not applicable");
}

#[test]
fn of_several_the_widest_is_told() {
    let some = ("some", "ingress: [{from: [{podSelector: {}}], ports: [{protocol: TCP}]}]");
    let web =
        ("web", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]");
    shadow(&IN, WEB, &[web, some], "some/spec/ingress/0");
    shadow(&IN, WEB, &[some, web], "some/spec/ingress/0");
    shadow(&IN, WEB, &[some, web, ("all", "ingress: [{}]")], "all/spec/ingress/0");
}

#[test]
fn of_two_that_are_equal_the_second_is_needless() {
    shadow(&IN, WEB, &[("a", WEB)], "a/spec/ingress/0");
    shadow(&IN, WEB, &[("z", WEB)], "not applicable");
    shadow(
        &IN,
        &format!("{}, {{from: [{{podSelector: {{}}}}]}}]", WEB.trim_end_matches(']')),
        &[],
        "np/spec/ingress/1",
    );
    shadow(
        &IN,
        &format!(
            "{}, {{from: [{{podSelector: {{matchLabels: {{app: api}}}}}}], ports: [{{port: 80}}]}}]",
            WEB.trim_end_matches(']')
        ),
        &[],
        "not applicable",
    );
}

#[test]
fn rules_may_shadow_together() {
    let block = "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]";
    let low = ("low", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/9}}]}]");
    let high = ("high", "ingress: [{from: [{ipBlock: {cidr: 10.128.0.0/9}}]}]");
    let beside = ("beside", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16}}]}]");
    shadow(&IN, block, &[low], "not applicable");
    shadow(&IN, block, &[low, high, beside], "high/spec/ingress/0 low/spec/ingress/0");
}

#[test]
fn what_is_not_known_may_shadow() {
    IN.check("shadowedBy", &[&named("np", WEB)], "unknown");
    IN.check("shadowedBy", &[&named("np", WEB), &named("all", "ingress: [{}]")], "all/spec/ingress/0");
    shadow(&IN, "ingress: [{from: [{ipBlock: {cidr: nonsense}}]}]", &[], "failed");
    shadow(&IN, WEB, &[("all", "ingress: [{}], podSelector: 1")], "failed");
}

const EGRESS: &str = "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]";
const INGRESS: &str = "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: http}]}]";

fn flow(ask: &Ask, spec: &str, others: &[String], expected: [&str; 2]) {
    let web = deployment("web", &ports("{name: http, containerPort: 8080}"));
    let given: Vec<String> =
        [named("np", spec), web, deployment("db", "")].into_iter().chain(others.iter().cloned()).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    ask.check("refusedBy", &given, expected[0]);
    ask.check("halfOpen", &given, expected[1]);
}

#[test]
fn the_destination_may_refuse_what_egress_allows() {
    let db = |rest: &str| named("db", &format!("podSelector: {{matchLabels: {{app: db}}}}, {rest}"));
    flow(&TO, EGRESS, &[], ["", "false"]);
    flow(&TO, EGRESS, &[db("ingress: []")], ["shop/db", "true"]);
    flow(&TO, EGRESS, &[db("ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]")], ["", "false"]);
    flow(&TO, EGRESS, &[db("ingress: [{from: [{podSelector: {}}], ports: [{port: 5433}]}]")], ["shop/db", "true"]);
    flow(&TO, EGRESS, &[db("policyTypes: [Egress]")], ["", "false"]);
}

#[test]
fn the_source_may_never_send_what_ingress_allows() {
    let db =
        |rest: &str| named("db", &format!("podSelector: {{matchLabels: {{app: db}}}}, policyTypes: [Egress], {rest}"));
    flow(&FROM, INGRESS, &[], ["", "false"]);
    flow(&FROM, INGRESS, &[db("egress: []")], ["shop/db", "true"]);
    flow(&FROM, INGRESS, &[db("egress: [{to: [{podSelector: {}}], ports: [{port: 8080}]}]")], ["", "false"]);
    flow(&FROM, INGRESS, &[db("egress: [{to: [{podSelector: {}}], ports: [{port: 80}]}]")], ["shop/db", "true"]);
}

#[test]
fn one_pod_that_gets_through_is_enough() {
    let shut =
        named("db", "podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {a: b}}}]}]");
    let second = deployment("web", "")
        .replace("name: web", "name: second")
        .replace("{app: web}}, spec", "{app: web, a: b}}, spec");
    flow(&TO, EGRESS, std::slice::from_ref(&shut), ["shop/db", "true"]);
    flow(&TO, EGRESS, &[shut, second], ["", "false"]);
    let replica =
        deployment("db", "").replace("name: db", "name: replica").replace("{app: db}}, spec", "{app: db, a: b}}, spec");
    let some = named(
        "db",
        "podSelector: {matchExpressions: [{key: app, operator: In, values: [db]}, {key: a, operator: DoesNotExist}]}",
    );
    flow(&TO, EGRESS, &[some, replica], ["shop/db", "false"]);
}

#[test]
fn where_no_flow_is_meant_none_is_half_open() {
    let absent = ["not applicable"; 2];
    flow(
        &TO,
        &EGRESS.replace("{podSelector: {matchLabels: {app: db}}}]", "{ipBlock: {cidr: 10.0.0.0/8}}]"),
        &[],
        absent,
    );
    flow(&TO, &EGRESS.replace("policyTypes: [Egress]", "policyTypes: [Ingress]"), &[], absent);
    flow(&TO, &EGRESS.replace("app: web", "app: none"), &[], absent);
    flow(&TO, &EGRESS.replace("app: db", "app: none"), &[], ["", "not applicable"]);
    let named_port = EGRESS.replace("port: 5432", "port: none");
    flow(&TO, &named_port, &[named("db", "podSelector: {matchLabels: {app: db}}")], ["", "false"]);
}

#[test]
fn what_is_not_known_may_let_it_through() {
    let db = "podSelector: {matchLabels: {app: db}}, ";
    let doubt = named("db", &format!("{db}ingress: [{{from: [{{ipBlock: {{cidr: nonsense}}}}]}}]"));
    flow(&TO, EGRESS, &[doubt], ["failed"; 2]);
    let outside =
        EGRESS.replace("{podSelector: {matchLabels: {app: db}}}", "{namespaceSelector: {matchLabels: {team: x}}}");
    flow(&TO, &outside, &[object("Namespace", "shop", "  labels: {team: x}")], ["unknown", "false"]);
    let all = named("all", "ingress: []");
    flow(&TO, &outside, &[object("Namespace", "shop", "  labels: {team: x}"), all], ["unknown"; 2]);
    let host = deployment("db", "hostNetwork: true");
    let given =
        [named("np", EGRESS), deployment("web", ""), host, named("db", "podSelector: {matchLabels: {app: db}}")];
    TO.check("halfOpen", &given.iter().map(String::as_str).collect::<Vec<_>>(), "false");
}

fn dead(ask: &Ask, spec: &str, others: &[String], expected: &str) {
    let web = deployment("web", &ports("{name: http, containerPort: 8080}"));
    let given: Vec<String> =
        [named("np", spec), web, deployment("db", "")].into_iter().chain(others.iter().cloned()).collect();
    ask.check("deadBecause", &given.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn a_rule_is_dead_for_one_reason() {
    dead(&OUT, EGRESS, &[], "not applicable");
    dead(&OUT, &EGRESS.replace("app: web", "app: none"), &[], "no-subject");
    dead(&OUT, &EGRESS.replace("app: db", "app: none"), &[], "no-peer");
    dead(&OUT, &EGRESS.replace("5432", "none"), &[], "no-port");
    dead(&IN, &INGRESS.replace("http", "none"), &[], "no-port");
    dead(&IN, INGRESS, &[], "not applicable");
    dead(&OUT, EGRESS, &[named("db", "podSelector: {matchLabels: {app: db}}")], "half-open");
    dead(&OUT, "policyTypes: [Egress], egress: [{}]", &[], "not applicable");
    dead(&OUT, &EGRESS.replace("[Egress]", "[Ingress]"), &[], "not applicable");
    let block = EGRESS.replace("{podSelector: {matchLabels: {app: db}}}", "{ipBlock: {cidr: 10.0.0.0/8}}");
    dead(&OUT, &block, &[], "not applicable");
    dead(&OUT, &block.replace("5432", "none"), &[], "no-port");
}

#[test]
fn the_admin_tier_may_overrule_a_rule() {
    let tier = |action: &str, to: &str| {
        format!(
            "{{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {{name: c}}, spec: {{tier: Admin, \
             priority: 1, subject: {{namespaces: {{}}}}, egress: [{{action: {action}, to: [{to}]}}]}}}}\n"
        )
    };
    let pods = "{namespaces: {}}";
    dead(&OUT, EGRESS, &[tier("Deny", pods)], "overruled");
    dead(&OUT, EGRESS, &[tier("Accept", pods)], "overruled");
    dead(&OUT, EGRESS, &[tier("Pass", pods)], "not applicable");
    let no_port = named("np", &EGRESS.replace("5432", "none"));
    OUT.check("overruled", &[&no_port, &deployment("web", ""), &deployment("db", ""), &tier("Pass", pods)], "false");
    OUT.check("overruled", &[&named("np", EGRESS), &deployment("web", "")], "false");
    // The range may hold the addresses of the pods, and then the source's own side says no.
    dead(&IN, INGRESS, &[tier("Deny", "{networks: [10.0.0.0/8]}")], "unknown");
    let block = EGRESS.replace("{podSelector: {matchLabels: {app: db}}}", "{ipBlock: {cidr: 10.0.0.0/8}}");
    dead(&OUT, &block, &[tier("Deny", "{networks: [10.0.0.0/8]}")], "overruled");
    dead(&OUT, &block, &[tier("Deny", "{networks: [10.0.0.0/9]}")], "not applicable");
}

#[test]
fn a_rule_that_cannot_be_read_or_meets_who_is_not_known_may_be_alive() {
    dead(
        &OUT,
        &EGRESS.replace("{podSelector: {matchLabels: {app: db}}}", "{ipBlock: {cidr: nonsense}}"),
        &[],
        "failed",
    );
    let elsewhere = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}";
    dead(&OUT, &EGRESS.replace("{podSelector: {matchLabels: {app: db}}}", elsewhere), &[], "unknown");
}
