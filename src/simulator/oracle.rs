//! The oracle: which messages of a load were asked and acknowledged, which answers came, and
//! whether that is what was promised.
//!
//! It knows nothing of usher but the text of its answers and the job id in the callback data.

use super::faults::Fault;
use crate::limits;
use crate::model::{JobId, Wamid};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The truth as the simulator saw it.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    /// By number less one.
    asked: Vec<Asked>,
    duplicates: u64,
    retries: u64,
    hidden: u64,
    answered_twice: Findings<u64>,
    answered_twice_excused: u64,
    misdirected: Findings<u64>,
    out_of_order: Findings<OutOfOrder>,
    /// The last job of each customer.
    last_job: HashMap<Arc<str>, JobId>,
    /// Answers whose acceptance was hidden, until a status tells of them.
    hidden_answers: HashMap<Wamid, u64>,
}

#[derive(Debug)]
struct Asked {
    customer: Arc<str>,
    acknowledged: bool,
    answered: bool,
    doubt: Doubt,
}

/// Whether the daemon can know that an answer of its was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// It was told, or will be by a status.
    None,
    /// It was not told; a status that it takes would tell.
    Hidden,
    /// No status will ever tell.
    Lost,
}

/// A message the simulator accepted.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) customer: &'a Arc<str>,
    pub(super) wamid: &'a Wamid,
    pub(super) text: &'a str,
    pub(super) callback: Option<&'a str>,
    pub(super) hidden: bool,
    pub(super) status_lost: bool,
}

/// Some findings and how many there were.
#[derive(Debug)]
struct Findings<T> {
    shown: Vec<T>,
    count: u64,
}

impl<T> Default for Findings<T> {
    fn default() -> Self {
        Findings { shown: Vec::new(), count: 0 }
    }
}

impl<T> Findings<T> {
    fn add(&mut self, finding: T) {
        self.count += 1;
        if self.shown.len() < limits::SIM_FINDINGS_SHOWN_MAX {
            self.shown.push(finding);
        }
    }
}

/// Two messages of one customer that came the wrong way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutOfOrder {
    /// The customer's key.
    pub customer: Arc<str>,
    /// The job accepted first.
    pub earlier: String,
    /// The job accepted after it, though decided before it.
    pub later: String,
}

/// The judgement of `GET /sim/report`. Lists hold at most
/// [`limits::SIM_FINDINGS_SHOWN_MAX`] findings; the counts beside them are whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Messages of all loads so far.
    pub messages: u64,
    /// Of these, answered 200.
    pub acknowledged: u64,
    /// Extra copies sent on purpose.
    pub duplicates: u64,
    /// Webhooks of the load sent again because they were not answered 200.
    pub retries: u64,
    /// Acknowledged messages with at least one answer.
    pub answered: u64,
    /// Acknowledged messages without an answer.
    pub unanswered: Vec<u64>,
    /// How many.
    pub unanswered_count: u64,
    /// Messages answered more often than once without excuse.
    pub answered_twice: Vec<u64>,
    /// How many.
    pub answered_twice_count: u64,
    /// Answers sent again when nobody could know of the first: its acceptance was hidden and no
    /// status of it had been taken, or its statuses were lost.
    pub answered_twice_excused: u64,
    /// Messages whose answer went to another customer.
    pub misdirected: Vec<u64>,
    /// How many.
    pub misdirected_count: u64,
    /// Messages of a customer that did not leave in the order of their decisions.
    pub out_of_order: Vec<OutOfOrder>,
    /// How many.
    pub out_of_order_count: u64,
    /// Messages accepted without an answer.
    pub hidden: u64,
    /// Faults so far.
    pub faults: BTreeMap<Fault, u64>,
    /// There was a load, every message of it was acknowledged, and nothing above is amiss.
    pub ok: bool,
}

impl Oracle {
    /// The number of the next message asked.
    pub(super) fn next(&self) -> u64 {
        u64::try_from(self.asked.len()).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// A message is being asked; gives its number.
    pub(super) fn ask(&mut self, customer: Arc<str>) -> u64 {
        let n = self.next();
        let asked = Asked { customer, acknowledged: false, answered: false, doubt: Doubt::None };
        self.asked.push(asked);
        n
    }

    /// Copies more are being sent.
    pub(super) fn duplicated(&mut self, copies: u64) {
        self.duplicates = self.duplicates.saturating_add(copies);
    }

    pub(super) fn retried(&mut self) {
        self.retries = self.retries.saturating_add(1);
    }

    /// A copy of this message was answered 200.
    pub(super) fn acknowledged(&mut self, n: u64) {
        if let Some(asked) = self.asked_mut(n) {
            asked.acknowledged = true;
        }
    }

    pub(super) fn acknowledged_count(&self) -> u64 {
        count(&self.asked, |asked| asked.acknowledged)
    }

    pub(super) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    pub(super) fn retries(&self) -> u64 {
        self.retries
    }

    /// A message was accepted.
    pub(super) fn answer(&mut self, answer: &Answer<'_>) {
        if answer.hidden {
            self.hidden = self.hidden.saturating_add(1);
        }
        self.judge_order(answer);
        self.judge_once(answer);
    }

    /// A status of this message was taken: its acceptance is no secret any more.
    pub(super) fn status_known(&mut self, wamid: &Wamid) {
        let Some(n) = self.hidden_answers.remove(wamid) else { return };
        if let Some(asked) = self.asked_mut(n)
            && asked.doubt == Doubt::Hidden
        {
            asked.doubt = Doubt::None;
        }
    }

    /// The same job accepted once more is no matter of order: [`Oracle::judge_once`] sees it.
    fn judge_order(&mut self, answer: &Answer<'_>) {
        let Some(job) = answer.callback.and_then(|data| data.parse::<JobId>().ok()) else { return };
        let Some(last) = self.last_job.insert(Arc::clone(answer.customer), job) else { return };
        let place = |job: JobId| (job.version, job.index);
        if last.contact == job.contact && place(last) > place(job) {
            self.out_of_order.add(OutOfOrder {
                customer: Arc::clone(answer.customer),
                earlier: last.to_string(),
                later: job.to_string(),
            });
        }
    }

    fn judge_once(&mut self, answer: &Answer<'_>) {
        let Some(n) = number_in(answer.text) else { return };
        let Some(asked) = self.asked_mut(n) else { return };
        if asked.customer != *answer.customer {
            self.misdirected.add(n);
            return;
        }
        let again = std::mem::replace(&mut asked.answered, true);
        let excused = asked.doubt != Doubt::None;
        asked.doubt = match answer {
            Answer { status_lost: true, .. } => Doubt::Lost,
            Answer { hidden: true, .. } => Doubt::Hidden,
            _ => Doubt::None,
        };
        let hidden = asked.doubt == Doubt::Hidden;
        match (again, excused) {
            (false, _) => {}
            (true, true) => self.answered_twice_excused += 1,
            (true, false) => self.answered_twice.add(n),
        }
        if hidden {
            self.hidden_answers.insert(answer.wamid.clone(), n);
        }
    }

    /// The judgement so far; `resting` when no load is under way.
    pub(super) fn report(&self, faults: BTreeMap<Fault, u64>, resting: bool) -> Report {
        let mut unanswered = Findings::default();
        for (n, asked) in (1_u64..).zip(&self.asked) {
            if asked.acknowledged && !asked.answered {
                unanswered.add(n);
            }
        }
        let messages = u64::try_from(self.asked.len()).unwrap_or(u64::MAX);
        let acknowledged = self.acknowledged_count();
        let amiss = unanswered.count
            + self.answered_twice.count
            + self.misdirected.count
            + self.out_of_order.count;
        Report {
            messages,
            acknowledged,
            duplicates: self.duplicates,
            retries: self.retries,
            answered: count(&self.asked, |asked| asked.acknowledged && asked.answered),
            unanswered: unanswered.shown,
            unanswered_count: unanswered.count,
            answered_twice: self.answered_twice.shown.clone(),
            answered_twice_count: self.answered_twice.count,
            answered_twice_excused: self.answered_twice_excused,
            misdirected: self.misdirected.shown.clone(),
            misdirected_count: self.misdirected.count,
            out_of_order: self.out_of_order.shown.clone(),
            out_of_order_count: self.out_of_order.count,
            hidden: self.hidden,
            faults,
            ok: resting && messages > 0 && acknowledged == messages && amiss == 0,
        }
    }

    fn asked_mut(&mut self, n: u64) -> Option<&mut Asked> {
        let place = usize::try_from(n.checked_sub(1)?).ok()?;
        self.asked.get_mut(place)
    }
}

fn count(asked: &[Asked], holds: impl Fn(&Asked) -> bool) -> u64 {
    u64::try_from(asked.iter().filter(|asked| holds(asked)).count()).unwrap_or(u64::MAX)
}

/// The first `#n` of a text.
fn number_in(text: &str) -> Option<u64> {
    text.split('#').skip(1).find_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accepts a message in answer to `#n`, as job `version` of the customer's contact.
    fn accept(oracle: &mut Oracle, customer: &str, n: u64, version: u64, hidden: bool, lost: bool) {
        oracle.answer(&Answer {
            customer: &customer.into(),
            wamid: &format!("wamid.{version}").into(),
            text: &format!("ok #{n}"),
            callback: Some(&format!("00000000000000000000000000000007.{version}.0")),
            hidden,
            status_lost: lost,
        });
    }

    fn asked(messages: u64) -> Oracle {
        let mut oracle = Oracle::default();
        for _ in 0..messages {
            let n = oracle.ask("ana".into());
            oracle.acknowledged(n);
        }
        oracle
    }

    fn report(oracle: &Oracle) -> Report {
        oracle.report(BTreeMap::new(), true)
    }

    #[test]
    fn every_message_answered_once_and_in_order_is_fine() {
        let mut oracle = asked(3);
        for n in 1..=3 {
            accept(&mut oracle, "ana", n, n, false, false);
        }
        let report = report(&oracle);
        assert!(report.ok, "{report:?}");
        assert_eq!((report.messages, report.acknowledged, report.answered), (3, 3, 3));
        assert!(!oracle.report(BTreeMap::new(), false).ok, "a load under way is not judged well");
    }

    #[test]
    fn a_run_without_messages_proves_nothing() {
        assert!(!report(&Oracle::default()).ok);
    }

    #[test]
    fn a_missing_answer_is_found() {
        let mut oracle = asked(2);
        accept(&mut oracle, "ana", 2, 1, false, false);
        assert_eq!(report(&oracle).unanswered, [1]);
        assert!(!report(&oracle).ok);
    }

    #[test]
    fn an_unacknowledged_message_need_not_be_answered_but_spoils_the_run() {
        let mut oracle = asked(1);
        oracle.ask("ana".into());
        accept(&mut oracle, "ana", 1, 1, false, false);
        assert_eq!(report(&oracle).unanswered_count, 0);
        assert!(!report(&oracle).ok);
    }

    #[test]
    fn a_second_answer_is_excused_only_while_nobody_could_know_of_the_first() {
        // (the first is hidden, its status is lost, its status was taken) → excused
        for (hidden, lost, told, excused) in [
            (false, false, false, false),
            (true, false, false, true),
            (true, false, true, false),
            (false, true, false, true),
            (true, true, false, true),
        ] {
            let mut oracle = asked(1);
            accept(&mut oracle, "ana", 1, 1, hidden, lost);
            if told {
                oracle.status_known(&"wamid.1".into());
            }
            accept(&mut oracle, "ana", 1, 1, false, false);
            let report = report(&oracle);
            let found = (report.answered_twice_excused, report.answered_twice_count);
            let expected = if excused { (1, 0) } else { (0, 1) };
            assert_eq!(found, expected, "hidden {hidden}, lost {lost}, told {told}");
            assert_eq!(report.ok, excused);
        }
    }

    #[test]
    fn a_third_answer_is_excused_by_the_second_alone() {
        let mut oracle = asked(1);
        accept(&mut oracle, "ana", 1, 1, true, false);
        accept(&mut oracle, "ana", 1, 1, false, false);
        accept(&mut oracle, "ana", 1, 1, false, false);
        assert_eq!(report(&oracle).answered_twice, [1]);
    }

    #[test]
    fn a_wrong_order_is_found_customer_by_customer() {
        let mut oracle = asked(2);
        accept(&mut oracle, "ana", 2, 5, false, false);
        accept(&mut oracle, "ana", 1, 4, false, false);
        let report = report(&oracle);
        assert_eq!(report.out_of_order_count, 1);
        assert!(!report.ok);
        let mut oracle = asked(0);
        accept(&mut oracle, "ana", 9, 5, false, false);
        accept(&mut oracle, "bo", 9, 4, false, false);
        assert_eq!(oracle.report(BTreeMap::new(), true).out_of_order_count, 0);
    }

    #[test]
    fn an_answer_to_somebody_else_is_found() {
        let mut oracle = asked(1);
        accept(&mut oracle, "bo", 1, 1, false, false);
        let report = report(&oracle);
        assert_eq!((report.misdirected, report.unanswered), (vec![1], vec![1]));
    }

    #[test]
    fn the_number_is_the_first_after_a_hash() {
        for (text, n) in [
            ("ok #12", Some(12)),
            ("#3, not #4", Some(3)),
            ("# 3 #5!", Some(5)),
            ("no. 7", None),
            ("#", None),
        ] {
            assert_eq!(number_in(text), n, "{text}");
        }
    }
}
