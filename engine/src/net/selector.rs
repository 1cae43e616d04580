//! Label selectors. Source: `k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelector`, `k8s.io/apimachinery/pkg/labels.Requirement`.

use std::fmt;

/// Which relation a requirement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// Label key.
    pub key: String,
    /// The relation.
    pub operator: Operator,
    /// Values, sorted; empty for `Exists` and `DoesNotExist`.
    pub values: Vec<String>,
}

impl Requirement {
    /// `matchLabels` entry `key: value`.
    pub fn equals(key: &str, value: &str) -> Requirement {
        Requirement { key: key.to_owned(), operator: Operator::In, values: vec![value.to_owned()] }
    }

    /// Whether a label with this value satisfies it; `None` if the label is absent.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|listed| listed == value);
        match self.operator {
            Operator::In => value.is_some_and(listed),
            Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

impl fmt::Display for Requirement {
    /// As `kubectl --selector` has it: `app=web`, `tier in (cache,db)`, `tier notin (cache,db)`, `app`, `!app`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Requirement { key, operator, values } = self;
        match (operator, values.as_slice()) {
            (Operator::In, [value]) => write!(f, "{key}={value}"),
            (Operator::NotIn, [value]) => write!(f, "{key}!={value}"),
            (Operator::In, _) => write!(f, "{key} in ({})", values.join(",")),
            (Operator::NotIn, _) => write!(f, "{key} notin ({})", values.join(",")),
            (Operator::Exists, _) => f.write_str(key),
            (Operator::DoesNotExist, _) => write!(f, "!{key}"),
        }
    }
}

/// A conjunction of requirements. INVARIANT: sorted, without repeats: equal selectors are equal values. No requirement at
/// all selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    /// The requirements.
    pub requirements: Vec<Requirement>,
}

impl Selector {
    /// The selector with these requirements, in normal form.
    pub fn new(mut requirements: Vec<Requirement>) -> Selector {
        for requirement in &mut requirements {
            requirement.values.sort();
            requirement.values.dedup();
        }
        requirements.sort();
        requirements.dedup();
        Selector { requirements }
    }

    /// The selector that asks for each of these labels (`matchLabels`, or the selector of a Service).
    pub fn from_labels(labels: &[(String, String)]) -> Selector {
        Selector::new(labels.iter().map(|(key, value)| Requirement::equals(key, value)).collect())
    }

    /// Whether it selects everything.
    pub fn selects_all(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether it selects what has these labels; `label` answers the value of a key.
    ///
    /// ```
    /// use engine::net::Selector;
    /// let web = Selector::from_labels(&[("app".into(), "web".into())]);
    /// assert!(web.matches(|key| (key == "app").then_some("web")));
    /// assert!(!web.matches(|_| None));
    /// ```
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|requirement| requirement.holds(label(&requirement.key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(operator: Operator, values: &[&str], with: [bool; 3]) {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let selector = Selector::new(vec![Requirement { key: "tier".into(), operator, values }]);
        let found =
            [None, Some("web"), Some("db")].map(|value| selector.matches(|key| value.filter(|_| key == "tier")));
        assert_eq!(found, with, "{operator:?} on absent, web, db");
    }

    #[test]
    fn in_needs_the_label_with_a_listed_value() {
        check(Operator::In, &["web", "cache"], [false, true, false]);
    }

    #[test]
    fn not_in_also_holds_where_the_label_is_absent() {
        check(Operator::NotIn, &["web", "cache"], [true, false, true]);
    }

    #[test]
    fn exists_holds_for_any_value() {
        check(Operator::Exists, &[], [false, true, true]);
    }

    #[test]
    fn does_not_exist_holds_only_without_the_label() {
        check(Operator::DoesNotExist, &[], [true, false, false]);
    }

    #[test]
    fn requirements_are_printed_as_kubectl_reads_them() {
        let check = |operator, values: &[&str], text: &str| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(Requirement { key: "app".into(), operator, values }.to_string(), text);
        };
        check(Operator::In, &["web"], "app=web");
        check(Operator::In, &["db", "web"], "app in (db,web)");
        check(Operator::NotIn, &["web"], "app!=web");
        check(Operator::NotIn, &["db", "web"], "app notin (db,web)");
        check(Operator::Exists, &[], "app");
        check(Operator::DoesNotExist, &[], "!app");
    }

    #[test]
    fn requirements_are_a_conjunction() {
        let both = Selector::from_labels(&[("a".into(), "1".into()), ("b".into(), "2".into())]);
        assert!(both.matches(|key| Some(if key == "a" { "1" } else { "2" })));
        assert!(!both.matches(|key| (key == "a").then_some("1")));
    }

    #[test]
    fn the_empty_selector_selects_everything() {
        assert!(Selector::default().selects_all() && Selector::default().matches(|_| None));
    }

    #[test]
    fn equal_selectors_are_equal_values_in_any_order_of_writing() {
        let requirement = |values: [&str; 2]| Requirement {
            key: "tier".into(),
            operator: Operator::In,
            values: values.map(String::from).to_vec(),
        };
        let one = Selector::new(vec![Requirement::equals("a", "1"), requirement(["x", "y"])]);
        let two = Selector::new(vec![requirement(["y", "x"]), Requirement::equals("a", "1")]);
        assert_eq!(one, two);
    }
}
