//! Objects: what the API would not take is told at its field, and the rest is read.

use crate::marks::{check, objects_of};
use engine::object::{Body, NetworkPolicy, NetworkPolicyPort, Peer, Service, TargetPort, Workload};

fn service(text: &str) -> Service {
    match check(text).remove(0).body {
        Body::Service(service) => *service,
        body => panic!("{body:?}"),
    }
}

fn policy(spec: &str) -> NetworkPolicy {
    let head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n";
    match check(&format!("{head}{spec}")).remove(0).body {
        Body::NetworkPolicy(policy) => *policy,
        body => panic!("{body:?}"),
    }
}

fn workload(text: &str) -> Workload {
    match check(text).remove(0).body {
        Body::Workload(workload) => *workload,
        body => panic!("{body:?}"),
    }
}

#[test]
fn a_service_has_the_api_s_defaults() {
    let service = service("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}");
    assert_eq!((service.kind.as_str(), service.headless), ("ClusterIP", false));
    assert_eq!((service.ports[0].protocol.as_str(), &service.ports[0].target), ("TCP", &TargetPort::Number(80)));
}

#[test]
fn wrong_types_are_told_where_they_stand() {
    let service = service(
        r#"
apiVersion: v1
kind: Service
metadata:
  name: web
  labels: {version: 1, on: yes, empty: }
#                   ^ HR006 is the integer `1`, and the API wants a string
#                          ^^^ HR006 is the boolean `true`, and the API wants a string
spec:
  selector: [app]
#           ^^^^^ HR006 `spec.selector` of Service default/web is a list, and the API wants a map
  ports:
  - port: "80"
#         ^^^^ HR006 is the string `80`, and the API wants an integer
  - name: 8080
#         ^^^^ HR006 is the integer `8080`, and the API wants a string
    port: 8080
  - web
#   ^^^ HR006 `spec.ports[2]` of Service default/web is the string `web`, and the API wants a map
  publishNotReadyAddresses: "true"
#                           ^^^^^^ HR006 wants a boolean
"#,
    );
    assert_eq!(service.ports.len(), 3, "what cannot be read keeps its place in the list");
}

#[test]
fn what_could_not_be_read_is_known() {
    let text = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: x}, {port: 1}]}}";
    let (objects, findings) = objects_of(text);
    assert_eq!(findings[0].field, "/spec/ports/0/port");
    assert_eq!(findings[0].value.as_deref(), Some("x"));
    assert_eq!(objects[0].unreadable, ["/spec/ports/0/port"]);
    let readable = |pointer: &str| objects[0].is_readable(pointer);
    assert!(!readable("") && !readable("/spec") && !readable("/spec/ports/0") && !readable("/spec/ports/0/port/x"));
    assert!(readable("/spec/ports/1") && readable("/metadata") && readable("/spec/portsx"));
}

#[test]
fn wrong_case_is_told_with_the_right_one() {
    check(
        "
apiVersion: v1
kind: Service
metadata: {name: web, Labels: {}}
#                     ^^^^^^ HR007 spelled `labels`
spec:
  Type: NodePort
# ^^^^ HR007 `spec.Type` of Service default/web is spelled `type` in the API
  ports: [{Port: 80, port: 80}]
#          ^^^^ HR007 spelled `port`
",
    );
}

#[test]
fn an_object_without_its_two_words_is_none() {
    let (objects, findings) = objects_of("apiversion: v1\nkind: Service\n");
    assert!(objects.is_empty());
    assert_eq!((findings[0].code.as_str(), findings[0].help.as_deref()), ("HR007", Some("write `apiVersion`")));
    for text in ["a: 1\n", "- a\n", "text\n", "kind: Service\n", "apiVersion: v1\nkind: 1\n"] {
        let (objects, findings) = objects_of(text);
        assert!(objects.is_empty() && findings.is_empty(), "{text}");
    }
}

#[test]
fn ports_are_numbers_from_1_to_65535() {
    let service = service(
        r#"
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: nodeport
#       ^^^^^^^^ HR008 and the API knows `ClusterIP`
  ports:
  - port: 0
#         ^ HR008 ports are 1 to 65535
  - port: 65536
#         ^^^^^ HR008 ports are 1 to 65535
  - port: 80
    targetPort: "8080"
#               ^^^^^^ HR008 names have a letter
    protocol: tcp
#             ^^^ HR008 and the API knows `TCP`, `UDP`, `SCTP`
  - name: x
#   ^^^^ HR008 `spec.ports[3].port` of Service default/web is missing
"#,
    );
    assert_eq!(service.ports.iter().map(|port| port.port).collect::<Vec<_>>(), [0, 0, 80, 0]);
}

#[test]
fn addresses_are_told_when_they_are_none() {
    check(
        "
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  externalIPs: [192.0.2.1, 1.2.3.400]
#                          ^^^^^^^^^ HR008 an IP address or a range
  loadBalancerSourceRanges: [10.1.2.3/8, 10.0.0.0/33]
#                                        ^^^^^^^^^^^ HR008 an IP address or a range
",
    );
}

#[test]
fn policy_types_have_their_default() {
    let isolates = |spec: &str| {
        let policy = policy(spec);
        (policy.isolates_ingress, policy.isolates_egress)
    };
    assert_eq!(isolates("spec: {}"), (true, false));
    assert_eq!(isolates("spec: {egress: []}"), (true, false));
    assert_eq!(isolates("spec: {egress: [{}]}"), (true, true));
    assert_eq!(isolates("spec: {policyTypes: []}"), (true, false));
    assert_eq!(isolates("spec: {policyTypes: [Egress]}"), (false, true));
}

#[test]
fn a_null_rule_allows_everything() {
    let policy = policy("spec:\n  ingress:\n  -\n");
    assert!(policy.ingress[0].peers.is_empty() && policy.ingress[0].ports.is_empty());
}

#[test]
fn what_cannot_be_read_never_reads_as_everyone() {
    let policy = policy(
        "spec:
  podSelector: {matchExpressions: [{key: a, operator: Is}]}
#                                                     ^^ HR008 and the API knows `In`
  ingress:
  - from: {}
#         ^^ HR006 is a map, and the API wants a list
    ports: web
#          ^^^ HR006 wants a list
  - from: [{}, {ipBlock: {cidr: 10.0.0.1}}, {ipBlock: {}}, {podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]
#          ^^ HR008 and the API wants `podSelector`, `namespaceSelector` or `ipBlock` in it
#                               ^^^^^^^^ HR008 and the API wants a range
#                                                     ^^ HR008 `spec.ingress[1].from[2].ipBlock.cidr` of NetworkPolicy default/p is missing
#                                                           ^^^^^^^^^^^ HR008 refuses `ipBlock` beside a selector
  - from: [{podSelector: {matchLabels: {a: 1}}}]
#                                          ^ HR006 wants a string
  - all
#   ^^^ HR006 wants a map
",
    );
    for rule in &policy.ingress {
        assert!(!rule.peers.is_empty() && rule.peers.iter().all(|peer| *peer == Peer::Unreadable));
    }
    assert_eq!(policy.ingress[0].ports, [NetworkPolicyPort::Unreadable]);
    assert_eq!(policy.pod_selector.requirements.len(), 1, "it selects nothing rather than everything");
}

#[test]
fn ports_of_a_policy_are_ranges_and_names() {
    let policy = policy(
        "spec:
  ingress:
  - ports: [{}, {port: 80}, {port: web, protocol: UDP}, {port: 80, endPort: 90}, {port: 80, endPort: 79}]
#                                                                                                    ^^ HR008 below `port`, which is 80
  - ports: [{endPort: 3}, {port: web, endPort: 4}, {port: 99999}]
#                     ^ HR008 which needs `port`
#                                              ^ HR008 which needs a number in `port`
#                                                         ^^^^^ HR008 ports are 1 to 65535
",
    );
    let range = |first, last| NetworkPolicyPort::Range { protocol: "TCP".to_owned(), first, last };
    assert_eq!(policy.ingress[0].ports[0], NetworkPolicyPort::Every { protocol: "TCP".to_owned() });
    assert_eq!(policy.ingress[0].ports[1], range(80, 80));
    let named = NetworkPolicyPort::Named { protocol: "UDP".to_owned(), name: "web".to_owned() };
    assert_eq!(policy.ingress[0].ports[2], named);
    assert_eq!(policy.ingress[0].ports[3], range(80, 90));
    assert_eq!(policy.ingress[1].ports[2], NetworkPolicyPort::Unreadable);
}

#[test]
fn holes_of_a_block_lie_inside_of_it() {
    policy(
        "spec:
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.0.0.0/8, 11.0.0.0/8]}}]
#                                                           ^^^^^^^^^^ HR008 a range inside `10.0.0.0/8`
#                                                                       ^^^^^^^^^^ HR008 a range inside `10.0.0.0/8`
",
    );
}

#[test]
fn expressions_have_values_where_they_need_them() {
    policy(
        "spec:
  podSelector:
    matchExpressions:
    - {key: a, operator: In}
#                        ^^ HR008 at least one of `values`
    - {key: a, operator: Exists, values: [b]}
#                        ^^^^^^ HR008 takes no `values`
    - {operator: NotIn, values: [b]}
#      ^^^^^^^^ HR008 `spec.podSelector.matchExpressions[2].key` of NetworkPolicy default/p is missing
",
    );
}

#[test]
fn a_workload_is_its_pod_template() {
    let workload = workload(
        "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  template:
    metadata: {labels: {app: db}}
    spec:
      hostNetwork: true
      initContainers:
      - {name: setup, ports: [{containerPort: 1}]}
      - {name: proxy, restartPolicy: Always, ports: [{containerPort: 2, name: p}]}
      containers:
      - name: db
        readinessProbe: {}
        ports: [{containerPort: 5432, name: sql}, {containerPort: 99999}]
#                                                                 ^^^^^ HR008 ports are 1 to 65535
",
    );
    let ports: Vec<_> = workload.template.ports.iter().map(|port| (port.number, port.field.as_str())).collect();
    assert_eq!(
        ports,
        [(5432, "/spec/template/spec/containers/0/ports/0"), (2, "/spec/template/spec/initContainers/1/ports/0")]
    );
    assert_eq!((workload.replicas, workload.service_name.as_deref()), (Some(3), Some("db")));
    assert!(workload.template.host_network && workload.template.readiness_probe);
    assert_eq!(workload.template.service_account, "default");
}

#[test]
fn the_template_is_checked_in_every_kind() {
    check(
        "
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      Template: {}
#     ^^^^^^^^ HR007 spelled `template`
      template:
        spec:
          hostNetwork: 'yes'
#                      ^^^^^ HR006 wants a boolean
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {b: 1}}
#                               ^ HR006 wants a string
spec:
  dnsPolicy: 3
#            ^ HR006 wants a string
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec: []
#     ^^ HR006 wants a map
",
    );
}

#[test]
fn lists_are_their_items() {
    let text = r#"{"kind": "List", "apiVersion": "v1", "items": [
        {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, 3]}"#;
    let (objects, findings) = objects_of(text);
    assert_eq!((objects.len(), findings.len()), (1, 2));
    assert_eq!(findings[0].code, "HR005");
    let text =
        r#"{"kind": "ServiceList", "apiVersion": "v1", "items": [{"metadata": {"name": "a", "namespace": "n"}}]}"#;
    let (objects, findings) = objects_of(text);
    assert!(findings.is_empty());
    assert_eq!(objects[0].id.display(), "Service n/a");
}

#[test]
fn namespaces_come_from_the_text_or_the_surroundings() {
    let names = |text: &str| check(text).iter().map(|object| object.id.display()).collect::<Vec<_>>();
    assert_eq!(names("{apiVersion: v1, kind: Service, metadata: {name: a}}"), ["Service default/a"]);
    assert_eq!(names("{apiVersion: v1, kind: Service, metadata: {name: a, namespace: shop}}"), ["Service shop/a"]);
    assert_eq!(names("{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: shop}}"), ["Namespace a"]);
    assert_eq!(names("{apiVersion: x.io/v1, kind: Thing, metadata: {name: a}}"), ["Thing a"]);
}

#[test]
fn labels_are_sorted_and_null_is_empty() {
    let objects = check("{apiVersion: v1, kind: Service, metadata: {name: a, labels: {b: x, a: }}}");
    assert_eq!(objects[0].meta.labels, [("a".to_owned(), String::new()), ("b".to_owned(), "x".to_owned())]);
}

#[test]
fn yaml_traps_mean_what_they_mean_to_kubectl() {
    let service = service(
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {publishNotReadyAddresses: yes, ports: [{port: 0120}, {port: 0x50}, {port: 8_0}, {port: 80.0}]}}",
    );
    assert_eq!(service.ports.iter().map(|port| port.port).collect::<Vec<_>>(), [80; 4]);
}
