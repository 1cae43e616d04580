//! Connections through Services: what a Service, or anything else, opens and cuts of them.

use engine::cluster::World;
use engine::review::CheckOptions;
use engine::{Cluster, KindState, Policies, TestOptions, check as check_files, run_tests};

use super::admission::{ask_of, lines};
use super::{cluster, policies_of, source};

const GIVEN: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: dev, labels: {environment: dev}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: prod, labels: {environment: prod}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: dev, name: tool}, spec: {template: {metadata: {labels: {app: tool}}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: prod, name: db}
spec:
  replicas: 0
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}, {name: metrics, containerPort: 9090}]}]}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: prod, name: web}, spec: {template: {metadata: {labels: {app: web}}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: all}
spec:
  podSelector: {}
  ingress:
    - from: [{namespaceSelector: {matchLabels: {environment: dev}}}]
      ports: [{port: 9090}]
    - from: [{ipBlock: {cidr: 10.0.0.0/8}}]
      ports: [{port: 5432}]
    - from: [{podSelector: {matchLabels: {app: web}}}]
";

/// `dev` may scrape metrics of `prod`, and use none of its Services.
const APART: &str = r#"
@id("t/services") @code("T1") @title("t") @severity("error") @message("`dev` uses {context.service.type} {context.service.name}")
forbid (principal in core::v1::Namespace::"dev", action == net::Action::"connect", resource is net::Workload)
when { context has service && resource has environment && resource.environment == "prod" };
"#;
/// No address outside reaches `prod`, but the nodes'.
const OUTSIDE: &str = r#"
@id("t/outside") @code("T2") @title("t") @severity("error") @message("the world reaches prod")
forbid (principal is net::Addresses, action == net::Action::"connect", resource in core::v1::Namespace::"prod")
when { !principal.address.isInRange(ip("10.0.0.0/8")) };
"#;
/// `web` needs the database, by whatever way there is.
const NEEDED: &str = r#"
@id("t/needed") @code("T3") @title("t") @severity("error") @message("web needs it")
permit (principal == net::Workload::"prod/web", action == net::Action::"depend", resource == net::Workload::"prod/db");
"#;

fn service(kind: &str, selector: &str, target: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Service, metadata: {{namespace: prod, name: db}}, spec: {{type: {kind}, selector: {{app: {selector}}}, \
         ports: [{{port: 80, targetPort: {target}}}]}}}}"
    )
}

/// What a change is told of, with what is given laid under it.
#[track_caller]
fn check(cedar: &str, more: &[&str], old: Option<&str>, new: Option<&str>, expected: &[&str]) {
    let given = [&[GIVEN], more, old.as_slice()].concat().join("\n---\n");
    let review = ask_of(&policies_of(cedar), &mut cluster(&given), old, new);
    assert_eq!(lines(&review), expected);
    assert_eq!(review.admitted, !expected.iter().any(|line| line.starts_with("deny")));
}

#[test]
fn a_service_that_leads_where_it_may_not_is_refused_at_what_leads_there() {
    let told = |field: &str| {
        format!(
            "deny {field} dev/tool → prod/db on TCP 9090 through Service prod/db:80: `dev` uses ClusterIP prod/db; Service prod/db leads there"
        )
    };
    let opens = service("ClusterIP", "db", "metrics");
    check(APART, &[], None, Some(&opens), &[&told("/spec/ports/0")]);
    // What pods may not reach, a Service does not open.
    let closed = service("ClusterIP", "db", "7000");
    check(APART, &[], None, Some(&closed), &[]);
    check(APART, &[], Some(&closed), Some(&opens), &[&told("/spec/ports/0/targetPort")]);
    let nobody = service("ClusterIP", "nobody", "9090");
    check(APART, &[], Some(&nobody), Some(&opens), &[&told("/spec/ports/0")]);
    let web = service("ClusterIP", "web", "9090");
    let others = [told("/spec/selector")];
    check(APART, &[], Some(&web), Some(&service("ClusterIP", "db", "9090")), &[&others[0]]);
    // What was so before is not said again, and neither is a Service that leads nowhere any more.
    check(APART, &[], Some(&opens), Some(&opens.replace("name: db}", "name: db, labels: {a: b}}")), &[]);
    let more = opens.replace("ports: [{", "ports: [{name: sql, port: 81, targetPort: 7000}, {name: m, ");
    check(APART, &[], Some(&opens), Some(&more), &[]);
    check(APART, &[], Some(&opens), Some(&nobody), &[]);
    check(APART, &[], Some(&opens), None, &[]);
    check(APART, &[], None, Some(&opens.replace("spec: {", "spec: {clusterIP: None, ")), &[]);
}

#[test]
fn to_a_policy_that_does_not_read_services_all_ways_are_one() {
    let apart =
        APART.replace("context has service && ", "").replace("{context.service.type} {context.service.name}", "it");
    check(&apart, &[], None, Some(&service("ClusterIP", "db", "metrics")), &[]);
    // A client's address may be replaced by a node's, which the NetworkPolicy lets in.
    let told = "0.0.0.0/0 except 10.0.0.0/8, ::/0 → prod/db on TCP 5432 through Service prod/db:80: the world reaches prod; Service prod/db leads there from \
                outside; the network plugin may let it pass";
    let open = service("NodePort", "db", "sql");
    let closed = service("ClusterIP", "db", "sql");
    for (old, field) in [(None, "/spec/type"), (Some(closed.as_str()), "/spec/type")] {
        check(OUTSIDE, &[], old, Some(&open), &[&format!("deny {field} {told}")]);
    }
    let external = closed.replace("spec: {", "spec: {externalIPs: [192.0.2.1], ");
    check(OUTSIDE, &[], Some(&closed), Some(&external), &[&format!("deny /spec/externalIPs {told}")]);
    let local = open.replace("spec: {", "spec: {externalTrafficPolicy: Local, ");
    check(OUTSIDE, &[], Some(&closed), Some(&local), &[]);
    let balanced =
        service("LoadBalancer", "db", "sql").replace("spec: {", "spec: {loadBalancerSourceRanges: [192.0.2.0/24], ");
    check(
        OUTSIDE,
        &[],
        Some(&closed),
        Some(&balanced),
        &[&format!("deny /spec/type {}", told.replacen("0.0.0.0/0 except 10.0.0.0/8, ::/0", "192.0.2.0/24", 1))],
    );
    check(OUTSIDE, &[], Some(&open), Some(&closed), &[]);
}

#[test]
fn whatever_else_opens_a_way_through_a_service_is_refused_too() {
    let there = service("ClusterIP", "db", "5432");
    let policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: prod, name: more}, spec: {podSelector: {}, \
                  ingress: [{from: [{namespaceSelector: {matchLabels: {environment: dev}}}], ports: [{port: 5432}]}]}}";
    let told = "dev/tool → prod/db on TCP 5432 through Service prod/db:80: `dev` uses ClusterIP prod/db; ";
    check(
        APART,
        &[&there],
        None,
        Some(policy),
        &[&format!("deny /spec/ingress/0 {told}NetworkPolicy prod/more lets it in")],
    );
    // A label that the Service picks.
    let web = |app: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{namespace: prod, name: web}}, spec: {{template: {{metadata: \
                 {{labels: {{app: {app}}}}}}}}}}}"
        )
    };
    let metrics = service("ClusterIP", "db", "9090");
    check(
        APART,
        &[&metrics],
        Some(&web("web")),
        Some(&web("db")),
        &[
            "deny /spec/template/metadata/labels dev/tool → prod/web on TCP 9090 through Service prod/db:80: `dev` uses ClusterIP \
           prod/db; Service prod/db leads there",
        ],
    );
    // A namespace that becomes another environment.
    let namespace = |environment: &str| {
        format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: prod, labels: {{environment: {environment}}}}}}}")
    };
    check(
        APART,
        &[&metrics],
        Some(&namespace("test")),
        Some(&namespace("prod")),
        &[
            "deny /metadata/labels dev/tool → prod/db on TCP 9090 through Service prod/db:80: `dev` uses ClusterIP prod/db; \
           Service prod/db leads there",
        ],
    );
    // Scaling is nothing, whatever the Service leads to.
    let scaled = web("web").replace("spec: {template", "spec: {replicas: 7, template");
    check(APART, &[&service("ClusterIP", "web", "9090")], Some(&web("web")), Some(&scaled), &[]);
}

#[test]
fn what_is_needed_and_no_longer_led_to_warns() {
    let there = service("ClusterIP", "db", "sql");
    let told = |field: &str, why: &str| {
        format!("warn {field} prod/web → prod/db on TCP 5432 through Service prod/db:80: web needs it; {why}")
    };
    let gone = told("", "Service prod/db no longer leads there");
    check(NEEDED, &[], Some(&there), None, &[&gone]);
    let in_spec = told("/spec", "Service prod/db no longer leads there");
    check(NEEDED, &[], Some(&there), Some(&there.replace("port: 80,", "port: 81,")), &[&in_spec]);
    let selector = told("/spec/selector", "Service prod/db no longer leads there");
    check(NEEDED, &[], Some(&there), Some(&service("ClusterIP", "web", "5432")), &[&selector]);
    check(NEEDED, &[], Some(&there), Some(&service("NodePort", "db", "5432")), &[]);
    let deny = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: prod, name: deny}, spec: \
                {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 5432}]}]}}";
    check(
        NEEDED,
        &[deny],
        Some(&there),
        Some(&service("ClusterIP", "db", "7000")),
        &[
            "warn /spec/ports/0/targetPort prod/web → prod/db on TCP 7000 through Service prod/db:80: web needs it; Service \
           prod/db leads there",
        ],
    );
    // A label by which the pods leave the Service.
    let db = |app: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{namespace: prod, name: db}}, spec: {{template: {{metadata: {{labels: \
                 {{app: {app}}}}}, spec: {{containers: [{{name: c, ports: [{{name: sql, containerPort: 5432}}]}}]}}}}}}}}"
        )
    };
    check(
        NEEDED,
        &[&there],
        Some(&db("db")),
        Some(&db("other")),
        &[&told("/spec/template/metadata/labels", "Service prod/db no longer leads there")],
    );
}

#[test]
fn what_a_network_policy_cuts_is_said_once() {
    let deny = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: prod, name: deny}, spec: \
                {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}}";
    let cut = "warn /spec/podSelector prod/web → prod/db on TCP 5432,9090: web needs it; NetworkPolicy prod/deny isolates prod/web \
               for egress and has no rule for egress";
    check(NEEDED, &[&service("ClusterIP", "db", "sql")], None, Some(deny), &[cut]);
    let by_service =
        NEEDED.replace("\"prod/db\");", "\"prod/db\") when { context has service && context.service.port == 80 };");
    let through = "warn /spec/podSelector prod/web → prod/db on TCP 5432 through Service prod/db:80: web needs it; NetworkPolicy \
                   prod/deny isolates prod/web for egress and has no rule for egress";
    check(&by_service, &[&service("ClusterIP", "db", "sql")], None, Some(deny), &[through]);
}

#[test]
fn aliases_are_ways_of_their_own() {
    let alias = |name: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{namespace: dev, name: alias}}, spec: {{type: ExternalName, externalName: {name}}}}}"
        )
    };
    let there = service("ClusterIP", "db", "9090");
    let inside = alias("db.prod.svc.cluster.local");
    let told = "dev/tool → prod/db on TCP 9090 through Service dev/alias:80: `dev` uses ExternalName dev/alias; Service dev/alias leads \
                there";
    check(APART, &[&there], None, Some(&inside), &[&format!("deny /spec/externalName {told}")]);
    let also = format!(
        "deny /spec/ports/0 {}",
        told.replace("ExternalName dev/alias;", "ClusterIP prod/db;")
            .replace("dev/alias:", "prod/db:")
            .replace("Service dev/alias", "Service prod/db")
    );
    check(APART, &[&inside], None, Some(&there), &[&format!("deny /spec {told}"), &also]);
    let outside = |condition: &str| {
        format!(
            "@id(\"t/alias\") @code(\"T4\") @title(\"t\") @severity(\"error\") @message(\"an alias\")\nforbid (principal in \
                 core::v1::Namespace::\"dev\", action == net::Action::\"connect\", resource is net::Addresses) when {{ context has service && \
                 context.service.type == \"ExternalName\" && {condition} }};"
        )
    };
    let example = alias("example.org");
    let told = "dev/tool → outside on every port through Service dev/alias: an alias; Service dev/alias leads there";
    check(&outside("true"), &[], None, Some(&example), &[&format!("deny /spec/externalName {told}")]);
    let review = ask_of(&policies_of(&outside("resource.metadataService")), &mut cluster(GIVEN), None, Some(&example));
    assert!(review.findings.is_empty() && review.unknowns.len() == 1, "{review:#?}");
}

#[test]
fn what_a_service_opens_and_cuts_is_announced() {
    let told = |old: Option<&str>, new: Option<&str>| {
        let given = [&[GIVEN], old.as_slice()].concat().join("\n---\n");
        ask_of(&policies_of(OUTSIDE), &mut cluster(&given), old, new).announced
    };
    let (closed, open) = (service("ClusterIP", "db", "sql"), service("NodePort", "db", "sql"));
    assert_eq!(told(None, Some(&closed)), ["opens Service prod/db:80 → prod/db on TCP 5432 for 3 workloads"]);
    assert_eq!(told(Some(&closed), Some(&open)), ["opens Service prod/db:80 → prod/db on TCP 5432 for outside"]);
    let cut = "cuts Service prod/db:80 → prod/db on TCP 5432 for 3 workloads and outside";
    assert_eq!(told(Some(&open), None), [cut]);
    assert_eq!(told(Some(&open), Some(&open)), [""; 0]);
}

fn report(policies: &Policies, text: &str) -> engine::Report {
    let options = CheckOptions {
        world: World::Closed,
        operation: "create".to_owned(),
        user: None,
        groups: Vec::new(),
        namespace: None,
        settings: engine::fact::Settings::default(),
    };
    check_files(policies, &[source("all.yaml", text)], &options)
}

#[test]
fn in_files_a_finding_stands_at_the_port_of_the_service() {
    let text = format!("{GIVEN}---\n{}\n", service("NodePort", "db", "metrics").replace("ports: [", "ports: [\n"));
    let all = format!("{APART}{OUTSIDE}{NEEDED}");
    let found = report(&policies_of(&all), &text).findings;
    let place = |finding: &engine::Finding| {
        (finding.place.as_ref().map(|place| place.line), finding.field.clone(), finding.message.clone())
    };
    let port = u32::try_from(text.lines().count()).unwrap();
    let dev = "dev/tool → prod/db on TCP 9090 through Service prod/db:80: `dev` uses NodePort prod/db; Service prod/db leads there";
    assert_eq!(found.iter().map(place).collect::<Vec<_>>(), [(Some(port), "/spec/ports/0".to_owned(), dev.to_owned())]);
}

#[test]
fn a_host_that_watches_keeps_what_leads_to_pods() {
    let policies = policies_of(APART);
    let mut cluster = Cluster::watched();
    for need in engine::watches(&policies) {
        cluster.set_kind(need.kind.group, need.kind.kind, KindState::Synced { resource_version: "1".to_owned() });
    }
    let services = engine::decides(&policies).into_iter().find(|need| need.kind.kind == "Service").unwrap();
    assert_eq!(services.operations, ["create", "delete", "update"]);
    assert!(services.fields.iter().any(|field| field == "spec/ports/*/targetPort"));
    cluster.apply(&source("given", &format!("{GIVEN}---\n{}", service("ClusterIP", "db", "sql"))));
    let policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: prod, name: more}, spec: {podSelector: {}, \
                  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: sql}]}]}}";
    let told = "deny /spec/ingress/0 dev/tool → prod/db on TCP 5432 through Service prod/db:80: `dev` uses ClusterIP prod/db; NetworkPolicy \
                prod/more lets it in";
    assert_eq!(lines(&ask_of(&policies, &mut cluster, None, Some(policy))), [told]);
    cluster.set_kind("", "Service", KindState::Unknown { reason: "forbidden".to_owned() });
    let review = ask_of(&policies, &mut cluster, None, Some(policy));
    assert!(review.findings.is_empty() && review.unknowns.len() == 1, "{review:#?}");
}

#[test]
fn tests_ask_about_connections_to_services() {
    let given = GIVEN
        .split("---\n")
        .map(|one| format!("  - {}\n", one.trim_end().trim_start().replace('\n', "\n    ")))
        .collect::<String>();
    let case = |name: &str, to: &str, port: &str, review: &str, findings: &str| {
        format!(
            "  - {{name: {name}, connect: {{from: dev/tool, to: {to}, port: {port}}}, expect: {{review: {review}, findings: [{findings}]}}}}\n"
        )
    };
    let test = format!(
        "apiVersion: hedgerow.dev/v1alpha1\nkind: PolicyTest\ngiven:\n{given}  - {}\ncases:\n{}{}{}{}",
        service("NodePort", "db", "sql"),
        case("through it", "svc/prod/db", "80", "deny", "{id: t/services}"),
        case("past it", "prod/db", "5432", "allow", ""),
        case("no port", "svc/prod/db", "81", "allow", ""),
        case("no Service", "svc/prod/nothing", "80", "allow", ""),
    );
    let report = run_tests(&policies_of(APART), &[source("t/a.test.yaml", &test)], &TestOptions::default());
    assert!(report.cases.iter().all(|case| case.passed) && report.cases.len() == 2, "{report:#?}");
    let problems: Vec<_> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        problems,
        [
            "`svc/prod/db` leads to no workload of `given` on 81/TCP",
            "`svc/prod/nothing` is no Service of `given` that leads to a workload of it"
        ]
    );
}
