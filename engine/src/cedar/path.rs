//! Paths in messages and `@field`: `resource.spec.type`, `resource.metadata.labels["app"]`.

use super::model::{Attribute, Model, Type};
use super::net_types;
use super::parameter::Parameter;
use super::problem::did_you_mean;
use super::reads::{Root, Step, walk};
use super::scope::Ends;

/// Reads the steps of a path; the first word is the root.
///
/// # Errors
/// What is wrong with its syntax.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[\"") {
            let Some((key, after)) = after.split_once("\"]") else {
                return Err(format!("`{text}` has a `[\"` without `\"]`"));
            };
            steps.push(Step::Tag(Some(key.to_owned())));
            rest = after;
            continue;
        }
        let word = rest.strip_prefix('.').filter(|_| !steps.is_empty()).unwrap_or(rest);
        let end = word.find(['.', '[']).unwrap_or(word.len());
        let (name, after) = word.split_at_checked(end).unwrap_or((word, ""));
        if name.is_empty() || !name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_') {
            return Err(format!("`{text}` is no path of names such as `resource.spec.type`"));
        }
        steps.push(Step::Attribute(name.to_owned()));
        rest = after;
    }
    Ok(steps)
}

/// What a message can be about.
pub(super) struct Subjects<'a> {
    /// Types of the resource, at admission and of access questions.
    pub(super) resources: &'a [&'static str],
    /// Types of the ends of connections.
    pub(super) ends: &'a [Ends],
}

/// A path that a message can print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// `resource`, `context`, or of connections `principal`.
    pub(super) root: Root,
    /// What follows.
    pub(super) steps: Vec<Step>,
}

impl Path {
    /// Reads a path and checks it against the schema for each type that it can start from.
    ///
    /// # Errors
    /// What is wrong, and what is near.
    pub(super) fn check(text: &str, subjects: &Subjects<'_>, parameters: &[Parameter]) -> Result<Path, Wrong> {
        let Subjects { resources, ends } = *subjects;
        let mut steps = parse(text).map_err(Wrong::plain)?.into_iter();
        let only_connections = resources.is_empty() && !ends.is_empty();
        match steps.next() {
            Some(Step::Attribute(root)) if root == "resource" => {
                let steps: Vec<Step> = steps.collect();
                for ty in resources.iter().chain(ends.iter().map(|(_, destination)| destination)) {
                    check_steps(text, ty, &steps)?;
                }
                Ok(Path { root: Root::Resource, steps })
            }
            Some(Step::Attribute(root)) if root == "principal" && only_connections => {
                let steps: Vec<Step> = steps.collect();
                for (source, _) in ends {
                    check_steps(text, source, &steps)?;
                }
                Ok(Path { root: Root::Principal, steps })
            }
            Some(Step::Attribute(root)) if root == "context" => {
                let steps: Vec<Step> = steps.collect();
                check_context(text, &steps, subjects, parameters)?;
                Ok(Path { root: Root::Context, steps })
            }
            _ => Err(Wrong {
                message: format!("`{text}` starts with neither `resource` nor `context`"),
                help: Some("messages cannot name the principal, which may not be known".to_owned()),
            }),
        }
    }
}

/// What is wrong with a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What.
    pub(super) message: String,
    /// The way out.
    pub(super) help: Option<String>,
}

impl Wrong {
    fn plain(message: String) -> Wrong {
        Wrong { message, help: None }
    }
}

/// Checks that every step exists on an entity type.
///
/// # Errors
/// The step that does not exist, and what is near.
pub(super) fn check_steps(text: &str, ty: &'static str, steps: &[Step]) -> Result<(), Wrong> {
    let walked = walk(ty, steps);
    let Some(step) = steps.get(walked.followed) else { return Ok(()) };
    let name = match step {
        Step::Attribute(name) => name.as_str(),
        Step::Tag(_) => return Err(Wrong::plain(format!("`{text}` looks for a key in what is no map of labels"))),
    };
    let scope = match walked.attributes.last().map(|attribute| &attribute.ty) {
        None => Model::get().entity(ty).map(|ty| &ty.attributes),
        Some(Type::Record(of)) => Some(of),
        Some(Type::Entity(next)) => Model::get().entity(next).map(|ty| &ty.attributes),
        Some(_) => None,
    };
    let help = scope.and_then(|scope| did_you_mean(name, scope.iter().map(|attribute| attribute.name.as_str())));
    Err(Wrong { message: format!("`{text}`: `{ty}` has no `{name}` there"), help })
}

fn check_context(text: &str, steps: &[Step], subjects: &Subjects<'_>, parameters: &[Parameter]) -> Result<(), Wrong> {
    let (admission, connections) = (!subjects.resources.is_empty(), !subjects.ends.is_empty());
    match steps {
        [Step::Attribute(dry_run)] if dry_run == "dryRun" && !connections => Ok(()),
        steps if !admission && is_in(&net_types::context(), steps) => Ok(()),
        [Step::Attribute(params), Step::Attribute(name)] if params == "params" => {
            if parameters.iter().any(|parameter| parameter.name == *name) {
                return Ok(());
            }
            let help = did_you_mean(name, parameters.iter().map(|parameter| parameter.name.as_str()));
            Err(Wrong { message: format!("`{text}`: the pack has no parameter `{name}`"), help })
        }
        _ => Err(Wrong {
            message: format!("`{text}` is nothing that the context has"),
            help: Some(if connections {
                let names: Vec<String> =
                    net_types::context().iter().map(|known| format!("`context.{}`", known.name)).collect();
                format!("it has {} and `context.params.NAME`", names.join(", "))
            } else {
                "it has `context.dryRun` and `context.params.NAME`".to_owned()
            }),
        }),
    }
}

/// Whether names lead through records to an attribute.
fn is_in(attributes: &[Attribute], steps: &[Step]) -> bool {
    let Some((Step::Attribute(name), rest)) = steps.split_first() else { return false };
    let found = attributes.iter().find(|known| known.name == *name);
    found.is_some_and(|found| match &found.ty {
        _ if rest.is_empty() => true,
        Type::Record(inner) => is_in(inner, rest),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let subjects = Subjects { resources: &["core::v1::ServicePort"], ends: &[] };
        Path::check(text, &subjects, &[]).map(drop).map_err(|wrong| match wrong.help {
            Some(help) => format!("{}; {help}", wrong.message),
            None => wrong.message,
        })
    }

    #[test]
    fn paths_follow_the_schema() {
        for path in [
            "resource.port",
            "resource.object.spec.type",
            "resource.object.metadata.labels[\"a.b/c\"]",
            "context.dryRun",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn what_does_not_exist_names_what_is_near() {
        assert_eq!(
            check("resource.nodeport").unwrap_err(),
            "`resource.nodeport`: `core::v1::ServicePort` has no `nodeport` there; did you mean `nodePort`?"
        );
        assert_eq!(
            check("resource.object.spec.typ").unwrap_err(),
            "`resource.object.spec.typ`: `core::v1::ServicePort` has no `typ` there; did you mean `type`?"
        );
        assert!(check("principal.name").is_err());
        assert!(check("resource..port").is_err());
        assert!(check("resource.port[\"x\"]").is_err());
    }
}
