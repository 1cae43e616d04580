//! `hedgerow` on a live cluster: what it says of it is what it says of its snapshot, and what may not be listed is unknown.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, AuditLevel, ControlPlane, Controllers, Options, User, available};
use hedgerow_tests::repository::root;
use hedgerow_tests::wait::wait_until;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use std::time::Duration;

/// A test: its name as a fact, and what it does with the cluster that all share.
type Check = (&'static str, fn(&ControlPlane) -> Result<()>);

const CHECKS: [Check; 4] = [
    ("a_snapshot_answers_as_the_live_cluster_does", a_snapshot_answers_as_the_live_cluster_does),
    ("what_may_not_be_listed_is_unknown_and_named", what_may_not_be_listed_is_unknown_and_named),
    ("only_lists_are_asked_and_never_secrets", only_lists_are_asked_and_never_secrets),
    ("a_change_of_the_cluster_is_a_difference", a_change_of_the_cluster_is_a_difference),
];

/// May list everything but Pods.
const HALF_BLIND: &str = "half-blind";

fn main() -> Result<()> {
    let arguments = Arguments::from_args();
    let missing = available().err();
    if let Some(reason) = &missing {
        eprintln!("ignored, for want of real components: {reason}");
    }
    let cluster = match &missing {
        None if !arguments.list => Some(start()?),
        _ => None,
    };
    let all = move || {
        CHECKS.iter().try_for_each(|(name, check)| match &cluster {
            Some(cluster) => check(cluster).with_context(|| (*name).to_owned()),
            None => Ok(()),
        })
    };
    // They share a cluster that the last one changes, so they run one after the other.
    let run = move || all().map_err(|error| Failed::from(format!("{error:#}")));
    let trial = Trial::test("hedgerow_reads_a_live_cluster", run).with_ignored_flag(missing.is_some());
    libtest_mimic::run(&arguments, vec![trial]).exit();
}

fn start() -> Result<ControlPlane> {
    let cluster = ControlPlane::start(Options {
        users: vec![User::new(HALF_BLIND, &[])],
        controllers: Controllers::Core,
        audit: Some(AuditLevel::Metadata),
        ..Options::default()
    })?;
    let example = root().join("examples/log-system");
    let example = example.display().to_string();
    // Namespaces come first in the folder; what needs one that is not there yet is applied by the second run.
    cluster.kubectl(ADMIN, &["apply", "-f", &example])?;
    let applied = cluster.kubectl(ADMIN, &["apply", "-f", &example])?;
    ensure!(applied.success, "{}", applied.stderr);
    let role = ["create", "clusterrole", "lists", "--verb=list"];
    let kinds = "namespaces,services,endpoints,deployments.apps,daemonsets.apps,replicasets.apps,statefulsets.apps,jobs.batch,\
                 cronjobs.batch,replicationcontrollers,networkpolicies.networking.k8s.io,ingresses.networking.k8s.io,\
                 endpointslices.discovery.k8s.io";
    let made = cluster.kubectl(ADMIN, &[&role[..], &[&format!("--resource={kinds}")]].concat())?;
    ensure!(made.success, "{}", made.stderr);
    let user = format!("--user={HALF_BLIND}");
    let bound = cluster.kubectl(ADMIN, &["create", "clusterrolebinding", "lists", "--clusterrole=lists", &user])?;
    ensure!(bound.success, "{}", bound.stderr);
    wait_until("the ReplicaSets to be there", Duration::from_secs(60), || {
        let sets = cluster.client(ADMIN)?.get("/apis/apps/v1/replicasets")?;
        Ok((sets.body["items"].as_array().map_or(0, Vec::len) >= 2).then_some(()))
    })?;
    Ok(cluster)
}

/// The program, as the build of the workspace left it beside this test.
fn program() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).context("the test is in no build folder")?;
    let program = folder.join("hedgerow");
    ensure!(program.exists(), "`hedgerow` is not built; run the tests with `cargo test --workspace`");
    Ok(program)
}

/// Runs `hedgerow` as a user.
fn hedgerow(cluster: &ControlPlane, user: &str, arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new(program()?);
    command.args(arguments).current_dir(cluster.folder()).env("KUBECONFIG", cluster.kubeconfig(user)?);
    Ok(command.output()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is said, without where: a verb makes itself a snapshot of what it needs alone, so lines and their text differ.
fn said(output: &Output) -> Vec<String> {
    let text = text(&output.stdout);
    let lines = text.lines().filter(|line| !line.contains(" | "));
    let without_place = |line: &str| match line.split_once(",title=") {
        Some((_, rest)) => rest.to_owned(),
        None => line.split(" (").next().unwrap_or_default().to_owned(),
    };
    lines.map(without_place).collect()
}

fn a_snapshot_answers_as_the_live_cluster_does(cluster: &ControlPlane) -> Result<()> {
    let made = hedgerow(cluster, ADMIN, &["snapshot", "--context", "test", "-o", "all.yaml"])?;
    ensure!(made.status.success(), "{}", text(&made.stderr));
    let again = hedgerow(cluster, ADMIN, &["snapshot"])?;
    let file = std::fs::read_to_string(cluster.folder().join("all.yaml"))?;
    ensure!(text(&again.stdout) == file, "the same cluster gives the same bytes");
    ensure!(!file.contains("kind: Secret\n") && !file.contains("kind: ConfigMap\n"), "{file}");
    for question in [
        &["reach", "-o", "csv"][..],
        &["reach", "log-system/frontend", "log-system/redis", "6379", "-q"],
        &["reach", "log-system/log-processor", "log-system/timescaledb", "5432", "-q"],
        &["reach", "outside", "svc/log-system/frontend-public", "443", "-q"],
        &["resolve", "log-system/frontend", "log-processor", "-q"],
        &["resolve", "log-system/frontend", "nowhere", "-q"],
        &["trace", "log-system/frontend", "http://log-processor:8080", "-q"],
        &["trace", "outside", "https://nowhere.example", "-q"],
        &["check", "-o", "github"],
    ] {
        let live = hedgerow(cluster, ADMIN, &[question, &["--context", "test"]].concat())?;
        ensure!(live.status.code() != Some(2), "{question:?}: {}", text(&live.stderr));
        let snapshot = hedgerow(cluster, ADMIN, &[question, &["-f", "all.yaml"]].concat())?;
        let same = said(&live) == said(&snapshot) && live.status.code() == snapshot.status.code();
        ensure!(same && !said(&live).is_empty(), "{live:?}\n{snapshot:?}");
    }
    // And both as the files that the cluster was made of.
    let list = |arguments: &[&str]| -> Result<Vec<String>> {
        let output = hedgerow(
            cluster,
            ADMIN,
            &[&["reach", "-o", "csv", "--from", "log-system/*", "--to", "log-system/*"], arguments].concat(),
        )?;
        Ok(text(&output.stdout).lines().map(str::to_owned).collect())
    };
    let example = root().join("examples/log-system").display().to_string();
    ensure!(list(&["-f", &example])? == list(&["context:test"])?, "{:?}", list(&["context:test"])?);
    Ok(())
}

fn what_may_not_be_listed_is_unknown_and_named(cluster: &ControlPlane) -> Result<()> {
    let run = hedgerow(cluster, HALF_BLIND, &["snapshot", "-o", "half.yaml"])?;
    ensure!(run.status.success() && text(&run.stderr).contains("1 kinds could not be listed"), "{run:?}");
    for source in [&["--context", "test"][..], &["-f", "half.yaml"]] {
        let asked = ["reach", "log-system/frontend", "log-system/redis", "6379"];
        let run = hedgerow(cluster, HALF_BLIND, &[&asked[..], source].concat())?;
        let told = text(&run.stderr);
        ensure!(
            told.contains("warning[HR011]: `Pod` objects could not be listed") && told.contains("forbidden"),
            "{told}"
        );
        // Policies are all known, and so is the answer between workloads that are.
        ensure!(run.status.code() == Some(1), "{run:?}");
    }
    let run = hedgerow(cluster, "admin-without-policies", &["reach", "--context", "test"]);
    ensure!(run.is_err(), "there is no such user");
    Ok(())
}

fn only_lists_are_asked_and_never_secrets(cluster: &ControlPlane) -> Result<()> {
    let events = cluster.audit_events()?;
    let asked: Vec<&Value> = events.iter().filter(|event| event["user"]["username"] == HALF_BLIND).collect();
    ensure!(!asked.is_empty(), "nothing in the audit log");
    for event in asked {
        let (verb, resource) = (&event["verb"], &event["objectRef"]["resource"]);
        ensure!(*verb == json!("list") || (*verb == json!("get") && resource.is_null()), "{event:#}");
        ensure!(*resource != json!("secrets") && *resource != json!("configmaps"), "{event:#}");
    }
    Ok(())
}

fn a_change_of_the_cluster_is_a_difference(cluster: &ControlPlane) -> Result<()> {
    let same = hedgerow(cluster, ADMIN, &["diff", "all.yaml", "context:test"])?;
    ensure!(same.status.code() == Some(0), "{same:?}");
    let removed = cluster.kubectl(ADMIN, &["delete", "networkpolicy", "-n", "log-system", "redis"])?;
    ensure!(removed.success, "{}", removed.stderr);
    let run = hedgerow(cluster, ADMIN, &["diff", "all.yaml", "context:test", "-q"])?;
    let told = text(&run.stdout);
    ensure!(run.status.code() == Some(1), "{run:?}");
    ensure!(told.contains("  log-system/log-processor → log-system/redis  TCP 6379\n"), "{told}");
    ensure!(told.contains("rule /spec/ingress/0 of NetworkPolicy log-system/redis let it pass (all.yaml:"), "{told}");
    Ok(())
}
