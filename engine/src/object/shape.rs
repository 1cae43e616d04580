//! The language in which a kind says what it looks like.
//!
//! A shape names the fields that Hedgerow reads, in Kubernetes' spelling, and how each becomes a Cedar attribute. Fields
//! that no shape names are kept in the object's text and otherwise ignored. Shapes are plain constants.

/// The type of a field, and how Cedar sees it.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A boolean → `Bool`.
    Bool,
    /// An integer → `Long`.
    Long,
    /// Text → `String`.
    Text,
    /// A quantity or timestamp that is only carried along → `String`.
    Opaque,
    /// An IP address or CIDR, written as text → `ipaddr`. A value that is none is a finding and the attribute is absent.
    Address,
    /// A map of text to text → an entity of the named type whose tags are the entries. Absent means empty.
    Tags(&'static str),
    /// A `metav1.LabelSelector` → an entity `meta::v1::LabelSelector` whose tags are `matchLabels`, with the attributes
    /// `selectsAll: Bool` (no requirement at all) and `matchExpressions: Set<{key, operator, values}>`.
    Selector,
    /// A list → `Set`.
    Set(&'static Shape),
    /// A map with named fields → a record.
    Record(&'static [Field]),
    /// `IntOrString` → two attributes: `NAME: Long` for a number, `NAMEName: String` for a name; both optional.
    PortOrName,
    /// A list whose elements are resources by themselves → `Set` of entities of the part's type.
    Parts(&'static Part),
}

/// Whether a field is there.
#[derive(Clone, Copy, Debug)]
pub enum Presence {
    /// The API always has it: a required attribute. If the input lacks it, that is a finding and the object is unreadable.
    Required,
    /// It may be absent: an optional attribute.
    Optional,
    /// The API server fills it in: a required attribute with this value where the input has none.
    Default(Literal),
    /// A list or map that may be absent, which means the same as empty: a required attribute.
    OrEmpty,
}

/// A default value.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Long(i64),
    /// Text.
    Text(&'static str),
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Kubernetes' name of the field, which is also the attribute's name.
    pub name: &'static str,
    /// Its type.
    pub shape: Shape,
    /// Whether it is there.
    pub presence: Presence,
    /// What it means, in a sentence; goes into the schema's documentation.
    pub doc: &'static str,
}

/// An element of a list (or the pod template of a workload) that a policy can talk about by itself. Its Cedar entity has
/// the fields below and also: `object` (the entity of `owner`), `index: Long` (its place in the list; absent for a pod
/// template), and `facts`. Its parents are `object`, the part it is in, and the Namespace.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Cedar entity type, such as `core::v1::ServicePort`.
    pub entity: &'static str,
    /// What `object` refers to: the entity type of the object (or of the pod template) it belongs to.
    pub owner: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// What it is, in a sentence.
    pub doc: &'static str,
}

/// A required field.
pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, presence: Presence::Required, doc }
}

/// An optional field.
pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, presence: Presence::Optional, doc }
}

/// A list, map or record that means the same when absent and when empty.
pub const fn or_empty(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, presence: Presence::OrEmpty, doc }
}

/// A field that the API server fills in.
pub const fn default(name: &'static str, shape: Shape, literal: Literal, doc: &'static str) -> Field {
    Field { name, shape, presence: Presence::Default(literal), doc }
}
