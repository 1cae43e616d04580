//! Native and component give the same bytes.

use std::path::Path;

use crate::folder::Folder;
use crate::literate::{Case, case_files, cases_of};
use crate::run::hedgerow;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn same(arguments: &[&str]) {
    let code = same_in(root(), arguments);
    assert!(code == 0 || code == 1, "{arguments:?}: {code}");
}

/// Runs both engines in a folder; the exit code of both.
fn same_in(folder: &Path, arguments: &[&str]) -> i32 {
    let run = |engine| {
        let ran = hedgerow(folder, &[arguments, &["--engine", engine]].concat());
        (ran.code, ran.out, ran.err)
    };
    let (native, wasm) = (run("native"), run("wasm"));
    assert!(
        native == wasm,
        "{arguments:?}: native exits {}, the component {}\n{}{}\n--- native\n{}",
        native.0,
        wasm.0,
        wasm.1,
        wasm.2,
        native.1
    );
    native.0
}

#[test]
fn both_examples_are_judged_alike() {
    for example in ["examples/log-system", "examples/log-system-broken"] {
        same(&["check", example, "-o", "json"]);
        same(&["check", example, "-v"]);
        same(&["check", example, "-o", "json", "--param", "enable=connections"]);
        same(&["check", example, "-o", "json", "--as", "alice", "--as-group", "dev", "--world", "closed"]);
    }
}

#[test]
fn every_case_of_the_library_is_judged_alike() {
    same(&["test", "policies", "-o", "json", "--coverage"]);
}

#[test]
fn networks_of_both_examples_are_told_alike() {
    let [right, broken] = ["examples/log-system", "examples/log-system-broken"];
    for example in [right, broken] {
        for format in ["text", "json", "csv", "md", "dot", "mermaid", "svg", "html"] {
            same(&["reach", example, "-o", format]);
        }
        same(&["reach", example, "--format-compat"]);
        same(&[
            "reach",
            example,
            "--exposure",
            "-o",
            "json",
            "--pod-cidr",
            "10.0.0.0/9",
            "--pod-cidr",
            "10.128.0.0/10",
        ]);
        same(&["resolve", "log-system/frontend", "log-processor", "-f", example, "-o", "json"]);
        same(&["resolve", "log-system/frontend", "log-procesor", "-f", example]);
        same(&["reach", "outside", "svc/log-system/frontend-public", "443", "-f", example, "-o", "json"]);
        same(&["reach", "outside", "svc/log-system/frontend-public", "-f", example]);
    }
    for [source, destination, port] in [
        ["log-system/frontend", "log-system/redis", "6379"],
        ["log-system/frontend", "log-system/log-processor", "8080"],
        ["outside", "log-system/frontend", "8443"],
    ] {
        same(&["reach", source, destination, port, "-f", right, "-o", "json", "--exposure"]);
        same(&["reach", source, destination, port, "-f", right]);
        same(&["reach", source, destination, port, "-f", right, "-o", "patch"]);
    }
    for url in ["http://log-processor:8080", "redis:6379", "tcp://203.0.113.9:443"] {
        for format in ["text", "json"] {
            let code = same_in(root(), &["trace", "log-system/frontend", url, "-f", right, "-o", format]);
            assert!(code != 2, "{url}");
        }
    }
    for format in ["text", "json", "csv", "md", "dot", "mermaid", "svg", "html"] {
        same(&["diff", right, broken, "-o", format]);
    }
}

#[test]
fn every_case_is_told_alike() {
    let mut cases = 0;
    for (_, text) in case_files() {
        for case in cases_of(&text) {
            let folder = Folder::new("engines", &[("new.yaml", case.manifests.as_str())]);
            let options = options(&case);
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let ask = |arguments: &[&str]| same_in(folder.path(), &[arguments, &options].concat());
            let code = ask(&["reach", "new.yaml", "-o", "json", "--exposure"]);
            assert!(code == 0 || code == 2, "{}: {code}", case.title);
            // A pod that has ended is no end: some first questions have no answer.
            if let Some([from, to, port, _]) = case.rows.first() {
                let question = [from.as_str(), to, port].into_iter().filter(|word| !word.is_empty());
                ask(&[&["reach", "-f", "new.yaml", "-o", "json"][..], &question.collect::<Vec<_>>()].concat());
            }
            cases += 1;
        }
    }
    assert!(cases > 25, "{cases}");
}

/// The flags of a case's settings.
fn options(case: &Case) -> Vec<String> {
    let mut options = Vec::new();
    for setting in case.settings.split_whitespace() {
        match setting.split_once('=') {
            Some(("world", world)) => options.extend(["--world".to_owned(), world.to_owned()]),
            Some(("pods", cidr)) => options.extend(["--pod-cidr".to_owned(), cidr.to_owned()]),
            _ => panic!("unknown setting `{setting}`"),
        }
    }
    options
}

#[test]
fn every_way_and_name_is_told_alike() {
    for (file, verb) in [("services.md", "trace"), ("dns.md", "resolve")] {
        let text = std::fs::read_to_string(root().join("docs/cases").join(file)).unwrap();
        for case in cases_of(&text) {
            let folder = Folder::new("engines-names", &[("case.yaml", case.manifests.as_str())]);
            // Every question is asked of both engines as values by the tests of the host; here, the first ones as bytes.
            for [pod, name, _, _] in case.rows.iter().filter(|row| row[0] != "pod").take(3) {
                let code = same_in(folder.path(), &[verb, pod, name, "-f", "case.yaml", "-o", "json"]);
                assert!(code != 2, "{}: {pod} {name}", case.title);
            }
        }
    }
}

#[test]
fn ways_in_are_told_alike() {
    let shop = include_str!("../../../engine/tests/ways_in/shop.yaml");
    let folder = Folder::new("engines-ways-in", &[("shop.yaml", shop)]);
    let by = ["--controller", "edge/nginx", "-f", "shop.yaml"];
    for format in ["text", "json"] {
        for question in [&["reach"][..], &["reach", "outside", "shop/api", "9090"]] {
            same_in(folder.path(), &[question, &by, &["-o", format]].concat());
        }
        for url in ["https://shop.example/api", "https://b.gw.example/", "http://nobody.example"] {
            same_in(folder.path(), &[&["trace", "outside", url, "-o", format][..], &by].concat());
        }
    }
}

#[test]
fn what_is_wrong_is_told_alike() {
    let folder = Folder::new("engines-wrong", &[("bad.yaml", "kind: [\n"), ("empty.yaml", "{}\n")]);
    let example = root().join("examples/log-system").display().to_string();
    for arguments in [
        &["reach", "bad.yaml"][..],
        &["reach", "empty.yaml", "-o", "json"],
        &["reach", "log-system/nobody", "log-system/redis", "-f", &example],
        &["reach", "log-system/redis", "svc/log-system/frontend-publik", "-f", &example],
        &["resolve", "log-system/nobody", "redis", "-f", &example],
        &["resolve", "outside", "redis", "-f", &example],
        &["trace", "log-system/redis", "nowhere", "-f", &example],
        &["diff", "bad.yaml", &example],
    ] {
        let code = same_in(folder.path(), arguments);
        assert!(code == 2 || code == 1, "{arguments:?}: {code}");
    }
}
