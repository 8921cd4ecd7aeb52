//! `/chat/rules`: the rule files beside the chat. Listed, opened, checked as they are typed, and
//! saved, after which they are reloaded like a save in any editor.
//!
//! Only from this machine: the page is there for whoever runs `usher demo`, and what it writes is
//! their disk. A page of elsewhere that got itself a name for 127.0.0.1 is turned away by `Host`.

mod folder;

use super::super::problem::Problem;
use super::Chat;
use crate::decide;
use crate::limits;
use crate::reload::Reloader;
use crate::rules::{Diagnostic, Settings};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Json, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use folder::{Expected, Folder, FolderError};
use serde::Serialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Rules that may be edited beside the chat.
pub struct Editing {
    folder: Folder,
    settings: Settings,
    /// One check at a time: they are there for one person who types.
    checking: Semaphore,
}

impl Editing {
    /// The rules of this folder, judged by these settings.
    #[must_use]
    pub fn new(folder: PathBuf, settings: Settings) -> Editing {
        Editing { folder: Folder::new(folder), settings, checking: Semaphore::new(1) }
    }
}

/// How the rules stand, as the page tells it.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    /// Names the rules in force.
    revision: String,
    /// The files on disk are not those in force.
    stale: bool,
    /// No rules are in force at all: those on disk were broken from the start.
    silent: bool,
    /// What was found when they were last read.
    diagnostics: Arc<[Diagnostic]>,
}

impl Standing {
    /// As the reloader says now.
    pub(super) fn of(reloader: &Reloader) -> Standing {
        let status = reloader.status();
        Standing {
            revision: status.short_revision.clone(),
            stale: status.stale,
            silent: status.files.is_empty(),
            diagnostics: Arc::clone(&status.last.diagnostics),
        }
    }
}

/// The paths, for a chat whose rules may be edited.
pub(super) fn routes() -> Router<Arc<Chat>> {
    let body = DefaultBodyLimit::max(limits::EDITED_FILE_BYTES_MAX);
    Router::new()
        .route("/chat/rules", get(list))
        .route("/chat/rules/files/{*path}", get(open).put(save))
        .route("/chat/rules/check/{*path}", post(check))
        .layer(body)
        .layer(from_fn(from_here))
}

async fn list(State(chat): State<Arc<Chat>>) -> Result<Json<Value>, Problem> {
    let files = blocking(&chat, |editing| editing.folder.list()).await??;
    let places: Vec<Value> = chat
        .turn
        .rules()
        .replies
        .iter()
        .map(
            |reply| json!({ "rule": reply.id, "file": reply.place.file, "line": reply.place.line }),
        )
        .collect();
    let folder = editing(&chat)?.folder.root().display().to_string();
    let standing = Standing::of(&chat.reloader);
    Ok(Json(json!({ "folder": folder, "files": files, "rules": places, "standing": standing })))
}

async fn open(
    State(chat): State<Arc<Chat>>,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    let opened = blocking(&chat, move |editing| editing.folder.open(&path)).await??;
    let headers = [
        (header::ETAG, format!("\"{}\"", opened.digest)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Json(opened)).into_response())
}

/// Saves the body. `If-Match` names the digest that was opened, `If-None-Match: *` a new file.
async fn save(
    State(chat): State<Arc<Chat>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    text: String,
) -> Result<Json<Value>, Problem> {
    let expected = expected(&headers)?;
    let saved =
        blocking(&chat, move |editing| editing.folder.save(&path, &text, &expected)).await??;
    chat.reloader.reload_now().await;
    Ok(Json(json!({ "digest": saved, "standing": Standing::of(&chat.reloader) })))
}

/// What would be found if the file held the body; nothing is saved.
async fn check(
    State(chat): State<Arc<Chat>>,
    Path(path): Path<String>,
    text: String,
) -> Result<Json<Value>, Problem> {
    let editing = editing(&chat)?;
    let _turn = editing.checking.acquire().await;
    let found = blocking(&chat, move |editing| {
        folder::check_name(&path)?;
        let sources = crate::files::read(editing.folder.root())?.with(&path, text);
        Ok::<_, FolderError>(decide::check(&sources, &editing.settings).diagnostics)
    });
    let diagnostics = found.await??;
    Ok(Json(json!({ "diagnostics": diagnostics })))
}

fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(header::IF_MATCH), text(header::IF_NONE_MATCH)) {
        (Some(digest), None) => Ok(Expected::Digest(digest.trim_matches('"').to_owned())),
        (None, Some("*")) => Ok(Expected::Nothing),
        _ => {
            let detail = "name the digest you opened in `If-Match`, or `If-None-Match: *` for a \
                          new file";
            Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, detail))
        }
    }
}

fn editing(chat: &Chat) -> Result<&Editing, Problem> {
    chat.editing.as_ref().ok_or_else(|| {
        let detail = "rules are edited here only while the demo listens on this machine alone";
        Problem::new(StatusCode::FORBIDDEN, detail)
    })
}

/// Off the threads that serve.
async fn blocking<T: Send + 'static>(
    chat: &Arc<Chat>,
    work: impl FnOnce(&Editing) -> T + Send + 'static,
) -> Result<T, Problem> {
    editing(chat)?;
    let chat = Arc::clone(chat);
    let done = tokio::task::spawn_blocking(move || chat.editing.as_ref().map(work)).await;
    done.ok().flatten().ok_or_else(|| Problem::unavailable("it broke off; try again"))
}

/// Turns away requests whose `Host` is not a name of this machine itself.
async fn from_here(request: Request, next: Next) -> Result<Response, Problem> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_this_machine) {
        return Ok(next.run(request).await);
    }
    let detail = "rules are edited from this machine alone: open the page by 127.0.0.1";
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

fn is_this_machine(host: &str) -> bool {
    let port = |c: char| c.is_ascii_digit();
    let name = host.trim_end_matches(port).strip_suffix(':').unwrap_or(host);
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl From<FolderError> for Problem {
    fn from(error: FolderError) -> Problem {
        let status = match &error {
            FolderError::Name(_) | FolderError::NotText(_) => StatusCode::BAD_REQUEST,
            FolderError::Outside(_) => StatusCode::FORBIDDEN,
            FolderError::Missing(_) => StatusCode::NOT_FOUND,
            FolderError::Exists(_) | FolderError::Changed(_) => StatusCode::CONFLICT,
            FolderError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            FolderError::Folder(_) | FolderError::Refused(..) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Problem::new(status, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (host, here) in [
            ("127.0.0.1:8088", true),
            ("127.0.0.1", true),
            ("localhost:8088", true),
            ("LOCALHOST", true),
            ("[::1]:8088", true),
            ("192.168.1.7:8088", false),
            ("rebound.example:8088", false),
            ("127.0.0.1.example", false),
            ("", false),
        ] {
            assert_eq!(is_this_machine(host), here, "{host}");
        }
    }
}
