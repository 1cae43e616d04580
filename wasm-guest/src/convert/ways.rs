//! Connections followed through names and Services.

use engine::way as from;

use super::evidence::{Book, Named};
use super::list;
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
        }
    }
}
