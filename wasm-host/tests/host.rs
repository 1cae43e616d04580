//! What a host promises: typed failures, and an answer for the next request.

use std::time::{Duration, Instant};

use wasm_host::api::{Format, KindState, ObjectRef, Parameter, Source};
use wasm_host::{Component, Delta, Failure, Host, Instance, Options, Packs, StartError};

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

fn host(options: Options) -> Host {
    Host::start(Packs::default(), options).unwrap()
}

/// Waits until an instance stands by; the keeper needs some milliseconds for it.
fn stand_by(host: &Host) {
    let start = Instant::now();
    while !host.stats().standby {
        assert!(start.elapsed() < Duration::from_secs(60), "no instance stands by: {:?}", host.stats());
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// So little memory that an instance starts, and a body of 100 kB is too much.
fn tight() -> Options {
    let mut instance = Instance::new(&Component::embedded().unwrap(), &Packs::default(), 1 << 30).unwrap();
    instance.admit(&body("first", 0), Duration::from_secs(10)).unwrap();
    Options { memory: instance.memory() + (64 << 10), ..Options::default() }
}

#[test]
fn a_request_is_answered() {
    let host = host(Options::default());
    let review = host.admit(&body("web", 0)).unwrap();
    assert_eq!((review.uid.as_str(), review.admitted), ("u-web", true));
    assert_eq!((host.stats().admits, host.stats().traps), (1, 0));
}

#[test]
fn what_is_no_review_is_malformed_and_costs_nothing() {
    let host = host(Options::default());
    let hostile: [&[u8]; 6] =
        [b"", b"\0\xff\xfe", b"null", b"[]", br#"{"request":null}"#, br#"{"kind":"AdmissionReview"}"#];
    for body in hostile {
        assert!(matches!(host.admit(body), Err(Failure::Malformed(_))), "{}", String::from_utf8_lossy(body));
    }
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    assert!(matches!(host.admit(&deep), Err(Failure::Malformed(_))));
    let stats = host.stats();
    assert_eq!((stats.malformed, stats.traps, stats.swaps), (7, 0, 0));
    host.admit(&body("web", 0)).unwrap();
}

#[test]
fn too_little_memory_is_a_failure_of_that_request_alone() {
    let host = host(tight());
    stand_by(&host);
    let hostile = body("big", 100_000);
    assert_eq!(host.admit(&hostile).unwrap_err(), Failure::Memory);
    host.admit(&body("good", 0)).unwrap();
    assert_eq!(host.admit(&hostile).unwrap_err(), Failure::Remembered);
    host.admit(&body("good", 0)).unwrap();
    let stats = host.stats();
    assert_eq!((stats.memory_refusals, stats.remembered, stats.swaps, stats.traps), (1, 1, 1, 0));
}

#[test]
fn a_large_hostile_request_does_not_cost_an_active_instance() {
    let host = host(tight());
    assert_eq!(host.admit(&body("huge", 1 << 20)).unwrap_err(), Failure::Memory);
    assert_eq!(host.stats().swaps, 0);
    host.admit(&body("good", 0)).unwrap();
}

#[test]
fn a_passed_deadline_is_a_failure_of_that_request_alone() {
    let component = Component::embedded().unwrap();
    let mut instance = Instance::new(&component, &Packs::default(), 1 << 30).unwrap();
    // 16 MB cannot be parsed in the two milliseconds that the shortest deadline may take.
    assert_eq!(instance.admit(&body("late", 16 << 20), Duration::ZERO).unwrap_err(), Failure::Deadline);
    assert_eq!(instance.admit(&body("dead", 0), Duration::from_secs(1)).unwrap_err(), Failure::Trap);

    let host = host(Options { deadline: Duration::from_millis(1), ..Options::default() });
    assert_eq!(host.admit(&body("late", 16 << 20)).unwrap_err(), Failure::Deadline);
    assert_eq!(host.stats().deadlines, 1);
    // The same, with what the API server makes up for each request.
    let again = String::from_utf8(body("late", 16 << 20)).unwrap().replace("u-late", "another");
    assert_eq!(host.admit(again.as_bytes()).unwrap_err(), Failure::Remembered);
}

#[test]
fn good_requests_are_answered_beside_hostile_ones() {
    let host = host(tight());
    std::thread::scope(|scope| {
        let good = scope.spawn(|| {
            for number in 0..200 {
                host.admit(&body(&format!("good-{number}"), 0)).unwrap();
            }
        });
        for number in 0..10 {
            let size = if number % 2 == 0 { 100_000 } else { 1 << 20 };
            let failure = host.admit(&body(&format!("bad-{number}"), size)).unwrap_err();
            assert_eq!(failure, Failure::Memory);
        }
        good.join().unwrap();
    });
}

#[test]
fn the_cluster_survives_a_failure() {
    let names = (0..300).map(|number| format!("web-{number}"));
    let options = Options { memory: 256 << 20, ..Options::default() };
    let host = host(options);
    assert!(host.apply(vec![relist(names)]).is_empty());
    stand_by(&host);
    host.apply(vec![Delta::Remove(key("web-7")), Delta::Upsert { key: key("new"), bytes: service("new") }]);
    let before = host.digests();
    assert_ne!(before.cluster, "");

    // 2 MB in many small values do not fit beside the body in what is left: the trial instance, then nothing else, dies.
    host.reload(Packs::default()).unwrap();
    stand_by(&host);
    assert_eq!(host.digests(), before);
    assert_eq!(host.stats().objects, 300);
    assert_eq!(host.stats().digest_mismatches, 0);
}

#[test]
fn an_instance_that_stands_by_has_the_cluster_too() {
    let tight = tight();
    let host = host(Options { memory: tight.memory + (1 << 20), ..tight });
    stand_by(&host);
    host.apply(vec![relist((0..20).map(|number| format!("web-{number}")))]);
    let before = host.digests();
    let failures = (0..40).map(|step| host.admit(&body("big", 60_000 + step * 1_700)));
    let fatal = failures.filter(|result| *result == Err(Failure::Memory)).count();
    if fatal > 0 {
        assert!(host.stats().swaps > 0);
    }
    assert_eq!(host.digests(), before);
}

#[test]
fn a_broken_pack_leaves_the_last_good() {
    let host = host(Options::default());
    let manifest = |text: &str| Packs {
        sources: vec![Source { name: "shop/pack.toml".into(), format: Format::Toml, bytes: text.into() }],
        parameters: Vec::new(),
    };
    let before = host.digests();
    match host.reload(manifest("name = ")) {
        Err(StartError::Policies(findings)) => assert!(!findings.is_empty()),
        other => panic!("{other:?}"),
    }
    assert_eq!(host.digests(), before);
    let unknown =
        Packs { parameters: vec![Parameter { name: "shop.none".into(), value: "1".into() }], ..Packs::default() };
    assert!(matches!(host.reload(unknown), Err(StartError::Policies(_))));
    host.admit(&body("web", 0)).unwrap();
}

#[test]
fn instances_judge_at_the_same_time() {
    let host = host(Options { instances: 3, ..Options::default() });
    host.apply(vec![relist(["web".to_owned()])]);
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let host = &host;
            scope.spawn(move || {
                (0..50).for_each(|number| drop(host.admit(&body(&format!("w-{thread}-{number}"), 0)).unwrap()));
            });
        }
    });
    assert_eq!(host.stats().admits, 300);
}
