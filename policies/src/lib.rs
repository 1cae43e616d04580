//! The policy library: packs of Cedar policies with their tests and pages, embedded as data.
//!
//! One folder is one pack: `pack.toml` (name, version, description, parameters), and for each policy three files:
//! `NAME.cedar`, `NAME.md` (its page) and `NAME.test.yaml`. This crate only carries the bytes; it knows no Cedar and
//! decides nothing. Start at [`sources`].
//!
//! ```
//! let manifest = policies::sources().iter().find(|(path, _)| *path == "service-types/pack.toml");
//! assert!(manifest.is_some());
//! ```
#![forbid(unsafe_code)]

mod validated;

pub use validated::VALIDATED;

/// Every file of every pack, as `PACK/FILE` and its bytes, sorted by path.
pub fn sources() -> &'static [(&'static str, &'static [u8])] {
    SOURCES
}

/// The page of the policy with that `@code`, in Markdown. `None` if the library has no such code.
///
/// A page starts with the heading `# CODE: TITLE`.
///
/// ```
/// assert!(policies::page("SVC001").is_some_and(|page| page.starts_with("# SVC001: ")));
/// assert_eq!(policies::page("SVC999"), None);
/// ```
pub fn page(code: &str) -> Option<&'static str> {
    sources()
        .iter()
        .filter(|(path, _)| path.ends_with(".md"))
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .find(|page| page.strip_prefix("# ").and_then(|rest| rest.split_once(": ")).is_some_and(|(at, _)| at == code))
}

static SOURCES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));
