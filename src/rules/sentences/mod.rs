//! Sentences about consent that customers write, and what each must and must not do: about sixty
//! a language. `check` holds every rule set to them.
//!
//! Only the sentences live here, as text files; what is heard in them is `consent_words`'
//! business.

#[cfg(test)]
mod tests;

/// What a sentence is, and so what it must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It does not agree: it may be no yes and no opt-in.
    Refusal,
    /// It wants no more messages: it must be a stop or a near-stop.
    OptOut,
    /// It agrees: it must be a yes.
    Agreement,
    /// It is about something else: it may be no word of consent at all.
    Other,
}

/// A sentence and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    /// `en`, `ko`, `zh-Hant`, `es` or `ja`.
    pub language: &'static str,
    /// What it must do.
    pub kind: Kind,
    /// As a customer writes it, not in the normal form.
    pub text: &'static str,
}

const FILES: [(&str, &str); 5] = [
    ("en", include_str!("en.txt")),
    ("ko", include_str!("ko.txt")),
    ("zh-Hant", include_str!("zh-Hant.txt")),
    ("es", include_str!("es.txt")),
    ("ja", include_str!("ja.txt")),
];

/// Every sentence of every language, in the order of the files.
pub fn sentences() -> impl Iterator<Item = Sentence> {
    FILES.into_iter().flat_map(|(language, file)| {
        file.lines().filter_map(move |line| {
            let (kind, text) = line.split_once(": ")?;
            Some(Sentence { language, kind: kind_named(kind)?, text })
        })
    })
}

fn kind_named(name: &str) -> Option<Kind> {
    match name {
        "refusal" => Some(Kind::Refusal),
        "optout" => Some(Kind::OptOut),
        "agreement" => Some(Kind::Agreement),
        "other" => Some(Kind::Other),
        _ => None,
    }
}
