//! What was meant by a time zone that does not exist: an abbreviation, a city, an offset.
//!
//! Never suggests another abbreviation: `KST` and `EST` are one letter and fourteen hours apart.

use super::zones;
use crate::rules::suggest::nearest;

const FORM: &str = "write the zone as region and city: `Asia/Taipei`";

/// Abbreviations and countries, with the zones that are meant.
const MEANT: [(&str, &[&str]); 31] = [
    ("kst", &["Asia/Seoul"]),
    ("korea", &["Asia/Seoul"]),
    ("south korea", &["Asia/Seoul"]),
    ("한국", &["Asia/Seoul"]),
    ("서울", &["Asia/Seoul"]),
    ("jst", &["Asia/Tokyo"]),
    ("東京", &["Asia/Tokyo"]),
    ("hkt", &["Asia/Hong_Kong"]),
    ("香港", &["Asia/Hong_Kong"]),
    // China's and Taiwan's standard time; Chicago's bears the same letters.
    ("cst", &["Asia/Taipei", "Asia/Shanghai"]),
    ("taiwan", &["Asia/Taipei"]),
    ("台灣", &["Asia/Taipei"]),
    ("台北", &["Asia/Taipei"]),
    ("臺北", &["Asia/Taipei"]),
    ("china", &["Asia/Shanghai"]),
    ("beijing", &["Asia/Shanghai"]),
    ("asia/beijing", &["Asia/Shanghai"]),
    ("sgt", &["Asia/Singapore"]),
    ("myt", &["Asia/Kuala_Lumpur"]),
    ("pht", &["Asia/Manila"]),
    ("wib", &["Asia/Jakarta"]),
    ("ict", &["Asia/Bangkok", "Asia/Ho_Chi_Minh"]),
    ("ist", &["Asia/Kolkata"]),
    ("aest", &["Australia/Sydney"]),
    ("bst", &["Europe/London"]),
    ("cest", &["Europe/Madrid", "Europe/Berlin"]),
    ("west", &["Europe/Lisbon"]),
    ("edt", &["America/New_York"]),
    ("cdt", &["America/Chicago"]),
    ("pst", &["America/Los_Angeles"]),
    ("pdt", &["America/Los_Angeles"]),
];

/// Offsets in minutes, with some of the zones that have them all year.
const OFFSETS: [(i32, &[&str]); 4] = [
    (0, &["UTC"]),
    (7 * 60, &["Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Jakarta"]),
    (8 * 60, &["Asia/Taipei", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore"]),
    (9 * 60, &["Asia/Seoul", "Asia/Tokyo"]),
];

/// What to type instead of a zone that does not exist.
pub(super) fn zone_help(name: &str) -> String {
    let typed = name.trim().to_lowercase();
    if let Some((_, meant)) = MEANT.iter().find(|(short, _)| *short == typed) {
        return did_you_mean(meant);
    }
    if let Some(minutes) = offset(&typed) {
        let known = OFFSETS.iter().find(|(offset, _)| *offset == minutes);
        return known.map_or_else(|| FORM.to_owned(), |(_, meant)| did_you_mean(meant));
    }
    let known: Vec<String> = zones().available().map(|zone| zone.to_string()).collect();
    let cities = || known.iter().filter_map(|zone| city(zone).map(|city| (city, zone.as_str())));
    let spaced = typed.replace(' ', "_");
    let city = cities().find(|(city, _)| city.to_lowercase() == spaced).or_else(|| {
        let near = nearest(&spaced, cities().map(|(city, _)| city).filter(|city| city.len() > 3))?;
        cities().find(|(city, _)| *city == near)
    });
    let whole = || nearest(&spaced, cities().map(|(_, zone)| zone));
    match city.map(|(_, zone)| zone).or_else(whole) {
        Some(zone) => did_you_mean(&[zone]),
        None => FORM.to_owned(),
    }
}

fn did_you_mean(zones: &[&str]) -> String {
    let zones: Vec<String> = zones.iter().map(|zone| format!("`{zone}`")).collect();
    format!("did you mean {}?", zones.join(" or "))
}

/// The city of `Asia/Seoul`; `None` for names that are no region and city, and for `Etc/GMT+9`,
/// which lies nine hours *behind* UTC.
fn city(zone: &str) -> Option<&str> {
    let (region, city) = zone.rsplit_once('/')?;
    let is_region = !region.starts_with("Etc") && !region.starts_with("US");
    is_region.then_some(city)
}

/// `+09:00`, `utc+9`, `gmt +0900` in minutes.
fn offset(typed: &str) -> Option<i32> {
    let bare = typed.strip_prefix("utc").or_else(|| typed.strip_prefix("gmt")).unwrap_or(typed);
    let bare = bare.trim();
    let (sign, figures) = match bare.strip_prefix('+') {
        Some(figures) => (1, figures),
        None => (-1, bare.strip_prefix(['-', '−'])?),
    };
    let (hours, minutes) = match (figures.split_once(':'), figures.len()) {
        (Some(parted), _) => parted,
        (None, 4) => figures.split_at_checked(2)?,
        (None, _) => (figures, "0"),
    };
    Some(sign * (hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::hours::zones;

    #[test]
    fn the_zone_that_is_meant_is_a_city() {
        for (typed, expected) in [
            ("KST", "did you mean `Asia/Seoul`?"),
            ("kst", "did you mean `Asia/Seoul`?"),
            ("JST", "did you mean `Asia/Tokyo`?"),
            ("HKT", "did you mean `Asia/Hong_Kong`?"),
            ("CST", "did you mean `Asia/Taipei` or `Asia/Shanghai`?"),
            ("Seoul", "did you mean `Asia/Seoul`?"),
            ("Soeul", "did you mean `Asia/Seoul`?"),
            ("서울", "did you mean `Asia/Seoul`?"),
            ("Hong Kong", "did you mean `Asia/Hong_Kong`?"),
            ("Asia/Soul", "did you mean `Asia/Seoul`?"),
            ("Asia/Taipeh", "did you mean `Asia/Taipei`?"),
            ("Asia/Hong Kong", "did you mean `Asia/Hong_Kong`?"),
            ("+09:00", "did you mean `Asia/Seoul` or `Asia/Tokyo`?"),
            ("UTC+9", "did you mean `Asia/Seoul` or `Asia/Tokyo`?"),
            ("GMT+9", "did you mean `Asia/Seoul` or `Asia/Tokyo`?"),
            ("UTC +0900", "did you mean `Asia/Seoul` or `Asia/Tokyo`?"),
            ("+99999999999", FORM),
            ("+9999999", FORM),
            ("-03:30", FORM),
            ("XST", FORM),
            ("here", FORM),
        ] {
            assert!(zones().get(typed).is_err(), "{typed} exists");
            assert_eq!(zone_help(typed), expected, "{typed}");
        }
    }

    #[test]
    fn every_zone_that_is_suggested_exists() {
        let meant = MEANT.iter().map(|(_, zones)| zones).chain(OFFSETS.iter().map(|(_, z)| z));
        for zone in meant.flat_map(|zones| zones.iter()) {
            assert!(zones().get(zone).is_ok(), "{zone}");
        }
    }
}
