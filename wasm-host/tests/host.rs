//! What a host promises: typed failures, and an answer for the next request.
#![expect(clippy::unwrap_used, reason = "what cannot run has nothing better to do than to say so")]

use std::time::Duration;

use wasm_host::api::{Format, KindState, ObjectRef, Source};
use wasm_host::{Component, Delta, Failure, Host, Instance, Options, Packs, StartError};

/// Time that no machine needs.
const AMPLE: Duration = Duration::from_secs(60);

/// Bytes that do not fit beside the component in what [`tight`] leaves.
const HUGE: usize = 64 << 20;

fn pack(manifest: &str) -> Packs {
    let source = Source { name: "none/pack.toml".into(), format: Format::Toml, bytes: manifest.into() };
    Packs { sources: vec![source], parameters: Vec::new() }
}

fn packs() -> Packs {
    pack("name = \"none\"\nversion = \"0.1.0\"\ndescription = \"no policies\"\n")
}

/// An AdmissionReview that creates a Service, with an annotation of `padding` bytes.
fn body(name: &str, padding: usize) -> Vec<u8> {
    let padding = "x".repeat(padding);
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u-{name}",
        "kind":{{"group":"","version":"v1","kind":"Service"}},
        "resource":{{"group":"","version":"v1","resource":"services"}},
        "name":"{name}","namespace":"shop","operation":"CREATE","userInfo":{{"username":"ann","groups":[]}},
        "object":{{"apiVersion":"v1","kind":"Service",
        "metadata":{{"name":"{name}","namespace":"shop","annotations":{{"padding":"{padding}"}}}},
        "spec":{{"selector":{{"app":"web"}},"ports":[{{"port":80}}]}}}},"oldObject":null}}}}"#
    )
    .into_bytes()
}

fn key(name: &str) -> ObjectRef {
    ObjectRef {
        group: String::new(),
        version: "v1".into(),
        kind: "Service".into(),
        namespace: "shop".into(),
        name: name.into(),
    }
}

fn service(name: &str) -> Vec<u8> {
    format!(
        r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"{name}","namespace":"shop"}},
        "spec":{{"selector":{{"app":"web"}},"ports":[{{"port":80}}]}}}}"#
    )
    .into_bytes()
}

fn relist(names: impl IntoIterator<Item = String>) -> Delta {
    Delta::Relist {
        group: String::new(),
        kind: "Service".into(),
        state: KindState::Synced("1".into()),
        objects: names.into_iter().map(|name| (key(&name), service(&name))).collect(),
    }
}

fn instance(memory: usize) -> Instance {
    Instance::new(&Component::embedded().unwrap(), &packs(), memory).unwrap()
}

/// Memory for an instance and for small bodies, and little more.
fn tight() -> usize {
    let mut instance = instance(1 << 30);
    instance.admit(&body("first", 0), AMPLE).unwrap();
    instance.memory() + (8 << 20)
}

fn host(options: Options) -> Host {
    Host::start(packs(), options).unwrap()
}

#[test]
fn a_request_is_answered() {
    let host = host(Options { deadline: AMPLE, ..Options::default() });
    let review = host.admit(&body("web", 0)).unwrap();
    assert_eq!((review.uid.as_str(), review.admitted), ("u-web", true));
    assert_eq!((host.stats().admits, host.stats().traps), (1, 0));
}

#[test]
fn what_is_no_review_is_malformed_and_costs_nothing() {
    let host = host(Options { deadline: AMPLE, ..Options::default() });
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    let hostile: [&[u8]; 7] =
        [b"", b"\0\xff\xfe", b"null", b"[]", br#"{"request":null}"#, br#"{"kind":"AdmissionReview"}"#, &deep];
    for body in hostile {
        assert!(matches!(host.admit(body), Err(Failure::Malformed(_))), "{}", String::from_utf8_lossy(body));
    }
    let stats = host.stats();
    assert_eq!((stats.malformed, stats.traps, stats.swaps), (7, 0, 0));
    host.admit(&body("web", 0)).unwrap();
}

#[test]
fn a_dead_instance_says_so() {
    let mut instance = instance(tight());
    assert_eq!(instance.admit(&body("huge", HUGE), AMPLE).unwrap_err(), Failure::Memory);
    assert!(instance.admit(&body("good", 0), AMPLE).is_err());
}

#[test]
fn too_little_memory_is_a_failure_of_that_request_alone() {
    let host = host(Options { memory: tight(), deadline: AMPLE, ..Options::default() });
    let hostile = body("huge", HUGE);
    assert_eq!(host.admit(&hostile).unwrap_err(), Failure::Memory);
    host.admit(&body("good", 0)).unwrap();
    assert_eq!(host.admit(&hostile).unwrap_err(), Failure::Remembered);
    // The same, with what the API server makes up for each request.
    let again = String::from_utf8(hostile).unwrap().replace("u-huge", "another");
    assert_eq!(host.admit(again.as_bytes()).unwrap_err(), Failure::Remembered);
    host.admit(&body("good", 0)).unwrap();
    let stats = host.stats();
    assert_eq!((stats.memory_refusals, stats.remembered, stats.swaps, stats.traps), (1, 2, 0, 0));
}

#[test]
fn a_passed_deadline_is_a_failure_of_that_request_alone() {
    // 16 MB cannot be read in the two milliseconds that the shortest deadline may take.
    let late = body("late", 16 << 20);
    assert_eq!(instance(1 << 30).admit(&late, Duration::ZERO).unwrap_err(), Failure::Deadline);
    let host = host(Options { deadline: Duration::from_millis(1), ..Options::default() });
    assert_eq!(host.admit(&late).unwrap_err(), Failure::Deadline);
    assert_eq!((host.stats().deadlines, host.stats().swaps), (1, 0));
}

/// A pack with one policy on the rules of NetworkPolicies.
fn rules() -> Packs {
    let mut packs = packs();
    let policy = "@id(\"none/open\")\n@code(\"TST001\")\n@title(\"open\")\n@severity(\"error\")\n@message(\"open\")\n\
        forbid (principal, action, resource is networking::v1::IngressRule) when { resource.from.isEmpty() };\n";
    packs.sources.push(Source { name: "none/open.cedar".into(), format: Format::Cedar, bytes: policy.into() });
    packs
}

/// An AdmissionReview that creates a NetworkPolicy with this many rules.
fn network_policy(rules: usize) -> Vec<u8> {
    let rules = vec!["{}"; rules].join(",");
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u",
        "kind":{{"group":"networking.k8s.io","version":"v1","kind":"NetworkPolicy"}},
        "resource":{{"group":"networking.k8s.io","version":"v1","resource":"networkpolicies"}},
        "name":"web","namespace":"shop","operation":"CREATE","userInfo":{{"username":"ann","groups":[]}},
        "object":{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy",
        "metadata":{{"name":"web","namespace":"shop"}},"spec":{{"podSelector":{{}},"ingress":[{rules}]}}}},"oldObject":null}}}}"#
    )
    .into_bytes()
}

#[test]
fn what_costs_much_is_judged_apart() {
    let host = Host::start(rules(), Options { deadline: AMPLE, ..Options::default() }).unwrap();
    assert_eq!(host.admit_soon(&network_policy(20)).unwrap().unwrap().findings.len(), 20);
    assert!(host.admit_soon(&network_policy(5_000)).unwrap().is_none());
    assert!(host.admit_soon(&body("large", 40 << 10)).unwrap().is_none());
    // The answer is the same, whichever instance gives it.
    let review = host.admit_apart(&network_policy(20)).unwrap();
    assert_eq!(Some(review), host.admit_soon(&network_policy(20)).unwrap());
    assert_eq!(host.admit(&network_policy(5_000)).unwrap().findings.len(), 5_000);
    assert_eq!((host.stats().swaps, host.stats().traps), (0, 0));
}

#[test]
fn what_costs_much_is_judged_in_the_cluster_as_it_is() {
    let host = host(Options { deadline: AMPLE, ..Options::default() });
    let cluster = |host: &Host| host.admit_apart(&body("web", 0)).unwrap().digests.cluster;
    let empty = cluster(&host);
    host.apply(vec![relist(["web".to_owned()])]);
    let soon = host.admit_soon(&body("web", 0)).unwrap().unwrap();
    assert_eq!(cluster(&host), soon.digests.cluster);
    assert_ne!(empty, soon.digests.cluster);
}

#[test]
fn good_requests_are_answered_beside_hostile_ones() {
    let host = host(Options { memory: tight(), deadline: AMPLE, ..Options::default() });
    std::thread::scope(|scope| {
        let good = scope.spawn(|| {
            for number in 0..100 {
                host.admit(&body(&format!("good-{number}"), 0)).unwrap();
            }
        });
        for number in 0..3 {
            assert_eq!(host.admit(&body(&format!("bad-{number}"), HUGE)).unwrap_err(), Failure::Memory);
        }
        good.join().unwrap();
    });
}

#[test]
fn the_cluster_is_what_was_handed_in_last() {
    let changed = host(Options { deadline: AMPLE, ..Options::default() });
    changed.apply(vec![relist((0..300).map(|number| format!("web-{number}")))]);
    changed.apply(vec![Delta::Remove(key("web-7")), Delta::Upsert { key: key("new"), bytes: service("new") }]);
    let listed = host(Options { deadline: AMPLE, ..Options::default() });
    let names = (0..300).filter(|number| *number != 7).map(|number| format!("web-{number}"));
    listed.apply(vec![relist(names.chain(["new".to_owned()]))]);
    assert_eq!(changed.digests(), listed.digests());
    assert_eq!((changed.stats().objects, listed.stats().objects), (300, 300));
}

#[test]
fn a_broken_pack_leaves_the_last_good() {
    let host = host(Options { deadline: AMPLE, ..Options::default() });
    let before = host.digests();
    match host.reload(pack("name = ")) {
        Err(StartError::Policies(findings)) => assert!(!findings.is_empty()),
        other => panic!("{other:?}"),
    }
    assert_eq!(host.digests(), before);
    host.admit(&body("web", 0)).unwrap();
}

#[test]
fn instances_judge_at_the_same_time() {
    let host = host(Options { instances: 3, deadline: AMPLE, ..Options::default() });
    host.apply(vec![relist(["web".to_owned()])]);
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let host = &host;
            scope.spawn(move || {
                for number in 0..50 {
                    host.admit(&body(&format!("w-{thread}-{number}"), 0)).unwrap();
                }
            });
        }
    });
    assert_eq!(host.stats().admits, 300);
}
