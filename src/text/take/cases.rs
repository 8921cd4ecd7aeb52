//! What each kind takes, a table for every language.

use super::*;
use crate::text::normal;

/// A Wednesday.
const TODAY: Today = Today { year: 2026, month: 11, day: 25 };

type Case = (&'static str, Option<&'static str>);

fn dates(language: &str, cases: &[Case]) {
    all(cases, |text| date(text, TODAY, language));
}

fn times(cases: &[Case]) {
    all(cases, time);
}

fn numbers(language: &str, cases: &[Case]) {
    all(cases, |text| number(text, language));
}

fn all(cases: &[Case], take: impl Fn(&str) -> Option<Taken>) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = take(&normal(text)).map(|taken| taken.value);
        if found.as_deref() != *expected {
            wrong.push(format!("{text}: {found:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dates_in_figures() {
    dates(
        "en",
        &[
            ("2026-12-01", Some("2026-12-01")),
            ("on 2026.3.1 please", Some("2026-03-01")),
            ("on 2026.3.1.", Some("2026-03-01")),
            ("2026. 3. 1.", Some("2026-03-01")),
            ("2026/03/01", Some("2026-03-01")),
            ("12월 3일에요", Some("2026-12-03")),
            ("11월25일", Some("2026-11-25")),
            ("3월 1일", Some("2027-03-01")),
            ("2月29日", Some("2028-02-29")),
            ("2026년 3월 1일", Some("2026-03-01")),
            ("2026年3月1日お願いします", Some("2026-03-01")),
            ("我3月1號去", Some("2027-03-01")),
            ("3월 10개", None),
            ("2026-03-011", None),
            ("12026-03-01", None),
            ("2026-03-01-05", None),
            ("2026-3/1", None),
            ("2月30日", None),
            ("13월 1일", None),
            ("hello", None),
        ],
    );
}

#[test]
fn times_in_figures() {
    times(&[
        ("at 14:30", Some("14:30")),
        ("14:30:15", Some("14:30")),
        ("14:30 amazing", Some("14:30")),
        ("2:30pm", Some("14:30")),
        ("2:30pm에 갈게요", Some("14:30")),
        ("2 p.m.", Some("14:00")),
        ("12 am", Some("00:00")),
        ("12pm", Some("12:00")),
        ("오후 2시 30분", Some("14:30")),
        ("오후2시반에요", Some("14:30")),
        ("오전 9시", Some("09:00")),
        ("저녁 7시", Some("19:00")),
        ("밤 12시", Some("00:00")),
        ("下午2點", Some("14:00")),
        ("下午2点半", Some("14:30")),
        ("晚上8點鐘", Some("20:00")),
        ("午後3時15分", Some("15:15")),
        ("14시", Some("14:00")),
        ("14시 5분", Some("14:05")),
        ("2 or 15:00", Some("15:00")),
        ("2시간 걸려요", None),
        ("3時間", None),
        ("上午14點", None),
        ("25:00", None),
        ("12:60", None),
        ("14:305", None),
        ("오후 2", None),
        ("2 ampere", None),
        ("17", None),
    ]);
}

#[test]
fn english() {
    dates(
        "en",
        &[
            ("5 December", Some("2026-12-05")),
            ("Dec 5", Some("2026-12-05")),
            ("December 5th", Some("2026-12-05")),
            ("the 5th of December, please", Some("2026-12-05")),
            ("3 Dec 2027", Some("2027-12-03")),
            ("Dec. 5, 2027", Some("2027-12-05")),
            ("on December 5", Some("2026-12-05")),
            ("1 march", Some("2027-03-01")),
            ("25 November", Some("2026-11-25")),
            ("Sat 5 Dec at 7pm", Some("2026-12-05")),
            ("5dec", Some("2026-12-05")),
            ("5-Dec-2026", Some("2026-12-05")),
            ("12/5", Some("2026-12-05")),
            ("25/12", Some("2026-12-25")),
            ("12/25/2026", Some("2026-12-25")),
            ("12/5/26", Some("2026-12-05")),
            ("3.12.2026", Some("2026-12-03")),
            ("3-12-2026", Some("2026-03-12")),
            ("today", Some("2026-11-25")),
            ("Tonight!", Some("2026-11-25")),
            ("tomorrow at 7", Some("2026-11-26")),
            ("the day after tomorrow", Some("2026-11-27")),
            ("tmr", Some("2026-11-26")),
            ("friday", Some("2026-11-27")),
            ("Wednesday", Some("2026-11-25")),
            ("next friday", Some("2026-12-04")),
            ("friday next week", Some("2026-12-04")),
            ("this saturday", Some("2026-11-28")),
            ("on Sunday evening", Some("2026-11-29")),
            ("next wednesday", Some("2026-12-02")),
            ("sat", Some("2026-11-28")),
            ("Fri.", Some("2026-11-27")),
            ("Sat 7pm", Some("2026-11-28")),
            ("every friday", None),
            ("last friday", None),
            ("fridays", None),
            ("we sat there", None),
            ("open 24/7?", None),
            ("30 February", None),
            ("may 5 people come?", None),
            ("December", None),
            ("13/13", None),
            ("Dec 5-8", None),
            ("dec 2026", None),
            ("4 of us", None),
        ],
    );
    dates("en-GB", &[("12/5", Some("2027-05-12")), ("12/25", Some("2026-12-25"))]);
    times(&[
        ("7pm", Some("19:00")),
        ("7:30 pm", Some("19:30")),
        ("19:00", Some("19:00")),
        ("noon", Some("12:00")),
        ("at midnight", Some("00:00")),
        ("12 noon", Some("12:00")),
        ("half past seven", Some("07:30")),
        ("half past 7 in the evening", Some("19:30")),
        ("quarter to eight", Some("07:45")),
        ("a quarter past 7 pm", Some("19:15")),
        ("ten minutes to one pm", Some("12:50")),
        ("seven pm", Some("19:00")),
        ("seven thirty", Some("07:30")),
        ("seven thirty pm", Some("19:30")),
        ("7 o'clock", Some("07:00")),
        ("seven o\u{2019}clock", Some("07:00")),
        ("7.30pm", Some("19:30")),
        ("7 in the evening", Some("19:00")),
        ("3 in the afternoon", Some("15:00")),
        ("tonight at 8", Some("20:00")),
        ("at 8 tonight", Some("20:00")),
        ("tomorrow morning at 9", Some("09:00")),
        ("good afternoon", None),
        ("7.30", None),
        ("two of us", None),
        ("7", None),
        ("2 people at 7pm", Some("19:00")),
        ("from five to seven people", None),
    ]);
    numbers(
        "en",
        &[
            ("two", Some("2")),
            ("a table for two", Some("2")),
            ("Two people, please", Some("2")),
            ("twenty-five", Some("25")),
            ("twenty five", Some("25")),
            ("one", Some("1")),
            ("One.", Some("1")),
            ("one person", Some("1")),
            ("two hundred", Some("200")),
            ("4 people at 7 pm", Some("4")),
            ("4 on 5 December", Some("4")),
            ("2, yes 2", Some("2")),
            ("two (2)", Some("2")),
            ("dos", Some("2")),
            ("-3", Some("-3")),
            ("the red one", None),
            ("one moment", None),
            ("2 adults and 1 child", None),
            ("two adults and one child", None),
            ("5 or 6", None),
            ("two thousand", None),
            ("3 million", None),
            ("once", None),
            ("someone", None),
            ("a two-door car", None),
            ("December 5", None),
            ("7pm", None),
            ("tent", None),
        ],
    );
}

#[test]
fn korean() {
    dates(
        "ko",
        &[
            ("12월 5일", Some("2026-12-05")),
            ("12/5", Some("2026-12-05")),
            ("25/12", Some("2026-12-25")),
            ("오늘이요", Some("2026-11-25")),
            ("내일 저녁에요", Some("2026-11-26")),
            ("모레", Some("2026-11-27")),
            ("내일모레", Some("2026-11-27")),
            ("금요일", Some("2026-11-27")),
            ("금욜이요", Some("2026-11-27")),
            ("이번 주 토요일에 갈게요", Some("2026-11-28")),
            ("다음 주 토요일", Some("2026-12-05")),
            ("다음주토요일", Some("2026-12-05")),
            ("담주 월요일", Some("2026-11-30")),
            ("다다음 주 월요일", Some("2026-12-07")),
            ("수요일", Some("2026-11-25")),
            ("지난 금요일", None),
            ("매주 금요일", None),
            ("12/05/26", None),
            ("5개", None),
            ("3월", None),
        ],
    );
    times(&[
        ("오후 3시", Some("15:00")),
        ("3시 반", Some("03:30")),
        ("오후 3시반이요", Some("15:30")),
        ("저녁 일곱시", Some("19:00")),
        ("오후 세 시 반", Some("15:30")),
        ("정오", Some("12:00")),
        ("자정에", Some("00:00")),
        ("열두 시", Some("12:00")),
        ("오후 두시 십오분", Some("14:15")),
        ("내일오후세시", Some("15:00")),
        ("한 시에요", Some("01:00")),
        ("7시30", Some("07:30")),
        ("두 시간", None),
        ("다시 보내 주세요", None),
        ("역시", None),
        ("두 시리즈", None),
        ("수정오류", None),
    ]);
    numbers(
        "ko",
        &[
            ("두 명", Some("2")),
            ("두명이요", Some("2")),
            ("둘", Some("2")),
            ("둘이요", Some("2")),
            ("저희 셋이에요", Some("3")),
            ("네 분 예약할게요", Some("4")),
            ("열두 명", Some("12")),
            ("스무 명", Some("20")),
            ("십오 명", Some("15")),
            ("십오", Some("15")),
            ("하나요", Some("1")),
            ("한 명입니다", Some("1")),
            ("2명", Some("2")),
            ("두 명, 저녁 7시", Some("2")),
            ("세 사람", Some("3")),
            ("어른 둘, 아이 하나", None),
            ("어른 2명 아이 1명", None),
            ("한번 더", None),
            ("네, 분명히요", None),
            ("네 병원이에요", None),
            ("2만원", None),
            ("하나 물어볼게요", None),
            ("네", None),
            ("세요", None),
            ("열심히", None),
            ("하나도 없어요", None),
            ("12월 5일", None),
        ],
    );
}

#[test]
fn chinese() {
    dates(
        "zh-Hant",
        &[
            ("12月5日", Some("2026-12-05")),
            ("十二月三號", Some("2026-12-03")),
            ("十二月二十五日", Some("2026-12-25")),
            ("12/5", Some("2026-12-05")),
            ("今天", Some("2026-11-25")),
            ("我明天去", Some("2026-11-26")),
            ("後天", Some("2026-11-27")),
            ("大後天", Some("2026-11-28")),
            ("今晚", Some("2026-11-25")),
            ("下週六", Some("2026-12-05")),
            ("下個星期六", Some("2026-12-05")),
            ("下下週一", Some("2026-12-07")),
            ("這週六", Some("2026-11-28")),
            ("這個禮拜天", Some("2026-11-29")),
            ("星期五", Some("2026-11-27")),
            ("週五晚上", Some("2026-11-27")),
            ("上週五", None),
            ("每週五", None),
            ("一週三次", None),
            ("以後天天來", None),
            ("請說明日期", None),
        ],
    );
    dates(
        "zh-Hans",
        &[
            ("后天", Some("2026-11-27")),
            ("下周六", Some("2026-12-05")),
            ("这周六", Some("2026-11-28")),
            ("周日", Some("2026-11-29")),
            ("十二月三号", Some("2026-12-03")),
            ("礼拜五", Some("2026-11-27")),
        ],
    );
    times(&[
        ("19點", Some("19:00")),
        ("下午三點", Some("15:00")),
        ("晚上7點半", Some("19:30")),
        ("七點半", Some("07:30")),
        ("中午", Some("12:00")),
        ("中午十二點", Some("12:00")),
        ("晚上八點十五分", Some("20:15")),
        ("兩點", Some("02:00")),
        ("下午一點", Some("13:00")),
        ("今晚7點", Some("19:00")),
        ("19點30", Some("19:30")),
        ("下午三點三刻", Some("15:45")),
        ("下午两点", Some("14:00")),
        ("一点钟", Some("01:00")),
        ("快一點", None),
        ("有一點貴", None),
        ("兩個", None),
    ]);
    numbers(
        "zh-Hant",
        &[
            ("兩位", Some("2")),
            ("两个", Some("2")),
            ("十五", Some("15")),
            ("我們三個人", Some("3")),
            ("一位", Some("1")),
            ("一個人", Some("1")),
            ("四", Some("4")),
            ("二十位", Some("20")),
            ("兩位，晚上七點", Some("2")),
            ("5位", Some("5")),
            ("兩大一小", None),
            ("2大1小", None),
            ("等一下", None),
            ("問一個問題", None),
            ("第三", None),
            ("星期三", None),
            ("七八個", None),
            ("三萬", None),
            ("十分感謝", None),
            ("十二月三號", None),
            ("下午三點", None),
        ],
    );
}

#[test]
fn spanish() {
    dates(
        "es",
        &[
            ("5 de diciembre", Some("2026-12-05")),
            ("el 5 de diciembre de 2027", Some("2027-12-05")),
            ("5 dic", Some("2026-12-05")),
            ("diciembre 5", Some("2026-12-05")),
            ("5/12", Some("2026-12-05")),
            ("12/25", Some("2026-12-25")),
            ("3.12.2026", Some("2026-12-03")),
            ("hoy", Some("2026-11-25")),
            ("mañana", Some("2026-11-26")),
            ("mañana por la mañana", Some("2026-11-26")),
            ("pasado mañana", Some("2026-11-27")),
            ("el viernes", Some("2026-11-27")),
            ("el próximo viernes", Some("2026-11-27")),
            ("el miércoles que viene", Some("2026-12-02")),
            ("este sábado", Some("2026-11-28")),
            ("por la mañana", None),
            ("cada lunes", None),
        ],
    );
    times(&[
        ("a las 3 de la tarde", Some("15:00")),
        ("las 3 de la tarde", Some("15:00")),
        ("a las tres", Some("03:00")),
        ("a las 8 y media de la noche", Some("20:30")),
        ("las ocho y cuarto", Some("08:15")),
        ("a las ocho menos cuarto de la noche", Some("19:45")),
        ("a la una", Some("01:00")),
        ("a las once de la mañana", Some("11:00")),
        ("mediodía", Some("12:00")),
        ("a las 19h30", Some("19:30")),
        ("las 3 camisas", None),
    ]);
    numbers(
        "es",
        &[
            ("dos", Some("2")),
            ("somos cuatro", Some("4")),
            ("una persona", Some("1")),
            ("once", Some("11")),
            ("treinta y dos", Some("32")),
            ("veintidós", Some("22")),
            ("una pregunta", None),
            ("dos adultos y un niño", None),
            ("5 de diciembre", None),
        ],
    );
    numbers("pt", &[("a casa dos meus pais", None)]);
}

#[test]
fn japanese() {
    dates(
        "ja",
        &[
            ("12月5日でお願いします", Some("2026-12-05")),
            ("12/5", Some("2026-12-05")),
            ("今日", Some("2026-11-25")),
            ("明日", Some("2026-11-26")),
            ("明後日", Some("2026-11-27")),
            ("金曜日", Some("2026-11-27")),
            ("来週の土曜日", Some("2026-12-05")),
            ("今週の土曜", Some("2026-11-28")),
            ("次の水曜日", Some("2026-12-02")),
            ("毎週金曜日", None),
            ("先週の金曜日", None),
        ],
    );
    times(&[
        ("午後3時", Some("15:00")),
        ("午後三時半", Some("15:30")),
        ("夜7時", Some("19:00")),
        ("正午", Some("12:00")),
        ("十九時", Some("19:00")),
        ("二時間", None),
        ("一時的に", None),
    ]);
    numbers(
        "ja",
        &[
            ("二人", Some("2")),
            ("三名です", Some("3")),
            ("2名", Some("2")),
            ("二つ", Some("2")),
            ("十五人", Some("15")),
            ("大人二人と子供一人", None),
            ("一時間", None),
        ],
    );
}

#[test]
fn a_day_that_is_over_is_refused_where_one_asks_for_it() {
    all(
        &[
            ("2020-01-01", None),
            ("24 November 2026", None),
            ("25 November 2026", Some("2026-11-25")),
            ("24 November", Some("2027-11-24")),
            ("tomorrow", Some("2026-11-26")),
        ],
        |text| date_from_today(text, TODAY, "en"),
    );
}
