//! A stand-in for the API server that can do what a real one does only when things go wrong.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use serde_json::{Value, json};

/// What it answers, by path; changed while it runs.
#[derive(Default)]
pub(crate) struct Script {
    /// Resources by group and version, such as `api/v1`.
    pub(crate) served: BTreeMap<&'static str, Vec<&'static str>>,
    /// Resources whose lists are refused with 403.
    pub(crate) forbidden: Vec<&'static str>,
    /// Pages of a list by resource; others are empty.
    pub(crate) pages: BTreeMap<&'static str, Vec<Vec<Value>>>,
    /// Events of the next watch of a resource; the watch ends after them. Other watches stay open.
    pub(crate) events: BTreeMap<&'static str, Vec<Value>>,
    /// Every path that was asked for, with its query.
    pub(crate) asked: Vec<String>,
}

/// It serves until the test ends.
pub(crate) struct ApiServer {
    pub(crate) script: Arc<Mutex<Script>>,
    address: String,
}

impl ApiServer {
    pub(crate) fn start(script: Script) -> Result<ApiServer> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let script = Arc::new(Mutex::new(script));
        let shared = script.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let script = shared.clone();
                std::thread::spawn(move || answer(stream, &script));
            }
        });
        Ok(ApiServer { script, address })
    }

    /// Writes a kubeconfig for it.
    pub(crate) fn kubeconfig(&self, folder: &Path) -> Result<PathBuf> {
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
            "clusters": [{ "name": "c", "cluster": { "server": format!("http://{}", self.address) } }],
            "users": [{ "name": "u", "user": {} }],
        });
        let path = folder.join("kubeconfig");
        std::fs::write(&path, config.to_string())?;
        Ok(path)
    }

    pub(crate) fn asked(&self, start: &str) -> usize {
        let asked = self.script.lock().map(|script| script.asked.clone()).unwrap_or_default();
        asked.iter().filter(|path| path.starts_with(start)).count()
    }
}

fn answer(mut stream: TcpStream, script: &Mutex<Script>) {
    let Some(path) = read_request(&stream) else { return };
    let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
    let bare = bare.trim_start_matches('/');
    let Ok(mut script) = script.lock() else { return };
    script.asked.push(path.clone());
    if let Some(resources) = script.served.get(bare) {
        let resources: Vec<Value> = resources.iter().map(|name| json!({ "name": name })).collect();
        return respond(&mut stream, 200, &json!({ "kind": "APIResourceList", "resources": resources }));
    }
    let resource = bare.rsplit('/').next().unwrap_or_default().to_owned();
    let known = script.served.values().any(|resources| resources.contains(&resource.as_str()));
    if !known {
        respond(&mut stream, 404, &json!({ "kind": "Status", "code": 404, "message": "not found" }));
    } else if script.forbidden.contains(&resource.as_str()) {
        let message = format!("{resource} is forbidden: no rule allows it");
        respond(&mut stream, 403, &json!({ "kind": "Status", "code": 403, "message": message }));
    } else if query.contains("watch=1") {
        let events = script.events.remove(resource.as_str());
        drop(script);
        watch(&mut stream, events);
    } else {
        let page =
            query.split('&').find_map(|pair| pair.strip_prefix("continue=page")).and_then(|page| page.parse().ok());
        respond(&mut stream, 200, &list(script.pages.get(resource.as_str()), page.unwrap_or(0)));
    }
}

fn list(pages: Option<&Vec<Vec<Value>>>, page: usize) -> Value {
    let items = pages.and_then(|pages| pages.get(page)).cloned().unwrap_or_default();
    let more = pages.is_some_and(|pages| page + 1 < pages.len());
    let next = if more { format!("page{}", page + 1) } else { String::new() };
    json!({ "kind": "List", "metadata": { "resourceVersion": "100", "continue": next }, "items": items })
}

fn read_request(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    first.split(' ').nth(1).map(str::to_owned)
}

fn respond(stream: &mut TcpStream, status: u16, body: &Value) {
    let body = body.to_string();
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n");
    let _ = write!(stream, "{head}connection: close\r\n\r\n{body}");
}

fn watch(stream: &mut TcpStream, events: Option<Vec<Value>>) {
    let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n");
    match events {
        Some(events) => events.iter().for_each(|event| {
            let _ = writeln!(stream, "{event}");
        }),
        // Until the other end goes.
        None => drop(BufReader::new(stream).lines().next()),
    }
}
