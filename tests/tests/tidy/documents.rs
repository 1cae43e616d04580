//! Documents that are made from tables are in step with them.

use std::fmt::Write;

use engine::fact::{FACTS, FactType};
use engine::finding::Code;
use engine::object::KINDS;
use hedgerow_tests::repository::{in_step, root};

#[test]
fn every_engine_code_has_its_paragraph() {
    let mut page = String::from(
        "# Codes of the engine\n\nWhat the engine itself says about input, policies and its own limits. Policies bring \
         their own codes:\n[policies](../policies/README.md). This page is made from the table in \
         `engine/src/finding/code.rs`.\n",
    );
    for code in Code::ALL {
        let info = code.info();
        let text: Vec<&str> = info.page.lines().map(str::trim).collect();
        write!(page, "\n## {} — {}\n\n*{}.* {}\n", info.id, info.title, info.severity.as_str(), text.join("\n").trim())
            .unwrap();
    }
    in_step("docs/reference/codes.md", &page).unwrap();
}

#[test]
fn engine_codes_are_unique_and_sorted() {
    let ids: Vec<&str> = Code::ALL.iter().map(|code| code.info().id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
}

#[test]
fn every_fact_has_its_row() {
    let mut page = String::from(
        "# Facts\n\nWhat the engine works out about an object in its cluster, and policies read as \
         `resource.facts.NAME`. A fact that is not\napplicable is an absent attribute (`resource.facts has NAME` is \
         false); one that is unknown makes the policies that hang on it\nunknown, never silent. This page is made from \
         the rows in `engine/src/fact/table/`.\n",
    );
    let mut entity = "";
    for fact in FACTS {
        let on = fact.on.join("`, `");
        let first = fact.on.first().copied().unwrap_or_default();
        if first != entity || fact.on.len() > 2 {
            entity = first;
            write!(page, "\n## `{on}`\n\n| fact | type | meaning | not applicable when | unknown when |\n").unwrap();
            page.push_str("| --- | --- | --- | --- | --- |\n");
        }
        let ty = match fact.ty {
            FactType::Bool => "Bool",
            FactType::Long => "Long",
            FactType::Text => "String",
            FactType::Texts => "Set\\<String\\>",
        };
        let dash = |text: &'static str| if text.is_empty() { "—" } else { text };
        let (absent, unknown) = (dash(fact.not_applicable), dash(fact.unknown));
        writeln!(page, "| `{}` | {ty} | {} | {absent} | {unknown} |", fact.name, fact.meaning).unwrap();
    }
    in_step("docs/reference/facts.md", &page).unwrap();
}

#[test]
fn kinds_are_sorted_by_entity_type_and_known_once() {
    let entities: Vec<&str> = KINDS.iter().map(|kind| kind.entity).collect();
    let mut sorted = entities.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(entities, sorted);
}

#[test]
fn the_readme_has_the_two_commands() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for command in ["cargo run --release -- check examples/log-system", "cargo test --workspace"] {
        assert!(readme.contains(command), "README.md does not say `{command}`");
    }
}

#[test]
fn relative_links_of_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for file in hedgerow_tests::repository::files(".", &[".md"]).unwrap() {
        let folder = root().join(&file.path).parent().unwrap().to_path_buf();
        for target in file.text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '#']).next()) {
            let outside = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
            if !outside && !folder.join(target).exists() {
                broken.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
