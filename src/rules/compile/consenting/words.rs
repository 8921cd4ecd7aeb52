//! The words of consent: the shipped ones, the rules' own, and that no two of them mean two things.

use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::consent_words::{ConsentWords, Word};
use crate::rules::draft::Entries;
use crate::rules::draft::consenting::ConsentDraft;
use crate::rules::problems::At;
use crate::rules::sentences::{self, Kind};
use crate::text::normal;

/// Holds the rules' own words to the sentences usher knows; the shipped words pass them in a test.
pub(super) fn sentences(bench: &Bench<'_>, draft: &ConsentDraft, words: &ConsentWords) {
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

impl Bench<'_> {
    /// The shipped words, then the rules' own stop words, then the opt-in words, each of which
    /// must be nothing else yet.
    pub(super) fn consent_words(&mut self, draft: &ConsentDraft, first: usize) -> ConsentWords {
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
}
