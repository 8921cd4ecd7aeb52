//! Errors in Meta's shape (Cloud API reference, section 5).

use axum::http::StatusCode;
use serde_json::{Value, json};

/// An error in Meta's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct GraphError {
    pub(in crate::simulator) http: StatusCode,
    pub(in crate::simulator) code: u32,
    pub(in crate::simulator) title: &'static str,
    pub(in crate::simulator) details: String,
}

impl GraphError {
    pub(in crate::simulator) fn token() -> GraphError {
        GraphError {
            http: StatusCode::UNAUTHORIZED,
            code: 190,
            title: "Invalid OAuth access token",
            details: "The bearer token is missing or is not this account's".to_owned(),
        }
    }

    pub(in crate::simulator) fn number(id: &str) -> GraphError {
        let id: String = id.chars().take(64).collect();
        let details = format!("No phone number has the id {id}, or this token may not use it");
        GraphError::bad(33, "Parameter value is not valid", details)
    }

    pub(in crate::simulator) fn throughput() -> GraphError {
        GraphError {
            http: StatusCode::TOO_MANY_REQUESTS,
            code: 130_429,
            title: "Rate limit hit",
            details: "The throughput of this number has been reached".to_owned(),
        }
    }

    pub(in crate::simulator) fn unavailable() -> GraphError {
        GraphError {
            http: StatusCode::INTERNAL_SERVER_ERROR,
            code: 131_016,
            title: "Service unavailable",
            details: "The service is not available for the moment".to_owned(),
        }
    }

    /// The customer's 24 hours are over.
    pub(in crate::simulator) fn window() -> GraphError {
        let details = "More than 24 hours have passed since the customer last wrote";
        GraphError::bad(131_047, "Re-engagement message", details.to_owned())
    }

    /// Nobody there.
    pub(in crate::simulator) fn undeliverable() -> GraphError {
        let details = "Nobody with this number or id uses WhatsApp".to_owned();
        GraphError::bad(131_026, "Message undeliverable", details)
    }

    pub(in crate::simulator) fn bad(code: u32, title: &'static str, details: String) -> GraphError {
        GraphError { http: StatusCode::BAD_REQUEST, code, title, details }
    }

    pub(in crate::simulator) fn invalid(details: impl Into<String>) -> GraphError {
        GraphError::bad(100, "Invalid parameter", details.into())
    }

    /// Something is wrong with a picture, sound or file.
    pub(in crate::simulator) fn media(details: String) -> GraphError {
        GraphError::bad(131_053, "Media upload error", details)
    }

    pub(in crate::simulator) fn missing(name: &str) -> GraphError {
        let details = format!("The parameter {name} is required");
        GraphError::bad(131_008, "Required parameter is missing", details)
    }

    pub(in crate::simulator) fn value(details: impl Into<String>) -> GraphError {
        GraphError::bad(131_009, "Parameter value is not valid", details.into())
    }

    /// The body of the answer.
    pub(in crate::simulator) fn body(&self, trace: &str) -> Value {
        json!({ "error": {
            "message": format!("(#{}) {}", self.code, self.title),
            "type": "OAuthException",
            "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details },
            "fbtrace_id": trace,
        }})
    }

    /// The same error inside a `failed` status.
    pub(in crate::simulator) fn in_status(&self) -> Value {
        json!({
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": { "details": self.details },
        })
    }
}
