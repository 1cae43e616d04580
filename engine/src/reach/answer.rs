//! Answers to one question.

use super::{End, Passage};
use crate::finding::ObjectRef;
use crate::net::{Ports, Protocol};

/// One port, asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortAsk {
    /// The protocol.
    pub protocol: Protocol,
    /// The port of the destination pod, 1 to 65535.
    pub port: u16,
}

impl PortAsk {
    /// A TCP port.
    pub fn tcp(port: u16) -> PortAsk {
        PortAsk { protocol: Protocol::Tcp, port }
    }

    /// Reads `80`, `80/tcp` or `53/UDP`; TCP if no protocol is named.
    ///
    /// ```
    /// use engine::reach::PortAsk;
    /// assert_eq!(PortAsk::parse("80"), Some(PortAsk::tcp(80)));
    /// assert_eq!(PortAsk::parse("53/udp").unwrap().to_string(), "53/UDP");
    /// assert_eq!(PortAsk::parse("0"), None);
    /// ```
    pub fn parse(text: &str) -> Option<PortAsk> {
        let (port, protocol) = text.split_once('/').unwrap_or((text, "TCP"));
        let port = port.parse().ok().filter(|port| *port > 0)?;
        Some(PortAsk { protocol: Protocol::parse(&protocol.to_ascii_uppercase())?, port })
    }

    /// The set of this port.
    pub fn ports(self) -> Ports {
        Ports::range(self.protocol, self.port, self.port)
    }
}

impl std::fmt::Display for PortAsk {
    /// `53/UDP`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.port, self.protocol.as_str())
    }
}

/// What becomes of what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It passes.
    Allow,
    /// It does not.
    Deny,
    /// The specification leaves it to the network plugin.
    ImplementationDefined,
    /// It hangs on what is not known.
    Unknown,
}

impl Verdict {
    /// The word of reports: `allow`, `deny`, `implementation-defined`, `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Deny => "deny",
            Verdict::ImplementationDefined => "implementation-defined",
            Verdict::Unknown => "unknown",
        }
    }
}

/// Why the network plugin has a say. Sorted in answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A pod on its node's network: a plugin may take it for any other pod, or for its node.
    HostNetwork {
        /// The workload's name.
        workload: String,
    },
    /// An `ipBlock` that may hold the address of a pod: plugins differ in whether blocks take in pods.
    BlockAndPod {
        /// The NetworkPolicy.
        policy: ObjectRef,
        /// JSON pointer of the peer.
        field: String,
    },
    /// A pod and itself: most plugins let it pass whatever the policies say, some do not.
    ToItself {
        /// The pod's name.
        workload: String,
    },
    /// A port name that only a sidecar declares: some plugins do not look there.
    SidecarPort {
        /// The workload's name.
        workload: String,
        /// The port's name.
        port: String,
    },
    /// Cluster-wide policies of one tier and priority decide differently: the plugin takes any of them.
    EqualPriority {
        /// Those that may decide; sorted.
        policies: Vec<ObjectRef>,
    },
    /// A ClusterNetworkPolicy and a policy of the API before it decide differently, and nothing says which goes first.
    TwoApis {
        /// Those that may decide; sorted.
        policies: Vec<ObjectRef>,
    },
    /// NetworkPolicies select the pods for the other direction only: plugins differ in whether they then ask the Baseline
    /// tier in this one.
    OtherDirection {
        /// The workload's name.
        workload: String,
    },
    /// A port name that the pod declares with several numbers: plugins take the first or all.
    SeveralPorts {
        /// The workload's name.
        workload: String,
        /// The port's name.
        port: String,
    },
}

impl std::fmt::Display for Reason {
    /// As people read it: lower case, no full stop.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::HostNetwork { workload } => {
                write!(f, "pods of `{workload}` are on their nodes' network, where plugins differ")
            }
            Reason::BlockAndPod { policy, field } => {
                write!(f, "plugins differ in whether the `ipBlock` at {field} of {} takes in pods", policy.display())
            }
            Reason::ToItself { workload } => {
                write!(f, "`{workload}` is one pod, and plugins differ in what a pod may send to itself")
            }
            Reason::EqualPriority { policies } => {
                let all = listed(policies);
                write!(f, "{all} have the same priority and decide differently, and plugins take any of them")
            }
            Reason::TwoApis { policies } => {
                let all = listed(policies);
                write!(f, "{all} are of two APIs and decide differently, and nothing says which of the two goes first")
            }
            Reason::OtherDirection { workload } => write!(
                f,
                "NetworkPolicies select `{workload}` for the other direction only, and plugins differ in whether they \
                 then ask the Baseline tier"
            ),
            Reason::SidecarPort { workload, port } => {
                write!(f, "only a sidecar of `{workload}` declares port `{port}`, and some plugins do not look there")
            }
            Reason::SeveralPorts { workload, port } => write!(
                f,
                "`{workload}` declares port `{port}` with several numbers, of which plugins take the first or all"
            ),
        }
    }
}

/// Objects by their names, with `and` before the last.
fn listed(objects: &[ObjectRef]) -> String {
    let names: Vec<String> = objects.iter().map(ObjectRef::display).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Which group a cause is of; see invariant 3 of the architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// The input does not hold it.
    NotAsked,
    /// It could not be read, is not synced, or is of a kind that is not modelled.
    Failed,
}

/// Why something is not known. Sorted in answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// Which group it is of.
    pub kind: CauseKind,
    /// For people: lower case, no full stop.
    pub message: String,
    /// The object that stands in the way, if it is one.
    pub object: Option<ObjectRef>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What becomes of what was asked: of the port, or without one of the port that fares best (see
    /// [`Passage::verdict`]), in the part that fares best.
    pub verdict: Verdict,
    /// What passes, for each part of the ends where it is the same: one part between workloads; disjoint address sets
    /// otherwise, together what was asked. If a port was asked about, only that port is spoken of.
    pub parts: Vec<Part>,
    /// Why the plugin has a say, if it has; sorted.
    pub reasons: Vec<Reason>,
    /// What is not known, if something is; sorted.
    pub causes: Vec<Cause>,
}

/// A part of the ends where the answer is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where connections come from.
    pub source: End,
    /// Where they go.
    pub destination: End,
    /// What passes.
    pub passage: Passage,
}
