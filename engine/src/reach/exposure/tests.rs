//! What could reach a workload of what is not in the input.

use super::*;
use crate::reach::Part;
use crate::reach::testing::reach;

/// The exposure of a/web, each condition in a line.
fn exposure(policy: &str, direction: Direction) -> Vec<String> {
    let text = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{namespace: a, name: web, labels: {{app: web}}}}, spec: {{containers: [{{name: c, \
         ports: [{{name: http, containerPort: 8080}}]}}]}}}}\n---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, \
         metadata: {{namespace: a, name: p}}, spec: {policy}}}\n"
    );
    told(&text, direction)
}

fn told(text: &str, direction: Direction) -> Vec<String> {
    let reach = reach(text);
    let line = |exposed: &Exposed| {
        let Exposed { who, passage, named, rules, .. } = exposed;
        let who = match who {
            Unseen::Any => "any".to_owned(),
            Unseen::Pods { namespace, pod } => {
                let words = |selector: &Selector| {
                    selector.requirements.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
                };
                format!("[{}] [{}]", words(namespace), words(pod))
            }
            Unseen::Addresses(set) => set.to_string(),
        };
        let named: String = named.iter().map(|(protocol, name)| format!(" {}:{name}", protocol.as_str())).collect();
        let Passage { allow, implementation_defined: plugin, unknown } = passage;
        format!("{who}: {allow}/{plugin}/{unknown}{named} by {}", rules.len())
    };
    reach.exposure(WorkloadId(0), direction).iter().map(line).collect()
}

#[test]
fn what_nothing_isolates_is_open_to_any_pod() {
    let other = "{podSelector: {matchLabels: {app: other}}}";
    assert_eq!(exposure(other, Direction::Ingress), ["any: all/none/none by 0"]);
    assert_eq!(exposure("{podSelector: {}}", Direction::Ingress), Vec::<String>::new());
    assert_eq!(exposure("{podSelector: {}}", Direction::Egress), ["any: all/none/none by 0"]);
}

#[test]
fn each_condition_has_its_ports_and_its_rules() {
    let found = exposure(
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: x}}}], ports: [{port: http}]}, \
         {from: [{namespaceSelector: {matchLabels: {team: x}}}, {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}], \
         ports: [{port: 9}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}",
        Direction::Ingress,
    );
    let wanted = [
        "[] [app=db]: TCP 9/none/none by 1",
        "[team=x] []: TCP 9,8080/none/none by 2",
        "10.0.0.0/8: none/all/none by 1",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn closed_namespaces_hold_nothing_unseen() {
    let rule =
        |peer: &str| exposure(&format!("{{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}"), Direction::Ingress);
    assert!(rule("{podSelector: {}}").is_empty());
    assert!(rule("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}}").is_empty());
    let other = rule(
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}, podSelector: {matchLabels: {x: z}}}",
    );
    assert_eq!(other, ["[kubernetes.io/metadata.name=b] [x=z]: all/none/none by 1"]);
}

#[test]
fn names_of_ports_that_are_not_there_stay_names() {
    let found = exposure(
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: dns, protocol: UDP}]}]}",
        Direction::Egress,
    );
    assert_eq!(found, ["any: none/none/none UDP:dns by 1"]);
}

#[test]
fn what_cannot_be_read_leaves_any_pod_unknown() {
    let found = exposure(
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 300.0.0.0/8}}], ports: [{port: 1}]}]}",
        Direction::Ingress,
    );
    assert_eq!(found, ["any: none/none/TCP 1 by 1"]);
}

/// A ClusterNetworkPolicy about everyone, after a NetworkPolicy.
fn tier(name: &str, (tier, priority): (&str, u16), rules: &str) -> String {
    format!(
        "\n---\n{{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {{name: {name}}}, spec: \
         {{tier: {tier}, priority: {priority}, subject: {{namespaces: {{}}}}, ingress: [{rules}]}}}}\n"
    )
}

/// What is told of `a/web` with a NetworkPolicy and what follows.
fn with(own: &str, more: &str) -> Vec<String> {
    let text = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{namespace: a, name: web, labels: {{app: web}}}}}}\n---\n{{apiVersion: \
         networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{namespace: a, name: p}}, spec: {own}}}{more}"
    );
    told(&text, Direction::Ingress)
}

fn rule(action: &str, peer: &str, port: Option<u16>) -> String {
    let ports = port.map(|port| format!(", protocols: [{{tcp: {{destinationPort: {{number: {port}}}}}}}]"));
    format!("{{action: {action}, from: [{peer}]{}}}", ports.unwrap_or_default())
}

const ALL: &str = "{namespaces: {}}";
const TEAM: &str = "{namespaces: {matchLabels: {team: x}}}";
const BAD: &str = "{pods: {namespaceSelector: {matchLabels: {team: x}}, podSelector: {matchLabels: {app: bad}}}}";

#[test]
fn tiers_around_network_policies_are_gone_through() {
    let team = "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: x}}}], ports: [{port: 5}, {port: 6}]}]}";
    let accepts = tier("c", ("Admin", 1), &rule("Accept", ALL, None));
    assert_eq!(with("{podSelector: {}}", &accepts), ["any: all/none/none by 1"]);
    let denies = tier("c", ("Admin", 1), &rule("Deny", BAD, Some(5)));
    let left = ["[team=x] [app=bad]: TCP 6/none/none by 1", "[team=x] [app!=bad]: TCP 5-6/none/none by 1"];
    assert_eq!(with(team, &denies), left);
    assert_eq!(with(team, &tier("c", ("Admin", 1), &rule("Deny", ALL, None))), [""; 0]);
    let other = "{podSelector: {matchLabels: {app: other}}}";
    let baseline = tier("b", ("Baseline", 1), &[rule("Accept", TEAM, Some(5)), rule("Deny", ALL, None)].join(", "));
    assert_eq!(with(other, &baseline), ["[team=x] []: TCP 5/none/none by 1"]);
    assert_eq!(with(team, &baseline), ["[team=x] []: TCP 5-6/none/none by 1"]);
    let passes = tier("a", ("Admin", 0), &rule("Pass", TEAM, Some(5)));
    let closed = tier("c", ("Admin", 1), &rule("Deny", ALL, None));
    assert_eq!(with(team, &[passes, closed].concat()), ["[team=x] []: TCP 5/none/none by 1"]);
}

#[test]
fn what_no_order_settles_is_the_plugins_and_what_nobody_knows_is_unknown() {
    let tied =
        [tier("a", ("Admin", 1), &rule("Accept", TEAM, Some(5))), tier("b", ("Admin", 1), &rule("Deny", TEAM, None))];
    let found = with("{podSelector: {}}", &tied.concat());
    assert_eq!(found, ["[team=x] []: none/all/none by 2"]);
    let reader = tier("a", ("Admin", 1), &rule("Louder", TEAM, Some(5)));
    assert_eq!(with("{podSelector: {}}", &reader), ["[team=x] []: none/none/TCP 5 by 1"]);
    let elsewhere = "{podSelector: {}, policyTypes: [Egress]}";
    let baseline = tier("b", ("Baseline", 1), &rule("Deny", TEAM, None));
    let found = with(elsewhere, &baseline);
    assert_eq!(found, ["[team=x] []: none/all/none by 1", "[team!=x] []: all/none/none by 0"]);
}

/// Each pod that could be there is, one after the other; what passes is what is told of the conditions that it meets.
#[test]
fn what_is_told_of_conditions_is_so_of_every_pod_that_meets_them() {
    let peers = [
        ALL,
        TEAM,
        BAD,
        "{pods: {namespaceSelector: {}, podSelector: {matchExpressions: [{key: app, operator: Exists}]}}}",
    ];
    let actions = ["Accept", "Deny", "Pass"];
    let policies = [
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: good}}}]}]}",
        "{podSelector: {matchLabels: {app: other}}}",
    ];
    let mut compared = 0;
    for seed in 0..120_usize {
        let some = |at: usize| {
            rule(
                actions[(seed / (at + 1) + at) % 3],
                peers[(seed * 7 + at * 3) % 4],
                (seed + at).is_multiple_of(2).then_some(80),
            )
        };
        let admin = tier("a", ("Admin", 1), &[some(0), some(1), some(2)].join(", "));
        let (action, port) = (["Accept", "Deny"][seed % 2], seed.is_multiple_of(3).then_some(80));
        let baseline = tier("b", ("Baseline", 1), &rule(action, peers[seed % 4], port));
        let rules = format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{namespace: a, name: p}}, spec: {}}}{admin}{baseline}",
            policies[seed % 2]
        );
        let web = "{apiVersion: v1, kind: Pod, metadata: {namespace: a, name: web, labels: {app: web}}}\n---\n";
        let told = reach(&format!("{web}{rules}")).exposure(WorkloadId(0), Direction::Ingress);
        for (team, app) in [("x", "bad"), ("x", "good"), ("x", ""), ("z", "bad"), ("z", "good"), ("z", "")] {
            let labels = if app.is_empty() { String::new() } else { format!("app: {app}") };
            let there = reach(&format!(
                "{web}{{apiVersion: v1, kind: Namespace, metadata: {{name: b, labels: {{team: {team}}}}}}}\n---\n{{apiVersion: v1, kind: Pod, \
                 metadata: {{namespace: b, name: one, labels: {{{labels}}}}}}}\n---\n{rules}"
            ));
            let [web, one] = ["a/web", "b/one"].map(|name| there.resolve_name(name).unwrap());
            let [Part { passage, .. }] = &there.parts(&one, &web, None)[..] else { panic!("one part") };
            let label = |key: &str| match key {
                "team" => Some(team),
                "app" => Some(app).filter(|app| !app.is_empty()),
                _ => None,
            };
            let met = told.iter().filter(|exposed| match &exposed.who {
                Unseen::Any => true,
                Unseen::Pods { namespace, pod } => namespace.matches(label) && pod.matches(label),
                Unseen::Addresses(_) => false,
            });
            let allow = met.fold(Ports::NONE, |all, exposed| all.union(&exposed.passage.allow));
            assert_eq!(allow, passage.allow, "{seed} {team} {app}: {told:#?}");
            compared += usize::from(!allow.is_empty() && !allow.is_all());
        }
    }
    assert!(compared > 60, "{compared}");
}
