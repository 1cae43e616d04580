//! The parts of an object, and the namespaces around it.

use super::values::record;
use super::*;

impl Builder<'_> {
    pub(super) fn template(&mut self, parts: &Parts<'_>, path: &'static [&'static str]) {
        let raw = raw(parts.object);
        let value = raw.at(path);
        let pointer: String = path.iter().map(|key| format!("/{key}")).collect();
        let id = format!("{}#{pointer}", parts.id);
        let Some(own) = uid(TEMPLATE, &id) else { return };
        if (parts.wanted)(TEMPLATE) {
            let target = Target {
                entity: TEMPLATE,
                index: Vec::new(),
                pointer: pointer.clone(),
                object: String::new(),
                uid: own.clone(),
            };
            self.built.targets.push(target);
        }
        if let Some(needs) = self.needs().of(TEMPLATE) {
            let here = Here { object: parts.object, id: parts.id, uid: &own, memo: parts.memo };
            let mut attributes = Attributes::new();
            self.record(
                &here,
                POD_TEMPLATE.fields,
                value,
                needs,
                &Path::of(&pointer),
                &mut Vec::new(),
                &mut attributes,
            );
            let ObjectRef { kind, name, namespace, .. } = &parts.object.id;
            let texts = [("ownerKind", kind), ("ownerName", name), ("namespace", namespace)];
            for (name, text) in texts.into_iter().filter(|(name, text)| *name != "namespace" || !text.is_empty()) {
                if needs.of(name).is_some() {
                    attributes.insert(name.into(), Cedar::from(text.as_str()));
                }
            }
            self.facts(&here, TEMPLATE, &[], needs, &mut attributes);
            let parents = parts.namespace.iter().chain([parts.own]).cloned().collect();
            self.built.entities.push(entity(own.clone(), attributes, parents, Attributes::new()));
        }
        let around = Around { ancestors: vec![parts.own.clone(), own.clone()], ..Around::root(&own, &pointer) };
        self.parts(parts, POD_TEMPLATE.fields, value.unwrap_or(&Value::NULL), &pointer, &around);
    }

    /// The parts inside `fields` of `value`.
    pub(super) fn parts(
        &mut self,
        parts: &Parts<'_>,
        fields: &'static [Field],
        value: &Value,
        pointer: &str,
        around: &Around,
    ) {
        for field in fields {
            let Some(value) = value.get(field.name) else { continue };
            let pointer = || format!("{pointer}/{}", field.name);
            match field.shape {
                Shape::Record(fields) => self.parts(parts, fields, value, &pointer(), around),
                Shape::Parts(part) if self.reaches(part, parts.wanted) => {
                    let pointer = pointer();
                    for (index, value) in value.as_list().unwrap_or_default().iter().enumerate() {
                        self.part(parts, part, value, format!("{pointer}/{index}"), around, index);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the part or one inside it is asked about or read.
    pub(super) fn reaches(&self, part: &Part, wanted: &dyn Fn(&str) -> bool) -> bool {
        fn inside(fields: &[Field], reaches: &dyn Fn(&Part) -> bool) -> bool {
            fields.iter().any(|field| match field.shape {
                Shape::Parts(part) => reaches(part),
                Shape::Record(fields) => inside(fields, reaches),
                _ => false,
            })
        }
        wanted(part.entity)
            || self.needs().of(part.entity).is_some()
            || inside(part.fields, &|part| self.reaches(part, wanted))
    }

    pub(super) fn part(
        &mut self,
        parts: &Parts<'_>,
        part: &'static Part,
        value: &Value,
        pointer: String,
        around: &Around,
        index: usize,
    ) {
        if self.built.entities.len() as u64 > self.most {
            return;
        }
        let Some(own) = uid(part.entity, &format!("{}#{pointer}", parts.id)) else { return };
        let indices: Vec<usize> = around.index.iter().copied().chain([index]).collect();
        if let Some(needs) = self.needs().of(part.entity) {
            let here = Here { object: parts.object, id: parts.id, uid: &own, memo: parts.memo };
            let mut attributes = Attributes::new();
            self.record(&here, part.fields, Some(value), needs, &Path::of(&pointer), &mut Vec::new(), &mut attributes);
            if needs.of("object").is_some() {
                attributes.insert("object".into(), Cedar::from(around.object.clone()));
                self.built.holes.link(&own, "object", &around.object);
            }
            if needs.of("index").is_some() {
                attributes.insert("index".into(), Cedar::from(i64::try_from(index).unwrap_or(i64::MAX)));
            }
            self.facts(&here, part.entity, &indices, needs, &mut attributes);
            let parents = parts.namespace.iter().chain(&around.ancestors).cloned().collect();
            self.built.entities.push(entity(own.clone(), attributes, parents, Attributes::new()));
        }
        let inner = Around {
            object: around.object.clone(),
            pointer: around.pointer.clone(),
            ancestors: around.ancestors.iter().cloned().chain([own.clone()]).collect(),
            index: indices.clone(),
        };
        if (parts.wanted)(part.entity) {
            let target = Target {
                entity: part.entity,
                index: indices,
                pointer: pointer.clone(),
                object: around.pointer.clone(),
                uid: own,
            };
            self.built.targets.push(target);
        }
        self.parts(parts, part.fields, value, &pointer, &inner);
    }

    /// Namespaces that policies write out.
    pub(super) fn namespaces(&mut self) {
        for name in &self.policies.namespaces {
            let (Some(own), Some(needs)) = (uid(NAMESPACE, name), self.needs().of(NAMESPACE)) else { continue };
            if self.built.entities.iter().any(|entity| entity.uid() == &own) {
                continue;
            }
            let id = ObjectRef {
                namespace: String::new(),
                kind: "Namespace".to_owned(),
                name: name.clone(),
                group: String::new(),
                version: "v1".to_owned(),
            };
            let labels = self.question.cluster.namespace_labels(name);
            let attributes = match (self.question.cluster.get(&id), labels) {
                (Some(object), _) => {
                    let here = Here { object, id: name, uid: &own, memo: &Memo::default() };
                    self.object_attributes(&here, NAMESPACE, needs)
                }
                (None, Some(labels)) => self.labelled_namespace(&own, name, &labels),
                (None, None) => {
                    let cause = match self.question.cluster.knowledge("", "Namespace", "") {
                        Knowledge::Failed(message) => Cause::failed(message),
                        Knowledge::NotGiven(message) => Cause::not_asked(message),
                        Knowledge::Complete => Cause::failed(format!("there is no Namespace `{name}`")),
                    };
                    self.built.holes.dig(&own, Vec::new(), cause);
                    Attributes::new()
                }
            };
            self.built.entities.push(entity(own, attributes, Vec::new(), Attributes::new()));
        }
    }

    /// A namespace of which only the labels are kept.
    pub(super) fn labelled_namespace(&mut self, own: &EntityUID, name: &str, labels: &[(&str, &str)]) -> Attributes {
        let pairs = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut metadata = Attributes::new();
        metadata.insert("name".into(), Cedar::from(name));
        metadata.extend(self.tags("meta::v1::Labels", pairs).map(|labels| ("labels".into(), labels)));
        for path in [&["metadata", "annotations"][..], &["facts"]] {
            let cause = Cause::failed(format!("only the labels of Namespace `{name}` are kept"));
            self.built.holes.dig(own, path.iter().map(|step| (*step).to_owned()).collect(), cause);
        }
        [("metadata".into(), record(metadata))].into_iter().collect()
    }
}

/// What all parts of one object share.
pub(super) struct Parts<'w> {
    pub(super) object: &'w Object,
    pub(super) id: &'w str,
    pub(super) own: &'w EntityUID,
    pub(super) namespace: &'w Option<EntityUID>,
    pub(super) wanted: &'w dyn Fn(&str) -> bool,
    pub(super) memo: &'w Memo,
}

/// What a part is inside of.
pub(super) struct Around {
    /// What `object` refers to.
    pub(super) object: EntityUID,
    /// JSON pointer of that.
    pub(super) pointer: String,
    /// The object, and parts around.
    pub(super) ancestors: Vec<EntityUID>,
    /// Indices of the parts around.
    pub(super) index: Vec<usize>,
}

impl Around {
    pub(super) fn root(object: &EntityUID, pointer: &str) -> Around {
        Around {
            object: object.clone(),
            pointer: pointer.to_owned(),
            ancestors: vec![object.clone()],
            index: Vec::new(),
        }
    }
}
