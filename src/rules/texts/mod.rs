//! `{{ }}`: texts checked at load, rendered strictly.
//!
//! A value that is missing, null or blank is undefined: `default` gives it another, anything else
//! fails the whole text. Nothing is ever sent half-filled. A text without `{{` and `{%` is kept as
//! it is and costs nothing.

mod filters;
mod lint;
mod values;

use super::draft::slips;
use super::ruleset::TextId;
use super::scope::Scope;
use super::scope::facts::{Facts, Needs};
use super::scripts::ScriptsBuilder;
use super::variables::Names;
use crate::limits;
use lint::Known;
use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A text that could not be rendered: a visible outcome, never sent half-filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TextError {
    /// What was missing or failed, in the user's words.
    pub message: String,
}

/// Something wrong in a text, found before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextProblem {
    /// Bytes of the text given.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to type.
    pub help: Option<String>,
}

/// Gathers texts; [`TextsBuilder::build`] makes [`Texts`].
#[derive(Debug)]
pub struct TextsBuilder {
    known: Known,
    texts: Texts,
    /// How many of them name what was looked up.
    naming_lookups: usize,
}

/// All texts of a rule set.
#[derive(Debug)]
pub struct Texts {
    environment: Environment<'static>,
    texts: Vec<Text>,
}

#[derive(Debug)]
enum Text {
    Plain(String),
    /// Under its number in the environment.
    Template {
        needs: Needs,
    },
    /// The same, with its values percent-encoded.
    Path {
        needs: Needs,
    },
}

impl Default for Texts {
    /// No text.
    fn default() -> Self {
        Texts { environment: environment(), texts: Vec::new() }
    }
}

impl TextsBuilder {
    /// Begins with what the rules declare and the functions they define.
    #[must_use]
    pub fn new(names: &Names, scripts: &ScriptsBuilder) -> TextsBuilder {
        TextsBuilder {
            known: Known::new(names, scripts),
            texts: Texts::default(),
            naming_lookups: 0,
        }
    }

    /// Compiles a text. `matched` are the names the rule takes from the message.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn add(&mut self, text: &str, matched: &[String]) -> Result<TextId, Vec<TextProblem>> {
        let number = u32::try_from(self.texts.texts.len()).unwrap_or(u32::MAX);
        let compiled = if text.contains("{{") || text.contains("{%") {
            Text::Template { needs: self.template(number.to_string(), text, matched)? }
        } else {
            plain(text)?
        };
        self.texts.texts.push(compiled);
        Ok(TextId(number))
    }

    /// Compiles the path of a lookup: as [`TextsBuilder::add`], with its values percent-encoded.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn add_path(&mut self, text: &str, matched: &[String]) -> Result<TextId, Vec<TextProblem>> {
        let number = u32::try_from(self.texts.texts.len()).unwrap_or(u32::MAX);
        let needs = self.template(path_name(number), text, matched)?;
        self.texts.texts.push(Text::Path { needs });
        Ok(TextId(number))
    }

    /// How many texts so far name what was looked up.
    #[must_use]
    pub fn naming_lookups(&self) -> usize {
        self.naming_lookups
    }

    /// The finished texts.
    #[must_use]
    pub fn build(self) -> Texts {
        self.texts
    }

    fn template(
        &mut self,
        name: String,
        text: &str,
        matched: &[String],
    ) -> Result<Needs, Vec<TextProblem>> {
        let syntax = |error: Error| vec![syntax(text, &error)];
        let tree = parse(text, "text", syntax_config()).map_err(syntax)?;
        let linted = lint::lint(&tree, text, &self.known, matched);
        if !linted.findings.is_empty() {
            let problem = |(span, message, help)| TextProblem { span, message, help };
            return Err(linted.findings.into_iter().map(problem).collect());
        }
        let owned = text.to_owned();
        self.texts.environment.add_template_owned(name, owned).map_err(syntax)?;
        self.naming_lookups += usize::from(linted.needs.name_lookups());
        Ok(linted.needs)
    }
}

impl Texts {
    /// The text for one event.
    ///
    /// # Errors
    /// A value was missing, a function failed, or a limit was hit.
    pub fn render(&self, text: TextId, scope: &Scope<'_>) -> Result<String, TextError> {
        let place = usize::try_from(text.0).unwrap_or(usize::MAX);
        match self.texts.get(place) {
            Some(Text::Plain(text)) => Ok(text.clone()),
            Some(kind @ (Text::Template { needs } | Text::Path { needs })) => {
                let facts = Arc::new(Facts::gather(scope, *needs));
                let name = match kind {
                    Text::Path { .. } => path_name(text.0),
                    _ => text.0.to_string(),
                };
                let rendered = self.template(&name, facts)?;
                if is_too_long(&rendered) {
                    return Err(TextError { message: too_long() });
                }
                Ok(rendered)
            }
            None => Err(TextError { message: "the text belongs to another rule set".to_owned() }),
        }
    }

    /// A panic within the engine fails this text, not the event.
    fn template(&self, name: &str, facts: Arc<Facts>) -> Result<String, TextError> {
        let render = || {
            let template = self.environment.get_template(name)?;
            template.render(Value::from_object(values::Root(facts)))
        };
        match catch_unwind(AssertUnwindSafe(render)) {
            Ok(result) => result.map_err(|error| in_words(&error)),
            Err(_) => Err(TextError { message: "the text engine failed".to_owned() }),
        }
    }
}

/// The name of a path in the environment: by its end the values are percent-encoded.
fn path_name(number: u32) -> String {
    format!("{number}.{}", filters::PATH)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    // Like strict, but a missing value may be asked for: `{% if contact.name %}`.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(limits::TEMPLATE_FUEL));
    environment.set_recursion_limit(limits::TEMPLATE_DEPTH_MAX);
    environment.set_syntax(syntax_config());
    environment.set_auto_escape_callback(|name| match name.ends_with(filters::PATH) {
        true => AutoEscape::Custom(filters::PATH.into()),
        false => AutoEscape::None,
    });
    environment.set_formatter(filters::write);
    // It names the value that was missing, and costs nothing where none is.
    environment.set_debug(true);
    filters::register(&mut environment);
    environment
}

/// Texts stay as they are, to the last line break.
fn syntax_config() -> SyntaxConfig {
    SyntaxConfig::builder().keep_trailing_newline(true).build().unwrap_or_default()
}

fn plain(text: &str) -> Result<Text, Vec<TextProblem>> {
    if is_too_long(text) {
        return Err(vec![TextProblem { span: 0..text.len(), message: too_long(), help: None }]);
    }
    Ok(Text::Plain(text.to_owned()))
}

fn is_too_long(text: &str) -> bool {
    text.len() > limits::TEXT_BODY_UTF16_MAX
        && text.encode_utf16().count() > limits::TEXT_BODY_UTF16_MAX
}

fn too_long() -> String {
    format!("the text is longer than {} characters", limits::TEXT_BODY_UTF16_MAX)
}

fn syntax(text: &str, error: &Error) -> TextProblem {
    let span = error.range().filter(|span| text.get(span.clone()).is_some());
    let message = error.detail().unwrap_or("the text cannot be read").to_owned();
    if let Some(problem) = foreign_sign(text) {
        return problem;
    }
    TextProblem { span: span.unwrap_or(0..text.len()), message, help: None }
}

/// The first sign of another keyboard between `{{` and `}}`, outside of its texts.
fn foreign_sign(text: &str) -> Option<TextProblem> {
    let mut start = 0;
    while let Some(opening) = text.get(start..).and_then(|rest| rest.find("{{")) {
        let inner = start + opening + 2;
        let end = text.get(inner..)?.find("}}").map_or(text.len(), |length| inner + length);
        let mut quote = None;
        for (offset, sign) in text.get(inner..end)?.char_indices() {
            match (quote, slips::meant(sign)) {
                (Some(open), _) if sign == open => quote = None,
                (Some(_), _) => {}
                (None, _) if sign == '"' || sign == '\'' => quote = Some(sign),
                (None, Some(wanted)) => {
                    let at = inner + offset;
                    // A colon is no `=` here.
                    let wanted = if sign == '：' { ':' } else { wanted };
                    return Some(TextProblem {
                        span: at..at + sign.len_utf8(),
                        message: format!("{} `{sign}` where `{wanted}` belongs", slips::kind(sign)),
                        help: Some(format!("type `{wanted}`, with the keyboard set to English")),
                    });
                }
                (None, None) => {}
            }
        }
        start = end;
    }
    None
}

fn in_words(error: &Error) -> TextError {
    let detail = error.detail().unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::UndefinedError => match missing_name(detail).or_else(|| place(error)) {
            Some(name) => format!("`{name}` is missing"),
            None => "a value is missing".to_owned(),
        },
        ErrorKind::OutOfFuel => "the text takes too many steps".to_owned(),
        _ if detail.is_empty() => error.kind().to_string(),
        _ => detail.to_owned(),
    };
    TextError { message }
}

/// The engine says: … `contact.name` is undefined ….
fn missing_name(detail: &str) -> Option<&str> {
    let (before, _) = detail.split_once("` is undefined")?;
    before.rsplit_once('`').map(|(_, name)| name)
}

/// What stands where the error was met.
fn place(error: &Error) -> Option<&str> {
    let text = error.template_source()?.get(error.range()?)?;
    Some(text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
