//! Which path leads where, and the least role it asks for.

use super::access::{guard, guard_public};
use super::app::App;
use super::problem::Problem;
use super::{
    api, conversations, dead, decide, events, pauses, probes, rules, status, trace, webhook,
};
use crate::config::Role;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, patch, post};
use std::sync::Arc;

/// What WhatsApp and load balancers reach, on `[server] listen`.
pub fn public(app: &Arc<App>) -> Router {
    let api = |role: Role, route: MethodRouter<Arc<App>>| {
        route.route_layer(from_fn_with_state((Arc::clone(app), role), guard_public))
    };
    finished(app, public_paths(app).merge(api_paths(app, api)))
}

/// What people and tools reach, on `[server] admin`.
pub fn admin(app: &Arc<App>) -> Router {
    finished(app, admin_paths(app).merge(api_paths(app, guarded(app))))
}

/// Both, where `listen` and `admin` are one address; with what else is to be served there.
pub fn all(app: &Arc<App>, more: Router) -> Router {
    finished(
        app,
        public_paths(app).merge(admin_paths(app)).merge(api_paths(app, guarded(app))).merge(more),
    )
}

/// Lets through whose token may do what the role may.
fn guarded(app: &Arc<App>) -> impl Fn(Role, MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    let app = Arc::clone(app);
    move |role, route| route.route_layer(from_fn_with_state((Arc::clone(&app), role), guard))
}

/// What the business's systems call, on both listeners.
fn api_paths(
    app: &Arc<App>,
    least: impl Fn(Role, MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>>,
) -> Router {
    Router::new()
        .route("/v1/events", least(Role::Events, post(api::events::post)))
        .route("/v1/messages", least(Role::Events, post(api::messages::post)))
        .route("/v1/contacts/{id}", least(Role::Analyst, get(api::contacts::show)))
        .route("/v1/contacts/{id}", least(Role::Events, patch(api::contacts::change)))
        .with_state(Arc::clone(app))
}

fn public_paths(app: &Arc<App>) -> Router {
    Router::new()
        .route("/webhook", get(webhook::challenge).post(webhook::take))
        .route("/healthz", get(probes::healthz))
        .route("/readyz", get(probes::readyz))
        .with_state(Arc::clone(app))
}

fn admin_paths(app: &Arc<App>) -> Router {
    let least = guarded(app);
    Router::new()
        .route("/metrics", least(Role::Viewer, get(probes::metrics)))
        .route("/-/rules", least(Role::Viewer, get(rules::rules)))
        .route("/-/reload", least(Role::Admin, post(rules::reload)))
        .route("/v1/status", least(Role::Viewer, get(status::status)))
        .route("/v1/decide", least(Role::Analyst, post(decide::decide)))
        .route("/v1/events/{id}", least(Role::Analyst, get(events::event)))
        .route("/v1/dead", least(Role::Viewer, get(dead::list)))
        .route("/v1/dead/{id}", least(Role::Agent, get(dead::show)))
        .route("/v1/dead/{id}", least(Role::Admin, delete(dead::discard)))
        .route("/v1/dead/{id}/retry", least(Role::Admin, post(dead::retry)))
        .route("/v1/conversations", least(Role::Agent, get(conversations::list)))
        .route("/v1/conversations/{contact}/{act}", least(Role::Agent, post(conversations::act)))
        .route("/v1/pauses", least(Role::Viewer, get(pauses::list)))
        .route("/v1/pauses", least(Role::Admin, post(pauses::pause)))
        .route("/v1/pauses/{scope}", least(Role::Admin, delete(pauses::resume)))
        .with_state(Arc::clone(app))
}

fn finished(app: &Arc<App>, paths: Router) -> Router {
    paths
        .fallback(async || Problem::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || {
            let detail = "this path takes another method; see the `Allow` header";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        })
        .layer(from_fn_with_state(Arc::clone(app), trace::request))
}
