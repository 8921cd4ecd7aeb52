//! Names, filters and functions that do not exist, found on the parsed tree before a text is used.

use super::filters::{FILTERS, TESTS};
use crate::rules::scope::facts::Needs;
use crate::rules::scripts::ScriptsBuilder;
use crate::rules::suggest::nearest;
use crate::rules::variables::{Kind, Names, Resolved};
use minijinja::machinery::Span;
use minijinja::machinery::ast::{Call, CallArg, Expr, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Something wrong in a text: where, what, and what to type.
pub(super) type Finding = (Range<usize>, String, Option<String>);

/// What texts may name beside the table.
#[derive(Debug)]
pub(super) struct Known {
    names: Names,
    functions: BTreeMap<String, Vec<usize>>,
    function_needs: Needs,
}

impl Known {
    pub(super) fn new(names: &Names, scripts: &ScriptsBuilder) -> Known {
        let functions = scripts
            .function_names()
            .filter_map(|name| Some((name.to_owned(), scripts.takes(name)?)));
        Known {
            names: names.clone(),
            functions: functions.collect(),
            function_needs: scripts.needs(),
        }
    }
}

/// What one text uses.
#[derive(Debug, Default)]
pub(super) struct Linted {
    pub(super) findings: Vec<Finding>,
    pub(super) needs: Needs,
}

/// Checks a tree. `matched` are the names the rule takes from the message.
pub(super) fn lint(tree: &Stmt<'_>, text: &str, known: &Known, matched: &[String]) -> Linted {
    let mut lint = Lint { text, known, matched, own: Vec::new(), out: Linted::default() };
    lint.statement(tree);
    lint.out
}

struct Lint<'a> {
    text: &'a str,
    known: &'a Known,
    matched: &'a [String],
    /// Names the text itself made, innermost block last.
    own: Vec<BTreeSet<String>>,
    out: Linted,
}

impl Lint<'_> {
    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => self.block(&template.children),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emit) => self.emit(&emit.expr),
            Stmt::IfCond(cond) => {
                self.expression(&cond.expr);
                self.block(&cond.true_body);
                self.block(&cond.false_body);
            }
            Stmt::ForLoop(each) => {
                self.expression(&each.iter);
                self.own.push(BTreeSet::from(["loop".to_owned()]));
                self.declare(&each.target);
                self.expressions(&each.filter_expr);
                self.block(&each.body);
                self.own.pop();
                self.block(&each.else_body);
            }
            Stmt::Set(set) => {
                self.expression(&set.expr);
                self.declare(&set.target);
            }
            other => self.refuse(other),
        }
    }

    fn block(&mut self, statements: &[Stmt<'_>]) {
        self.own.push(BTreeSet::new());
        for statement in statements {
            self.statement(statement);
        }
        self.own.pop();
    }

    fn refuse(&mut self, statement: &Stmt<'_>) {
        let (name, span) = match statement {
            Stmt::WithBlock(block) => ("with", block.span()),
            Stmt::SetBlock(block) => ("set` … `endset", block.span()),
            Stmt::AutoEscape(block) => ("autoescape", block.span()),
            Stmt::FilterBlock(block) => ("filter", block.span()),
            Stmt::Macro(block) => ("macro", block.span()),
            Stmt::CallBlock(block) => ("call", block.span()),
            Stmt::Do(block) => ("do", block.span()),
            _ => ("this", Span::default()),
        };
        let help = Some("texts know `if`, `for` and `set`".to_owned());
        self.find(range(span), format!("`{name}` cannot be used in a text"), help);
    }

    /// A value that is written: it must have a look.
    fn emit(&mut self, expr: &Expr<'_>) {
        self.expression(expr);
        let Some(path) = self.path(expr) else { return };
        let names: Vec<_> = path.iter().map(|(name, _)| *name).collect();
        let span = path.first().map_or(0, |first| first.1.start)..range(expr.span()).end;
        match self.known.names.resolve(&names, self.matched) {
            Ok(Resolved::Group) => {
                let message = format!("`{}` stands for several values", names.join("."));
                self.find(span, message, Some("name one of them".to_owned()));
            }
            Ok(Resolved::Value { kind: Kind::List, used }) if used == names.len() => {
                let name = names.join(".");
                let help = format!("write `{{{{ {name} | join(', ') }}}}`");
                self.find(span, format!("`{name}` is a list"), Some(help));
            }
            _ => {}
        }
    }

    fn expressions<'x, 's: 'x>(&mut self, expressions: impl IntoIterator<Item = &'x Expr<'s>>) {
        for expr in expressions {
            self.expression(expr);
        }
    }

    fn expression(&mut self, expr: &Expr<'_>) {
        if let Some(path) = self.path(expr) {
            return self.names(&path);
        }
        match expr {
            Expr::Var(_) | Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                self.expressions(slice.start.iter().chain(&slice.stop).chain(&slice.step));
            }
            Expr::UnaryOp(op) => self.expression(&op.expr),
            Expr::BinOp(op) => self.expressions([&op.left, &op.right]),
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                self.expressions(compare.ops.iter().map(|op| &op.expr));
            }
            Expr::IfExpr(cond) => {
                self.expressions([&cond.test_expr, &cond.true_expr]);
                self.expressions(&cond.false_expr);
            }
            Expr::Filter(filter) => {
                self.expressions(&filter.expr);
                self.arguments(&filter.args);
                self.known_as("filter", filter.name, &FILTERS, filter.span());
            }
            Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
                self.known_as("test", test.name, &TESTS, test.span());
            }
            Expr::GetAttr(attr) => self.expression(&attr.expr),
            Expr::GetItem(item) => self.expressions([&item.expr, &item.subscript_expr]),
            Expr::Call(call) => self.call(call, range(call.span())),
            Expr::List(list) => self.expressions(&list.items),
            Expr::Tuple(tuple) => self.expressions(&tuple.items),
            Expr::Map(map) => self.expressions(map.keys.iter().chain(&map.values)),
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(expr)
                | CallArg::Kwarg(_, expr)
                | CallArg::PosSplat(expr)
                | CallArg::KwargSplat(expr) => self.expression(expr),
            }
        }
    }

    fn known_as(&mut self, what: &str, name: &str, known: &[&str], span: Span) {
        if known.contains(&name) {
            return;
        }
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is `{}`", known.join("`, `")),
        };
        let span = self.last_in(range(span), name);
        self.find(span, format!("there is no {what} `{name}`"), Some(help));
    }

    fn call(&mut self, call: &Call<'_>, span: Range<usize>) {
        self.arguments(&call.args);
        let Expr::Var(var) = &call.expr else {
            let help = Some("use a filter: `contact.name | upper`".to_owned());
            return self.find(span, "a text cannot call methods".to_owned(), help);
        };
        let (name, at) = (var.id, self.last_in(range(var.span()), var.id));
        let Some(takes) = self.known.functions.get(name) else {
            let near = nearest(name, self.known.functions.keys().map(String::as_str));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            return self.find(at, format!("there is no function `{name}`"), help);
        };
        self.out.needs = self.out.needs.and(self.known.function_needs);
        let given = call.args.len();
        let plain = call.args.iter().all(|argument| matches!(argument, CallArg::Pos(_)));
        if !plain || !takes.contains(&given) {
            let takes: Vec<_> = takes.iter().map(ToString::to_string).collect();
            let message = format!("`{name}` takes {} values, not {given}", takes.join(" or "));
            self.find(at, message, None);
        }
    }

    fn names(&mut self, path: &[(&str, Range<usize>)]) {
        let names: Vec<_> = path.iter().map(|(name, _)| *name).collect();
        let Some(first) = names.first() else { return };
        self.out.needs.add(first);
        match self.known.names.resolve(&names, self.matched) {
            Ok(Resolved::Value { used, kind }) => {
                if let Some((name, at)) = path.get(used) {
                    let value = names.get(..used).unwrap_or_default().join(".");
                    let message = format!("`{value}` is {} and has no `{name}`", kind.words());
                    self.find(at.clone(), message, None);
                }
            }
            Ok(Resolved::Group) => {}
            Err(unknown) => {
                let at = path.get(unknown.part).map_or(0..0, |(_, at)| at.clone());
                self.find(at, unknown.message, unknown.help);
            }
        }
    }

    /// A name written out in full: `contact.fields.size`, `contact.fields["size"]`. `None` for
    /// anything else, and for names the text itself made.
    fn path<'x>(&self, expr: &'x Expr<'_>) -> Option<Vec<(&'x str, Range<usize>)>> {
        match expr {
            Expr::Var(var) => {
                let own = self.own.iter().any(|names| names.contains(var.id));
                (!own).then(|| vec![(var.id, self.last_in(range(var.span()), var.id))])
            }
            Expr::GetAttr(attr) => self.path_with(&attr.expr, attr.name, attr.span()),
            Expr::GetItem(item) => match &item.subscript_expr {
                Expr::Const(name) => self.path_with(&item.expr, name.value.as_str()?, item.span()),
                _ => None,
            },
            _ => None,
        }
    }

    fn path_with<'x>(
        &self,
        head: &'x Expr<'_>,
        name: &'x str,
        span: Span,
    ) -> Option<Vec<(&'x str, Range<usize>)>> {
        let mut path = self.path(head)?;
        path.push((name, self.last_in(range(span), name)));
        Some(path)
    }

    fn declare(&mut self, target: &Expr<'_>) {
        match target {
            Expr::Var(var) => {
                if let Some(names) = self.own.last_mut() {
                    names.insert(var.id.to_owned());
                }
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.declare(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.declare(item)),
            other => {
                let message = "only a name of the text's own can be set".to_owned();
                self.find(range(other.span()), message, None);
            }
        }
    }

    /// Where a name stands last within a span: the spans of the tree cover what comes before it.
    fn last_in(&self, span: Range<usize>, name: &str) -> Range<usize> {
        let within = self.text.get(span.clone()).and_then(|text| text.rfind(name));
        within.map_or(span.clone(), |at| span.start + at..span.start + at + name.len())
    }

    fn find(&mut self, at: Range<usize>, message: String, help: Option<String>) {
        self.out.findings.push((at, message, help));
    }
}

pub(super) fn range(span: Span) -> Range<usize> {
    let offset = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    offset(span.start_offset)..offset(span.end_offset)
}
