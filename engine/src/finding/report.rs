//! One finding and what hangs on it.

use super::{Outcome, Place, Severity};

/// Names one Kubernetes object. Sorted by namespace, kind, name in answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Kind, such as `Service`.
    pub kind: String,
    /// Name. An object that has none yet has its `generateName` and `*`, as in `import-*`; see [`ObjectRef::numbered`].
    /// Empty if it has neither.
    pub name: String,
    /// API group; empty for the core group.
    pub group: String,
    /// API version without the group, such as `v1`.
    pub version: String,
}

impl ObjectRef {
    /// `Service shop/web`, or `Namespace shop` for cluster-scoped objects: how messages name an object.
    pub fn display(&self) -> String {
        let ObjectRef { namespace, kind, name, .. } = self;
        let unnamed = if self.prefix() == Some("") { "(unnamed)" } else { "" };
        if namespace.is_empty() {
            format!("{kind} {unnamed}{name}")
        } else {
            format!("{kind} {namespace}/{unnamed}{name}")
        }
    }

    /// The name that stands for the one which the API server will make from `prefix` (`generateName`).
    pub fn unnamed(prefix: &str) -> String {
        if prefix.is_empty() { String::new() } else { format!("{prefix}*") }
    }

    /// The same for the `number`th object without a name: `import-*#2`, so that two of a kind are two.
    #[must_use]
    pub fn numbered(self, number: usize) -> ObjectRef {
        ObjectRef { name: format!("{}#{number}", self.name), ..self }
    }

    /// True if the object has a name of its own.
    pub fn is_named(&self) -> bool {
        self.prefix().is_none()
    }

    /// What stands before the number of an object without a name; neither `*` nor `#` can be in a name.
    pub(crate) fn prefix(&self) -> Option<&str> {
        unnamed_part(&self.name)
    }
}

/// `import-*` of `import-*` and of `import-*#2`; `None` of what is a name.
pub(crate) fn unnamed_part(name: &str) -> Option<&str> {
    let part = name.split_once('#').map_or(name, |(part, _)| part);
    (part.is_empty() || part.ends_with('*')).then_some(part)
}

/// The policy that decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyRef {
    /// The policy's `@id`.
    pub id: String,
    /// The pack it came from.
    pub pack: String,
    /// Where the policy stands in its `.cedar` file.
    pub place: Option<Place>,
}

/// A second place that takes part in a finding, such as the container whose port has another name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// What this place has to do with the finding.
    pub message: String,
    /// The object it is in, when it is in one.
    pub object: Option<ObjectRef>,
    /// JSON pointer inside that object.
    pub field: String,
    /// The place, when its text is at hand.
    pub place: Option<Place>,
}

/// Replaces the text at `place` by `text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced; an empty range inserts.
    pub place: Place,
    /// The new text.
    pub text: String,
}

/// A change that would make the finding go away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What the change does, as an order: "set `spec.type` to `ClusterIP`".
    pub title: String,
    /// The edits; empty when the text is not at hand.
    pub edits: Vec<Edit>,
}

/// What is told to a user about one field of one object, or about one place of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The policy's `@code`, or one of [`super::Code`].
    pub code: String,
    /// How grave it is.
    pub severity: Severity,
    /// What it does to an admission request.
    pub outcome: Outcome,
    /// The kind of mistake in a few words, the same for every finding of the code.
    pub title: String,
    /// This finding, with names and values. Lower case, no full stop, no line break.
    pub message: String,
    /// The object, when the finding is about one.
    pub object: Option<ObjectRef>,
    /// JSON pointer (RFC 6901) of the field inside the object; empty for the whole object.
    pub field: String,
    /// What stands at `field`, as compact JSON of at most 120 characters; absent when nothing stands there.
    pub value: Option<String>,
    /// Where `field` stands (or its nearest ancestor that exists), when the text is at hand.
    pub place: Option<Place>,
    /// Other places that take part.
    pub related: Vec<Related>,
    /// The policy that decided; absent for findings of the engine itself.
    pub policy: Option<PolicyRef>,
    /// The way out.
    pub help: Option<String>,
    /// Where to read on: URLs or names of documents.
    pub references: Vec<String>,
    /// A change that would do.
    pub fix: Option<Fix>,
    /// True if something created later can cure it (`@settles`).
    pub settles: bool,
    /// True if the old object has the same finding, which is why it warns instead of denying.
    pub ratcheted: bool,
}
