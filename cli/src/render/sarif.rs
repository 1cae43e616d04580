//! SARIF 2.1.0, for code scanning of forges. Regions are exact; columns are UTF-16 code units, as `columnKind` says.

use std::collections::BTreeMap;

use engine::finding::{Finding, Fix, Place, Related, Severity};
use engine::review::Unknown;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::View;
use crate::command::check::failed;
use crate::exit::Exit;
use crate::sources::Sources;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://hedgerow.dev";

/// The report as SARIF, with a line break at its end.
pub(crate) fn render(view: &View<'_>) -> String {
    let rules = Rules::of(&view.report.findings);
    let mut prints = Fingerprints::default();
    let results: Vec<Value> =
        view.report.findings.iter().map(|finding| result(finding, &rules, &mut prints, view.sources)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "hedgerow",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": rules.list,
            } },
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": view.exit != Exit::Unusable,
                "exitCode": view.exit.number(),
                "toolExecutionNotifications": notifications(view),
            }],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// One rule for each code, in the order of first use.
struct Rules {
    list: Vec<Value>,
    index: BTreeMap<String, usize>,
}

impl Rules {
    fn of(findings: &[Finding]) -> Rules {
        let mut rules = Rules { list: Vec::new(), index: BTreeMap::new() };
        for finding in findings {
            if !rules.index.contains_key(&finding.code) {
                rules.index.insert(finding.code.clone(), rules.list.len());
                rules.list.push(rule(finding));
            }
        }
        rules
    }
}

fn rule(finding: &Finding) -> Value {
    let mut rule = json!({
        "id": finding.code,
        "shortDescription": { "text": sentence(&finding.title) },
        "defaultConfiguration": { "level": level(finding.severity) },
        "properties": { "tags": ["kubernetes", "network"] },
    });
    if let Some(policy) = &finding.policy {
        rule["name"] = json!(policy.id);
    }
    if let Some(help) = &finding.help {
        let links: String = finding.references.iter().map(|reference| format!("\n- {reference}")).collect();
        let text = format!("{}{links}", sentence(help));
        rule["help"] = json!({ "text": text, "markdown": text });
    }
    if let Some(url) = finding.references.iter().find(|reference| reference.starts_with("https://")) {
        rule["helpUri"] = json!(url);
    }
    rule
}

fn result(finding: &Finding, rules: &Rules, prints: &mut Fingerprints, sources: &Sources) -> Value {
    let mut location = json!({});
    if let Some(place) = &finding.place {
        location["physicalLocation"] = physical(place, sources);
    }
    if let Some(object) = &finding.object {
        let name = format!("{}{}", object.display(), finding.field);
        location["logicalLocations"] = json!([{ "fullyQualifiedName": name, "kind": "object" }]);
    }
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": rules.index.get(&finding.code),
        "level": level(finding.severity),
        "message": { "text": sentence(&finding.message) },
        "locations": [location],
        "partialFingerprints": { "hedgerow/v1": prints.next(finding) },
    });
    let related: Vec<Value> =
        finding.related.iter().enumerate().filter_map(|(id, related)| related_location(id, related, sources)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
        result["fixes"] = json!([change(fix, sources)]);
    }
    result
}

fn related_location(id: usize, related: &Related, sources: &Sources) -> Option<Value> {
    let place = related.place.as_ref()?;
    Some(json!({
        "id": id,
        "physicalLocation": physical(place, sources),
        "message": { "text": sentence(&related.message) },
    }))
}

fn change(fix: &Fix, sources: &Sources) -> Value {
    let mut files = BTreeMap::<&str, Vec<Value>>::new();
    for edit in &fix.edits {
        let replacement = json!({
            "deletedRegion": region(&edit.place, sources),
            "insertedContent": { "text": edit.text },
        });
        files.entry(&edit.place.source).or_default().push(replacement);
    }
    let changes: Vec<Value> = files
        .into_iter()
        .map(|(source, replacements)| json!({ "artifactLocation": artifact(source), "replacements": replacements }))
        .collect();
    json!({ "description": { "text": sentence(&fix.title) }, "artifactChanges": changes })
}

fn physical(place: &Place, sources: &Sources) -> Value {
    json!({ "artifactLocation": artifact(&place.source), "region": region(place, sources) })
}

fn region(place: &Place, sources: &Sources) -> Value {
    let (start, end) = sources.utf16_columns(place);
    json!({ "startLine": place.line, "startColumn": start, "endLine": place.end_line, "endColumn": end })
}

fn artifact(source: &str) -> Value {
    let uri = match source {
        "-" => "stdin".to_owned(),
        path if path.starts_with('/') => format!("file://{}", escaped(path)),
        path => escaped(path),
    };
    json!({ "uri": uri })
}

/// A path as a URI: what a URI does not take as it is, is percent-encoded.
fn escaped(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn notifications(view: &View<'_>) -> Vec<Value> {
    view.report.unknowns.iter().map(notification).collect()
}

fn notification(unknown: &Unknown) -> Value {
    let about = unknown.object.as_ref().map(|object| format!(" for {}", object.display())).unwrap_or_default();
    let causes: Vec<&str> = unknown.causes.iter().map(|cause| cause.message.as_str()).collect();
    let text = format!("policy `{}` is not decided{about}: {}", unknown.policy.id, causes.join("; "));
    json!({
        "level": if failed(unknown) { "warning" } else { "note" },
        "message": { "text": sentence(&text) },
        "associatedRule": { "id": unknown.code },
    })
}

/// Fingerprints that stay the same when lines move: they are made of the code, the object and the field, and of a number where
/// the same three stand twice.
#[derive(Default)]
struct Fingerprints {
    seen: BTreeMap<String, u32>,
}

impl Fingerprints {
    fn next(&mut self, finding: &Finding) -> String {
        let what = match &finding.object {
            Some(object) => format!("{} {} {}", object.group, object.display(), finding.field),
            None => finding.message.clone(),
        };
        let hash = Sha256::digest(format!("{}\n{what}", finding.code));
        let print: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let times = self.seen.entry(print.clone()).or_default();
        *times += 1;
        format!("{print}:{times}")
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Messages have no full stop; SARIF's are sentences.
fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::render::sample::{self, Sample};

    fn check(sample: &Sample) -> Value {
        let mut schema: Value =
            serde_json::from_str(include_str!("../../tests/vendor/sarif/sarif-schema-2.1.0.json")).unwrap();
        // Its pattern for `language`, which is never written here, is no regular expression in today's syntax.
        for of in ["run", "toolComponent"] {
            schema["definitions"][of]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
        }
        let log: Value = serde_json::from_str(&super::render(&sample.view())).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        log
    }

    #[test]
    fn every_report_is_valid_by_the_schema_of_sarif() {
        sample::all().iter().for_each(|sample| drop(check(sample)));
    }

    #[test]
    fn regions_are_exact() {
        let log = check(&sample::everything());
        let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(*region, serde_json::json!({ "startLine": 6, "startColumn": 9, "endLine": 6, "endColumn": 17 }));
    }

    #[test]
    fn fingerprints_stay_when_lines_move() {
        let print = |log: &Value| log["runs"][0]["results"][0]["partialFingerprints"].clone();
        assert_eq!(print(&check(&sample::everything())), print(&check(&sample::moved_down())));
    }

    #[test]
    fn the_same_finding_twice_has_two_fingerprints() {
        let log = check(&sample::twice());
        let print = |at: usize| log["runs"][0]["results"][at]["partialFingerprints"]["hedgerow/v1"].clone();
        assert_ne!(print(0), print(1));
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(super::artifact("a b/ü.yaml")["uri"], "a%20b/%C3%BC.yaml");
        assert_eq!(super::artifact("/tmp/a.yaml")["uri"], "file:///tmp/a.yaml");
        assert_eq!(super::artifact("-")["uri"], "stdin");
    }
}
