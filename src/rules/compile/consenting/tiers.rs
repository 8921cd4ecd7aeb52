//! `[[consent.tier]]`: the tiers, those that always hold first. What needs all of them together is
//! `checks`.

use super::{NONE, TRANSACTIONAL, speaker};
use crate::limits;
use crate::model::{Consent, Purpose};
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::compile::names;
use crate::rules::compile::say::text;
use crate::rules::consent_texts as shipped;
use crate::rules::consenting::Tier;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::consenting::{ConsentDraft, TierDraft};
use crate::rules::problems::At;
use crate::rules::suggest;

/// The purposes one may write.
const PURPOSES: [&str; 4] = ["service", "utility", "authentication", "marketing"];

impl Bench<'_> {
    /// The tiers in order: `transactional` first where it is not declared, then the declared ones.
    /// Gives also how many were added.
    pub(super) fn tiers(&mut self, draft: &ConsentDraft) -> (Vec<Tier>, usize) {
        let is_declared = |id: &str| {
            draft.tiers.iter().any(|t| t.value.id.as_ref().is_some_and(|own| own.value == id))
        };
        let mut tiers = Vec::new();
        for (id, allows) in
            [(NONE, vec![Purpose::Service]), (TRANSACTIONAL, Consent::default().allows)]
        {
            if !is_declared(id) {
                tiers.push(self.built_in(id, allows));
            }
        }
        let built_in = tiers.len();
        for tier in &draft.tiers {
            self.check_tier_id(draft, tier);
            let tier = self.tier(draft.sheet, &tier.value);
            tiers.push(tier);
        }
        (tiers, built_in)
    }

    fn built_in(&mut self, id: &str, allows: Vec<Purpose>) -> Tier {
        Tier {
            id: id.to_owned(),
            allows,
            ask: None,
            within: limits::CONSENT_WITHIN,
            granted: self.shipped_in(&shipped::GRANTED),
            version: None,
            renew: None,
            footer: None,
        }
    }

    fn check_tier_id(&self, draft: &ConsentDraft, tier: &At<TierDraft>) {
        let Some(id) = &tier.value.id else { return };
        names::check_id(self, draft.sheet, id);
        let same = |other: &&At<TierDraft>| {
            other.value.id.as_ref().is_some_and(|other| other.value == id.value)
        };
        let first = draft.tiers.iter().find(same).and_then(|first| first.value.id.as_ref());
        if let Some(first) = first.filter(|first| first.span != id.span) {
            let found = Diagnostic::new(
                &codes::DUPLICATE,
                format!("the tier `{}` is given twice", id.value),
            )
            .at(self.place(draft.sheet, &id.span, "the second time"))
            .at(self.place(draft.sheet, &first.span, "the first time"))
            .help("rename one of the two, or join them");
            self.problems.add(found);
        }
    }

    fn tier(&mut self, sheet: usize, draft: &TierDraft) -> Tier {
        let by = speaker(sheet);
        let within = draft.within.as_ref().and_then(|within| self.duration(sheet, within));
        let granted = draft.text.as_ref().map(|own| self.localised(by, own, &text::TEXT));
        Tier {
            id: draft.id.as_ref().map_or_else(String::new, |id| id.value.clone()),
            allows: self.allows(sheet, draft),
            ask: draft.ask.as_ref().map(|ask| self.localised(by, ask, &text::BODY)),
            within: within.unwrap_or(limits::CONSENT_WITHIN),
            granted: granted.unwrap_or_else(|| self.shipped_in(&shipped::GRANTED)),
            version: draft.version.as_ref().map(|version| version.value.clone()),
            renew: draft.renew.as_ref().and_then(|renew| self.duration(sheet, renew)),
            footer: draft.footer.as_ref().map(|own| self.localised(by, own, &text::FOOTER)),
        }
    }

    fn allows(&self, sheet: usize, draft: &TierDraft) -> Vec<Purpose> {
        let mut allows = Vec::new();
        for written in draft.allows.iter().flat_map(|allows| &allows.value) {
            let known = Purpose::ALL.into_iter().find(|known| known.as_str() == written.value);
            match known {
                Some(purpose) if !allows.contains(&purpose) => allows.push(purpose),
                Some(_) => {}
                None => {
                    let message = format!("there is no purpose `{}`", written.value);
                    let help = suggest::help(&written.value, PURPOSES, "the purposes");
                    let (code, label) = (&codes::UNKNOWN_VALUE, "no such purpose");
                    self.report(code, message, sheet, &written.span, label, help);
                }
            }
        }
        if let Some(written) = draft.allows.as_ref().filter(|_| !allows.contains(&Purpose::Service))
        {
            let message = "a tier without `service` could not even be answered";
            let help = "add \"service\": it is an answer to what the customer writes";
            let label = "`service` is missing";
            self.report(&codes::BAD_TIER, message, sheet, &written.span, label, help);
        }
        allows
    }
}
