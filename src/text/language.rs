//! Languages: canonical tags (BCP 47), their fallbacks, and what the script of a text gives away.

/// ISO 639-1, and the longer codes WhatsApp customers are known to use.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch \
    co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he \
    hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv \
    kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny \
    oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su \
    sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu \
    ceb fil hak haw hmn ilo jbo kok mni nan nso prs pap tet tpi wuu yue";

/// Codes of countries and old names that are taken for languages; `kr` and `tw` are languages
/// (Kanuri, Twi) that nobody means who serves Korea and Taiwan.
const MISTAKEN: [(&str, &str); 12] = [
    ("kr", "ko"),
    ("jp", "ja"),
    ("cn", "zh-CN"),
    ("tw", "zh-TW"),
    ("hk", "zh-HK"),
    ("ua", "uk"),
    ("gr", "el"),
    ("cz", "cs"),
    ("dk", "da"),
    ("us", "en"),
    ("gb", "en"),
    ("vn", "vi"),
];

/// The canonical form of a tag: `ko`, `pt-BR`; `_` counts as `-`; `zh-TW zh-HK zh-MO zh-Hant` are
/// `zh-Hant`, `zh-CN zh-SG zh-Hans` are `zh-Hans`. `None` where it is no language tag.
#[must_use]
pub fn canonical(tag: &str) -> Option<String> {
    let tag = tag.replace('_', "-");
    let mut parts = tag.split('-');
    let language = parts.next()?.to_ascii_lowercase();
    if mistaken(&language).is_some() || !LANGUAGES.split_whitespace().any(|l| l == language) {
        return None;
    }
    let mut script = None;
    let mut region = None;
    for part in parts {
        let letters = part.chars().all(|c| c.is_ascii_alphabetic());
        match part.len() {
            4 if letters && script.is_none() && region.is_none() => script = Some(titled(part)),
            2 if letters && region.is_none() => region = Some(part.to_ascii_uppercase()),
            3 if region.is_none() && part.chars().all(|c| c.is_ascii_digit()) => {
                region = Some(part.to_owned());
            }
            _ => return None,
        }
    }
    if language == "zh" {
        return Some(chinese(script.as_deref(), region.as_deref()));
    }
    let parts = [Some(language), script, region];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join("-"))
}

/// What was probably meant by something that is no language tag: `ko` for `kr`.
#[must_use]
pub fn meant(tag: &str) -> Option<&'static str> {
    let tag = tag.to_ascii_lowercase();
    mistaken(&tag).or(match tag.as_str() {
        "korean" => Some("ko"),
        "english" | "eng" => Some("en"),
        "chinese" => Some("zh"),
        "japanese" => Some("ja"),
        "spanish" => Some("es"),
        _ => None,
    })
}

fn mistaken(code: &str) -> Option<&'static str> {
    MISTAKEN.iter().find(|(from, _)| *from == code).map(|(_, to)| *to)
}

fn chinese(script: Option<&str>, region: Option<&str>) -> String {
    match (script, region) {
        (Some("Hant"), _) | (None, Some("TW" | "HK" | "MO")) => "zh-Hant".to_owned(),
        (Some("Hans"), _) | (None, Some("CN" | "SG" | "MY")) => "zh-Hans".to_owned(),
        _ => "zh".to_owned(),
    }
}

fn titled(part: &str) -> String {
    let (first, rest) = part.split_at(1);
    format!("{}{}", first.to_ascii_uppercase(), rest.to_ascii_lowercase())
}

/// Wider languages to fall back to, nearest first: `zh-Hant` → `zh`, `sr-Latn-RS` → `sr-Latn`, `sr`.
#[must_use]
pub fn fallbacks(tag: &str) -> Vec<String> {
    let shorter = |tag: &str| tag.rsplit_once('-').map(|(wider, _)| wider.to_owned());
    std::iter::successors(shorter(tag), |tag| shorter(tag)).collect()
}

/// The language a text's script gives away: Hangul → `ko`, Kana → `ja`, Han → `zh-Hant`, or
/// `zh-Hans` where `country` is `CN` or `SG`. `None` for every other script.
///
/// One Kana among Han (の on Taiwanese shop signs) does not make a text Japanese.
#[must_use]
pub fn language_by_script(text: &str, country: Option<&str>) -> Option<&'static str> {
    let (mut hangul, mut kana, mut han) = (0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '가'..='힣' | 'ㄱ'..='ㆎ' | '\u{1100}'..='\u{11FF}' => hangul += 1,
            'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ｦ'..='ﾝ' => kana += 1,
            '一'..='鿿' | '㐀'..='䶿' | '\u{20000}'..='\u{323AF}' => han += 1,
            _ => {}
        }
    }
    if hangul > 0 {
        Some("ko")
    } else if kana >= 2 || (kana > 0 && kana >= han) {
        Some("ja")
    } else if han > 0 {
        Some(if matches!(country, Some("CN" | "SG")) { "zh-Hans" } else { "zh-Hant" })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let cases = [
            ("ko", Some("ko")),
            ("EN_us", Some("en-US")),
            ("zh-TW", Some("zh-Hant")),
            ("zh_hk", Some("zh-Hant")),
            ("zh-Hant-TW", Some("zh-Hant")),
            ("zh-CN", Some("zh-Hans")),
            ("zh", Some("zh")),
            ("es-419", Some("es-419")),
            ("sr-latn-rs", Some("sr-Latn-RS")),
            ("kr", None),
            ("xx", None),
            ("english", None),
            ("ko-", None),
            ("", None),
            ("ko-한국", None),
        ];
        for (tag, wanted) in cases {
            assert_eq!(canonical(tag).as_deref(), wanted, "{tag}");
        }
        assert_eq!(meant("KR"), Some("ko"));
        assert_eq!(fallbacks("zh-Hant"), ["zh"]);
        assert_eq!(fallbacks("sr-Latn-RS"), ["sr-Latn", "sr"]);
        assert!(fallbacks("ko").is_empty());
    }

    #[test]
    fn scripts_give_languages_away() {
        for (text, country, expected) in [
            ("배송 조회", None, Some("ko")),
            ("訂單查詢", None, Some("zh-Hant")),
            ("订单查询", Some("CN"), Some("zh-Hans")),
            ("订单查询", Some("SG"), Some("zh-Hans")),
            ("優の良品在哪裡", None, Some("zh-Hant")),
            ("注文はどこですか", None, Some("ja")),
            ("Where is my order?", None, None),
            ("", None, None),
        ] {
            assert_eq!(language_by_script(text, country), expected, "{text}");
        }
    }
}
