//! Where in an object a reader is. Costs nothing until it has to be said.

use std::fmt::{self, Display, Formatter, Write};

/// A chain of steps from the object's root, kept on the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    /// Several steps, as a JSON pointer.
    Pointer(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The object itself.
    pub(crate) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    /// What a JSON pointer leads to.
    pub(crate) fn of(pointer: &'a str) -> Path<'a> {
        Path { parent: None, step: Step::Pointer(pointer) }
    }

    /// The field `key` of what this path leads to.
    pub(crate) fn key<'b>(&'b self, key: &'b str) -> Path<'b> {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    /// The element `index` of what this path leads to.
    pub(crate) fn index(&self, index: usize) -> Path<'_> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// True for the object itself.
    pub(super) fn is_root(&self) -> bool {
        matches!(self.step, Step::Root | Step::Pointer(""))
    }

    /// The path as a JSON pointer.
    pub(crate) fn pointer(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &|step, out| match step {
            Step::Root => {}
            Step::Pointer(pointer) => out.push_str(pointer),
            Step::Key(key) => {
                out.push('/');
                out.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            // Writing to a String cannot fail.
            Step::Index(index) => drop(write!(out, "/{index}")),
        });
        out
    }

    /// The path as people write it: `spec.ports[0].port`; keys that are no word are quoted: `labels["a.b/c"]`.
    pub(super) fn dotted(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &|step, out| match step {
            Step::Root => {}
            Step::Pointer(pointer) => out.push_str(&pointer.trim_start_matches('/').replace('/', ".")),
            Step::Key(key) if key.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !key.is_empty() => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            Step::Key(key) => drop(write!(out, "[{key:?}]")),
            Step::Index(index) => drop(write!(out, "[{index}]")),
        });
        out
    }

    fn write(&self, out: &mut String, step: &dyn Fn(Step<'a>, &mut String)) {
        if let Some(parent) = self.parent {
            parent.write(out, step);
        }
        step(self.step, out);
    }
}

/// As a JSON pointer.
impl Display for Path<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.pointer())
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_is_written_both_ways() {
        let labels = Path::ROOT.key("metadata");
        let labels = labels.key("labels");
        let label = labels.key("a.b/c");
        assert_eq!(label.pointer(), "/metadata/labels/a.b~1c");
        assert_eq!(label.dotted(), "metadata.labels[\"a.b/c\"]");
        let ports = Path::ROOT.key("ports");
        let port = ports.index(2);
        assert_eq!((port.pointer(), port.dotted()), ("/ports/2".to_owned(), "ports[2]".to_owned()));
        assert_eq!(Path::of("/spec/ports").index(2).to_string(), "/spec/ports/2");
    }
}
