//! Rhai: functions of `*.rhai` and the conditions of `when`, with every limit set.
//!
//! [`engine`] says what a script may do, [`lint`] finds what Rhai finds too late, [`run`] calls.
//! A script that fails is a visible outcome: it is never silently false.

mod engine;
mod lint;
mod place;
mod run;

use super::scope::facts::Needs;
use super::suggest;
use super::variables::Names;
use crate::limits;
use lint::{Known, Linted};
use rhai::{AST, Engine, Module, OptimizationLevel, ScriptFuncDef, Stmt};
use run::{Condition, Function, Inner};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A compiled `when`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionId(pub u32);

/// A function of a `.rhai` file that takes nothing and gives what is to be said (`script`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// A script that failed at run time: a visible outcome, never silently "false".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// What went wrong, with file:line:col where known.
    pub message: String,
    /// A limit was hit (operations, depth, size).
    pub limit: bool,
}

/// Something wrong in a script, found before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptProblem {
    /// The `.rhai` file; `None` for the expression given.
    pub file: Option<String>,
    /// Bytes of the expression, or of the file.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to type.
    pub help: Option<String>,
}

/// Gathers functions and conditions; [`ScriptsBuilder::build`] makes [`Scripts`].
pub struct ScriptsBuilder {
    engine: Engine,
    known: Known,
    /// What runs before every condition.
    enter: Vec<Stmt>,
    library: Arc<Module>,
    functions: Vec<Function>,
    /// Groups that functions name.
    needs: Needs,
    conditions: Vec<Condition>,
    /// Functions that speak, by number.
    speaking: Vec<String>,
}

/// All functions and conditions of a rule set. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Scripts(Arc<Inner>);

impl Default for Scripts {
    /// No function, no condition.
    fn default() -> Self {
        ScriptsBuilder::new(&BTreeMap::new(), &Names::default()).0.build()
    }
}

impl std::fmt::Debug for ScriptsBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptsBuilder").field("functions", &self.functions).finish_non_exhaustive()
    }
}

impl ScriptsBuilder {
    /// Reads the functions of all `.rhai` files (path → text). A file with problems is left out, so
    /// that conditions can be checked all the same.
    #[must_use]
    pub fn new(
        files: &BTreeMap<String, String>,
        names: &Names,
    ) -> (ScriptsBuilder, Vec<ScriptProblem>) {
        let engine = engine::engine();
        let known = Known::new(&engine, names);
        let enter = engine.compile_expression(engine::ENTER).unwrap_or_default();
        let mut builder = ScriptsBuilder {
            enter: enter.statements().to_vec(),
            engine,
            known,
            library: Arc::default(),
            functions: Vec::new(),
            needs: Needs::default(),
            conditions: Vec::new(),
            speaking: Vec::new(),
        };
        let problems = builder.read(files);
        (builder, problems)
    }

    /// Compiles a `when`. `matched` are the names the rule takes from the message.
    ///
    /// # Errors
    /// Everything that is wrong with it; spans are bytes of `expression`.
    pub fn condition(
        &mut self,
        expression: &str,
        matched: &[String],
    ) -> Result<ConditionId, Vec<ScriptProblem>> {
        let parsed = self.engine.compile_expression(expression);
        let ast = parsed.map_err(|error| vec![syntax(None, expression, &error)])?;
        let linted = lint::lint(&ast, expression, &self.known, Some(matched));
        let problems = problems(None, &linted);
        if !problems.is_empty() {
            return Err(problems);
        }
        let number = u32::try_from(self.conditions.len()).unwrap_or(u32::MAX);
        let statements = self.enter.iter().chain(ast.statements()).cloned();
        let needs = linted.needs.and(if linted.calls { self.needs } else { Needs::default() });
        let ast = AST::new(statements, self.library.clone());
        self.conditions.push(Condition { ast, needs });
        Ok(ConditionId(number))
    }

    /// A function that gives what is said; it takes no values.
    ///
    /// # Errors
    /// There is no such function, or it takes values; spans are bytes of `name`.
    pub fn function(&mut self, name: &str) -> Result<FunctionId, Vec<ScriptProblem>> {
        let wrong = |message: String, help: Option<String>| {
            vec![ScriptProblem { file: None, span: 0..name.len(), message, help }]
        };
        let Some(takes) = self.takes(name) else {
            let bare = name.split('(').next().unwrap_or(name).trim();
            let help = match self.takes(bare) {
                Some(_) => Some(format!("write the name alone, `{bare}`")),
                None => suggest::nearest(bare, self.function_names())
                    .map(|near| format!("did you mean `{near}`?")),
            };
            return Err(wrong(format!("there is no function `{name}`"), help));
        };
        if !takes.contains(&0) {
            let help =
                format!("it sees `contact`, `message`, `now` by itself: `fn {name}() {{ … }}`");
            let message = format!("`{name}` takes values, and nobody would give them");
            return Err(wrong(message, Some(help)));
        }
        let known = self.speaking.iter().position(|known| known == name);
        let place = known.unwrap_or_else(|| {
            self.speaking.push(name.to_owned());
            self.speaking.len() - 1
        });
        Ok(FunctionId(u32::try_from(place).unwrap_or(u32::MAX)))
    }

    /// The finished set.
    #[must_use]
    pub fn build(self) -> Scripts {
        let library = AST::new([], self.library);
        Scripts(Arc::new(Inner {
            engine: self.engine,
            writing: engine::writing_engine(),
            library,
            functions: self.functions,
            conditions: self.conditions,
            speaking: self.speaking,
            needs: self.needs,
        }))
    }

    /// How many values a function takes (it may be defined for several counts); `None` where there
    /// is no such function.
    pub(super) fn takes(&self, name: &str) -> Option<Vec<usize>> {
        self.known.own(name).map(|takes| takes.iter().copied().collect())
    }

    /// The functions' names.
    pub(super) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.known.own_names()
    }

    /// Groups that functions name.
    pub(super) fn needs(&self) -> Needs {
        self.needs
    }

    fn read(&mut self, files: &BTreeMap<String, String>) -> Vec<ScriptProblem> {
        let mut problems = Vec::new();
        let mut parsed = Vec::new();
        for (file, text) in files {
            match self.engine.compile(text) {
                Ok(ast) => parsed.push((file, text, ast)),
                Err(error) => problems.push(syntax(Some(file), text, &error)),
            }
        }
        let mut library = Module::new();
        for (file, text, ast) in &parsed {
            problems.extend(self.declare(file, text, ast, &mut library));
        }
        // Only now is every function known.
        for (file, text, ast) in &parsed {
            let linted = lint::lint(ast, text, &self.known, None);
            self.needs = self.needs.and(linted.needs);
            problems.extend(self::problems(Some(file), &linted));
        }
        self.library = Arc::new(library);
        problems
    }

    fn declare(
        &mut self,
        file: &str,
        text: &str,
        ast: &AST,
        library: &mut Module,
    ) -> Vec<ScriptProblem> {
        let mut problems = Vec::new();
        let mut problem = |span, message, help| {
            problems.push(ScriptProblem { file: Some(file.to_owned()), span, message, help });
        };
        if let Some(statement) = ast.statements().first() {
            problem(
                place::word(text, statement.position()),
                "only functions can stand here".to_owned(),
                Some("put it into a function: `fn name() { … }`".to_owned()),
            );
        }
        // Folded for the run; the tree that is checked stays as written.
        let fast =
            self.engine.optimize_ast(&rhai::Scope::new(), ast.clone(), OptimizationLevel::Simple);
        let mut definitions: Vec<_> = fast
            .shared_lib()
            .iter_script_fn_info()
            .map(|(.., definition)| definition.clone())
            .collect();
        definitions.sort_by_key(|definition| definition.body.start_position());
        for definition in definitions {
            let function = function(file, text, &definition);
            if let Some(why) = self.refuses(&function) {
                problem(function.span.clone(), why, None);
                continue;
            }
            self.known.declare(&function.name, function.takes);
            self.functions.push(function);
            library.set_script_fn(definition);
        }
        problems
    }

    fn refuses(&self, function: &Function) -> Option<String> {
        let name = &function.name;
        if self.known.is_builtin(name) {
            return Some(format!("there is a function `{name}` already: it is built in"));
        }
        if self.known.is_name(name) {
            return Some(format!("`{name}` is the name of what a message brings"));
        }
        let same = |other: &&Function| other.name == *name && other.takes == function.takes;
        if let Some(other) = self.functions.iter().find(same) {
            let (file, line) = (&other.file, other.line);
            return Some(format!("there is a function `{name}` already: {file}:{line}"));
        }
        (self.functions.len() >= limits::SCRIPT_FUNCTIONS_MAX)
            .then(|| format!("there are more than {} functions", limits::SCRIPT_FUNCTIONS_MAX))
    }
}

fn function(file: &str, text: &str, definition: &ScriptFuncDef) -> Function {
    let body = definition.body.start_position();
    let span = place::name_before(text, body, &definition.name);
    Function {
        name: definition.name.to_string(),
        takes: definition.params.len(),
        file: file.to_owned(),
        line: text.get(..span.start).unwrap_or_default().matches('\n').count() + 1,
        last_line: definition.body.end_position().line().unwrap_or(usize::MAX),
        span,
    }
}

fn syntax(file: Option<&str>, text: &str, error: &rhai::ParseError) -> ScriptProblem {
    let span = place::word(text, error.1);
    let (message, help) = match &*error.0 {
        rhai::ParseErrorType::FnDuplicatedDefinition(name, _) => {
            (format!("there is a function `{name}` already in this file"), None)
        }
        rhai::ParseErrorType::Reserved(name) => (format!("`{name}` cannot be used in rules"), None),
        // How Rhai tells of a symbol that `engine` forbids.
        other if other.to_string().ends_with("is disabled") => {
            let symbol = text.get(span.clone()).unwrap_or_default();
            (format!("`{symbol}` cannot be used in rules"), None)
        }
        other => (run::lower_first(&other.to_string()), None),
    };
    ScriptProblem { file: file.map(str::to_owned), span, message, help }
}

fn problems(file: Option<&str>, linted: &Linted) -> Vec<ScriptProblem> {
    let found = linted.findings.iter().cloned();
    let problem = |(span, message, help)| ScriptProblem {
        file: file.map(str::to_owned),
        span,
        message,
        help,
    };
    found.map(problem).collect()
}

#[cfg(test)]
mod tests;
