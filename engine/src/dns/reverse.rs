//! The names of addresses.

use std::net::{IpAddr, Ipv6Addr};

use super::backends::{Backends, Hostname, dashed};
use super::record::{Data, Outcome, Record, RecordType};
use super::zone::{Zone, ZoneAnswer};
use crate::cluster::{Item, Knowledge};
use crate::finding::ObjectRef;
use crate::net::parse_address;
use crate::object::{Body, Service};

/// The address that a name below `in-addr.arpa` or `ip6.arpa` is of.
pub(super) fn address_of(name: &str) -> Option<IpAddr> {
    if let Some(octets) = name.strip_suffix(".in-addr.arpa") {
        let turned: Vec<&str> = octets.rsplit('.').collect();
        return parse_address(&turned.join(".")).filter(|_| turned.len() == 4);
    }
    let digits: Vec<&str> = name.strip_suffix(".ip6.arpa")?.rsplit('.').collect();
    let one = |digit: &&str| digit.len() == 1;
    let bits = digits.iter().try_fold(0u128, |bits, digit| Some(bits << 4 | u128::from_str_radix(digit, 16).ok()?))?;
    (digits.len() == 32 && digits.iter().all(one)).then(|| IpAddr::V6(Ipv6Addr::from(bits)))
}

/// The name by which an address is asked for.
pub(super) fn name_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let octets: Vec<String> = address.octets().iter().rev().map(u8::to_string).collect();
            format!("{}.in-addr.arpa", octets.join("."))
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let digits: Vec<String> = (0..32).map(|at| format!("{:x}", bits >> (4 * at) & 15)).collect();
            format!("{}.ip6.arpa", digits.join("."))
        }
    }
}

/// A Service's virtual address has the Service's name; else each endpoint with the address has one. Source:
/// `serviceRecordForIP` of CoreDNS.
pub(super) fn answer(zone: &Zone<'_>, name: &str, address: IpAddr, kind: RecordType) -> ZoneAnswer {
    let cluster = zone.cluster;
    let domain = zone.domain();
    let services = || {
        let namespaces = cluster.every_namespace().into_iter();
        namespaces
            .flat_map(|namespace| cluster.objects_of(("", "Service"), namespace))
            .filter_map(|item| typed(zone, item))
    };
    let pointer = |target: String| Record { name: name.to_owned(), data: Data::Pointer(target) };
    if let Some((id, _)) = services().find(|(_, service)| service.cluster_ips.contains(&address)) {
        let record = pointer(format!("{}.{}.svc.{domain}", id.name, id.namespace));
        return ZoneAnswer { service: Some(id), ..of_type(kind, vec![record]) };
    }
    let (mut records, mut found) = (Vec::new(), Vec::new());
    for (id, service) in services() {
        for backend in Backends::of(cluster, &id, service).list {
            if backend.ready && backend.addresses.contains(&address) {
                let label = match &backend.hostname {
                    Hostname::Label(label) => label.clone(),
                    _ => dashed(address),
                };
                records.push(pointer(format!("{label}.{}.{}.svc.{domain}", id.name, id.namespace)));
                found.push(backend);
            }
        }
    }
    records.sort();
    records.dedup();
    if records.is_empty() {
        let why = Knowledge::NotGiven(format!("no Service and no endpoint of the input has the address {address}"));
        return Outcome::Unknown(why).into();
    }
    ZoneAnswer { backends: found, ..of_type(kind, records) }
}

fn of_type(kind: RecordType, records: Vec<Record>) -> ZoneAnswer {
    match kind {
        RecordType::Ptr => Outcome::Records { records, open: None }.into(),
        // CoreDNS looks up no name of the cluster for another type.
        _ => Outcome::NxDomain.into(),
    }
}

fn typed<'a>(zone: &Zone<'a>, item: &'a Item) -> Option<(ObjectRef, &'a Service)> {
    match &item.whole()?.body {
        Body::Service(service) => Some((zone.cluster.reference(item), service)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_addresses_go_back_and_forth() {
        for text in ["10.96.0.10", "fd00::1", "::", "255.255.255.255", "2001:db8:0:1::abcd"] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(address_of(&name_of(address)), Some(address), "{text}");
        }
        assert_eq!(name_of("10.96.0.1".parse().unwrap()), "1.0.96.10.in-addr.arpa");
        for text in ["10.in-addr.arpa", "1.2.3.4.5.in-addr.arpa", "256.0.0.1.in-addr.arpa", "1.ip6.arpa", "web"] {
            assert_eq!(address_of(text), None, "{text}");
        }
    }
}
