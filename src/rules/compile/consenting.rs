//! `[consent]` → [`Consenting`]: tiers, the texts around them, words that fit together.
//!
//! What of it could break the customer's will is an error, not a warning.

use super::bench::Bench;
use super::names;
use super::quiet;
use super::say::{Speaker, text};
use crate::limits;
use crate::model::{Consent, Purpose, Stops};
use crate::rules::codes;
use crate::rules::consent_texts as shipped;
use crate::rules::consent_words::{ConsentWords, Word};
use crate::rules::consenting::{ConsentTexts, Consenting, Tier};
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::consenting::{ConsentDraft, StopDraft, TierDraft};
use crate::rules::draft::say::TextDraft;
use crate::rules::draft::{Entries, ReplyDraft};
use crate::rules::problems::At;
use crate::rules::sentences::{self, Kind};
use crate::rules::suggest;
use crate::text::normal;

/// The tier that holds without any `[consent]`.
const TRANSACTIONAL: &str = "transactional";

/// The tier of who allows nothing but answers.
const NONE: &str = "none";

/// The purposes one may write.
const PURPOSES: [&str; 4] = ["service", "utility", "authentication", "marketing"];

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
    sentences(bench, draft, &words);
    let texts = bench.consent_texts(draft.sheet, stop, stops);
    let quiet = quiet::hours(bench, draft);
    bench.check_tiers(draft, &tiers, default);
    let sender = draft.sender.as_ref().map(|sender| sender.value.clone());
    Consenting { tiers, default, sender, stops, quiet, words, texts }
}

/// Holds the rules' own words to the sentences usher knows; the shipped words pass them in a test.
fn sentences(bench: &Bench<'_>, draft: &ConsentDraft, words: &ConsentWords) {
    let own_stop = draft.stop.as_ref().is_some_and(|stop| stop.whole.is_some());
    if !own_stop && draft.tiers.iter().all(|tier| tier.value.whole.is_none()) {
        return;
    }
    for sentence in sentences::sentences() {
        let heard = words.heard(&normal(sentence.text));
        let grants = heard.opt_in.is_some() || heard.word == Some(Word::Yes);
        let what = match sentence.kind {
            Kind::Refusal if grants => "is a refusal, and would grant something",
            Kind::OptOut if grants || heard.word.is_none_or(|word| word > Word::NearStop) => {
                "opts out, and would not be heard"
            }
            _ => continue,
        };
        let message = format!("`{}` {what}", sentence.text);
        let help = "take the opt-in word out that it is made of";
        let label = "with the words of these tiers";
        let code = &codes::CONSENT_SENTENCE;
        bench.report(code, message, draft.sheet, &draft.header, label, help);
    }
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

    /// The tiers in order: `transactional` first where it is not declared, then the declared ones.
    /// Gives also how many were added.
    fn tiers(&mut self, draft: &ConsentDraft) -> (Vec<Tier>, usize) {
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

    /// The shipped words, then the rules' own stop words, then the opt-in words, each of which
    /// must be nothing else yet.
    fn consent_words(&mut self, draft: &ConsentDraft, first: usize) -> ConsentWords {
        let sheet = draft.sheet;
        let mut words = ConsentWords::shipped();
        if let Some(stop) = &draft.stop {
            for (written, at) in self.written_whole(sheet, &stop.whole) {
                if let Err(error) = words.add(Word::Stop, &written) {
                    self.bad_entry(sheet, &at, &error);
                }
            }
        }
        for (index, tier) in draft.tiers.iter().enumerate() {
            for (written, at) in self.written_whole(sheet, &tier.value.whole) {
                let heard = words.heard(&normal(&written));
                if heard.word.is_some() || heard.opt_in.is_some_and(|other| other != first + index)
                {
                    self.word_clash(sheet, &at, heard.word);
                } else if let Err(error) = words.add_opt_in(first + index, &written) {
                    self.bad_entry(sheet, &at, &error);
                } else if words.heard(&normal(&written)).opt_in != Some(first + index) {
                    self.unheard(sheet, &at);
                }
            }
        }
        words
    }

    fn word_clash(&self, sheet: usize, at: &At<String>, word: Option<Word>) {
        let what = match word {
            Some(Word::Stop) => "a stop word",
            Some(Word::NearStop) => "nearly a stop word: it is asked back",
            Some(Word::No) => "a refusal",
            Some(Word::Yes) => "a plain yes, which means whatever was asked",
            None => "an opt-in word of another tier",
        };
        let message = format!("the opt-in word `{}` is also {what}", at.value);
        let help = "choose a word that says what is wanted, such as `subscribe`";
        let label = "cannot opt in";
        self.report(&codes::OPT_IN_CLASH, message, sheet, &at.span, label, help);
    }

    fn unheard(&self, sheet: usize, at: &At<String>) {
        let message = format!("the opt-in word `{}` would never be heard", at.value);
        let help = "write a word or a short phrase that is no question and has no sign of refusal";
        self.report(&codes::OPT_IN_CLASH, message, sheet, &at.span, "cannot opt in", help);
    }

    /// The entries of a list, each with what is to be blamed for it; lists as `@name` replaced by
    /// their lines.
    fn written_whole(&mut self, sheet: usize, entries: &Entries) -> Vec<(String, At<String>)> {
        let mut written = Vec::new();
        for entry in entries.iter().flat_map(|entries| &entries.value) {
            match entry.value.strip_prefix('@') {
                None => written.push((entry.value.clone(), entry.clone())),
                Some(name) => {
                    let at = At { value: name.to_owned(), span: entry.span.clone() };
                    let lines = self.choices(sheet, &at).unwrap_or_default();
                    written.extend(lines.into_iter().map(|(line, _)| {
                        let span = entry.span.clone();
                        (line.clone(), At { value: line, span })
                    }));
                }
            }
        }
        written
    }

    /// What needs all tiers together.
    fn check_tiers(&self, draft: &ConsentDraft, tiers: &[Tier], default: usize) {
        let sheet = draft.sheet;
        if tiers.get(default).is_some_and(|tier| tier.allows(Purpose::Marketing)) {
            let message = "a new customer would get marketing without ever having agreed";
            let help = "write `default = \"transactional\"`, and let customers opt in";
            let span = draft.default.as_ref().map_or(&draft.header, |default| &default.span);
            self.report(&codes::BAD_TIER, message, sheet, span, "allows marketing", help);
        }
        let default = tiers.get(default).map(|tier| tier.id.as_str());
        for tier in &draft.tiers {
            self.check_question(sheet, &tier.value);
            self.check_renew(sheet, &tier.value, default);
            self.check_sender(draft, &tier.value);
        }
        let marketing: Vec<_> = draft.tiers.iter().filter(|tier| sells(&tier.value)).collect();
        if let (Some(tier), true) =
            (marketing.first(), marketing.iter().all(|t| t.value.whole.is_none()))
        {
            let message =
                "who says stop cannot take it back: no tier with marketing has opt-in words";
            let help = "add `whole = [\"subscribe\"]` and `ask.text` to the tier";
            let label = "no way back";
            self.report(&codes::NO_WAY_BACK, message, sheet, &tier.span, label, help);
        }
        if let (Some(tier), None) = (marketing.first(), &draft.sender) {
            let message = "nobody is named as the sender of the offers";
            let help = "add `sender = \"Acme Ltd\"` under `[consent]`: who sends has to be told";
            let label = "allows marketing";
            self.report(&codes::NO_SENDER, message, sheet, &tier.span, label, help);
        }
    }

    fn check_question(&self, sheet: usize, tier: &TierDraft) {
        let (true, Some(whole), None) = (sells(tier), &tier.whole, &tier.ask) else { return };
        let message = "opt-in words for marketing without a question to confirm";
        let help = "add `ask.text = \"Reply YES to receive offers. You can stop with STOP.\"`";
        self.report(&codes::NO_ASK, message, sheet, &whole.span, "`ask` is missing", help);
    }

    fn check_renew(&self, sheet: usize, tier: &TierDraft, default: Option<&str>) {
        let is_default = tier.id.as_ref().is_some_and(|id| Some(id.value.as_str()) == default);
        if let (Some(renew), true) = (&tier.renew, is_default) {
            let message = "`renew` on the tier everybody begins with: nobody grants it";
            let help = "move `renew` to the tier customers opt in to";
            let label = "never granted";
            self.report(&codes::BAD_TIER, message, sheet, &renew.span, label, help);
        } else if let (Some(renew), None, None) = (&tier.renew, &tier.whole, &tier.version) {
            let message = "`renew` without opt-in words: nobody can grant it again";
            let help = "add `whole = [\"…\"]` and `ask.text`; where it is granted from outside, its `version`";
            let label = "cannot be renewed";
            self.report(&codes::BAD_TIER, message, sheet, &renew.span, label, help);
        }
    }

    /// The question names who asks.
    fn check_sender(&self, draft: &ConsentDraft, tier: &TierDraft) {
        let (Some(sender), Some(ask)) = (&draft.sender, &tier.ask) else { return };
        if !sells(tier) {
            return;
        }
        for (_, text, span) in text::written(ask) {
            if !text.contains(sender.value.trim()) {
                let message = format!("the question does not name `{}`", sender.value);
                let help = "name who will send the offers, as customers know them";
                let label = "who asks?";
                self.report(&codes::SENDER_NOT_NAMED, message, draft.sheet, span, label, help);
            }
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
