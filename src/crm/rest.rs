//! A `rest` connector: asked by GET, it answers with JSON.

use super::answers::{Answer, Answers, Question};
use super::asking::{body, by_status, unsent};
use super::values::{is_nothing, values};
use super::{Trouble, config};
use crate::limits;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A system that answers questions. Cheap to clone; clones share what they keep.
#[derive(Debug, Clone)]
pub struct Rest {
    desk: Arc<Desk>,
    answers: Answers,
}

#[derive(Debug)]
struct Desk {
    http: reqwest::Client,
    settings: config::Rest,
    /// Requests under way.
    places: Semaphore,
}

impl Rest {
    pub(super) fn new(settings: &config::Rest, http: reqwest::Client) -> Rest {
        let places = Semaphore::new(limits::CONNECTOR_REQUESTS_MAX);
        let desk = Arc::new(Desk { http, settings: settings.clone(), places });
        Rest { desk, answers: Answers::default() }
    }

    /// Asks for `path` (`/orders/1234`; what came from customers is percent-encoded in it) and
    /// takes from the answer the values that `gives` names: the name and the path of each
    /// (`order.items.0.name`). Waits `patience` at most, and no longer than the connector's own
    /// `timeout`.
    ///
    /// An answer younger than `keep` is given again, and who asks the same at the same time waits
    /// for one request. Failures are not kept.
    pub async fn look_up(
        &self,
        path: &str,
        gives: &[(String, String)],
        patience: Duration,
        keep: Duration,
    ) -> Answer {
        let Some(url) = below(self.desk.settings.url.url(), path) else {
            return Answer::Failed(Trouble::Unfit);
        };
        let question = Question { path: path.to_owned(), gives: gives.to_vec() };
        let (desk, wanted) = (Arc::clone(&self.desk), gives.to_vec());
        let ask = async move { desk.ask(url, &wanted).await };
        let answer = self.answers.get(question, keep, ask);
        timeout(patience, answer).await.unwrap_or(Answer::Failed(Trouble::Timeout))
    }
}

impl Desk {
    /// One question, within the connector's time.
    async fn ask(&self, url: Url, gives: &[(String, String)]) -> Answer {
        let asked = timeout(self.settings.timeout, self.answer(url, gives)).await;
        asked.unwrap_or(Err(Trouble::Timeout)).unwrap_or_else(Answer::Failed)
    }

    async fn answer(&self, url: Url, gives: &[(String, String)]) -> Result<Answer, Trouble> {
        // Never closed: whoever waits gets a place or runs out of time.
        let _place = self.places.acquire().await.map_err(|_| Trouble::Unreachable)?;
        let response = self.get(url).await?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::NO_CONTENT => {
                Ok(Answer::Missing)
            }
            status if status.is_success() => found(response, gives).await,
            status => Err(by_status(status)),
        }
    }

    /// The response; where the first token is refused, the one to the second, where there is one.
    async fn get(&self, url: Url) -> Result<Response, Trouble> {
        let tokens = self.settings.token.all();
        let mut tokens = tokens.iter();
        let response = self.get_with(url.clone(), tokens.next()).await?;
        match tokens.next() {
            Some(next) if by_status(response.status()) == Trouble::Refused => {
                self.get_with(url, Some(next)).await
            }
            _ => Ok(response),
        }
    }

    async fn get_with(&self, url: Url, token: Option<&SecretString>) -> Result<Response, Trouble> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(token) = token {
            let (name, value) = self.credential(token).ok_or(Trouble::Unfit)?;
            headers.insert(name, value);
        }
        let sent = self.http.get(url).headers(headers).send().await;
        sent.map_err(|error| unsent(&error))
    }

    /// The header that shows the token; `None` where it fits no header.
    fn credential(&self, token: &SecretString) -> Option<(HeaderName, HeaderValue)> {
        let token = token.expose_secret();
        let (name, value) = match &self.settings.header {
            Some(name) => (HeaderName::from_bytes(name.as_bytes()).ok()?, token.to_owned()),
            None => (AUTHORIZATION, format!("Bearer {token}")),
        };
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    }
}

async fn found(response: Response, gives: &[(String, String)]) -> Result<Answer, Trouble> {
    let body = body(response, limits::LOOKUP_BODY_BYTES_MAX).await?;
    let json: Value = serde_json::from_slice(&body).map_err(|_| Trouble::NotJson)?;
    Ok(if is_nothing(&json) { Answer::Missing } else { Answer::Found(values(&json, gives)) })
}

/// The address of a path below that of the connector. `None` where it would lead elsewhere: what a
/// customer wrote may stand in it.
fn below(base: &Url, path: &str) -> Option<Url> {
    let odd = |sign: char| matches!(sign, '\\' | '#') || sign.is_control();
    if !path.starts_with('/') || path.len() > limits::LOOKUP_PATH_BYTES_MAX || path.contains(odd) {
        return None;
    }
    let before_query = path.split_once('?').map_or(path, |(before, _)| before);
    if before_query.split('/').any(climbs) {
        return None;
    }
    let text = format!("{}{path}", base.as_str().trim_end_matches('/'));
    let url = Url::parse(&text).ok()?;
    (url.origin() == base.origin()).then_some(url)
}

/// `.` and `..`, however they are encoded, and what a server that decodes first would take for a
/// step: `%2f`, `%5c`.
fn climbs(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase();
    let dots = segment.replace("%2e", ".");
    matches!(dots.as_str(), "." | "..")
        || (dots.contains("..") && ["%2f", "%5c"].iter().any(|step| segment.contains(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_connector() {
        let base = Url::parse("https://shop.example.com/api/v1/").unwrap();
        for (path, url) in [
            ("/orders/12", Some("/api/v1/orders/12")),
            ("/orders?no=12&x=../a", Some("/api/v1/orders?no=12&x=../a")),
            ("/orders/%2e%2e%2e", Some("/api/v1/orders/%2e%2e%2e")),
            ("/orders/3%2F4", Some("/api/v1/orders/3%2F4")),
            ("/주문/1 2", Some("/api/v1/%EC%A3%BC%EB%AC%B8/1%202")),
            ("//other.example.com/x", Some("/api/v1//other.example.com/x")),
            ("/@other.example.com", Some("/api/v1/@other.example.com")),
            ("orders", None),
            ("", None),
            (".other.example.com/", None),
            ("/orders/../admin", None),
            ("/orders/./admin", None),
            ("/orders/%2E./admin", None),
            ("/orders/..", None),
            ("/orders/..%2fadmin", None),
            ("/orders/x%5C%2e%2e%5Cadmin", None),
            ("/orders\\..\\admin", None),
            ("/orders/1#frag", None),
            ("/orders/1\n2", None),
        ] {
            let given = below(&base, path).map(|url| url.to_string());
            let wanted = url.map(|rest| format!("https://shop.example.com{rest}"));
            assert_eq!(given, wanted, "{path:?}");
        }
        let long = format!("/{}", "x".repeat(limits::LOOKUP_PATH_BYTES_MAX));
        assert_eq!(below(&base, &long), None);
    }
}
