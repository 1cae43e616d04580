//! How tests of reachability are written.

use std::fmt::Write;

use super::{Reach, ReachSettings};
use crate::cluster::{Cluster, World};
use crate::text::{Format, Source};

/// The cluster of a text.
pub(super) fn cluster(text: &str) -> Cluster {
    let mut cluster = Cluster::of_files(World::Auto);
    cluster.apply(&Source { name: "given".into(), format: Format::Yaml, bytes: text.as_bytes().to_vec() });
    cluster
}

/// The network of a text.
pub(super) fn reach(text: &str) -> Reach {
    Reach::with(&cluster(text), &ReachSettings::default())
}

/// xorshift64*: small, and the same everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    fn pick(&mut self, from: &[&str]) -> String {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from.get(at).copied().unwrap_or_default().to_owned()
    }

    /// Up to `most` of something, in brackets.
    fn list(&mut self, most: u64, mut element: impl FnMut(&mut Random) -> String) -> String {
        let count = self.below(most + 1);
        let elements: Vec<_> = (0..count).map(|_| element(self)).collect();
        format!("[{}]", elements.join(", "))
    }

    fn selector(&mut self) -> String {
        let label = self.pick(&["app: a", "app: b", "tier: x"]);
        self.pick(&[
            "{}",
            &format!("{{matchLabels: {{{label}}}}}"),
            "{matchExpressions: [{key: app, operator: NotIn, values: [a]}]}",
            "{matchExpressions: [{key: tier, operator: Exists}]}",
            "{matchExpressions: [{key: tier, operator: DoesNotExist}, {key: app, operator: In, values: [a, b]}]}",
            "{matchExpressions: [{key: app, operator: Is, values: [a]}]}",
        ])
    }

    fn namespace_selector(&mut self) -> String {
        self.pick(&[
            "{}",
            "{matchLabels: {env: prod}}",
            "{matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}",
            "{matchLabels: {kubernetes.io/metadata.name: n1}}",
            "{matchLabels: {kubernetes.io/metadata.name: n2, env: dev}}",
        ])
    }

    fn peer(&mut self) -> String {
        let (pods, namespaces) = (self.selector(), self.namespace_selector());
        self.pick(&[
            &format!("{{podSelector: {pods}}}"),
            &format!("{{namespaceSelector: {namespaces}}}"),
            &format!("{{podSelector: {pods}, namespaceSelector: {namespaces}}}"),
            "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}",
            "{ipBlock: {cidr: 10.1.1.0/24}}",
            "{ipBlock: {cidr: '::/0', except: ['2001:db8::/32']}}",
            "{ipBlock: {cidr: 169.254.0.0/16}}",
            "{}",
        ])
    }

    fn port(&mut self) -> String {
        self.pick(&[
            "{}",
            "{protocol: UDP}",
            "{port: 80}",
            "{port: 79, endPort: 81}",
            "{port: http}",
            "{port: http, protocol: UDP}",
            "{port: odd}",
            "{port: 9, endPort: 8}",
        ])
    }

    fn tier_pods(&mut self) -> String {
        let (pods, namespaces) = (self.selector(), self.namespace_selector());
        self.pick(&[
            &format!("{{namespaces: {namespaces}}}"),
            &format!("{{pods: {{podSelector: {pods}, namespaceSelector: {namespaces}}}}}"),
            &format!("{{pods: {{podSelector: {pods}, namespaceSelector: {{}}}}}}"),
        ])
    }

    fn tier_peer(&mut self, egress: bool) -> String {
        let pods = self.tier_pods();
        let others: &[&str] = match egress {
            true => &[
                "{networks: [10.0.0.0/8, 2001:db8::/32]}",
                "{networks: [0.0.0.0/0, '::/0']}",
                "{networks: [169.254.0.0/16]}",
                "{nodes: {}}",
                "{nodes: {matchLabels: {zone: a}}}",
                "{domainNames: ['*.example.org']}",
                "{networks: [10.0.0.1]}",
                "{}",
            ],
            false => &["{services: {}}", "{namespaces: {}, pods: {}}"],
        };
        if self.below(3) == 0 { self.pick(others) } else { pods }
    }

    fn tier_rule(&mut self, egress: bool, is_new: bool) -> String {
        let accept = if is_new { "Accept" } else { "Allow" };
        let action = self.pick(&[accept, "Deny", "Pass", accept, "Deny", "Pass", "Log"]);
        let peers = self.list(2, |random| random.tier_peer(egress));
        let ports = self.list(2, |random| match is_new {
            true => random.pick(&[
                "{tcp: {destinationPort: {number: 80}}}",
                "{tcp: {destinationPort: {range: {start: 79, end: 81}}}}",
                "{udp: {destinationPort: {range: {start: 1, end: 65535}}}}",
                "{destinationNamedPort: http}",
                "{destinationNamedPort: odd}",
                "{tcp: {}}",
            ]),
            false => random.pick(&[
                "{portNumber: {port: 80}}",
                "{portRange: {start: 79, end: 81, protocol: UDP}}",
                "{namedPort: http}",
                "{portRange: {start: 81, end: 79}}",
            ]),
        });
        let field = if is_new { "protocols" } else { "ports" };
        let ports = self.pick(&["", &format!(", {field}: {ports}")]);
        format!("{{action: {action}, {}: {peers}{ports}}}", if egress { "to" } else { "from" })
    }

    /// A cluster-wide policy.
    fn tier_policy(&mut self, number: u64) -> String {
        let (kind, version, tier) = match self.below(5) {
            0 | 1 => ("ClusterNetworkPolicy", "v1alpha2", "tier: Admin, "),
            2 => ("ClusterNetworkPolicy", "v1alpha2", "tier: Baseline, "),
            3 => ("AdminNetworkPolicy", "v1alpha1", ""),
            _ => ("BaselineAdminNetworkPolicy", "v1alpha1", ""),
        };
        let is_new = version == "v1alpha2";
        let name =
            if kind.starts_with("Baseline") && self.below(4) > 0 { "default".into() } else { format!("t{number}") };
        let mut priority = self.pick(&["0", "5", "5", "5", "5", "5", "5", "1001"]);
        priority = if kind.starts_with("Baseline") { String::new() } else { format!("priority: {priority}, ") };
        let subject = self.tier_pods();
        let [ingress, egress] = [false, true].map(|egress| self.list(2, |random| random.tier_rule(egress, is_new)));
        format!(
            "{{apiVersion: policy.networking.k8s.io/{version}, kind: {kind}, metadata: {{name: {name}}}, spec: {{{tier}{priority}subject: {subject}, ingress: {ingress}, egress: {egress}}}}}\n---\n"
        )
    }

    fn rule(&mut self, peers: &str) -> String {
        let (others, ports) = (self.list(2, Random::peer), self.list(2, Random::port));
        format!("{{{peers}: {others}, ports: {ports}}}")
    }
}

/// A small cluster in which everything that policies can say and everything that can be unknown is likely.
pub(super) fn random_text(random: &mut Random) -> String {
    let mut text = "{apiVersion: v1, kind: Namespace, metadata: {name: n1, labels: {env: prod}}}\n---\n".to_owned();
    if random.below(2) == 0 {
        text += "{apiVersion: v1, kind: Namespace, metadata: {name: n2, labels: {env: dev}}}\n---\n";
    }
    for number in 0..3 + random.below(4) {
        let namespace = random.pick(&["n1", "n2", "n3"]);
        let labels = random.pick(&["{}", "{app: a}", "{app: b}", "{app: a, tier: x}", "{app: a}", "{app: [a]}"]);
        let on_node = random.pick(&["false", "false", "false", "true"]);
        let ports = random.list(2, |random| {
            random.pick(&[
                "{name: http, containerPort: 80}",
                "{name: http, containerPort: 81}",
                "{name: http, containerPort: 80, protocol: UDP}",
                "{name: odd, containerPort: 70000}",
            ])
        });
        let containers = format!("containers: [{{name: c, ports: {ports}}}]");
        let sidecar = "initContainers: [{name: s, restartPolicy: Always, ports: [{name: odd, containerPort: 7}]}]";
        let spec = random.pick(&[&containers, &containers, &format!("{containers}, {sidecar}")]);
        let pod = format!("metadata: {{labels: {labels}}}, spec: {{hostNetwork: {on_node}, {spec}}}");
        let _ = match random.below(2) {
            0 => writeln!(
                text,
                "{{apiVersion: v1, kind: Pod, metadata: {{namespace: {namespace}, name: p{number}, labels: {labels}}}, spec: {{hostNetwork: {on_node}, {spec}}}}}\n---"
            ),
            _ => writeln!(
                text,
                "{{apiVersion: apps/v1, kind: Deployment, metadata: {{namespace: {namespace}, name: d{number}}}, spec: {{template: {{{pod}}}}}}}\n---"
            ),
        };
    }
    for number in 0..random.below(6) {
        let (namespace, selector) = (random.pick(&["n1", "n2", "n3"]), random.selector());
        let types = random.pick(&[
            "",
            "policyTypes: [Egress], ",
            "policyTypes: [Ingress, Egress], ",
            "policyTypes: [ingress], ",
        ]);
        let (ingress, egress) =
            (random.list(2, |random| random.rule("from")), random.list(2, |random| random.rule("to")));
        let _ = writeln!(
            text,
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{namespace: {namespace}, name: np{number}}}, spec: {{podSelector: {selector}, {types}ingress: {ingress}, egress: {egress}}}}}\n---"
        );
    }
    let tiers = random.below(2) * random.below(5);
    for number in 0..tiers {
        text += &random.tier_policy(number);
    }
    if random.below(8) == 0 {
        text +=
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {namespace: n1, name: a}}\n---\n";
    }
    if random.below(16) == 0 {
        text += "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {namespace: n2, name: c}}\n---\n";
    }
    text
}
