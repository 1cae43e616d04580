//! Workflow commands of GitHub Actions: findings become annotations of the changed lines.

use engine::finding::{Finding, Severity};

use super::View;

/// One line a finding.
pub(crate) fn render(view: &View<'_>) -> String {
    view.report.findings.iter().map(|finding| format!("{}\n", command(finding))).collect()
}

fn command(finding: &Finding) -> String {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = finding.place.as_ref().filter(|place| place.source != "-") {
        properties.push(format!("file={}", property(&place.source)));
        properties.push(format!("line={},endLine={}", place.line, place.end_line));
        // GitHub takes columns only within one line.
        if place.line == place.end_line {
            properties.push(format!("col={},endColumn={}", place.column, place.end_column));
        }
    }
    properties.push(format!("title={}", property(&format!("{}: {}", finding.code, finding.title))));
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("::{word} {}::{}", properties.join(","), data(&format!("{}{help}", finding.message)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use crate::render::sample;

    #[test]
    fn a_finding_is_one_line_with_its_place() {
        let text = super::render(&sample::everything().view());
        let first = text.lines().next().unwrap();
        assert_eq!(
            first,
            "::error file=shop/web.yaml,line=6,endLine=6,col=9,endColumn=17,title=SVC-001%3A NodePort in production\
             ::Service `web` opens a port on every node: `NodePort` in production%0Ahelp: use `ClusterIP` behind an Ingress"
        );
    }

    #[test]
    fn what_commands_are_made_of_is_escaped() {
        assert_eq!(super::property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
        assert_eq!(super::data("100%: a,b"), "100%25: a,b");
    }
}
