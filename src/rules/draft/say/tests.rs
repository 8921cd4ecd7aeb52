//! Every key of every shape is read, and no other.

use super::*;
use crate::rules::draft::shapes::{FALLBACK, GREETING};
use crate::rules::problems::{Problems, Sheet};
use toml::de::DeTable;

/// The keys that were asked for, in their order.
fn taken(shape: &'static Shape, read: impl FnOnce(&mut TableReader<'_>)) -> Vec<&'static str> {
    let problems = Problems::default();
    let sheet = Sheet::new("a.toml", String::new());
    let table = DeTable::new();
    let page = Page { sheet: &sheet, number: 0, problems: &problems };
    let mut reader = TableReader::new(page, &table, 0..0, shape);
    read(&mut reader);
    reader.taken().to_vec()
}

#[test]
fn every_key_of_what_speaks_is_read() {
    let speak = |reader: &mut TableReader<'_>| drop(speech(reader));
    assert_eq!(taken(&GREETING, speak), GREETING.keys);
    assert_eq!(taken(&MESSAGE, speak), MESSAGE.keys);
    assert_eq!(taken(&THEN, speak), THEN.keys);
    for (shape, own) in [(&FALLBACK, 2), (&VARIANT, 1), (&CASE, 1)] {
        assert_eq!(taken(shape, speak).len(), shape.keys.len() - own, "{}", shape.header);
    }
}

/// Each key of each shape, with a value of no type that any takes: it is known, whatever else is
/// said of it.
#[test]
fn every_key_of_every_part_is_known() {
    use crate::rules::draft::shapes::*;
    use crate::rules::sources::Sources;
    let places: [(&Shape, &str); 15] = [
        (&BUTTON, "[[reply]]\nbuttons = [{ KEY = 00:00:00 }]"),
        (&CHOICE, "[[reply]]\nchoices = [{ KEY = 00:00:00 }]"),
        (&LIST, "[[reply]]\nlist = { KEY = 00:00:00 }"),
        (&SECTION, "[[reply]]\nlist.sections = [{ KEY = 00:00:00 }]"),
        (&ROW, "[[reply]]\nlist.rows = [{ KEY = 00:00:00 }]"),
        (&MEDIA, "[[reply]]\nmedia = { KEY = 00:00:00 }"),
        (&LOCATION, "[[reply]]\nlocation = { KEY = 00:00:00 }"),
        (&COOLDOWN, "[[reply]]\ncooldown = { KEY = 00:00:00 }"),
        (&THEN, "[[reply]]\ncooldown.then = { KEY = 00:00:00 }"),
        (&OUTSIDE, "[[reply]]\noutside_window = { KEY = 00:00:00 }"),
        (&CASE, "[[reply]]\ncases = [{ KEY = 00:00:00 }]"),
        (&VARIANT, "[[reply]]\nvariants = [{ KEY = 00:00:00 }]"),
        (&MESSAGE, "[[reply]]\nmessages = [{ KEY = 00:00:00 }]"),
        (&TEMPLATE, "[[template]]\nKEY = 00:00:00"),
        (&FALLBACK, "[[fallback]]\nKEY = 00:00:00"),
    ];
    for (shape, place) in places {
        for key in shape.keys {
            let codes = |key: &str| -> Vec<&str> {
                let problems = Problems::default();
                let sources = Sources::default().with("a.toml", place.replace("KEY", key));
                let _ = crate::rules::draft::read(&sources, &problems);
                problems.into_sorted().iter().map(|found| found.code).collect()
            };
            let unknown = ["U004", "U007", "U008", "U009"];
            let told = codes(key);
            assert!(told.contains(&"U010"), "{} {key}: {told:?}", shape.header);
            assert!(!told.iter().any(|code| unknown.contains(code)), "{}: {key}", shape.header);
            assert!(codes("zzz").contains(&"U007"), "{}", shape.header);
        }
    }
}
