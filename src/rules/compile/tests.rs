//! What a good rule set compiles to. What is wrong with bad ones is in `tests/diagnostics`.

use super::*;
use crate::model::{MessageKind, NumberId, RuleId, Timestamp};
use crate::rules::ruleset::{Group, RuleStatus, Take};
use crate::rules::says::{Say, Speech};
use std::time::Duration;

const SHOP: &str = r##"
[language]
default = "zh-TW"

[fields]
last_order = { type = "text", crm = "last_order", private = true }

[hours.seoul]
zone = "Asia/Seoul"
open = ["mon-fri 10:00-18:00"]

[[reply]]
id = "order-status"
owner = "cs-team"
words = ["order status", "@shipping"]
whole = ["status"]
all = ["please", "@shipping"]
none = ["return"]
payload = ["ORDER"]
number = "main"
lang = ["ko", "zh_HK"]
kind = ["text", "quick_reply"]
from = 1970-01-02
until = "1970-01-02"
priority = 5
text.zh-Hant = "訂單編號？"
text.ko = "주문번호?"
expect = "15m"
examples = ["order status"]

[[reply]]
id = "order-found"
after = "order-status"
take = { order_no = "digits 6-10", size = "one_of @sizes" }
regex = '#(?<n>\d+)'
messages = ["one", { text = "two" }]
set = { last_order = "{{ match.order_no }}" }
ask_again = 2

[[reply]]
id = "count"
words = ["order"]
also = true
tags = ["asked"]
status = "draft"

[[fallback]]
misses = 3
text = "Three."

[[fallback]]
misses = 1
text = "One."
"##;

fn shop() -> Ruleset {
    let sources = Sources::default()
        .with("shop.toml", SHOP)
        .with("words/shipping.txt", "# ours\r\nshipping\r\n배송\r\n")
        .with("words/sizes.txt", "Small\nLarge");
    let main = (NumberId::from("900000000000001"), "main".to_owned());
    let settings = Settings { numbers: Some(vec![main]), ..Settings::default() };
    let compiled = compile(&sources, &settings);
    assert_eq!(compiled.diagnostics, []);
    compiled.ruleset.unwrap()
}

fn says(rules: &Ruleset, rule: usize) -> Vec<&Say> {
    rules.replies[rule].speech.says()
}

#[test]
fn a_reply_has_all_its_conditions() {
    let rules = shop();
    let reply = &rules.replies[0];
    assert_eq!(reply.id, RuleId::from("order-status"));
    assert_eq!((reply.place.file.as_ref(), reply.place.line), ("shop.toml", 12));
    assert_eq!((reply.priority, reply.expect), (5, Some(Duration::from_secs(900))));
    assert!(reply.asks, "`order-found` names it");
    assert_eq!(&SHOP[reply.examples[0].span.clone()], "\"order status\"");
    let trigger = &reply.trigger;
    let groups: Vec<Group> = trigger.groups.iter().map(|g| rules.groups[g.0 as usize]).collect();
    assert_eq!(
        groups,
        [Group::Trigger { rule: 0, whole: false }, Group::Trigger { rule: 0, whole: true }]
    );
    assert_eq!(trigger.all.len(), 2, "a list counts as one entry of `all`");
    assert_eq!(trigger.number, [NumberId::from("900000000000001")]);
    assert_eq!(trigger.lang, ["ko", "zh-Hant"]);
    assert_eq!(trigger.kind, Some(vec![MessageKind::Text, MessageKind::QuickReply]));
    let zone_hours = 9 * 3_600_000;
    assert_eq!(trigger.from, Some(Timestamp(86_400_000 - zone_hours)), "in the calendar's zone");
    assert_eq!(trigger.until, Some(Timestamp(2 * 86_400_000 - zone_hours)), "the day included");
    assert_eq!(rules.payloads["ORDER"], [0]);
}

#[test]
fn texts_stand_under_their_languages() {
    let rules = shop();
    assert_eq!(rules.language.default.as_deref(), Some("zh-Hant"));
    let Say::Text(text) = says(&rules, 0)[0] else { panic!() };
    let languages: Vec<&str> = text.texts.iter().map(|(language, _)| language.as_str()).collect();
    assert_eq!(languages, ["zh-Hant", "ko"], "in the order of the file");
    assert_eq!(text.default, Some(text.texts[0].1));
    let Say::Text(plain) = says(&rules, 1)[1] else { panic!() };
    assert!(plain.texts.is_empty() && plain.default.is_some());
}

#[test]
fn values_and_expressions_are_kept_by_rule() {
    let rules = shop();
    let reply = &rules.replies[1];
    assert_eq!(
        reply.trigger.take,
        [
            ("order_no".to_owned(), Take::Digits { min: 6, max: 10 }),
            ("size".to_owned(), Take::OneOf("sizes".to_owned()))
        ]
    );
    assert_eq!(rules.lists["sizes"].len(), 2);
    assert_eq!(rules.lists["sizes"][0].0, "Small");
    assert_eq!(rules.lists.len(), 1, "only lists of `one_of`");
    assert_eq!((rules.regex_set.len(), rules.regex_rules.as_slice()), (1, [1].as_slice()));
    assert_eq!((reply.ask_again, reply.set.len(), reply.speech.says().len()), (2, 1, 2));
    assert!(rules.fields["last_order"].private);
}

#[test]
fn the_rest_finds_its_place() {
    let rules = shop();
    let count = &rules.replies[2];
    assert!(count.also && count.speech == Speech::Silent && count.status == RuleStatus::Draft);
    let fallbacks: Vec<(u32, &str)> =
        rules.fallbacks.iter().map(|f| (f.misses, f.id.as_str())).collect();
    assert_eq!(fallbacks, [(1, "fallback.1"), (3, "fallback.3")]);
    assert_eq!(rules.groups.iter().filter(|group| **group == Group::Cancel).count(), 1);
    assert_eq!(rules.files.len(), 3);
    assert_eq!(rules.short_revision().len(), 16);
}

#[test]
fn without_settings_every_number_counts_as_declared() {
    let text = "[[reply]]\nid = \"a\"\nwords = [\"hello\"]\nnumber = \"shop\"\ntext = \"x\"\n";
    let compiled = compile(&Sources::default().with("a.toml", text), &Settings::default());
    let rules = compiled.ruleset.unwrap();
    assert_eq!(rules.replies[0].trigger.number, [NumberId::from("shop")]);
}

#[test]
fn an_empty_folder_is_an_empty_rule_set() {
    let compiled = compile(&Sources::default(), &Settings::default());
    assert_eq!(compiled.diagnostics, []);
    assert!(compiled.ruleset.unwrap().replies.is_empty());
}
