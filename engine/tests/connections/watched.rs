//! A cluster that a host fills from watches.

use engine::{Cluster, KindState, ReviewOptions, review};

use super::{json, policies, source};

const OPENS: &str = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: prod, name: all}, spec: {podSelector: {}, ingress: [{}]}}";

fn body() -> String {
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"1","operation":"CREATE",
        "kind":{{"group":"networking.k8s.io","version":"v1","kind":"NetworkPolicy"}},
        "resource":{{"group":"networking.k8s.io","version":"v1","resource":"networkpolicies"}},
        "namespace":"prod","name":"all","userInfo":{{"username":"kim"}},"object":{}}}}}"#,
        json(OPENS)
    )
}

fn watched(state: &KindState) -> Cluster {
    let mut cluster = Cluster::watched();
    for need in engine::watches(&policies()) {
        cluster.set_kind(need.kind.group, need.kind.kind, state.clone());
    }
    cluster.apply(&source(
        "given",
        "{apiVersion: v1, kind: Namespace, metadata: {name: dev, labels: {environment: dev}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: prod, labels: {environment: prod}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: dev, name: tool}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: prod, name: db}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: prod, name: deny}, spec: {podSelector: {}}}
",
    ));
    cluster
}

#[test]
fn the_kinds_that_connections_need_are_watched_and_decided() {
    let kinds = |needs: Vec<engine::KindNeed>| needs.into_iter().map(|need| need.kind.kind).collect::<Vec<_>>();
    let watched = kinds(engine::watches(&policies()));
    for kind in ["CronJob", "Deployment", "Namespace", "NetworkPolicy", "Pod", "StatefulSet"] {
        assert!(watched.contains(&kind), "{kind}: {watched:?}");
    }
    let decided = kinds(engine::decides(&policies()));
    assert!(decided.contains(&"NetworkPolicy") && decided.contains(&"Deployment"), "{decided:?}");
    assert!(!decided.contains(&"Pod") && !decided.contains(&"Namespace"), "{decided:?}");
}

#[test]
fn policies_of_the_whole_cluster_that_are_not_served_are_known_to_be_none() {
    let mut cluster = watched(&KindState::Synced { resource_version: "1".to_owned() });
    for kind in ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"] {
        cluster.set_kind("policy.networking.k8s.io", kind, KindState::NotServed);
    }
    let review = review(&policies(), &mut cluster, body().as_bytes(), &ReviewOptions::default()).unwrap();
    assert!(!review.admitted && review.unknowns.is_empty(), "{review:#?}");
}

#[test]
fn what_is_synced_is_judged_and_what_is_not_is_unknown() {
    let mut synced = watched(&KindState::Synced { resource_version: "1".to_owned() });
    for _ in 0..2 {
        // The second time the network before is at hand.
        let review = review(&policies(), &mut synced, body().as_bytes(), &ReviewOptions::default()).unwrap();
        assert!(!review.admitted && review.unknowns.is_empty(), "{review:#?}");
        assert_eq!(review.findings[0].field, "/spec/ingress/0");
        let ends: Vec<_> = review.findings[0].related.iter().filter_map(|one| one.object.as_ref()).collect();
        assert!(ends.iter().any(|end| end.namespace == "dev" && end.name == "tool"), "{ends:?}");
    }
    let mut forbidden = watched(&KindState::Unknown { reason: "forbidden".to_owned() });
    let review = review(&policies(), &mut forbidden, body().as_bytes(), &ReviewOptions::default()).unwrap();
    assert!(!review.admitted && review.findings.is_empty() && review.unknowns.len() == 2, "{review:#?}");
    let mut not_asked = watched(&KindState::NotAsked { reason: "--no-watch".to_owned() });
    let review = engine::review(&policies(), &mut not_asked, body().as_bytes(), &ReviewOptions::default()).unwrap();
    assert!(review.admitted && review.unknowns.len() == 2, "{review:#?}");
}

#[test]
fn a_host_with_few_steps_is_told_to_ask_where_it_holds_nobody_up() {
    let mut cluster = watched(&KindState::Synced { resource_version: "1".to_owned() });
    let few = ReviewOptions { budget: 4 };
    assert!(review(&policies(), &mut cluster, body().as_bytes(), &few).unwrap().is_exhausted());
}
