//! Which rules some example or test made speak, and which never did.

use crate::decide::Part;
use crate::model::RuleId;
use crate::rules::Ruleset;
use crate::rules::notify::Notify;
use crate::rules::ruleset::{Reply, RulePlace, RuleStatus};
use crate::rules::says::Speech;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Something that can speak or act: a rule, a case of it, a variant, a step of its follow-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The rule's id; `greeting`, `fallback.1`.
    pub rule: RuleId,
    /// Which of its `cases`, from 1; none for what it says otherwise.
    pub case: Option<usize>,
    /// Which of the `variants` there, from 1.
    pub variant: Option<usize>,
    /// Which step of its `follow_up`, from 1.
    pub follow_up: Option<usize>,
    /// The file of its rule, relative to the rules folder; none for the greeting.
    pub file: Option<String>,
    /// The line of its rule.
    pub line: Option<usize>,
    /// Whether it ever spoke or acted.
    pub covered: bool,
}

/// Everything that can speak or act, drafts left out, in the order of the files; then the
/// notices, the fallbacks and the greeting.
#[must_use]
pub fn items(rules: &Ruleset, spoke: &BTreeSet<Part>) -> Vec<Item> {
    let live = rules.replies.iter().filter(|reply| reply.status == RuleStatus::Live);
    let mut found: Vec<(Part, Option<&RulePlace>)> = live
        .flat_map(|reply| parts(reply).into_iter().map(|part| (part, Some(&reply.place))))
        .collect();
    let notices: BTreeMap<&RuleId, &Notify> = rules
        .notices
        .by_type
        .values()
        .flatten()
        .filter(|notice| notice.status == RuleStatus::Live)
        .map(|notice| (&notice.id, notice))
        .collect();
    found.extend(notices.values().map(|notice| (Part::of(&notice.id), Some(&notice.place))));
    for fallback in &rules.fallbacks {
        let parts = said(&Part::of(&fallback.id), &fallback.speech);
        found.extend(parts.into_iter().map(|part| (part, Some(&fallback.place))));
    }
    if rules.greeting.is_some() {
        found.push((Part::of(&RuleId::from("greeting")), None));
    }
    let item = |(part, place): (Part, Option<&RulePlace>)| Item {
        covered: spoke.contains(&part),
        rule: part.rule,
        case: part.case,
        variant: part.variant,
        follow_up: part.follow_up,
        file: place.map(|place| place.file.to_string()),
        line: place.map(|place| place.line),
    };
    found.into_iter().map(item).collect()
}

/// The share that spoke, in per cent; all of nothing is 100.
#[must_use]
pub fn share(items: &[Item]) -> f64 {
    let covered = items.iter().filter(|item| item.covered).count();
    if items.is_empty() { 100.0 } else { 100.0 * covered as f64 / items.len() as f64 }
}

fn parts(reply: &Reply) -> Vec<Part> {
    let own = Part::of(&reply.id);
    let mut found = Vec::new();
    // A rule that says nothing beside its cases has nothing else to be tried.
    if reply.cases.is_empty() || reply.speech != Speech::Silent {
        found.extend(said(&own, &reply.speech));
    }
    for (number, case) in (1..).zip(&reply.cases) {
        found.extend(said(&Part { case: Some(number), ..own.clone() }, &case.speech));
    }
    let steps = (1..=reply.follow_up.len()).map(Some);
    found.extend(steps.map(|follow_up| Part { follow_up, ..own.clone() }));
    found
}

/// The part itself, or one for each of its variants.
fn said(part: &Part, speech: &Speech) -> Vec<Part> {
    match speech {
        Speech::Variants(variants) => (1..=variants.len())
            .map(|number| Part { variant: Some(number), ..part.clone() })
            .collect(),
        Speech::Silent | Speech::Says(_) | Speech::Go(_) => vec![part.clone()],
    }
}
