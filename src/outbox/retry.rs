//! What is to become of a job after an answer, or after silence. Pure.

use super::Settings;
use super::gates::{Pause, Scope, Shown};
use crate::limits;
use crate::model::{Job, JobState, Purpose, SendError, SendOutcome, Timestamp};
use crate::whatsapp::client::Answer;
use crate::whatsapp::errors::Action;
use std::time::Duration;

/// What to report of a job, and what its answer showed about the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This came of it.
    Report(SendOutcome, Shown),
    /// It waits until its destination works again.
    Postpone(SendError, Shown),
}

/// What comes of an attempt that was answered at `now`; the table of codes goes before the usual
/// pauses (again at once, after 30 s, then a dead letter).
#[must_use]
pub fn after_answer(job: &Job, answer: Answer, now: Timestamp, settings: &Settings) -> Next {
    match answer {
        Answer::Accepted { wamid, wa_id } => {
            Next::Report(SendOutcome::Accepted { wamid, wa_id }, Shown::Works)
        }
        Answer::Unknown => {
            let due = now.plus(settings.unknown_wait);
            Next::Report(SendOutcome::Unknown { due }, Shown::Nothing)
        }
        Answer::Unreachable { error } => {
            postpone(error, Scope::All, Pause::Probe(limits::SEND_RETRY_FIRST))
        }
        Answer::Refused { error, action, retry_after } => {
            after_refusal(job, error, action, retry_after, now)
        }
    }
}

/// What becomes of a job whose outcome is unknown and whose time to be looked at has come
/// (promise 2). `last_status` is when a status of its number last came.
#[must_use]
pub fn settle(
    job: &Job,
    last_status: Option<Timestamp>,
    now: Timestamp,
    settings: &Settings,
) -> SendOutcome {
    let JobState::Unknown { since } = job.state else { return SendOutcome::Wait { due: now } };
    let may_repeat = !job.repeated && matches!(job.purpose(), Purpose::Service | Purpose::Utility);
    let waited = now.since(since);
    if waited < settings.unknown_wait {
        return SendOutcome::Wait { due: since.plus(settings.unknown_wait) };
    }
    if !may_repeat {
        return SendOutcome::Dead { error: unknown() };
    }
    if last_status.is_some_and(|at| at >= since) {
        return SendOutcome::Repeat;
    }
    if waited >= limits::UNKNOWN_SILENCE {
        return SendOutcome::Dead { error: unknown() };
    }
    // Each look is a line in the journal: ever rarer, the last when it is given up.
    let look = (waited / 2).max(limits::UNKNOWN_LOOK_EVERY);
    SendOutcome::Wait { due: now.plus(look).min(since.plus(limits::UNKNOWN_SILENCE)) }
}

fn after_refusal(
    job: &Job,
    error: SendError,
    action: Action,
    retry_after: Option<Duration>,
    now: Timestamp,
) -> Next {
    let asked = retry_after.unwrap_or_default();
    let again = |error, pause: Duration| {
        let due = now.plus(pause.max(asked));
        Next::Report(SendOutcome::Again { error, due }, Shown::Works)
    };
    match action {
        Action::Again => match usual_pause(job.tries()) {
            Some(pause) => again(error, pause),
            None => dead(error),
        },
        Action::After(pause) if job.tries() < limits::SEND_ATTEMPTS_MAX => again(error, pause),
        Action::RecipientLater if job.tries() < limits::PAIR_ATTEMPTS_MAX => {
            again(error, pair_pause(job.tries()))
        }
        Action::After(_) | Action::RecipientLater | Action::Dead => dead(error),
        Action::SlowNumber(first) => {
            postpone(error, Scope::Number, Pause::Doubling(first.max(asked)))
        }
        Action::HaltNumber => halt(error, Scope::Number),
        Action::HaltAll => halt(error, Scope::All),
    }
}

/// The pause after the given try, of definite failures that may pass; `None` after the last.
pub(super) fn usual_pause(tries: u32) -> Option<Duration> {
    match tries {
        0 | 1 => Some(limits::SEND_RETRY_FIRST),
        2 => Some(limits::SEND_RETRY_SECOND),
        _ => None,
    }
}

/// 4^X seconds, X = 0, 1, 2…: Meta's own advice for the pair rate.
fn pair_pause(tries: u32) -> Duration {
    Duration::from_secs(4_u64.saturating_pow(tries.saturating_sub(1)))
}

fn halt(error: SendError, scope: Scope) -> Next {
    postpone(error, scope, Pause::Probe(limits::DESTINATION_PROBE_EVERY))
}

fn postpone(error: SendError, scope: Scope, pause: Pause) -> Next {
    Next::Postpone(error.clone(), Shown::Fails { scope, pause, error })
}

fn dead(error: SendError) -> Next {
    Next::Report(SendOutcome::Dead { error }, Shown::Works)
}

fn unknown() -> SendError {
    SendError {
        code: None,
        reason: "unknown".to_owned(),
        detail: "nobody knows whether WhatsApp took it; no status came".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        ContactId, Content, Effect, Guards, JobId, Outside, Recipient, SendError, Wamid,
    };
    use crate::whatsapp::errors;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp(1_760_000_000_000);

    fn job(purpose: Purpose, attempts: u32, postponed: u32) -> Job {
        let id = JobId { contact: ContactId(Uuid::from_u128(7)), version: 1, index: 0 };
        let effect = Effect::Send {
            number: "1".into(),
            to: Recipient::Phone("351910000001".to_owned()),
            content: Content::Text { body: "hi".to_owned() },
            purpose,
            needs: None,
            rule: "r".into(),
            answers: None,
            guards: Guards::REPLY,
            outside: Outside::Drop,
        };
        Job { attempts, postponed, ..Job::new(id, effect, NOW) }
    }

    fn refused(code: i64, retry_after: Option<u64>) -> Answer {
        let judged = errors::judge(400, Some(code));
        Answer::Refused {
            error: SendError {
                code: Some(code),
                reason: judged.reason.to_owned(),
                detail: "x".to_owned(),
            },
            action: judged.action,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    /// `again 500`, `dead`, `postponed all`, …: milliseconds after now.
    fn next(job: &Job, answer: Answer) -> String {
        let after = |due: Timestamp| due.since(NOW).as_millis();
        match after_answer(job, answer, NOW, &Settings::default()) {
            Next::Report(SendOutcome::Again { due, .. }, Shown::Works) => {
                format!("again {}", after(due))
            }
            Next::Report(SendOutcome::Unknown { due }, Shown::Nothing) => {
                format!("unknown {}", after(due))
            }
            Next::Report(SendOutcome::Dead { error }, Shown::Works) => {
                format!("dead {}", error.reason)
            }
            Next::Report(SendOutcome::Accepted { .. }, Shown::Works) => "accepted".to_owned(),
            Next::Postpone(_, Shown::Fails { scope, pause, .. }) => {
                format!("postponed {scope:?} {pause:?}")
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_definite_failure_is_tried_at_once_after_30_s_and_never_again() {
        let at = |attempts, postponed| job(Purpose::Service, attempts, postponed);
        for (job, code, retry_after, expected) in [
            (at(1, 0), 131_000, None, "again 500"),
            (at(2, 0), 131_000, None, "again 30000"),
            (at(3, 0), 131_000, None, "dead unknown_error"),
            (at(9, 7), 131_000, None, "again 30000"),
            (at(1, 0), 131_016, Some(7), "again 7000"),
            (at(2, 0), 131_016, Some(7), "again 30000"),
            (at(1, 0), 131_057, None, "again 60000"),
            (at(3, 0), 131_057, None, "dead maintenance"),
            (at(1, 0), 131_056, None, "again 1000"),
            (at(3, 0), 131_056, None, "again 16000"),
            (at(5, 0), 131_056, None, "again 256000"),
            (at(6, 0), 131_056, None, "dead pair_rate"),
            (at(1, 0), 131_026, None, "dead undeliverable"),
            (at(9, 0), 130_429, None, "postponed Number Doubling(1s)"),
            (at(9, 0), 130_429, Some(5), "postponed Number Doubling(5s)"),
            (at(9, 0), 190, None, "postponed All Probe(5s)"),
            (at(9, 0), 133_010, None, "postponed Number Probe(5s)"),
        ] {
            assert_eq!(next(&job, refused(code, retry_after)), expected, "{code} {}", job.attempts);
        }
        let error =
            SendError { code: None, reason: "unreachable".to_owned(), detail: String::new() };
        assert_eq!(next(&at(9, 0), Answer::Unreachable { error }), "postponed All Probe(500ms)");
        assert_eq!(next(&at(1, 0), Answer::Unknown), "unknown 60000");
        let accepted = Answer::Accepted { wamid: Wamid::from("w"), wa_id: None };
        assert_eq!(next(&at(3, 0), accepted), "accepted");
    }

    #[test]
    fn an_unknown_outcome_is_repeated_once_if_other_statuses_came() {
        let since = NOW;
        let later = |seconds: u64| NOW.plus(Duration::from_secs(seconds));
        let unknown = |purpose, repeated| Job {
            state: JobState::Unknown { since },
            repeated,
            ..job(purpose, 1, 0)
        };
        let before = Some(NOW.minus(Duration::from_secs(1)));
        let came = Some(later(3));
        let wait = |seconds| SendOutcome::Wait { due: later(seconds) };
        let dead = SendOutcome::Dead { error: super::unknown() };
        use Purpose::{Authentication, Marketing, Service, Utility};
        for (purpose, repeated, status, seconds, expected) in [
            (Service, false, came, 59, wait(60)),
            (Service, false, came, 60, SendOutcome::Repeat),
            (Utility, false, came, 60, SendOutcome::Repeat),
            (Service, false, before, 60, wait(90)),
            (Service, false, before, 90, wait(135)),
            (Service, false, None, 599, wait(600)),
            (Service, false, None, 600, dead.clone()),
            (Service, false, before, 600, dead.clone()),
            (Service, false, came, 700, SendOutcome::Repeat),
            (Service, true, came, 59, wait(60)),
            (Service, true, came, 60, dead.clone()),
            (Marketing, false, came, 59, wait(60)),
            (Marketing, false, came, 60, dead.clone()),
            // A code sent twice confuses; one sent a minute late is of no use.
            (Authentication, false, came, 60, dead.clone()),
        ] {
            let found =
                settle(&unknown(purpose, repeated), status, later(seconds), &Settings::default());
            assert_eq!(found, expected, "{purpose:?} {repeated} {status:?} {seconds}");
        }
    }

    #[test]
    fn a_clock_set_back_repeats_nothing() {
        let unknown =
            Job { state: JobState::Unknown { since: NOW }, ..job(Purpose::Service, 1, 0) };
        let earlier = NOW.minus(Duration::from_secs(3_600));
        let found = settle(&unknown, Some(NOW), earlier, &Settings::default());
        assert_eq!(found, SendOutcome::Wait { due: NOW.plus(limits::UNKNOWN_WAIT_DEFAULT) });
    }
}
