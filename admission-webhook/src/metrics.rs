//! Counters and one histogram, in OpenMetrics text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a page of this format is called.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every counter, with what it counts. Counting under another name is a mistake that a test finds.
const COUNTERS: &[(&str, &str)] = &[
    ("hedgerow_requests", "Requests answered, by endpoint and decision."),
    ("hedgerow_findings", "Findings in answers, by code and outcome."),
    ("hedgerow_unknowns", "Policies that could not decide, by code and outcome."),
    ("hedgerow_failures", "Requests answered without a decision, by reason."),
    ("hedgerow_unknown_kinds", "Requests about a kind that is not modelled."),
    ("hedgerow_rejected", "Requests refused before they were judged, by HTTP status."),
    ("hedgerow_handshakes_failed", "TLS handshakes that did not come about."),
    ("hedgerow_policy_reloads", "Changes of policies that were put in force."),
    ("hedgerow_policy_reload_failures", "Changes of policies that were not; the last good ones stay."),
    ("hedgerow_certificate_reloads", "Changes of the certificate that were put in force."),
    ("hedgerow_certificate_reload_failures", "Changes of the certificate that were not; the last good one stays."),
    ("hedgerow_watch_relists", "Lists of a kind, by kind."),
    ("hedgerow_watch_errors", "Watches or lists that broke, by kind."),
    ("hedgerow_watch_unreadable", "Mistakes in watched objects that keep facts from being worked out, by code."),
];

/// Upper bounds of the histogram, in seconds.
const BUCKETS: &[f64] = &[0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// All that is counted since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    counters: Mutex<BTreeMap<(&'static str, String), u64>>,
    durations: Mutex<BTreeMap<&'static str, Histogram>>,
}

#[derive(Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: f64,
}

/// One value that is measured when the page is asked for.
pub(crate) struct Gauge {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    /// Labels and value.
    pub(crate) samples: Vec<(String, f64)>,
}

impl Metrics {
    /// Adds one.
    pub(crate) fn count(&self, name: &'static str, labels: &[(&str, &str)]) {
        debug_assert!(COUNTERS.iter().any(|(known, _)| *known == name), "{name} is not in the table");
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry((name, label_text(labels))).or_default() += 1;
    }

    /// Puts the time of one answer into the histogram.
    pub(crate) fn observe(&self, endpoint: &'static str, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = durations.entry(endpoint).or_default();
        histogram.count += 1;
        histogram.sum += seconds;
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= *bound);
        }
    }

    /// The page.
    pub(crate) fn page(&self, gauges: &[Gauge]) -> String {
        let mut page = String::new();
        self.write_counters(&mut page);
        self.write_durations(&mut page);
        for Gauge { name, help, samples } in gauges {
            write_head(&mut page, name, "gauge", help);
            for (labels, value) in samples {
                let _ = writeln!(page, "{name}{labels} {value}");
            }
        }
        page.push_str("# EOF\n");
        page
    }

    fn write_counters(&self, page: &mut String) {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, help) in COUNTERS {
            write_head(page, name, "counter", help);
            for ((_, labels), value) in counters.range((*name, String::new())..).take_while(|((at, _), _)| at == name) {
                let _ = writeln!(page, "{name}_total{labels} {value}");
            }
        }
    }

    fn write_durations(&self, page: &mut String) {
        let name = "hedgerow_request_duration_seconds";
        write_head(page, name, "histogram", "Time from the last byte of the request to the first of the answer.");
        for (endpoint, histogram) in self.durations.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (bucket, bound) in histogram.buckets.iter().zip(BUCKETS) {
                let _ = writeln!(page, "{name}_bucket{{endpoint=\"{endpoint}\",le=\"{bound}\"}} {bucket}");
            }
            let Histogram { count, sum, .. } = histogram;
            let _ = writeln!(page, "{name}_bucket{{endpoint=\"{endpoint}\",le=\"+Inf\"}} {count}");
            let _ = writeln!(page, "{name}_sum{{endpoint=\"{endpoint}\"}} {sum}");
            let _ = writeln!(page, "{name}_count{{endpoint=\"{endpoint}\"}} {count}");
        }
    }
}

fn write_head(page: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(page, "# TYPE {name} {kind}\n# HELP {name} {help}");
}

/// `{kind="Service",state="synced"}`; empty without labels.
pub(crate) fn label_text(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_openmetrics() {
        let metrics = Metrics::default();
        metrics.count("hedgerow_failures", &[("reason", "deadline")]);
        metrics.count("hedgerow_failures", &[("reason", "deadline")]);
        metrics.count("hedgerow_unknown_kinds", &[]);
        metrics.observe("validate", Duration::from_millis(3));
        let page = metrics.page(&[Gauge {
            name: "hedgerow_watch_age_seconds",
            help: "Age.",
            samples: vec![(label_text(&[("kind", "a\"b")]), 1.5)],
        }]);
        for line in [
            "# TYPE hedgerow_failures counter",
            "hedgerow_failures_total{reason=\"deadline\"} 2",
            "hedgerow_unknown_kinds_total 1",
            "hedgerow_request_duration_seconds_bucket{endpoint=\"validate\",le=\"0.0025\"} 0",
            "hedgerow_request_duration_seconds_bucket{endpoint=\"validate\",le=\"0.005\"} 1",
            "hedgerow_request_duration_seconds_count{endpoint=\"validate\"} 1",
            "hedgerow_watch_age_seconds{kind=\"a\\\"b\"} 1.5",
        ] {
            assert!(page.lines().any(|at| at == line), "{line} is not in\n{page}");
        }
        assert!(page.ends_with("# EOF\n"));
    }
}
