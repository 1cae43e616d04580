//! `-o FORMAT[=FILE]`: one run, many reports.

use std::path::PathBuf;

use anyhow::Context;

use crate::args::Chatter;
use crate::render::{self, Style, View};
use crate::terminal;

/// One report to write.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: Format,
    /// Standard output if absent.
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Sarif,
    Junit,
    Github,
}

const FORMATS: &[(&str, Format)] = &[
    ("text", Format::Text),
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
    ("github", Format::Github),
];

/// Reads `FORMAT` or `FORMAT=FILE`.
pub(super) fn parse(text: &str) -> Result<Output, String> {
    let (name, file) = match text.split_once('=') {
        Some((name, file)) if !file.is_empty() => (name, Some(PathBuf::from(file))),
        Some(_) => return Err("a file name is missing after `=`".to_owned()),
        None => (text, None),
    };
    let known = FORMATS.iter().find(|(known, _)| *known == name);
    let names = || FORMATS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let (_, format) = known.ok_or_else(|| format!("there is no format `{name}`; there are {}", names()))?;
    Ok(Output { format: *format, file })
}

/// Refuses two reports on standard output, which no reader could tell apart.
pub(super) fn accept(outputs: &[Output]) -> anyhow::Result<()> {
    let on_stdout = outputs.iter().filter(|output| output.file.is_none()).count();
    anyhow::ensure!(on_stdout <= 1, "two reports cannot share standard output: give one a file, as in `-o sarif=out.sarif`");
    Ok(())
}

/// Writes every report; text to standard output if none is asked for.
pub(super) fn write(outputs: &[Output], view: &View<'_>, chatter: &Chatter) -> anyhow::Result<()> {
    let default = [Output { format: Format::Text, file: None }];
    let outputs = if outputs.is_empty() { &default } else { outputs };
    let mut told = false;
    for output in outputs {
        let style = Style {
            colours: output.file.is_none() && terminal::colours(chatter.color),
            verbose: chatter.verbose,
            quiet: chatter.quiet,
        };
        let text = output.format.render(view, style)?;
        match &output.file {
            Some(file) => {
                std::fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))?;
            }
            None => terminal::print(&text)?,
        }
        told |= output.file.is_none() && output.format == Format::Text;
    }
    if !told && !chatter.quiet {
        terminal::say(&render::closing::result(view, Style { colours: false, verbose: false, quiet: false }));
    }
    Ok(())
}

impl Format {
    fn render(self, view: &View<'_>, style: Style) -> anyhow::Result<String> {
        match self {
            Format::Text => Ok(render::text::render(view, style)),
            Format::Json => Ok(render::json::render(view)),
            Format::Sarif => Ok(render::sarif::render(view)),
            Format::Junit => render::junit::render(view),
            Format::Github => Ok(render::github::render(view)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{accept, parse};

    #[test]
    fn a_format_may_name_its_file() {
        let output = parse("sarif=out/a=b.sarif").unwrap();
        assert_eq!(output.file.as_deref(), Some(std::path::Path::new("out/a=b.sarif")));
        assert!(parse("json").unwrap().file.is_none());
    }

    #[test]
    fn unknown_formats_name_the_known_ones() {
        assert_eq!(parse("xml").unwrap_err(), "there is no format `xml`; there are text, json, sarif, junit, github");
        assert_eq!(parse("json=").unwrap_err(), "a file name is missing after `=`");
    }

    #[test]
    fn one_report_at_most_goes_to_standard_output() {
        let outputs = |texts: &[&str]| texts.iter().map(|text| parse(text).unwrap()).collect::<Vec<_>>();
        assert!(accept(&outputs(&["text", "json=a", "sarif=b"])).is_ok());
        assert!(accept(&outputs(&["text", "json"])).is_err());
    }
}
