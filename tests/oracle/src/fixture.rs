//! Manifests with questions and answers that are kept: JSON documents behind `---`, and before them a comment for each
//! question, `# alpha/w0 -> alpha/w1 80/TCP: deny`. Other comments are for people.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::case::Case;

/// One file.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Questions, each with the word of its answer.
    pub cases: Vec<(Case, String)>,
    /// The manifests.
    pub documents: Vec<Value>,
}

/// Manifests as text.
pub fn to_text(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("---\n{document}\n")).collect()
}

impl Fixture {
    /// Reads a file.
    ///
    /// # Errors
    /// A document is no JSON.
    pub fn parse(text: &str) -> Result<Fixture> {
        let mut cases = Vec::new();
        let mut documents = Vec::new();
        for part in text.split("---\n") {
            let (comments, lines): (Vec<&str>, Vec<&str>) = part.lines().partition(|line| line.starts_with('#'));
            cases.extend(comments.into_iter().filter_map(|line| {
                let (case, answer) = line.trim_start_matches('#').rsplit_once(": ")?;
                Some((Case::parse(case)?, answer.trim().to_owned()))
            }));
            let document = lines.join("\n");
            if !document.trim().is_empty() {
                documents.push(serde_json::from_str(&document).with_context(|| format!("no JSON: {document}"))?);
            }
        }
        Ok(Fixture { cases, documents })
    }
}
