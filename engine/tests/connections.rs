//! Policies on connections: what a request opens and cuts, and what files show.
#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

#[path = "connections/admission.rs"]
mod admission;
#[path = "connections/files.rs"]
mod files;
#[path = "connections/services.rs"]
mod services;
#[path = "connections/watched.rs"]
mod watched;

use engine::text::{Format, to_json};
use engine::{Cluster, LoadOptions, Policies, Source};

/// The environments `dev` and `prod` must not meet; `dev/tool` needs `dev/cache`.
const CEDAR: &str = r#"
@id("t/apart") @code("T1") @title("apart") @severity("error") @message("`{principal.environment}` reaches `{resource.environment}`")
forbid (principal is net::Workload, action == net::Action::"connect", resource is net::Workload)
when { principal has environment && resource has environment && principal.environment == "dev" && resource.environment == "prod" };
@id("t/cache") @code("T2") @title("cache") @severity("error") @message("the cache is needed")
permit (principal == net::Workload::"dev/tool", action == net::Action::"depend", resource == net::Workload::"dev/cache")
when { context.port == 6379 && context.protocol == "TCP" };
"#;

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), format: Format::Auto, bytes: text.as_bytes().to_vec() }
}

fn policies() -> Policies {
    policies_of(CEDAR)
}

fn policies_of(cedar: &str) -> Policies {
    let sources = [source("t/pack.toml", "name = \"t\"\nversion = \"1\"\n"), source("t/a.cedar", cedar)];
    let parameters = vec![("announce".to_owned(), "true".to_owned())];
    Policies::load(&sources, &LoadOptions { parameters, ..LoadOptions::default() }).unwrap().0
}

fn cluster(yaml: &str) -> Cluster {
    let mut cluster = Cluster::of_files(engine::cluster::World::Closed);
    let found = cluster.apply(&source("given.yaml", yaml));
    assert!(found.is_empty(), "{found:#?}");
    cluster
}

fn json(yaml: &str) -> String {
    let mut found = Vec::new();
    let documents = engine::text::read(&source("o.yaml", yaml), &engine::text::Limits::default(), &mut found);
    assert!(found.is_empty(), "{found:#?}");
    to_json(&documents[0].value)
}
