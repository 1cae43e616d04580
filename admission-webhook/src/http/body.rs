//! Reading a body: bounded in size, in time, and in how many there are at once.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use tokio::sync::SemaphorePermit;

use super::status::Rejection;
use crate::app::{App, SMALL_BODY};
use crate::gate::Until;
use crate::text;

/// A whole body and its share of the memory for bodies.
pub(super) struct Read<'a> {
    pub(super) bytes: Bytes,
    _share: SemaphorePermit<'a>,
}

/// Reads the body until the deadline.
pub(super) async fn read(app: &App, request: Request, until: Until) -> Result<Read<'_>, Rejection> {
    let limit = app.limits.body;
    let declared = declared_length(&request);
    if declared.is_some_and(|length| length > limit) {
        discard(request, until).await;
        return Err(Rejection::TooLarge(limit));
    }
    let size = declared.unwrap_or(limit);
    let room = if size <= SMALL_BODY { &app.small_bodies } else { &app.bodies };
    let share = u32::try_from(size).unwrap_or(u32::MAX);
    let Ok(share) = room.try_acquire_many(share) else {
        discard(request, until).await;
        return Err(Rejection::Overload);
    };
    let body = Limited::new(request.into_body(), limit).collect();
    let bytes = match tokio::time::timeout_at(until.instant.into(), body).await {
        Err(_) => return Err(Rejection::Slow),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Rejection::TooLarge(limit)),
        Ok(Err(error)) => return Err(Rejection::Malformed(format!("the body cannot be read: {error}"))),
        Ok(Ok(body)) => body.to_bytes(),
    };
    Ok(Read { bytes, _share: share })
}

/// Reads on without keeping what comes, for a moment: whoever is cut off while it writes does not see the answer.
async fn discard(request: Request, until: Until) {
    const MOMENT: Duration = Duration::from_millis(500);
    let end = until.instant.min(Instant::now() + MOMENT);
    let mut body = request.into_body();
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    // What is still to come then is not waited for.
    let _ = tokio::time::timeout_at(end.into(), rest).await;
}

fn declared_length(request: &Request) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `?timeout=`, which the API server sends with its own deadline.
pub(super) fn timeout(request: &Request) -> Option<Duration> {
    let query = request.uri().query()?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("timeout="))?;
    text::duration(value).ok()
}

/// `request.uid`, for the answers that the component does not give. Reads no further than to it, since the body may be
/// what kept the component from answering; the API server writes it before the objects.
pub(super) fn uid(body: &[u8]) -> Option<String> {
    let mut found = None;
    // Stopping is an error to the reader.
    let _ = Search { path: &["request", "uid"], found: &mut found }
        .deserialize(&mut serde_json::Deserializer::from_slice(body));
    found
}

/// Looks for a string along a path of keys.
struct Search<'a> {
    path: &'a [&'static str],
    found: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.path.is_empty() {
            *self.found = Some(String::deserialize(deserializer)?);
            return Err(D::Error::custom("found"));
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.path.split_first() else { return Ok(()) };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == *first {
                map.next_value_seed(Search { path: rest, found: &mut *self.found })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uid_is_found_without_reading_the_objects() {
        assert_eq!(uid(br#"{"request":{"uid":"x-2","object":{"a":"#).as_deref(), Some("x-2"));
        assert_eq!(
            uid(br#"{"kind":"AdmissionReview","request":{"object":{"a":[1]},"uid":"x-1"}}"#).as_deref(),
            Some("x-1")
        );
        for body in ["", "[]", "{}", r#"{"request":{}}"#, r#"{"request":{"uid":1}}"#] {
            assert_eq!(uid(body.as_bytes()), None);
        }
    }

    #[test]
    fn the_api_servers_timeout_is_read_from_the_query() {
        let of = |uri: &str| timeout(&Request::builder().uri(uri).body(axum::body::Body::empty()).unwrap());
        assert_eq!(of("/validate?timeout=3s"), Some(std::time::Duration::from_secs(3)));
        assert_eq!(of("/validate?a=b&timeout=500ms"), Some(std::time::Duration::from_millis(500)));
        assert_eq!(of("/validate?timeout=soon"), None);
        assert_eq!(of("/validate"), None);
    }
}
