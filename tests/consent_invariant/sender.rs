//! The sender of a rig: it claims, writes down what was sent, has the oracle judge it, and reports;
//! or it is killed.

use super::*;

impl Rig<'_> {
    /// `kill -9` between claim and report; everything starts again.
    pub(super) async fn die(&mut self) {
        self.seen.deaths += 1;
        self.send(false).await;
        if self.place == Place::Disk {
            let slips = std::mem::take(&mut *self.store.slips.lock().unwrap());
            assert!(slips.is_empty(), "they are looked at at once");
            // The file is let go of before it is opened again.
            let bug = self.store.bug;
            self.restart(Planted::new(Arc::new(Memory::new()), bug));
            self.restart(Planted::new(open(self.place, self.dir.as_ref()), bug));
        }
        self.sleeps = false;
        for job in self.store.stranded(Timestamp(i64::MAX), 1_000).await.unwrap() {
            self.report(&job, SendOutcome::Unknown { due: self.now().plus(UNKNOWN) }).await;
        }
    }

    fn restart(&mut self, store: Planted) {
        self.store = Arc::new(store);
        self.turn = turn(&self.store, &self.rules, &self.clock);
        self.watch = self.turn.watch();
    }

    /// The outbox: claims what is due, and writes down what it sends.
    pub(super) async fn send(&mut self, reports: bool) {
        let quiet = self.rules.quiet_hours().cloned();
        for _ in 0..100 {
            let terms = Terms { quiet: quiet.clone(), ..Terms::default() };
            let claimed = self.store.claim(self.now(), 100, &terms).await.unwrap();
            if claimed.is_empty() {
                return;
            }
            for one in claimed {
                self.perform(one, reports).await;
            }
            if !reports {
                return;
            }
        }
        self.wrong("the outbox never comes to rest");
    }

    async fn perform(&mut self, claimed: Claimed, reports: bool) {
        match claimed {
            Claimed::Send(job) => {
                self.asked_systems(&job);
                self.judge_sent(&job);
                self.counter += 1;
                let wamid = Wamid::from(format!("wamid.out.{}", self.counter));
                self.sent = Some((job.clone(), wamid.clone()));
                if reports {
                    self.report(&job, SendOutcome::Accepted { wamid, wa_id: None }).await;
                }
            }
            Claimed::Refused(job, why) => {
                match why {
                    Hold::Consent(_) => self.seen.refused_at_claim += 1,
                    Hold::QuietHours { .. } => self.seen.held_by_night += 1,
                    Hold::NotOwned => self.seen.refused_to_the_bot += 1,
                    _ => {}
                }
                if job.effect.rule().as_str() == SLIPPED {
                    self.seen.caught_at_claim += 1;
                }
                self.report(&job, job.kept_back(why, self.now())).await;
            }
            Claimed::Settle(job) => {
                let unknown = "nobody knows".to_owned();
                let error = SendError { code: None, reason: "unknown".to_owned(), detail: unknown };
                let may_repeat = matches!(job.purpose(), Purpose::Service | Purpose::Utility);
                let outcome = if may_repeat && !job.repeated {
                    self.seen.repeated += 1;
                    SendOutcome::Repeat
                } else {
                    SendOutcome::Dead { error }
                };
                self.report(&job, outcome).await;
            }
            Claimed::PutOff(_) => {}
        }
    }

    fn asked_systems(&mut self, job: &Job) {
        if let Effect::Call { number, call: Call::Lookup { of, .. }, .. } = &job.effect {
            self.lookups.push((job.id.contact, number.clone(), of.clone()));
        }
    }

    fn judge_sent(&mut self, job: &Job) {
        let Effect::Send { number, to, content, .. } = &job.effect else { return };
        let now = self.now();
        self.oracle.shows(to, number, job.id, now);
        self.seen.followed += u64::from(is_follow_up(content));
        if looks(content).needs == Needs::Marketing {
            self.seen.advertised += 1;
        }
        if let Err(why) = self.oracle.judge(to, number, content, self.now()) {
            self.wrong(format!("{} was sent to {to:?}: {why}", content.in_words()));
        }
    }

    async fn report(&mut self, job: &Job, outcome: SendOutcome) {
        let number = job.effect.number();
        let gone = matches!(outcome, SendOutcome::Dead { .. } | SendOutcome::Dropped { .. });
        let content = job.effect.content().filter(|_| gone);
        let meant = content.cloned().map_or(Meant::Other, Meant::Failed);
        let rule = Some(job.effect.rule().clone());
        let (replaced, since) = (job.replaced, job.since());
        let said = job.given_up(&outcome);
        let kind = EventKind::Sent { job: job.id, outcome, since, rule, replaced, said };
        let subject = Subject::Contact { id: job.id.contact, number: number.clone() };
        let event = self.of(subject, kind, meant);
        self.take(event).await;
    }
}

fn is_follow_up(content: &Content) -> bool {
    ["still there?", "again"].iter().any(|words| content.in_words().contains(words))
}
