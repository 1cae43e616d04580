//! Golden answers. `HEDGEROW_UPDATE=1 cargo test -p hedgerow-webhook` writes them anew; read what changed.

use std::path::Path;

use wasm_host::api::{Cause, CauseKind, Decision, Digests, Finding, ObjectRef, Outcome, PolicyRef, Related, Severity};
use wasm_host::api::{Review, Unknown};

use super::*;

const RENDERER: Renderer = Renderer { disclose: Disclose::Namespace, on_failure: OnFailure::Deny };

fn check(golden: &str, answer: &[u8]) {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
    let text = format!("{answer:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/response/goldens").join(golden);
    if std::env::var_os("HEDGEROW_UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default(), "{golden}");
}

fn object(kind: &str, namespace: &str, name: &str) -> ObjectRef {
    let version = "v1".into();
    ObjectRef { group: String::new(), version, kind: kind.into(), namespace: namespace.into(), name: name.into() }
}

fn policy(id: &str) -> PolicyRef {
    PolicyRef { id: id.into(), pack: "networking".into(), place: None }
}

fn finding(code: &str, outcome: Outcome, field: &str, value: &str, message: &str) -> Finding {
    Finding {
        code: code.into(),
        severity: Severity::Error,
        outcome,
        title: "a title".into(),
        message: message.into(),
        object: Some(object("Service", "shop", "web")),
        field: field.into(),
        value: Some(value.into()),
        place: None,
        related: Vec::new(),
        policy: Some(policy("the-policy")),
        help: None,
        references: Vec::new(),
        fix: None,
        settles: false,
        ratcheted: false,
    }
}

fn node_port() -> Finding {
    Finding {
        help: Some("use `ClusterIP` behind an Ingress".into()),
        references: vec!["https://hedgerow.dev/policies/SVC001".into()],
        ..finding("SVC001", Outcome::Deny, "/spec/type", "\"NodePort\"", "`NodePort` opens a port on every node")
    }
}

fn taken_port() -> Finding {
    let related = Related {
        message: "has the same node port".into(),
        object: Some(object("Service", "payments", "api")),
        field: "/spec/ports/0/nodePort".into(),
        place: None,
    };
    Finding {
        related: vec![related],
        ..finding(
            "SVC012",
            Outcome::Deny,
            "/spec/ports/0/nodePort",
            "30080",
            "node port `30080` is taken by `payments/api`",
        )
    }
}

fn review(findings: Vec<Finding>, unknowns: Vec<Unknown>) -> Review {
    let denies = findings.iter().any(|finding| finding.outcome == Outcome::Deny);
    let undecided = unknowns.iter().any(|unknown| unknown.outcome == Outcome::Deny);
    Review {
        announced: Vec::new(),
        uid: "705ab4f5-6393-11e8-b7cc-42010a800002".into(),
        decision: if denies {
            Decision::Deny
        } else if undecided {
            Decision::Unknown
        } else {
            Decision::Allow
        },
        admitted: !denies && !undecided,
        findings,
        unknowns,
        asked: 7,
        unknown_kind: false,
        digests: Digests { policies: "sha256:1111".into(), cluster: "sha256:2222".into() },
        subject: "CREATE Service shop/web by alice".into(),
    }
}

fn unknown(outcome: Outcome) -> Unknown {
    Unknown {
        policy: policy("selects-something"),
        code: "SVC003".into(),
        object: Some(object("Service", "shop", "web")),
        field: "/spec/selector".into(),
        causes: vec![Cause {
            kind: CauseKind::Failed,
            message: "Pods are not known: forbidden: pods".into(),
            field: String::new(),
        }],
        place: None,
        outcome,
    }
}

fn rendered(review: &Review) -> Vec<u8> {
    RENDERER.reviewed(review, "Pod@12 3s; Service@14 0s".into())
}

#[test]
fn a_refusal_names_code_field_value_and_what_passes() {
    let warned = finding("SVC020", Outcome::Warn, "/spec/ports/0", "{\"port\":80}", "port `80` has no name");
    check("refused.json", &rendered(&review(vec![node_port(), taken_port(), warned], vec![unknown(Outcome::Warn)])));
}

#[test]
fn names_of_other_namespaces_are_shown_when_the_operator_says_so() {
    let renderer = Renderer { disclose: Disclose::All, ..RENDERER };
    check("disclosed.json", &renderer.reviewed(&review(vec![taken_port()], Vec::new()), String::new()));
}

#[test]
fn an_unknown_that_denies_says_why() {
    check("undecided.json", &rendered(&review(Vec::new(), vec![unknown(Outcome::Deny)])));
}

#[test]
fn what_warns_is_admitted_with_warnings() {
    let old = Finding { ratcheted: true, outcome: Outcome::Warn, ..node_port() };
    check("warned.json", &rendered(&review(vec![old], vec![unknown(Outcome::Warn)])));
}

#[test]
fn what_is_clean_is_admitted_without_a_word() {
    check("admitted.json", &rendered(&review(Vec::new(), Vec::new())));
}

#[test]
fn the_failure_answer_is_the_configured_one() {
    let deadline = Trouble::Deadline(std::time::Duration::from_millis(800));
    check("failed-deny.json", &RENDERER.failed("u-1", deadline, "sha256:1111"));
    let renderer = Renderer { on_failure: OnFailure::Allow, ..RENDERER };
    check("failed-allow.json", &renderer.failed("u-1", Trouble::Trap, "sha256:1111"));
}

#[test]
fn a_message_has_ten_lines_and_four_kilobytes_and_every_cause() {
    for (number, length) in [(11, 10), (50, 4000), (9, 600), (1, 9000)] {
        let long = |at: usize| {
            let field = format!("/spec/ports/{at}");
            finding("SVC001", Outcome::Deny, &field, "1", &"ä\n".repeat(length / 2))
        };
        let answer = rendered(&review((0..number).map(long).collect(), Vec::new()));
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        let status = &answer["response"]["status"];
        let message = status["message"].as_str().unwrap();
        assert!(message.len() <= 4096, "{}", message.len());
        assert!(message.lines().count() <= 11);
        let count = if number == 1 { "1 finding denies".to_owned() } else { format!("{number} findings deny") };
        assert!(message.lines().last().unwrap().starts_with(&count), "{message}");
        assert!(message.starts_with("SVC001 spec.ports[0] is 1: ä"));
        assert_eq!(status["details"]["causes"].as_array().unwrap().len(), number);
    }
}
