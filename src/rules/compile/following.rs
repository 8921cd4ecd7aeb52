//! `follow_up`: its steps come one after the other, and each can be said when its time has come.

use super::bench::Bench;
use super::say::Speaker;
use crate::limits;
use crate::rules::codes;
use crate::rules::draft::ReplyDraft;
use crate::rules::draft::say::FollowUpDraft;
use crate::rules::following::FollowUpStep;
use crate::rules::handing::{HAND_OFF, QUEUE};
use crate::rules::problems::At;
use crate::rules::variables::NOBODY_WROTE;
use std::time::Duration;

impl Bench<'_> {
    /// Compiles `follow_up`.
    pub fn follow_up(&mut self, by: Speaker<'_>, draft: &ReplyDraft) -> Vec<FollowUpStep> {
        let Some(drafts) = &draft.follow_up else { return Vec::new() };
        self.not_too_many(by.sheet, drafts);
        self.can_come(draft, drafts);
        // The customer is silent when it is said.
        let mut matched = by.matched.to_vec();
        matched.push(NOBODY_WROTE.to_owned());
        let by = Speaker { matched: &matched, ..by };
        let mut steps: Vec<FollowUpStep> = Vec::new();
        for draft in &drafts.value {
            let before = steps.last().map(|step| step.after);
            steps.extend(self.step(by, draft, before));
        }
        steps
    }

    fn step(
        &mut self,
        by: Speaker<'_>,
        draft: &At<FollowUpDraft>,
        before: Option<Duration>,
    ) -> Option<FollowUpStep> {
        let speech = &draft.value.speech;
        self.says_something("follow-up", by.sheet, &draft.span, speech);
        let says = self.says(by, speech);
        let written = draft.value.after.as_ref()?;
        let step = FollowUpStep { after: self.duration(by.sheet, written)?, says };
        if before.is_some_and(|before| step.after <= before) {
            let message = format!("`{}` is not later than the follow-up before it", written.value);
            let help = "`after` counts from the rule's answer: put the steps in order, each later than the last";
            let label = "not later";
            self.report(&codes::FOLLOW_UP_ORDER, message, by.sheet, &written.span, label, help);
        }
        self.can_be_sent(by.sheet, &step, written);
        Some(step)
    }

    /// A day after the customer's last message WhatsApp takes templates only.
    fn can_be_sent(&self, sheet: usize, step: &FollowUpStep, written: &At<String>) {
        if step.after < limits::SERVICE_WINDOW || step.opens_window() {
            return;
        }
        let message =
            format!("after `{}` WhatsApp takes no message that is no template", written.value);
        let help = "say it by a `template` alone, or before a day is over: `after = \"23h\"`";
        let label = "the service window is closed then";
        self.report(&codes::FOLLOW_UP_OUTSIDE, message, sheet, &written.span, label, help);
    }

    fn not_too_many(&self, sheet: usize, drafts: &At<Vec<At<FollowUpDraft>>>) {
        let (steps, most) = (drafts.value.len(), limits::FOLLOW_UPS_MAX);
        if steps > most {
            let message = format!("`follow_up` has {steps} steps; at most {most} are taken");
            let help = "who does not answer the first few does not answer the others";
            let code = &codes::OUT_OF_RANGE;
            self.report(code, message, sheet, &drafts.span, "too many", help);
        }
    }

    /// A rule that hands over whatever happens has nobody to follow up.
    fn can_come(&self, draft: &ReplyDraft, drafts: &At<Vec<At<FollowUpDraft>>>) {
        let to_people = |go: &At<String>| {
            let name = go.value.as_str();
            name.starts_with(QUEUE) || name.starts_with(HAND_OFF)
        };
        let Some(go) = draft.speech.go.as_ref().filter(|go| to_people(go)) else { return };
        if !draft.cases.is_empty() {
            return;
        }
        let message = format!("`follow_up` is never said: `{}` hands over to people", go.value);
        let help = "take it out: while people own the conversation the bot is silent";
        let (code, label) = (&codes::FOLLOW_UP_NEVER, "nobody says it");
        self.report(code, message, draft.sheet, &drafts.span, label, help);
    }
}
