//! The pages of `reach -o html` and `diff -o html` in a real browser: chromium, without a window and without a network.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// Programs that can be the browser.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

fn main() {
    let browser = BROWSERS.iter().copied().find(|name| Command::new(name).arg("--version").output().is_ok());
    if browser.is_none() {
        println!("there is no browser: install chromium");
    }
    let trial = |name: &str, test: fn(&str) -> Result<(), Failed>| {
        let trial = Trial::test(name, move || test(browser.unwrap_or_default()));
        trial.with_ignored_flag(browser.is_none())
    };
    let trials = vec![
        trial("a_small_network_is_drawn_with_every_workload_and_explains_its_arrows", small),
        trial("five_hundred_workloads_start_as_namespaces_and_open", large),
        trial("both_colour_schemes_have_contrast", contrast),
        trial("a_difference_is_drawn_in_colours_and_says_why", difference),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Writes the page of these manifests, adds a script that leaves its findings in `document.title`, and reads them.
fn told(browser: &str, name: &str, manifests: &str, script: &str, more: &[&str]) -> Result<Value, Failed> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let manifest = folder.join("net.yaml");
    std::fs::write(&manifest, manifests).unwrap();
    let manifest = manifest.display().to_string();
    let page = page(&["reach", "-q", "-o", "html", "--pod-cidr", "172.16.0.0/12", "-f", &manifest], 0);
    told_by(browser, &folder, &page, script, more)
}

/// What the command writes.
fn page(arguments: &[&str], code: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hedgerow")).args(arguments).output().unwrap();
    assert!(output.status.code() == Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a script finds in a page.
fn told_by(browser: &str, folder: &Path, page: &str, script: &str, more: &[&str]) -> Result<Value, Failed> {
    let script =
        format!("<script>document.title = \"told \" + JSON.stringify((() => {{ {script} }})());</script></body>");
    let file: PathBuf = folder.join("net.html");
    std::fs::write(&file, page.replace("</body>", &script)).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,900", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(more)
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let page = String::from_utf8_lossy(&output.stdout);
    let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
    let Some(told) = title.strip_prefix("told ") else {
        let beginning: String = page.chars().take(400).collect();
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the script did not run: {complaint}\n{beginning}").into());
    };
    Ok(serde_json::from_str(&told.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))?)
}

const SMALL: &str = "
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web, labels: {app: web}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: db, labels: {app: db}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: jobs, name: one, labels: {app: one}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: shop, name: db}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]
";

fn small(browser: &str) -> Result<(), Failed> {
    let script = r#"
        const names = [...document.querySelectorAll("svg text.name")].map((text) => text.textContent);
        choose(scene.arrows.find((arrow) => arrow.label === "TCP 5432").key);
        const explained = document.getElementById("panel").innerText;
        const boxes = [...document.querySelectorAll("svg rect.node")].map((rect) => rect.getBoundingClientRect());
        const labels = [...document.querySelectorAll("svg text.label")].map((text) => text.getBoundingClientRect());
        const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
        const all = boxes.concat(labels);
        const overlaps = all.filter((one, at) => all.slice(at + 1).some((other) => !apart(one, other))).length;
        document.querySelector("svg g[data-key^='band shop']").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
        const closed = [...document.querySelectorAll("svg text.name")].map((text) => text.textContent);
        return { names, explained, overlaps, closed, ready: document.documentElement.dataset.ready };
    "#;
    let told = told(browser, "browser-small", SMALL, script, &[])?;
    for name in ["web", "db", "one", "outside"] {
        assert!(told["names"].as_array().unwrap().iter().any(|found| found == name), "{told:#}");
    }
    let explained = told["explained"].as_str().unwrap();
    for part in ["shop/web → shop/db", "rule /spec/ingress/0 of NetworkPolicy shop/db", "net.yaml:14", "port: 5432"] {
        assert!(explained.contains(part), "{part}: {explained}");
    }
    assert!(told["overlaps"] == 0 && told["ready"] == "yes", "{told:#}");
    assert!(told["closed"].as_array().unwrap().iter().any(|found| found == "+ shop"), "{told:#}");
    Ok(())
}

fn many() -> String {
    let mut text = String::new();
    for number in 0..500 {
        let (space, next) = (number / 25, (number * 7 + 3) % 20);
        text.push_str(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{namespace: team-{space}, name: pod-{number}, labels: {{app: a{number}}}}}}}\n---\n\
             {{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{namespace: team-{space}, name: p{number}}}, spec: {{\
             podSelector: {{matchLabels: {{app: a{number}}}}}, policyTypes: [Ingress, Egress], egress: [{{to: [{{namespaceSelector: {{}}}}]}}], \
             ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: team-{next}}}}}}}], ports: [{{port: {}}}]}}]}}}}\n---\n",
            8000 + number % 5
        ));
    }
    text
}

fn large(browser: &str) -> Result<(), Failed> {
    let script = r#"
        const start = performance.now(), count = () => document.querySelectorAll("svg [data-key]").length;
        const closed = count();
        at("search").value = "pod-123"; at("search").oninput();
        const found = document.querySelectorAll("[id=found] button").length;
        at("only").checked = true; document.querySelector("[id=found] button").click();
        const around = panel.querySelector("h2").innerText;
        at("only").checked = false; at("level").value = "workloads"; at("level").onchange();
        return { closed, found, around, all: scene.nodes.length, seconds: (performance.now() - start) / 1000 };
    "#;
    let told = told(browser, "browser-large", &many(), script, &[])?;
    assert!(told["closed"].as_u64().unwrap() < 500, "{told:#}");
    assert!(told["found"] == 1 && told["around"] == "team-4/pod-123", "{told:#}");
    assert!(told["all"].as_u64().unwrap() >= 500, "{told:#}");
    Ok(())
}

/// WCAG 2.1: 4.5 to 1 for text, 3 to 1 for what is drawn.
fn contrast(browser: &str) -> Result<(), Failed> {
    let script = r#"
        const style = getComputedStyle(document.documentElement), hex = (name) => style.getPropertyValue(name).trim();
        const light = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
        const ratio = (one, other) => { const [a, b] = [light(hex(one)), light(hex(other))]; return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
        const texts = ["--ink", "--dim", "--passes", "--doubtful", "--opened", "--cut", "--changed"];
        return { ground: hex("--ground"), texts: texts.flatMap((name) => ["--ground", "--box"].map((ground) => [name, ground, ratio(name, ground)])),
            lines: ["--edge", "--focus"].map((name) => [name, ratio(name, "--ground")]) };
    "#;
    for (scheme, ground) in [("1", "#ffffff"), ("0", "#0d1117")] {
        let setting = format!("--blink-settings=preferredColorScheme={scheme}");
        let told = told(browser, "browser-contrast", SMALL, script, &[&setting])?;
        assert_eq!(told["ground"], ground);
        for text in told["texts"].as_array().unwrap() {
            assert!(text[2].as_f64().unwrap() >= 4.5, "{ground}: {text}");
        }
        for line in told["lines"].as_array().unwrap() {
            assert!(line[1].as_f64().unwrap() >= 3.0, "{ground}: {line}");
        }
    }
    Ok(())
}

fn difference(browser: &str) -> Result<(), Failed> {
    let script = r#"
        const looks = [...new Set(scene.arrows.map((arrow) => arrow.look))].sort();
        const colour = (look) => getComputedStyle(document.querySelector(`svg .line.${look}`)).stroke;
        choose(scene.arrows.find((arrow) => arrow.look === "opened").key);
        return { title: document.querySelector("h1").innerText, looks, opened: colour("opened"), cut: colour("cut"),
            explained: panel.innerText, ready: document.documentElement.dataset.ready };
    "#;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-difference");
    std::fs::create_dir_all(&folder).unwrap();
    let [old, new] = ["old.yaml", "new.yaml"].map(|name| folder.join(name).display().to_string());
    std::fs::write(&old, SMALL).unwrap();
    std::fs::write(&new, SMALL.replace("5432", "5433")).unwrap();
    let page = page(&["diff", "-q", "-o", "html", &old, &new], 1);
    for scheme in ["1", "0"] {
        let setting = format!("--blink-settings=preferredColorScheme={scheme}");
        let told = told_by(browser, &folder, &page, script, &[&setting])?;
        assert!(told["title"] == "What changes" && told["ready"] == "yes", "{told:#}");
        assert!(told["looks"].as_array().unwrap().iter().any(|look| look == "cut"), "{told:#}");
        assert!(told["opened"] != told["cut"], "{told:#}");
        let explained = told["explained"].as_str().unwrap();
        assert!(explained.contains("opens") && explained.contains("new.yaml:"), "{explained}");
    }
    Ok(())
}
