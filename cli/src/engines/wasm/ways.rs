//! Records of ways → the engine's types.

use engine::reach::Explanation;
use engine::way::{Branch, Citation, PortWay, ServiceAnswer, Stage, Step, Trace};
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
        }
    }
}
