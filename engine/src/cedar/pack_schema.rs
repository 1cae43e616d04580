//! The schema with the parameters of packs, for editors and for Cedar's own tools.

use std::collections::BTreeMap;

use cedar_policy_core::validator::RawName;
use cedar_policy_core::validator::json_schema::Fragment;

use super::parameter::Parameter;
use super::problem::problem;
use super::schema::documented;
use super::{manifest, pack};
use crate::finding::{Code, Finding};
use crate::text::Source;

/// The schema in both of Cedar's syntaxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackSchema {
    /// Cedar's own syntax.
    pub cedar: String,
    /// Cedar's JSON.
    pub json: String,
}

/// The schema that policies of the packs among `sources` are validated against, with `context.params` as their manifests
/// declare them. Policies are not read, so that a pack with a broken policy has a schema to mend it by. Of several packs the
/// parameters stand side by side, although a policy sees only its own pack's.
///
/// # Errors
/// Manifests that cannot be read; two packs that give one name to parameters of different types.
pub fn schema_of(sources: &[Source]) -> Result<PackSchema, Vec<Finding>> {
    let mut found = Vec::new();
    let mut parameters: BTreeMap<String, (String, Parameter)> = BTreeMap::new();
    for (_, source) in pack::manifests(sources) {
        match manifest::manifest(source) {
            Ok(manifest) => {
                for parameter in manifest.parameters {
                    found.extend(add(&mut parameters, &manifest.name, parameter));
                }
            }
            Err(problems) => found.extend(problems),
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    let parameters: Vec<Parameter> = parameters.into_values().map(|(_, parameter)| parameter).collect();
    let json = documented(&parameters);
    let fragment = Fragment::<RawName>::from_json_value(json.clone());
    Ok(PackSchema {
        cedar: fragment.ok().and_then(|fragment| fragment.to_cedarschema().ok()).unwrap_or_default(),
        json: serde_json::to_string_pretty(&json).unwrap_or_default(),
    })
}

fn add(all: &mut BTreeMap<String, (String, Parameter)>, pack: &str, parameter: Parameter) -> Option<Finding> {
    match all.get(&parameter.name) {
        Some((other, known)) if known.ty != parameter.ty => {
            let (name, first, second) = (&parameter.name, known.ty.name(), parameter.ty.name());
            let message = format!(
                "parameter `{name}` is {first} in pack `{other}` and {second} in pack `{pack}`, so no schema fits both"
            );
            Some(problem(Code::BadParameter, message, Some("name one pack".to_owned())))
        }
        Some(_) => None,
        None => {
            all.insert(parameter.name.clone(), (pack.to_owned(), parameter));
            None
        }
    }
}
