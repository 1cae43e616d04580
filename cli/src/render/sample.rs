//! Hand-made reports that the formats' tests render.

use engine::fact::{Cause, CauseKind};
use engine::finding::{Code, Edit, Finding, Fix, ObjectRef, Outcome, Place, PolicyRef, Related, Severity, Span};
use engine::review::{Decision, Digests, Examined, Report, Skipped, Unknown};
use engine::text::{Format, Lines, Source};

use super::View;
use crate::exit::Exit;
use crate::sources::Sources;

const WEB: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  selector: { app: web }
  ports: [{ port: 80, targetPort: http }]
";

const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: { name: \"wéb\u{1f980}\" } # an astral name
spec:
  template:
    spec:
      containers:
        - name: app
          ports: [{ name: web, containerPort: 8080 }]
";

/// A report and its texts.
pub(crate) struct Sample {
    pub(crate) report: Report,
    pub(crate) sources: Sources,
    pub(crate) exit: Exit,
}

impl Sample {
    pub(crate) fn view(&self) -> View<'_> {
        View { report: &self.report, sources: &self.sources, exit: self.exit }
    }
}

/// Every sample.
pub(crate) fn all() -> Vec<Sample> {
    vec![clean(), everything(), moved_down(), twice(), without_texts()]
}

/// Nothing found.
pub(crate) fn clean() -> Sample {
    let report = Report {
        decision: Decision::Allow,
        findings: Vec::new(),
        unknowns: Vec::new(),
        objects: vec![("Deployment".into(), 1), ("Service".into(), 2)],
        examined: Vec::new(),
        skipped: Vec::new(),
        policies_asked: 12,
        closed: vec!["shop".into()],
        open: Vec::new(),
        unusable: Vec::new(),
        digests: Digests { policies: "sha256:aa".into(), cluster: "sha256:bb".into() },
    };
    Sample { report, sources: Sources::of(sources("")), exit: Exit::Clean }
}

/// One of everything that a report can hold.
pub(crate) fn everything() -> Sample {
    sample("")
}

/// The same, further down in its file.
pub(crate) fn moved_down() -> Sample {
    sample("# a comment\n\n")
}

/// The same finding about the same field, twice.
pub(crate) fn twice() -> Sample {
    let mut sample = everything();
    let first = sample.report.findings[0].clone();
    sample.report.findings.insert(1, first);
    sample
}

/// Findings whose texts are not at hand.
pub(crate) fn without_texts() -> Sample {
    Sample { sources: Sources::default(), ..everything() }
}

fn sample(before: &str) -> Sample {
    let report = Report {
        decision: Decision::Deny,
        findings: vec![node_port(before), target_port(before), Code::NothingToExamine.finding("nothing".into())],
        unknowns: vec![
            unknown(CauseKind::NotAsked, "the user is not known; give `--as USER`"),
            unknown(CauseKind::Failed, "the policy errors: integer overflow"),
        ],
        examined: vec![examined("Service", "shop/web.yaml"), examined("Deployment", "shop/app.yaml")],
        skipped: vec![Skipped {
            source: "shop/values.yaml".into(),
            reason: "document 1 has no `apiVersion`".into(),
            place: None,
        }],
        open: vec!["other".into()],
        unusable: vec!["shop/broken.yaml".into()],
        ..clean().report
    };
    Sample { report, sources: Sources::of(sources(before)), exit: Exit::Unusable }
}

fn sources(before: &str) -> [Source; 2] {
    let source =
        |name: &str, text: String| Source { name: name.into(), format: Format::Yaml, bytes: text.into_bytes() };
    [source("shop/web.yaml", format!("{before}{WEB}")), source("shop/app.yaml", APP.to_owned())]
}

fn place(before: &str, name: &str, needle: &str) -> Place {
    let source = sources(before).into_iter().find(|source| source.name == name).unwrap();
    let at = std::str::from_utf8(&source.bytes).unwrap().find(needle).unwrap();
    Lines::of(&source).place(&source, Span::new(at, at + needle.len()))
}

fn object(kind: &str, name: &str) -> Option<ObjectRef> {
    let [group, version] = if kind == "Service" { ["", "v1"] } else { ["apps", "v1"] };
    Some(ObjectRef {
        namespace: "shop".into(),
        kind: kind.into(),
        name: name.into(),
        group: group.into(),
        version: version.into(),
    })
}

fn examined(kind: &str, source: &str) -> Examined {
    Examined { object: object(kind, "web").unwrap(), source: source.into() }
}

fn policy(id: &str) -> PolicyRef {
    let source = "policies/services/types.cedar".to_owned();
    let place = Place { source, span: Span::new(40, 60), line: 3, column: 1, end_line: 3, end_column: 21 };
    PolicyRef { id: id.into(), pack: "services".into(), place: Some(place) }
}

fn node_port(before: &str) -> Finding {
    let at = place(before, "shop/web.yaml", "NodePort");
    Finding {
        code: "SVC-001".into(),
        severity: Severity::Error,
        outcome: Outcome::Deny,
        title: "NodePort in production".into(),
        message: "Service `web` opens a port on every node: `NodePort` in production".into(),
        object: object("Service", "web"),
        field: "/spec/type".into(),
        value: Some("\"NodePort\"".into()),
        place: Some(at.clone()),
        related: Vec::new(),
        policy: Some(policy("services/node-port")),
        help: Some("use `ClusterIP` behind an Ingress".into()),
        references: vec!["https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport".into()],
        fix: Some(Fix {
            title: "set `spec.type` to `ClusterIP`".into(),
            edits: vec![Edit { place: at, text: "ClusterIP".into() }],
        }),
        settles: false,
        ratcheted: false,
    }
}

fn target_port(before: &str) -> Finding {
    Finding {
        code: "SVC-014".into(),
        severity: Severity::Warning,
        outcome: Outcome::Audit,
        title: "target port names nothing".into(),
        message: "port `http` of Service `shop/web` names no container port".into(),
        object: object("Service", "web"),
        field: "/spec/ports/0/targetPort".into(),
        value: Some("\"http\"".into()),
        place: Some(place(before, "shop/web.yaml", "http")),
        related: vec![
            Related {
                message: "the selected pods expose `web` (8080)".into(),
                object: object("Deployment", "web"),
                field: "/spec/template/spec/containers/0/ports/0/name".into(),
                place: Some(place(before, "shop/app.yaml", "web, containerPort: 8080")),
            },
            Related {
                message: "selected by this".into(),
                object: object("Service", "web"),
                field: "/spec/selector".into(),
                place: Some(place(before, "shop/web.yaml", "{ app: web }")),
            },
        ],
        policy: Some(policy("services/target-port")),
        help: None,
        references: Vec::new(),
        fix: Some(Fix { title: "name the container port `http`".into(), edits: Vec::new() }),
        settles: true,
        ratcheted: false,
    }
}

fn unknown(kind: CauseKind, message: &str) -> Unknown {
    Unknown {
        policy: policy("services/only-platform"),
        code: "SVC-030".into(),
        object: object("Service", "web"),
        field: String::new(),
        causes: vec![Cause { kind, message: message.into(), field: String::new() }],
        place: None,
        outcome: Outcome::Deny,
    }
}
