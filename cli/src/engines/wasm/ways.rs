//! Records of ways → the engine's types.

use engine::object::TargetPort;
use engine::reach::Explanation;
use engine::way::{
    Branch, Citation, Entrance, Lead, Listens, Offered, OfferedPort, PathMatch, PortWay, Reached, Receiver,
    ServiceAnswer, Stage, Step, Trace, WayBackend, WayIn,
};
use wasm_host::api;

use super::evidence::{Ids, Named};
use super::records::Record;

impl Named for api::Branch {
    type Own = Branch;
    fn known(self, ids: &Ids) -> Branch {
        let api::Branch { backend, port, end, answer } = self;
        let explanation = answer.map(|answer| Explanation { answer: answer.known(ids), egress: None, ingress: None });
        Branch { backend: backend.own(), port: port.own(), end: end.known(ids), explanation }
    }
}

impl Named for api::PortWay {
    type Own = PortWay;
    fn known(self, ids: &Ids) -> PortWay {
        let api::PortWay { port, name, verdict, branches, because } = self;
        PortWay { port: port.own(), name, verdict: verdict.own(), branches: branches.known(ids), because }
    }
}

impl Named for api::ServiceAnswer {
    type Own = ServiceAnswer;
    fn known(self, ids: &Ids) -> ServiceAnswer {
        let api::ServiceAnswer { service, kind, headless, verdict, ports, because, assumptions } = self;
        ServiceAnswer {
            service: service.own(),
            kind,
            headless,
            verdict: verdict.own(),
            ports: ports.known(ids),
            because,
            assumptions,
        }
    }
}

impl Named for api::Trace {
    type Own = Trace;
    fn known(self, ids: &Ids) -> Trace {
        let api::Trace { verdict, steps, resolution, branches, assumptions } = self;
        Trace {
            verdict: verdict.own(),
            steps: steps.own(),
            resolution: resolution.own(),
            branches: branches.known(ids),
            assumptions,
        }
    }
}

impl Record for api::Step {
    type Own = Step;
    fn own(self) -> Step {
        let api::Step { stage, verdict, message, cites, because, help } = self;
        let cite = |api::Citation { object, field }: api::Citation| Citation { object: object.own(), field };
        Step {
            stage: stage.own(),
            verdict: verdict.own(),
            message,
            cites: cites.into_iter().map(cite).collect(),
            because,
            help,
        }
    }
}

impl Record for api::Stage {
    type Own = Stage;
    fn own(self) -> Stage {
        match self {
            api::Stage::Dns => Stage::Dns,
            api::Stage::Name => Stage::Name,
            api::Stage::Service => Stage::Service,
            api::Stage::Endpoints => Stage::Endpoints,
            api::Stage::Egress => Stage::Egress,
            api::Stage::Ingress => Stage::Ingress,
            api::Stage::Port => Stage::Port,
            api::Stage::Entry => Stage::Entry,
            api::Stage::Receiver => Stage::Receiver,
        }
    }
}

impl Record for api::Offered {
    type Own = Offered;
    fn own(self) -> Offered {
        let api::Offered { service, kind, headless, alias, ports } = self;
        Offered { service: service.own(), kind, headless, alias, ports: ports.own() }
    }
}

impl Record for api::OfferedPort {
    type Own = OfferedPort;
    fn own(self) -> OfferedPort {
        let api::OfferedPort { port, name, node_port, to } = self;
        let to = to.into_iter().map(|api::PodsPort { workload, number }| (workload.own(), number));
        OfferedPort { port: port.own(), name, node_port, to: to.collect() }
    }
}

impl Record for api::Entrance {
    type Own = Entrance;
    fn own(self) -> Entrance {
        let api::Entrance {
            object,
            field,
            host,
            path_kind,
            path,
            conditions,
            listens,
            receiver,
            refused,
            doubts,
            receivers,
            leads,
        } = self;
        let leads: Vec<Lead> = leads.own();
        let path = match path_kind {
            api::PathKind::Every => PathMatch::Every,
            api::PathKind::Exact => PathMatch::Exact(path),
            api::PathKind::Prefix => PathMatch::Prefix(path),
            api::PathKind::ByReceiver => PathMatch::Own(path),
        };
        let listen = |api::Listens { port, tls }: api::Listens| Listens { port, tls };
        let receiver = match receiver {
            api::Receiver::Class(class) => Receiver::Class(class),
            api::Receiver::Gateway(gateway) => Receiver::Gateway(gateway.own()),
        };
        let way = WayIn {
            object: object.own(),
            field,
            host,
            path,
            conditions,
            listens: listens.into_iter().map(listen).collect(),
            receiver,
            backends: leads.iter().map(|lead| lead.backend.clone()).collect(),
            refused,
            doubts,
        };
        Entrance { way, receivers: receivers.own(), leads }
    }
}

impl Record for api::Lead {
    type Own = Lead;
    fn own(self) -> Lead {
        let api::Lead { backend, port, to } = self;
        let api::WayBackend { field, namespace, name, port: wanted, refused, doubt } = backend;
        let wanted = wanted.map(|wanted| match wanted {
            api::TargetPort::Number(number) => TargetPort::Number(number),
            api::TargetPort::Name(name) => TargetPort::Name(name),
        });
        let reached = |api::Reached { workload, port, verdict }: api::Reached| Reached {
            workload: workload.own(),
            port: port.own(),
            verdict: verdict.own(),
        };
        Lead {
            backend: WayBackend { field, namespace, name, port: wanted, refused, doubt },
            port: port.own(),
            to: to.into_iter().map(reached).collect(),
        }
    }
}
