//! `-o FORMAT[=FILE]`: one run, many reports.

use std::path::PathBuf;

use anyhow::Context;

use crate::args::Chatter;
use crate::render::Style;
use crate::terminal;

/// One report to write.
#[derive(Clone, Debug)]
pub(crate) struct Output<F> {
    format: F,
    /// Standard output if absent.
    file: Option<PathBuf>,
}

/// A format of reports.
pub(crate) trait Format: Copy + PartialEq + 'static {
    /// Every format by its name.
    const ALL: &'static [(&'static str, Self)];
    /// The format for people, which is written when none is asked for.
    const TEXT: Self;
}

/// Reads `FORMAT` or `FORMAT=FILE`.
pub(crate) fn parse<F: Format>(text: &str) -> Result<Output<F>, String> {
    let (name, file) = match text.split_once('=') {
        Some((name, file)) if !file.is_empty() => (name, Some(PathBuf::from(file))),
        Some(_) => return Err("a file name is missing after `=`".to_owned()),
        None => (text, None),
    };
    let known = F::ALL.iter().find(|(known, _)| *known == name);
    let names = || F::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let (_, format) = known.ok_or_else(|| format!("there is no format `{name}`; there are {}", names()))?;
    Ok(Output { format: *format, file })
}

impl<F: Format> Output<F> {
    /// Whether it is in that format.
    pub(crate) fn is(&self, format: F) -> bool {
        self.format == format
    }
}

/// Refuses two reports on standard output, which no reader could tell apart.
pub(crate) fn accept<F>(outputs: &[Output<F>]) -> anyhow::Result<()> {
    let on_stdout = outputs.iter().filter(|output| output.file.is_none()).count();
    anyhow::ensure!(
        on_stdout <= 1,
        "two reports cannot share standard output: give one a file, as in `-o json=out.json`"
    );
    Ok(())
}

/// Writes every report; text to standard output if none is asked for. True if text went to standard output.
pub(crate) fn write<F: Format>(
    outputs: &[Output<F>],
    chatter: &Chatter,
    render: impl Fn(F, Style) -> anyhow::Result<String>,
) -> anyhow::Result<bool> {
    let default = [Output { format: F::TEXT, file: None }];
    let outputs = if outputs.is_empty() { &default } else { outputs };
    for Output { format, file } in outputs {
        let colours = file.is_none() && terminal::colours(chatter.color);
        let text = render(*format, Style { colours, verbose: chatter.verbose, quiet: chatter.quiet })?;
        match file {
            Some(file) => write_file(file, &text)?,
            None => terminal::print(&text)?,
        }
    }
    Ok(outputs.iter().any(|output| output.file.is_none() && output.format == F::TEXT))
}

/// Writes a file.
pub(crate) fn write_file(file: &std::path::Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{Format, Output, accept, parse};

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Some {
        Text,
        Json,
    }

    impl Format for Some {
        const ALL: &'static [(&'static str, Some)] = &[("text", Some::Text), ("json", Some::Json)];
        const TEXT: Some = Some::Text;
    }

    #[test]
    fn a_format_may_name_its_file() {
        let output: Output<Some> = parse("json=out/a=b.json").unwrap();
        assert_eq!(output.file.as_deref(), Option::Some(std::path::Path::new("out/a=b.json")));
        assert!(parse::<Some>("json").unwrap().file.is_none());
    }

    #[test]
    fn unknown_formats_name_the_known_ones() {
        assert_eq!(parse::<Some>("xml").unwrap_err(), "there is no format `xml`; there are text, json");
        assert_eq!(parse::<Some>("json=").unwrap_err(), "a file name is missing after `=`");
    }

    #[test]
    fn one_report_at_most_goes_to_standard_output() {
        let outputs = |texts: &[&str]| texts.iter().map(|text| parse::<Some>(text).unwrap()).collect::<Vec<_>>();
        assert!(accept(&outputs(&["text", "json=a", "json=b"])).is_ok());
        assert!(accept(&outputs(&["text", "json"])).is_err());
    }
}
