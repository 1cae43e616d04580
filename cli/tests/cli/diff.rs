//! `hedgerow diff`: what opens, what is cut, by which rule, from where, and the exit code.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;
use crate::reach::{SHOP, root, without_digest};
use crate::run::{Ran, golden, hedgerow, hedgerow_with};

/// From [`SHOP`]: `db` is let by a wider rule, `web` loses a rule, `cache` appears, `nightly` goes, and a policy isolates `cache`.
fn changed() -> String {
    let (shop, nightly) = SHOP.split_once("apiVersion: batch/v1").unwrap();
    let (_, policies) = nightly.split_once("---\n").unwrap();
    let policies = policies
        .replace("      ports: [{port: sql}]\n    - from:\n        - namespace", "    - from:\n        - namespace")
        .replace("    - from: [{ipBlock: {cidr: 203.0.113.0/24}}]\n      ports: [{port: http}]\n", "    []\n")
        .replace("  ingress:\n    []\n", "  ingress: []\n");
    let cache = "\
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: shop, name: cache}
spec:
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec: {containers: [{name: cache, image: cache}]}
---
";
    format!("{shop}{cache}{policies}")
}

fn diff(test: &str, arguments: &[&str]) -> Ran {
    let folder = Folder::new(test, &[("old/shop.yaml", SHOP), ("new/shop.yaml", &changed())]);
    hedgerow(folder.path(), &[&["diff", "old", "new"][..], arguments].concat())
}

#[test]
fn what_changes_is_told_in_every_format() {
    for (format, file) in [
        ("text", "txt"),
        ("csv", "csv"),
        ("md", "md"),
        ("dot", "dot"),
        ("mermaid", "mermaid"),
        ("svg", "svg"),
        ("json", "json"),
    ] {
        let ran = diff(&format!("diff-{format}"), &["-o", format]);
        assert_eq!(ran.code, 1, "{ran:?}");
        golden(&format!("diff/shop.{file}"), &without_digest(&ran.out));
        let told = if format == "text" { &ran.out } else { &ran.err };
        assert!(told.starts_with("different: "), "{ran:?}");
    }
}

#[test]
fn each_opened_or_cut_connection_names_a_rule_or_policy_with_its_line() {
    let ran = diff("diff-because", &["-o", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let mut settled = 0;
    for change in report["changes"].as_array().unwrap() {
        let because = change["because"].as_array().unwrap();
        assert!(!because.is_empty(), "{change:#}");
        if change["ends"] == "stay" && ["opened", "cut", "changed"].iter().any(|kind| change["change"] == *kind) {
            settled += 1;
            assert!(because.iter().any(|reason| reason["place"]["line"].is_u64()), "{change:#}");
        }
    }
    assert!(settled > 1, "{report:#}");
}

#[test]
fn the_same_network_is_zero_whatever_its_files() {
    let documents: Vec<&str> = SHOP.split("---\n").collect();
    let files: Vec<(String, String)> = documents
        .iter()
        .enumerate()
        .map(|(at, text)| (format!("new/{}.yaml", 9 - at), format!("# moved\n{text}")))
        .collect();
    let mut files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("old/shop.yaml", SHOP));
    let folder = Folder::new("diff-same", &files);
    let ran = hedgerow(folder.path(), &["diff", "old", "new"]);
    assert!(ran.code == 0 && ran.out.starts_with("same: nothing changes\n"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["diff", "-f", "old", "-f", "new/9.yaml", "-o", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &report["summary"]["gone"]), (1, &Value::from(3)), "{report:#}");
}

#[test]
fn what_becomes_unknown_is_three() {
    let selector = "{matchLabels: {team: data}}";
    let turned = SHOP.replace(selector, "{matchLabels: {team: reports}}");
    assert!(SHOP.contains(selector));
    let cilium = "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {namespace: shop, name: x}\n";
    let [bare, with] = ["spec: {}\n", "spec: {egress: []}\n"].map(|spec| format!("{SHOP}{cilium}{spec}"));
    let refused = SHOP.replace("cidr: 203.0.113.0/24", "cidr: 203.0.113.0/33");
    let files = [
        ("shop.yaml", SHOP),
        ("turned.yaml", &turned),
        ("bare.yaml", &bare),
        ("with.yaml", &with),
        ("refused.yaml", &refused),
    ];
    let folder = Folder::new("diff-unknown", &files);
    let code = |old: &str, new: &str| hedgerow(folder.path(), &["diff", old, new]).code;
    // Unknown before and after, of the same cause: the labels of a namespace that is not given.
    assert_eq!(code("shop.yaml", "turned.yaml"), 0);
    let ran = hedgerow(folder.path(), &["diff", "bare.yaml", "with.yaml"]);
    assert!(ran.code == 3 && ran.out.starts_with("unknown: 1 object that is not modelled changed\n"), "{ran:?}");
    assert!(ran.out.contains("  CiliumNetworkPolicy shop/x\n"), "{ran:?}");
    assert_eq!(code("with.yaml", "with.yaml"), 0);
    let ran = hedgerow(folder.path(), &["diff", "shop.yaml", "refused.yaml"]);
    golden("diff/unknown.txt", &ran.out);
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn what_cannot_be_compared_is_two() {
    let folder = Folder::new("diff-two", &[("a.yaml", SHOP), ("broken.yaml", "a: [\n"), ("empty/note.txt", "")]);
    let check = |arguments: &[&str], says: &str| {
        let ran = hedgerow(folder.path(), &[&["diff"], arguments].concat());
        assert!(ran.code == 2 && ran.err.contains(says), "{arguments:?}: {ran:?}");
    };
    check(&["a.yaml"], "1 is named");
    check(&["a.yaml", "a.yaml", "a.yaml"], "3 are named");
    check(&["-", "-"], "cannot both be standard input");
    check(&["a.yaml", "b.yaml"], "`b.yaml` cannot be read");
    check(&["a.yaml", "broken.yaml"], "broken.yaml:");
    check(&["a.yaml", "empty"], "the input holds no Kubernetes object");
    check(&["a.yaml", "git::a.yaml"], "names no revision");
}

#[test]
fn standard_input_is_a_side() {
    let folder = Folder::new("diff-stdin", &[("a.yaml", SHOP)]);
    assert_eq!(hedgerow_with(folder.path(), &["diff", "a.yaml", "-"], SHOP, &[]).code, 0);
    assert_eq!(hedgerow_with(folder.path(), &["diff", "-", "a.yaml"], &changed(), &[]).code, 1);
}

fn git(folder: &Path, arguments: &[&str]) {
    let set = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(set).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn git_revisions_are_sides() {
    let files = [("deploy/shop.yaml", SHOP), ("deploy/sub/note.txt", "no manifest"), ("deploy/.hidden.yaml", "a: [")];
    let folder = Folder::new("diff-git", &files);
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-q", "-m", "one"]);
    folder.write("deploy/shop.yaml", changed().as_bytes());
    let check = |arguments: &[&str], code: i32| {
        let ran = hedgerow(path, &[&["diff"], arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        ran
    };
    let ran = check(&["git:main:deploy", "deploy"], 1);
    assert!(ran.out.contains("(git:main:deploy/shop.yaml:58)"), "{ran:?}");
    check(&["git:main:", "git:HEAD:deploy/shop.yaml"], 0);
    check(&["git:main", "git:HEAD:./deploy"], 0);
    check(&["git:main:", "git:main:", "--no-recursive"], 2);
    for (side, says) in [
        ("git:gone:deploy", "there is no revision `gone`"),
        ("git:main:gone", "there is no `gone` in that revision"),
        ("git:--help:deploy", "names no revision"),
    ] {
        assert!(check(&[side, "deploy"], 2).err.contains(says), "{side}");
    }
    assert_eq!(hedgerow(path, &["reach", "git:main:deploy", "shop/web", "shop/db", "5432"]).code, 0);
    let elsewhere = Folder::new("diff-no-git", &[("a.yaml", SHOP)]);
    let outside = [("GIT_CEILING_DIRECTORIES", env!("CARGO_MANIFEST_DIR")), ("GIT_DIR", "nowhere")];
    let ran = hedgerow_with(elsewhere.path(), &["diff", "git:main:a.yaml", "a.yaml"], "", &outside);
    assert!(ran.code == 2 && ran.err.contains("not a git repository"), "{ran:?}");
}

#[test]
fn json_is_valid_by_its_schema() {
    let schema = std::fs::read_to_string(root().join("docs/schema/diff.v1.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for arguments in [&[][..], &["--world", "open"], &["--world", "closed"], &["--pod-cidr", "10.0.0.0/8"]] {
        let ran = diff("diff-schema", &[arguments, &["-o", "json"]].concat());
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
        assert_eq!(report["exitCode"], ran.code);
    }
}

#[test]
fn a_comment_fits_into_a_pull_request() {
    let pod = |number: usize| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{namespace: n{}, name: a-rather-long-name-of-a-pod-{number}, labels: {{app: p{number}}}}}}}\n---\n",
            number % 7
        )
    };
    let policy = |number: usize| {
        format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{namespace: n{}, name: x{number}}}, spec: {{podSelector: {{matchLabels: {{app: p{number}}}}}, ingress: [{{ports: [{{port: {}}}]}}]}}}}\n---\n",
            number % 7,
            number + 1
        )
    };
    let old: String = (0..150).map(pod).collect();
    let new: String = old.clone() + &(0..150).map(policy).collect::<String>();
    let folder = Folder::new("diff-large", &[("old.yaml", &old), ("new.yaml", &new)]);
    let ran = hedgerow(folder.path(), &["diff", "old.yaml", "new.yaml", "-o", "md"]);
    assert!(ran.code == 1 && ran.out.chars().count() < 65_536, "{}", ran.out.len());
    assert!(ran.out.contains(" more rows: `hedgerow diff -o text` has them all") && ran.out.ends_with("</details>\n"));
}

#[test]
fn cluster_wide_policies_are_reasons_with_their_rules_and_lines() {
    let tier = |name: &str, tier: &str, rules: &str| {
        format!(
            "---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: {name}}}\nspec:\n  \
             tier: {tier}\n  priority: 5\n  subject: {{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: db}}}}}}}}\n  \
             ingress:\n{rules}"
        )
    };
    let rule = |action: &str, team: &str, port: u16| {
        format!(
            "    - action: {action}\n      from: [{{namespaces: {{matchLabels: {{kubernetes.io/metadata.name: {team}}}}}}}]\n      \
             protocols: [{{tcp: {{destinationPort: {{number: {port}}}}}}}]\n"
        )
    };
    let old = tier("guard", "Admin", &rule("Accept", "reports", 5432));
    let new = tier("guard", "Admin", &[rule("Deny", "shop", 5432), rule("Accept", "reports", 9187)].concat());
    let files = [("old/shop.yaml", format!("{SHOP}{old}")), ("new/shop.yaml", format!("{SHOP}{new}"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = Folder::new("diff-tiers", &files);
    let ran = hedgerow(folder.path(), &["diff", "old", "new"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for told in [
        "0 of ClusterNetworkPolicy guard denies it now",
        "0 of ClusterNetworkPolicy guard let it pass",
        "1 of ClusterNetworkPolicy guard lets it pass",
    ] {
        let line = ran.out.lines().find(|line| line.contains(&format!("ingress: rule /spec/ingress/{told} (")));
        assert!(line.is_some_and(|line| line.contains("shop.yaml:")), "{told}: {ran:?}");
    }
}
