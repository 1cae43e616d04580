//! Native and component give the same bytes.

use std::path::Path;

use crate::run::hedgerow;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn same(arguments: &[&str]) {
    let run = |engine| {
        let ran = hedgerow(root(), &[arguments, &["--engine", engine]].concat());
        (ran.code, ran.out, ran.err)
    };
    let (native, wasm) = (run("native"), run("wasm"));
    assert!(native == wasm, "{arguments:?}: native exits {}, the component {}\n{}", native.0, wasm.0, wasm.2);
    assert!(native.0 == 0 || native.0 == 1, "{}", native.2);
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
