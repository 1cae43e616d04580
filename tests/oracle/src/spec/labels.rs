//! Label selectors. Source: `k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelector`.

use crate::answer::Worlds;
use crate::manifest::{Cluster, LabelSelector, Labels, Operator, Requirement};

/// The label that every namespace has, its name for value (`k8s.io/api/core/v1.LabelMetadataName`).
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// A label's value on an object.
enum Label<'a> {
    Absent,
    Is(&'a str),
    /// Of a namespace that is not in the input, all that is known is its name.
    NotKnown,
}

/// "matchExpressions is a list of label selector requirements. The requirements are ANDed." "A single {key,value} in the
/// matchLabels map is equivalent to an element of matchExpressions, whose key field is "key", the operator is "In", and
/// the values array contains only "value"." An empty selector has no requirement, and matches everything.
fn matches<'a>(selector: &LabelSelector, label: impl Fn(&str) -> Label<'a>) -> Worlds {
    let pairs = selector.match_labels.iter().flatten().map(|(key, value)| match label(key) {
        Label::Is(actual) => (actual == value).into(),
        Label::Absent => false.into(),
        Label::NotKnown => Worlds::unknown(),
    });
    let requirements = selector.match_expressions.iter().flatten().map(|one| meets(one, &label(&one.key)));
    Worlds::all(pairs.chain(requirements))
}

/// "operator represents a key's relationship to a set of values": `NotIn` and `DoesNotExist` match objects without the key
/// (`k8s.io/apimachinery/pkg/labels.Requirement.Matches`).
fn meets(requirement: &Requirement, label: &Label<'_>) -> Worlds {
    let listed = |value: &str| requirement.values.iter().flatten().any(|one| one == value);
    let actual = match label {
        Label::NotKnown => return Worlds::unknown(),
        Label::Absent => None,
        Label::Is(value) => Some(*value),
    };
    match requirement.operator {
        Operator::In => actual.is_some_and(listed).into(),
        Operator::NotIn => (!actual.is_some_and(listed)).into(),
        Operator::Exists => actual.is_some().into(),
        Operator::DoesNotExist => actual.is_none().into(),
    }
}

/// Whether a selector picks an object with these labels.
pub(super) fn picks_labels(selector: &LabelSelector, labels: &Labels) -> Worlds {
    matches(selector, |key| labels.get(key).map_or(Label::Absent, |value| Label::Is(value)))
}

/// Whether a selector picks a namespace.
pub(super) fn picks_namespace(cluster: &Cluster, selector: &LabelSelector, name: &str) -> Worlds {
    let object = cluster.namespaces.get(name);
    matches(selector, |key| match object {
        _ if key == NAME_LABEL => Label::Is(name),
        None => Label::NotKnown,
        Some(labels) => labels.get(key).map_or(Label::Absent, |value| Label::Is(value)),
    })
}
