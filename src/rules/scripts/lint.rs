//! What Rhai itself only finds when it runs: names, functions, methods and properties that do not
//! exist. Found here, on the parsed tree, before a rule set is accepted.

use super::engine::{ENTER, KEYWORDS};
use super::place;
use crate::rules::scope::facts::{Group, Needs};
use crate::rules::suggest::nearest;
use crate::rules::variables::{self, Names, Resolved};
use rhai::{AST, ASTFlags, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

/// Something wrong in a script: where in its text, what, and what to type.
pub(super) type Finding = (Range<usize>, String, Option<String>);

/// Every function and property a script may use.
#[derive(Debug, Default)]
pub(super) struct Known {
    names: Names,
    /// How many values each function takes; a method's receiver counts.
    builtin: BTreeMap<String, BTreeSet<usize>>,
    properties: BTreeSet<String>,
    own: BTreeMap<String, BTreeSet<usize>>,
}

impl Known {
    /// What the engine registers and the rules declare.
    pub(super) fn new(engine: &Engine, names: &Names) -> Known {
        let mut known = Known { names: names.clone(), ..Known::default() };
        let list = |info: rhai::FuncInfo<'_>| {
            Some((info.metadata.name.to_string(), info.metadata.num_params))
        };
        let keywords = KEYWORDS.map(|(name, values)| (name.to_owned(), values));
        for (name, values) in
            engine.collect_fn_metadata(None, list, true).into_iter().chain(keywords)
        {
            match name.split_once('$') {
                Some(("get", property)) => drop(known.properties.insert(property.to_owned())),
                Some(_) => {}
                None => drop(known.builtin.entry(name).or_default().insert(values)),
            }
        }
        known.properties.extend(names.fields.keys().cloned());
        known.properties.extend(names.hours.iter().cloned());
        known.properties.extend(variables::property_names().into_iter().map(str::to_owned));
        known
    }

    /// Adds a function of the rules.
    pub(super) fn declare(&mut self, name: &str, values: usize) {
        self.own.entry(name.to_owned()).or_default().insert(values);
    }

    /// Whether the engine has a function of that name.
    pub(super) fn is_builtin(&self, name: &str) -> bool {
        self.builtin.contains_key(name)
    }

    /// Whether events bring something of that name.
    pub(super) fn is_name(&self, name: &str) -> bool {
        self.names.resolve(&[name], &[]).is_ok()
    }

    /// How many values a function of the rules takes; `None` where there is no such function.
    pub(super) fn own(&self, name: &str) -> Option<&BTreeSet<usize>> {
        self.own.get(name)
    }

    /// The functions of the rules.
    pub(super) fn own_names(&self) -> impl Iterator<Item = &str> {
        self.own.keys().map(String::as_str)
    }
}

/// What one script uses.
#[derive(Debug, Default)]
pub(super) struct Linted {
    /// What is wrong with it.
    pub(super) findings: Vec<Finding>,
    /// Which groups it names.
    pub(super) needs: Needs,
    /// It calls a function of the rules.
    pub(super) calls: bool,
}

/// Checks a tree. `matched` are the names the rule takes from the message; `None` in a function,
/// which any rule may call.
pub(super) fn lint(ast: &AST, text: &str, known: &Known, matched: Option<&[String]>) -> Linted {
    let keys = map_keys(ast);
    let mut lint =
        Lint { text, known, matched, keys, seen: HashSet::new(), out: Linted::default() };
    ast.walk(&mut |path| {
        if let Some(node) = path.last() {
            lint.node(node);
        }
        true
    });
    lint.out
}

struct Lint<'a> {
    text: &'a str,
    known: &'a Known,
    matched: Option<&'a [String]>,
    /// Keys of map literals: any value may be such a map.
    keys: BTreeSet<String>,
    /// Properties that a name of the table has settled.
    seen: HashSet<(Option<usize>, Option<usize>)>,
    out: Linted,
}

impl Lint<'_> {
    fn node(&mut self, node: &ASTNode<'_>) {
        match node {
            ASTNode::Stmt(Stmt::FnCall(call, at)) => self.function(call, *at),
            ASTNode::Stmt(Stmt::Assignment(parts)) => self.assignment(&parts.1.lhs),
            ASTNode::Stmt(Stmt::Import(_, at) | Stmt::Export(_, at)) => {
                self.find(*at, "modules cannot be used".to_owned(), None);
            }
            ASTNode::Expr(expr) => self.expression(expr),
            _ => {}
        }
    }

    fn expression(&mut self, expr: &Expr) {
        match expr {
            Expr::FnCall(call, at) => self.function(call, *at),
            Expr::MethodCall(call, at) => self.method(call, *at),
            Expr::Property(property, at) => self.property(&property.2, *at),
            Expr::Variable(..) => self.variable(expr),
            Expr::Dot(..) | Expr::Index(..) => self.chain(expr),
            _ => {}
        }
    }

    fn function(&mut self, call: &FnCallExpr, at: Position) {
        if call.is_operator_call() {
            return;
        }
        if call.is_qualified() {
            return self.find(at, "modules cannot be used".to_owned(), None);
        }
        let own = self.known.own.get(call.name.as_str());
        self.out.calls |= own.is_some();
        let builtin = self.known.builtin.get(call.name.as_str());
        let takes = own.into_iter().chain(builtin).flatten().copied().collect();
        self.call(&call.name, call.args.len(), takes, at);
    }

    /// A method is a built-in function whose first value stands before the point; a function of the
    /// rules has it as `this`.
    fn method(&mut self, call: &FnCallExpr, at: Position) {
        let own = self.known.own.get(call.name.as_str());
        self.out.calls |= own.is_some();
        let builtin = self.known.builtin.get(call.name.as_str());
        let after_it = builtin.into_iter().flatten().filter_map(|takes| takes.checked_sub(1));
        let takes = own.into_iter().flatten().copied().chain(after_it).collect();
        self.call(&call.name, call.args.len(), takes, at);
    }

    fn call(&mut self, name: &str, given: usize, takes: BTreeSet<usize>, at: Position) {
        if takes.contains(&given) {
            return;
        }
        if takes.is_empty() {
            let named = self.known.own.keys().chain(self.known.builtin.keys()).map(String::as_str);
            let near = nearest(name, named.filter(|name| is_word(name)));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            return self.find(at, format!("there is no function `{name}`"), help);
        }
        let takes: Vec<_> = takes.iter().map(ToString::to_string).collect();
        self.find(at, format!("`{name}` takes {} values, not {given}", takes.join(" or ")), None);
    }

    fn property(&mut self, name: &str, at: Position) {
        let known = self.known.properties.contains(name) || self.keys.contains(name);
        if known || self.seen.contains(&key(at)) {
            return;
        }
        let near = nearest(name, self.known.properties.iter().map(String::as_str));
        let of_time = ["hour", "minute", "day", "weekday", "date", "time"].contains(&name);
        let help = match near {
            _ if of_time => {
                Some("for times of day name a calendar beside it: `hours = \"shop\"`".to_owned())
            }
            near => near.map(|near| format!("did you mean `{near}`?")),
        };
        self.find(at, format!("there is no value `.{name}`"), help);
    }

    fn variable(&mut self, expr: &Expr) {
        let Some((name, at)) = global(expr) else { return };
        if !self.seen.contains(&key(at)) {
            self.names(&[(name, at)]);
        }
    }

    fn assignment(&mut self, target: &Expr) {
        let target = match target {
            Expr::Dot(parts, ..) | Expr::Index(parts, ..) => &parts.lhs,
            plain => plain,
        };
        let Some((name, at)) = global(target) else { return };
        if Group::root(name).is_some() || name == "now" {
            let help = Some("rules change a contact with `set`, `tags` and `untag`".to_owned());
            self.find(at, format!("`{name}` can be read, not changed"), help);
        }
    }

    /// `contact.fields.size`, `contact.fields["size"]`: as far as the names are written out.
    fn chain(&mut self, expr: &Expr) {
        let (Expr::Dot(parts, flags, _) | Expr::Index(parts, flags, _)) = expr else { return };
        let Some(first) = global(&parts.lhs) else { return };
        let mut names = vec![first];
        follow(&parts.rhs, matches!(expr, Expr::Index(..)), *flags, &mut names);
        self.names(&names);
    }

    fn names(&mut self, names: &[(&str, Position)]) {
        let Some((first, at)) = names.first().copied() else { return };
        self.seen.insert(key(at));
        if first == ENTER {
            return;
        }
        if self.known.own.contains_key(first) {
            self.out.calls = true;
            return;
        }
        self.out.needs.add(first);
        if first == "match" && self.matched.is_none() {
            return self.settle(names);
        }
        let path: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        // A function may read whatever some event brings.
        let of_any = if self.matched.is_none() { self.known.names.of_events() } else { Vec::new() };
        match self.known.names.resolve(&path, self.matched.unwrap_or(&of_any)) {
            Ok(Resolved::Value { used, .. }) => self.settle(names.get(..used).unwrap_or_default()),
            Ok(Resolved::Group) => self.settle(names),
            Err(unknown) => {
                let at = names.get(unknown.part).map_or(at, |(_, at)| *at);
                self.find(at, unknown.message, unknown.help);
                self.settle(names);
            }
        }
    }

    fn settle(&mut self, names: &[(&str, Position)]) {
        self.seen.extend(names.iter().map(|(_, at)| key(*at)));
    }

    fn find(&mut self, at: Position, message: String, help: Option<String>) {
        self.out.findings.push((place::word(self.text, at), message, help));
    }
}

/// A variable that is none of the script's own.
fn global(expr: &Expr) -> Option<(&str, Position)> {
    match expr {
        Expr::Variable(variable, None, at) if variable.0.is_none() => Some((&variable.1, *at)),
        _ => None,
    }
}

/// Gathers the names of a chain. Rhai nests to the right: `a.b.c` is `a . (b . c)`, `a["b"].c` is
/// `a [ ("b" . c) ]`; a `BREAK` ends the chain there.
fn follow<'a>(
    mut expr: &'a Expr,
    mut indexed: bool,
    mut flags: ASTFlags,
    names: &mut Vec<(&'a str, Position)>,
) {
    loop {
        let (head, tail) = match expr {
            Expr::Dot(parts, next, _) if !(indexed && flags.contains(ASTFlags::BREAK)) => {
                (&parts.lhs, Some((&parts.rhs, false, *next)))
            }
            Expr::Index(parts, next, _) if !(indexed && flags.contains(ASTFlags::BREAK)) => {
                (&parts.lhs, Some((&parts.rhs, true, *next)))
            }
            plain => (plain, None),
        };
        match head {
            Expr::Property(property, at) if !indexed => names.push((&property.2, *at)),
            Expr::StringConstant(name, at) if indexed => names.push((name, *at)),
            _ => return,
        }
        let Some(next) = tail else { return };
        (expr, indexed, flags) = next;
    }
}

fn key(at: Position) -> (Option<usize>, Option<usize>) {
    (at.line(), at.position())
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn map_keys(ast: &AST) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::Map(map, _))) = path.last() {
            keys.extend(map.0.iter().map(|(key, _)| key.name.to_string()));
        }
        true
    });
    keys
}
