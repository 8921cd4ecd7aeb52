//! What a good rule set says, compiled.

use super::*;
use crate::model::{Degrees, MediaKind, MediaSource, Purpose};
use crate::rules::ruleset::Group;
use crate::rules::says::{Choice, Cooling, Localised, Menu, OutsideWindow, TemplateUse};
use crate::rules::says::{Say, Speech};
use crate::rules::sources::MediaFile;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const RICH: &str = include_str!("../../../tests/diagnostics/good/rich.toml");
const SHOP: &str = include_str!("../../../tests/diagnostics/good/shop.toml");
const PRICE: &str = include_str!("../../../tests/diagnostics/good/price.rhai");

fn rich() -> Ruleset {
    let mut sources = Sources::default()
        .with("rich.toml", RICH)
        .with("shop.toml", SHOP)
        .with("price.rhai", PRICE)
        .with("words/shipping.txt", "shipping\n배송");
    for path in ["media/shop.jpg", "media/hello.ogg"] {
        let file = MediaFile { sha256: format!("digest of {path}"), bytes: 10 };
        sources.media.insert(path.to_owned(), file);
    }
    let compiled = compile(&sources, &Settings::default());
    assert_eq!(compiled.diagnostics, []);
    compiled.ruleset.unwrap()
}

fn rule<'r>(rules: &'r Ruleset, id: &str) -> &'r Reply {
    &rules.replies[rules.by_id[&RuleId::from(id)]]
}

fn only<'r>(rules: &'r Ruleset, id: &str) -> &'r Say {
    let says = rule(rules, id).speech.says();
    assert_eq!(says.len(), 1, "{id}");
    says[0]
}

fn menu(rules: &Ruleset) -> &Menu {
    let Say::Choices(menu) = only(rules, "menu") else { panic!() };
    menu
}

fn languages(text: &Localised) -> Vec<&str> {
    text.texts.iter().map(|(language, _)| language.as_str()).collect()
}

#[test]
fn a_menu_is_whole() {
    let rules = rich();
    let menu = menu(&rules);
    assert!(menu.numbered && menu.button.is_some());
    assert!(menu.frame.header.is_some() && menu.frame.footer.is_some());
    assert_eq!(languages(&menu.frame.body), ["en", "ko"]);
    let about = |choice: &Choice| {
        let go = choice.go.as_ref().map(|go| go.as_str().to_owned());
        (choice.id.clone(), go, choice.description.is_some())
    };
    let choices: Vec<_> = menu.choices.iter().map(about).collect();
    let wanted = [
        ("order", Some("order-status"), false),
        ("hours", Some("opening"), true),
        ("back", Some("menu"), false),
        ("sure", None, false),
    ];
    let wanted = wanted.map(|(id, go, below)| (id.to_owned(), go.map(str::to_owned), below));
    assert_eq!(choices, wanted);
}

#[test]
fn every_id_leads_to_its_answer() {
    let rules = rich();
    let leads: BTreeMap<&str, &str> =
        rules.leads.iter().map(|(id, rule)| (id.as_str(), rule.as_str())).collect();
    let wanted = [("back", "menu"), ("hours", "opening"), ("order", "order-status")];
    assert_eq!(leads, BTreeMap::from(wanted));
    for id in ["sure", "yes", "no", "m9", "t10"] {
        assert_eq!(rules.payloads[id].len(), 1, "{id}");
    }
}

#[test]
fn a_choice_is_called_by_title_number_and_words() {
    let rules = rich();
    let mut called: BTreeSet<(String, bool, String)> = BTreeSet::new();
    for (number, group) in rules.groups.iter().enumerate() {
        let Group::Choice { choice, whole } = group else { continue };
        let id = crate::rules::matcher::GroupId(u32::try_from(number).unwrap());
        for entry in rules.matcher.group_entries(id) {
            called.insert((rules.choices[*choice].clone(), *whole, entry.written.clone()));
        }
    }
    let of = |id: &str, whole: bool| -> Vec<&str> {
        let of = called.iter().filter(|(of, how, _)| of == id && *how == whole);
        of.map(|(.., written)| written.as_str()).collect()
    };
    assert_eq!(of("order", true), ["1. Orders", "1. 주문", "Orders", "주문"]);
    assert_eq!(of("order", false), ["delivery", "shipping", "배송"]);
    assert_eq!(of("sure", true), ["4. Confirm", "Confirm"]);
    assert_eq!(of("sure", false), [""; 0]);
    let hits = rules.matcher.find("4. confirm!");
    let chosen = hits.hits.iter().filter_map(|hit| match rules.groups[hit.group.0 as usize] {
        Group::Choice { choice, whole: true } => Some(rules.choices[choice].as_str()),
        _ => None,
    });
    assert_eq!(Vec::from_iter(chosen), ["sure"]);
}

#[test]
fn a_draft_is_called_by_nothing_and_leads_nowhere() {
    let text = r#"
[[reply]]
id = "menu"
status = "draft"
words = ["menu"]
text = "Which?"
choices = [{ id = "a", title = "Orders", words = ["delivery"], go = "menu" }]
"#;
    let compiled = compile(&Sources::default().with("a.toml", text), &Settings::default());
    assert_eq!(compiled.diagnostics, []);
    let rules = compiled.ruleset.unwrap();
    assert!(rules.leads.is_empty() && rules.choices.iter().all(String::is_empty));
}

#[test]
fn signs_in_titles_stand_for_themselves() {
    let text = r#"
[[reply]]
id = "menu"
words = ["menu"]
text = "Which?"
choices = [
    { id = "a", title = "Best* … @home", go = "menu" },
    { id = "b", title = "{{ contact.name }}", go = "menu" },
    { id = "c", title = "…", go = "menu" },
]
"#;
    let compiled = compile(&Sources::default().with("a.toml", text), &Settings::default());
    assert_eq!(compiled.diagnostics, []);
    let rules = compiled.ruleset.unwrap();
    assert_eq!(rules.matcher.find(&crate::text::normal("Best* … @home")).hits.len(), 1);
    assert_eq!(rules.matcher.find("best of all at my home").hits.len(), 0);
}

#[test]
fn media_places_and_functions() {
    let rules = rich();
    let opening = rule(&rules, "opening").speech.says();
    let Say::Location { latitude, longitude, name, address } = opening[1] else { panic!() };
    assert_eq!(Some(*latitude), Degrees::new(25.03, 90.0));
    assert_eq!(Some(*longitude), Degrees::new(121.56, 180.0));
    assert!(name.is_some() && address.is_some());
    let media = |say: &Say| {
        let Say::Media { kind, source, caption, filename, voice } = say else { panic!() };
        (*kind, source.clone(), caption.is_some(), filename.clone(), *voice)
    };
    let file = |path: &str, mime: &str| MediaSource::File {
        sha256: format!("digest of {path}"),
        mime: mime.to_owned(),
    };
    let door = file("media/shop.jpg", "image/jpeg");
    assert_eq!(media(opening[2]), (MediaKind::Image, door, true, None, false));
    let hello = file("media/hello.ogg", "audio/ogg");
    assert_eq!(media(opening[3]), (MediaKind::Audio, hello, false, None, true));
    let link = MediaSource::Link("https://shop.example/menu.pdf".to_owned());
    let name = Some("Menu.pdf".to_owned());
    assert_eq!(media(opening[4]), (MediaKind::Document, link, false, name, false));
    assert_eq!(rules.files["media/shop.jpg"], "digest of media/shop.jpg");
    assert!(matches!(only(&rules, "confirmed"), Say::Script(_)));
}

#[test]
fn a_document_without_a_name_is_called_as_its_file() {
    let text = "[[reply]]\nid = \"a\"\nwords = [\"hello\"]\nmedia = \"https://shop.example/a/Menu.pdf?v=2\"\n";
    let compiled = compile(&Sources::default().with("a.toml", text), &Settings::default());
    let rules = compiled.ruleset.unwrap();
    let Say::Media { filename, .. } = only(&rules, "a") else { panic!() };
    assert_eq!(filename.as_deref(), Some("Menu.pdf"));
}

#[test]
fn templates_are_filled_in_their_order() {
    let rules = rich();
    let template = &rules.templates["order_ready"];
    assert_eq!((template.purpose, template.positional), (Purpose::Utility, false));
    let languages: Vec<(&str, &str)> =
        template.languages.iter().map(|(to, code)| (to.as_str(), code.as_str())).collect();
    assert_eq!(languages, [("en", "en"), ("ko", "ko"), ("zh-Hant", "zh_TW")]);
    assert_eq!(template.params, ["name", "order_no"]);
    let Say::Template(TemplateUse { template, params }) = only(&rules, "ready") else { panic!() };
    assert_eq!((template.as_str(), params.len()), ("order_ready", 2));
    assert_eq!(params[0].texts.len(), 2, "by language");
    assert!(params[1].texts.is_empty() && params[1].default.is_some());
}

#[test]
fn what_stands_beside_is_kept() {
    let rules = rich();
    let confirm = rule(&rules, "confirm");
    assert_eq!(confirm.react.as_deref(), Some("👍"));
    let cooldown = confirm.cooldown.as_ref().unwrap();
    assert_eq!(cooldown.every, Duration::from_secs(3600));
    assert!(matches!(&cooldown.then, Cooling::Say(says) if says.len() == 1));
    assert!(matches!(&confirm.outside, OutsideWindow::Template(used) if used.params.len() == 2));
    let price = rule(&rules, "price");
    assert_eq!(price.outside, OutsideWindow::Queue);
    let Speech::Variants(variants) = &price.speech else { panic!() };
    let weights: Vec<u32> = variants.iter().map(|variant| variant.weight).collect();
    assert_eq!(weights, [3, 1]);
    assert!(matches!(variants[1].says[0], Say::Buttons { .. }));
    let thumbs = rule(&rules, "thumbs");
    assert_eq!((&thumbs.speech, thumbs.react.as_deref()), (&Speech::Silent, Some("🙏")));
    assert!(matches!(thumbs.cooldown.as_ref().unwrap().then, Cooling::Silent));
}

#[test]
fn cases_and_go() {
    let rules = rich();
    let cases = &rule(&rules, "confirmed").cases;
    assert_eq!(cases[0].speech, Speech::Go(RuleId::from("menu")));
    assert!(matches!(&cases[1].speech, Speech::Says(says) if says.len() == 1));
    assert_ne!(cases[0].when, cases[1].when);
    let last = rules.fallbacks.last().unwrap();
    assert_eq!((last.misses, &last.speech), (3, &Speech::Go(RuleId::from("menu"))));
}
