//! Did you mean: the nearest known name, if it is near enough to be meant.

/// The known name nearest to `typed`: at most 1 edit away for up to 5 characters, 2 for up to 8,
/// else 3. Case counts for nothing; `None` where nothing is near.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let limit = match typed.chars().count() {
        0..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&typed, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// ``did you mean `name`?``, or else what there is to choose from.
pub fn help<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> String {
    match nearest(typed, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => listed(known).map_or_else(
            || format!("there are no {} at all", otherwise.trim_start_matches("the ")),
            |names| format!("{otherwise} there are: {names}"),
        ),
    }
}

/// Names for a person to read: `` `a`, `b`, `c` ``, the first few of many.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const SHOWN_MAX: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(SHOWN_MAX).map(|n| format!("`{n}`")).collect();
    match (shown.is_empty(), names.len().saturating_sub(SHOWN_MAX)) {
        (true, _) => None,
        (false, 0) => Some(shown.join(", ")),
        (false, more) => Some(format!("{} and {more} more", shown.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let known = ["words", "whole", "text", "tags", "untag"];
        assert_eq!(nearest("wrods", known), Some("words"));
        assert_eq!(nearest("Text", known), Some("text"));
        assert_eq!(nearest("txet", known), Some("text"), "two letters changed places");
        assert_eq!(nearest("xx", known), None);
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn many_names_are_cut() {
        let many: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let listed = listed(many.iter().map(String::as_str)).unwrap();
        assert!(listed.ends_with("`11` and 8 more"), "{listed}");
        assert_eq!(super::listed([]), None);
    }
}
