//! The Rhai engine: what scripts may do, every limit, and how they see the names of usher.
//!
//! Absent by design: files, modules, clocks, sleeping, `eval`, functions without a name, output.
//! The names (`contact`, `message`, …) are not variables of a Rhai scope, because functions do not
//! see those: they are resolved from the facts that travel as the tag of one evaluation.

use crate::limits;
use crate::rules::scope::facts::{Fact, Facts, Group};
use crate::rules::variables;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage,
    BasicStringPackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, ImmutableString, OptimizationLevel, Token};
use std::sync::Arc;

/// The name whose reading hands the facts to the evaluation; put before every condition.
pub(super) const ENTER: &str = "usher_enter";
/// The one variable of a condition's scope: the facts.
pub(super) const FACTS: &str = "usher_facts";
/// Functions of Rhai itself that no package lists: name and values taken.
pub(super) const KEYWORDS: [(&str, usize); 1] = [("type_of", 1)];
const MISSING: &str = "a value that is missing is joined to a text: write `(value ?? \"…\")`";
/// Stands in a text for a value that was missing; no customer and no rule can type it.
pub(super) const MISSING_MARK: char = '\u{FFFF}';
/// What scripts may not do. `this` stays: methods may be written.
const FORBIDDEN: [&str; 10] = [
    "eval",
    "import",
    "export",
    "Fn",
    "call",
    "curry",
    "is_shared",
    "is_def_var",
    "is_def_fn",
    "private",
];

/// The facts of one evaluation, as a Rhai value.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Facts>);

/// A group of names, as a Rhai value.
#[derive(Clone)]
struct Handle {
    facts: Arc<Facts>,
    group: Group,
}

impl Handle {
    fn get(&self, name: &str) -> Dynamic {
        dynamic(&self.facts, self.facts.get(self.group, name))
    }
}

/// The engine, with everything set.
pub(super) fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    // `LanguageCorePackage` is left out: it can sleep, exit and read JSON.
    ArithmeticPackage::new().register_into_engine(&mut engine);
    BasicStringPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicMathPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    MoreStringPackage::new().register_into_engine(&mut engine);
    limit(&mut engine);
    forbid(&mut engine);
    register_names(&mut engine);
    register_missing(&mut engine);
    engine
}

/// The engine for functions that a text calls: what they join goes to a customer. Rhai's fast
/// operators would not ask [`register_missing`]; conditions keep them.
pub(super) fn writing_engine() -> Engine {
    let mut engine = engine();
    engine.set_fast_operators(false);
    engine
}

/// Rhai adds a missing value to a text as if it were empty; here that is an error, so that nothing
/// goes out half-filled.
fn register_missing(engine: &mut Engine) {
    type Joined = Result<ImmutableString, Box<rhai::EvalAltResult>>;
    engine.register_fn("+", |_: ImmutableString, (): ()| -> Joined { Err(MISSING.into()) });
    engine.register_fn("+", |(): (), _: ImmutableString| -> Joined { Err(MISSING.into()) });
    engine.register_fn(
        "+=",
        |_: &mut ImmutableString, (): ()| -> Result<(), Box<rhai::EvalAltResult>> {
            Err(MISSING.into())
        },
    );
    // Within `${ }` Rhai swallows errors: what is written there instead is found by `texts`.
    engine.register_fn("to_string", |(): ()| MISSING_MARK.to_string());
}

fn limit(engine: &mut Engine) {
    engine
        .set_max_operations(limits::SCRIPT_OPERATIONS_MAX)
        .set_max_call_levels(limits::SCRIPT_CALL_DEPTH_MAX)
        .set_max_expr_depths(limits::SCRIPT_EXPR_DEPTH_MAX, limits::SCRIPT_EXPR_DEPTH_MAX)
        .set_max_string_size(limits::SCRIPT_STRING_BYTES_MAX)
        .set_max_array_size(limits::SCRIPT_ARRAY_ITEMS_MAX)
        .set_max_map_size(limits::SCRIPT_MAP_ITEMS_MAX)
        .set_max_variables(limits::SCRIPT_VARIABLES_MAX)
        .set_max_functions(limits::SCRIPT_FUNCTIONS_MAX)
        .set_max_modules(0);
}

fn forbid(engine: &mut Engine) {
    engine.set_allow_anonymous_fn(false);
    engine.set_fail_on_invalid_map_property(true);
    // Folding would take away, before they are checked, branches that never run.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.on_print(|_| ());
    engine.on_debug(|_, _, _| ());
    for symbol in FORBIDDEN {
        engine.disable_symbol(symbol);
    }
}

#[expect(deprecated, reason = "Rhai marks these two volatile so; the version is locked")]
fn register_names(engine: &mut Engine) {
    // Rhai keeps `match` for itself and does not use it.
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(name) if *name == "match" => Token::Identifier(name),
        token => token,
    });
    engine.on_var(|name, place, mut context| {
        // A place means a variable or parameter of the script itself.
        if place != 0 {
            return Ok(None);
        }
        if name == ENTER {
            let facts = context.scope().get(FACTS).cloned().unwrap_or_default();
            *context.tag_mut() = facts;
            return Ok(Some(Dynamic::UNIT));
        }
        let facts = context.tag().read_lock::<Shared>().map(|shared| shared.0.clone());
        Ok(facts.and_then(|facts| facts.root(name).map(|fact| dynamic(&facts, fact))))
    });
    engine.register_type_with_name::<Handle>("group of names");
    for name in variables::property_names() {
        engine.register_get(name, move |handle: &mut Handle| handle.get(name));
    }
    engine.register_indexer_get(|handle: &mut Handle, name: ImmutableString| handle.get(&name));
}

/// A fact as a Rhai value; what is absent is `()`.
fn dynamic(facts: &Arc<Facts>, fact: Fact) -> Dynamic {
    match fact {
        Fact::Absent => Dynamic::UNIT,
        Fact::Text(text) => text.into(),
        Fact::Whole(number) => number.into(),
        Fact::Decimal(number) => number.into(),
        Fact::YesNo(yes) => yes.into(),
        Fact::List(items) => Dynamic::from_array(items.into_iter().map(Dynamic::from).collect()),
        Fact::Group(group) => Dynamic::from(Handle { facts: facts.clone(), group }),
    }
}
