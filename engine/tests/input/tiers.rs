//! Cluster-wide policies: what the API would not take is told at its field.

use crate::marks::check;
use engine::object::{Action, Body, Tier, TierPeer, TierPolicy, TierPort};

fn policy(text: &str) -> TierPolicy {
    match check(text).remove(0).body {
        Body::TierPolicy(policy) => *policy,
        body => panic!("{body:?}"),
    }
}

#[test]
fn tier_priority_and_subject_are_told() {
    let policy = policy(
        "
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: p}
spec:
  tier: admin
#       ^^^^^ HR008 and the API knows `Admin`, `Baseline`
  priority: 1001
#           ^^^^ HR008 and priorities are 0 to 1000
  subject: {namespaces: {}, pods: {podSelector: {}}}
#           ^^^^^^^^^^ HR008 and the API wants exactly one of `namespaces`, `pods` in it
",
    );
    assert_eq!((policy.tier, policy.priority, policy.subject), (None, None, None));
}

#[test]
fn rules_peers_and_protocols_are_told_and_fail_closed() {
    let policy = policy(
        "
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: p}
spec:
  tier: Baseline
  priority: 0
  subject: {pods: {podSelector: {}}}
  ingress:
  - {action: Allow, from: []}
#            ^^^^^ HR008 and the API knows `Accept`, `Deny`, `Pass`
#                         ^^ HR008 and the API wants 1 to 25 of them
  - {action: Deny}
#    ^^^^^^ HR008 `spec.ingress[1].from` of ClusterNetworkPolicy p is missing, and the API wants a list
  - {action: Pass, from: [{networks: [10.0.0.0/8]}, {}], protocols: []}
#                          ^^^^^^^^ HR008 and the API wants exactly one of `namespaces`, `pods` in it
#                                                   ^^ HR008 and the API wants exactly one of `namespaces`, `pods` in it
#                                                                   ^^ HR008 and the API wants 1 to 25 of them
  egress:
  - action: Accept
    to: [{networks: [10.0.0.1]}, {networks: []}, {domainNames: [example.org]}]
#                    ^^^^^^^^ HR008 and the API wants a range
#                                           ^^ HR008 and the API wants 1 to 25 of them
    protocols: [{tcp: {}}, {destinationNamedPort: http}, {}, {udp: {destinationPort: {range: {start: 9, end: 9}}}}]
#                     ^^ HR008 and the API wants `destinationPort` in it
#                           ^^^^^^^^^^^^^^^^^^^^ HR008 and the API refuses port names beside `networks`, `nodes` and `domainNames`, which have none
#                                                        ^^ HR008 and the API wants exactly one of `tcp`, `udp`, `sctp`, `destinationNamedPort` in it
#                                                                                                            ^ HR008 and the API wants it above `start`, which is 9
  - {action: Accept, to: [{nodes: {}}], protocols: [{sctp: {destinationPort: {number: 0}}}]}
#                                                                                     ^ HR008 and ports are 1 to 65535
",
    );
    assert_eq!(policy.tier, Some(Tier::Baseline));
    assert_eq!(policy.ingress[0].action, Action::Unreadable);
    assert_eq!([&policy.ingress[0].peers, &policy.ingress[1].peers], [&[TierPeer::Unreadable]; 2]);
    assert_eq!(policy.ingress[2].peers, [TierPeer::NotKnown, TierPeer::NotKnown]);
    assert_eq!(policy.ingress[2].ports, [TierPort::Unreadable]);
    assert_eq!(policy.egress[0].peers[0], TierPeer::Unreadable);
    let named = TierPort::Named("http".to_owned());
    assert_eq!(policy.egress[0].ports, [TierPort::Unreadable, named, TierPort::Unreadable, TierPort::Unreadable]);
}

#[test]
fn the_first_api_has_its_own_words() {
    let policy = policy(
        "
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: mine}
#                ^^^^ HR008 and the API takes only the name `default`
spec:
  subject: {pods: {podSelector: {}}}
#                  ^^^^^^^^^^^ HR008 `spec.subject.pods.namespaceSelector` of BaselineAdminNetworkPolicy mine is missing, and the API wants a map
  ingress:
  - {action: Pass, from: [{namespaces: {}}], ports: [{portNumber: {port: 80, protocol: ICMP}}]}
#            ^^^^ HR008 and the API knows `Allow`, `Deny`
#                                                                                      ^^^^ HR008 and the API knows `TCP`, `UDP`, `SCTP`
  egress:
  - {action: Allow, to: [{domainNames: [example.org]}], ports: [{portRange: {start: 9, end: 8}}, {namedPort: http}]}
#                         ^^^^^^^^^^^ HR008 and the API wants exactly one of `namespaces`, `pods`, `nodes`, `networks` in it
#                                                                                           ^ HR008 and the API wants it above `start`, which is 9
",
    );
    assert_eq!((policy.tier, policy.priority, &policy.subject), (Some(Tier::Baseline), Some(0), &None));
    assert_eq!(policy.ingress[0].action, Action::Unreadable);
    assert_eq!(policy.egress[0].peers, [TierPeer::NotKnown]);
}

#[test]
fn more_rules_than_the_api_takes_are_one_of_which_nothing_is_known() {
    let rules = "  - {action: Deny, from: [{namespaces: {}}]}\n".repeat(26);
    let text = format!(
        "apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: p}}
spec:
  tier: Admin
  priority: 1
  subject: {{namespaces: {{}}}}
  ingress:
{rules}"
    );
    let (objects, findings) = crate::marks::objects_of(&text);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.contains("at most 25 rules"), "{}", findings[0].message);
    let Body::TierPolicy(policy) = &objects[0].body else { panic!("{:?}", objects[0].body) };
    assert_eq!(policy.ingress.len(), 26);
    assert_eq!(policy.ingress[25].action, Action::Unreadable);
}
