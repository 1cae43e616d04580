//! `hedgerow reach SRC DST -o patch`: the patch applied by git turns the answer, for every question of `docs/cases`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::Folder;
use crate::literate::{Case, case_files, cases_of};
use crate::run::{Ran, hedgerow, hedgerow_with};

const ALLOW: i32 = 0;
const DENY: i32 = 1;

/// Asks a row of a case.
fn ask(folder: &Folder, case: &Case, [from, to, port, _]: &[String; 4], more: &[&str]) -> Ran {
    let settings = case.settings.split_whitespace().map(|setting| match setting.split_once('=') {
        Some(("pods", cidr)) => ["--pod-cidr", cidr],
        Some(("world", world)) => ["--world", world],
        _ => panic!("unknown setting `{setting}`"),
    });
    let mut arguments = vec!["reach", "-f", ".", from, to];
    arguments.extend((!port.is_empty()).then_some(port.as_str()));
    arguments.extend(settings.flatten());
    hedgerow(folder.path(), &[arguments.as_slice(), more].concat())
}

/// Applies a patch in a folder as if no repository were around it.
pub(crate) fn apply(folder: &Path, patch: &str) {
    use std::io::Write as _;
    let mut git = Command::new("git")
        .args(["apply", "-"])
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "git does not take the patch:\n{patch}");
}

#[test]
fn the_patch_turns_every_settled_answer_of_the_cases() {
    let mut turned = 0;
    for (_, text) in case_files() {
        for case in cases_of(&text) {
            for row in &case.rows {
                let folder = Folder::new("reach-turns", &[("case.yaml", &case.manifests)]);
                let before = ask(&folder, &case, row, &["-o", "patch"]);
                if before.out.is_empty() {
                    assert!(before.code == 2, "{row:?}: {before:?}");
                    continue;
                }
                apply(folder.path(), &before.out);
                let after = ask(&folder, &case, row, &[]);
                assert_eq!(
                    before.code + after.code,
                    ALLOW + DENY,
                    "{}: {row:?}\n{}{}",
                    case.title,
                    before.out,
                    after.out
                );
                turned += 1;
            }
        }
    }
    assert!(turned > 90, "only {turned} answers were turned");
}

const WEB: &str =
    r#"{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"web","labels":{"app":"web"}}}"#;
const DB: &str = r#"{"apiVersion":"v1","kind":"List","items":[
  {"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"db","labels":{"app":"db"}}},
  {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"namespace":"shop","name":"db"},
   "spec":{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"job"}}}]}]}}
]}"#;

#[test]
fn json_is_patched_as_json_and_a_new_policy_is_a_file_beside_it() {
    let folder = Folder::new("reach-turns-json", &[("deploy/web.json", WEB), ("deploy/db.json", DB)]);
    let ask = |from: &str, to: &str, more: &[&str]| {
        hedgerow(folder.path(), &[&["reach", from, to, "80", "-f", "deploy"], more].concat())
    };
    let opens = ask("shop/web", "shop/db", &["-o", "patch"]);
    assert_eq!(opens.code, DENY, "{opens:?}");
    let rule =
        r#"}]}, {"from":[{"podSelector":{"matchLabels":{"app":"web"}}}],"ports":[{"port":80,"protocol":"TCP"}]}]"#;
    assert!(opens.out.contains(rule), "{opens:?}");
    apply(folder.path(), &opens.out);
    assert_eq!(ask("shop/web", "shop/db", &[]).code, ALLOW);
    let shuts = ask("shop/db", "shop/web", &["-o", "patch"]);
    assert_eq!(shuts.code, ALLOW);
    assert!(shuts.out.starts_with("--- /dev/null\n+++ b/deploy/"), "{shuts:?}");
    apply(folder.path(), &shuts.out);
    assert_eq!(ask("shop/db", "shop/web", &[]).code, DENY);
}

#[test]
fn there_is_no_patch_for_what_no_change_turns_and_none_for_a_list() {
    let pods = "{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: agent}, spec: {hostNetwork: true}}\n---\n\
                {apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: db}, spec: {hostNetwork: true}}\n";
    let ask = |arguments: &[&str]| {
        hedgerow_with(Path::new("."), &[&["reach", "-o", "patch", "-f", "-"], arguments].concat(), pods, &[])
    };
    let none = ask(&["shop/agent", "shop/db", "80"]);
    assert!(none.code == 2 && none.err.contains("there is no patch: the answer is `allow`"), "{none:?}");
    let list = ask(&[]);
    assert!(list.code == 2 && list.err.contains("`SRC DST [PORT[/PROTO]]` is missing"), "{list:?}");
}
