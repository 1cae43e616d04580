//! Files and functions that are too long to read at once.

use hedgerow_tests::repository::{File, files};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;

/// Files that may be longer, and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// Functions that may be longer, as `path:name`, and why.
const LONG_FUNCTIONS: &[(&str, &str)] =
    &[("engine/src/cluster/properties.rs:dump", "part of a test: one line for each index of the cluster")];

fn shipped() -> Vec<File> {
    let all = files(".", &[".rs"]).unwrap();
    let ships = |file: &File| {
        !file.path.contains("/tests/") && !file.path.contains("/benches/") && !file.path.contains("/fuzz")
    };
    all.into_iter().filter(ships).collect()
}

/// The lines of a file before its test module.
fn without_tests(text: &str) -> Vec<&str> {
    text.lines().take_while(|line| line.trim() != "#[cfg(test)]").collect()
}

#[test]
fn no_file_is_longer_than_four_hundred_lines_without_its_tests() {
    let mut long = Vec::new();
    for File { path, text } in shipped() {
        let lines = without_tests(&text).len();
        let excused = LONG_FILES.iter().any(|(excused, _)| *excused == path);
        if lines > FILE_LINES && !excused {
            long.push(format!("{path}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "split by noun, or list with a reason:\n{}", long.join("\n"));
}

#[test]
fn no_function_is_longer_than_sixty_lines() {
    let mut long = Vec::new();
    for File { path, text } in shipped() {
        for (name, lines) in functions(&without_tests(&text)) {
            let excused = LONG_FUNCTIONS.iter().any(|(excused, _)| *excused == format!("{path}:{name}"));
            if lines > FUNCTION_LINES && !excused {
                long.push(format!("{path}: {name} has {lines} lines"));
            }
        }
    }
    assert!(long.is_empty(), "split by step, or list with a reason:\n{}", long.join("\n"));
}

#[test]
fn excuses_are_still_needed() {
    for (path, reason) in LONG_FILES {
        assert!(!reason.is_empty(), "{path} is excused without a reason");
        assert!(
            shipped().iter().any(|file| file.path == *path && without_tests(&file.text).len() > FILE_LINES),
            "{path}"
        );
    }
    for (name, reason) in LONG_FUNCTIONS {
        assert!(!reason.is_empty(), "{name} is excused without a reason");
    }
}

/// Functions of formatted code and their lengths: from the line with `fn` to the line with a `}` of the same indentation.
fn functions(lines: &[&str]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_function = [
            "fn ",
            "pub fn ",
            "pub(crate) fn ",
            "pub(super) fn ",
            "async fn ",
            "pub async fn ",
            "const fn ",
            "pub const fn ",
        ]
        .iter()
        .any(|prefix| code.starts_with(prefix));
        if !is_function {
            continue;
        }
        let indent = line.len() - code.len();
        let end = lines.iter().enumerate().skip(start).find(|(_, end)| **end == format!("{}}}", " ".repeat(indent)));
        let name = code.split("fn ").nth(1).unwrap_or_default().split(['(', '<']).next().unwrap_or_default();
        if let Some((end, _)) = end {
            let body_on_one_line = line.trim_end().ends_with('}');
            if !body_on_one_line {
                found.push((name.to_owned(), end - start + 1));
            }
        }
    }
    found
}

#[test]
fn functions_are_measured_from_their_name_to_their_brace() {
    let text = ["fn a() {", "    1", "}", "", "    pub fn b(", "    ) {", "    }"];
    assert_eq!(functions(&text), [("a".to_owned(), 3), ("b".to_owned(), 3)]);
}
