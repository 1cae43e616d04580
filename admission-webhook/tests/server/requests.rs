//! Bodies: good, bad, large and slow.

use std::io::Write as _;
use std::net::TcpStream;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::process::{Webhook, wait_until};

/// An AdmissionReview of an object that is created.
pub(crate) fn review(kind: &str, object: &serde_json::Value) -> Vec<u8> {
    let plural = format!("{}s", kind.to_lowercase());
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "u-1",
            "kind": { "group": "", "version": "v1", "kind": kind },
            "resource": { "group": "", "version": "v1", "resource": plural },
            "namespace": "shop",
            "name": "web",
            "operation": "CREATE",
            "userInfo": { "username": "alice", "groups": ["developers"] },
            "object": object,
            "dryRun": false,
        },
    })
    .to_string()
    .into_bytes()
}

/// A ConfigMap: a kind that is not modelled.
pub(crate) fn config_map() -> Vec<u8> {
    let metadata = json!({ "name": "web", "namespace": "shop" });
    review("ConfigMap", &json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {} }))
}

#[test]
fn a_kind_that_is_not_modelled_is_admitted_and_counted() -> Result<()> {
    let webhook = Webhook::start(&[])?;
    let answer = webhook.post("/validate?timeout=3s", &config_map())?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json()?;
    assert_eq!(answer["kind"], "AdmissionReview");
    assert_eq!((&answer["response"]["uid"], &answer["response"]["allowed"]), (&json!("u-1"), &json!(true)));
    assert_eq!(webhook.metric("hedgerow_unknown_kinds_total")?, Some(1.0));
    let counted = webhook.metric("hedgerow_requests_total{endpoint=\"validate\",decision=\"allow\"}")?;
    assert_eq!(counted, Some(1.0));
    Ok(())
}

#[test]
fn a_body_that_is_no_admission_review_is_answered_400_with_the_reason() -> Result<()> {
    let webhook = Webhook::start(&[])?;
    for body in ["", "{", "[]", "null", "{\"kind\":\"AdmissionReview\"}", "\u{0}\u{1}", "{\"request\":{}}"] {
        let answer = webhook.post("/validate", body.as_bytes())?;
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.body);
        let status = answer.json()?;
        assert_eq!((&status["kind"], &status["reason"]), (&json!("Status"), &json!("BadRequest")));
        assert!(status["message"].as_str().is_some_and(|message| !message.is_empty()), "{status}");
    }
    assert_eq!(webhook.metric("hedgerow_rejected_total{status=\"400\"}")?, Some(7.0));
    Ok(())
}

#[test]
fn a_body_over_the_limit_is_answered_413() -> Result<()> {
    let webhook = Webhook::start(&["--body-limit", "4Ki"])?;
    let answer = webhook.post("/validate", &[b' '; 5000])?;
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert!(answer.body.contains("larger than 4096 bytes"), "{}", answer.body);
    Ok(())
}

#[test]
fn more_large_bodies_than_memory_is_meant_for_are_answered_429_and_small_ones_go_on() -> Result<()> {
    // Room for eight bodies of the largest size: eight that never end fill it. One that comes while a whole one has the
    // last room is refused itself, so more of them come until it is full.
    let webhook = Webhook::start(&["--body-limit", "128Ki", "--deadline", "20s"])?;
    let address = webhook.url.trim_start_matches("https://");
    let ca = std::fs::read(webhook.folder.path().join("ca.crt"))?;
    let mut unfinished = (0..8).map(|_| half_a_request(address, &ca, 128 << 10)).collect::<Result<Vec<_>>>()?;
    let mut large = config_map();
    large.resize(100 << 10, b' ');
    wait_until("429", || {
        unfinished.push(half_a_request(address, &ca, 128 << 10)?);
        Ok((webhook.post("/validate", &large)?.status == 429).then_some(()))
    })?;
    assert_eq!(webhook.post("/validate", &config_map())?.status, 200);
    unfinished.clear();
    wait_until("room again", || Ok((webhook.post("/validate", &large)?.status == 200).then_some(())))
}

/// A request whose body does not come.
fn half_a_request(
    address: &str,
    ca: &[u8],
    length: usize,
) -> Result<rustls::StreamOwned<rustls::ClientConnection, TcpStream>> {
    let mut stream = crate::connections::tls(address, ca, &[&rustls::version::TLS13])?;
    write!(stream, "POST /validate HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{{")?;
    stream.flush()?;
    Ok(stream)
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for_beyond_the_deadline() -> Result<()> {
    use std::io::Read as _;
    let webhook = Webhook::start(&["--deadline", "200ms"])?;
    let ca = std::fs::read(webhook.folder.path().join("ca.crt"))?;
    let mut stream = half_a_request(webhook.url.trim_start_matches("https://"), &ca, 4096)?;
    let mut answer = [0; 32];
    stream.read_exact(&mut answer)?;
    let line = String::from_utf8_lossy(&answer).into_owned();
    assert!(line.starts_with("HTTP/1.1 408"), "{line}");
    Ok(())
}

#[test]
fn an_access_review_is_answered() -> Result<()> {
    let webhook = Webhook::start(&[])?;
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": "alice",
            "groups": ["developers"],
            "resourceAttributes": { "verb": "get", "version": "v1", "resource": "pods", "namespace": "shop" },
        },
    });
    let answer = webhook.post("/authorize", review.to_string().as_bytes())?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json()?;
    assert_eq!(answer["kind"], "SubjectAccessReview");
    // The library has no policy on access: the next authorizer is asked.
    assert_eq!((&answer["status"]["allowed"], &answer["status"]["denied"]), (&json!(false), &json!(false)));
    assert_eq!(webhook.post("/authorize", b"{}")?.status, 400);
    Ok(())
}

#[test]
fn nothing_of_an_object_is_logged() -> Result<()> {
    let webhook = Webhook::start(&[])?;
    let metadata = json!({ "name": "web", "namespace": "shop", "annotations": { "x": "the-secret-value" } });
    let spec = json!({ "type": "NodePort", "selector": { "app": "the-secret-value" }, "ports": [{ "port": 80 }] });
    let object = json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec });
    assert_eq!(webhook.post("/validate", &review("Service", &object))?.status, 200);
    let log = wait_until("a log", || Ok(Some(webhook.log()).filter(|log| log.contains("policies loaded"))))?;
    assert!(!log.contains("the-secret-value"), "{log}");
    serde_json::from_str::<serde_json::Value>(log.lines().next().context("a line")?)?;
    Ok(())
}
