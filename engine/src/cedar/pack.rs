//! Sources → packs: what belongs together, parameters with their values, policies with their settings.

use std::collections::{BTreeMap, BTreeSet};

use super::LoadOptions;
use super::default_deny;
use super::digest;
use super::manifest::{self, Enforcement, Given, Manifest, Operator};
use super::parameter::{Parameter, Value};
use super::policy::{self, Policy};
use super::problem::{did_you_mean, problem};
use super::validate::{Shared, Validation};
use crate::fact::Settings;
use crate::finding::{Code, Finding, Outcome, Place, Severity};
use crate::text::{Format, Source};

/// One pack, loaded.
#[derive(Debug)]
pub(super) struct Pack {
    /// Its name.
    pub(super) name: String,
    /// Its parameters and the values they have, sorted by name.
    pub(super) parameters: Vec<Parameter>,
    /// Its policies, with what is set for them.
    pub(super) policies: Vec<(Policy, Set)>,
}

/// What is set for one policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Set {
    /// How grave a finding is.
    pub(super) severity: Severity,
    /// What a finding does at admission.
    pub(super) outcome: Outcome,
    /// What an unknown does at admission.
    pub(super) on_unknown: Outcome,
    /// Whether it is asked at all.
    pub(super) enabled: bool,
}

/// Everything that was loaded.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Packs, sorted by name.
    pub(super) packs: Vec<Pack>,
    /// What operators can set.
    pub(super) settings: Settings,
    /// A hash of each pack, sorted.
    pub(super) hashes: Vec<Vec<u8>>,
    /// What is switched on by name.
    pub(super) enable: Vec<String>,
    /// What requests open and cut is told.
    pub(super) announce: bool,
}

/// Loads every pack among `sources`.
///
/// # Errors
/// Every problem with its place.
pub(super) fn load(sources: &[Source], options: &LoadOptions) -> Result<Loaded, Vec<Finding>> {
    let mut found = Vec::new();
    let operator = operator(sources, options, &mut found);
    let hashes = digest::packs(sources);
    let mut manifests = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (folder, files) in folders(sources, &mut found) {
        let Some((mut manifest, files)) = manifest_of(&files, &mut found) else { continue };
        if let Some(other) = names.insert(manifest.name.clone(), folder.to_owned()) {
            let message = format!("two packs are named `{}`: in `{other}` and in `{folder}`", manifest.name);
            found.push(problem(Code::BadManifest, message, None));
            continue;
        }
        give(&mut manifest, &operator, &mut found);
        let digest = hashes.get(&Some(folder)).map(|hash| digest::text(hash));
        let validated = digest.is_some_and(|digest| options.validated.contains(&digest.as_str()));
        manifests.push(Unread { manifest, files, validated });
    }
    let mut packs = read(manifests, &mut found);
    refuse_unknown_packs(&operator, &packs, &mut found);
    refuse_repeats(&packs, &mut found);
    refuse_unknown_enforcement(&packs, &operator, &mut found);
    refuse_unknown_names(&packs, &operator, &mut found);
    if packs.is_empty() && found.is_empty() {
        let help = Some("a pack is a folder with a `pack.toml` and `.cedar` files".to_owned());
        found.push(problem(Code::BadManifest, "no pack was given".to_owned(), help));
    }
    if !found.is_empty() {
        found.sort_by(|left, right| (&left.place, &left.message).cmp(&(&right.place, &right.message)));
        return Err(found);
    }
    packs.sort_by(|left, right| left.manifest.name.cmp(&right.manifest.name));
    let packs = packs.into_iter().map(|pack| pack.into_pack(&operator)).collect();
    let defaults = Settings::default();
    let settings = Settings {
        environment_labels: operator.environment_labels.unwrap_or(defaults.environment_labels),
        cluster_domain: operator.cluster_domain.unwrap_or(defaults.cluster_domain),
    };
    let mut hashes: Vec<Vec<u8>> = hashes.into_values().collect();
    hashes.sort();
    Ok(Loaded { packs, settings, hashes, enable: operator.enable, announce: operator.announce })
}

/// True for the files that packs are made of.
pub(super) fn belongs(source: &Source) -> bool {
    file_name(&source.name) == manifest::PACK || is_operator(source) || is_cedar(source)
}

/// A TOML source that is no pack's manifest is the operator's configuration, whatever its name.
pub(super) fn is_operator(source: &Source) -> bool {
    let name = file_name(&source.name);
    name == manifest::OPERATOR || (source.format == Format::Toml && name != manifest::PACK)
}

struct Read {
    manifest: Manifest,
    policies: Vec<Policy>,
}

impl Read {
    /// Settles severity and outcome of every policy: its annotations, then the manifest, then the operator.
    fn into_pack(self, operator: &Operator) -> Pack {
        let Read { manifest, policies } = self;
        let settled = |policy: Policy| {
            let id = &policy.annotations.id.text;
            let enable = Enforcement::enabled(id, &policy.place);
            let enable = operator.enables(id, &manifest.name).then_some(&enable);
            let layers = manifest.enforcement.iter().chain(enable).chain(&operator.enforcement);
            let set = settle(&policy, layers.filter(|layer| layer.policy == *id));
            (policy, set)
        };
        let policies = policies.into_iter().map(settled).collect();
        Pack { name: manifest.name, parameters: manifest.parameters, policies }
    }
}

fn is_cedar(source: &Source) -> bool {
    source.format == Format::Cedar || source.name.ends_with(".cedar")
}

fn file_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file)| file)
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder of the pack that a file belongs to: the nearest one at or above it that `is_pack`.
pub(super) fn root_of(name: &str, is_pack: impl Fn(&str) -> bool) -> Option<&str> {
    let mut at = folder_of(name);
    loop {
        if is_pack(at) {
            return Some(at);
        }
        if at.is_empty() {
            return None;
        }
        at = folder_of(at);
    }
}

/// The folders that have a `pack.toml`, each with it.
pub(super) fn manifests(sources: &[Source]) -> impl Iterator<Item = (&str, &Source)> {
    let manifests = sources.iter().filter(|source| file_name(&source.name) == manifest::PACK);
    manifests.map(|source| (folder_of(&source.name), source))
}

/// The files of each folder that has a `pack.toml`.
fn folders<'a>(sources: &'a [Source], found: &mut Vec<Finding>) -> BTreeMap<&'a str, Vec<&'a Source>> {
    let mut folders: BTreeMap<&str, Vec<&Source>> =
        manifests(sources).map(|(folder, source)| (folder, vec![source])).collect();
    for source in sources.iter().filter(|source| is_cedar(source)) {
        let root = root_of(&source.name, |folder| folders.contains_key(folder));
        match root.and_then(|root| folders.get_mut(root)) {
            Some(files) => files.push(source),
            None => {
                let help = Some("put a `pack.toml` with `name` and `version` into its folder".to_owned());
                let message = format!("`{}` belongs to no pack", source.name);
                found.push(problem(Code::BadManifest, message, help));
            }
        }
    }
    folders
}

fn manifest_of<'a>(files: &[&'a Source], found: &mut Vec<Finding>) -> Option<(Manifest, Vec<&'a Source>)> {
    let (manifest, policies) = files.split_first()?;
    let mut policies = policies.to_vec();
    policies.sort_by(|left, right| left.name.cmp(&right.name));
    match manifest::manifest(manifest) {
        Ok(manifest) => Some((manifest, policies)),
        Err(problems) => {
            found.extend(problems);
            None
        }
    }
}

fn operator(sources: &[Source], options: &LoadOptions, found: &mut Vec<Finding>) -> Operator {
    let mut operator = Operator::default();
    let mut files = sources.iter().filter(|source| is_operator(source));
    if let Some(file) = files.next() {
        match manifest::operator(file) {
            Ok(read) => operator = read,
            Err(problems) => found.extend(problems),
        }
        if let Some(second) = files.next() {
            let message = format!("two operator configurations: `{}` and `{}`", file.name, second.name);
            found.push(problem(Code::BadManifest, message, None));
        }
    }
    for (name, value) in &options.parameters {
        match (name.split_once('.'), name.as_str()) {
            (Some((pack, name)), _) => operator.parameters.push(Given {
                pack: pack.to_owned(),
                name: name.to_owned(),
                value: Value::Text(value.clone()),
                place: None,
            }),
            (None, "environment_label" | "environment_labels") => {
                let labels = value.split(',').map(str::trim).filter(|label| !label.is_empty());
                operator.environment_labels = Some(labels.map(str::to_owned).collect());
            }
            (None, "cluster_domain") => operator.cluster_domain = Some(value.clone()),
            (None, "announce") if value == "true" => operator.announce = true,
            (None, "announce") if value == "false" => operator.announce = false,
            (None, "enable") => {
                let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
                operator.enable.extend(names.map(str::to_owned));
            }
            (None, _) => {
                let help = did_you_mean(name, ["announce", "environment_label", "cluster_domain", "enable"]);
                let help = help.or_else(|| Some("parameters of packs are named PACK.NAME".to_owned()));
                found.push(problem(Code::BadParameter, format!("`{name}` is no setting"), help));
            }
        }
    }
    operator
}

/// A pack whose policies are to be read.
struct Unread<'a> {
    manifest: Manifest,
    files: Vec<&'a Source>,
    /// Tests have shown that it is valid.
    validated: bool,
}

/// Reads the policies of every pack.
fn read(packs: Vec<Unread<'_>>, found: &mut Vec<Finding>) -> Vec<Read> {
    let parameters = packs.iter().map(|pack| pack.manifest.parameters.as_slice());
    // Where nothing is to be validated, nobody needs the schema, which costs much to make.
    let shared = packs.iter().any(|pack| !pack.validated).then(|| Shared::of(parameters)).transpose();
    let shared = match shared {
        Ok(shared) => shared,
        Err(error) => {
            found.push(problem(Code::BadManifest, format!("the schema cannot be made: {error}"), None));
            return Vec::new();
        }
    };
    let environments = shared.as_ref().map(Shared::environments);
    let pack = |Unread { manifest, files, validated }: Unread<'_>| {
        let environments = environments.as_ref().filter(|_| !validated);
        let validation = match environments.map(|environments| environments.of_pack(&manifest.parameters)) {
            Some(environments) => Validation::Needed(environments),
            None => Validation::Done,
        };
        let reader = policy::Reader {
            parameters: &manifest.parameters,
            validation: &validation,
            default_deny: manifest.default_deny.is_some(),
        };
        let mut policies = reader.read(&files, found);
        if let Some(place) = &manifest.default_deny {
            policies.extend(default_deny::policy(&manifest.name, place, &reader, found));
        }
        Read { policies, manifest }
    };
    packs.into_iter().map(pack).collect()
}

/// Gives parameters the values of the operator; what comes from `LoadOptions` is text and comes last.
fn give(manifest: &mut Manifest, operator: &Operator, found: &mut Vec<Finding>) {
    for Given { name, value, place, .. } in operator.parameters.iter().filter(|given| given.pack == manifest.name) {
        let Some(parameter) = manifest.parameters.iter_mut().find(|parameter| parameter.name == *name) else {
            let help = did_you_mean(name, manifest.parameters.iter().map(|parameter| parameter.name.as_str()));
            let message = format!("pack `{}` has no parameter `{name}`", manifest.name);
            found.push(at(problem(Code::BadParameter, message, help), place));
            continue;
        };
        let read = match (place, value) {
            (None, Value::Text(text)) => Value::parse(text, parameter.ty),
            _ => value.clone().of_type(parameter.ty),
        };
        match read {
            Some(value) => parameter.value = value,
            None => {
                let message = format!(
                    "{} is no {} for parameter `{}.{name}`",
                    value.to_text(),
                    parameter.ty.name(),
                    manifest.name
                );
                found.push(at(problem(Code::BadParameter, message, None), place));
            }
        }
    }
}

fn at(finding: Finding, place: &Option<Place>) -> Finding {
    Finding { place: place.clone(), ..finding }
}

fn refuse_unknown_packs(operator: &Operator, packs: &[Read], found: &mut Vec<Finding>) {
    for given in &operator.parameters {
        if !packs.iter().any(|pack| pack.manifest.name == given.pack) {
            let help = did_you_mean(&given.pack, packs.iter().map(|pack| pack.manifest.name.as_str()));
            let message = format!("there is no pack `{}` for parameter `{}`", given.pack, given.name);
            found.push(at(problem(Code::BadParameter, message, help), &given.place));
        }
    }
}

/// Refuses ids and codes that stand twice.
fn refuse_repeats(packs: &[Read], found: &mut Vec<Finding>) {
    let policies = || packs.iter().flat_map(|pack| &pack.policies);
    let ids = policies().map(|policy| (&policy.annotations.id, policy));
    let codes = policies().filter_map(|policy| Some((policy.annotations.code.as_ref()?, policy)));
    for (what, all) in [("id", ids.collect::<Vec<_>>()), ("code", codes.collect())] {
        let mut first: BTreeMap<&str, &Policy> = BTreeMap::new();
        for (text, policy) in all {
            let Some(before) = first.insert(&text.text, policy) else { continue };
            let Place { source, line, .. } = &before.place;
            let message = format!("`{}` is the @{what} of two policies, here and at {source}:{line}", text.text);
            let finding = problem(Code::BadAnnotation, message, None);
            found.push(Finding { place: Some(policy.place.clone()), ..finding });
        }
    }
}

/// Refuses enforcement of policies that are not there: a manifest speaks of its own, the operator of all.
fn refuse_unknown_enforcement(packs: &[Read], operator: &Operator, found: &mut Vec<Finding>) {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for pack in packs {
        let own: BTreeSet<String> = pack.policies.iter().map(|policy| policy.annotations.id.text.clone()).collect();
        refuse_unknown_policies(&pack.manifest.enforcement, &own, found);
        all.extend(own);
    }
    refuse_unknown_policies(&operator.enforcement, &all, found);
}

/// Refuses names to switch on that are neither a policy's nor a pack's.
fn refuse_unknown_names(packs: &[Read], operator: &Operator, found: &mut Vec<Finding>) {
    let ids = packs.iter().flat_map(|pack| pack.policies.iter().map(|policy| policy.annotations.id.text.as_str()));
    let known: BTreeSet<&str> = ids.chain(packs.iter().map(|pack| pack.manifest.name.as_str())).chain(["*"]).collect();
    for name in operator.enable.iter().filter(|name| !known.contains(name.as_str())) {
        let help = did_you_mean(name, known.iter().copied());
        found.push(problem(Code::BadParameter, format!("`enable`: there is no policy or pack `{name}`"), help));
    }
}

fn settle<'a>(policy: &Policy, layers: impl Iterator<Item = &'a Enforcement>) -> Set {
    let (mut severity, mut admission, mut on_unknown, mut enabled) = (policy.annotations.severity, None, None, true);
    for layer in layers {
        severity = layer.severity.unwrap_or(severity);
        admission = layer.admission.or(admission);
        on_unknown = layer.on_unknown.or(on_unknown);
        enabled = layer.enabled.unwrap_or(enabled);
    }
    // What something created later can cure warns, unless someone asks for more.
    let most = if policy.annotations.settles { Outcome::Warn } else { Outcome::Deny };
    let outcome = admission.unwrap_or_else(|| Outcome::from(severity).min(most));
    Set { severity, outcome, on_unknown: on_unknown.unwrap_or(outcome), enabled }
}

fn refuse_unknown_policies(enforcement: &[Enforcement], ids: &BTreeSet<String>, found: &mut Vec<Finding>) {
    for one in enforcement.iter().filter(|one| !ids.contains(&one.policy)) {
        let help = did_you_mean(&one.policy, ids.iter().map(String::as_str));
        let finding = problem(Code::BadManifest, format!("there is no policy `{}`", one.policy), help);
        found.push(Finding { place: Some(one.place.clone()), ..finding });
    }
}
