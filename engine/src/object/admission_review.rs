//! AdmissionReview (admission.k8s.io/v1): the question of an API server.

use super::fields::Fields;
use crate::text::Value;

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// CREATE
    Create,
    /// UPDATE
    Update,
    /// DELETE
    Delete,
    /// CONNECT
    Connect,
}

impl Operation {
    /// Reads `create`, `CREATE` and so on; `None` for any other text.
    pub fn parse(text: &str) -> Option<Operation> {
        let all = [Operation::Create, Operation::Update, Operation::Delete, Operation::Connect];
        all.into_iter().find(|operation| operation.as_str().eq_ignore_ascii_case(text))
    }

    /// `create`, `update`, `delete` or `connect`: the word of Cedar's actions.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
            Operation::Connect => "connect",
        }
    }
}

/// `request` of an AdmissionReview.
#[derive(Clone, Debug)]
pub struct AdmissionRequest {
    /// To be echoed in the answer.
    pub uid: String,
    /// Group of the object's kind; empty for the core group.
    pub group: String,
    /// Version of the object's kind.
    pub version: String,
    /// The object's kind.
    pub kind: String,
    /// Plural name of the resource, such as `services`.
    pub resource: String,
    /// Such as `status` or `scale`; empty for the object itself.
    pub subresource: String,
    /// What is done.
    pub operation: Operation,
    /// Namespace; empty for cluster-scoped objects. Wins over the object's own.
    pub namespace: String,
    /// Name; empty on CREATE with `generateName`. Wins over the object's own.
    pub name: String,
    /// The object; absent on DELETE.
    pub object: Option<Value>,
    /// The object before; absent on CREATE.
    pub old_object: Option<Value>,
    /// Who asks.
    pub user: String,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// Nothing is stored.
    pub dry_run: bool,
}

impl AdmissionRequest {
    /// `GROUP/VERSION` of the object's kind, or the version alone for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

/// Reads an AdmissionReview. The objects in it are moved, not copied.
///
/// # Errors
/// What is missing or has the wrong type, in one line.
pub fn decode_admission_review(mut review: Value) -> Result<AdmissionRequest, String> {
    let kind = review.get("kind").and_then(Value::as_str);
    let version = review.get("apiVersion").and_then(Value::as_str);
    if kind != Some("AdmissionReview") || version != Some("admission.k8s.io/v1") {
        return Err("the body is no AdmissionReview of `admission.k8s.io/v1`".to_owned());
    }
    let mut request = review.take("request").ok_or("`request` is missing")?;
    if request.as_map().is_none() {
        return Err("`request` is no map".to_owned());
    }
    let objects = [take_object(&mut request, "object")?, take_object(&mut request, "oldObject")?];
    decode_request(&request, objects)
}

fn decode_request(request: &Value, [object, old_object]: [Option<Value>; 2]) -> Result<AdmissionRequest, String> {
    let fields = Fields { of: "request", value: request };
    let kind = fields.map("kind")?;
    let resource = fields.map("resource")?;
    let user = fields.map("userInfo")?;
    let operation = fields.required("operation")?;
    Ok(AdmissionRequest {
        uid: fields.required("uid")?,
        group: kind.text("group")?,
        version: kind.required("version")?,
        kind: kind.required("kind")?,
        resource: resource.text("resource")?,
        subresource: fields.text("subResource")?,
        operation: Operation::parse(&operation)
            .ok_or_else(|| format!("`request.operation` is `{operation}`, and there is no such operation"))?,
        namespace: fields.text("namespace")?,
        name: fields.text("name")?,
        object,
        old_object,
        user: user.text("username")?,
        groups: user.texts("groups")?,
        dry_run: fields.bool("dryRun")?,
    })
}

fn take_object(request: &mut Value, key: &str) -> Result<Option<Value>, String> {
    match request.take(key) {
        Some(value) if value.as_map().is_none() => Err(format!("`request.{key}` is no map")),
        value => Ok(value),
    }
}
