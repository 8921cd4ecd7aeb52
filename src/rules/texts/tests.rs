//! Texts: what is written, what is refused, and that nothing goes out half-filled.

use super::*;
use crate::rules::scope::fixture::{fixture, names};
use std::collections::BTreeMap;

const LIBRARY: &str = "fn polite(name) { name + \"님\" }
fn greeting() { polite(contact.name) }
fn nothing() { }
fn blank() { \" \" }
fn numbers() { [1, 2] }
fn broken() { 1 / 0 }
fn is_vip() { contact.fields.vip }
fn joined() { contact.username + \"님\" }
fn written() { `${contact.username}님` }
";

fn scripts() -> ScriptsBuilder {
    let files = BTreeMap::from([("lib.rhai".to_owned(), LIBRARY.to_owned())]);
    let (scripts, problems) = ScriptsBuilder::new(&files, &names());
    assert_eq!(problems, []);
    scripts
}

fn add(text: &str) -> Result<(TextId, Texts), Vec<TextProblem>> {
    let mut texts = TextsBuilder::new(&names(), &scripts());
    let id = texts.add(text, &["order_no".to_owned()])?;
    Ok((id, texts.build()))
}

fn render(text: &str) -> Result<String, String> {
    let (id, texts) = add(text).unwrap();
    let fixture = fixture(scripts().build(), Texts::default());
    texts.render(id, &fixture.scope()).map_err(|error| error.message)
}

#[test]
fn texts_are_written() {
    for (text, expected) in [
        ("plain {one} <b> 50%\n", "plain {one} <b> 50%\n"),
        ("Hi {{ contact.name }}!\n", "Hi Jin!\n"),
        ("{{ contact.name | upper }} & <{{ contact.fields.size }}>", "JIN & <XL>"),
        ("{{ contact.username | default('there') }}", "there"),
        ("{{ contact.fields.unset | default('M') }}", "M"),
        ("{{ contact[\"fields\"].size }}", "XL"),
        ("{{ contact.fields.age + 1 }}", "43"),
        ("{{ contact.fields.vip }}", "yes"),
        ("{% if contact.fields.vip %}VIP{% else %}-{% endif %}", "VIP"),
        ("{% if contact.username %}@{{ contact.username }}{% else %}-{% endif %}", "-"),
        ("{% if contact.username is defined %}a{% else %}b{% endif %}", "b"),
        ("{{ contact.tags | join(', ') }}", "new, vip"),
        ("{% for tag in contact.tags %}{{ loop.index }}{{ tag }} {% endfor %}", "1new 2vip "),
        ("{% set n = contact.name %}{{ n }}{{ n | length }}", "Jin3"),
        ("{{ 'VIP' if 'vip' in contact.tags else 'dear' }}", "VIP"),
        ("주문 {{ match.order_no }}: {{ match.entry }}", "주문 1234567: 주문"),
        ("{{ hours.office.text }}, {{ hours.office.opens }}", "Mon–Fri 10:00–18:00, Monday 10:00"),
        ("{{ hours.office.why | default('no reason') }}", "no reason"),
        ("{{ now }} {{ session.turns }}", "2026-03-02T01:00:00Z 3"),
        ("{{ polite(contact.name) }} {{ greeting() }}", "Jin님 Jin님"),
        ("{{ nothing() | default('x') }}{{ blank() | default('y') }}", "xy"),
        ("{{ numbers() | join('+') }}", "1+2"),
        ("{% if is_vip() %}VIP{% endif %}{{ is_vip() }}", "VIPyes"),
        ("{{ message.text | truncate(4) }}", "주문…"),
    ] {
        assert_eq!(render(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_text_with_a_missing_value_is_never_half_filled() {
    for (text, message) in [
        ("Hi {{ contact.username }}!", "`contact.username` is missing"),
        ("{{ contact.name }} {{ contact.fields.unset }}", "`contact.fields.unset` is missing"),
        ("{{ contact.username | upper }}", "`contact.username` is missing"),
        ("{{ contact.name ~ contact.username }}", "`contact.username` is missing"),
        ("{{ nothing() }}", "`nothing()` is missing"),
        ("{{ broken() }}", "lib.rhai:6:17: division by zero: 1 / 0"),
        ("{{ polite(contact.username) }}", "`polite` is given a value that is missing"),
        (
            "{{ joined() }}",
            "lib.rhai:8:32: a value that is missing is joined to a text: write `(value ?? \"…\")`",
        ),
        ("{{ written() }}", "`written` left a place empty: a value is missing"),
        ("{{ numbers() }}", "a list is written with `| join(', ')`"),
        (
            "{% for a in message.text %}{% for b in message.text %}{% for c in message.text %}{% for d in message.text %}{% for e in message.text %}{{ a }}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
            "the text takes too many steps",
        ),
        (
            "{% set long = contact.name | replace('J', message.text * 600) %}{{ long }}",
            "the text is longer than 4096 characters",
        ),
    ] {
        assert_eq!(render(text).unwrap_err(), message, "{text}");
    }
}

#[test]
fn wrong_texts_are_refused_with_the_place_and_the_name_meant() {
    for (text, at, message, help) in [
        (
            "주문 {{ contct.name }}",
            "contct",
            "there is no `contct`",
            Some("did you mean `contact`?"),
        ),
        (
            "안녕 {{ contact.nmae | upper }}",
            "nmae",
            "`contact` has no `nmae`",
            Some("did you mean `name`?"),
        ),
        (
            "{{ contact.fields.sise }}",
            "sise",
            "no field `sise` is declared",
            Some("did you mean `size`?"),
        ),
        (
            "{{ contact.fields['sise'] }}",
            "sise",
            "no field `sise` is declared",
            Some("did you mean `size`?"),
        ),
        (
            "{{ match.order_n }}",
            "order_n",
            "this rule takes no `order_n` from the message",
            Some("did you mean `order_no`?"),
        ),
        ("{{ contact.name.first }}", "first", "`contact.name` is a text and has no `first`", None),
        (
            "{{ contact.name | uper }}",
            "uper",
            "there is no filter `uper`",
            Some("did you mean `upper`?"),
        ),
        (
            "{% if contact.name is definde %}{% endif %}",
            "definde",
            "there is no test `definde`",
            Some("did you mean `defined`?"),
        ),
        (
            "{{ polit(contact.name) }}",
            "polit",
            "there is no function `polit`",
            Some("did you mean `polite`?"),
        ),
        ("{{ polite() }}", "polite", "`polite` takes 1 values, not 0", None),
        (
            "{{ contact.name.upper() }}",
            ".upper()",
            "a text cannot call methods",
            Some("use a filter: `contact.name | upper`"),
        ),
        (
            "{{ contact.tags }}",
            "contact.tags",
            "`contact.tags` is a list",
            Some("write `{{ contact.tags | join(', ') }}`"),
        ),
        (
            "{{ contact.fields }}",
            "contact.fields",
            "`contact.fields` stands for several values",
            Some("name one of them"),
        ),
        (
            "{% for t in contact.tags %}{% endfor %}{{ t }}",
            "t",
            "there is no `t`",
            Some(
                "there is `contact`, `conversation`, `event`, `form`, `hours`, `match`, `message`, `now`, `session`",
            ),
        ),
    ] {
        let problems = add(text).unwrap_err();
        let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
        assert_eq!(problem.message, message, "{text}");
        assert_eq!(problem.help.as_deref(), help, "{text}");
        assert_eq!(text.get(problem.span.clone()), Some(at), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_within_the_text() {
    for text in [
        "Hi {{ contact.name",
        "{{ }}",
        "{% if contact.name %}",
        "{% macro x() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% set contact.name = 1 %}",
        "안녕하세요 {{ contact..name }} 님",
    ] {
        for problem in add(text).unwrap_err() {
            assert!(text.get(problem.span.clone()).is_some(), "{text}: {problem:?}");
            assert!(!problem.message.is_empty());
        }
    }
    let long = "가".repeat(limits::TEXT_BODY_UTF16_MAX + 1);
    assert_eq!(add(&long).unwrap_err().len(), 1);
    assert!(add(&long[3..]).is_ok());
}

#[test]
fn all_problems_of_a_text_are_told_at_once() {
    let problems = add("{{ contct }} {{ contact.nam }} {{ contact.name | x }}").unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
}
