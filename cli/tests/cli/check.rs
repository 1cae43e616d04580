//! `hedgerow check`: input, exit codes and text.

use crate::folder::{GOOD, NODE_PORT, with_pack};
use crate::run::{Ran, golden, hedgerow, hedgerow_with};

fn check(test: &str, files: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let folder = with_pack(test, files);
    hedgerow(folder.path(), &[&["check", "--policies", "pack"][..], arguments].concat())
}

#[test]
fn a_clean_run_says_what_it_examined() {
    let ran = check("clean", &[("web.yaml", GOOD)], &["web.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    golden("clean.txt", &ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn a_finding_underlines_the_users_text_and_offers_the_change() {
    let ran = check("finding", &[("web.yaml", NODE_PORT)], &["web.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    golden("node-port.txt", &ran.out);
}

#[test]
fn colours_are_asked_for_or_forced() {
    let folder = with_pack("colours", &[("web.yaml", NODE_PORT)]);
    let arguments = ["check", "--policies", "pack", "web.yaml"];
    let always = hedgerow(folder.path(), &[&arguments[..], &["--color", "always"]].concat());
    golden("node-port.ansi.txt", &always.out);
    let run = |variables| hedgerow_with(folder.path(), &arguments, "", variables).out;
    assert_eq!(run(&[("CLICOLOR_FORCE", "1")]), always.out);
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(!run(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
}

#[test]
fn standard_input_is_read_as_dash_and_by_f() {
    let folder = with_pack("stdin", &[]);
    for arguments in [&["check", "--policies", "pack", "-"][..], &["check", "--policies", "pack", "-f", "-"]] {
        let ran = hedgerow_with(folder.path(), arguments, NODE_PORT, &[]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.contains("--> -:9:9"), "{}", ran.out);
    }
}

#[test]
fn nothing_examined_is_two() {
    let ran = check("nothing", &[("empty/notes.txt", "none")], &["empty"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("error[HR010]: the input holds no Kubernetes object"), "{}", ran.out);
    let ran = check("empty-file", &[("empty.yaml", "")], &["empty.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_file_that_is_not_there_hides_no_other() {
    let ran = check("missing", &[("web.yaml", NODE_PORT)], &["missing.yaml", "web.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("`missing.yaml` cannot be read: there is no such file"), "{}", ran.out);
    assert!(ran.out.contains("error[OWN001]"), "{}", ran.out);
}

#[test]
fn a_broken_document_hides_no_other() {
    let text = format!("a: [\n---\n{NODE_PORT}");
    let ran = check("broken", &[("web.yaml", text.as_str())], &["web.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("error[HR002]") && ran.out.contains("error[OWN001]"), "{}", ran.out);
}

const TEMPLATE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n";
const BLOCK_TEMPLATE: &str = "{{- if .Values.on }}\napiVersion: v1\nkind: Service\n{{- end }}\n";
const POLICY_TEST: &str = "apiVersion: hedgerow.dev/v1alpha1\nkind: PolicyTest\ncases: []\n";
/// A manifest that only mentions `{{`.
const MENTIONS: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alerts}\ndata:\n  text: '{{ $labels.pod }}'\n";

#[test]
fn a_directory_may_hold_what_is_no_manifest() {
    let files = [
        ("d/.gitignore", "left-out*\n"),
        ("d/left-out.yaml", NODE_PORT),
        ("d/left-out-folder/web.yaml", NODE_PORT),
        ("d/templates/a.yaml", TEMPLATE),
        ("d/templates/b.yaml", BLOCK_TEMPLATE),
        ("d/values.yaml", "replicas: 1\n"),
        ("d/own.test.yaml", POLICY_TEST),
        ("d/notes.txt", "not looked at"),
        ("d/alerts.yaml", MENTIONS),
        ("d/deep/web.yaml", GOOD),
    ];
    let ran = check("skips", &files, &["d"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("skipped 6 documents (`-v` names them)"), "{}", ran.out);
    assert!(ran.out.contains("examined 2 objects (1 ConfigMap, 1 Service)"), "{}", ran.out);
    let ran = check("skips-v", &files, &["d", "-v"]);
    golden("skipped.txt", &ran.out);
    let ran = check("flat", &files, &["d", "--no-recursive"]);
    assert!(ran.out.contains("examined 1 object (1 ConfigMap)"), "{}", ran.out);
}

#[test]
fn what_is_no_manifest_is_an_error_where_it_is_named() {
    for (name, text) in [("a.yaml", TEMPLATE), ("b.yaml", "replicas: 1\n"), ("c.test.yaml", POLICY_TEST)] {
        let ran = check("named", &[(name, text), ("web.yaml", GOOD)], &[name, "web.yaml"]);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(ran.out.contains(&format!("--> {name}:")), "{name}: {}", ran.out);
    }
}

#[test]
fn fail_on_moves_the_threshold() {
    let warns = NODE_PORT.replace("NodePort", "ClusterIP");
    let folder = with_pack("fail-on", &[("web.yaml", warns.as_str()), ("prod.yaml", NODE_PORT)]);
    let cedar = folder.read("pack/node-port.cedar").replace("\"error\"", "\"warning\"");
    folder.write("pack/node-port.cedar", cedar.as_bytes());
    let run =
        |arguments: &[&str]| hedgerow(folder.path(), &[&["check", "--policies", "pack"][..], arguments].concat()).code;
    assert_eq!(run(&["prod.yaml"]), 0);
    assert_eq!(run(&["prod.yaml", "--fail-on", "warning"]), 1);
    assert_eq!(run(&["prod.yaml", "--fail-on", "info"]), 1);
    assert_eq!(run(&["web.yaml", "--fail-on", "info"]), 0);
}

#[test]
fn parameters_and_configuration_change_what_is_asked() {
    let folder = with_pack("parameters", &[("web.yaml", NODE_PORT)]);
    let run = |arguments: &[&str]| {
        hedgerow(folder.path(), &[&["check", "--policies", "pack", "web.yaml"][..], arguments].concat())
    };
    assert_eq!(run(&["--param", "own.production=live"]).code, 0);
    assert_eq!(run(&["--param", "own.production=live,prod"]).code, 1);
    let wrong = run(&["--param", "own.productoin=live"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    folder.write("settings.toml", b"[params.own]\nproduction = [\"live\"]\n");
    assert_eq!(run(&["--config", "settings.toml"]).code, 0);
}

#[test]
fn what_hangs_on_the_user_is_not_asked_unless_one_is_named() {
    let folder = with_pack("user", &[("web.yaml", NODE_PORT)]);
    let cedar = folder.read("pack/node-port.cedar");
    let except = "\nunless { principal in k8s::Group::\"platform\" };";
    folder.write("pack/node-port.cedar", cedar.replace("\n};", &format!("\n}}{except}")).as_bytes());
    let run = |arguments: &[&str]| {
        hedgerow(folder.path(), &[&["check", "--policies", "pack", "web.yaml"][..], arguments].concat())
    };
    let nobody = run(&[]);
    assert_eq!(nobody.code, 0, "{nobody:?}");
    assert!(nobody.out.contains("not asked: 1 policy"), "{}", nobody.out);
    assert_eq!(run(&["--fail-on", "unknown"]).code, 3);
    assert_eq!(run(&["--as", "alice", "--as-group", "dev"]).code, 1);
    assert_eq!(run(&["--as", "bob", "--as-group", "platform"]).code, 0);
}

#[test]
fn policies_that_do_not_validate_are_two_with_their_place() {
    let folder = with_pack("bad-policy", &[("web.yaml", NODE_PORT)]);
    let cedar = folder.read("pack/node-port.cedar").replace("spec.type", "spec.tpye");
    folder.write("pack/node-port.cedar", cedar.as_bytes());
    let ran = hedgerow(folder.path(), &["check", "--policies", "pack", "web.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("error[HR021]") && ran.out.contains("--> pack/node-port.cedar:"), "{}", ran.out);
}

#[test]
fn pages_are_printed_and_near_codes_named() {
    let folder = with_pack("explain", &[]);
    let ran = hedgerow(folder.path(), &["check", "--explain", "svc001"]);
    assert!(ran.code == 0 && ran.out.starts_with("# SVC001: "), "{ran:?}");
    let ran = hedgerow(folder.path(), &["check", "--explain", "HR003"]);
    assert!(ran.code == 0 && ran.out.starts_with("# HR003: "), "{ran:?}");
    let ran = hedgerow(folder.path(), &["check", "--explain", "HR03"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `HR003`?"), "{ran:?}");
}

#[test]
fn quiet_says_only_what_was_found() {
    let ran = check("quiet", &[("web.yaml", GOOD)], &["web.yaml", "-q"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}

#[test]
fn what_is_no_object_is_shown_where_it_begins() {
    let text = format!("{GOOD}---\n# what follows is no object\nreplicas: 1\n---\njust text\n");
    let ran = check("no-object", &[("web.yaml", text.as_str())], &["web.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("--> web.yaml:9:1\n  |\n9 | replicas: 1\n  | ^^^^^^^^\n"), "{}", ran.out);
    assert!(ran.out.contains("11 | just text\n   | ^^^^^^^^^\n"), "{}", ran.out);
}

#[test]
fn what_has_no_place_has_no_bar() {
    let ran = check("no-bar", &[("empty.yaml", "")], &["empty.yaml", "missing.yaml"]);
    assert!(!ran.out.lines().any(|line| line.trim() == "|"), "{}", ran.out);
    assert!(ran.out.contains("there is no such file\n--> missing.yaml\n"), "{}", ran.out);
    assert!(ran.out.contains("`empty.yaml` cannot be checked: there is nothing in it\n--> empty.yaml"), "{}", ran.out);
}

#[test]
fn an_empty_file_beside_a_good_one_is_told() {
    let ran = check("empty", &[("empty.yaml", "# nothing\n"), ("web.yaml", GOOD)], &["empty.yaml", "web.yaml"]);
    assert!(ran.code == 2 && ran.out.contains("examined 1 object"), "{ran:?}");
    assert!(ran.out.contains("`empty.yaml` cannot be checked: there is nothing in it"), "{}", ran.out);
    let ran = check("empty-in-folder", &[("empty.yaml", ""), ("web.yaml", GOOD)], &[".", "-v"]);
    assert!(ran.code == 0 && ran.out.contains("empty.yaml"), "{ran:?}");
}

/// Three policies hang on the type of a Service.
const TYPES: &str = "\
@id(\"own/TYPE\") @code(\"OWN00N\") @title(\"a type\") @severity(\"error\") @message(\"no\") @help(\"use another\")
forbid (principal, action == k8s::admission::Action::\"create\", resource is core::v1::Service)
when { resource.spec.type == \"TYPE\" };
";

#[test]
fn policies_that_hang_on_the_same_unreadable_field_share_a_block() {
    let policy = |at: usize| TYPES.replace("00N", &format!("01{at}")).replace("TYPE", &format!("Type{at}"));
    let policies = [policy(1), policy(2), policy(3)].concat();
    let bad = GOOD.replace("spec:\n", "spec:\n  type: 5\n");
    let ran = check("grouped", &[("pack/types.cedar", policies.as_str()), ("web.yaml", bad.as_str())], &["web.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    golden("grouped.txt", &ran.out);
    let folder = with_pack("grouped-json", &[("pack/types.cedar", policies.as_str()), ("web.yaml", bad.as_str())]);
    let ran = hedgerow(folder.path(), &["check", "--policies", "pack", "web.yaml", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["unknowns"].as_array().unwrap().len(), 4, "{}", ran.out);
    assert_eq!(report["unknowns"][0]["causes"][0]["field"], "/spec/type");
}

#[test]
fn objects_without_a_name_are_told_apart() {
    let unnamed = NODE_PORT.replace("{name: web,", "{generateName: web-,");
    let twice = format!("{unnamed}---\n{}", unnamed.split_once("---\n").unwrap().1);
    let ran = check("unnamed", &[("web.yaml", twice.as_str())], &["web.yaml", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let names: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["object"]["name"].as_str())
        .collect();
    assert_eq!(names, ["web-*", "web-*#2"], "{}", ran.out);
    assert_eq!(report["summary"]["objects"], 3);
}
