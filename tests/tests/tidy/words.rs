//! Names and words that do not belong in the repository.

use hedgerow_tests::repository::{File, files, root};

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let nothing = ["mod.rs", "utils.rs", "util.rs", "common.rs", "helpers.rs", "misc.rs"];
    let named: Vec<String> = files(".", &[".rs"])
        .unwrap()
        .into_iter()
        .map(|file| file.path)
        .filter(|path| nothing.iter().any(|name| path.rsplit('/').next() == Some(name)))
        .collect();
    assert!(named.is_empty(), "{}", named.join("\n"));
}

#[test]
fn no_test_is_ignored_by_attribute() {
    let mark = concat!("#[", "ignore");
    let found: Vec<String> = files(".", &[".rs"])
        .unwrap()
        .into_iter()
        .filter(|file| file.text.contains(mark))
        .map(|file| file.path)
        .collect();
    assert!(
        found.is_empty(),
        "a test that needs a part that is missing reports itself as ignored: {}",
        found.join(", ")
    );
}

#[test]
fn lints_are_suppressed_by_expect_with_a_reason() {
    let mark = concat!("#[", "allow(");
    let inner = concat!("#![", "allow(");
    let found: Vec<String> = files(".", &[".rs"])
        .unwrap()
        .into_iter()
        .filter(|file| file.text.contains(mark) || file.text.contains(inner))
        .map(|file| file.path)
        .collect();
    assert!(found.is_empty(), "{}", found.join(", "));
}

#[test]
fn unsafe_code_stands_in_two_places_only() {
    let mark = concat!("unsafe", " {");
    for File { path, text } in files(".", &[".rs"]).unwrap() {
        let uses = text.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains(mark)).count();
        let allowed = usize::from(path.starts_with("wasm-host/src/"));
        let tests = path.contains("/benches/") || path.starts_with("tests/") || path.starts_with("examples/embed-rust");
        assert!(uses <= allowed || tests, "{path} has {uses} unsafe blocks");
    }
    for forbids in ["engine/src/lib.rs", "cli/src/main.rs", "admission-webhook/src/main.rs"] {
        let text = std::fs::read_to_string(root().join(forbids)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{forbids} does not forbid unsafe code");
    }
}

#[test]
fn tracked_text_names_no_path_of_a_machine() {
    let paths = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/")];
    for File { path, text } in files(".", &[".rs", ".md", ".toml", ".yaml", ".yml", ".wit", ".cedar", ".sh"]).unwrap() {
        for machine in paths {
            assert!(!text.contains(machine), "{path} names {machine}");
        }
    }
}
