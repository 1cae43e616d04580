//! What to change where a way breaks.

use super::branch::Branch;
use crate::cluster::{Cluster, Direction, NAME_LABEL};
use crate::dns::Client;
use crate::finding::ObjectRef;
use crate::reach::{End, PortAsk, Reach};

/// Labels by which people call their applications; one of them is enough for a selector.
const USUAL: [&str; 3] = ["app.kubernetes.io/name", "app", "k8s-app"];

/// The rule that would let a connection through, as YAML in one line.
pub(super) fn rule(
    cluster: &Cluster,
    reach: &Reach,
    (client, branch): (Option<&Client>, &Branch),
    direction: Direction,
) -> Option<String> {
    let client = client?;
    let there = match branch.end.as_ref()? {
        End::Workload(id) => Client::of(cluster, &reach.workload(*id)?.object),
        End::Addresses(_) => None,
    };
    let (subject, way, peer) = match direction {
        Direction::Egress => {
            let peer = match (&there, branch.end.as_ref()?) {
                (Some(there), _) => selector(there, &client.workload.namespace),
                (None, End::Addresses(set)) => format!("{{ipBlock: {{cidr: {}}}}}", set.blocks().first()?.cidr),
                (None, End::Workload(_)) => return None,
            };
            (client, "egress: [{to", peer)
        }
        Direction::Ingress => {
            (there.as_ref()?, "ingress: [{from", selector(client, &there.as_ref()?.workload.namespace))
        }
    };
    let ObjectRef { namespace, name, .. } = &subject.workload;
    let PortAsk { protocol, port } = branch.port;
    let protocol = protocol.as_str();
    Some(format!(
        "in a NetworkPolicy that selects {namespace}/{name}, add `{way}: [{peer}], ports: [{{protocol: {protocol}, port: {port}}}]}}]`"
    ))
}

/// A peer that picks a workload's pods.
fn selector(of: &Client, home: &str) -> String {
    let labels = &of.template.labels;
    let usual = USUAL.iter().find_map(|key| labels.iter().find(|(known, _)| known == key));
    let named: Vec<String> = match usual {
        Some((key, value)) => vec![format!("{key}: {value}")],
        None => labels.iter().map(|(key, value)| format!("{key}: {value}")).collect(),
    };
    let pods = if named.is_empty() {
        "podSelector: {}".to_owned()
    } else {
        format!("podSelector: {{matchLabels: {{{}}}}}", named.join(", "))
    };
    let namespace = &of.workload.namespace;
    if namespace == home {
        return format!("{{{pods}}}");
    }
    format!("{{namespaceSelector: {{matchLabels: {{{NAME_LABEL}: {namespace}}}}}, {pods}}}")
}
