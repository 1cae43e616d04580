//! Ways in from outside: Ingresses and Routes, followed to pods.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use engine::Cluster;
use engine::cluster::World;
use engine::dns::DnsSettings;
use engine::finding::ObjectRef;
use engine::reach::{End, Reach, ReachSettings};
use engine::review::given;
use engine::text::{Format, Source};
use engine::way::{Entering, Url, entrances, services, trace_in, ways_in};

const SHOP: &str = include_str!("ways_in/shop.yaml");

fn cluster(text: &str, world: World) -> (Cluster, Reach) {
    let source = Source { name: "shop.yaml".into(), format: Format::Yaml, bytes: text.into() };
    let cluster = given(&[source], world, "default").cluster;
    let reach = Reach::of(&cluster);
    (cluster, reach)
}

fn controllers(reach: &Reach, names: &[&str]) -> Vec<ObjectRef> {
    let object = |name: &&str| match reach.resolve_name(name).unwrap() {
        End::Workload(id) => reach.workload(id).unwrap().object.clone(),
        End::Addresses(_) => unreachable!("{name} is a workload"),
    };
    names.iter().map(object).collect()
}

/// The verdict and the last step, or the first that is not settled.
fn told(url: &str, by: &[&str], world: World) -> String {
    let (cluster, reach) = cluster(SHOP, world);
    let (url, dns, settings) = (Url::parse(url).unwrap(), DnsSettings::default(), ReachSettings::default());
    let controllers = controllers(&reach, by);
    let entering = Entering { url: &url, controllers: &controllers, dns: &dns, reach: &settings };
    let found = trace_in(&cluster, &reach, entering);
    let open = found.steps.iter().find(|step| step.verdict != engine::reach::Verdict::Allow);
    let step = open.or(found.steps.last()).unwrap();
    format!("{} {}: {}", found.verdict.as_str(), step.stage.as_str(), step.message)
}

fn check(url: &str, by: &[&str], expected: &str) {
    assert_eq!(told(url, by, World::Closed), expected, "{url}");
}

#[test]
fn a_request_takes_the_longest_path_of_its_host() {
    let by = &["edge/nginx"];
    check("https://shop.example/", by, "allow port: a container of shop/web has port 8080/TCP (`http`)");
    check("http://shop.example", by, "allow port: a container of shop/web has port 8080/TCP (`http`)");
    check("https://SHOP.example/api/x?y=1", by, "allow port: a container of shop/api has port 9090/TCP");
    check("https://shop.example/apis", by, "allow port: a container of shop/web has port 8080/TCP (`http`)");
    check("https://shop.example/api/old", by, "deny service: there is no Service shop/gone");
    check("https://shop.example/odd", by, "deny service: Service shop/web has no port 99");
    check("https://shop.example/files/a", by, "deny service: its backend is no Service");
    check("https://other.example/", by, "deny entry: no Ingress and no Route is for `other.example/`");
}

#[test]
fn what_the_controller_chooses_is_left_to_it() {
    let by = &["edge/nginx"];
    let own = "implementation-defined entry: Ingress shop/shop is for *.shop.example/own (as the controller reads it)";
    check("http://a.shop.example/own", by, own);
    check("http://a.b.shop.example/own", by, "deny entry: no Ingress and no Route is for `a.b.shop.example/own`");
    let port = "implementation-defined entry: Ingress shop/shop is for shop.example/…";
    check("http://shop.example:8080/", by, port);
}

#[test]
fn a_controller_that_is_not_named_is_never_guessed() {
    let unknown = "unknown receiver: which pods the controller of class `nginx` has is not in the input";
    check("https://shop.example/", &[], unknown);
    check("https://shop.example/api", &[], unknown);
    check(
        "https://shop.example/odd",
        &[],
        "deny receiver: which pods the controller of class `nginx` has is not in the input",
    );
}

#[test]
fn the_rules_of_the_pods_see_the_controller() {
    let stopped = "deny ingress: no rule of the NetworkPolicies that isolate shop/api (api) lets TCP 9090 through";
    check("https://shop.example/api", &["edge/gw-pods"], stopped);
    check("https://a.gw.example/api", &[], stopped);
}

#[test]
fn routes_come_in_by_the_listeners_that_take_them() {
    check("https://a.gw.example/", &[], "allow port: a container of shop/web has port 8080/TCP (`http`)");
    check("https://c.gw.example/", &[], "deny entry: no Ingress and no Route is for `c.gw.example/`");
    check("http://b.gw.example/", &[], "deny entry: HTTPRoute shop/gw is for b.gw.example");
    // The header is wanted besides; and then the NetworkPolicy stops it.
    check("https://a.gw.example/beta", &[], "deny entry: HTTPRoute shop/gw is for a.gw.example/beta/…");
    // The listener takes Routes of its own namespace alone.
    let (cluster, _) = cluster(SHOP, World::Closed);
    let refused = ways_in(&cluster).into_iter().find(|way| way.object.name == "nowhere").unwrap().refused;
    assert_eq!(refused.as_deref(), Some("no listener of Gateway edge/gw takes it"));
}

#[test]
fn another_namespace_has_to_grant_it() {
    check("http://own.example/granted", &[], "allow port: a container of shop/web has port 8080/TCP (`http`)");
    let none = "no ReferenceGrant in namespace `shop` lets a HTTPRoute of `edge` send to Service `api`";
    check("http://own.example/refused", &[], &format!("deny service: {none}"));
    // In an open world there may be one, and NetworkPolicies before the Gateway's pods.
    let (cluster, _) = cluster(SHOP, World::Open);
    let ways = ways_in(&cluster);
    let refused =
        ways.iter().flat_map(|way| &way.backends).filter(|backend| backend.field.starts_with("/spec/rules/1"));
    let doubts: Vec<_> = refused.filter_map(|backend| backend.doubt.as_deref()).collect();
    assert_eq!(doubts, [format!("{none} in the input")]);
    assert!(told("http://own.example/refused", &[], World::Open).starts_with("unknown "));
}

#[test]
fn what_the_input_does_not_hold_is_unknown() {
    let open = told("https://other.example/", &[], World::Open);
    assert_eq!(open, "unknown entry: the input holds no Ingress and no Route for `other.example/`");
    let (cluster, _) = cluster(&SHOP.replace("kind: Gateway", "kind: Elsewhere"), World::Closed);
    let ways = ways_in(&cluster);
    let doubts = ways.iter().filter(|way| way.object.kind == "HTTPRoute").map(|way| way.doubts.clone());
    assert!(doubts.into_iter().all(|doubts| doubts == ["Gateway edge/gw is not in the input"]), "{ways:#?}");
}

#[test]
fn lists_have_services_and_ways_with_the_workloads_behind() {
    let (cluster, reach) = cluster(SHOP, World::Closed);
    let offered: Vec<String> = services(&cluster)
        .iter()
        .flat_map(|offered| {
            offered.ports.iter().map(|port| {
                let to: Vec<String> = port.to.iter().map(|(to, port)| format!("{} {port}", to.name)).collect();
                format!("{} {} → {}", offered.service.name, port.port, to.join(", "))
            })
        })
        .collect();
    assert_eq!(offered, ["api 81/TCP → api 9090", "web 80/TCP → web 8080"]);
    let all = entrances(&cluster, &reach, &controllers(&reach, &["edge/nginx"]));
    let api = all.iter().find(|entrance| entrance.way.display() == "shop.example/api/…").unwrap();
    let reached = &api.leads[0].to[0];
    assert_eq!((reached.workload.name.as_str(), reached.port.port, reached.verdict.as_str()), ("api", 9090, "allow"));
    let alone = entrances(&cluster, &reach, &[]);
    let api = alone.iter().find(|entrance| entrance.way.display() == "shop.example/api/…").unwrap();
    assert_eq!(api.leads[0].to[0].verdict.as_str(), "unknown");
}
