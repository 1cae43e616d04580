//! Connections followed through names and Services.

use engine::object::TargetPort;
use engine::way as from;

use super::evidence::{Book, Named};
use super::list;
use crate::bindings::exports::hedgerow::policy::names::TargetPort as WitTargetPort;
use crate::bindings::exports::hedgerow::policy::ways as wit;

impl Named<wit::Branch> for from::Branch {
    fn named(self, book: &Book<'_>) -> wit::Branch {
        let from::Branch { backend, port, end, explanation } = self;
        wit::Branch {
            backend: backend.into(),
            port: port.into(),
            end: end.named(book),
            answer: explanation.map(|explanation| explanation.answer.named(book)),
        }
    }
}

impl Named<wit::PortWay> for from::PortWay {
    fn named(self, book: &Book<'_>) -> wit::PortWay {
        let from::PortWay { port, name, verdict, branches, because } = self;
        wit::PortWay { port: port.into(), name, verdict: verdict.into(), branches: branches.named(book), because }
    }
}

impl Named<wit::ServiceAnswer> for from::ServiceAnswer {
    fn named(self, book: &Book<'_>) -> wit::ServiceAnswer {
        let from::ServiceAnswer { service, kind, headless, verdict, ports, because, assumptions } = self;
        wit::ServiceAnswer {
            service: service.into(),
            kind,
            headless,
            verdict: verdict.into(),
            ports: ports.named(book),
            because,
            assumptions,
        }
    }
}

impl Named<wit::Trace> for from::Trace {
    fn named(self, book: &Book<'_>) -> wit::Trace {
        let from::Trace { verdict, steps, resolution, branches, assumptions } = self;
        wit::Trace {
            verdict: verdict.into(),
            steps: list(steps),
            resolution: resolution.map(Into::into),
            branches: branches.named(book),
            assumptions,
        }
    }
}

impl From<from::Step> for wit::Step {
    fn from(from::Step { stage, verdict, message, cites, because, help }: from::Step) -> Self {
        let cite = |from::Citation { object, field }: from::Citation| wit::Citation { object: object.into(), field };
        wit::Step {
            stage: stage.into(),
            verdict: verdict.into(),
            message,
            cites: cites.into_iter().map(cite).collect(),
            because,
            help,
        }
    }
}

impl From<from::Stage> for wit::Stage {
    fn from(stage: from::Stage) -> Self {
        match stage {
            from::Stage::Dns => wit::Stage::Dns,
            from::Stage::Name => wit::Stage::Name,
            from::Stage::Service => wit::Stage::Service,
            from::Stage::Endpoints => wit::Stage::Endpoints,
            from::Stage::Egress => wit::Stage::Egress,
            from::Stage::Ingress => wit::Stage::Ingress,
            from::Stage::Port => wit::Stage::Port,
            from::Stage::Entry => wit::Stage::Entry,
            from::Stage::Receiver => wit::Stage::Receiver,
        }
    }
}

impl From<from::Offered> for wit::Offered {
    fn from(from::Offered { service, kind, headless, alias, ports }: from::Offered) -> Self {
        wit::Offered { service: service.into(), kind, headless, alias, ports: list(ports) }
    }
}

impl From<from::OfferedPort> for wit::OfferedPort {
    fn from(from::OfferedPort { port, name, node_port, to }: from::OfferedPort) -> Self {
        let to = to.into_iter().map(|(workload, number)| wit::PodsPort { workload: workload.into(), number });
        wit::OfferedPort { port: port.into(), name, node_port, to: to.collect() }
    }
}

impl From<from::Entrance> for wit::Entrance {
    fn from(from::Entrance { way, receivers, leads }: from::Entrance) -> Self {
        // The backends stand in the leads, in the same order.
        let from::WayIn { object, field, host, path, conditions, listens, receiver, backends: _, refused, doubts } =
            way;
        let (path_kind, path) = match path {
            from::PathMatch::Every => (wit::PathKind::Every, String::new()),
            from::PathMatch::Exact(path) => (wit::PathKind::Exact, path),
            from::PathMatch::Prefix(path) => (wit::PathKind::Prefix, path),
            from::PathMatch::Own(path) => (wit::PathKind::ByReceiver, path),
        };
        let listen = |from::Listens { port, tls }: from::Listens| wit::Listens { port, tls };
        wit::Entrance {
            object: object.into(),
            field,
            host,
            path_kind,
            path,
            conditions,
            listens: listens.into_iter().map(listen).collect(),
            receiver: match receiver {
                from::Receiver::Class(class) => wit::Receiver::Class(class),
                from::Receiver::Gateway(gateway) => wit::Receiver::Gateway(gateway.into()),
            },
            refused,
            doubts,
            receivers: list(receivers),
            leads: list(leads),
        }
    }
}

impl From<from::Lead> for wit::Lead {
    fn from(from::Lead { backend, port, to }: from::Lead) -> Self {
        let from::WayBackend { field, namespace, name, port: wanted, refused, doubt } = backend;
        let wanted = wanted.map(|wanted| match wanted {
            TargetPort::Number(number) => WitTargetPort::Number(number),
            TargetPort::Name(name) => WitTargetPort::Name(name),
        });
        let reached = |from::Reached { workload, port, verdict }: from::Reached| wit::Reached {
            workload: workload.into(),
            port: port.into(),
            verdict: verdict.into(),
        };
        wit::Lead {
            backend: wit::WayBackend { field, namespace, name, port: wanted, refused, doubt },
            port: port.map(Into::into),
            to: to.into_iter().map(reached).collect(),
        }
    }
}
