//! Cedar's policies → ours, each checked and ready to be asked.

use cedar_policy_core::ast::{self, ActionConstraint, Effect, PolicyID};

use super::annotations::{Annotations, Text};
use super::condition::Condition;
use super::cuts::Cuts;
use super::message::Message;
use super::model::NAMESPACE;
use super::parameter::Parameter;
use super::parse::{Parsed, parse};
use super::path::{self, Subjects};
use super::problem::Problems;
use super::reads::{Read, Root, Step, walk};
use super::scope::Scope;
use super::validate::{Validation, Wrong};
use crate::fact::FactSpec;
use crate::finding::{Code, Finding, Place, Span};
use crate::text::Source;

/// One policy.
#[derive(Debug)]
pub(super) struct Policy {
    /// What its annotations say.
    pub(super) annotations: Annotations,
    /// Where it stands.
    pub(super) place: Place,
    /// It permits: an access question, a connection of a pack that denies by default, or (`depend`) it requires one.
    pub(super) permit: bool,
    /// It holds only where nothing of its pack permits the connection.
    pub(super) default_deny: bool,
    /// What it can be asked about; only types for which it can hold.
    pub(super) scope: Scope,
    /// What is evaluated.
    pub(super) condition: Condition,
    /// Where each leaf of the condition stands, and its text.
    pub(super) leaves: Vec<Option<(Place, String)>>,
    /// What it compares connections with.
    pub(super) cuts: Cuts,
    /// What is told.
    pub(super) message: Message,
    /// `@field`, as attributes from the resource.
    pub(super) field: Option<Vec<Step>>,
    /// Facts that it reads.
    pub(super) facts: Vec<&'static FactSpec>,
    /// As Cedar knows it.
    #[cfg(test)]
    pub(super) core: ast::Policy,
}

impl Policy {
    /// Everything that is read to decide and to tell, for every type.
    pub(super) fn reads(&self) -> impl Iterator<Item = Read> {
        let leaves = self.condition.leaves.iter().flat_map(|leaf| leaf.reads.iter().cloned());
        let paths = self.message.paths().map(|path| Read { root: path.root.clone(), steps: path.steps.clone() });
        leaves.chain(paths)
    }
}

/// Reads the policies of a pack.
pub(super) struct Reader<'a> {
    /// Those of the pack.
    pub(super) parameters: &'a [Parameter],
    /// What is to be done about the pack.
    pub(super) validation: &'a Validation<'a>,
    /// Connections that the pack does not permit are findings.
    pub(super) default_deny: bool,
}

impl Reader<'_> {
    /// The policies of these files. What is wrong goes to `found`.
    pub(super) fn read(&self, files: &[&Source], found: &mut Vec<Finding>) -> Vec<Policy> {
        let mut policies = Vec::new();
        for Parsed { policies: parsed, mut problems } in parse(files) {
            policies.extend(parsed.into_iter().filter_map(|policy| self.policy(policy, &mut problems)));
            found.extend(problems.into_findings());
        }
        policies
    }

    fn policy(&self, core: ast::Policy, problems: &mut Problems<'_>) -> Option<Policy> {
        let whole = core.loc().map_or(Span::default(), |loc| Span::new(loc.start(), loc.end()));
        let mut scope = Scope::of(core.template());
        let permit = core.effect() == Effect::Permit;
        if !permit && matches!(core.template().action_constraint(), ActionConstraint::Any) {
            // Whoever forbids whatever is done does not mean to forbid that something is needed.
            scope.intents.retain(|intent| *intent != "depend");
        }
        let tells = if permit { scope.intents.contains(&"depend") } else { scope.tells() };
        let mut annotations = Annotations::of(&core, tells, whole, problems)?;
        // What does not work yet may when the rest is there.
        annotations.settles |= permit && scope.intents.contains(&"depend");
        if permit && !scope.operations.is_empty() {
            let message =
                format!("policy `{}` permits an admission action, which changes nothing", annotations.id.text);
            let help = "admission allows what no `forbid` refuses; scope it to `k8s::Action` for access questions";
            problems.add(Code::PermitAtAdmission, whole, message, Some(help.to_owned()));
        }
        let core = core.new_id(PolicyID::from_string(&annotations.id.text));
        if let Validation::Needed(environments) = self.validation {
            match environments.check(&core, &scope) {
                Ok(possible) => scope.retain(&possible),
                Err(all) => {
                    all.into_iter().for_each(|wrong| add(problems, whole, wrong));
                    return None;
                }
            }
        }
        self.refuse_without_effect(&annotations, permit, &scope, whole, problems);
        let condition = Condition::of(&scope.rest, core.non_scope_constraints());
        let message = self.message(&annotations, &scope, problems);
        let field = field(&annotations, &scope, problems);
        refuse_other_entities(&condition, &scope, whole, problems);
        let cuts = if scope.intents.is_empty() { Ok(Cuts::default()) } else { Cuts::of(&condition, self.parameters) };
        let cuts = cuts.unwrap_or_else(|wrong| {
            add(problems, whole, wrong);
            Cuts::default()
        });
        let leaves =
            condition.leaves.iter().map(|leaf| leaf.span.map(|span| (problems.place(span), snippet(&core, span))));
        let leaves = leaves.collect();
        let mut policy = Policy {
            annotations,
            place: problems.place(whole),
            permit,
            default_deny: false,
            scope,
            condition,
            leaves,
            cuts,
            message,
            field,
            facts: Vec::new(),
            #[cfg(test)]
            core,
        };
        policy.facts = facts(&policy);
        Some(policy)
    }

    /// Of connections, `permit` says nothing where all are permitted, and only `permit` says that one is needed.
    fn refuse_without_effect(
        &self,
        annotations: &Annotations,
        permit: bool,
        scope: &Scope,
        whole: Span,
        problems: &mut Problems<'_>,
    ) {
        let id = &annotations.id.text;
        if permit && scope.intents.contains(&"connect") && !self.default_deny {
            let message =
                format!("policy `{id}` permits a connection, which changes nothing: every connection is permitted");
            let help = "set `connections = \"default-deny\"` in `pack.toml`, or write what is forbidden";
            problems.add(Code::BadPolicy, whole, message, Some(help.to_owned()));
        }
        if !permit && scope.intents.contains(&"depend") {
            let message = format!("policy `{id}` forbids to depend, which means nothing");
            let help = "`permit` says what has to work; `net::Action::\"connect\"` is what can be forbidden";
            problems.add(Code::BadPolicy, whole, message, Some(help.to_owned()));
        }
    }

    fn message(&self, annotations: &Annotations, scope: &Scope, problems: &mut Problems<'_>) -> Message {
        let Some(Text { text, span }) = &annotations.message else { return Message::default() };
        let resources: Vec<&'static str> = scope.types.iter().chain(&scope.access).copied().collect();
        let subjects = Subjects { resources: &resources, ends: &scope.ends };
        match Message::parse(text, &subjects, self.parameters) {
            Ok(message) => message,
            Err((range, path::Wrong { message, help })) => {
                let piece = text.get(range).unwrap_or_default();
                problems.add(Code::BadAnnotation, problems.within(*span, piece), message, help);
                Message::default()
            }
        }
    }
}

fn field(annotations: &Annotations, scope: &Scope, problems: &mut Problems<'_>) -> Option<Vec<Step>> {
    let Text { text, span } = annotations.field.as_ref()?;
    let checked = path::parse(text).map_err(|message| path::Wrong { message, help: None }).and_then(|steps| {
        scope.types.iter().try_for_each(|ty| path::check_steps(text, ty, &steps))?;
        Ok(steps)
    });
    match checked {
        Ok(steps) => Some(steps),
        Err(path::Wrong { message, help }) => {
            problems.add(Code::BadAnnotation, problems.within(*span, text), message, help);
            None
        }
    }
}

/// Only namespaces can be read by writing them out: no other entity is at hand but the resource and what belongs to it.
fn refuse_other_entities(condition: &Condition, scope: &Scope, whole: Span, problems: &mut Problems<'_>) {
    for leaf in &condition.leaves {
        for read in leaf.reads.iter().filter(|read| !read.steps.is_empty()) {
            if let Root::Entity(ty, id) = &read.root
                && (ty != NAMESPACE || !scope.intents.is_empty())
            {
                let readable = if scope.intents.is_empty() { "the resource and Namespaces" } else { "the two ends" };
                let message = format!("`{ty}::{id:?}` cannot be read: only {readable} can");
                problems.add(Code::BadPolicy, leaf.span.unwrap_or(whole), message, None);
            }
        }
    }
}

fn facts(policy: &Policy) -> Vec<&'static FactSpec> {
    let mut facts: Vec<&'static FactSpec> = Vec::new();
    for read in policy.reads() {
        let starts: Vec<&'static str> = match &read.root {
            Root::Resource => policy.scope.types.clone(),
            Root::Entity(ty, _) if ty == NAMESPACE => vec![NAMESPACE],
            _ => continue,
        };
        for fact in starts.into_iter().flat_map(|ty| walk(ty, &read.steps).facts()) {
            if !facts.iter().any(|known| std::ptr::eq(*known, fact)) {
                facts.push(fact);
            }
        }
    }
    facts
}

fn add(problems: &mut Problems<'_>, whole: Span, Wrong { span, message, help }: Wrong) {
    problems.add(Code::BadPolicy, span.unwrap_or(whole), message, help);
}

fn snippet(policy: &ast::Policy, span: Span) -> String {
    let text = policy.loc().and_then(|loc| loc.src.get(span.start as usize..span.end as usize));
    text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}
