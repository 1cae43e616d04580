//! SubjectAccessReview (authorization.k8s.io/v1): may this user do that?

use super::fields::Fields;
use crate::text::Value;

/// `spec` of a SubjectAccessReview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// Who asks.
    pub user: String,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// What is asked.
    pub attributes: AccessAttributes,
}

/// What a SubjectAccessReview is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessAttributes {
    /// An object or a set of objects.
    Resource {
        /// Such as `get`, `list`, `create`.
        verb: String,
        /// API group; empty for the core group, `*` for all.
        group: String,
        /// API version.
        version: String,
        /// Plural name, such as `services`.
        resource: String,
        /// Such as `status`; empty for the object itself.
        subresource: String,
        /// Empty for cluster-scoped resources, or for all namespaces.
        namespace: String,
        /// Empty for all objects.
        name: String,
    },
    /// A path of the API server.
    NonResource {
        /// Such as `get`.
        verb: String,
        /// Such as `/healthz`.
        path: String,
    },
}

/// Reads a SubjectAccessReview.
///
/// # Errors
/// What is missing or has the wrong type, in one line.
pub fn decode_access_review(review: &Value) -> Result<AccessRequest, String> {
    let kind = review.get("kind").and_then(Value::as_str);
    let version = review.get("apiVersion").and_then(Value::as_str);
    if kind != Some("SubjectAccessReview") || version != Some("authorization.k8s.io/v1") {
        return Err("the body is no SubjectAccessReview of `authorization.k8s.io/v1`".to_owned());
    }
    let review = Fields { of: "review", value: review };
    let spec = review.map("spec")?;
    let given = |key| spec.value.get(key).is_some();
    let attributes = match (given("resourceAttributes"), given("nonResourceAttributes")) {
        (true, false) => resource(&spec.map("resourceAttributes")?)?,
        (false, true) => {
            let fields = spec.map("nonResourceAttributes")?;
            AccessAttributes::NonResource { verb: fields.text("verb")?, path: fields.text("path")? }
        }
        _ => return Err("`spec` wants either `resourceAttributes` or `nonResourceAttributes`".to_owned()),
    };
    let (user, groups) = (spec.text("user")?, spec.texts("groups")?);
    if user.is_empty() && groups.is_empty() {
        return Err("`spec.user` and `spec.groups` are missing".to_owned());
    }
    Ok(AccessRequest { user, groups, attributes })
}

fn resource(fields: &Fields<'_>) -> Result<AccessAttributes, String> {
    Ok(AccessAttributes::Resource {
        verb: fields.text("verb")?,
        group: fields.text("group")?,
        version: fields.text("version")?,
        resource: fields.text("resource")?,
        subresource: fields.text("subresource")?,
        namespace: fields.text("namespace")?,
        name: fields.text("name")?,
    })
}
