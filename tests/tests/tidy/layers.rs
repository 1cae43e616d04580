//! Who may name whom.

use hedgerow_tests::repository::{File, files};

/// The folders of the engine, in the order of its data path. A folder names only folders before it.
const LAYERS: &[&str] = &[
    "finding",
    "net",
    "text",
    "object",
    "cluster",
    "dns",
    "reach",
    "way",
    "fact",
    "cedar",
    "intent",
    "review",
    "synth",
    "policy_test",
];

fn layer(path: &str) -> Option<usize> {
    let inside = path.strip_prefix("engine/src/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    LAYERS.iter().position(|layer| *layer == name)
}

#[test]
fn a_folder_of_the_engine_names_only_folders_above_it() {
    let mut wrong = Vec::new();
    for File { path, text } in files("engine/src", &[".rs"]).unwrap() {
        let Some(here) = layer(&path) else { continue };
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (other, name) in LAYERS.iter().enumerate() {
                if other > here && line.contains(&format!("crate::{name}")) {
                    wrong.push(format!("{path}:{}: {} names {name}", number + 1, LAYERS[here]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "folders that look down the data path:\n{}", wrong.join("\n"));
}

#[test]
fn lib_lists_the_folders_in_the_order_of_the_data_path() {
    let lib = std::fs::read_to_string(hedgerow_tests::repository::root().join("engine/src/lib.rs")).unwrap();
    let listed: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.split(';').next()).collect();
    assert_eq!(listed, LAYERS);
}

/// A crate that only some places may name: its name in code, and the path prefixes that may.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("cedar_policy", &["engine/src/cedar", "engine/tests/", "cli/src/command/policy"]),
    ("wasmtime", &["wasm-host/", "examples/embed-rust/"]),
    ("clap", &["cli/src/", "admission-webhook/src/", "xtask/src/"]),
    ("kube", &["admission-webhook/", "cli/src/live"]),
    ("tokio", &["admission-webhook/", "cli/src/live"]),
];

#[test]
fn special_crates_are_named_only_where_they_belong() {
    let mut wrong = Vec::new();
    for File { path, text } in files(".", &[".rs"]).unwrap() {
        for (name, places) in ONLY_IN {
            let allowed = places.iter().any(|place| path.starts_with(place)) || path.starts_with("tests/");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let uses = |line: &str| line.contains(&format!("{name}::")) || line.contains(&format!("use {name}"));
            if !allowed && code.into_iter().any(uses) {
                wrong.push(format!("{path} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Which workspace crates a crate may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("engine", &[]),
    ("policies", &[]),
    ("wasm-guest", &["engine"]),
    ("wasm-host", &[]),
    ("admission-webhook", &["wasm-host", "policies"]),
    ("cli", &["engine", "wasm-host", "policies"]),
];

#[test]
fn no_front_end_depends_on_another() {
    let ours = ["engine", "wasm-host", "policies", "wasm-guest", "cli", "admission-webhook", "hedgerow-"];
    let mut wrong = Vec::new();
    for (name, allowed) in CRATES {
        let path = hedgerow_tests::repository::root().join(name).join("Cargo.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let normal = text.split("[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default();
        for line in normal.lines() {
            let dependency = line.split(['=', '.', ' ']).next().unwrap_or_default();
            if ours.iter().any(|ours| dependency.starts_with(ours)) && !allowed.contains(&dependency) {
                wrong.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
