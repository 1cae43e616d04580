//! Plain HTTPS to the API server, or to any server whose certificate comes from the same authority.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, http};

/// Longer than the API server lets a request take that is no watch.
const TIMEOUT: Duration = Duration::from_secs(65);

/// Lists of thousands of Pods are read whole.
const BODY_LIMIT: u64 = 1 << 30;

/// A client with its own connections. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base_url: String,
    token: Option<String>,
}

/// What a server said.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body: JSON as such, anything else as a string.
    pub body: Value,
    /// The text of each `Warning` header, in order.
    pub warnings: Vec<String>,
}

impl Response {
    /// `message` of a Status object, or nothing.
    #[must_use]
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

impl Client {
    /// A client that trusts the authority `ca_pem` and no other, and shows `token` if there is one.
    ///
    /// # Errors
    /// When `ca_pem` holds no certificate.
    pub fn new(base_url: &str, ca_pem: &str, token: Option<&str>) -> Result<Self> {
        let root = Certificate::from_pem(ca_pem.as_bytes()).context("the authority's certificate is not PEM")?;
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .build();
        Ok(Self { agent: config.into(), base_url: base_url.to_owned(), token: token.map(str::to_owned) })
    }

    /// `GET path`, the path with its query.
    ///
    /// # Errors
    /// When the server cannot be reached. A status of 400 or more is no error.
    pub fn get(&self, path: &str) -> Result<Response> {
        self.finish("GET", path, |request| self.agent.run(request.body(())?))
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub fn delete(&self, path: &str) -> Result<Response> {
        self.finish("DELETE", path, |request| self.agent.run(request.body(())?))
    }

    /// `POST path` with a JSON body: creates an object in the collection at `path`.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub fn post(&self, path: &str, body: &Value) -> Result<Response> {
        self.send("POST", path, "application/json", body.to_string().as_bytes())
    }

    /// `PUT path` with a JSON body: replaces the object at `path`.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub fn put(&self, path: &str, body: &Value) -> Result<Response> {
        self.send("PUT", path, "application/json", body.to_string().as_bytes())
    }

    /// Any method that carries a body: `PATCH` with its content types, or bytes that are no JSON.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Result<Response> {
        self.finish(method, path, |request| {
            self.agent.run(request.header(http::header::CONTENT_TYPE, content_type).body(body)?)
        })
    }

    fn finish(
        &self,
        method: &str,
        path: &str,
        run: impl FnOnce(http::request::Builder) -> Result<http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Response> {
        let url = format!("{}{path}", self.base_url);
        let mut request = http::Request::builder().method(method).uri(&url);
        if let Some(token) = &self.token {
            request = request.header(http::header::AUTHORIZATION, format!("Bearer {token}"));
        }
        read(run(request).with_context(|| format!("no answer to {method} {url}"))?)
            .with_context(|| format!("cannot read the answer to {method} {url}"))
    }
}

fn read(mut response: http::Response<ureq::Body>) -> Result<Response> {
    let text = response.body_mut().with_config().limit(BODY_LIMIT).read_to_string()?;
    let headers = response.headers().get_all(http::header::WARNING);
    Ok(Response {
        status: response.status().as_u16(),
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        warnings: headers
            .iter()
            .filter_map(|value| warning_text(std::str::from_utf8(value.as_bytes()).ok()?))
            .collect(),
    })
}

/// The text of `299 - "text"`, the only form that the API server sends.
fn warning_text(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 - \"")?.strip_suffix('"')?;
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        text.push(if character == '\\' { characters.next()? } else { character });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_is_unquoted() {
        assert_eq!(warning_text(r#"299 - "port \"http\" \\ is open""#).unwrap(), r#"port "http" \ is open"#);
        assert_eq!(warning_text("199 agent text"), None);
    }
}
