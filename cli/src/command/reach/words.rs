//! Plain arguments → input and the question.

use std::path::PathBuf;

use engine::reach::PortAsk;

use crate::input;

/// How a port is written.
pub(super) const PORT: &str = "a port is written `443`, `53/udp` or `3868/sctp`, from 1 to 65535";

/// `SRC DST [PORT]`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) port: Option<PortAsk>,
}

/// What is `-`, a revision, or the name of a file or directory is input; the rest is the question.
///
/// # Errors
/// The rest is no question.
pub(super) fn split(words: &[String]) -> anyhow::Result<(Vec<PathBuf>, Option<Question>)> {
    split_by(words, input::is_input)
}

fn split_by(words: &[String], is_input: impl Fn(&str) -> bool) -> anyhow::Result<(Vec<PathBuf>, Option<Question>)> {
    let (input, rest): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| is_input(word.as_str()));
    let question = match rest.as_slice() {
        [] => None,
        [source, destination] => Some(question(source, destination, None)),
        [source, destination, port] => {
            let asked = PortAsk::parse(port).ok_or_else(|| anyhow::anyhow!("`{port}` is no port: {PORT}"))?;
            Some(question(source, destination, Some(asked)))
        }
        others => {
            let named: Vec<String> = others.iter().map(|word| format!("`{word}`")).collect();
            let are = if others.len() == 1 {
                "is no file or directory, and it makes"
            } else {
                "are no files or directories, and they make"
            };
            let hint = if input.is_empty() {
                String::new()
            } else {
                let input: Vec<String> = input.iter().map(|word| format!("`{word}`")).collect();
                format!("; {} was taken as input, for there is such a path", input.join(", "))
            };
            anyhow::bail!("{} {are} no question: that is `SRC DST [PORT[/PROTO]]`{hint}", named.join(", "))
        }
    };
    Ok((input.into_iter().map(PathBuf::from).collect(), question))
}

fn question(source: &str, destination: &str, port: Option<PortAsk>) -> Question {
    Question { source: source.to_owned(), destination: destination.to_owned(), port }
}

#[cfg(test)]
mod tests {
    use super::{PortAsk, question, split_by};

    fn split(words: &str) -> Result<(usize, Option<super::Question>), String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let found = split_by(&words, |word| word == "-" || word.starts_with("deploy"));
        found.map(|(input, question)| (input.len(), question)).map_err(|error| error.to_string())
    }

    #[test]
    fn paths_are_input_wherever_they_stand() {
        assert_eq!(split("deploy - deploy/b"), Ok((3, None)));
        assert_eq!(split("a/b deploy c/d"), Ok((1, Some(question("a/b", "c/d", None)))));
        let asked = Some(PortAsk { port: 53, ..PortAsk::parse("1/udp").unwrap() });
        assert_eq!(split("a/b c/d 53/udp"), Ok((0, Some(question("a/b", "c/d", asked)))));
    }

    #[test]
    fn what_is_no_question_is_told_with_what_was_taken_as_input() {
        assert!(split("deply").unwrap_err().starts_with("`deply` is no file or directory, and it makes no question"));
        assert!(split("a/b deploy").unwrap_err().ends_with("`deploy` was taken as input, for there is such a path"));
        assert!(split("a/b c/d http").unwrap_err().starts_with("`http` is no port: a port is written `443`"));
        assert!(split("a b 1 2").is_err());
    }
}
