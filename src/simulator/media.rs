//! Uploads: `POST /{version}/{phone_number_id}/media`, and `GET /{version}/{media_id}` with the
//! address the bytes are fetched from (Cloud API reference 4.3). The newest so many bytes are kept.

use super::faults::{Fate, Fault};
use super::graph::GraphError;
use super::http::{perform, refused};
use super::sending::Reply;
use super::serve::HangUp;
use super::{Simulator, World};
use crate::limits;
use crate::model::Timestamp;
use axum::Router;
use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Json, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// An upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its MIME type.
    pub mime: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// When it came.
    pub at: Timestamp,
}

/// Uploads, the newest so many.
#[derive(Debug)]
pub(super) struct Shelf {
    /// Two runs never give the same id.
    since: i64,
    next: u64,
    by_id: HashMap<String, Upload>,
    oldest: VecDeque<String>,
    bytes: usize,
}

/// Which MIME types each kind may have, and how many bytes.
const KINDS: &[(&str, &[&str], u64)] = &[
    ("image", &["image/jpeg", "image/png"], limits::IMAGE_BYTES_MAX),
    ("video", &["video/mp4", "video/3gpp"], limits::VIDEO_BYTES_MAX),
    (
        "audio",
        &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"],
        limits::AUDIO_BYTES_MAX,
    ),
    ("sticker", &["image/webp"], limits::STICKER_BYTES_MAX),
    (
        "document",
        &[
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "text/plain",
        ],
        limits::DOCUMENT_BYTES_MAX,
    ),
];

/// The kind of media of this name.
pub(super) fn kind_of(name: &str) -> Option<&'static str> {
    KINDS.iter().map(|(kind, _, _)| *kind).find(|kind| *kind == name)
}

/// Whether an upload of this MIME type can be sent as this kind.
pub(super) fn fits(kind: &str, mime: &str) -> bool {
    KINDS.iter().any(|(name, mimes, _)| *name == kind && mimes.contains(&mime))
}

/// The paths of uploads.
pub(super) fn routes() -> Router<Arc<Simulator>> {
    let limit = DefaultBodyLimit::max(limits::SIM_UPLOAD_BODY_BYTES_MAX);
    Router::new()
        .route("/{version}/{number}/media", post(upload).layer(limit))
        .route("/{version}/{media}", get(describe))
        .route("/sim/media/{media}", get(download))
}

impl Shelf {
    pub(super) fn since(at: Timestamp) -> Shelf {
        let (by_id, oldest) = (HashMap::new(), VecDeque::new());
        Shelf { since: at.millis(), next: 0, by_id, oldest, bytes: 0 }
    }

    fn keep(&mut self, upload: Upload) -> String {
        self.next = self.next.wrapping_add(1);
        let id = format!("{}{:06}", self.since, self.next);
        self.bytes = self.bytes.saturating_add(upload.bytes.len());
        self.by_id.insert(id.clone(), upload);
        self.oldest.push_back(id.clone());
        while self.bytes > limits::SIM_MEDIA_BYTES_MAX
            || self.oldest.len() > limits::SIM_MEDIA_FILES_MAX
        {
            let Some(oldest) = self.oldest.pop_front() else { break };
            self.remove(&oldest);
        }
        id
    }

    fn remove(&mut self, id: &str) {
        if let Some(gone) = self.by_id.remove(id) {
            self.bytes = self.bytes.saturating_sub(gone.bytes.len());
        }
    }

    fn live(&self, id: &str, now: Timestamp) -> Option<&Upload> {
        self.by_id.get(id).filter(|upload| now < upload.at.plus(limits::UPLOAD_LIVES))
    }
}

impl Simulator {
    /// An upload, or a file a customer sent, by its id, while it lives; `None` for ids that never
    /// were or are gone.
    #[must_use]
    pub fn media(&self, id: &str) -> Option<Upload> {
        let now = self.settings.clock.now();
        let world = self.world();
        world.media.live(id, now).cloned().or_else(|| world.attachments.find(id, now))
    }

    /// How many uploads were taken since the start.
    #[must_use]
    pub fn uploads(&self) -> u64 {
        self.world().media.next
    }

    /// The MIME type of an upload a message names; the fault `media_gone` takes it away first.
    pub(super) fn media_in_use(&self, id: &str) -> Option<String> {
        let now = self.settings.clock.now();
        let mut world = self.world();
        let World { media, dice, .. } = &mut *world;
        media.live(id, now)?;
        if dice.happens(Fault::MediaGone) {
            media.remove(id);
        }
        media.live(id, now).map(|upload| upload.mime.clone())
    }

    /// What becomes of an upload: the faults of a message befall it as well.
    fn take_upload(&self, upload: Upload) -> Reply {
        let mut world = self.world();
        let fate = world.dice.fate();
        match fate {
            Fate::RateLimited { retry_after } => {
                Reply::Refused(GraphError::throughput(), retry_after.then_some(1))
            }
            Fate::ServerError { html: false } => Reply::Refused(GraphError::unavailable(), None),
            Fate::ServerError { html: true } => Reply::BadGateway,
            Fate::Timeout => Reply::Hold,
            Fate::Reset => Reply::HangUp,
            Fate::Hidden { held } => {
                world.media.keep(upload);
                if held { Reply::Hold } else { Reply::HangUp }
            }
            Fate::Answered => Reply::Accepted(json!({ "id": world.media.keep(upload) })),
        }
    }

    fn check_upload(&self, number: &str, headers: &HeaderMap) -> Result<(), GraphError> {
        if !self.is_authorised(headers) {
            return Err(GraphError::token());
        }
        if number != self.settings.number {
            return Err(GraphError::number(number));
        }
        Ok(())
    }
}

async fn upload(
    State(simulator): State<Arc<Simulator>>,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let latency = simulator.world().dice.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if let Err(error) = simulator.check_upload(&number, &headers) {
        return refused(&simulator, &error, None);
    }
    let read = match form {
        Ok(form) => read_form(form, simulator.settings.clock.now()).await,
        Err(_) => Err(Some(GraphError::invalid("The body is no multipart/form-data"))),
    };
    match read {
        Ok(upload) => {
            let reply = simulator.take_upload(upload);
            perform(&simulator, reply).await
        }
        Err(Some(error)) => refused(&simulator, &error, None),
        // It broke off: there is nobody to answer.
        Err(None) => HangUp::response(),
    }
}

/// `Err(None)`: the body broke off.
async fn read_form(mut form: Multipart, at: Timestamp) -> Result<Upload, Option<GraphError>> {
    let (mut product, mut stated, mut file) = (None, None, None);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "messaging_product" => product = Some(field.text().await),
            "type" => stated = Some(field.text().await.map_err(|error| broken(&error))?),
            "file" => {
                let mime = field.content_type().unwrap_or_default().to_owned();
                let bytes = field.bytes().await.map_err(|error| broken(&error))?;
                file = Some((mime, bytes));
            }
            _ => {}
        }
    }
    match product {
        Some(Ok(product)) if product == "whatsapp" => {}
        Some(_) => return Err(Some(GraphError::invalid("messaging_product must be whatsapp"))),
        None => return Err(Some(GraphError::missing("messaging_product"))),
    }
    let (mime, bytes) = file.ok_or_else(|| Some(GraphError::missing("file")))?;
    let mime = stated.filter(|stated| !stated.is_empty()).unwrap_or(mime);
    check_file(&mime, &bytes)?;
    Ok(Upload { mime, bytes, at })
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Option<GraphError> {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Some(GraphError::media("The file is too large".to_owned()))
        }
        _ => None,
    }
}

fn check_file(mime: &str, bytes: &Bytes) -> Result<(), GraphError> {
    let Some((kind, _, most)) = KINDS.iter().find(|(_, mimes, _)| mimes.contains(&mime)) else {
        let mime: String = mime.chars().take(100).collect();
        return Err(GraphError::invalid(format!("Param file is of the type {mime}, not taken")));
    };
    if bytes.is_empty() {
        return Err(GraphError::media("The file is empty".to_owned()));
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > *most {
        return Err(GraphError::media(format!(
            "A file of the kind {kind} has at most {most} bytes"
        )));
    }
    Ok(())
}

async fn describe(
    State(simulator): State<Arc<Simulator>>,
    Path((_version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !simulator.is_authorised(&headers) {
        return refused(&simulator, &GraphError::token(), None);
    }
    let Some(upload) = simulator.media(&id) else {
        let error = GraphError::invalid("The object does not exist, or this token may not see it");
        return refused(&simulator, &error, None);
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let digest: String =
        Sha256::digest(&upload.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({
        "messaging_product": "whatsapp",
        "url": format!("http://{host}/sim/media/{id}"),
        "mime_type": upload.mime,
        "sha256": digest,
        "file_size": upload.bytes.len(),
        "id": id,
    });
    Json(body).into_response()
}

/// Unlike Meta's, this address asks for no token: pictures are to be seen on a page.
async fn download(State(simulator): State<Arc<Simulator>>, Path(id): Path<String>) -> Response {
    match simulator.media(&id) {
        Some(upload) => {
            let headers = [
                (header::CONTENT_TYPE, upload.mime),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ];
            (headers, upload.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
