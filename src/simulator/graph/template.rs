//! Template messages, and which templates count as approved (Cloud API reference 4.4).

use super::GraphError;
use super::fields::{Object, needed, object, objects, optional, text};
use crate::limits;
use crate::simulator::content::{ChatContent, ChatParam};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// A template that counts as approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovedTemplate {
    /// Its name.
    pub name: String,
    /// The codes of the languages it is approved in.
    pub languages: Vec<String>,
    /// How many values its body takes.
    #[serde(default)]
    pub params: usize,
}

/// What a `template` message holds. `approved` are the templates there are; `None`: any that looks
/// right.
pub(super) fn template(
    body: &Object,
    approved: Option<&[ApprovedTemplate]>,
) -> Result<ChatContent, GraphError> {
    let template = object(body, "template", "template")?;
    let name = needed(template, "name", "template.name", limits::TEMPLATE_NAME_BYTES_MAX)?;
    if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        return Err(GraphError::invalid(
            "template.name holds small letters, digits and underscores alone",
        ));
    }
    let language = object(template, "language", "template.language")?;
    let language = needed(language, "code", "template.language.code", 16)?;
    let params = match template.get("components") {
        None => Vec::new(),
        Some(_) => body_params(&objects(template, "components", "template.components")?)?,
    };
    check_values(&params)?;
    if let Some(approved) = approved {
        check_approved(approved, &name, &language, params.len())?;
    }
    Ok(ChatContent::Template { name, language, params })
}

fn body_params(components: &[&Object]) -> Result<Vec<ChatParam>, GraphError> {
    let mut params = Vec::new();
    for component in components {
        match text(component, "type")? {
            Some("body") => {
                for given in objects(component, "parameters", "component.parameters")? {
                    params.push(param(given)?);
                }
            }
            // Taken and not looked into: usher sends none of them.
            Some("header" | "button") => {}
            Some(_) => return Err(GraphError::invalid("component.type is none of the known ones")),
            None => return Err(GraphError::missing("component.type")),
        }
    }
    Ok(params)
}

fn param(given: &Object) -> Result<ChatParam, GraphError> {
    if text(given, "type")? != Some("text") {
        return Err(mismatch("The simulator takes parameters of type text"));
    }
    let most = limits::TEMPLATE_PARAMS_UTF16_MAX;
    Ok(ChatParam {
        name: optional(given, "parameter_name", "parameter.parameter_name", most)?,
        text: needed(given, "text", "parameter.text", usize::MAX)?,
    })
}

fn check_values(params: &[ChatParam]) -> Result<(), GraphError> {
    let named = params.iter().filter(|param| param.name.is_some()).count();
    if named != 0 && named != params.len() {
        return Err(mismatch("Parameters are all named or all in order"));
    }
    let odd =
        |param: &ChatParam| param.text.contains(['\n', '\r', '\t']) || param.text.contains("     ");
    if params.iter().any(odd) {
        return Err(mismatch(
            "A parameter must not hold line breaks, tabs or more than 4 spaces in a row",
        ));
    }
    let length: usize = params.iter().map(|param| param.text.encode_utf16().count()).sum();
    if length > limits::TEMPLATE_PARAMS_UTF16_MAX {
        let details = "The text with its parameters is too long".to_owned();
        return Err(GraphError::bad(132_005, "Template hydrated text too long", details));
    }
    Ok(())
}

fn check_approved(
    approved: &[ApprovedTemplate],
    name: &str,
    language: &str,
    given: usize,
) -> Result<(), GraphError> {
    let found = approved.iter().find(|template| template.name == name);
    let Some(found) = found.filter(|one| one.languages.iter().any(|code| code == language)) else {
        return Err(GraphError {
            http: StatusCode::NOT_FOUND,
            code: 132_001,
            title: "Template does not exist",
            details: format!("template name ({name}) does not exist in {language}"),
        });
    };
    if found.params != given {
        let details = format!("The template takes {} parameters, not {given}", found.params);
        return Err(GraphError::bad(132_000, "Template param count mismatch", details));
    }
    Ok(())
}

fn mismatch(details: &str) -> GraphError {
    GraphError::bad(132_012, "Template parameter format mismatch", details.to_owned())
}
