//! PolicyTest documents → what they ask for.

use crate::cluster::World;
use crate::finding::{Code, Finding, Place};
use crate::reach::PortAsk;
use crate::text::{Lines, Source, Value, to_json};

/// A PolicyTest in typed form. Objects stay values: each case makes its own.
pub(super) struct Spec<'a> {
    /// `policies`: the ids that the file is about; absent: all policies of the file's folder.
    pub policies: Option<Vec<String>>,
    /// `world`.
    pub world: World,
    /// `given`: objects, or `file: PATH`.
    pub given: Vec<&'a Value>,
    /// `cases`.
    pub cases: Vec<CaseSpec<'a>>,
}

/// One case.
pub(super) struct CaseSpec<'a> {
    pub name: String,
    pub value: &'a Value,
    pub operation: Option<String>,
    pub user: Option<String>,
    pub groups: Vec<String>,
    pub dry_run: bool,
    pub given: Vec<&'a Value>,
    pub object: Option<&'a Value>,
    /// `connect`.
    pub connect: Option<ConnectSpec>,
    pub old_object: Option<&'a Value>,
    /// `expect.review`.
    pub review: String,
    /// `expect.findings`.
    pub findings: Vec<Expected>,
}

/// A connection that a case asks about.
pub(super) struct ConnectSpec {
    /// Where it comes from, by name.
    pub from: String,
    /// Where it goes, by name.
    pub to: String,
    /// The port.
    pub port: PortAsk,
}

/// One expected finding.
pub(super) struct Expected {
    pub id: String,
    pub field: Option<String>,
    pub message: Option<String>,
}

/// Tells of problems in one PolicyTest file.
pub(super) struct Problems<'a> {
    pub source: &'a Source,
    pub lines: Lines,
    pub found: Vec<Finding>,
}

impl Problems<'_> {
    /// Adds a problem at a value.
    pub(super) fn add(&mut self, at: &Value, message: String) {
        let place: Place = self.lines.place(self.source, at.span);
        self.found.push(Finding { place: Some(place), ..Code::BadTest.finding(message) });
    }
}

const FILE_KEYS: &[&str] = &["apiVersion", "kind", "metadata", "policies", "world", "given", "cases"];
const CASE_KEYS: &[&str] = &["name", "request", "given", "object", "oldObject", "connect", "expect"];
const CONNECT_KEYS: &[&str] = &["from", "to", "port"];
const REQUEST_KEYS: &[&str] = &["operation", "user", "groups", "dryRun"];
const EXPECT_KEYS: &[&str] = &["review", "findings"];
const FINDING_KEYS: &[&str] = &["id", "field", "message"];
const REVIEWS: &[&str] = &["allow", "warn", "deny", "unknown"];

impl<'a> Spec<'a> {
    /// Reads one document; what is wrong goes to `problems`, and a case with a problem is left out.
    pub(super) fn read(document: &'a Value, problems: &mut Problems<'_>) -> Spec<'a> {
        keys(document, FILE_KEYS, problems);
        let world = match document.get("world").and_then(Value::as_str) {
            None | Some("closed") => World::Closed,
            Some("open") => World::Open,
            Some("auto") => World::Auto,
            Some(other) => {
                problems.add(document, format!("`world` is `{other}`; it is `closed`, `open` or `auto`"));
                World::Closed
            }
        };
        let policies = document.get("policies").map(|list| texts(list, "policies", problems));
        let given = elements(document, "given", problems);
        let cases = elements(document, "cases", problems);
        if cases.is_empty() {
            problems.add(document, "the file has no `cases`".to_owned());
        }
        let cases = cases.into_iter().filter_map(|case| CaseSpec::read(case, problems)).collect();
        Spec { policies, world, given, cases }
    }
}

impl<'a> CaseSpec<'a> {
    fn read(case: &'a Value, problems: &mut Problems<'_>) -> Option<CaseSpec<'a>> {
        let before = problems.found.len();
        keys(case, CASE_KEYS, problems);
        let name = text(case, "name", problems);
        if name.is_none() {
            problems.add(case, "the case has no `name`".to_owned());
        }
        let request = case.get("request").unwrap_or(&Value::NULL);
        keys(request, REQUEST_KEYS, problems);
        let expect = case.get("expect").unwrap_or(&Value::NULL);
        keys(expect, EXPECT_KEYS, problems);
        let review = text(expect, "review", problems).unwrap_or_default();
        if !REVIEWS.contains(&review.as_str()) {
            problems.add(case, "`expect.review` is `allow`, `warn`, `deny` or `unknown`".to_owned());
        }
        let (object, old_object) = (case.get("object"), case.get("oldObject"));
        let connect = case.get("connect").map(|value| connect(value, problems));
        match (object.or(old_object), &connect) {
            (None, None) => problems.add(case, "the case has neither `object`, `oldObject` nor `connect`".to_owned()),
            (Some(_), Some(_)) => {
                problems.add(case, "the case has both an object and `connect`; make two cases of it".to_owned());
            }
            _ => {}
        }
        let spec = CaseSpec {
            name: name.unwrap_or_default(),
            value: case,
            operation: text(request, "operation", problems),
            user: text(request, "user", problems),
            groups: request.get("groups").map(|list| texts(list, "groups", problems)).unwrap_or_default(),
            dry_run: request.get("dryRun").and_then(Value::as_bool).unwrap_or(false),
            given: elements(case, "given", problems),
            object,
            connect: connect.flatten(),
            old_object,
            review,
            findings: elements(expect, "findings", problems).iter().map(|one| expected(one, problems)).collect(),
        };
        (problems.found.len() == before).then_some(spec)
    }
}

fn connect(value: &Value, problems: &mut Problems<'_>) -> Option<ConnectSpec> {
    keys(value, CONNECT_KEYS, problems);
    let [from, to] = ["from", "to"].map(|key| text(value, key, problems));
    for (key, found) in [("from", &from), ("to", &to)] {
        if found.is_none() {
            problems.add(
                value,
                format!("`connect` has no `{key}`: a workload as NAMESPACE/NAME, an address, a CIDR or `outside`"),
            );
        }
    }
    let port = value.get("port").map(|port| port.as_str().map_or_else(|| to_json(port), str::to_owned));
    let port = port.as_deref().and_then(PortAsk::parse);
    if port.is_none() {
        problems.add(value, "`connect` has no `port` such as `5432` or `53/UDP`".to_owned());
    }
    Some(ConnectSpec { from: from?, to: to?, port: port? })
}

fn expected(value: &Value, problems: &mut Problems<'_>) -> Expected {
    keys(value, FINDING_KEYS, problems);
    let id = text(value, "id", problems);
    if id.is_none() {
        problems.add(value, "an expected finding has no `id`".to_owned());
    }
    Expected {
        id: id.unwrap_or_default(),
        field: text(value, "field", problems),
        message: text(value, "message", problems),
    }
}

/// Refuses keys that mean nothing, so that a typing mistake never makes a test pass.
fn keys(value: &Value, known: &[&str], problems: &mut Problems<'_>) {
    if value.is_null() {
        return;
    }
    let Some(map) = value.as_map() else {
        problems
            .add(value, format!("a {} stands where a map with `{}` belongs", value.type_name(), known.join("`, `")));
        return;
    };
    for entry in map.iter().filter(|entry| !known.contains(&&*entry.key)) {
        let message = format!("`{}` means nothing here; known are `{}`", entry.key, known.join("`, `"));
        problems.add(&entry.value, message);
    }
}

fn text(value: &Value, key: &str, problems: &mut Problems<'_>) -> Option<String> {
    let found = value.get(key)?;
    if found.as_str().is_none() {
        problems.add(found, format!("`{key}` is a {}; it is a string", found.type_name()));
    }
    found.as_str().map(str::to_owned)
}

fn texts(list: &Value, key: &str, problems: &mut Problems<'_>) -> Vec<String> {
    let all: Option<Vec<String>> =
        list.as_list().and_then(|list| list.iter().map(|one| one.as_str().map(str::to_owned)).collect());
    if all.is_none() {
        problems.add(list, format!("`{key}` is no list of strings"));
    }
    all.unwrap_or_default()
}

fn elements<'a>(value: &'a Value, key: &str, problems: &mut Problems<'_>) -> Vec<&'a Value> {
    let Some(found) = value.get(key) else { return Vec::new() };
    if found.as_list().is_none() {
        problems.add(found, format!("`{key}` is a {}; it is a list", found.type_name()));
    }
    found.as_list().unwrap_or_default().iter().collect()
}
