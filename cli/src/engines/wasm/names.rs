//! Records of names → the engine's types.

use std::net::IpAddr;

use engine::cluster::Knowledge;
use engine::dns::{
    Backend, Backends, Behind, Data, DnsSettings, Domain, Hostname, Outcome, PodsOf, Query, RecordType, Resolution,
    ResolvConf, Servers, Supplier, Target,
};
use engine::net::{Family, parse_address};
use engine::object::{EndpointPort, ServicePort, TargetPort};
use wasm_host::api;

use super::records::Record;

/// The settings as a record.
pub(super) fn settings(settings: &DnsSettings) -> api::DnsSettings {
    let DnsSettings { cluster_domain, families, node_search, servers } = settings.clone();
    let family = |family| match family {
        Family::V4 => api::Family::Ipv4,
        Family::V6 => api::Family::Ipv6,
    };
    api::DnsSettings {
        cluster_domain,
        families: families.into_iter().map(family).collect(),
        node_search,
        servers: servers.iter().map(ToString::to_string).collect(),
    }
}

/// A type as a record.
pub(super) fn record_type(kind: RecordType) -> api::RecordType {
    match kind {
        RecordType::Address => api::RecordType::Address,
        RecordType::A => api::RecordType::A,
        RecordType::Aaaa => api::RecordType::Aaaa,
        RecordType::Srv => api::RecordType::Srv,
        RecordType::Ptr => api::RecordType::Ptr,
        RecordType::Cname => api::RecordType::Cname,
    }
}

impl Record for api::Resolution {
    type Own = Resolution;
    fn own(self) -> Resolution {
        let api::Resolution { conf, queries, hit, service, behind, endpoints, causes, assumptions } = self;
        Resolution {
            conf: conf.own(),
            queries: queries.own(),
            hit: hit.and_then(|hit| usize::try_from(hit).ok()),
            service: service.own(),
            behind: behind.own(),
            backends: endpoints.own(),
            causes: causes.own(),
            assumptions,
        }
    }
}

impl Record for api::ResolvConf {
    type Own = ResolvConf;
    fn own(self) -> ResolvConf {
        let api::ResolvConf { servers, search, ndots, policy } = self;
        let servers = match servers {
            api::Servers::Cluster => Servers::Cluster,
            api::Servers::Node => Servers::Node,
            api::Servers::Named(names) => Servers::Named(names),
        };
        let domain = |domain| match domain {
            api::Domain::Name(name) => Domain::Name(name),
            api::Domain::OfNode => Domain::OfNode,
        };
        let policy = match policy {
            api::DnsPolicy::None => "None",
            api::DnsPolicy::Default => "Default",
            api::DnsPolicy::ClusterFirst => "ClusterFirst",
            api::DnsPolicy::ClusterFirstWithHostNet => "ClusterFirstWithHostNet",
        };
        ResolvConf { servers, search: search.into_iter().map(domain).collect(), ndots, policy }
    }
}

impl Record for api::Query {
    type Own = Query;
    fn own(self) -> Query {
        let api::Query { name, of_node, outcome } = self;
        Query { name, of_node, outcome: outcome.own() }
    }
}

impl Record for api::QueryOutcome {
    type Own = Outcome;
    fn own(self) -> Outcome {
        match self {
            api::QueryOutcome::Records(api::FoundRecords { records, open }) => {
                Outcome::Records { records: records.own(), open: open.own() }
            }
            api::QueryOutcome::NoData => Outcome::NoData,
            api::QueryOutcome::NxDomain => Outcome::NxDomain,
            api::QueryOutcome::Nothing => Outcome::Nothing,
            api::QueryOutcome::Unknown(why) => Outcome::Unknown(why.own()),
            api::QueryOutcome::Forwarded => Outcome::Forwarded,
        }
    }
}

impl Record for api::DnsRecord {
    type Own = engine::dns::Record;
    fn own(self) -> engine::dns::Record {
        let api::DnsRecord { name, data } = self;
        let data = match data {
            api::Data::Alias(target) => Data::Alias(target),
            // An address is written by an address, so it reads as one.
            api::Data::Address(text) => match parse_address(&text) {
                Some(address) => Data::Address(address),
                None => Data::Pointer(text),
            },
            api::Data::ServiceAddress(api::ServiceAddress { service, family }) => {
                Data::ServiceAddress { service: service.own(), family: family.own() }
            }
            api::Data::PodAddresses(api::PodAddresses { pods, family }) => {
                Data::PodAddresses { pods: pods.own(), family: family.own() }
            }
            api::Data::Server(api::Server { target, port }) => {
                let target = match target {
                    api::Target::Name(name) => Target::Name(name),
                    api::Target::OfPods(api::TargetsOfPods { pods, below }) => {
                        Target::OfPods { pods: pods.own(), below }
                    }
                };
                Data::Server { target, port }
            }
            api::Data::Pointer(target) => Data::Pointer(target),
        };
        engine::dns::Record { name, data }
    }
}

impl Record for api::Family {
    type Own = Family;
    fn own(self) -> Family {
        match self {
            api::Family::Ipv4 => Family::V4,
            api::Family::Ipv6 => Family::V6,
        }
    }
}

impl Record for api::Behind {
    type Own = Behind;
    fn own(self) -> Behind {
        let api::Behind { kind, headless, ports, backends } = self;
        Behind { kind, headless, ports: ports.own(), backends: backends.own() }
    }
}

impl Record for api::Backends {
    type Own = Backends;
    fn own(self) -> Backends {
        let api::Backends { endpoints, supplier, knowledge } = self;
        let supplier = match supplier {
            api::Supplier::Given => Supplier::Given,
            api::Supplier::Selector => Supplier::Selector,
            api::Supplier::Nobody => Supplier::Nobody,
        };
        Backends { list: endpoints.own(), supplier, knowledge: knowledge.own() }
    }
}

impl Record for api::ServicePort {
    type Own = ServicePort;
    fn own(self) -> ServicePort {
        let api::ServicePort { name, protocol, port, target, node_port } = self;
        let target = match target {
            api::TargetPort::Number(number) => TargetPort::Number(number),
            api::TargetPort::Name(name) => TargetPort::Name(name),
        };
        ServicePort { name, protocol, port, target, node_port }
    }
}

impl Record for api::Knowledge {
    type Own = Knowledge;
    fn own(self) -> Knowledge {
        match self {
            api::Knowledge::Complete => Knowledge::Complete,
            api::Knowledge::NotGiven(why) => Knowledge::NotGiven(why),
            api::Knowledge::Failed(why) => Knowledge::Failed(why),
        }
    }
}

impl Record for api::Backend {
    type Own = Backend;
    fn own(self) -> Backend {
        let api::Backend { pods, hostname, addresses, ready, readiness_known, ports } = self;
        let hostname = match hostname {
            api::Hostname::OfAddress => Hostname::OfAddress,
            api::Hostname::Label(label) => Hostname::Label(label),
            api::Hostname::OfPod => Hostname::OfPod,
            api::Hostname::OfIndex => Hostname::OfIndex,
        };
        let port = |api::EndpointPort { name, protocol, number }| EndpointPort { name, protocol, number };
        let addresses: Vec<IpAddr> = addresses.iter().filter_map(|text| parse_address(text)).collect();
        Backend {
            pods: pods.own(),
            hostname,
            addresses,
            ready,
            readiness_known,
            ports: ports.into_iter().map(port).collect(),
        }
    }
}

impl Record for api::PodsOf {
    type Own = PodsOf;
    fn own(self) -> PodsOf {
        match self {
            api::PodsOf::Pod(api::OnePod { name, workload }) => PodsOf::Pod { name, workload: workload.own() },
            api::PodsOf::Ordinals(api::Ordinals { workload, first, count }) => {
                PodsOf::Ordinals { workload: workload.own(), first, count }
            }
            api::PodsOf::Workload(workload) => PodsOf::Workload(workload.own()),
            api::PodsOf::Endpoint(listed_in) => PodsOf::Endpoint { listed_in: listed_in.own() },
        }
    }
}
