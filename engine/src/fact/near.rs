//! The network around the pods of the object: they, the cluster's DNS, and addresses outside.

use super::answer::only_if;
use super::network::{Network, seen};
use super::{About, Absent, Answer, Cause, CauseKind, Evidence};
use crate::cluster::{Cluster, Item};
use crate::net::{Protocol, Selector};
use crate::reach::{self, End, Match, PolicyEvidence, PortAsk, Reach, SideEvidence, StandIn, Verdict};

/// The cluster's DNS, as most clusters have it, whatever server it is.
const DNS: StandIn = StandIn {
    namespace: "kube-system",
    label: ("k8s-app", "kube-dns"),
    ports: &[("dns", Protocol::Udp, 53), ("dns-tcp", Protocol::Tcp, 53)],
};
/// Workloads of DNS servers that are looked at.
const MOST_SERVERS: usize = 20;

/// What [`super::Memo`] keeps of it.
#[derive(Debug)]
pub(super) struct Near {
    network: Network,
    /// The pods of the object.
    pub(super) pods: End,
    /// The cluster's DNS.
    dns: Vec<End>,
    /// The cluster holds no DNS, so that the usual one stands there.
    pub(super) dns_is_assumed: bool,
}

/// Not applicable to pods on the host's network, where NetworkPolicies mean what the plugin wants.
pub(super) fn of(about: About<'_>) -> Result<&Near, Absent> {
    about.memo.near.get_or_init(|| Near::of(about)).as_ref().map_err(Absent::clone)
}

/// The object as the cluster has it.
pub(super) fn own(about: About<'_>) -> Result<&Item, Absent> {
    let id = &about.object.id;
    let item = about.cluster.item((&id.group, &id.kind), &id.namespace, &id.name);
    item.ok_or_else(|| Absent::failed(format!("{} is not in the cluster", id.display())))
}

impl Near {
    fn of(about: About<'_>) -> Result<Near, Absent> {
        only_if(!about.workload()?.template.host_network)?;
        seen(about.cluster)?;
        let (cluster, own) = (about.cluster, own(about)?);
        let selector = Selector::from_labels(&[(DNS.label.0.to_owned(), DNS.label.1.to_owned())]);
        let servers: Vec<&Item> = cluster.workloads_selected_by(DNS.namespace, &selector).take(MOST_SERVERS).collect();
        let ends: Vec<&Item> = [own].into_iter().chain(servers.iter().copied()).collect();
        let dns_is_assumed = servers.is_empty();
        let network = match dns_is_assumed {
            true => Network::with(cluster, &ends, &DNS),
            false => Network::among(cluster, &ends),
        };
        let dns = match dns_is_assumed {
            true => network.reach().end_of(&DNS.reference()).into_iter().collect(),
            false => servers.iter().map(|item| network.end(cluster, item)).collect::<Result<Vec<_>, _>>()?,
        };
        Ok(Near { pods: network.end(cluster, own)?, network, dns, dns_is_assumed })
    }

    /// The network that they are in.
    pub(super) fn reach(&self) -> &Reach {
        self.network.reach()
    }

    /// What becomes of port 53 to the cluster's DNS. Endpoints are picked at random, so where they differ that is left open.
    pub(super) fn dns(&self, protocol: Protocol) -> Result<Verdict, Absent> {
        let port = Some(PortAsk { protocol, port: 53 });
        let mut verdicts = Vec::new();
        for server in &self.dns {
            let answer = self.reach().ask(&self.pods, server, port);
            if answer.verdict == Verdict::Unknown {
                return Err(unknown(answer.causes));
            }
            verdicts.push(answer.verdict);
        }
        Ok(match verdicts.split_first() {
            Some((first, others)) if others.iter().all(|other| other == first) => *first,
            Some(_) => Verdict::ImplementationDefined,
            None => Verdict::Deny,
        })
    }

    /// The policies that keep the pods from the cluster's DNS, at either end.
    pub(super) fn dns_is_kept_away_by(&self, cluster: &Cluster, protocol: Protocol) -> Vec<Evidence> {
        let port = PortAsk { protocol, port: 53 };
        let explained = self.dns.iter().map(|server| self.reach().explain(cluster, &self.pods, server, Some(port)));
        let sides = explained.flat_map(|found| found.egress.into_iter().chain(found.ingress));
        let denying = sides.filter(|side| side.passage.verdict(Some(port)) == Verdict::Deny);
        denying.flat_map(|side| isolating(&side)).collect()
    }

    /// The rules that let the pods out to addresses.
    pub(super) fn let_out_by(&self, cluster: &Cluster, to: &End, port: Option<PortAsk>) -> Vec<Evidence> {
        let side = self.reach().explain(cluster, &self.pods, to, port).egress;
        side.into_iter().flat_map(|side| rules(&side, port)).collect()
    }
}

/// The policies that isolate a side.
pub(super) fn isolating(side: &SideEvidence) -> Vec<Evidence> {
    let message = format!("isolates {} and does not let it pass", side.workload);
    let isolates = side.policies.iter().filter(|policy| matches!(policy.isolates, Match::Yes));
    let place = |policy: &PolicyEvidence| Evidence {
        message: message.clone(),
        object: policy.policy.clone(),
        field: "/spec/podSelector".to_owned(),
    };
    isolates.map(place).collect()
}

/// The rules that let something pass.
fn rules(side: &SideEvidence, port: Option<PortAsk>) -> Vec<Evidence> {
    let mut found = Vec::new();
    for policy in &side.policies {
        for rule in policy.rules.iter().filter(|rule| rule.passage.verdict(port) == Verdict::Allow) {
            let message = "this rule lets it pass".to_owned();
            found.push(Evidence { message, object: policy.policy.clone(), field: rule.field.clone() });
        }
    }
    found
}

/// That an answer hangs on what is not known.
pub(super) fn unknown(causes: Vec<reach::Cause>) -> Absent {
    let gravest = causes.into_iter().max_by_key(|cause| cause.kind == reach::CauseKind::Failed);
    Absent::Unknown(match gravest {
        Some(cause) => {
            let kind = match cause.kind {
                reach::CauseKind::NotAsked => CauseKind::NotAsked,
                reach::CauseKind::Failed => CauseKind::Failed,
            };
            Cause { kind, ..Cause::failed(cause.message) }
        }
        None => Cause::failed("it is not known what passes".to_owned()),
    })
}

/// The verdict in the words of reports.
pub(super) fn in_words(verdict: Verdict) -> Answer {
    Ok(verdict.as_str().into())
}
