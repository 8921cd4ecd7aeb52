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
