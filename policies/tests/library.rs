//! The library is whole: every pack loads, and pages, tests and the index are in step with the policies.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops where something is missing")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use engine::cedar::{PolicyInfo, pack_digests};
use engine::text::Format;
use engine::{LoadOptions, Policies, Source};

fn sources() -> Vec<Source> {
    let source = |(name, bytes): &(&str, &[u8])| Source {
        name: (*name).to_owned(),
        format: Format::Auto,
        bytes: bytes.to_vec(),
    };
    policies::sources().iter().map(source).collect()
}

fn library() -> Policies {
    loaded(everything())
}

/// With what packs leave off.
fn everything() -> LoadOptions {
    LoadOptions { parameters: vec![("enable".to_owned(), "*".to_owned())], ..LoadOptions::default() }
}

/// Without what its pack leaves off.
fn by_default() -> Policies {
    loaded(LoadOptions::default())
}

fn loaded(options: LoadOptions) -> Policies {
    match Policies::load(&sources(), &options) {
        Ok((policies, warnings)) => {
            assert!(warnings.is_empty(), "{warnings:#?}");
            policies
        }
        Err(problems) => {
            let lines: Vec<String> = problems
                .iter()
                .map(|problem| {
                    let place = problem.place.as_ref().map(|place| (&*place.source, place.line, place.column));
                    format!("{place:?} {} {:?}", problem.message, problem.help)
                })
                .collect();
            panic!("{}", lines.join("\n"));
        }
    }
}

fn text(path: &str) -> Option<&'static str> {
    let (_, bytes) = policies::sources().iter().find(|(name, _)| *name == path)?;
    std::str::from_utf8(bytes).ok()
}

#[test]
fn every_pack_loads_without_warnings() {
    assert!(library().infos().len() >= 45);
}

#[test]
fn packs_that_are_known_to_be_valid_are() {
    // Loading validates each of them.
    let validated = library();
    let mut text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/validated.rs")).unwrap();
    text.truncate(text.find("pub const").unwrap());
    text.push_str("pub const VALIDATED: &[&str] = &[\n");
    for (folder, digest) in pack_digests(&sources()) {
        writeln!(text, "    // {folder}\n    \"{digest}\",").unwrap();
    }
    text.push_str("];\n");
    in_step("src/validated.rs", &text);

    let known = LoadOptions { validated: policies::VALIDATED, ..everything() };
    let (unvalidated, _) = Policies::load(&sources(), &known).unwrap();
    assert_eq!(unvalidated.digest(), validated.digest());
    let infos = |policies: &Policies| format!("{:#?}", policies.infos());
    assert_eq!(infos(&unvalidated), infos(&validated), "a policy cannot hold for a type of its scope");
}

#[test]
fn every_policy_has_its_page_and_test() {
    for info in library().infos() {
        let page = text(&format!("{}.md", info.id)).unwrap_or_else(|| panic!("{} has no page", info.id));
        let heading = format!("# {}: {}", info.code, info.title);
        assert_eq!(page.lines().next(), Some(heading.as_str()), "{}", info.id);
        assert!(page.contains(&format!("`{}`", info.id)), "the page of {} does not name it", info.id);
        for reference in &info.references {
            assert!(page.contains(reference), "the page of {} lacks {reference}", info.id);
        }
        for part in ["## What", "## Why", "## At admission", "## Bad", "## Good", "## How to fix", "## Limits"] {
            assert!(page.contains(&format!("{part}\n")), "the page of {} lacks `{part}`", info.id);
        }
        let test = text(&format!("{}.test.yaml", info.id)).unwrap_or_else(|| panic!("{} has no test", info.id));
        assert!(test.contains(&format!("policies: [{}]", info.id)), "the test of {} is about another", info.id);
        assert_eq!(policies::page(&info.code), Some(page), "{}", info.code);
    }
}

#[test]
fn codes_and_files_belong_to_one_policy_each() {
    let library = library();
    let codes: BTreeSet<&str> = library.infos().iter().map(|info| &*info.code).collect();
    assert_eq!(codes.len(), library.infos().len(), "two policies share a code");
    let ids: BTreeSet<&str> = library.infos().iter().map(|info| &*info.id).collect();
    for (path, _) in policies::sources().iter().filter(|(path, _)| !path.ends_with("pack.toml")) {
        let id = [".cedar", ".md", ".test.yaml"].iter().find_map(|end| path.strip_suffix(end));
        assert!(id.is_some_and(|id| ids.contains(id)), "{path} belongs to no policy");
    }
}

#[test]
fn every_policy_has_help_and_a_reference() {
    for info in library().infos() {
        assert!(info.help.as_ref().is_some_and(|help| !help.is_empty()), "{} has no @help", info.id);
        assert!(!info.references.is_empty(), "{} has no @references", info.id);
        assert!(info.references.iter().all(|url| url.starts_with("https://")), "{}", info.id);
    }
}

#[test]
fn the_index_lists_every_policy() {
    in_step("../docs/policies/README.md", &index(library().infos()));
}

/// The file, from this crate's folder, has that text.
fn in_step(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("HEDGEROW_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{file} is out of step; run the tests with HEDGEROW_UPDATE=1");
}

/// The guide's headings, in its order.
const HEADINGS: [&str; 5] = [
    "Service Types and Use Cases",
    "Network Flow Example",
    "DNS Resolution",
    "Network Policy Best Practices",
    "Performance Considerations",
];

/// The index: a table of policies for each heading of the guide, in order of the code.
fn index(infos: &[PolicyInfo]) -> String {
    let on: BTreeSet<String> = by_default().infos().iter().map(|info| info.id.clone()).collect();
    let mut page = format!(
        "# Policies\n\nThe {} policies of the library by heading of the networking guide; [guide.md](guide.md) goes \
         through the guide line by line.\n`hedgerow --explain CODE` prints a page. This table is made from the policies; \
         after a change run\n`HEDGEROW_UPDATE=1 cargo test -p hedgerow-policies`.\n\nSettles: something created later can \
         make it right, so that it warns at admission instead of refusing. What is off is switched on by\n\
         `--param enable=ID` or the name of its pack.\n",
        infos.len()
    );
    for heading in HEADINGS {
        write!(page, "\n## {heading}\n\n| code | policy | severity | settles | title |\n").unwrap();
        page.push_str("| --- | --- | --- | --- | --- |\n");
        let mut rows: Vec<(&PolicyInfo, String)> =
            infos.iter().map(|info| (info, guide(&info.id))).filter(|(_, guide)| guide.starts_with(heading)).collect();
        rows.sort_by_key(|(info, guide)| (guide.clone(), info.code.clone()));
        for (info, _) in rows {
            let (code, id, severity) = (&info.code, &info.id, info.severity.as_str());
            let settles = if info.settles { "yes" } else { "" };
            let off = if on.contains(&info.id) { "" } else { " (off unless switched on)" };
            let title = format!("{}{off}", info.title.replace('|', "\\|"));
            writeln!(page, "| {code} | [`{id}`](../../policies/{id}.md) | {severity} | {settles} | {title} |").unwrap();
        }
    }
    page
}

/// The heading that the first line of the policy's file names.
fn guide(id: &str) -> String {
    let source = text(&format!("{id}.cedar")).unwrap_or_default();
    let line = source.lines().next().and_then(|line| line.strip_prefix("// Guide: "));
    let guide = line.unwrap_or_else(|| panic!("the file of {id} does not begin with `// Guide: HEADING`"));
    assert!(HEADINGS.iter().any(|heading| guide.starts_with(heading)), "{id}: the guide has no heading `{guide}`");
    guide.to_owned()
}
