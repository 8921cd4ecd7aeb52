//! Conditions and functions: what they see, what is refused before they run, and how they fail.

use super::*;
use crate::rules::notify::ValueKind;
use crate::rules::scope::fixture::{fixture, names};
use crate::rules::texts::Texts;
use crate::rules::variables::Names;

const LIBRARY: &str = "// about people
fn is_vip() { \"vip\" in contact.tags && contact.fields.vip }
fn older(years) {
    contact.fields.age > years
}
fn twice(text) { `${text} ${text}` }
fn size(contact) { contact }
fn shout() { twice(this.to_upper()) }
fn broken() { let x = contact.fields.unset; x.to_upper() }
fn forever() { loop {} }
fn deep(n) { deep(n + 1) }
fn huge() { let s = \"a\"; loop { s += s; } }
";

fn matched() -> Vec<String> {
    vec!["order_no".to_owned()]
}

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn builder() -> ScriptsBuilder {
    let (builder, problems) = ScriptsBuilder::new(&files(&[("people.rhai", LIBRARY)]), &names());
    assert_eq!(problems, []);
    builder
}

fn holds(expression: &str) -> Result<bool, ScriptError> {
    let mut builder = builder();
    let condition = builder.condition(expression, &matched()).unwrap();
    let scripts = builder.build();
    let fixture = fixture(scripts.clone(), Texts::default());
    scripts.holds(condition, &fixture.scope())
}

#[test]
fn conditions_see_the_event() {
    for (expression, expected) in [
        ("contact.name == \"Jin\"", true),
        ("contact.name.len > 3", false),
        ("contact.name.to_lower() == \"jin\"", true),
        ("contact.username == ()", true),
        ("contact.phone == \"+886912345678\"", true),
        ("contact.fields.age > 40", true),
        ("contact.fields.age + 1 == 43", true),
        ("contact.fields[\"age\"] > 50", false),
        ("contact[\"fields\"].size == \"XL\"", true),
        ("contact.fields.vip", true),
        ("contact.fields.unset == ()", true),
        ("(contact.fields.unset ?? \"M\") == \"M\"", true),
        ("\"vip\" in contact.tags", true),
        ("\"gold\" in contact.tags", false),
        ("contact.tags.len() == 2 && contact.tags[0] == \"new\"", true),
        ("session.turns > 6", false),
        ("session.turns >= 3 && session.misses == 1", true),
        ("message.kind in [\"text\", \"image\"]", true),
        ("message.text.contains(\"주문\")", true),
        ("message.from_ad", false),
        ("match.order_no.len() == 7 && match.entry == \"주문\"", true),
        ("conversation.number == \"1065\"", true),
        ("hours.office.open", false),
        ("hours.office.time == \"09:00\" && hours.office.weekday == \"mon\"", true),
        ("now >= \"2026-03-02\" && now < \"2026-03-03\"", true),
        ("is_vip() && older(18)", true),
        ("is_vip() && older(60)", false),
        ("twice(contact.name) == \"Jin Jin\"", true),
        ("contact.name.shout() == \"JIN JIN\"", true),
        ("size(\"S\") == \"S\"", true),
        ("if contact.fields.age > 3 { true } else { false }", true),
        ("true // said twice", true),
    ] {
        assert_eq!(holds(expression), Ok(expected), "{expression}");
    }
}

#[test]
fn wrong_conditions_are_refused_with_the_place_and_the_name_meant() {
    for (expression, at, message, help) in [
        ("contct.name == 1", "contct", "there is no `contct`", Some("did you mean `contact`?")),
        ("contact.nmae == 1", "nmae", "`contact` has no `nmae`", Some("did you mean `name`?")),
        (
            "1 < 2 && contact.fields.sise",
            "sise",
            "no field `sise` is declared",
            Some("did you mean `size`?"),
        ),
        (
            "contact.fields[\"sise\"]",
            "\"",
            "no field `sise` is declared",
            Some("did you mean `size`?"),
        ),
        (
            "match.order_n == 1",
            "order_n",
            "this rule takes no `order_n` from the message",
            Some("did you mean `order_no`?"),
        ),
        (
            "hours.shop.open",
            "shop",
            "no hours `shop` are declared",
            Some("declare it: `[hours.shop]`"),
        ),
        (
            "\"주문\" == x",
            "x",
            "there is no `x`",
            Some(
                "there is `contact`, `conversation`, `event`, `form`, `hours`, `match`, `message`, `now`, `session`",
            ),
        ),
        ("is_vp()", "is_vp", "there is no function `is_vp`", Some("did you mean `is_vip`?")),
        ("older()", "older", "`older` takes 1 values, not 0", None),
        (
            "contact.name.to_uper() == 1",
            "to_uper",
            "there is no function `to_uper`",
            Some("did you mean `to_upper`?"),
        ),
        ("contact.name.lenn > 1", "lenn", "there is no value `.lenn`", Some("did you mean `len`?")),
        (
            "if false { nothing } else { true }",
            "nothing",
            "there is no `nothing`",
            Some(
                "there is `contact`, `conversation`, `event`, `form`, `hours`, `match`, `message`, `now`, `session`",
            ),
        ),
        ("eval(\"true\")", "eval", "`eval` cannot be used in rules", None),
        ("sleep(10)", "sleep", "there is no function `sleep`", None),
    ] {
        let problems = builder().condition(expression, &matched()).unwrap_err();
        let [problem] = problems.as_slice() else { panic!("{expression}: {problems:?}") };
        assert_eq!(problem.message, message, "{expression}");
        assert_eq!(problem.help.as_deref(), help, "{expression}");
        assert_eq!(expression.get(problem.span.clone()), Some(at), "{expression}");
        assert_eq!(problem.file, None);
    }
}

#[test]
fn what_rules_may_not_do_is_refused() {
    for expression in [
        "contact.name = \"x\"",
        "let x = 1; true",
        "import \"x\" as y",
        "[1, 2].filter(|x| x > 1).len > 0",
        "Fn(\"is_vip\").call()",
        "a::b()",
        "contact.name ==",
        "",
        "while true {}",
    ] {
        let problems = builder().condition(expression, &[]).unwrap_err();
        assert!(!problems.is_empty(), "{expression}");
        for problem in problems {
            assert!(problem.span.end <= expression.len(), "{expression}: {problem:?}");
        }
    }
}

#[test]
fn all_problems_of_a_condition_are_told_at_once() {
    let problems = builder().condition("contct.name == f(contact.nam)", &[]).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
}

#[test]
fn failures_are_errors_with_their_place_and_never_false() {
    for (expression, message, limit) in [
        ("contact.name", "`when` gave a text, neither true nor false", false),
        (
            "contact.fields.unset",
            "`when` gave nothing (a value is missing), neither true nor false",
            false,
        ),
        ("1 / 0 == 1", "`when`, column 3: division by zero: 1 / 0", false),
        ("broken() == 1", "people.rhai:9:47: there is no `to_upper (nothing)`", false),
        ("forever()", "`when`, column 1: the script runs too long", true),
        ("deep(0)", "`when`, column 1: too many calls inside calls", true),
        ("huge() == 1", "`when`, column 1: length of string too large", true),
    ] {
        let error = holds(expression).unwrap_err();
        assert_eq!((error.message.as_str(), error.limit), (message, limit), "{expression}");
    }
}

#[test]
fn wrong_files_are_refused() {
    for (text, at, message) in [
        ("fn f() { contct.name }", "contct", "there is no `contct`"),
        ("fn a() { 1 }\nfn f(x) { g(x) }", "g", "there is no function `g`"),
        ("fn f() { contact.name = 1 }", "contact", "`contact` can be read, not changed"),
        ("let x = 1;", "let", "only functions can stand here"),
        ("fn len(x) { 1 }", "len", "there is a function `len` already: it is built in"),
        ("fn contact() { 1 }", "contact", "`contact` is the name of what a message brings"),
        ("fn f() { 1 }\nfn f() { 2 }", "fn", "there is a function `f` already in this file"),
        ("fn is_vip() { false }", "is_vip", "there is a function `is_vip` already: people.rhai:2"),
    ] {
        let files = files(&[("people.rhai", LIBRARY), ("zoo.rhai", text)]);
        let (_, problems) = ScriptsBuilder::new(&files, &names());
        let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
        assert_eq!(problem.file.as_deref(), Some("zoo.rhai"), "{text}");
        assert_eq!(problem.message, message, "{text}");
        assert_eq!(text.get(problem.span.clone()), Some(at), "{text}");
    }
}

#[test]
fn a_function_may_read_whatever_some_rule_takes() {
    let files = files(&[("x.rhai", "fn number() { match.order_no ?? \"none\" }")]);
    let (mut builder, problems) = ScriptsBuilder::new(&files, &names());
    assert_eq!(problems, []);
    let condition = builder.condition("number() == \"1234567\"", &[]).unwrap();
    let scripts = builder.build();
    let fixture = fixture(scripts.clone(), Texts::default());
    assert_eq!(scripts.holds(condition, &fixture.scope()), Ok(true));
}

#[test]
fn a_function_may_read_whatever_some_event_brings() {
    let events = BTreeMap::from([("total".to_owned(), ValueKind::Number)]);
    let names = Names { events, ..names() };
    let made = |text| ScriptsBuilder::new(&files(&[("x.rhai", text)]), &names);
    let (mut builder, problems) = made("fn big() { (event.total ?? 0) > 100 }");
    assert_eq!(problems, []);
    let condition = builder.condition("!big()", &[]).unwrap();
    let scripts = builder.build();
    let fixture = fixture(scripts.clone(), Texts::default());
    assert_eq!(scripts.holds(condition, &fixture.scope()), Ok(true), "no event: no total");
    let (_, problems) = made("fn big() { event.totl > 100 }");
    assert_eq!(problems[0].help.as_deref(), Some("did you mean `total`?"));
}

const SPEAKERS: &str = "
fn one() { `Hello ${contact.name}` }
fn two() { [\"a\", \"\", \"b\"] }
fn none() { }
fn empty() { \" \" }
fn number() { 42 }
fn mixed() { [\"a\", 1] }
fn holed() { [`x ${contact.fields.unset}`] }
fn table() { #{ a: 1 } }
fn takes(n) { n }
fn forever() { loop {} }
";

#[test]
fn a_function_speaks() {
    let (mut builder, problems) = ScriptsBuilder::new(&files(&[("s.rhai", SPEAKERS)]), &names());
    assert_eq!(problems, []);
    let names = ["one", "two", "none", "empty", "number", "mixed", "holed", "table", "forever"];
    let ids = names.map(|name| builder.function(name).unwrap());
    assert_eq!(builder.function("two"), Ok(ids[1]), "the same name is the same function");
    let scripts = builder.build();
    let fixture = fixture(scripts.clone(), Texts::default());
    let said = ids.map(|id| scripts.speak(id, &fixture.scope()).map_err(|error| error.message));
    let texts = |texts: &[&str]| Ok(texts.iter().map(|text| (*text).to_owned()).collect());
    let error = |message: &str| Err(message.to_owned());
    assert_eq!(said[0], texts(&["Hello Jin"]));
    assert_eq!(said[1], texts(&["a", "b"]));
    assert_eq!(said[2], texts(&[]));
    assert_eq!(said[3], texts(&[]));
    let why = "what is said is a text or a list of texts";
    assert_eq!(said[4], error(&format!("`number` gave a number; {why}")));
    assert_eq!(said[5], error(&format!("`mixed` gave a number; {why}")));
    assert_eq!(said[6], error("`holed` left a place empty: a value is missing"));
    assert_eq!(said[7], error(&format!("`table` gave a map; {why}")));
    assert_eq!(said[8], error("s.rhai:11: the script runs too long"));
    assert!(scripts.speak(FunctionId(99), &fixture.scope()).is_err());
}

#[test]
fn only_functions_without_values_speak() {
    let (mut builder, _) = ScriptsBuilder::new(&files(&[("s.rhai", SPEAKERS)]), &names());
    for (name, message, help) in [
        ("tow", "there is no function `tow`", "did you mean `two`?"),
        ("two()", "there is no function `two()`", "write the name alone, `two`"),
        (
            "takes",
            "`takes` takes values, and nobody would give them",
            "it sees `contact`, `message`, `now` by itself: `fn takes() { … }`",
        ),
    ] {
        let problems = builder.function(name).unwrap_err();
        assert_eq!(problems.len(), 1, "{name}");
        assert_eq!(problems[0].message, message);
        assert_eq!(problems[0].help.as_deref(), Some(help));
        assert_eq!(problems[0].span, 0..name.len());
    }
    assert_eq!(builder.function("yesterday").unwrap_err()[0].help, None);
}
