//! The page, its parts, and the small API behind it. Every path begins with the token.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Only;
use super::access::{Door, forbidden, guarded};
use super::candidates::{LONGEST_NAME, warnings};
use super::desk::{Desk, Refusal, Word};
use super::history::Sellers;
use super::photo::Pictures;
use super::queue::{Overview, Sheet, overview, sheet};
use super::table::clean;

/// The largest body of a request, bytes: a decision with the sellers of a photo's rows.
const MOST_BODY_BYTES: usize = 64 * 1024;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
const VIEWER: &str = include_str!("page/viewer.js");
const ICON: &str = include_str!("page/icon.svg");

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) door: Door,
    pub(super) desk: Mutex<Desk>,
    pub(super) pictures: Pictures,
    pub(super) only: Only,
}

impl Site {
    /// A desk whose holder panicked has its journal on the disk, and can be used.
    pub(super) fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is served.
pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/{token}/", get(|| async { text("text/html; charset=utf-8", PAGE) }))
        .route("/{token}/page.css", get(|| async { text("text/css; charset=utf-8", STYLE) }))
        .route("/{token}/page.js", get(|| async { text("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/{token}/viewer.js", get(|| async { text("text/javascript; charset=utf-8", VIEWER) }))
        .route("/{token}/icon.svg", get(|| async { text("image/svg+xml", ICON) }))
        .route("/{token}/api/list", get(list))
        .route("/{token}/api/photo/{photo}", get(one))
        .route("/{token}/api/picture/{photo}", get(picture))
        .route("/{token}/api/check", post(check))
        .route("/{token}/api/decide", post(decide))
        .route("/{token}/api/undo", post(undo))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard))
        .with_state(site)
}

/// Lets in who may ask, and adds what every answer carries.
async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if !site.door.is_open_to(&request) {
        return guarded(forbidden());
    }
    guarded(next.run(request).await)
}

fn text(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind)], text).into_response()
}

/// Why something was not done, as JSON.
fn refused(status: StatusCode, message: impl Into<String>) -> Response {
    (status, Json(json!({ "message": message.into() }))).into_response()
}

/// Does something that waits for disks, apart from the threads that answer.
async fn at_desk(site: Arc<Site>, work: impl FnOnce(&Site) -> Response + Send + 'static) -> Response {
    let done = tokio::task::spawn_blocking(move || work(&site)).await;
    done.unwrap_or_else(|_| {
        refused(StatusCode::INTERNAL_SERVER_ERROR, "this went wrong inside nova-ft; reload the page")
    })
}

#[derive(Debug, Serialize)]
struct List {
    #[serde(flatten)]
    overview: Overview,
    only: Only,
}

#[derive(Debug, Deserialize)]
struct Since {
    since: Option<u64>,
}

/// The list; nothing where it is still what the page has.
async fn list(State(site): State<Arc<Site>>, Query(since): Query<Since>) -> Response {
    let list = move |site: &Site| {
        let mut desk = site.desk();
        desk.refresh();
        if since.since == Some(desk.revision) {
            return StatusCode::NO_CONTENT.into_response();
        }
        Json(List { overview: overview(&desk), only: site.only }).into_response()
    };
    at_desk(site, list).await
}

async fn one(State(site): State<Arc<Site>>, Path((_, photo)): Path<(String, usize)>) -> Response {
    let show = move |site: &Site| {
        let mut desk = site.desk();
        desk.refresh();
        shown(&desk, photo)
    };
    at_desk(site, show).await
}

fn shown(desk: &Desk, photo: usize) -> Response {
    match sheet(desk, photo) {
        Some(sheet) => Json(sheet).into_response(),
        None => refused(StatusCode::NOT_FOUND, "there is no such photo"),
    }
}

async fn picture(State(site): State<Arc<Site>>, Path((_, photo)): Path<(String, usize)>) -> Response {
    let show = move |site: &Site| {
        // Only photos of the scan have a number: no path ever comes from outside.
        let Some(photo) = site.desk().photo(photo).cloned() else {
            return refused(StatusCode::NOT_FOUND, "there is no such photo");
        };
        match site.pictures.picture(&photo) {
            Ok(picture) => ([(CONTENT_TYPE, picture.kind)], Body::from(picture.bytes)).into_response(),
            Err(error) => refused(StatusCode::UNPROCESSABLE_ENTITY, crate::wording::visible(&error.with_causes())),
        }
    };
    at_desk(site, show).await
}

#[derive(Debug, Deserialize)]
struct Check {
    name: String,
}

/// What is odd about a name, while it is typed.
async fn check(Json(check): Json<Check>) -> Response {
    let name: String = clean(&check.name).chars().take(LONGEST_NAME).collect();
    Json(json!({ "name": name, "warnings": warnings(&name) })).into_response()
}

#[derive(Debug, Deserialize)]
struct Decide {
    photo: usize,
    /// What the page calls that photo: numbers are another photo's after the folder has changed and nova-ft was started anew.
    image: String,
    /// What the photo's rows say on the page.
    seen: Sellers,
    /// The seller; none leaves the photo for later.
    name: Option<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    photo: usize,
    list: Overview,
    sheet: Option<Sheet>,
}

fn answer(desk: &Desk, photo: usize, status: StatusCode, message: Option<&'static str>) -> Response {
    let answer = Answer { message, photo, list: overview(desk), sheet: sheet(desk, photo) };
    (status, Json(answer)).into_response()
}

const CHANGED: &str =
    "The table says something else by now: in another tab or program it was changed. Nothing was decided.";
const STAYS: &str = "Undone here. The table says something else by now, and what another program wrote there stays.";

async fn decide(State(site): State<Arc<Site>>, Json(decide): Json<Decide>) -> Response {
    let take = move |site: &Site| {
        let mut desk = site.desk();
        if desk.photo(decide.photo).is_none_or(|photo| photo.name != decide.image) {
            return refused(StatusCode::CONFLICT, "The folder is not as this page knows it: reload the page.");
        }
        let word = decide.name.map_or(Word::Skip, Word::Seller);
        match desk.decide(decide.photo, &decide.seen, &word) {
            Ok(()) => answer(&desk, decide.photo, StatusCode::OK, None),
            Err(Refusal::Changed) => answer(&desk, decide.photo, StatusCode::CONFLICT, Some(CHANGED)),
            Err(refusal) => turned_down(refusal),
        }
    };
    at_desk(site, take).await
}

async fn undo(State(site): State<Arc<Site>>) -> Response {
    let take = |site: &Site| {
        let mut desk = site.desk();
        match desk.undo() {
            Ok((photo, is_as_decided)) => answer(&desk, photo, StatusCode::OK, (!is_as_decided).then_some(STAYS)),
            Err(refusal) => turned_down(refusal),
        }
    };
    at_desk(site, take).await
}

fn turned_down(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Unusable(why) => refused(StatusCode::UNPROCESSABLE_ENTITY, why),
        Refusal::Changed => refused(StatusCode::CONFLICT, CHANGED),
        Refusal::Nothing => refused(StatusCode::CONFLICT, "there is nothing to undo"),
        Refusal::Lost(why) => {
            refused(StatusCode::INTERNAL_SERVER_ERROR, format!("NOT kept: {}", crate::wording::visible(&why)))
        }
    }
}
