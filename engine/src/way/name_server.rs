//! Whether a pod may ask the DNS of the cluster.

use super::branch::{Branch, together};
use super::step::{Citation, Stage, Step};
use crate::cluster::Cluster;
use crate::dns::{Backend, Backends, Hostname, PodsOf};
use crate::finding::ObjectRef;
use crate::net::{Protocol, Selector};
use crate::object::{Body, EndpointPort, Origin, lower_one};
use crate::reach::{End, PortAsk, Reach, ReachSettings, Verdict};
use crate::text::{Format, Limits, Source, read};

const NAMESPACE: &str = "kube-system";
/// The Service by which clusters call their DNS, whatever server it is.
const SERVICE: &str = "kube-dns";
/// The label of its pods.
const LABEL: (&str, &str) = ("k8s-app", "kube-dns");

/// The usual DNS, where the input holds none.
const STAND_IN: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: kube-system, name: coredns}
spec:
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      containers:
        - name: coredns
          ports: [{name: dns, containerPort: 53, protocol: UDP}, {name: dns-tcp, containerPort: 53, protocol: TCP}]
";

const HELP: &str = "in a NetworkPolicy that selects the pod, add `egress: [{to: [{namespaceSelector: {matchLabels: \
                    {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: \
                    [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]}]`";

/// The step, and what it takes for granted. `source` is asked for by name, for another reach may be made.
pub(super) fn step(
    cluster: &mut Cluster,
    reach: &Reach,
    settings: &ReachSettings,
    source: &ObjectRef,
) -> (Step, Option<String>) {
    let given = servers(cluster);
    if !given.is_empty() {
        let Some(end) = reach.end_of(source) else { return (not_known(), None) };
        return (ask(cluster, reach, &end, &given), None);
    }
    let Some(stand_in) = stand_in() else { return (not_known(), None) };
    let undo = cluster.overlay(&stand_in);
    let with_dns = Reach::with(cluster, settings);
    let usual = backend(PodsOf::Workload(stand_in.id.clone()));
    let step = match with_dns.end_of(source) {
        Some(end) => ask(cluster, &with_dns, &end, &[usual]),
        None => not_known(),
    };
    cluster.revert(undo);
    let assumed = "the cluster's DNS is the usual one, for the input holds none: pods with `k8s-app=kube-dns` in `kube-system`, port 53";
    (step, Some(assumed.to_owned()))
}

fn not_known() -> Step {
    Step::new(Stage::Dns, Verdict::Unknown, "whether the pod may ask the DNS of the cluster is not known")
}

fn ask(cluster: &Cluster, reach: &Reach, source: &End, servers: &[Backend]) -> Step {
    let over = |protocol: Protocol| -> Vec<Branch> {
        let port = |backend: &Backend| {
            let own = backend.ports.iter().find(|port| port.protocol == protocol.as_str())?;
            Some(Branch::of(cluster, reach, source, backend, PortAsk { protocol, port: own.number? }))
        };
        servers.iter().filter_map(port).collect()
    };
    let (udp, tcp) = (over(Protocol::Udp), over(Protocol::Tcp));
    let [by_udp, by_tcp] = [&udp, &tcp].map(|branches| together(branches.iter().map(Branch::verdict)));
    let message = match (by_udp, by_tcp) {
        (Verdict::Allow, Verdict::Allow) => "the pod may ask the DNS of the cluster over UDP and TCP",
        (Verdict::Allow, _) => {
            "the pod may ask the DNS of the cluster over UDP, and not over TCP, which long answers need"
        }
        (Verdict::Deny, Verdict::Allow) => {
            "the pod may ask the DNS of the cluster over TCP only, and it asks over UDP first"
        }
        (Verdict::Deny, _) => "the pod may not ask the DNS of the cluster, so no name resolves",
        (Verdict::ImplementationDefined, _) => {
            "whether the pod may ask the DNS of the cluster is left to the network plugin"
        }
        (Verdict::Unknown, _) => "whether the pod may ask the DNS of the cluster is not known",
    };
    let mut step = Step::new(Stage::Dns, by_udp, message);
    for branch in udp.iter().chain(&tcp) {
        let Some(explanation) = &branch.explanation else { continue };
        for policy in explanation.egress.iter().chain(&explanation.ingress).flat_map(|side| &side.policies) {
            for rule in policy.rules.iter().filter(|rule| !rule.passage.is_denied()) {
                step.cites.push(Citation { object: policy.policy.clone(), field: rule.field.clone() });
            }
        }
        if by_udp == Verdict::Unknown {
            step.because.extend(explanation.answer.causes.iter().map(|cause| cause.message.clone()));
        }
    }
    step.cites.sort();
    step.cites.dedup();
    step.because.sort();
    step.because.dedup();
    if (by_udp, by_tcp) != (Verdict::Allow, Verdict::Allow) {
        step.help = Some(HELP.to_owned());
    }
    step
}

/// The endpoints of the cluster's DNS that the input holds.
fn servers(cluster: &Cluster) -> Vec<Backend> {
    let service = cluster.service(NAMESPACE, SERVICE);
    if let Some(Body::Service(body)) = service.and_then(|item| item.whole()).map(|object| &object.body)
        && let Some(item) = service
    {
        let found: Vec<Backend> = Backends::of(cluster, &cluster.reference(item), body).ready().cloned().collect();
        if !found.is_empty() {
            return found;
        }
    }
    let selector = Selector::from_labels(&[(LABEL.0.to_owned(), LABEL.1.to_owned())]);
    let pods = cluster.workloads_selected_by(NAMESPACE, &selector);
    let mut found: Vec<Backend> = pods.map(|item| backend(PodsOf::Workload(cluster.reference(item)))).collect();
    found.sort();
    found
}

/// Pods that listen on port 53 of both protocols.
fn backend(pods: PodsOf) -> Backend {
    let port = |protocol: &str| EndpointPort { name: String::new(), protocol: protocol.to_owned(), number: Some(53) };
    Backend {
        pods,
        hostname: Hostname::OfAddress,
        addresses: Vec::new(),
        ready: true,
        readiness_known: false,
        ports: ["UDP", "TCP"].map(port).into(),
    }
}

fn stand_in() -> Option<crate::object::Object> {
    let source = Source { name: String::new(), format: Format::Yaml, bytes: STAND_IN.into() };
    let mut findings = Vec::new();
    let document = read(&source, &Limits::default(), &mut findings).into_iter().next()?;
    lower_one(document.value, &Origin::of_source(&source, 0, NAMESPACE), &mut findings)
}
