//! Calendars in three zones, across midnight and across the change of clocks.

use super::*;
use proptest::prelude::*;

fn draft(zone: &str, open: &[&str]) -> HoursDraft {
    HoursDraft {
        zone: zone.to_owned(),
        open: open.iter().map(|line| (*line).to_owned()).collect(),
        ..HoursDraft::default()
    }
}

fn calendar(zone: &str, open: &[&str]) -> Calendar {
    Calendar::parse(&draft(zone, open)).unwrap()
}

fn office() -> Calendar {
    let mut draft = draft("Asia/Taipei", &["mon-fri 10:00-12:30 13:30-18:00", "sat 10:00-14:00"]);
    let closed =
        |on: &str, why: Option<&str>| Exception { on: on.to_owned(), why: why.map(str::to_owned) };
    draft.closed = vec![
        closed("2026-10-09", Some("National Day")),
        closed("2026-09-24..2026-09-26", Some("Mid-Autumn")),
        closed("12-25", None),
    ];
    draft.extra = vec!["2026-12-25 10:00-15:00".to_owned(), "2026-10-11 09:00-10:00".to_owned()];
    Calendar::parse(&draft).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<Instant>().unwrap().as_millisecond())
}

#[test]
fn open_and_closed() {
    let bar = calendar("Asia/Seoul", &["fri-sat 22:00-02:00"]);
    let night = calendar("Europe/Lisbon", &["daily 00:30-01:30"]);
    for (calendar, when, open) in [
        (office(), "2026-03-02T09:59:59+08:00", false),
        (office(), "2026-03-02T10:00:00+08:00", true),
        (office(), "2026-03-02T12:29:59.999+08:00", true),
        (office(), "2026-03-02T12:30:00+08:00", false),
        (office(), "2026-03-07T13:59:00+08:00", true),
        (office(), "2026-03-08T11:00:00+08:00", false),
        (office(), "2026-10-09T11:00:00+08:00", false),
        (office(), "2026-09-25T11:00:00+08:00", false),
        (office(), "2026-12-25T11:00:00+08:00", true),
        (office(), "2026-12-25T16:00:00+08:00", false),
        (office(), "2027-12-25T11:00:00+08:00", false),
        (office(), "2026-10-11T09:30:00+08:00", true),
        (bar.clone(), "2026-03-06T23:00:00+09:00", true),
        (bar.clone(), "2026-03-07T01:59:00+09:00", true),
        (bar.clone(), "2026-03-07T02:00:00+09:00", false),
        (bar.clone(), "2026-03-08T01:00:00+09:00", true),
        (bar, "2026-03-06T01:00:00+09:00", false),
        // Clocks go from 01:00 to 02:00 on 2026-03-29 and from 02:00 to 01:00 on 2026-10-25.
        (night.clone(), "2026-03-29T00:45:00Z", true),
        (night.clone(), "2026-03-29T01:15:00Z", true),
        (night.clone(), "2026-03-29T01:30:00Z", false),
        (night.clone(), "2026-10-24T23:45:00Z", true),
        (night.clone(), "2026-10-25T00:15:00Z", true),
        (night, "2026-10-25T01:15:00Z", false),
    ] {
        assert_eq!(calendar.is_open(at(when)), open, "{when} in {}", calendar.zone());
    }
}

#[test]
fn the_next_opening() {
    for (when, opens, english, korean) in [
        ("2026-03-02T09:00:00+08:00", "2026-03-02T10:00:00+08:00", "Monday 10:00", "월요일 10:00"),
        ("2026-03-02T10:00:00+08:00", "2026-03-02T13:30:00+08:00", "Monday 13:30", "월요일 13:30"),
        ("2026-03-07T20:00:00+08:00", "2026-03-09T10:00:00+08:00", "Monday 10:00", "월요일 10:00"),
        (
            "2026-10-08T18:00:00+08:00",
            "2026-10-10T10:00:00+08:00",
            "Saturday 10:00",
            "토요일 10:00",
        ),
    ] {
        assert_eq!(office().next_opening(at(when)), Some(at(opens)), "{when}");
        assert_eq!(office().opens(at(when), "en"), english, "{when}");
        assert_eq!(office().opens(at(when), "ko"), korean, "{when}");
    }
    let lisbon = calendar("Europe/Lisbon", &["sun 10:00-11:00"]);
    let spring = lisbon.next_opening(at("2026-03-28T12:00:00Z"));
    assert_eq!(spring, Some(at("2026-03-29T09:00:00Z")), "summer time has begun");
}

#[test]
fn an_opening_far_away_has_its_date() {
    let mut draft = draft("Asia/Taipei", &[]);
    draft.extra = vec!["2026-12-24 10:00-15:00".to_owned()];
    let calendar = Calendar::parse(&draft).unwrap();
    assert_eq!(calendar.opens(at("2026-11-01T00:00:00Z"), "en"), "Thursday 2026-12-24 10:00");
    assert_eq!(calendar.opens(at("2027-11-01T00:00:00Z"), "en"), "");
}

#[test]
fn always_open_never_opens() {
    let calendar = calendar("Asia/Seoul", &["every day 00:00-24:00"]);
    assert!(calendar.is_open(at("2026-03-02T15:00:00Z")));
    assert_eq!(calendar.next_opening(at("2026-03-02T10:00:00Z")), None);
    assert_eq!(calendar.text("en"), "daily 24 h");
}

#[test]
fn the_week_in_words() {
    for (language, expected) in [
        ("en", "Mon–Fri 10:00–12:30, 13:30–18:00; Sat 10:00–14:00"),
        ("pt", "Mon–Fri 10:00–12:30, 13:30–18:00; Sat 10:00–14:00"),
        ("ko", "월–금 10:00–12:30, 13:30–18:00; 토 10:00–14:00"),
        ("zh-Hant", "週一至週五 10:00–12:30, 13:30–18:00; 週六 10:00–14:00"),
        ("zh-Hans", "周一至周五 10:00–12:30, 13:30–18:00; 周六 10:00–14:00"),
        ("ja", "月～金 10:00–12:30, 13:30–18:00; 土 10:00–14:00"),
        ("es", "lun–vie 10:00–12:30, 13:30–18:00; sáb 10:00–14:00"),
    ] {
        assert_eq!(office().text(language), expected);
    }
    assert_eq!(
        calendar("UTC", &["fri-mon 22:00-02:00"]).text("en"),
        "Mon 22:00–02:00; Fri–Sun 22:00–02:00"
    );
}

#[test]
fn the_reason_is_given_only_while_closed() {
    assert_eq!(office().why(at("2026-10-09T11:00:00+08:00")), Some("National Day"));
    assert_eq!(office().why(at("2026-10-10T09:00:00+08:00")), None);
    assert_eq!(office().why(at("2026-12-25T11:00:00+08:00")), None);
}

#[test]
fn the_clock_there() {
    let when = at("2026-03-01T20:10:00Z");
    assert_eq!(
        (office().date(when).as_str(), office().time(when).as_str()),
        ("2026-03-02", "04:10")
    );
    assert_eq!(office().day(when), "mon");
}

#[test]
fn every_problem_of_a_draft_is_told() {
    let closed = |on: &str| Exception { on: on.to_owned(), why: None };
    let draft = HoursDraft {
        zone: "Asia/Taipeh".to_owned(),
        open: [
            "Monday 10:00-12:00",
            "mon 10-12",
            "mon",
            "tue 10:00-12:00 11:00-13:00",
            "wed 25:00-26:00",
            "thu 10:00-10:00",
        ]
        .map(str::to_owned)
        .to_vec(),
        closed: vec![closed("2026-02-30"), closed("2026-03-02..2026-03-01"), closed("13-01")],
        extra: vec!["mon 10:00-12:00".to_owned(), "2026-03-01".to_owned()],
    };
    let problems = Calendar::parse(&draft).unwrap_err();
    let seen: Vec<_> = problems.iter().map(|p| (p.key, p.index, p.message.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("zone", 0, "there is no time zone `Asia/Taipeh`"),
            ("open", 0, "`Monday` is no day"),
            ("open", 1, "`10` is no time of day"),
            ("open", 2, "the times are missing"),
            ("open", 3, "two spans of `tue` overlap"),
            ("open", 4, "`25:00` is no time of day"),
            ("open", 5, "`10:00-10:00` has no length"),
            ("closed", 0, "`2026-02-30` is no date"),
            ("closed", 1, "`2026-03-02..2026-03-01` ends before it begins"),
            ("closed", 2, "`13-01` is no date"),
            ("extra", 0, "`mon` is no date"),
            ("extra", 1, "the times are missing"),
        ]
    );
    assert_eq!(problems[0].help.as_deref(), Some("did you mean `Asia/Taipei`?"));
    assert_eq!(problems[1].help.as_deref(), Some("did you mean `mon`?"));
}

proptest! {
    /// The next opening is the first instant after a closed one at which it is open.
    #[test]
    fn the_next_opening_ends_a_closed_time(
        minutes in 0_i64..(2 * 365 * 24 * 60),
        zone in prop::sample::select(vec!["Asia/Taipei", "Asia/Seoul", "Europe/Lisbon"]),
        from in 0_u16..24, length in 1_u16..24, day in 0_usize..7,
    ) {
        let line = format!("{} {from:02}:15-{:02}:15", parse::day_name(Weekday::from_monday_zero_offset(i8::try_from(day).unwrap()).unwrap()), (from + length) % 24);
        let mut draft = draft(zone, &[&line]);
        draft.extra = vec!["2026-06-10 09:00-09:15".to_owned()];
        let calendar = Calendar::parse(&draft).unwrap();
        let now = Timestamp(at("2026-01-01T00:00:00Z").millis() + minutes * 60_000);
        let next = calendar.next_opening(now).unwrap();
        prop_assert!(next > now);
        prop_assert!(calendar.is_open(next));
        prop_assert!(!calendar.is_open(Timestamp(next.millis() - 1)));
        if !calendar.is_open(now) {
            // Closed all the way: sampled by the quarter, which is how the spans are drawn.
            let mut between = now;
            while between < next {
                prop_assert!(!calendar.is_open(between), "{line} at {between:?}");
                between = Timestamp(between.millis() + 900_000);
            }
        }
    }
}
