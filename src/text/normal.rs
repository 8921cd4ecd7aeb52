//! The one normal form, for rules and messages alike (DESIGN 4.2).
//!
//! NFKC, full case fold, typographic quotes and dashes, default-ignorable characters removed
//! except the joiner inside an emoji sequence, skin tones removed, white space folded, accents
//! folded on Latin, Greek and Cyrillic bases only. This file is the definition; the short way for
//! what most messages consist of is `fast`, and a test holds the two equal on every code point.

use super::fast::fast;
use super::script::{is_accentable, is_mark, is_nonspacing_mark, is_pictographic};
use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use std::borrow::Cow;

/// Raised whenever the normal form changes; part of the engine's number.
pub const NORMAL_FORM: u32 = 1;

const JOINER: char = '\u{200D}';

/// The normal form of a text. Normalising twice is normalising once.
#[must_use]
pub fn normal(raw: &str) -> String {
    fast(raw).unwrap_or_else(|| slow(raw))
}

/// The NFKC of a text: what `regex` sees.
#[must_use]
pub fn nfkc(raw: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfkc().normalize(raw)
}

/// The definition, step by step.
///
/// Signs go first, because NFKC would tear `´` into a space and an accent. Everything is taken
/// apart before it is folded and put together once at the end: no later step can bring up what an
/// earlier one would have changed.
pub(super) fn slow(raw: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfkd();
    let plain: String = raw.chars().map(plain_sign).collect();
    let folded = CaseMapper::new().fold_string(&apart.normalize(&plain)).into_owned();
    let bare = bare(&apart.normalize(&folded));
    spaced(&ComposingNormalizerBorrowed::new_nfc().normalize(&bare))
}

/// Typographic quotes and dashes as ASCII has them.
pub(super) fn plain_sign(c: char) -> char {
    match c {
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '‵' | '´' | 'ʼ' | 'ʻ' | '\u{1FFD}'
        | '\u{1FBD}' | '\u{1FBF}' => '\'',
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '‶' | '〝' | '〞' | '〟' | '「' | '」' | '『'
        | '』' | '｢' | '｣' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '⸺' | '⸻' | '−' | '⁃' => '-',
        _ => c,
    }
}

/// Drops what cannot be seen, skin tones, and the accents of accentable letters; what came apart
/// into a typographic sign is made plain. Takes a decomposed text.
fn bare(apart: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let mut kept = String::with_capacity(apart.len());
    let mut on_accentable = false;
    let mut joined = false;
    for c in apart.chars().map(plain_sign) {
        if c == JOINER {
            joined = true;
            continue;
        }
        if ignorable.contains(c) || is_skin_tone(c) || (on_accentable && is_nonspacing_mark(c)) {
            continue;
        }
        let is_pictographic = is_pictographic(c);
        if std::mem::take(&mut joined)
            && is_pictographic
            && kept.chars().next_back().is_some_and(self::is_pictographic)
        {
            kept.push(JOINER);
        }
        if !is_mark(c) {
            on_accentable = is_accentable(c);
        }
        kept.push(c);
    }
    kept
}

/// Skin tones are ignored; the fast path leaves them out as well.
pub(super) fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// White space at the ends is dropped, runs of it become one space.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_fast_path_equals_the_definition_on_every_code_point() {
        let mut taken = 0;
        for c in (0..=0x10FFFF).filter_map(char::from_u32) {
            for text in [
                format!("{c}"),
                format!("a{c}가"),
                format!("か{c}中"),
                format!(" {c} "),
                format!("É{c}{c}👍"),
                format!("A {c}  ’"),
                format!("ㅋ{c}ㅠ"),
                format!("ㅠ{c}ㄱ"),
            ] {
                if let Some(quick) = fast(&text) {
                    taken += 1;
                    assert_eq!(quick, slow(&text), "U+{:04X} in {text:?}", u32::from(c));
                }
            }
        }
        assert!(taken > 270_000, "the fast path takes Hangul, Han, Kana and more: {taken}");
    }

    #[test]
    fn every_code_point_keeps_its_normal_form() {
        let written = (0..0x3400).chain(0xA000..0xAC00).chain(0xD7A4..0x2_0000);
        for c in written.chain(0xE_0000..0xE_1000).filter_map(char::from_u32) {
            for text in [format!("{c}"), format!("a{c}\u{301}"), format!("가{c}👍{c}👍")] {
                let once = slow(&text);
                assert_eq!(slow(&once), once, "U+{:04X} in {text:?}", u32::from(c));
            }
        }
    }

    #[test]
    fn one_form_for_what_looks_the_same() {
        for (raw, expected) in [
            ("  Hello\u{a0}\t World ", "hello world"),
            ("ＨＥＬＬＯ　１２３", "hello 123"),
            ("ﾊﾝｶﾞｸ", "ハンガク"),
            ("Straße", "strasse"),
            ("Café", "cafe"),
            ("Cafe\u{301}", "cafe"),
            ("cafe\u{200d}\u{301}", "cafe"),
            ("Việt Nam", "viet nam"),
            ("İstanbul", "istanbul"),
            ("Ёлка, чай", "елка, чаи"),
            ("Άνθρωπος", "ανθρωποσ"),
            ("don’t “stop”", "don't \"stop\""),
            ("don´t", "don't"),
            ("«oui»", "\"oui\""),
            ("a–b—c−d", "a-b-c-d"),
            ("wait…", "wait..."),
            ("soft\u{ad}hyphen zero\u{200b}width", "softhyphen zerowidth"),
            ("한국", "한국"),
            ("\u{1112}\u{1161}\u{11ab}국", "한국"),
            ("ㅋㅋ ㅠㅠ", "\u{110f}\u{110f} \u{1172}\u{1172}"),
            ("ㅋㅠ", "큐"),
            ("か\u{3099}", "が"),
            ("ガ", "ガ"),
            ("हि\u{93c}", "हि\u{93c}"),
            ("👍🏽", "👍"),
            ("❤️", "❤"),
            ("👨‍👩‍👧", "👨\u{200d}👩\u{200d}👧"),
            ("👩🏽‍🚀", "👩\u{200d}🚀"),
            ("👩\u{200d}\u{200d}\u{fe0f}🚀", "👩\u{200d}🚀"),
            ("❤️‍🔥", "❤\u{200d}🔥"),
            ("a\u{200d}b", "ab"),
            ("👍\u{200d}b", "👍b"),
            ("ﬁne", "fine"),
            ("①", "1"),
            ("", ""),
            (" \u{200b} ", ""),
        ] {
            assert_eq!(normal(raw), expected, "{raw:?}");
        }
    }

    /// Texts out of the characters that act on each other.
    fn lively() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                proptest::char::any(),
                proptest::sample::select(
                    "aÉßİ가ㅏ각かガ中👍👨❤🏽🇰 \u{200d}\u{fe0f}\u{301}\u{323}\u{3099}\u{34f}\u{ad}\
                     ´’–«\u{345}ςक\u{93c}ﾞ\u{20e3}\u{a0}\u{115f}\u{302e}"
                        .chars()
                        .collect::<Vec<_>>()
                ),
            ],
            0..24,
        )
        .prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(raw in lively()) {
            let once = normal(&raw);
            prop_assert_eq!(normal(&once), once);
        }

        #[test]
        fn composed_and_decomposed_texts_are_one(raw in lively()) {
            let nfc = ComposingNormalizerBorrowed::new_nfc().normalize(&raw);
            let nfd = DecomposingNormalizerBorrowed::new_nfd().normalize(&raw);
            prop_assert_eq!(normal(&nfc), normal(&nfd));
        }

        #[test]
        fn the_fast_path_equals_the_definition(raw in lively()) {
            if let Some(quick) = fast(&raw) {
                prop_assert_eq!(quick, slow(&raw));
            }
        }
    }
}
