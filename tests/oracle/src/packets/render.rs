//! Policies → nftables rules of the router, straight from JSON.
//!
//! Each pod has a chain for what leaves and one for what enters. A chain goes on to the next tier by `goto`, so that
//! `return` lets the packet go on to the other side. What is denied is refused at once, so that nobody has to wait.

mod matching;
mod selecting;
mod tiers;

use std::fmt::Write;
use std::net::IpAddr;

use serde_json::Value;

pub(crate) use matching::{Addresses, Ports};

use super::network::pod_addresses;

/// A workload's pod, which has a namespace of the network.
#[derive(Clone, Debug)]
pub struct Pod {
    /// `NAMESPACE/NAME` of the workload.
    pub name: String,
    /// Its number in the network.
    pub number: usize,
    namespace: String,
    labels: Value,
    spec: Value,
}

impl Pod {
    /// Its addresses, of both families.
    pub fn addresses(&self) -> [IpAddr; 2] {
        pod_addresses(self.number)
    }
}

/// The pods that have an address of their own and still run: one for each workload.
pub fn pods(documents: &[Value]) -> Vec<Pod> {
    let workloads = documents.iter().filter(|document| {
        let ended = matches!(document.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"));
        let kinds = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"];
        document["kind"].as_str().is_some_and(|kind| kinds.contains(&kind)) && !ended
    });
    let pods = workloads.map(|document| {
        let text = |pointer| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let template = document.pointer("/spec/jobTemplate/spec/template").or(document.pointer("/spec/template"));
        let made_by = template.unwrap_or(document);
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        Pod {
            name: format!("{namespace}/{name}"),
            number: 0,
            namespace,
            labels: made_by["metadata"]["labels"].clone(),
            spec: made_by["spec"].clone(),
        }
    });
    let with_address = pods.filter(|pod| pod.spec["hostNetwork"] != Value::Bool(true));
    with_address.enumerate().map(|(number, pod)| Pod { number, ..pod }).collect()
}

/// Which way the packets of a chain go, seen from its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    In,
    Out,
}

impl Way {
    /// The field of policies with the rules for this way.
    fn rules(self) -> &'static str {
        if self == Way::In { "ingress" } else { "egress" }
    }

    /// The field of rules with the peers.
    fn peers(self) -> &'static str {
        if self == Way::In { "from" } else { "to" }
    }

    /// The address of a packet that peers are held against.
    fn peer_address(self) -> &'static str {
        if self == Way::In { "saddr" } else { "daddr" }
    }

    /// The address of a packet that is the pod's own.
    fn own_address(self) -> &'static str {
        if self == Way::In { "daddr" } else { "saddr" }
    }
}

/// Everything that rules are made of.
pub(crate) struct Scene<'a> {
    documents: &'a [Value],
    pods: &'a [Pod],
}

impl Scene<'_> {
    fn of_kind(&self, kind: &str) -> Vec<&Value> {
        self.documents.iter().filter(|document| document["kind"] == kind).collect()
    }
}

/// The router's rules.
pub fn rules(documents: &[Value], pods: &[Pod]) -> String {
    let scene = Scene { documents, pods };
    let mut chains = String::from(" chain denied {\n  meta l4proto tcp reject with tcp reset\n  reject\n }\n");
    let mut forward = String::new();
    for pod in pods {
        for way in [Way::Out, Way::In] {
            let start = tiers::chains(&scene, pod, way, &mut chains);
            let addresses = Addresses::only(&pod.addresses());
            for address in addresses.expressions(way.own_address()) {
                writeln!(forward, "  {address} jump {start}").unwrap_or_default();
            }
        }
    }
    format!(
        "table inet policies {{\n{chains} chain forward {{\n  type filter hook forward priority filter; policy accept;\n  \
         ct direction reply accept\n{forward} }}\n}}\n"
    )
}
