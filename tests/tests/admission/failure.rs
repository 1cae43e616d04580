//! Requests without a decision: too slow, too large, too many, hostile, and a webhook that dies.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, Client, Response, free_port};
use hedgerow_tests::wait::{paced, wait_until};
use hedgerow_tests::webhook::{Settings, Webhook};
use serde_json::{Value, json};

use crate::scene::{
    LIMIT, Scene, narrow, network_policies, open, refused_by, register, rehearsed, review, service, services, watching,
};

/// The API server's own deadline.
const API_SERVER: Duration = Duration::from_secs(3);

fn with(arguments: &[&str]) -> Settings {
    Settings { arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(), ..Settings::default() }
}

/// A Service with this many labels.
fn labelled(name: &str, labels: usize) -> Value {
    let mut service = service("probe", name, json!({}));
    service["metadata"]["labels"] = (0..labels).map(|label| (format!("k{label}"), json!("v"))).collect();
    service
}

pub(crate) fn deadline_and_memory(scene: &mut Scene) -> Result<()> {
    let webhook = watching(&scene.cluster, with(&["--deadline", "80ms"]))?;
    scene.instead(&webhook, &[], || {
        let client = scene.client("alice")?;
        let failed = |path: &str, object: &Value, reason: &str, says: &str| -> Result<Response> {
            let label = format!("reason=\"{reason}\"");
            let before = webhook.metric("hedgerow_failures_total", &label)?;
            let start = Instant::now();
            let response = client.post(&rehearsed(path), object)?;
            ensure!(start.elapsed() < API_SERVER, "the answer came after {} ms", start.elapsed().as_millis());
            ensure!(response.message().contains(says), "{response:?}");
            ensure!(webhook.metric("hedgerow_failures_total", &label)? > before, "`{reason}` is not counted");
            Ok(response)
        };
        let late = failed(&network_policies("probe"), &open("probe", "late", 3_000), "deadline", "within 80 ms")?;
        ensure!(late.status == 504 && late.body["reason"] == "Timeout", "{late:?}");
        wait_until("an answer to a small request", LIMIT, || {
            let good = client.post(&rehearsed(&services("probe")), &service("probe", "good", json!({})))?;
            Ok((good.status == 201).then_some(()))
        })?;
        Ok(())
    })?;
    let webhook = watching(&scene.cluster, with(&["--deadline", "2500ms", "--memory", "20Mi"]))?;
    scene.instead(&webhook, &[], || {
        let client = scene.client("alice")?;
        let start = Instant::now();
        let path = rehearsed(&network_policies("probe"));
        let large = client.post(&path, &open("probe", "large", 5_000))?;
        ensure!(start.elapsed() < API_SERVER, "the answer came after {} ms", start.elapsed().as_millis());
        ensure!(large.status == 500 && large.message().contains("needs more memory than it may have"), "{large:?}");
        ensure!(webhook.metric("hedgerow_failures_total", "reason=\"memory\"")? > 0.5, "it is not counted");
        // The same again is not even asked.
        let again = client.post(&path, &open("probe", "large", 5_000))?;
        ensure!(again.message().contains("the same request could not be decided before"), "{again:?}");
        let good = client.post(&path, &narrow("probe", "good", 1))?;
        ensure!(good.status == 201, "{good:?}");
        Ok(())
    })
}

pub(crate) fn overload(scene: &mut Scene) -> Result<()> {
    let arguments = ["--deadline", "2500ms", "--queue", "1", "--on-failure", "allow"];
    let webhook = watching(&scene.cluster, with(&arguments))?;
    scene.instead(&webhook, &[], || {
        let path = rehearsed(&network_policies("probe"));
        let answers: Vec<Response> = thread::scope(|scope| {
            let ask = |number: usize| -> Result<Response> {
                scene.client("alice")?.post(&path, &open("probe", &format!("many-{number}"), 600))
            };
            let senders: Vec<_> = (0..6).map(|number| scope.spawn(move || ask(number))).collect();
            let panicked = |_| anyhow::anyhow!("a sender panicked");
            senders.into_iter().map(|sender| sender.join().map_err(panicked)?).collect::<Result<_>>()
        })?;
        let without =
            |response: &&Response| response.warnings.iter().any(|warning| warning.contains("too many requests"));
        let overloaded = answers.iter().filter(without).count();
        ensure!(overloaded > 0, "six at once are not too many: {answers:?}");
        for response in &answers {
            let admitted = response.status == 201 && without(&response);
            ensure!(admitted || refused_by(response, "NP010"), "{response:?}");
        }
        let counted = webhook.metric("hedgerow_failures_total", "reason=\"overload\"")?;
        ensure!((counted - overloaded as f64).abs() < 0.5, "{counted} of {overloaded} are counted");
        Ok(())
    })
}

/// Bodies made to be slow or to need much memory. Each is sent under other names, so that none is known from before.
fn hostile() -> Vec<String> {
    let array = |element: &str, bytes: usize| {
        let elements = vec![element; bytes / (element.len() + 1)].join(",");
        let mut service = service("probe", "hostile", json!({}));
        service["spec"]["clusterIPs"] = json!("here");
        review(&service).to_string().replace("\"here\"", &format!("[{elements}]"))
    };
    vec![
        review(&open("probe", "hostile", 800)).to_string(),
        array("{}", 1 << 20),
        review(&labelled("hostile", 20_000)).to_string(),
        review(&open("probe", "hostile", 9_000)).to_string(),
        array("\"\"", 512 << 10),
    ]
}

/// What a request that costs little is answered while others cost as much as they can.
fn right(client: &Client, number: usize) -> Result<()> {
    let kind = if number.is_multiple_of(2) { "NodePort" } else { "ClusterIP" };
    let body = review(&service("probe", &format!("good-{number}"), json!({ "type": kind })));
    let response = client.post("/validate", &body)?;
    let answer = &response.body["response"];
    ensure!(response.status == 200 && answer["auditAnnotations"]["failure"].is_null(), "{kind}: {response:?}");
    ensure!(answer["allowed"] == (kind == "ClusterIP"), "{kind}: {response:?}");
    Ok(())
}

pub(crate) fn hostile_requests(scene: &mut Scene) -> Result<()> {
    const SECONDS: usize = 4;
    // A machine that is busy with other things may keep an unoptimised webhook waiting for seconds; that is not measured here.
    let webhook = watching(&scene.cluster, with(&["--deadline", "5s", "--memory", "24Mi"]))?;
    let (webhook, bodies) = (&webhook, &hostile());
    thread::scope(|scope| {
        let attack = move |number: usize| -> Result<()> {
            let body = bodies[number % bodies.len()].replace("hostile", &format!("hostile-{number}"));
            let response = webhook.client()?.send("POST", "/validate", "application/json", body.as_bytes())?;
            ensure!([200, 429].contains(&response.status), "hostile request {number}: {response:?}");
            Ok(())
        };
        let mut attacks = Vec::new();
        let good: Vec<_> = (0..4)
            .map(|sender| {
                let client = webhook.client()?;
                let pace = Duration::from_millis(40);
                Ok(scope.spawn(move || paced(pace, SECONDS * 25, |number| right(&client, number * 4 + sender))))
            })
            .collect::<Result<_>>()?;
        paced(Duration::from_millis(100), SECONDS * 10, |number| {
            attacks.push(scope.spawn(move || attack(number)));
            Ok(())
        })?;
        for sender in good.into_iter().chain(attacks) {
            sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let failures = webhook.metric("hedgerow_failures_total", "")?;
    ensure!(failures > 0.5, "nothing that was sent was hostile enough to have no decision");
    ensure!(webhook.metric("hedgerow_component_swaps", "")? < 0.5, "the instance that answers the good ones was lost");
    Ok(())
}

/// A request, and what came of it.
struct Told {
    open: bool,
    sent: Instant,
    answered: Instant,
    response: Response,
}

/// Sends requests on several connections, kills the webhook amid them, and goes on for a while. Half of the requests are to
/// be refused.
fn killed_amid(scene: &Scene, webhook: &mut Webhook) -> Result<(Instant, Vec<Told>)> {
    let (stop, count) = (&AtomicBool::new(false), &AtomicUsize::new(0));
    thread::scope(|scope| {
        let send = |sender: usize| -> Result<Vec<Told>> {
            let client = scene.client("alice")?;
            let path = rehearsed(&network_policies("probe"));
            let mut told = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let is_open = (told.len() + sender).is_multiple_of(2);
                let name = format!("amid-{sender}-{}", told.len());
                let object = if is_open { open("probe", &name, 80) } else { narrow("probe", &name, 80) };
                let sent = Instant::now();
                let response = client.post(&path, &object)?;
                told.push(Told { open: is_open, sent, answered: Instant::now(), response });
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(told)
        };
        let senders: Vec<_> = (0..4).map(|sender| scope.spawn(move || send(sender))).collect();
        let more =
            |than: usize| wait_until("answers", LIMIT, || Ok((count.load(Ordering::Relaxed) >= than).then_some(())));
        let killed = more(16).and_then(|()| {
            // From here on a request may find nobody.
            let killed = Instant::now();
            webhook.kill()?;
            more(count.load(Ordering::Relaxed) + 16)?;
            Ok(killed)
        });
        stop.store(true, Ordering::Relaxed);
        let mut told = Vec::new();
        for sender in senders {
            told.extend(sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??);
        }
        Ok((killed?, told))
    })
}

/// Whether some request was on its way when the webhook was killed.
fn some_amid(killed: Instant, told: &[Told]) -> bool {
    told.iter().any(|told| told.sent < killed && told.answered > killed)
}

pub(crate) fn killed_amid_requests(scene: &mut Scene) -> Result<()> {
    let port = free_port()?;
    let start = || watching(&scene.cluster, Settings { port, ..with(&["--deadline", "2500ms"]) });
    let right_again = || {
        let (client, path) = (scene.client("alice")?, rehearsed(&network_policies("probe")));
        wait_until("right answers again", LIMIT, || {
            let refused = client.post(&path, &open("probe", "again", 1))?;
            let admitted = client.post(&path, &narrow("probe", "again", 1))?;
            Ok((refused_by(&refused, "NP010") && admitted.status == 201).then_some(()))
        })
    };
    let mut webhook = start()?;
    register(&scene.cluster, &webhook, &[])?;
    let (killed, told) = killed_amid(scene, &mut webhook)?;
    ensure!(some_amid(killed, &told), "no request was on its way");
    let mut cut = 0;
    for Told { open, response, .. } in &told {
        let failed = response.status == 500 && response.message().contains("failed calling webhook");
        cut += usize::from(failed && !response.message().contains("connection refused"));
        let judged = if *open { refused_by(response, "NP010") } else { response.status == 201 };
        ensure!(failed || judged, "with Fail, open = {open}: {response:?}");
    }
    ensure!(cut > 0, "no call was cut off after it had been taken");
    let mut webhook = start()?;
    right_again()?;

    register(&scene.cluster, &webhook, &["--objects-failure-policy", "Ignore"])?;
    let (killed, told) = killed_amid(scene, &mut webhook)?;
    ensure!(some_amid(killed, &told), "no request was on its way");
    for Told { open, answered, response, .. } in &told {
        let refused = *open && refused_by(response, "NP010");
        let passed = response.status == 201 && (!open || *answered > killed);
        ensure!(refused || passed, "with Ignore, open = {open}: {response:?}");
    }
    ensure!(told.iter().any(|told| told.open && told.response.status == 201), "nothing passed without a decision");
    let _webhook = start()?;
    right_again()?;
    register(&scene.cluster, &scene.webhook, &[])
}

/// Comes last: it kills the webhook that the other checks share.
pub(crate) fn killed_webhook(scene: &mut Scene) -> Result<()> {
    let client = scene.client("alice")?;
    let path = rehearsed(&services("probe"));
    scene.webhook.kill()?;
    let closed = client.post(&path, &service("probe", "web", json!({})))?;
    ensure!(closed.status == 500 && closed.message().contains("failed calling webhook"), "fails closed: {closed:?}");
    let removed = scene.cluster.kubectl(ADMIN, &["delete", "validatingwebhookconfigurations", "--all"])?;
    ensure!(removed.success, "{}", removed.stderr);
    wait_until("a request passing", LIMIT, || {
        let open = client.post(&path, &service("probe", "web", json!({ "type": "NodePort" })))?;
        Ok((open.status == 201).then_some(()))
    })
    .context("without a configuration nobody is asked")
}
