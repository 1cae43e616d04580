//! Label selectors. Source: `k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelector`.

/// Which relation a requirement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// The label is there with one of the values.
    In,
    /// The label is absent, or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

/// One requirement on a label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// Label key.
    pub key: String,
    /// The relation.
    pub operator: Operator,
    /// Values, sorted; empty for `Exists` and `DoesNotExist`.
    pub values: Vec<String>,
}

/// A conjunction of requirements. INVARIANT: sorted, without repeats: equal selectors are equal values. No requirement at
/// all selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    /// The requirements.
    pub requirements: Vec<Requirement>,
}
