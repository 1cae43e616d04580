//! The line shape of the widely used analyzer, so that people can switch: `src => dst : TCP 80,443`.
//!
//! As there: names have their kind, addresses are IPv4 ranges, protocols are in the order of the alphabet, nothing is said of a
//! workload and itself, and only what passes for sure is listed. It knows no IPv6, so a set that is all of IPv6 besides goes
//! without saying; other IPv6 addresses are listed.

use std::net::{Ipv4Addr, Ipv6Addr};

use engine::net::{AddressSet, Ports, Protocol};
use engine::reach::{End, WorkloadEnd};

use super::{Listed, csv, parts};
use crate::engines::Net;

/// The list as lines.
pub(crate) fn text(listed: &Listed<'_>) -> String {
    entries(listed).into_iter().map(|[from, to, ports]| format!("{from} => {to} : {ports}\n")).collect()
}

/// The list as CSV.
pub(crate) fn csv(listed: &Listed<'_>) -> String {
    let head = csv::line(["src", "dst", "conn"]);
    std::iter::once(head).chain(entries(listed).iter().map(|[from, to, ports]| csv::line([from, to, ports]))).collect()
}

/// What the shape has no words for, in one line.
pub(crate) fn left_out(listed: &Listed<'_>) -> Option<String> {
    let number = listed.connections().filter(|connection| !parts::is_settled(&connection.passage)).count();
    let pairs = if number == 1 { "1 pair is".to_owned() } else { format!("{number} pairs are") };
    (number > 0).then(|| {
        format!("left out: {pairs} in part implementation-defined or unknown, which this shape has no words for; leave out `--format-compat` to see them")
    })
}

fn entries(listed: &Listed<'_>) -> Vec<[String; 3]> {
    let mut entries = Vec::new();
    for connection in listed.connections() {
        if connection.passage.allow.is_empty() || connection.source == connection.destination {
            continue;
        }
        let ports = ports(&connection.passage.allow);
        for from in ends(listed.known.reach, &connection.source) {
            for to in ends(listed.known.reach, &connection.destination) {
                entries.push([from.clone(), to, ports.clone()]);
            }
        }
    }
    entries.sort();
    entries
}

fn ends(reach: &Net, end: &End) -> Vec<String> {
    match end {
        End::Workload(id) => reach.workload(*id).map(name).into_iter().collect(),
        End::Addresses(set) => ranges(set),
    }
}

fn name(workload: &WorkloadEnd) -> String {
    let object = &workload.object;
    format!("{}/{}[{}]", object.namespace, object.name, object.kind)
}

fn ranges(set: &AddressSet) -> Vec<String> {
    let v4 =
        set.v4.as_slice().iter().map(|(first, last)| format!("{}-{}", Ipv4Addr::from(*first), Ipv4Addr::from(*last)));
    let v6 =
        set.v6.as_slice().iter().map(|(first, last)| format!("{}-{}", Ipv6Addr::from(*first), Ipv6Addr::from(*last)));
    let silent = set.v6.is_all() && !set.v4.is_empty();
    v4.chain(v6.filter(|_| !silent)).collect()
}

fn ports(ports: &Ports) -> String {
    if ports.is_all() {
        return "All Connections".to_owned();
    }
    let mut protocols = Vec::new();
    for protocol in [Protocol::Sctp, Protocol::Tcp, Protocol::Udp] {
        let ranges = ports.of_protocol(protocol).as_slice().iter();
        let ranges: Vec<String> = ranges
            .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
            .collect();
        if !ranges.is_empty() {
            protocols.push(format!("{} {}", protocol.as_str(), ranges.join(",")));
        }
    }
    protocols.join(",")
}
