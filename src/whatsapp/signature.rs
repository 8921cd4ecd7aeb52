//! Who may speak to the webhook: the signed POST and the GET handshake.
//!
//! Every comparison of a secret takes the same time whatever it is compared with.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A key for comparing tokens by their digests, so that neither content nor length shows in time.
const COMPARISON_KEY: &[u8] = b"usher compares tokens by digest";

/// Whether `header` (`X-Hub-Signature-256`, `sha256=` and 64 hex digits) signs the raw `body` with
/// one of the app secrets. Call it before parsing; without a header or a secret nothing is signed.
#[must_use]
pub fn verify(secrets: &[SecretString], body: &[u8], header: Option<&str>) -> bool {
    let Some(claimed) = header.and_then(tag) else { return false };
    // Every secret is tried, also after one fitted: which one it was shows in no time.
    secrets.iter().fold(false, |signed, secret| {
        signed | is_signed(secret.expose_secret().as_bytes(), body, &claimed)
    })
}

/// The `X-Hub-Signature-256` header for a body: what the simulator sends.
#[must_use]
pub fn sign(secret: &SecretString, body: &[u8]) -> String {
    let tag = mac(secret.expose_secret().as_bytes(), body)
        .map(|mac| mac.finalize().into_bytes().to_vec())
        .unwrap_or_default();
    tag.iter().fold("sha256=".to_owned(), |mut header, byte| {
        header.push(hex_digit(byte >> 4));
        header.push(hex_digit(byte & 15));
        header
    })
}

/// Answers Meta's handshake: the raw query of `GET /webhook` → the challenge to send back as plain
/// text with 200, or `None` (then any 4xx) when the mode or the token is not right.
#[must_use]
pub fn challenge(query: &str, verify_tokens: &[SecretString]) -> Option<String> {
    let mut url = reqwest::Url::parse("http://webhook.invalid/").ok()?;
    url.set_query(Some(query));
    let value = |wanted: &str| {
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let given = value("hub.verify_token")?;
    let welcome = verify_tokens
        .iter()
        .fold(false, |same, token| same | is_same(token.expose_secret(), &given));
    if welcome && value("hub.mode").as_deref() == Some("subscribe") {
        value("hub.challenge")
    } else {
        None
    }
}

fn is_signed(secret: &[u8], body: &[u8], claimed: &[u8; 32]) -> bool {
    !secret.is_empty() && mac(secret, body).is_some_and(|mac| mac.verify_slice(claimed).is_ok())
}

fn is_same(token: &str, given: &str) -> bool {
    let digest = |text: &str| mac(COMPARISON_KEY, text.as_bytes());
    match (digest(token), digest(given)) {
        (Some(token_mac), Some(given_mac)) if !token.is_empty() => {
            token_mac.verify_slice(&given_mac.finalize().into_bytes()).is_ok()
        }
        _ => false,
    }
}

/// HMAC-SHA256 takes a key of any length, so this is always `Some`.
fn mac(key: &[u8], bytes: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(bytes);
    Some(mac)
}

/// The 32 bytes of `sha256=<64 hex digits>`.
fn tag(header: &str) -> Option<[u8; 32]> {
    let hex = header.strip_prefix("sha256=")?.as_bytes();
    if hex.len() != 64 {
        return None;
    }
    let mut tag = [0; 32];
    for (byte, pair) in tag.iter_mut().zip(hex.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = hex_value(high)? << 4 | hex_value(low)?;
    }
    Some(tag)
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    const EMPTY_TAG: &str =
        "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";
    const ESCAPED: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"ol\u00e1 \/ <3"}}]}]}"#;
    const ESCAPED_TAG: &str =
        "sha256=76938873d05dc4fbe822cb8404946329faa1447211df82dba745c44b82669ec8";

    fn secrets(all: &[&str]) -> Vec<SecretString> {
        all.iter().map(|secret| SecretString::from(*secret)).collect()
    }

    #[test]
    fn the_published_vectors_hold() {
        let secrets = secrets(&["test_app_secret"]);
        assert!(verify(&secrets, EMPTY.as_bytes(), Some(EMPTY_TAG)));
        assert!(verify(&secrets, ESCAPED.as_bytes(), Some(ESCAPED_TAG)));
        assert_eq!(sign(&secrets[0], EMPTY.as_bytes()), EMPTY_TAG);
    }

    #[test]
    fn any_of_several_secrets_signs() {
        let both = secrets(&["old", "test_app_secret"]);
        assert!(verify(&both, EMPTY.as_bytes(), Some(EMPTY_TAG)));
        assert!(verify(&secrets(&["test_app_secret", "new"]), EMPTY.as_bytes(), Some(EMPTY_TAG)));
    }

    #[test]
    fn everything_else_is_refused() {
        let right = secrets(&["test_app_secret"]);
        let body = EMPTY.as_bytes();
        let bare = EMPTY_TAG.trim_start_matches("sha256=");
        let flipped = EMPTY_TAG.replace("dec6", "dec7");
        let longer = format!("{EMPTY_TAG}00");
        let not_hex = EMPTY_TAG.replace("dec6", "xyz6");
        let sign_in_hex = EMPTY_TAG.replace("dec6", "+ec6");
        for header in [
            None,
            Some(""),
            Some("sha256="),
            Some(bare),
            Some(flipped.as_str()),
            Some(longer.as_str()),
            Some(not_hex.as_str()),
            Some(sign_in_hex.as_str()),
            Some(&EMPTY_TAG[..70]),
        ] {
            assert!(!verify(&right, body, header), "{header:?}");
        }
        assert!(!verify(&right, &body[1..], Some(EMPTY_TAG)));
        assert!(!verify(&secrets(&["other"]), body, Some(EMPTY_TAG)));
        assert!(!verify(&[], body, Some(EMPTY_TAG)));
        // An empty secret would let anybody sign.
        let empty = secrets(&[""]);
        let forged = sign(&empty[0], body);
        assert!(!verify(&empty, body, Some(&forged)));
    }

    #[test]
    fn the_handshake_gives_the_challenge_back_unchanged() {
        let tokens = secrets(&["old", "ver/ify token"]);
        let ask = |query: &str| challenge(query, &tokens);
        let good = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=ver%2Fify+token";
        assert_eq!(ask(good).as_deref(), Some("1158201444"));
        let opaque = "hub.verify_token=old&hub.challenge=%3Cb%3Ex&hub.mode=subscribe";
        assert_eq!(ask(opaque).as_deref(), Some("<b>x"));
        for query in [
            "",
            "hub.mode=subscribe&hub.challenge=1",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=ol",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
            "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=old",
            "hub.challenge=1&hub.verify_token=old",
            "hub.mode=subscribe&hub.verify_token=old",
        ] {
            assert_eq!(ask(query), None, "{query}");
        }
        assert_eq!(
            challenge("hub.mode=subscribe&hub.challenge=1&hub.verify_token=", &secrets(&[""])),
            None
        );
    }
}
