//! Scripts, texts and calendars as the rest of the house uses them: from files to answers.

use std::collections::{BTreeMap, BTreeSet};
use usherd::model::Timestamp;
use usherd::rules::hours::{Calendar, HoursDraft};
use usherd::rules::ruleset::FieldKind;
use usherd::rules::scripts::{Scripts, ScriptsBuilder};
use usherd::rules::texts::{Texts, TextsBuilder};
use usherd::rules::variables::Names;

fn names() -> Names {
    Names {
        fields: BTreeMap::from([("last_order".to_owned(), FieldKind::Text)]),
        hours: BTreeSet::from(["office".to_owned()]),
        events: BTreeMap::new(),
    }
}

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn every_problem_of_every_file_is_told_at_once() {
    let files = files(&[
        ("a.rhai", "fn a() { contct.name }\nfn b() { nothing() }"),
        ("b.rhai", "fn a() { 1 }"),
        ("c.rhai", "fn c( { }"),
    ]);
    let (_, problems) = ScriptsBuilder::new(&files, &names());
    let mut told: Vec<_> = problems
        .iter()
        .map(|problem| (problem.file.as_deref().unwrap(), problem.message.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(told[0], ("a.rhai", "there is no `contct`"));
    assert_eq!(told[1], ("a.rhai", "there is no function `nothing`"));
    assert_eq!(told[2], ("b.rhai", "there is a function `a` already: a.rhai:1"));
    assert_eq!(told[3].0, "c.rhai");
    assert_eq!(told.len(), 4);
}

#[test]
fn a_broken_file_does_not_hide_the_problems_of_rules() {
    let (mut scripts, problems) = ScriptsBuilder::new(&files(&[("a.rhai", "fn a( {")]), &names());
    assert_eq!(problems.len(), 1);
    assert_eq!(scripts.condition("contact.nam == 1", &[]).unwrap_err().len(), 1);
    let mut texts = TextsBuilder::new(&names(), &scripts);
    assert_eq!(texts.add("{{ contact.fields.lastorder }}", &[]).unwrap_err().len(), 1);
}

#[test]
fn what_is_compiled_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Scripts>();
    shared::<Texts>();
    shared::<Calendar>();
}

#[test]
fn opening_hours_need_no_time_zones_of_the_system() {
    for zone in ["Asia/Taipei", "Asia/Seoul", "Europe/Lisbon", "America/Sao_Paulo", "UTC"] {
        let draft = HoursDraft {
            zone: zone.to_owned(),
            open: vec!["daily 00:00-24:00".to_owned()],
            ..HoursDraft::default()
        };
        assert!(Calendar::parse(&draft).unwrap().is_open(Timestamp(1_772_413_200_000)), "{zone}");
    }
}
