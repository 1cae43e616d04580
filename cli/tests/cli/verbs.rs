//! What every verb has in common.

use crate::folder::{Folder, GOOD};
use crate::run::hedgerow;

#[test]
fn a_usage_error_is_two_and_names_what_is_near() {
    let folder = Folder::new("usage", &[("web.yaml", GOOD)]);
    for (arguments, says) in [
        (&["chekc", "web.yaml"][..], "check"),
        (&["check", "web.yaml", "--wrold", "open"][..], "--world"),
        (&["check"][..], "required"),
        (&["check", "web.yaml", "-o", "xml"][..], "there is no format `xml`"),
        (&["check", "web.yaml", "--param", "x"][..], "PACK.NAME=VALUE"),
        (&["check", "web.yaml", "--as-group", "dev"][..], "--as"),
        (&["check", "web.yaml", "--policies", "."][..], "holds no pack"),
        (&["check", "web.yaml", "--policies", "none"][..], "`none` cannot be read: there is no such file\n"),
        (&["check", "web.yaml", "--config", "none.toml"][..], "`none.toml` cannot be read: there is no such file\n"),
    ] {
        let ran = hedgerow(folder.path(), arguments);
        assert!(ran.code == 2 && ran.err.contains(says), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn help_version_completions_and_man_pages_are_printed() {
    let folder = Folder::new("printed", &[]);
    for (arguments, says) in [
        (&["--help"][..], "Exit codes:"),
        (&["check", "--help"][..], "Examples:"),
        (&["--version"][..], env!("CARGO_PKG_VERSION")),
        (&["completions", "bash"][..], "_hedgerow"),
        (&["completions", "zsh"][..], "#compdef hedgerow"),
        (&["completions", "fish"][..], "complete -c hedgerow"),
        (&["man"][..], ".TH hedgerow 1"),
        (&["man", "check"][..], "hedgerow-check"),
        (&["reach", "--help"][..], "Exit codes of a question"),
        (&["man", "reach"][..], "hedgerow-reach"),
        (&["man", "policy", "new"][..], "hedgerow-policy-new"),
    ] {
        let ran = hedgerow(folder.path(), arguments);
        assert!(ran.code == 0 && ran.out.contains(says), "{arguments:?}: {}{}", ran.out, ran.err);
    }
    assert_eq!(hedgerow(folder.path(), &["man", "--dir", "man1"]).code, 0);
    assert!(folder.read("man1/hedgerow-check.1").contains("hedgerow-check"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .args(["policy", "schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
