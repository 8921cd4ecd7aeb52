//! Buttons and lists, with Meta's limits (Cloud API reference 4.3).

use super::GraphError;
use super::fields::{Object, needed, object, objects, optional, text};
use crate::limits;
use crate::simulator::content::{ChatButton, ChatContent, ChatRow, ChatSection};
use std::collections::HashSet;

/// The texts around them.
struct Frame {
    header: Option<String>,
    body: String,
    footer: Option<String>,
}

/// What an `interactive` message holds.
pub(super) fn interactive(body: &Object) -> Result<ChatContent, GraphError> {
    let interactive = object(body, "interactive", "interactive")?;
    let action = object(interactive, "action", "interactive.action")?;
    match text(interactive, "type")? {
        Some("button") => buttons(frame(interactive)?, action),
        Some("list") => list(frame(interactive)?, action),
        Some(kind) => {
            let kind: String = kind.chars().take(64).collect();
            let details = format!("The simulator plays buttons and lists, not {kind}");
            Err(GraphError::bad(131_051, "Unsupported message type", details))
        }
        None => Err(GraphError::missing("interactive.type")),
    }
}

fn frame(interactive: &Object) -> Result<Frame, GraphError> {
    let part = |name: &str, most| {
        let place = format!("interactive.{name}.text");
        match interactive.get(name) {
            None => Ok(None),
            Some(_) => {
                let part = object(interactive, name, &format!("interactive.{name}"))?;
                needed(part, "text", &place, most).map(Some)
            }
        }
    };
    if let Some(header) = interactive.get("header")
        && header.get("type").and_then(serde_json::Value::as_str) != Some("text")
    {
        return Err(GraphError::value("interactive.header.type must be text"));
    }
    let body = part("body", limits::INTERACTIVE_BODY_UTF16_MAX)?;
    Ok(Frame {
        header: part("header", limits::HEADER_UTF16_MAX)?,
        body: body.ok_or_else(|| GraphError::missing("interactive.body"))?,
        footer: part("footer", limits::FOOTER_UTF16_MAX)?,
    })
}

fn buttons(frame: Frame, action: &Object) -> Result<ChatContent, GraphError> {
    let given = objects(action, "buttons", "interactive.action.buttons")?;
    if given.is_empty() || given.len() > limits::BUTTONS_MAX {
        let most = limits::BUTTONS_MAX;
        return Err(GraphError::value(format!("action.buttons must be 1 to {most}")));
    }
    let buttons = given.into_iter().map(button).collect::<Result<Vec<_>, _>>()?;
    distinct("button ids", buttons.iter().map(|button| button.id.as_str()))?;
    distinct("button titles", buttons.iter().map(|button| button.title.as_str()))?;
    let Frame { header, body, footer } = frame;
    Ok(ChatContent::Buttons { header, body, footer, buttons })
}

fn button(button: &Object) -> Result<ChatButton, GraphError> {
    if text(button, "type")? != Some("reply") {
        return Err(GraphError::value("the type of a button must be reply"));
    }
    let reply = object(button, "reply", "button.reply")?;
    let id = needed(reply, "id", "button.reply.id", limits::BUTTON_ID_BYTES_MAX)?;
    if id.trim() != id {
        return Err(GraphError::value("button.reply.id must not begin or end with a space"));
    }
    let title = needed(reply, "title", "button.reply.title", limits::BUTTON_TITLE_UTF16_MAX)?;
    Ok(ChatButton { id, title })
}

fn list(frame: Frame, action: &Object) -> Result<ChatContent, GraphError> {
    let opens = limits::LIST_BUTTON_UTF16_MAX;
    let button = needed(action, "button", "interactive.action.button", opens)?;
    let given = objects(action, "sections", "interactive.action.sections")?;
    if given.is_empty() || given.len() > limits::SECTIONS_MAX {
        let most = limits::SECTIONS_MAX;
        return Err(GraphError::value(format!("action.sections must be 1 to {most}")));
    }
    let several = given.len() > 1;
    let sections =
        given.into_iter().map(|one| section(one, several)).collect::<Result<Vec<_>, _>>()?;
    let rows = || sections.iter().flat_map(|section| &section.rows);
    if rows().count() > limits::ROWS_MAX {
        let most = limits::ROWS_MAX;
        return Err(GraphError::value(format!("a list has at most {most} rows in all")));
    }
    distinct("row ids", rows().map(|row| row.id.as_str()))?;
    let Frame { header, body, footer } = frame;
    Ok(ChatContent::List { header, body, footer, button, sections })
}

fn section(section: &Object, several: bool) -> Result<ChatSection, GraphError> {
    let title = optional(section, "title", "section.title", limits::SECTION_TITLE_UTF16_MAX)?;
    if several && title.is_none() {
        return Err(GraphError::missing("section.title"));
    }
    let rows = objects(section, "rows", "section.rows")?;
    if rows.is_empty() {
        return Err(GraphError::value("section.rows must not be empty"));
    }
    let rows = rows.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    Ok(ChatSection { title, rows })
}

fn row(row: &Object) -> Result<ChatRow, GraphError> {
    Ok(ChatRow {
        id: needed(row, "id", "row.id", limits::ROW_ID_BYTES_MAX)?,
        title: needed(row, "title", "row.title", limits::ROW_TITLE_UTF16_MAX)?,
        description: optional(
            row,
            "description",
            "row.description",
            limits::ROW_DESCRIPTION_UTF16_MAX,
        )?,
    })
}

fn distinct<'a>(what: &str, mut given: impl Iterator<Item = &'a str>) -> Result<(), GraphError> {
    let mut seen = HashSet::new();
    if given.all(|one| seen.insert(one)) {
        return Ok(());
    }
    Err(GraphError::value(format!("{what} must be unique")))
}
