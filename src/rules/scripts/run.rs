//! Calling what was compiled: one evaluation, its limits, its errors in the user's words.

use super::engine::{FACTS, MISSING_MARK, Shared};
use super::{ConditionId, FunctionId, ScriptError, Scripts};
use crate::rules::scope::Scope;
use crate::rules::scope::facts::{Facts, Needs};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, ImmutableString, Position};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What [`Scripts`] shares.
#[derive(Debug)]
pub(super) struct Inner {
    /// For conditions.
    pub(super) engine: Engine,
    /// For functions that texts call.
    pub(super) writing: Engine,
    /// All functions, and nothing else.
    pub(super) library: AST,
    pub(super) functions: Vec<Function>,
    pub(super) conditions: Vec<Condition>,
    /// Functions that speak, by number.
    pub(super) speaking: Vec<String>,
    /// Groups that functions name.
    pub(super) needs: Needs,
}

/// A compiled `when`.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) ast: AST,
    pub(super) needs: Needs,
}

/// A function of the rules, and where it stands.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// How many values it takes.
    pub(super) takes: usize,
    pub(super) file: String,
    /// 1-based line of its name.
    pub(super) line: usize,
    /// 1-based line of its end.
    pub(super) last_line: usize,
    /// Bytes of its name in the file.
    pub(super) span: Range<usize>,
}

impl Scripts {
    /// Whether a condition holds.
    ///
    /// # Errors
    /// The script failed, or gave something that is neither true nor false.
    pub fn holds(&self, condition: ConditionId, scope: &Scope<'_>) -> Result<bool, ScriptError> {
        let place = usize::try_from(condition.0).unwrap_or(usize::MAX);
        let condition = self
            .0
            .conditions
            .get(place)
            .ok_or_else(|| failed("the condition belongs to another rule set".to_owned()))?;
        let facts = Arc::new(Facts::gather(scope, condition.needs));
        let value = self.guarded(None, || {
            let mut variables = rhai::Scope::new();
            variables.push_constant(FACTS, Shared(facts));
            self.0.engine.eval_ast_with_scope::<Dynamic>(&mut variables, &condition.ast)
        })?;
        value.as_bool().map_err(|kind| {
            failed(format!("`when` gave {}, neither true nor false", kind_in_words(kind)))
        })
    }

    /// What a function says: a text is one message, a list of texts several; nothing and an empty
    /// text say nothing.
    ///
    /// # Errors
    /// The script failed, or gave something that cannot be said.
    pub fn speak(
        &self,
        function: FunctionId,
        scope: &Scope<'_>,
    ) -> Result<Vec<String>, ScriptError> {
        let place = usize::try_from(function.0).unwrap_or(usize::MAX);
        let name = self
            .0
            .speaking
            .get(place)
            .ok_or_else(|| failed("the function belongs to another rule set".to_owned()))?;
        let facts = Arc::new(Facts::gather(scope, self.0.needs));
        let given = self.call(name, Vec::new(), facts)?;
        spoken(name, given)
    }

    /// Calls a function of the rules, for a text.
    ///
    /// # Errors
    /// The script failed.
    pub(crate) fn call(
        &self,
        name: &str,
        values: Vec<Dynamic>,
        facts: Arc<Facts>,
    ) -> Result<Dynamic, ScriptError> {
        let given: Dynamic = self.guarded(Some(name), || {
            let options = CallFnOptions::new().eval_ast(false).with_tag(Shared(facts));
            let (engine, library) = (&self.0.writing, &self.0.library);
            engine.call_fn_with_options(options, &mut rhai::Scope::new(), library, name, values)
        })?;
        let holed = given.read_lock::<ImmutableString>().is_some_and(|t| t.contains(MISSING_MARK));
        if holed {
            return Err(failed(format!("`{name}` left a place empty: a value is missing")));
        }
        Ok(given)
    }

    /// Whether a function of the rules has this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.functions.iter().any(|function| function.name == name)
    }

    /// A panic within the engine fails this script, not the event.
    fn guarded(
        &self,
        function: Option<&str>,
        run: impl FnOnce() -> Result<Dynamic, Box<EvalAltResult>>,
    ) -> Result<Dynamic, ScriptError> {
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => result.map_err(|error| self.0.in_words(function, *error)),
            Err(_) => Err(failed("the script engine failed".to_owned())),
        }
    }
}

impl Inner {
    /// The innermost error, with its place.
    fn in_words(&self, function: Option<&str>, mut error: EvalAltResult) -> ScriptError {
        let mut function = function.map(str::to_owned);
        while let EvalAltResult::ErrorInFunctionCall(name, _, inner, _) = error {
            function = Some(name);
            error = *inner;
        }
        let at = error.take_position();
        let limit = is_limit(&error);
        let message = format!("{}{}", self.place(function.as_deref(), at), in_words(&error));
        ScriptError { message, limit }
    }

    fn place(&self, function: Option<&str>, at: Position) -> String {
        let named = function.and_then(|name| self.function_at(name, at));
        match (named, at.line(), at.position()) {
            (Some(function), Some(line), column) => {
                format!("{}:{line}:{}: ", function.file, column.unwrap_or(1))
            }
            (Some(function), None, _) => format!("{}:{}: ", function.file, function.line),
            (None, Some(1), Some(column)) => format!("`when`, column {column}: "),
            (None, Some(line), Some(column)) => format!("`when`, line {line}, column {column}: "),
            _ => String::new(),
        }
    }

    /// A name may stand for several functions: the one whose lines hold the place is meant.
    fn function_at(&self, name: &str, at: Position) -> Option<&Function> {
        let line = at.line().unwrap_or(0);
        let mut named = self.functions.iter().filter(|function| function.name == name);
        let first = named.clone().next();
        named.find(|function| (function.line..=function.last_line).contains(&line)).or(first)
    }
}

/// Texts of what a function gave.
fn spoken(name: &str, given: Dynamic) -> Result<Vec<String>, ScriptError> {
    if given.is_unit() {
        return Ok(Vec::new());
    }
    let items = if given.is_array() { given.into_array().unwrap_or_default() } else { vec![given] };
    let texts: Result<Vec<String>, ScriptError> =
        items.into_iter().map(|item| spoken_text(name, &item)).collect();
    Ok(texts?.into_iter().filter(|text| !text.trim().is_empty()).collect())
}

fn spoken_text(name: &str, given: &Dynamic) -> Result<String, ScriptError> {
    let Some(text) = given.read_lock::<ImmutableString>() else {
        let kind = kind_in_words(given.type_name());
        return Err(failed(format!(
            "`{name}` gave {kind}; what is said is a text or a list of texts"
        )));
    };
    if text.contains(MISSING_MARK) {
        return Err(failed(format!("`{name}` left a place empty: a value is missing")));
    }
    Ok(text.to_string())
}

fn is_limit(error: &EvalAltResult) -> bool {
    matches!(
        error,
        EvalAltResult::ErrorTooManyOperations(..)
            | EvalAltResult::ErrorTooManyModules(..)
            | EvalAltResult::ErrorStackOverflow(..)
            | EvalAltResult::ErrorTooManyVariables(..)
            | EvalAltResult::ErrorDataTooLarge(..)
            | EvalAltResult::ErrorTerminated(..)
    )
}

fn in_words(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorRuntime(value, _) if !value.is_unit() => value.to_string(),
        EvalAltResult::ErrorTooManyOperations(_) => "the script runs too long".to_owned(),
        EvalAltResult::ErrorStackOverflow(_) => "too many calls inside calls".to_owned(),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            format!("there is no `{}`", plain_types(signature))
        }
        EvalAltResult::ErrorMismatchDataType(wanted, given, _) if !wanted.is_empty() => {
            format!("{} where {} is wanted", kind_in_words(given), kind_in_words(wanted))
        }
        other => plain_types(&lower_first(&other.to_string())),
    }
}

/// Rhai's names of types, in the user's words.
fn kind_in_words(kind: &str) -> &str {
    match kind {
        "()" => "nothing (a value is missing)",
        "string" | "&str" | "String" => "a text",
        "i64" | "f64" => "a number",
        "bool" => "true or false",
        "array" => "a list",
        "map" => "a map",
        other => other,
    }
}

fn plain_types(text: &str) -> String {
    let text = text.replace("&str | ImmutableString | String", "text").replace("i64", "number");
    text.replace("f64", "number").replace("()", "nothing")
}

pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn failed(message: String) -> ScriptError {
    ScriptError { message, limit: false }
}
