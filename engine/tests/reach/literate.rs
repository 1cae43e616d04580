//! The questions of `docs/cases`, as they are written there.

use std::path::PathBuf;

/// A heading, manifests, and a table of questions.
pub(crate) struct Case {
    pub(crate) title: String,
    /// Behind the word `yaml` of the fence.
    pub(crate) settings: String,
    pub(crate) manifests: String,
    /// From, to, port, answer.
    pub(crate) rows: Vec<[String; 4]>,
}

pub(crate) fn cases_of(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut in_fence = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ").filter(|_| !in_fence) {
            let title = title.to_owned();
            cases.push(Case { title, settings: String::new(), manifests: String::new(), rows: Vec::new() });
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(fence) = line.strip_prefix("```") {
            in_fence = !in_fence;
            if in_fence {
                assert!(case.manifests.is_empty(), "{}: a case has one fence", case.title);
                case.settings = fence.strip_prefix("yaml").unwrap().to_owned();
            }
        } else if in_fence {
            case.manifests += line;
            case.manifests.push('\n');
        } else if let Some(cells) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) {
            let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
            let row: [String; 4] = cells.try_into().unwrap_or_else(|cells| panic!("{}: {cells:?}", case.title));
            if row[0] != "from" && row[0] != "---" {
                case.rows.push(row);
            }
        }
    }
    cases
}

/// Files whose tables ask something else; see `engine/tests/names.rs`.
const OF_NAMES: [&str; 2] = ["dns.md", "services.md"];

/// Every file of questions of who reaches whom, and its text.
pub(crate) fn case_files() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    let ours = |path: &str| !path.ends_with("README.md") && OF_NAMES.iter().all(|name| !path.ends_with(name));
    files.into_iter().map(read).filter(|(path, _)| ours(path)).collect()
}
