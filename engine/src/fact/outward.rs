//! Where the pods of a workload may go: the cluster's DNS, the internet, the cloud's metadata service.

use std::sync::Arc;

use super::answer::only_if;
use super::near::{self, in_words, unknown};
use super::{About, Absent, Answer, Evidence, FactValue};
use crate::cluster::default_deny;
use crate::net::{AddressSet, METADATA_ADDRESSES, Ports, Protocol, public_addresses};
use crate::reach::{Answer as Reached, End, PortAsk, Verdict};

fn dns(about: About<'_>, protocol: Protocol) -> Answer {
    let near = near::of(about)?;
    let verdict = near.dns(protocol)?;
    if near.dns_is_assumed && verdict == Verdict::Deny && lets_something_out(about, protocol)? {
        return Err(Absent::not_asked(
            "the input holds no pods with `k8s-app=kube-dns` in `kube-system`, and whom port 53 is open to may be the cluster's \
             DNS; add its manifests"
                .to_owned(),
        ));
    }
    in_words(verdict)
}

/// Whether a rule lets port 53 out to anyone.
fn lets_something_out(about: About<'_>, protocol: Protocol) -> Result<bool, Absent> {
    let policies = about.cluster.policies_about(near::own(about)?);
    let mut in_force =
        policies.iter().filter(|(_, body)| body.isolates_egress).flat_map(|(_, body)| &body.rules.egress);
    Ok(in_force.any(|rule| default_deny::allows_dns(rule, protocol.as_str())))
}

pub(super) fn dns_over_udp(about: About<'_>) -> Answer {
    dns(about, Protocol::Udp)
}

pub(super) fn dns_over_tcp(about: About<'_>) -> Answer {
    dns(about, Protocol::Tcp)
}

pub(super) fn dns_over_udp_places(about: About<'_>) -> Vec<Evidence> {
    near::of(about).map(|near| near.dns_is_kept_away_by(about.cluster, Protocol::Udp)).unwrap_or_default()
}

pub(super) fn dns_over_tcp_places(about: About<'_>) -> Vec<Evidence> {
    near::of(about).map(|near| near.dns_is_kept_away_by(about.cluster, Protocol::Tcp)).unwrap_or_default()
}

fn addresses(set: AddressSet) -> End {
    End::Addresses(Arc::new(set))
}

fn internet() -> End {
    addresses(public_addresses())
}

/// The public addresses and the ports that pass for sure.
fn passing(answer: &Reached) -> (AddressSet, Ports) {
    let passing = answer.parts.iter().filter(|part| !part.passage.allow.is_empty());
    passing.fold((AddressSet::NONE, Ports::NONE), |(set, ports), part| match &part.destination {
        End::Addresses(more) => (set.union(more), ports.union(&part.passage.allow)),
        End::Workload(_) => (set, ports),
    })
}

pub(super) fn egress_to_internet(about: About<'_>) -> Answer {
    let near = near::of(about)?;
    let answer = near.reach().ask(&near.pods, &internet(), None);
    let (set, _) = passing(&answer);
    let public = public_addresses();
    if answer.parts.iter().all(|part| part.passage.allow.is_all()) {
        return Ok("unlimited".into());
    }
    if public.v4.is_subset(&set.v4) || public.v6.is_subset(&set.v6) {
        return Ok("every".into());
    }
    if answer.parts.iter().any(|part| !part.passage.unknown.is_empty()) {
        return Err(unknown(answer.causes));
    }
    let by_plugin = answer.parts.iter().any(|part| !part.passage.implementation_defined.is_empty());
    Ok(match (set.is_empty(), by_plugin) {
        (false, _) => "some".into(),
        (true, true) => Verdict::ImplementationDefined.as_str().into(),
        (true, false) => "none".into(),
    })
}

pub(super) fn internet_ports(about: About<'_>) -> Answer {
    let near = near::of(about)?;
    let answer = near.reach().ask(&near.pods, &internet(), None);
    let (set, ports) = passing(&answer);
    if set.is_empty() && answer.parts.iter().any(|part| !part.passage.unknown.is_empty()) {
        return Err(unknown(answer.causes));
    }
    only_if(!set.is_empty())?;
    Ok(FactValue::Text(if ports.is_all() { "every port".to_owned() } else { ports.to_string() }))
}

pub(super) fn internet_places(about: About<'_>) -> Vec<Evidence> {
    near::of(about).map(|near| near.let_out_by(about.cluster, &internet(), None)).unwrap_or_default()
}

/// The metadata service answers HTTP.
const METADATA_PORT: u16 = 80;

fn metadata() -> End {
    let each = METADATA_ADDRESSES.into_iter().map(AddressSet::of_address);
    addresses(each.fold(AddressSet::NONE, |all, address| all.union(&address)))
}

pub(super) fn egress_to_metadata(about: About<'_>) -> Answer {
    let near = near::of(about)?;
    let answer = near.reach().ask(&near.pods, &metadata(), Some(PortAsk::tcp(METADATA_PORT)));
    match answer.verdict {
        Verdict::Unknown => Err(unknown(answer.causes)),
        verdict => in_words(verdict),
    }
}

pub(super) fn metadata_places(about: About<'_>) -> Vec<Evidence> {
    let port = Some(PortAsk::tcp(METADATA_PORT));
    near::of(about).map(|near| near.let_out_by(about.cluster, &metadata(), port)).unwrap_or_default()
}
