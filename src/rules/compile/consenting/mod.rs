//! `[consent]` → [`Consenting`]: tiers, the texts around them, words that fit together.
//!
//! What of it could break the customer's will is an error, not a warning.

mod checks;
mod tiers;
mod words;

use super::bench::Bench;
use super::quiet;
use super::say::{Speaker, text};
use crate::model::{Purpose, Stops};
use crate::rules::codes;
use crate::rules::consent_texts as shipped;
use crate::rules::consenting::{ConsentTexts, Consenting, Tier};
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::ReplyDraft;
use crate::rules::draft::consenting::{ConsentDraft, StopDraft, TierDraft};
use crate::rules::draft::say::TextDraft;
use crate::rules::problems::At;
use crate::rules::suggest;

/// The tier that holds without any `[consent]`.
const TRANSACTIONAL: &str = "transactional";

/// The tier of who allows nothing but answers.
const NONE: &str = "none";

/// Compiles `[consent]`; what is wrong is reported and left out.
pub fn consenting(bench: &mut Bench<'_>) -> Consenting {
    let drafts = bench.draft;
    for other in drafts.consents.iter().skip(1) {
        let first = drafts.consents.first().map_or((0, &other.header), |f| (f.sheet, &f.header));
        let found = Diagnostic::new(&codes::DUPLICATE, "`[consent]` is given twice")
            .at(bench.place(other.sheet, &other.header, "the second time"))
            .at(bench.place(first.0, first.1, "the first time"))
            .help("join the two: what customers allow stands in one place");
        bench.problems.add(found);
    }
    let nothing = ConsentDraft::default();
    let draft = drafts.consents.first().unwrap_or(&nothing);
    let stop = draft.stop.as_ref();
    let stops = bench.stops(draft.sheet, stop);
    let (tiers, built_in) = bench.tiers(draft);
    let default = bench.default_tier(draft, &tiers);
    let words = bench.consent_words(draft, built_in);
    words::sentences(bench, draft, &words);
    let texts = bench.consent_texts(draft.sheet, stop, stops);
    let quiet = quiet::hours(bench, draft);
    bench.check_tiers(draft, &tiers, default);
    let sender = draft.sender.as_ref().map(|sender| sender.value.clone());
    Consenting { tiers, default, sender, stops, quiet, words, texts }
}

/// Ids of the tiers there are, for other tables.
#[must_use]
pub fn tier_ids<'a>(bench: &Bench<'a>) -> Vec<&'a str> {
    let drafts = bench.draft.consents.iter().flat_map(|draft| &draft.tiers);
    let declared = drafts.filter_map(|tier| tier.value.id.as_ref()).map(|id| id.value.as_str());
    let mut ids: Vec<&str> = declared.collect();
    for built_in in [TRANSACTIONAL, NONE] {
        if !ids.contains(&built_in) {
            ids.push(built_in);
        }
    }
    ids
}

fn speaker(sheet: usize) -> Speaker<'static> {
    Speaker { sheet, matched: &[], live: true, reply: None, notice: None }
}

impl Bench<'_> {
    /// `consent` of a reply.
    pub fn tier_asked(&self, sheet: usize, tier: Option<&At<String>>) -> Option<String> {
        let tier = tier?;
        self.check_tier(sheet, tier);
        Some(tier.value.clone())
    }

    /// `purpose` of a reply.
    pub fn purpose(&self, draft: &ReplyDraft) -> Option<Purpose> {
        let purpose = draft.purpose.as_ref()?;
        let known = [Purpose::Service, Purpose::Utility, Purpose::Marketing];
        let found = known.into_iter().find(|known| known.as_str() == purpose.value);
        if found.is_none() {
            let message = format!("there is no purpose `{}`", purpose.value);
            let names = known.map(Purpose::as_str);
            let help = suggest::help(&purpose.value, names, "the purposes of a reply");
            let (code, label) = (&codes::UNKNOWN_VALUE, "no such purpose");
            self.report(code, message, draft.sheet, &purpose.span, label, help);
        }
        found
    }

    fn check_tier(&self, sheet: usize, tier: &At<String>) {
        let known = tier_ids(self);
        if known.contains(&tier.value.as_str()) || self.draft.lost.table("consent") {
            return;
        }
        let message = format!("there is no tier `{}`", tier.value);
        let help = match suggest::nearest(&tier.value, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "declare it: `[[consent.tier]]` with `id = \"{}\"` and what it `allows`",
                tier.value
            ),
        };
        self.report(&codes::UNKNOWN_TIER, message, sheet, &tier.span, "not declared", help);
    }

    fn default_tier(&self, draft: &ConsentDraft, tiers: &[Tier]) -> usize {
        let wanted = draft.default.as_ref().map_or(TRANSACTIONAL, |default| &default.value);
        if let Some(default) = &draft.default {
            self.check_tier(draft.sheet, default);
        }
        tiers.iter().position(|tier| tier.id == wanted).unwrap_or_default()
    }

    fn stops(&self, sheet: usize, stop: Option<&StopDraft>) -> Stops {
        let Some(stops) = stop.and_then(|stop| stop.stops.as_ref()) else {
            return Stops::default();
        };
        match stops.value.as_str() {
            "marketing" => Stops::Marketing,
            "all" => Stops::All,
            other => {
                let message = format!("`stops` takes `marketing` or `all`, not `{other}`");
                let help = suggest::help(other, ["marketing", "all"], "the words");
                let (code, label) = (&codes::UNKNOWN_VALUE, "no such word");
                self.report(code, message, sheet, &stops.span, label, help);
                Stops::All
            }
        }
    }

    fn consent_texts(
        &mut self,
        sheet: usize,
        stop: Option<&StopDraft>,
        stops: Stops,
    ) -> ConsentTexts {
        let by = speaker(sheet);
        let own = |bench: &mut Self, own: Option<&At<TextDraft>>, measure, other| match own {
            Some(own) => bench.localised(by, own, measure),
            None => bench.shipped_in(other),
        };
        let confirmed = match stops {
            Stops::Marketing => &shipped::STOPPED,
            Stops::All => &shipped::STOPPED_ALL,
        };
        let text = stop.and_then(|stop| stop.text.as_ref());
        let near_text = stop.and_then(|stop| stop.near_text.as_ref());
        ConsentTexts {
            stopped: own(self, text, &text::TEXT, confirmed),
            near_stop: own(self, near_text, &text::BODY, &shipped::NEAR_STOP),
            refused: self.shipped_in(&shipped::REFUSED),
            resumed: self.shipped_in(&shipped::RESUMED),
            yes: self.shipped_in(&shipped::YES),
            no: self.shipped_in(&shipped::NO),
        }
    }

    /// A template for marketing is said only by a rule that is conditioned by its purpose.
    pub fn check_marketing_template(&self, by: Speaker<'_>, name: &At<String>) {
        let reply = by.reply.and_then(|rule| self.draft.replies.get(rule));
        let purpose = match (reply, by.notice) {
            (Some(reply), _) => &reply.purpose,
            (None, Some(notice)) => &notice.purpose,
            (None, None) => return self.marketing_here(by.sheet, name, "a marketing template"),
        };
        if purpose.as_ref().is_some_and(|purpose| purpose.value == "marketing") {
            return;
        }
        let message =
            format!("`{}` is a marketing template, and its rule does not say so", name.value);
        let help =
            "add `purpose = \"marketing\"` to the rule: it is then for those only who allow it";
        let label = "sent to everybody";
        self.report(&codes::MARKETING_TO_ALL, message, by.sheet, &name.span, label, help);
    }

    /// Greeting and fallbacks cannot be conditioned.
    pub fn marketing_here(&self, sheet: usize, at: &At<String>, what: &str) {
        let message = format!("{what} where nothing can be asked about consent");
        let help = "say it in a reply with `purpose = \"marketing\"`";
        let label = "would go to everybody";
        self.report(&codes::MARKETING_HERE, message, sheet, &at.span, label, help);
    }
}

/// Whether a tier allows marketing.
pub(super) fn sells(tier: &TierDraft) -> bool {
    let allows = tier.allows.iter().flat_map(|allows| &allows.value);
    allows.into_iter().any(|purpose| purpose.value == "marketing")
}
