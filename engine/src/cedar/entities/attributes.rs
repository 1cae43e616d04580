//! The attributes of an object or a part, along its shape: those that are read.

use super::values::{absent, content, fact_value, list, pairs, raw, record, requirement, scalar, wrong_type};
use super::*;

impl Builder<'_> {
    pub(super) fn object_attributes(&mut self, here: &Here<'_>, ty: &'static str, needs: &Needs) -> Attributes {
        let mut attributes = Attributes::new();
        let id = &here.object.id;
        for (name, value) in [("apiGroup", &id.group), ("apiVersion", &id.version), ("kind", &id.kind)] {
            if needs.of(name).is_some() {
                attributes.insert(name.into(), Cedar::from(value.as_str()));
            }
        }
        let raw = raw(here.object);
        if let Some(needs) = needs.of("metadata") {
            let metadata = self.metadata(here, raw.get("metadata"), needs);
            attributes.insert("metadata".into(), metadata);
        }
        if let Some(kind) = here.object.kind {
            let mut path = Vec::new();
            self.record(here, kind.fields, Some(raw), needs, &Path::ROOT, &mut path, &mut attributes);
            self.facts(here, ty, &[], needs, &mut attributes);
        }
        if needs.of("old").is_some()
            && self.suffix.is_empty()
            && let Some(old) = self.question.old
        {
            let id = format!("{}@old", object_id(&old.id));
            if let Some(old_uid) = uid(ty, &id) {
                self.built.holes.link(here.uid, "old", &old_uid);
                attributes.insert("old".into(), Cedar::from(old_uid));
                self.suffix = "@old";
                self.object(old, &|_| false);
                self.suffix = "";
            }
        }
        attributes
    }

    /// Name and namespace come from the request where the text has none.
    pub(super) fn metadata(&mut self, here: &Here<'_>, raw: Option<&Value>, needs: &Needs) -> Cedar {
        let mut attributes = Attributes::new();
        let mut path = vec!["metadata"];
        if here.object.raw.is_none() {
            self.typed_metadata(here, needs, &mut attributes);
        } else {
            self.record(here, METADATA, raw, needs, &Path::of("/metadata"), &mut path, &mut attributes);
        }
        let id = &here.object.id;
        for (name, value) in [("name", &here.object.meta.name), ("namespace", &id.namespace)] {
            if needs.of(name).is_some() && !value.is_empty() {
                attributes.insert(name.into(), Cedar::from(value.as_str()));
            }
        }
        record(attributes)
    }

    /// Metadata of an object whose text was dropped.
    pub(super) fn typed_metadata(&mut self, here: &Here<'_>, needs: &Needs, attributes: &mut Attributes) {
        let meta = &here.object.meta;
        let text = |pairs: &[(String, String)]| {
            pairs.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>()
        };
        if needs.of("labels").is_some() {
            let labels = self.tags("meta::v1::Labels", text(&meta.labels));
            attributes.extend(labels.map(|labels| ("labels".into(), labels)));
        }
        if needs.of("annotations").is_some() {
            let annotations = self.tags("meta::v1::Annotations", text(&meta.annotations));
            attributes.extend(annotations.map(|annotations| ("annotations".into(), annotations)));
            self.hole(here, &["metadata"], "annotations", "the annotations of watched objects are not kept".to_owned());
        }
    }

    /// Adds the attributes of `fields` that are read.
    #[expect(clippy::too_many_arguments, reason = "one place inside an object has an owner, a pointer and a path")]
    pub(super) fn record(
        &mut self,
        here: &Here<'_>,
        fields: &'static [Field],
        value: Option<&Value>,
        needs: &Needs,
        pointer: &Path<'_>,
        path: &mut Vec<&'static str>,
        into: &mut Attributes,
    ) {
        for field in fields {
            let named = field.shape.is_port_or_name();
            let name_needs = if named { needs.of(&format!("{}Name", field.name)) } else { None };
            let Some(of_field) = needs.of(field.name).or(name_needs) else { continue };
            let value = value.and_then(|value| value.get(field.name));
            self.field(here, field, value, of_field, pointer, path, into);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one place inside an object has an owner, a pointer and a path")]
    pub(super) fn field(
        &mut self,
        here: &Here<'_>,
        field: &'static Field,
        value: Option<&Value>,
        needs: &Needs,
        pointer: &Path<'_>,
        path: &mut Vec<&'static str>,
        into: &mut Attributes,
    ) {
        let inner = pointer.key(field.name);
        if value.is_none() && absent(field, here, &inner, path, self, into) {
            return;
        }
        let of_itself = !matches!(field.shape, Shape::Record(_) | Shape::Parts(_));
        let asked = of_itself && !here.object.unreadable.is_empty();
        if let Some(unreadable) = asked.then(|| here.object.unreadable_at(&inner.pointer())).flatten() {
            let cause = Cause::unreadable(unreadable, here.object);
            if field.shape.is_port_or_name() {
                self.gap(here, path, &format!("{}Name", field.name), cause.clone());
            }
            self.gap(here, path, field.name, cause);
            return;
        }
        if let (Shape::PortOrName, Some(value)) = (field.shape, value) {
            match &value.node {
                Node::Int(port) => drop(into.insert(field.name.into(), Cedar::from(*port))),
                Node::Text(name) => drop(into.insert(format!("{}Name", field.name).into(), Cedar::from(&**name))),
                _ => {
                    let message = wrong_type(&inner, value, "an integer or a string");
                    self.hole(here, path, field.name, message.clone());
                    self.hole(here, path, &format!("{}Name", field.name), message);
                }
            }
            return;
        }
        path.push(field.name);
        let made = self.shape(here, &field.shape, value, needs, &inner, path);
        path.pop();
        match made {
            Ok(Some(value)) => drop(into.insert(field.name.into(), value)),
            Ok(None) => {}
            Err(message) => self.hole(here, path, field.name, message),
        }
    }

    pub(super) fn shape(
        &mut self,
        here: &Here<'_>,
        shape: &'static Shape,
        value: Option<&Value>,
        needs: &Needs,
        pointer: &Path<'_>,
        path: &mut Vec<&'static str>,
    ) -> Result<Option<Cedar>, String> {
        Ok(match shape {
            Shape::Record(fields) => {
                if let Some(value) = value.filter(|value| value.as_map().is_none()) {
                    return Err(wrong_type(pointer, value, "a map"));
                }
                let mut attributes = Attributes::new();
                self.record(here, fields, value, needs, pointer, path, &mut attributes);
                Some(record(attributes))
            }
            Shape::Tags(ty) => self.tags(ty, pairs(value, pointer)?),
            Shape::Selector => self.selector(value, pointer)?,
            Shape::Parts(part) => {
                let id = |index| format!("{}#{pointer}/{index}", here.id);
                let uids = (0..list(value, pointer)?.len()).filter_map(|index| uid(part.entity, &id(index)));
                Some(Cedar::set(uids.map(Cedar::from), None))
            }
            Shape::Set(element) => {
                let mut elements = Vec::new();
                for (index, value) in list(value, pointer)?.iter().enumerate() {
                    let pointer = pointer.index(index);
                    // A hole inside an element is a hole of the whole set: nothing can be said of it.
                    let before = self.built.holes.count();
                    elements.extend(self.shape(here, element, Some(value), &ALL, &pointer, &mut Vec::new())?);
                    if let Some(cause) = self.built.holes.take_since(before) {
                        return Err(cause.message);
                    }
                }
                Some(Cedar::set(elements, None))
            }
            _ => value.map(|value| scalar(shape, value, pointer)).transpose()?,
        })
    }

    /// A map of text as an entity: equal maps are equal entities.
    pub(super) fn tags(&mut self, ty: &'static str, pairs: Vec<(String, String)>) -> Option<Cedar> {
        let uid = uid(ty, &content(&pairs))?;
        self.map_entity(&uid, Attributes::new(), pairs);
        Some(Cedar::from(uid))
    }

    pub(super) fn map_entity(&mut self, uid: &EntityUID, attributes: Attributes, pairs: Vec<(String, String)>) {
        if self.maps.insert(uid.clone()) {
            let tags = pairs.into_iter().map(|(key, value)| (key.into(), Cedar::from(value.as_str()))).collect();
            self.built.entities.push(entity(uid.clone(), attributes, Vec::new(), tags));
        }
    }

    pub(super) fn selector(&mut self, value: Option<&Value>, pointer: &Path<'_>) -> Result<Option<Cedar>, String> {
        if let Some(value) = value.filter(|value| value.as_map().is_none()) {
            return Err(wrong_type(pointer, value, "a map"));
        }
        let labels = pairs(value.and_then(|value| value.get("matchLabels")), &pointer.key("matchLabels"))?;
        let mut expressions = Vec::new();
        let mut id = content(&labels);
        if let Some(list) = value.and_then(|value| value.get("matchExpressions")) {
            let pointer = pointer.key("matchExpressions");
            let list = list.as_list().ok_or_else(|| wrong_type(&pointer, list, "a list"))?;
            for (index, value) in list.iter().enumerate() {
                let (key, operator, values) = requirement(value, &pointer.index(index))?;
                id.push_str(&format!(";{}", content(&[(key.clone(), operator.clone())])));
                id.extend(values.iter().map(|value| content(&[(value.clone(), String::new())])));
                let values = values.iter().map(|value| Cedar::from(value.as_str()));
                let fields = [
                    ("key", Cedar::from(key.as_str())),
                    ("operator", Cedar::from(operator.as_str())),
                    ("values", Cedar::set(values, None)),
                ];
                expressions.push(Cedar::record(fields, None));
            }
        }
        let Some(uid) = uid(LABEL_SELECTOR, &id) else { return Ok(None) };
        let all = labels.is_empty() && expressions.is_empty();
        let attributes = [("selectsAll", Cedar::from(all)), ("matchExpressions", Cedar::set(expressions, None))];
        let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        self.map_entity(&uid, attributes, labels);
        Ok(Some(Cedar::from(uid)))
    }

    pub(super) fn facts(
        &mut self,
        here: &Here<'_>,
        ty: &'static str,
        index: &[usize],
        needs: &Needs,
        into: &mut Attributes,
    ) {
        if needs.of("facts").is_none() {
            return;
        }
        let mut facts = Attributes::new();
        for spec in self.policies.facts.get(ty).map_or(&[][..], |facts| facts) {
            self.fact(here, spec, ty, index, &mut facts);
        }
        into.insert("facts".into(), record(facts));
    }

    pub(super) fn fact(
        &mut self,
        here: &Here<'_>,
        spec: &'static FactSpec,
        entity: &'static str,
        index: &[usize],
        into: &mut Attributes,
    ) {
        let Question { cluster, .. } = self.question;
        let Here { object, memo, .. } = *here;
        let about = About { cluster, object, entity, index, settings: &self.policies.settings, memo };
        match compute(spec, about) {
            Fact::Known(value) => drop(into.insert(spec.name.into(), fact_value(value))),
            Fact::NotApplicable => {}
            Fact::Unknown(cause) => {
                let path = vec!["facts".to_owned(), spec.name.to_owned()];
                self.built.holes.dig(here.uid, path, cause);
            }
        }
    }

    pub(super) fn hole(&mut self, here: &Here<'_>, path: &[&'static str], last: &str, message: String) {
        self.gap(here, path, last, Cause::failed(message));
    }

    fn gap(&mut self, here: &Here<'_>, path: &[&'static str], last: &str, cause: Cause) {
        let path = path.iter().copied().chain([last]).map(str::to_owned).collect();
        self.built.holes.dig(here.uid, path, cause);
    }
}
