//! A durable effect and its life. Every store keeps jobs by these functions, so all agree.
//!
//! ```text
//! waiting ─claim→ sending ─accepted→ sent ─status→ sent(delivered, read…)
//!    ↑              │  └─ no answer → unknown ─ repeat → waiting (once)
//!    └── again ─────┤                   └─ status with our job id → sent
//!                   └─ dead · dropped
//! waiting ─a guard that may hold again→ held ─released→ waiting
//!                                         └─ given up → dropped
//! dead ─by hand→ waiting · dropped
//! ```

use super::{
    Call, ContactId, DeliveryStatus, Effect, JobId, NumberId, Outside, Purpose, Refusal, SendError,
    SendOutcome, Timestamp, Wamid,
};
use crate::limits;
use serde::{Deserialize, Serialize};

/// Where an effect is performed. With the contact it makes the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The Cloud API.
    WhatsApp,
    /// A back end that is asked.
    Lookup,
    /// A system that is told.
    Hook,
}

/// A durable effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id; within a lane the order.
    pub id: JobId,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Not before this time.
    pub due: Timestamp,
    /// What to do.
    pub effect: Effect,
    /// How far it is.
    pub state: JobState,
    /// Attempts begun (claims that moved it to `sending`).
    #[serde(default)]
    pub attempts: u32,
    /// Attempts that used up no try ([`SendOutcome::Postponed`]).
    #[serde(default)]
    pub postponed: u32,
    /// An unknown outcome has been repeated; it is not repeated again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// The template of [`Outside::Template`] took the place of what was to be said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// To be claimed from `due` on.
    Waiting,
    /// Claimed; the POST may be under way.
    Sending {
        /// Since when.
        since: Timestamp,
    },
    /// Nobody knows whether WhatsApp took it; looked at again from `due` on.
    Unknown {
        /// Since when.
        since: Timestamp,
    },
    /// Kept back until a guard holds again; its lane goes on. Given up at `due`.
    Held {
        /// Since when.
        since: Timestamp,
        /// Which guard.
        why: Hold,
    },
    /// WhatsApp took it.
    Sent {
        /// WhatsApp's id.
        wamid: Wamid,
        /// The highest status so far.
        status: DeliveryStatus,
    },
    /// It gave up: a dead letter.
    Dead {
        /// What was said last.
        error: SendError,
    },
    /// A guard no longer held; it was not sent and will not be.
    Dropped {
        /// Which.
        why: Hold,
    },
}

impl JobState {
    /// Whether the lane goes on past this job.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self, JobState::Sent { .. } | JobState::Dead { .. } | JobState::Dropped { .. })
    }

    /// A short name for metrics and lists.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            JobState::Waiting => "waiting",
            JobState::Sending { .. } => "sending",
            JobState::Unknown { .. } => "unknown",
            JobState::Held { .. } => "held",
            JobState::Sent { .. } => "sent",
            JobState::Dead { .. } => "dead",
            JobState::Dropped { .. } => "dropped",
        }
    }
}

/// Why a job was not sent: which guard did not hold at the claim, or what people decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Consent does not permit the purpose.
    Consent(Refusal),
    /// A person owns the conversation.
    NotOwned,
    /// The 24-hour window is closed.
    WindowClosed,
    /// Marketing waits for the end of the contact's quiet hours.
    QuietHours {
        /// When they end.
        until: Timestamp,
    },
    /// Somebody paused what it is about.
    Paused,
    /// Somebody took it from the dead letters.
    ByHand,
}

impl Hold {
    /// The reason as metric label and journal word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Hold::Consent(Refusal::BelowTier) => "below_tier",
            Hold::Consent(Refusal::Lapsed) => "lapsed",
            Hold::Consent(Refusal::Stopped) => "stopped",
            Hold::Consent(Refusal::Suspended) => "suspended",
            Hold::Consent(Refusal::StoppedInWhatsApp) => "stopped_in_whatsapp",
            Hold::NotOwned => "not_owned",
            Hold::WindowClosed => "window_closed",
            Hold::QuietHours { .. } => "quiet_hours",
            Hold::Paused => "paused",
            Hold::ByHand => "by_hand",
        }
    }
}

/// What a commit says about a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobUpdate {
    /// The outbox reports an attempt.
    Attempt {
        /// Which job.
        job: JobId,
        /// What came of it.
        outcome: SendOutcome,
    },
    /// WhatsApp reports on a message. Found by `job`, else by `wamid`; unknown ones are ignored.
    Status {
        /// Our id, where the status carried it.
        job: Option<JobId>,
        /// WhatsApp's id.
        wamid: Wamid,
        /// How far it came.
        status: DeliveryStatus,
        /// The error of a `failed`.
        error: Option<SendError>,
    },
    /// All jobs of this contact and number that are held for this reason wait again.
    Release {
        /// Whose.
        contact: ContactId,
        /// From which number.
        number: NumberId,
        /// What is over.
        why: Hold,
    },
    /// A dead letter waits again, with all its tries.
    Retry {
        /// Which job.
        job: JobId,
    },
    /// A dead letter is done with.
    Discard {
        /// Which job.
        job: JobId,
    },
}

impl Job {
    /// A job as a decision makes it.
    #[must_use]
    pub fn new(id: JobId, effect: Effect, at: Timestamp) -> Job {
        Job {
            id,
            decided_at: at,
            due: at,
            effect,
            state: JobState::Waiting,
            attempts: 0,
            postponed: 0,
            repeated: false,
            replaced: false,
        }
    }

    /// Where it is performed.
    #[must_use]
    pub fn destination(&self) -> Destination {
        match &self.effect {
            Effect::Send { .. } => Destination::WhatsApp,
            Effect::Call { call: Call::Lookup { .. }, .. } => Destination::Lookup,
            Effect::Call { call: Call::Emit { .. }, .. } => Destination::Hook,
        }
    }

    /// Since when its attempt is under way, or nobody knows what came of it.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        match self.state {
            JobState::Sending { since } | JobState::Unknown { since } => Some(since),
            _ => None,
        }
    }

    /// Why it is sent.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match self.effect {
            Effect::Send { purpose, .. } => purpose,
            // Nobody is written to.
            Effect::Call { .. } => Purpose::Service,
        }
    }

    /// Attempts that count against the job: it gives up after
    /// [`crate::limits::SEND_ATTEMPTS_MAX`] definite failures.
    #[must_use]
    pub fn tries(&self) -> u32 {
        self.attempts.saturating_sub(self.postponed)
    }

    /// This job with the template that goes where the window is closed, if it names one. The
    /// template needs no window; it answers nothing, for outside the window nobody is "typing…".
    #[must_use]
    pub fn outside_window(&self) -> Option<Job> {
        let mut next = self.clone();
        let Effect::Send { content, purpose, answers, guards, outside, .. } = &mut next.effect
        else {
            return None;
        };
        let Outside::Template { content: template, purpose: why } = std::mem::take(outside) else {
            return None;
        };
        *content = *template;
        *purpose = why;
        *answers = None;
        guards.window_open = false;
        next.replaced = true;
        Some(next)
    }

    /// What becomes of this job when this guard does not hold at `now`: held where the guard may
    /// hold again and somebody wants to wait for it, else dropped.
    #[must_use]
    pub fn kept_back(&self, why: Hold, now: Timestamp) -> SendOutcome {
        let due = match why {
            Hold::Paused => Some(now.plus(limits::HELD_MAX)),
            Hold::WindowClosed if self.waits_for_window() => Some(now.plus(limits::HELD_MAX)),
            Hold::QuietHours { until } => Some(until),
            Hold::NotOwned => self.kept_until().filter(|until| *until > now),
            Hold::Consent(_) | Hold::WindowClosed | Hold::ByHand => None,
        };
        match (due, &self.state) {
            (Some(due), JobState::Waiting) => SendOutcome::Held { why, due },
            // They are over: it is claimed again, and all its guards are judged again.
            (_, JobState::Held { why: Hold::QuietHours { .. }, .. }) => SendOutcome::Released,
            _ => SendOutcome::Dropped { why },
        }
    }

    /// What it would have said, where this outcome is the end of it.
    #[must_use]
    pub fn given_up(&self, outcome: &SendOutcome) -> Option<String> {
        let over = matches!(outcome, SendOutcome::Dead { .. } | SendOutcome::Dropped { .. });
        self.effect.content().filter(|_| over).map(super::Content::in_words)
    }

    /// Until when it waits for the bot to own the conversation again.
    fn kept_until(&self) -> Option<Timestamp> {
        match &self.effect {
            Effect::Send { guards, .. } => guards.kept_until,
            Effect::Call { .. } => None,
        }
    }

    fn waits_for_window(&self) -> bool {
        matches!(self.effect, Effect::Send { outside: Outside::Queue, .. })
    }

    /// This job claimed at `now`.
    #[must_use]
    pub fn claimed(&self, now: Timestamp) -> Job {
        Job {
            state: JobState::Sending { since: now },
            attempts: self.attempts.saturating_add(1),
            ..self.clone()
        }
    }

    /// This job after an update at `now`; `None` when the update changes nothing. A job only moves
    /// forward: of those settled only a dead letter is opened again, by hand, and a status never
    /// falls.
    #[must_use]
    pub fn after(&self, update: &JobUpdate, now: Timestamp) -> Option<Job> {
        match update {
            JobUpdate::Attempt { outcome, .. } => self.after_attempt(outcome, now),
            JobUpdate::Status { wamid, status, error, .. } => {
                self.after_status(wamid, status, error.as_ref())
            }
            JobUpdate::Release { why, .. } => match &self.state {
                JobState::Held { why: held, .. } if held == why => Some(self.waiting_again(now)),
                _ => None,
            },
            JobUpdate::Retry { .. } => self.is_dead().then(|| Job {
                postponed: self.attempts,
                repeated: false,
                ..self.waiting_again(now)
            }),
            JobUpdate::Discard { .. } => self
                .is_dead()
                .then(|| Job { state: JobState::Dropped { why: Hold::ByHand }, ..self.clone() }),
        }
    }

    fn is_dead(&self) -> bool {
        matches!(self.state, JobState::Dead { .. })
    }

    fn waiting_again(&self, now: Timestamp) -> Job {
        Job { state: JobState::Waiting, due: now, ..self.clone() }
    }

    fn after_attempt(&self, outcome: &SendOutcome, now: Timestamp) -> Option<Job> {
        if self.state.is_settled() {
            return None;
        }
        if matches!(self.state, JobState::Held { .. }) {
            return self.after_hold(outcome, now);
        }
        let mut next = self.clone();
        match outcome {
            SendOutcome::Accepted { wamid, .. } => {
                next.state = JobState::Sent { wamid: wamid.clone(), status: DeliveryStatus::Sent };
            }
            SendOutcome::Again { due, .. } => {
                next.state = JobState::Waiting;
                next.due = *due;
            }
            SendOutcome::Postponed { due, .. } => {
                next.state = JobState::Waiting;
                next.due = *due;
                next.postponed = self.postponed.saturating_add(1);
            }
            SendOutcome::Dead { error } => next.state = JobState::Dead { error: error.clone() },
            SendOutcome::Dropped { why } => {
                if !matches!(self.state, JobState::Waiting) {
                    return None;
                }
                next.state = JobState::Dropped { why: *why };
            }
            SendOutcome::Held { why, due } => {
                if !matches!(self.state, JobState::Waiting) {
                    return None;
                }
                next.state = JobState::Held { since: now, why: *why };
                next.due = *due;
            }
            SendOutcome::Released => return None,
            SendOutcome::Unknown { due } => {
                next.state = JobState::Unknown { since: now };
                next.due = *due;
            }
            SendOutcome::Repeat => {
                if self.repeated || !matches!(self.state, JobState::Unknown { .. }) {
                    return None;
                }
                next.state = JobState::Waiting;
                next.due = now;
                next.repeated = true;
            }
            SendOutcome::Wait { due } => {
                if !matches!(self.state, JobState::Unknown { .. }) {
                    return None;
                }
                next.due = *due;
            }
        }
        Some(next)
    }

    /// A held job is released or given up; nobody attempts it.
    fn after_hold(&self, outcome: &SendOutcome, now: Timestamp) -> Option<Job> {
        match outcome {
            SendOutcome::Released => Some(self.waiting_again(now)),
            SendOutcome::Dropped { why } => {
                Some(Job { state: JobState::Dropped { why: *why }, ..self.clone() })
            }
            _ => None,
        }
    }

    fn after_status(
        &self,
        wamid: &Wamid,
        status: &DeliveryStatus,
        error: Option<&SendError>,
    ) -> Option<Job> {
        let known = match &self.state {
            JobState::Sent { status, .. } => status.rank(),
            // Our id came back, so WhatsApp had taken it after all, whatever we believed.
            _ => 0,
        };
        if status.rank() <= known {
            return None;
        }
        let mut next = self.clone();
        next.state = match (status, error) {
            (DeliveryStatus::Failed, Some(error)) => JobState::Dead { error: error.clone() },
            (DeliveryStatus::Failed, None) => JobState::Dead {
                error: SendError {
                    code: None,
                    reason: "failed".to_owned(),
                    detail: "WhatsApp reported `failed` without an error".to_owned(),
                },
            },
            _ => JobState::Sent { wamid: wamid.clone(), status: status.clone() },
        };
        Some(next)
    }
}
