//! `hedgerow policy fmt`: Cedar's own formatter over `.cedar` files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use cedar_policy_formatter::{Config, policies_str_to_pretty};

use crate::args::Chatter;
use crate::exit::Exit;
use crate::input::name_of;
use crate::{library, output, terminal};

/// Longest line, in characters, where an expression can be broken.
const LINE: usize = 120;

/// What `policy fmt` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `.cedar` files, folders of them, or `-` to format standard input onto standard output
    #[arg(value_name = "FILE|DIR|-", required = true)]
    paths: Vec<PathBuf>,
    /// Change nothing; name what would change and exit 1
    #[arg(long)]
    check: bool,
}

/// Formats what the arguments name. A file that cannot be formatted hides no other.
pub(super) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    let mut exit = Exit::Clean;
    for path in &args.paths {
        if path.as_os_str() == "-" {
            exit = exit.and(stdin(args.check)?);
            continue;
        }
        for file in library::cedar_files(path)? {
            exit = exit.and(format_file(&file, args.check, chatter));
        }
    }
    Ok(exit)
}

fn stdin(check: bool) -> anyhow::Result<Exit> {
    let bytes = terminal::read_stdin(engine::text::Limits::default().bytes).context("standard input cannot be read")?;
    let text = String::from_utf8(bytes).context("standard input is not UTF-8")?;
    let pretty = formatted("-", &text)?;
    if check {
        return Ok(if pretty == text { Exit::Clean } else { Exit::Findings });
    }
    terminal::print(&pretty)?;
    Ok(Exit::Clean)
}

fn format_file(file: &Path, check: bool, chatter: &Chatter) -> Exit {
    match rewrite(file, check) {
        Ok(false) => Exit::Clean,
        Ok(true) => {
            if !chatter.quiet {
                let done = if check { "would format" } else { "formatted" };
                terminal::say(&format!("{done} {}", name_of(file)));
            }
            if check { Exit::Findings } else { Exit::Clean }
        }
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            Exit::Unusable
        }
    }
}

/// True if the file is, or would be, changed.
fn rewrite(file: &Path, check: bool) -> anyhow::Result<bool> {
    let name = name_of(file);
    let text = std::fs::read_to_string(file).with_context(|| format!("`{name}` cannot be read"))?;
    let pretty = formatted(&name, &text)?;
    let changes = pretty != text;
    if changes && !check {
        output::write_file(file, &pretty)?;
    }
    Ok(changes)
}

/// The text as Cedar's formatter lays it out. It can lose comments inside an expression; then nothing is changed.
fn formatted(name: &str, text: &str) -> anyhow::Result<String> {
    let pretty = pretty(name, text)?;
    let (before, after) = (comments(text), comments(&pretty));
    if let Some(lost) = before.iter().find(|comment| count(&before, comment) > count(&after, comment)) {
        anyhow::bail!(
            "`{name}` is not formatted: Cedar's formatter would lose the comment `{lost}`\n  \
             help: put it on a line of its own, above the policy or above a line of its condition"
        );
    }
    Ok(pretty)
}

/// Formatted until nothing changes any more, which it does after the second time at the latest.
fn pretty(name: &str, text: &str) -> anyhow::Result<String> {
    let config = Config { line_width: LINE, ..Config::default() };
    let once = |text: &str| match policies_str_to_pretty(text, &config) {
        Ok(pretty) => Ok(format!("{}\n", pretty.trim_end())),
        Err(error) => {
            let label = error.labels().and_then(|mut labels| labels.next());
            let place = label.as_ref().map(|label| place(text, label.offset())).unwrap_or_default();
            let why = label.and_then(|label| label.label().map(str::to_owned));
            let why = why.unwrap_or_else(|| error.to_string());
            Err(anyhow::anyhow!("`{name}{place}` cannot be formatted, since it is no Cedar: {why}"))
        }
    };
    once(&once(text)?)
}

/// `:LINE:COLUMN` of an offset.
fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!(":{}:{}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Every comment, without the white space around it.
fn comments(text: &str) -> Vec<&str> {
    let mut comments = Vec::new();
    for line in text.lines() {
        let mut quoted = false;
        let mut letters = line.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => quoted = !quoted,
                '\\' if quoted => drop(letters.next()),
                '/' if !quoted && letters.peek().is_some_and(|(_, next)| *next == '/') => {
                    comments.push(line.get(at..).unwrap_or_default().trim());
                    break;
                }
                _ => {}
            }
        }
    }
    comments
}

fn count(comments: &[&str], wanted: &str) -> usize {
    comments.iter().filter(|comment| **comment == wanted).count()
}

#[cfg(test)]
mod tests {
    use super::{comments, formatted};

    #[test]
    fn comments_are_found_outside_of_strings() {
        let text = "// a\npermit (principal, action, resource) // b\nwhen { \"x // \\\" no\" == \"//\" }; // c";
        assert_eq!(comments(text), ["// a", "// b", "// c"]);
    }

    #[test]
    fn formatting_twice_is_formatting_once() {
        let text = "// why\n@id(\"a\") permit(principal,action,resource) when{/*1*/true};".replace("/*1*/", "");
        let once = formatted("a.cedar", &text).unwrap();
        assert_eq!(once, "// why\n@id(\"a\")\npermit (principal, action, resource)\nwhen { true };\n");
        assert_eq!(formatted("a.cedar", &once).unwrap(), once);
    }

    #[test]
    fn what_would_lose_a_comment_is_not_formatted() {
        let text = "permit (principal, action in [\n  Action::\"a\", // the first\n  // the last\n], resource);";
        let refused = formatted("a.cedar", text).unwrap_err().to_string();
        assert!(refused.contains("would lose the comment `// the first`"), "{refused}");
    }

    #[test]
    fn what_is_no_cedar_is_named_with_its_place() {
        let refused = formatted("a.cedar", "permit (principal,\n  action, resource").unwrap_err().to_string();
        assert!(refused.starts_with("`a.cedar:2:") && refused.contains("expected"), "{refused}");
    }
}
