//! What a message says about consent. What comes of it is `super`'s.

use crate::decide::reception::only_where_asked;
use crate::limits;
use crate::model::{Message, MessageKind};
use crate::rules::Ruleset;
use crate::rules::consent_words::Word;
use crate::rules::consenting::{Tap, Tier};
use crate::text::normal;

/// What a message says about consent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Said<'a> {
    Tap(Tap<'a>),
    Heard {
        word: Option<Word>,
        opt_in: Option<&'a Tier>,
        /// It may be the answer to a question: typed, alone, quoting nothing.
        answers: bool,
    },
}

/// What a message says about consent; and its normal form.
pub(super) fn meaning<'a>(rules: &'a Ruleset, message: &'a Message) -> Option<(Said<'a>, String)> {
    if only_where_asked(&message.kind) {
        return None;
    }
    let text = message.text.as_deref().unwrap_or_default();
    let tapped = message.payload.as_deref();
    if let Some(tap) = tapped.and_then(Tap::of) {
        return Some((Said::Tap(tap), normal(text)));
    }
    // What a tap of the rules' own shows is theirs to answer.
    if tapped.is_some_and(|id| rules.payloads.contains_key(id) || rules.leads.contains_key(id)) {
        return None;
    }
    if text.is_empty() || text.len() > limits::CONSENT_MESSAGE_BYTES_MAX {
        return None;
    }
    let normal = normal(text);
    let heard = rules.consent.words.heard(&normal);
    let opt_in = heard.opt_in.and_then(|tier| rules.consent.tiers.get(tier));
    let typed = message.kind == MessageKind::Text && tapped.is_none();
    let answers = typed && message.reply_to.is_none();
    let says_something = heard.word.is_some() || opt_in.is_some();
    says_something.then_some((Said::Heard { word: heard.word, opt_in, answers }, normal))
}
