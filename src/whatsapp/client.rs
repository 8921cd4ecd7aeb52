//! The Graph client: one POST for a job, and what can be said about it afterwards.
//!
//! It neither retries nor stores. There is no idempotency key in the Cloud API, so the difference
//! between "refused", "never written" and "nobody knows" is drawn here with care.

use super::body::Body;
use super::credentials::Credentials;
use super::errors::{self, Action};
use super::uploads::{Uploaded, Uploads, Verified, failed};
use crate::config::Secrets;
use crate::limits;
use crate::model::{Content, Effect, Job, Media, MediaSource, NumberId, SendError, Wamid};
use reqwest::multipart::{Form, Part};
use reqwest::{Response, Url};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How to reach WhatsApp.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// `[whatsapp] api`, e.g. `https://graph.facebook.com/v25.0`.
    pub api: String,
    /// `[whatsapp] access_token`.
    pub access_token: Secrets,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// `[whatsapp] api` is no address.
    #[error("`{0}` is not a web address: expected one like `https://graph.facebook.com/v25.0`")]
    Address(String),
    /// TLS could not be set up.
    #[error("the connection to WhatsApp cannot be set up: {0}")]
    Setup(reqwest::Error),
}

/// Sends messages; keeps connections open between them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    api: Url,
    credentials: Arc<Credentials>,
    /// `None`: files cannot be sent.
    uploads: Option<Arc<Uploads>>,
}

/// A file of ours that a message shows.
#[derive(Debug, Clone, Copy)]
struct Attachment<'a> {
    number: &'a NumberId,
    sha256: &'a str,
    mime: &'a str,
}

/// What can be said about a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// WhatsApp took it.
    Accepted {
        /// Its id.
        wamid: Wamid,
        /// The `wa_id` it went to, where WhatsApp says.
        wa_id: Option<String>,
    },
    /// WhatsApp did not take it, for sure.
    Refused {
        /// What it said; its reason is of the table.
        error: SendError,
        /// What is to be done about it.
        action: errors::Action,
        /// `Retry-After`, bounded.
        retry_after: Option<Duration>,
    },
    /// WhatsApp was not reached; nothing was written.
    Unreachable {
        /// Why, without addresses or customers.
        error: SendError,
    },
    /// The request may have arrived: nobody knows.
    Unknown,
}

/// Makes ring the process's crypto provider, unless there is one. May be called any number of
/// times.
pub fn install_crypto() {
    // The error says that a provider is there already, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Client {
    /// A client; nothing is connected yet.
    ///
    /// # Errors
    /// The address is none, or TLS cannot be set up.
    pub fn new(settings: ClientSettings) -> Result<Client, ClientError> {
        install_crypto();
        let api = Url::parse(&settings.api)
            .ok()
            .filter(|api| matches!(api.scheme(), "http" | "https") && api.has_host())
            .ok_or(ClientError::Address(settings.api))?;
        let http = reqwest::Client::builder()
            .connect_timeout(limits::CONNECT_TIMEOUT)
            .pool_idle_timeout(limits::CONNECTION_IDLE_MAX)
            .pool_max_idle_per_host(limits::SENDS_IN_FLIGHT_MAX)
            // Another address would get the token and, after 307, a second copy.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ClientError::Setup)?;
        let credentials = Arc::new(Credentials::new(settings.access_token));
        Ok(Client { http, api, credentials, uploads: None })
    }

    /// The same client, which can also send files: those kept under the data folder of `uploads`.
    #[must_use]
    pub fn with_uploads(self, uploads: Arc<Uploads>) -> Client {
        Client { uploads: Some(uploads), ..self }
    }

    /// Sends a job's message and waits for the answer, [`limits::SEND_UNKNOWN_AFTER`] at most. A
    /// token that WhatsApp refuses took nothing with it: another, where there is one, is tried once.
    pub async fn send(&self, job: &Job) -> Answer {
        let credential = self.credentials.current();
        let answer = self.send_once(job).await;
        if !is_token_refused(&answer) || self.credentials.after_refusal(&credential).is_none() {
            return answer;
        }
        tracing::warn!("WhatsApp refused an access token; trying the next");
        self.send_once(job).await
    }

    /// With one token. A file is uploaded before, where WhatsApp does not hold it; where it has
    /// forgotten it, once more.
    async fn send_once(&self, job: &Job) -> Answer {
        let Some(file) = attachment(job) else { return self.send_with(job, None).await };
        let uploaded = match self.uploaded(file).await {
            Ok(uploaded) => uploaded,
            Err(answer) => return *answer,
        };
        let answer = self.send_with(job, Some(&uploaded.id)).await;
        if uploaded.fresh || !may_be_unknown_media(&answer) {
            return answer;
        }
        if let Some(uploads) = &self.uploads {
            uploads.forget(file.number, file.sha256, &uploaded.id).await;
        }
        match self.uploaded(file).await {
            Ok(uploaded) => self.send_with(job, Some(&uploaded.id)).await,
            Err(answer) => *answer,
        }
    }

    async fn send_with(&self, job: &Job, media_id: Option<&str>) -> Answer {
        let Effect::Send { number, to, content, .. } = &job.effect else {
            return failed("it is no message".to_owned());
        };
        let callback = job.id.to_string();
        let body = Body { to, content, callback: &callback, media_id };
        match self.post(number, &body, limits::SEND_UNKNOWN_AFTER).await {
            Ok(response) => answer(response).await,
            Err(error) if error.is_connect() || error.is_builder() => {
                Answer::Unreachable { error: unreachable(&error) }
            }
            Err(_) => Answer::Unknown,
        }
    }

    /// `Err`: what is to be said of the send that needs it. Nothing was sent.
    async fn uploaded(&self, file: Attachment<'_>) -> Result<Uploaded, Box<Answer>> {
        let Some(uploads) = &self.uploads else {
            return Err(Box::new(failed("there is no data folder with media".to_owned())));
        };
        let upload = async |verified| self.upload(file, verified).await;
        uploads.id(file.number, file.sha256, upload).await
    }

    /// `POST /{phone_number_id}/media`, the file as a stream from disk.
    async fn upload(
        &self,
        file: Attachment<'_>,
        verified: Verified,
    ) -> Result<String, Box<Answer>> {
        let mime = file.mime;
        let part = Part::stream_with_length(verified.file, verified.bytes)
            .file_name("media")
            .mime_str(mime)
            .map_err(|_| Box::new(failed(format!("`{mime}` is no MIME type"))))?;
        let form = Form::new().text("messaging_product", "whatsapp").text("type", mime.to_owned());
        let sent = self
            .http
            .post(self.path_of(file.number, "media"))
            .bearer_auth(self.credentials.current().token().expose_secret())
            .timeout(limits::UPLOAD_TIMEOUT)
            .multipart(form.part("file", part))
            .send()
            .await;
        match sent {
            Ok(response) => upload_answer(response).await.map_err(Box::new),
            Err(error) if error.is_connect() => {
                Err(Box::new(Answer::Unreachable { error: unreachable(&error) }))
            }
            Err(_) => Err(Box::new(failed("the upload of a file broke off".to_owned()))),
        }
    }

    /// Marks a customer's message as read and shows "typing…" until the answer comes (25 s at
    /// most). Best effort within [`limits::RECEIPT_TIMEOUT`]: gives whether WhatsApp took it.
    pub async fn mark_read(&self, number: &NumberId, message: &Wamid) -> bool {
        let receipt = Receipt {
            messaging_product: "whatsapp",
            status: "read",
            message_id: message.as_str(),
            typing_indicator: Typing { kind: "text" },
        };
        match self.post(number, &receipt, limits::RECEIPT_TIMEOUT).await {
            Ok(response) => {
                let taken = response.status().is_success();
                // Read to the end, so that the connection can be used again.
                let _ = limited_body(response).await;
                taken
            }
            Err(_) => false,
        }
    }

    async fn post(
        &self,
        number: &NumberId,
        body: &impl Serialize,
        timeout: Duration,
    ) -> Result<Response, reqwest::Error> {
        self.http
            .post(self.path_of(number, "messages"))
            .bearer_auth(self.credentials.current().token().expose_secret())
            .timeout(timeout)
            .json(body)
            .send()
            .await
    }

    fn path_of(&self, number: &NumberId, end: &str) -> Url {
        let mut url = self.api.clone();
        // An address with a host always has path segments.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(number.as_str()).push(end);
        }
        url
    }
}

#[derive(Serialize)]
struct Receipt<'a> {
    messaging_product: &'static str,
    status: &'static str,
    message_id: &'a str,
    typing_indicator: Typing,
}

#[derive(Serialize)]
struct Typing {
    #[serde(rename = "type")]
    kind: &'static str,
}

async fn answer(response: Response) -> Answer {
    let http = response.status().as_u16();
    let success = response.status().is_success();
    let retry_after = retry_after(&response);
    let body = limited_body(response).await;
    let json: Option<Value> = body.and_then(|body| serde_json::from_slice(&body).ok());
    let stated = json.as_ref().and_then(|json| json.get("error"));
    match (success, stated) {
        (_, Some(stated)) => refused(http, errors::from_value(stated), retry_after),
        (true, None) => json.as_ref().and_then(accepted).unwrap_or(Answer::Unknown),
        // A gateway that gave up waiting says by that: the request had gone on.
        (false, None) if http == 504 => Answer::Unknown,
        (false, None) => {
            let detail = format!("HTTP {http} without an error of WhatsApp's");
            refused(http, SendError { code: None, reason: String::new(), detail }, retry_after)
        }
    }
}

/// The id of an upload, or what is to be said of the send that needs it. An upload in doubt is
/// done again: the customer gets nothing by it.
async fn upload_answer(response: Response) -> Result<String, Answer> {
    let http = response.status().as_u16();
    let success = response.status().is_success();
    let retry_after = retry_after(&response);
    let body = limited_body(response).await;
    let json: Option<Value> = body.and_then(|body| serde_json::from_slice(&body).ok());
    let json = json.unwrap_or_default();
    if let Some(stated) = json.get("error") {
        return Err(refused(http, errors::from_value(stated), retry_after));
    }
    match json.get("id").and_then(Value::as_str) {
        Some(id) if success && !id.is_empty() && id.len() <= limits::MEDIA_ID_BYTES_MAX => {
            Ok(id.to_owned())
        }
        _ if success => Err(failed("WhatsApp took a file and gave no id for it".to_owned())),
        _ => {
            let detail = format!("HTTP {http} to an upload, without an error of WhatsApp's");
            let said = SendError { code: None, reason: String::new(), detail };
            Err(refused(http, said, retry_after))
        }
    }
}

fn attachment(job: &Job) -> Option<Attachment<'_>> {
    let (number, content) = (job.effect.number(), job.effect.content()?);
    match content {
        Content::Media(Media { source: MediaSource::File { sha256, mime }, .. }) => {
            Some(Attachment { number, sha256, mime })
        }
        _ => None,
    }
}

/// The codes an id gets that WhatsApp has forgotten; other mistakes get them, too.
fn may_be_unknown_media(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Refused {
            error: SendError { code: Some(100 | 131_009), .. },
            action: Action::Dead,
            ..
        }
    )
}

fn refused(http: u16, said: SendError, retry_after: Option<Duration>) -> Answer {
    let judged = errors::judge(http, said.code);
    let error = SendError { reason: judged.reason.to_owned(), ..said };
    Answer::Refused { error, action: judged.action, retry_after }
}

fn is_token_refused(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused { error, .. } if error.reason == errors::TOKEN_REFUSED)
}

fn accepted(json: &Value) -> Option<Answer> {
    let wamid = json.get("messages")?.get(0)?.get("id")?.as_str()?;
    if wamid.is_empty() || wamid.len() > limits::WAMID_BYTES_MAX {
        return None;
    }
    let contact = json.get("contacts").and_then(|contacts| contacts.get(0));
    let wa_id = contact.and_then(|contact| contact.get("wa_id")).and_then(Value::as_str);
    Some(Answer::Accepted { wamid: Wamid::from(wamid), wa_id: wa_id.map(str::to_owned) })
}

/// The body, up to [`limits::GRAPH_ANSWER_BYTES_MAX`]; `None` when it is longer or breaks off.
async fn limited_body(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len().saturating_add(chunk.len()) > limits::GRAPH_ANSWER_BYTES_MAX {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// In seconds; the form with a date is not used by Meta.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = response.headers().get(reqwest::header::RETRY_AFTER)?;
    let seconds: u64 = header.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(limits::RETRY_AFTER_MAX))
}

fn unreachable(error: &reqwest::Error) -> SendError {
    let url = error.url();
    let host = url.and_then(reqwest::Url::host_str).unwrap_or("the host of `[whatsapp] api`");
    let why = if error.is_timeout() { "no answer in time".to_owned() } else { deepest(error) };
    let detail = format!("WhatsApp's servers could not be reached at {host}: {why}");
    SendError { code: None, reason: "unreachable".to_owned(), detail }
}

/// The first cause, as the system words it: it is what names the mend.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
