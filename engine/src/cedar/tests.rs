//! The whole way: packs → policies → answers.

mod equivalence;
mod loading;
mod sample;

use super::*;
use crate::cluster::World;
use crate::object::{Lowered, Origin, lower};
use crate::text::{Format, Limits, read};

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), format: Format::Auto, bytes: text.as_bytes().to_vec() }
}

fn objects(yaml: &str) -> Vec<Object> {
    let source = source("objects.yaml", yaml);
    let mut found = Vec::new();
    let origin = Origin::of_source(&source, 0, "default");
    let mut objects = Vec::new();
    for document in read(&source, &Limits::default(), &mut found) {
        if let Lowered::Objects(all) = lower(document, &origin, &mut found) {
            objects.extend(all);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    objects
}

const MANIFEST: &str = r#"
name = "test"
version = "1.0.0"
[params.allowed]
type = "Set<String>"
default = ["ClusterIP"]
[params.internal]
type = "ipaddr"
default = "10.0.0.0/8"
[params.least]
type = "Long"
default = 2
"#;

fn load(policies: &str) -> Result<Policies, Vec<String>> {
    let sources = [source("test/pack.toml", MANIFEST), source("test/a.cedar", policies)];
    let result = Policies::load(&sources, &LoadOptions::default());
    result.map(|(policies, _)| policies).map_err(|found| {
        let show = |finding: &Finding| {
            let place = finding.place.as_ref().map(|place| format!("{}:{} ", place.line, place.column));
            let help = finding.help.as_ref().map(|help| format!("; {help}"));
            format!("{}{} {}{}", place.unwrap_or_default(), finding.code, finding.message, help.unwrap_or_default())
        };
        found.iter().map(show).collect()
    })
}

fn head(id: &str, message: &str) -> String {
    let code = id.to_uppercase().replace('/', "-");
    format!("@id(\"{id}\") @code(\"{code}\") @title(\"t\") @severity(\"error\") @message(\"{message}\")\n")
}

/// What one policy says of one object: `FIELD: MESSAGE` for each answer.
fn asked(policies: &Policies, question: &Question<'_>) -> Vec<String> {
    let answers = policies.ask(question, &mut 10_000, None);
    let fired = answers.fired.iter().map(|fired| format!("{}: {}", fired.field, fired.message));
    let unknown = answers.unknown.iter().map(|unknown| {
        let causes: Vec<_> = unknown.causes.iter().map(|cause| format!("{:?} {}", cause.kind, cause.message)).collect();
        format!("{}? {}", unknown.field, causes.join("; "))
    });
    fired.chain(unknown).collect()
}

fn check(policy: &str, yaml: &str, expected: &[&str]) {
    let policies = load(policy).unwrap();
    let objects = objects(yaml);
    let mut cluster = Cluster::of_files(World::Closed);
    for object in &objects {
        cluster.insert(object.clone());
    }
    let question = Question {
        operation: Operation::Create,
        principal: None,
        object: &objects[0],
        old: objects.get(1).filter(|old| old.id.kind == objects[0].id.kind),
        dry_run: false,
        cluster: &cluster,
    };
    assert_eq!(asked(&policies, &question), expected);
}

const SERVICE: &str = r#"
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop, labels: { app: web } }
spec:
  type: NodePort
  selector: { app: web }
  ports:
  - { name: http, port: 80, targetPort: http, nodePort: 30080 }
  - { port: 443, nodePort: 29000 }
"#;

#[test]
fn a_forbid_fires_with_its_field_and_message() {
    let policy = head("a", "{resource.metadata.name} is {resource.spec.type}, not {context.params.allowed}")
        + "forbid (principal, action, resource is core::v1::Service)
           unless { context.params.allowed.contains(resource.spec.type) };";
    check(&policy, SERVICE, &["/spec/type: web is NodePort, not ClusterIP"]);
}

#[test]
fn a_part_is_asked_by_itself() {
    let policy = head("a", "{resource.object.metadata.name}: {resource.nodePort}, {resource.name}")
        + "forbid (principal, action, resource is core::v1::ServicePort)
           when { resource has nodePort && resource.nodePort < 30000 };";
    check(&policy, SERVICE, &["/spec/ports/1/nodePort: web: 29000, none"]);
}

#[test]
fn a_named_target_port_lands_on_the_field() {
    let policy = head("a", "m")
        + "forbid (principal, action, resource is core::v1::ServicePort) when { resource has targetPortName };";
    check(&policy, SERVICE, &["/spec/ports/0/targetPort: m"]);
}

#[test]
fn the_principal_that_is_not_known_is_a_cause() {
    let policy = head("a", "m")
        + "forbid (principal, action, resource is core::v1::Service)
           unless { principal in k8s::Group::\"admins\" };";
    check(&policy, SERVICE, &["? NotAsked it is not known who asks"]);
    let policy = head("a", "m")
        + "forbid (principal in k8s::Group::\"x\", action, resource is core::v1::Service)
           when { resource.spec.type == \"ClusterIP\" };";
    check(&policy, SERVICE, &[]);
}

#[test]
fn labels_land_on_their_key_only_if_nothing_else_does() {
    let policy = head("a", "{resource.metadata.labels[\\\"app\\\"]}")
        + "forbid (principal, action, resource is core::v1::Service)
           when { resource.metadata.labels.hasTag(\"app\") };";
    check(&policy, SERVICE, &["/metadata/labels/app: web"]);
}

#[test]
fn an_evaluation_error_is_a_failure() {
    let policy = head("a", "m")
        + "forbid (principal, action, resource is core::v1::ServicePort)
           when { resource.port * 9223372036854775807 == 1 };";
    let policies = load(&policy).unwrap();
    let objects = objects(SERVICE);
    let cluster = Cluster::of_files(World::Closed);
    let question = Question {
        operation: Operation::Create,
        principal: None,
        object: &objects[0],
        old: None,
        dry_run: false,
        cluster: &cluster,
    };
    let answers = policies.ask(&question, &mut 1000, None);
    assert_eq!(answers.unknown.len(), 2);
    assert!(answers.unknown[0].causes[0].message.starts_with("the policy failed: "), "{answers:?}");
}

#[test]
fn equal_maps_of_old_and_new_are_equal() {
    let policy = head("a", "m")
        + "forbid (principal, action, resource is core::v1::Service)
           when { resource has old && resource.old.spec.selector != resource.spec.selector };";
    check(&policy, &format!("{SERVICE}---{SERVICE}"), &[]);
    let changed = SERVICE.replace("selector: { app: web }", "selector: { app: web2 }");
    check(&policy, &format!("{SERVICE}---{changed}"), &["/spec/selector: m"]);
}

#[track_caller]
fn refused(policy: &str, expected: &[&str]) {
    assert_eq!(load(policy).unwrap_err(), expected);
}

#[test]
fn what_is_wrong_has_its_place() {
    refused(
        &(head("a", "{resource.spec.typ}") + "forbid (principal, action, resource is core::v1::Service);"),
        &["1:62 HR022 `resource.spec.typ`: `core::v1::Service` has no `typ` there; did you mean `type`?"],
    );
    refused(
        &(head("a", "m")
            + "permit (principal, action in k8s::admission::Action::\"all\", resource is core::v1::Service);"),
        &[
            "1:1 HR023 policy `a` permits an admission action, which changes nothing; admission allows what no `forbid` \
             refuses; scope it to `k8s::Action` for access questions",
        ],
    );
}

/// The repository's own packs.
#[expect(clippy::disallowed_methods, reason = "the test reads the repository's packs")]
fn library() -> Vec<Source> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".cedar") || name.ends_with("pack.toml") {
                sources.push(Source { name, format: Format::Auto, bytes: std::fs::read(path).unwrap() });
            }
        }
    }
    sources
}

#[test]
fn the_library_loads() {
    if let Err(found) = Policies::load(&library(), &LoadOptions::default()) {
        for finding in &found {
            let place = finding.place.as_ref().map(|place| format!("{}:{}:{}", place.source, place.line, place.column));
            println!("{} {} {} {:?}", place.unwrap_or_default(), finding.code, finding.message, finding.help);
        }
        panic!("{} problems", found.len());
    }
}

#[test]
fn the_schema_is_written_in_both_syntaxes() {
    let PackSchema { json, cedar, .. } = schema_of(&[]).unwrap();
    assert!(json.contains("\"core::v1\""));
    assert!(cedar.contains("namespace k8s::admission") && cedar.contains("entity ServicePort"), "{cedar}");
}

#[test]
fn an_unknown_fact_is_an_unknown_policy_unless_something_known_decides() {
    // Without its Namespace nothing is known of the environment.
    let fact = "resource.facts has environment && resource.facts.environment == \"prod\"";
    let unknown = "Namespace `shop` is not in the input, so its labels are not known; add its manifest";
    let policy = |condition: &str| {
        head("a", "m") + &format!("forbid (principal, action, resource is core::v1::Service) when {{ {condition} }};")
    };
    let unknown = format!("? NotAsked {unknown}");
    check(&policy(fact), SERVICE, &[&unknown]);
    check(&policy(&format!("{fact} && resource.spec.type == \"ClusterIP\"")), SERVICE, &[]);
    check(&policy(&format!("{fact} || resource.spec.type == \"NodePort\"")), SERVICE, &["/spec/type: m"]);
    check(&policy(&format!("!({fact})")), SERVICE, &[&unknown]);
    check(
        &policy(&format!(
            "if ({fact}) then resource.spec.type == \"NodePort\" else !(resource.spec.type == \"ClusterIP\")"
        )),
        SERVICE,
        &["/spec/type: m"],
    );
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { env: prod } }\n";
    check(&policy(fact), &format!("{SERVICE}{namespace}"), &["/metadata/namespace: m"]);
    // What is not applicable is known: the policy is silent.
    check(&policy(fact), &format!("{SERVICE}{}", namespace.replace("env:", "stage:")), &[]);
}

#[test]
fn conditions_are_counted_where_evaluation_reached_them() {
    let policies = load(
        &(head("a", "m")
            + "forbid (principal, action, resource is core::v1::ServicePort in core::v1::Namespace::\"shop\")
               when { resource has name && resource.name != \"x\" } unless { resource.port > 100 || resource.protocol == \"UDP\" };"),
    )
    .unwrap();
    let objects = objects(SERVICE);
    let cluster = Cluster::of_files(World::Closed);
    let question = Question {
        operation: Operation::Create,
        principal: None,
        object: &objects[0],
        old: None,
        dry_run: false,
        cluster: &cluster,
    };
    let mut coverage = Coverage::default();
    policies.ask(&question, &mut 100, Some(&mut coverage));
    let (policies, conditions) = policies.covered(&coverage);
    assert_eq!((policies[0].fired, policies[0].silent), (1, 1));
    let seen: Vec<_> = conditions.iter().map(|one| (one.text.as_str(), one.seen_true, one.seen_false)).collect();
    assert_eq!(
        seen,
        [
            ("resource has name", 1, 1),
            ("resource.name != \"x\"", 1, 0),
            ("resource.port > 100", 0, 1),
            ("resource.protocol == \"UDP\"", 0, 1),
        ]
    );
}

#[test]
fn the_budget_ends_the_question() {
    let policies = load(&(head("a", "m") + "forbid (principal, action, resource is core::v1::ServicePort);")).unwrap();
    let objects = objects(SERVICE);
    let cluster = Cluster::of_files(World::Closed);
    let question = Question {
        operation: Operation::Create,
        principal: None,
        object: &objects[0],
        old: None,
        dry_run: false,
        cluster: &cluster,
    };
    for budget in 0..4 {
        assert!(policies.ask(&question, &mut { budget }, None).exhausted, "{budget}");
    }
    assert_eq!(policies.ask(&question, &mut 4, None).fired.len(), 2);
}

#[test]
fn access_is_permitted_forbidden_or_left_open() {
    use crate::object::AccessAttributes;
    let policies = load(
        "@id(\"read\") permit (principal in k8s::Group::\"dev\", action in k8s::Action::\"readOnly\", resource is k8s::Resource)
           when { resource.resource == \"services\" };
         @id(\"secrets\") forbid (principal, action, resource is k8s::Resource) when { resource.resource == \"secrets\" };
         @id(\"broken\") forbid (principal == k8s::User::\"eve\", action, resource is k8s::Resource)
           when { context.params.least * 9223372036854775807 > 1 };
         @id(\"health\") permit (principal, action == k8s::Action::\"get\", resource is k8s::NonResourceURL)
           when { resource.path like \"/health*\" };",
    )
    .unwrap();
    let ask = |user: &str, verb: &str, resource: &str| {
        let attributes = if resource.starts_with('/') {
            AccessAttributes::NonResource { verb: verb.to_owned(), path: resource.to_owned() }
        } else {
            AccessAttributes::Resource {
                verb: verb.to_owned(),
                group: String::new(),
                version: "v1".to_owned(),
                resource: resource.to_owned(),
                subresource: String::new(),
                namespace: "shop".to_owned(),
                name: String::new(),
            }
        };
        policies.authorize(&AccessRequest { user: user.to_owned(), groups: vec!["dev".to_owned()], attributes })
    };
    assert_eq!(ask("ann", "list", "services").access, Some(true));
    assert_eq!(ask("ann", "delete", "services").access, None);
    assert_eq!(ask("ann", "get", "secrets").access, Some(false));
    assert_eq!(ask("ann", "get", "/healthz").access, Some(true));
    assert_eq!(ask("ann", "fly", "services").reason, "no policy can speak of the verb `fly`");
    let broken = ask("eve", "list", "services");
    assert!(broken.access.is_none() && broken.error.is_some_and(|error| error.starts_with("`broken`: ")));
}

#[test]
fn messages_are_short_single_lines() {
    let policy = head("a", "{resource.metadata.name} {resource.facts.dnsNames} {resource.spec.externalName}")
        + "forbid (principal, action, resource is core::v1::Service);";
    let yaml = SERVICE.replace("name: web,", "\"name\": \"we\\nb\",");
    let policies = load(&policy).unwrap();
    let objects = objects(&yaml);
    let cluster = Cluster::of_files(World::Closed);
    let question = Question {
        operation: Operation::Create,
        principal: None,
        object: &objects[0],
        old: None,
        dry_run: false,
        cluster: &cluster,
    };
    let answers = asked(&policies, &question);
    assert!(answers[0].starts_with(": we\\nb we\\nb, we\\nb.shop, ") && answers[0].ends_with(" none"), "{answers:?}");
}
