//! What a policy read → the field of the object that a finding points at, and the facts that explain it.

use super::FactRead;
use super::entities::Target;
use super::model::{Model, Stands, Type};
use super::reads::{Step, Walk, walk};

/// The field that a finding is about: the first chain that leads to a field of the specification, or to a fact about one;
/// metadata only if there is nothing else; the whole part if there is not even that.
pub(super) fn field_of<'s>(target: &Target, chains: impl Iterator<Item = &'s [Step]>) -> String {
    let mut second = None;
    for chain in chains {
        let Some(landing) = landing(target, chain) else { continue };
        if landing.first {
            return landing.pointer;
        }
        second.get_or_insert(landing.pointer);
    }
    second.unwrap_or_else(|| target.pointer.clone())
}

struct Landing {
    pointer: String,
    /// It is a field that findings are about before all metadata.
    first: bool,
}

fn landing(target: &Target, chain: &[Step]) -> Option<Landing> {
    let walk = walk(target.entity, chain);
    let mut pointer = target.pointer.clone();
    let (mut first, mut any) = (true, false);
    let mut keys = String::new();
    for attribute in &walk.attributes {
        match attribute.stands {
            Stands::Object => pointer = target.object.clone(),
            Stands::Old => first = false,
            Stands::Key(key) => {
                keys.push('/');
                keys.push_str(key);
                any = true;
            }
            Stands::Fact(fact) => {
                for key in fact.field.split('/').filter(|key| !key.is_empty()) {
                    keys.push('/');
                    keys.push_str(key);
                }
                any = true;
            }
            Stands::Facts | Stands::Nowhere => {}
        }
    }
    if !any {
        return None;
    }
    if let Some(tag) = tag_of(&walk, chain) {
        keys.push('/');
        keys.push_str(&tag.replace('~', "~0").replace('/', "~1"));
    }
    let head = keys.split('/').nth(1).unwrap_or_default();
    first &= !matches!(head, "metadata" | "apiVersion" | "kind");
    Some(Landing { pointer: format!("{pointer}{keys}"), first })
}

/// The key of a map that the chain ends in.
fn tag_of<'s>(walk: &Walk<'_>, chain: &'s [Step]) -> Option<&'s str> {
    let last = walk.attributes.last()?;
    let Type::Entity(ty) = last.ty else { return None };
    let selector = Model::get().entity(ty).is_some_and(|ty| ty.tags && !ty.attributes.is_empty());
    match chain.get(walk.attributes.len()) {
        Some(Step::Tag(Some(tag))) if !selector => Some(tag),
        _ => None,
    }
}

/// The facts that chains read, with what each is about.
pub(super) fn facts_read<'s>(target: &Target, chains: impl Iterator<Item = &'s [Step]>) -> Vec<FactRead> {
    let mut read: Vec<FactRead> = Vec::new();
    for chain in chains {
        let walk = walk(target.entity, chain);
        if walk.attributes.iter().any(|attribute| attribute.stands == Stands::Old) {
            continue;
        }
        let Some((entity, _)) = walk.paths.last() else { continue };
        let index = if *entity == target.entity { target.index.clone() } else { Vec::new() };
        for spec in walk.facts() {
            let known = read.iter().any(|known| std::ptr::eq(known.spec, spec) && known.index == index);
            if !known {
                read.push(FactRead { spec, entity, index: index.clone() });
            }
        }
    }
    read
}
