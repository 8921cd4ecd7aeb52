//! What needs all tiers together: nobody gets offers unasked, and who said stop can come back.

use super::sells;
use crate::model::Purpose;
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::compile::say::text;
use crate::rules::consenting::Tier;
use crate::rules::draft::consenting::{ConsentDraft, TierDraft};

impl Bench<'_> {
    /// What needs all tiers together.
    pub(super) fn check_tiers(&self, draft: &ConsentDraft, tiers: &[Tier], default: usize) {
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
}
