//! The one table of the engine's own codes. Policies bring their own codes by `@code`.

use super::{Finding, Severity};

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// `HR` and three digits. Never reused or renumbered.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The mistake in a few words.
    pub title: &'static str,
    /// A paragraph: what it means and what to do.
    pub page: &'static str,
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $id:literal, $severity:ident, $title:literal; )+) => {
        /// What the engine itself can say about input, policies and its own limits.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $( $(#[doc = $doc])+ $name, )+ }

        impl Code {
            /// Every code, in order of its number.
            pub const ALL: &'static [Code] = &[ $( Code::$name, )+ ];

            /// The row of the table.
            pub fn info(self) -> CodeInfo {
                match self {
                    $( Code::$name => CodeInfo {
                        id: $id,
                        severity: Severity::$severity,
                        title: $title,
                        page: concat!($($doc, "\n"),+),
                    }, )+
                }
            }
        }
    };
}

codes! {
    /// The source is no text that can be read: not UTF-8 (UTF-16 is named when it looks like it), or larger than the
    /// limit. Save the file as UTF-8 without a byte order mark.
    UnreadableText = "HR001", Error, "the source cannot be read as text";
    /// The YAML or JSON is broken at this place. The documents before and after it are still examined.
    Syntax = "HR002", Error, "the text is neither YAML nor JSON";
    /// The same key stands twice in one mapping. Kubernetes keeps one of the two and says nothing, and not every reader
    /// keeps the same one. Remove one of them.
    DuplicateKey = "HR003", Error, "a key stands twice";
    /// Anchors and aliases of the document unfold to more nodes than the limit, or collections are nested deeper.
    TooLarge = "HR004", Error, "the document is larger than the limits";
    /// The document is no Kubernetes object: not a mapping, or without `apiVersion` and `kind`.
    NotAnObject = "HR005", Error, "not a Kubernetes object";
    /// A field holds a value of another type than the API has there, so the API server would refuse the object.
    WrongType = "HR006", Error, "a field has the wrong type";
    /// A field is spelled in another case than the API's. The API server ignores or refuses it; it never means the field.
    WrongCase = "HR007", Warning, "a field is spelled in the wrong case";
    /// A value is outside of what the API allows there (a CIDR that is none, `endPort` below `port`, an unknown operator).
    BadValue = "HR008", Error, "a value the API would refuse";
    /// Two objects of the input have the same kind, namespace and name. The later one is examined.
    DuplicateObject = "HR009", Warning, "an object is given twice";
    /// The input holds nothing to examine.
    NothingToExamine = "HR010", Error, "nothing to examine";
    /// Objects of a kind could not be listed when the cluster was read, mostly because the user may not. What hangs on them is
    /// unknown. Let the user `list` the kind in all namespaces.
    NotListed = "HR011", Warning, "objects could not be listed";
    /// A pack's manifest (`pack.toml`) or the operator's configuration cannot be used.
    BadManifest = "HR020", Error, "the pack manifest cannot be used";
    /// A policy cannot be parsed, or strict validation against the schema refuses it.
    BadPolicy = "HR021", Error, "the policy does not validate";
    /// An annotation of a policy is missing, unknown or has a value that cannot be used.
    BadAnnotation = "HR022", Error, "a policy annotation cannot be used";
    /// A `permit` on an admission action. Admission is allowed unless a `forbid` says otherwise, so a permit has no effect
    /// there, and its author expects one.
    PermitAtAdmission = "HR023", Error, "a permit has no effect at admission";
    /// A parameter is unknown, or its value has another type than the pack declares.
    BadParameter = "HR024", Error, "a parameter cannot be used";
    /// A PolicyTest file cannot be used.
    BadTest = "HR025", Error, "the policy test cannot be used";
    /// A review would take more steps than the budget allows; its result is unknown.
    BudgetExceeded = "HR030", Error, "the budget of steps is used up";
}

impl Code {
    /// A finding of this code with its severity and title; the caller adds object, field, place and help.
    pub fn finding(self, message: String) -> Finding {
        let CodeInfo { id, severity, title, page: _ } = self.info();
        Finding {
            code: id.to_owned(),
            severity,
            outcome: severity.into(),
            title: title.to_owned(),
            message,
            object: None,
            field: String::new(),
            value: None,
            place: None,
            related: Vec::new(),
            policy: None,
            help: None,
            references: Vec::new(),
            fix: None,
            settles: false,
            ratcheted: false,
        }
    }
}
