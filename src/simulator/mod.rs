//! A stand-in Cloud API: it takes messages as Meta would, plays the customers, sends signed
//! webhooks, goes wrong on purpose, and judges what usher made of it.
//!
//! An independent oracle: it shares no code with `whatsapp`. Nothing here reaches further than the
//! webhook's address and the listener it is given. Everything is bounded; what is thrown comes
//! from the seed.
//!
//! ```text
//! customers ─say→ webhooks ─signed, again until 200→ usher ─→ graph ─fate→ statuses ─→ webhooks
//! load ──────────────┘                                          └────→ oracle
//! ```

mod attachments;
mod content;
mod customers;
mod faults;
mod graph;
mod http;
mod load;
mod media;
mod oracle;
mod payload;
mod say;
mod sending;
mod serve;
mod statuses;
mod webhooks;

pub use attachments::{AttachmentId, Sample};
pub use content::{ChatButton, ChatContent, ChatParam, ChatRow, ChatSection};
pub use customers::{ChatMessage, ChatStatus, Customer, CustomerError, Side};
pub use faults::{Fault, Faults, FaultsError};
pub use graph::ApprovedTemplate;
pub use load::{Load, LoadError, LoadProgress};
pub use media::Upload;
pub use oracle::{OutOfOrder, Report};
pub use say::{Card, Say, SayRequest, What};
pub use sending::Sent;
pub use serve::serve;

use crate::clock::Clock;
use crate::limits;
use crate::model::{Timestamp, Wamid};
use attachments::Attachments;
use bytes::Bytes;
use customers::Customers;
use faults::Dice;
use secrecy::SecretString;
use sending::SentLog;
use statuses::Waiting;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use webhooks::About;

/// Whom the simulator stands in for.
#[derive(Clone)]
pub struct Settings {
    /// The business number's `phone_number_id`.
    pub number: String,
    /// The business number in digits.
    pub display_number: String,
    /// The WhatsApp business account's id.
    pub account: String,
    /// Signs webhooks.
    pub app_secret: SecretString,
    /// The bearer token that is accepted.
    pub access_token: SecretString,
    /// Where webhooks go.
    pub webhook: String,
    /// What the faults are thrown from.
    pub seed: u64,
    /// The faults to begin with.
    pub faults: Faults,
    /// The templates that count as approved; `None`: any that looks right.
    pub templates: Option<Vec<ApprovedTemplate>>,
    /// `sent` comes after this, `delivered` after twice, `read` after four times as long.
    pub status_delay: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// The `phone_number_id` played where none is given.
    pub const NUMBER: &str = "900000000000001";
    /// The display number played where none is given.
    pub const DISPLAY_NUMBER: &str = "15550001111";
    /// The account played where none is given.
    pub const ACCOUNT: &str = "100000000000001";
    /// The app secret where none is given: no secret, for playing only.
    pub const APP_SECRET: &str = "simulator-app-secret";
    /// The access token where none is given: no secret, for playing only.
    pub const ACCESS_TOKEN: &str = "simulator-access-token";

    /// The usual settings for a webhook at this address; no faults.
    #[must_use]
    pub fn new(webhook: impl Into<String>, clock: Arc<dyn Clock>) -> Settings {
        Settings {
            number: Settings::NUMBER.to_owned(),
            display_number: Settings::DISPLAY_NUMBER.to_owned(),
            account: Settings::ACCOUNT.to_owned(),
            app_secret: Settings::APP_SECRET.into(),
            access_token: Settings::ACCESS_TOKEN.into(),
            webhook: webhook.into(),
            seed: 1,
            faults: Faults::default(),
            templates: None,
            status_delay: Duration::from_millis(150),
            clock,
        }
    }
}

/// A stand-in Cloud API with one business number.
pub struct Simulator {
    settings: Settings,
    /// All that moves; locked for moments, never across an await.
    world: Mutex<World>,
    /// Statuses that wait for their time.
    statuses: Waiting,
    http: reqwest::Client,
    live: broadcast::Sender<SimEvent>,
    /// Deliveries and loads.
    tasks: TaskTracker,
    stop: CancellationToken,
    /// One permit for each webhook of chats and statuses that waits.
    room: Arc<Semaphore>,
    /// One permit for each webhook of a load that waits.
    load_room: Arc<Semaphore>,
    /// One permit for each POST under way.
    in_flight: Semaphore,
}

/// Something that happened on a chat, for whoever watches.
#[derive(Debug, Clone)]
pub enum SimEvent {
    /// A customer was met.
    Met {
        /// The customer, as they are.
        customer: Arc<str>,
        /// Their name.
        name: String,
    },
    /// Somebody wrote.
    Message {
        /// In whose chat.
        customer: Arc<str>,
        /// What; boxed, for most events are small.
        message: Box<ChatMessage>,
    },
    /// A message came further.
    Status {
        /// In whose chat.
        customer: Arc<str>,
        /// Which.
        wamid: Wamid,
        /// How far.
        status: ChatStatus,
    },
    /// The business types.
    Typing {
        /// In whose chat.
        customer: Arc<str>,
    },
}

/// All that moves.
struct World {
    customers: Customers,
    sent: SentLog,
    dice: Dice,
    oracle: oracle::Oracle,
    load: load::LoadState,
    wamids: Wamids,
    attachments: Attachments,
    media: media::Shelf,
    templates: Option<Vec<ApprovedTemplate>>,
}

impl World {
    /// A message id nobody had before, remembered as one of this customer's chat.
    fn new_wamid(&mut self, way: &str, customer: &Arc<str>) -> Wamid {
        self.wamids.make("wamid", way, customer)
    }

    /// A customer's message as their chat keeps it, remembered there; and its webhook. `None`:
    /// nobody has this key.
    fn write(
        &mut self,
        settings: &Settings,
        key: &Arc<str>,
        say: Say,
        at: Timestamp,
    ) -> Option<(ChatMessage, Bytes)> {
        let family = if say.what == What::Call { "wacid" } else { "wamid" };
        let message = ChatMessage {
            from: Side::Customer,
            wamid: self.wamids.make(family, "IN", key),
            text: say.shown(),
            attachment: match &say.what {
                What::File { file, .. } => Some(self.attachments.keep(*file)),
                _ => None,
            },
            said: Some(say),
            content: None,
            status: ChatStatus::Sent,
            at,
        };
        let customer = self.customers.find_mut(key)?;
        customer.last_wrote = Some(at);
        customer.remember(message.clone());
        let body = payload::message(settings, customer, &message);
        Some((message, body))
    }

    /// Whether the messages it names are in this customer's chat.
    fn check_names(&self, key: &str, say: &Say) -> Result<(), CustomerError> {
        let key = self.customers.find(key).map(|customer| &customer.key);
        let is_theirs = |id: &Wamid| key.is_some() && self.wamids.customer(id.as_str()) == key;
        match say.names().find(|id| !is_theirs(id)) {
            Some(stranger) => Err(CustomerError::Message(stranger.clone())),
            None => Ok(()),
        }
    }
}

impl Simulator {
    /// A simulator; [`serve()`] sets it going.
    #[must_use]
    pub fn new(settings: Settings) -> Arc<Simulator> {
        // Fails only where a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The provider was all that building could lack. Proxies are for others: webhooks go
        // where the settings say.
        let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        let (live, _) = broadcast::channel(limits::LIVE_EVENTS_MAX);
        let world = World {
            customers: Customers::default(),
            sent: SentLog::default(),
            dice: Dice::new(settings.faults.clone(), settings.seed),
            oracle: oracle::Oracle::default(),
            load: load::LoadState::default(),
            wamids: Wamids::since(settings.clock.now()),
            attachments: Attachments::since(settings.clock.now()),
            media: media::Shelf::since(settings.clock.now()),
            templates: settings.templates.clone(),
        };
        Arc::new(Simulator {
            settings,
            world: Mutex::new(world),
            statuses: Waiting::default(),
            http,
            live,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            room: Arc::new(Semaphore::new(limits::SIM_DELIVERIES_MAX)),
            load_room: Arc::new(Semaphore::new(limits::SIM_LOAD_PENDING_MAX)),
            in_flight: Semaphore::new(limits::SIM_WEBHOOKS_IN_FLIGHT_MAX),
        })
    }

    /// Whom it stands in for.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Meets a customer: `key` is a number in digits or a BSUID. One already known is renamed.
    ///
    /// # Errors
    /// The key is neither, or there are too many customers.
    pub fn meet(&self, key: &str, name: &str) -> Result<(), CustomerError> {
        let mut world = self.world();
        let (customer, new) = world.customers.meet(key, Some(name))?;
        let met =
            SimEvent::Met { customer: Arc::clone(&customer.key), name: customer.name.clone() };
        drop(world);
        if new {
            self.announce(met);
        }
        Ok(())
    }

    /// A customer writes, taps, sends or calls; one not known yet is met first. Gives the message's
    /// id; the webhook is on its way. Needs the runtime.
    ///
    /// # Errors
    /// The key or what is said cannot be, it names a message that is not of their chat, or too
    /// many webhooks wait.
    pub fn say(self: &Arc<Self>, key: &str, say: Say) -> Result<Wamid, CustomerError> {
        say.check()?;
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| CustomerError::Busy)?;
        let at = self.settings.clock.now();
        let mut world = self.world();
        world.check_names(key, &say)?;
        let (customer, new) = world.customers.meet(key, None)?;
        let (key, name) = (Arc::clone(&customer.key), customer.name.clone());
        let written = world.write(&self.settings, &key, say, at);
        drop(world);
        let Some((message, body)) = written else { return Err(CustomerError::TooMany) };
        let wamid = message.wamid.clone();
        if new {
            self.announce(SimEvent::Met { customer: Arc::clone(&key), name });
        }
        let message = Box::new(message);
        self.announce(SimEvent::Message { customer: Arc::clone(&key), message });
        self.deliver(body, About::Message { customer: key, wamid: wamid.clone() }, room);
        Ok(wamid)
    }

    /// The customers and their chats, in the order they came.
    #[must_use]
    pub fn customers(&self) -> Vec<Customer> {
        self.world().customers.all().to_vec()
    }

    /// The key of the customer with this `wa_id` or BSUID.
    #[must_use]
    pub fn key_of(&self, id: &str) -> Option<Arc<str>> {
        self.world().customers.find(id).map(|customer| Arc::clone(&customer.key))
    }

    /// What happens on the chats from now on; a slow watcher skips.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<SimEvent> {
        self.live.subscribe()
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.world().dice.faults().clone()
    }

    /// Puts other faults in force.
    ///
    /// # Errors
    /// They cannot be meant.
    pub fn set_faults(&self, faults: Faults) -> Result<(), FaultsError> {
        faults.check()?;
        self.world().dice.set(faults);
        Ok(())
    }

    /// The templates that count as approved; `None`: any that looks right.
    #[must_use]
    pub fn templates(&self) -> Option<Vec<ApprovedTemplate>> {
        self.world().templates.clone()
    }

    /// Has other templates count as approved.
    pub fn set_templates(&self, templates: Option<Vec<ApprovedTemplate>>) {
        self.world().templates = templates;
    }

    /// The oracle's judgement.
    #[must_use]
    pub fn report(&self) -> Report {
        let world = self.world();
        world.oracle.report(world.dice.counts(), world.load.resting())
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self, event: SimEvent) {
        // Nobody watching is no error.
        let _ = self.live.send(event);
    }
}

/// Message ids and in whose chat they are, the newest so many.
#[derive(Debug)]
struct Wamids {
    /// Two runs never give the same id, for usher remembers ids for days.
    since: i64,
    next: u64,
    customers: HashMap<Wamid, Arc<str>>,
    oldest: VecDeque<Wamid>,
}

impl Wamids {
    fn since(at: Timestamp) -> Wamids {
        let (customers, oldest) = (HashMap::new(), VecDeque::new());
        Wamids { since: at.millis(), next: 0, customers, oldest }
    }

    fn make(&mut self, family: &str, way: &str, customer: &Arc<str>) -> Wamid {
        self.next = self.next.wrapping_add(1);
        let wamid = Wamid::from(format!("{family}.{way}{:X}N{:05}=", self.since, self.next));
        if self.oldest.len() >= limits::SIM_WAMIDS_KNOWN_MAX
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.customers.remove(&oldest);
        }
        self.oldest.push_back(wamid.clone());
        self.customers.insert(wamid.clone(), Arc::clone(customer));
        wamid
    }

    fn customer(&self, wamid: &str) -> Option<&Arc<str>> {
        self.customers.get(&Wamid::from(wamid))
    }
}
