//! Pages: what a code means, for `check --explain` and `policy show`.

use engine::finding::{Code, CodeInfo};
use engine::text::{Format, Source};

use crate::args::Policies;
use crate::exit::Exit;
use crate::{library, terminal};

/// Prints the page of a policy, by its code or id, or of one of the engine's codes.
///
/// # Errors
/// No page has that name; the nearest code is named.
pub(crate) fn explain(name: &str, policies: &Policies) -> anyhow::Result<Exit> {
    let pages = all(&library::packs(&policies.policies)?);
    let found = pages.iter().find(|page| page.code.eq_ignore_ascii_case(name) || page.is_of(name));
    match found {
        Some(page) => {
            terminal::print(&page.text)?;
            Ok(Exit::Clean)
        }
        None => {
            let near = nearest(name, pages.iter().map(|page| page.code.as_str()));
            let near = near.map(|code| format!("; did you mean `{code}`?")).unwrap_or_default();
            anyhow::bail!("there is no code `{name}`{near}\n  help: `hedgerow policy list` lists the codes of policies")
        }
    }
}

struct Page {
    code: String,
    /// Name of the page's source without `.md`; it ends with the policy's id.
    name: String,
    text: String,
}

impl Page {
    fn is_of(&self, id: &str) -> bool {
        self.name == id || self.name.strip_suffix(id).is_some_and(|folder| folder.ends_with('/'))
    }
}

fn all(packs: &[Source]) -> Vec<Page> {
    let pages = packs.iter().filter(|source| source.format == Format::Markdown).filter_map(page);
    pages.chain(Code::ALL.iter().map(|code| engine_page(code.info()))).collect()
}

/// A page starts with the heading `# CODE: TITLE`; other documents are none.
fn page(source: &Source) -> Option<Page> {
    let text = std::str::from_utf8(&source.bytes).ok()?;
    let (code, _) = text.strip_prefix("# ")?.lines().next()?.split_once(": ")?;
    let name = source.name.strip_suffix(".md").unwrap_or(&source.name);
    Some(Page { code: code.to_owned(), name: name.to_owned(), text: text.to_owned() })
}

fn engine_page(info: CodeInfo) -> Page {
    let CodeInfo { id, severity, title, page } = info;
    let lines: Vec<&str> = page.lines().map(str::trim).collect();
    let text = format!("# {id}: {title}\n\nThe engine itself · {}\n\n{}\n", severity.as_str(), lines.join("\n").trim());
    Page { code: id.to_owned(), name: id.to_owned(), text }
}

/// The word that takes the fewest changes to become, if it is near enough to be meant.
fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_uppercase();
    let near = words.map(|known| (distance(&word, &known.to_ascii_uppercase()), known)).min()?;
    (near.0 <= 3 && near.0 < word.chars().count()).then_some(near.1)
}

/// Insertions, deletions and changes of one character that lead from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, left) in from.chars().enumerate() {
        let mut next = vec![at + 1];
        for ((right, cross), above) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let before = next.last().copied().unwrap_or(0);
            next.push((above + 1).min(before + 1).min(cross + usize::from(left != *right)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, page};
    use engine::text::{Format, Source};

    #[test]
    fn the_nearest_word_is_found_if_it_is_near() {
        let codes = ["SVC001", "SVC014", "DNS001", "HR003"];
        assert_eq!(nearest("svc01", codes.into_iter()), Some("SVC001"));
        assert_eq!(nearest("DNS1", codes.into_iter()), Some("DNS001"));
        assert_eq!(nearest("quite-else", codes.into_iter()), None);
        assert_eq!((distance("", "abc"), distance("abc", "abc"), distance("kitten", "sitting")), (3, 0, 3));
    }

    #[test]
    fn a_page_names_its_code_in_its_heading() {
        let source = |text: &str| Source {
            name: "services/node-port.md".into(),
            format: Format::Markdown,
            bytes: text.as_bytes().to_vec(),
        };
        let found = page(&source("# SVC001: node port\n\ntext")).unwrap();
        assert_eq!(found.code, "SVC001");
        assert!(found.is_of("services/node-port") && found.is_of("node-port") && !found.is_of("port"));
        assert!(page(&source("# A folder of policies\n")).is_none());
    }
}
