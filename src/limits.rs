//! Every bound in one place, the unit last. Relations between bounds are checked as this compiles.
//!
//! A limit that ops may change is a default here and a setting in `usher.toml` `[limits]`.

use std::time::Duration;

/// A time that rules choose.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// At least.
    pub least: Duration,
    /// At most.
    pub most: Duration,
    /// Unless given, as one writes it.
    pub usual: &'static str,
}

// ── WhatsApp's own figures (Cloud API reference, 2026) ───────────────────────────────────────
/// The customer service window after a customer's message or call.
pub const SERVICE_WINDOW: Duration = Duration::from_secs(24 * 3600);
/// Body of a text message, in UTF-16 units (whether Meta counts otherwise is not published).
pub const TEXT_BODY_UTF16_MAX: usize = 4096;
/// The text below a picture, a video or a document, in UTF-16 units.
pub const CAPTION_UTF16_MAX: usize = 1024;
/// The text above buttons or a list. For lists the documents also name 4096; the smaller holds.
pub const INTERACTIVE_BODY_UTF16_MAX: usize = 1024;
/// Header of buttons or a list.
pub const HEADER_UTF16_MAX: usize = 60;
/// Footer of buttons or a list.
pub const FOOTER_UTF16_MAX: usize = 60;
/// Buttons of one message.
pub const BUTTONS_MAX: usize = 3;
/// Title of a button.
pub const BUTTON_TITLE_UTF16_MAX: usize = 20;
/// Id of a button.
pub const BUTTON_ID_BYTES_MAX: usize = 256;
/// What opens a list.
pub const LIST_BUTTON_UTF16_MAX: usize = 20;
/// Sections of a list.
pub const SECTIONS_MAX: usize = 10;
/// Rows of a list, all sections together.
pub const ROWS_MAX: usize = 10;
/// Title of a section.
pub const SECTION_TITLE_UTF16_MAX: usize = 24;
/// Id of a row.
pub const ROW_ID_BYTES_MAX: usize = 200;
/// Title of a row.
pub const ROW_TITLE_UTF16_MAX: usize = 24;
/// Description of a row.
pub const ROW_DESCRIPTION_UTF16_MAX: usize = 72;
/// Name of a template.
pub const TEMPLATE_NAME_BYTES_MAX: usize = 512;
/// Values of a template's body together.
pub const TEMPLATE_PARAMS_UTF16_MAX: usize = 1024;
/// A picture.
pub const IMAGE_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// A video.
pub const VIDEO_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// A sound.
pub const AUDIO_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// A document.
pub const DOCUMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// A sticker that moves.
pub const STICKER_BYTES_MAX: u64 = 500 * 1024;
/// A sticker that does not move; whether it does shows only inside the file.
pub const STICKER_STATIC_BYTES_MAX: u64 = 100 * 1024;
/// How long WhatsApp keeps an upload.
pub const UPLOAD_LIVES: Duration = Duration::from_secs(30 * 24 * 3600);
/// `biz_opaque_callback_data`.
pub const CALLBACK_DATA_BYTES_MAX: usize = 512;
/// Updates in one webhook.
pub const WEBHOOK_UPDATES_MAX: usize = 1_000;
/// How long Meta sends a webhook again.
pub const WEBHOOK_RETRY_DAYS_MAX: u16 = 7;

// ── Taking in ────────────────────────────────────────────────────────────────────────────────
/// Body of a webhook: Meta's 3 MB and slack.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Updates we take from one body before the rest is kept as one `undecided`.
pub const WEBHOOK_UPDATES_TAKEN_MAX: usize = 10_000;
/// Webhook bodies being worked on at once; over it 503.
pub const WEBHOOKS_IN_FLIGHT_MAX: usize = 256;
/// Contacts of one body decided at the same time.
pub const CONTACTS_AT_ONCE_MAX: usize = 64;
/// Body of an API call.
pub const API_BODY_BYTES_MAX: usize = 256 * 1024;
/// The id a caller of the API gives.
pub const API_ID_BYTES_MAX: usize = 200;
/// How far a caller's clock may be ahead.
pub const API_AHEAD_MAX: Duration = Duration::from_secs(300);
/// How long ago something may have happened that is posted; within [`DEDUPE_DAYS`].
pub const API_BEHIND_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// Open connections on one listener.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Header lines of one request; more is 431.
pub const HEADERS_MAX: usize = 64;
/// The head of a request; a larger one is 431.
pub const REQUEST_HEAD_BYTES_MAX: usize = 32 * 1024;
/// Path and query of a request; a longer one is 414.
pub const URI_BYTES_MAX: usize = 4_096;
/// A caller's own `X-Request-Id`; a longer one is not taken over.
pub const REQUEST_ID_BYTES_MAX: usize = 64;
/// Time for a TLS handshake.
pub const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Default of `[server] linger`: load balancers learn from `/readyz` that usher stops, and need a
/// moment until nobody sends new connections any more.
pub const LINGER_DEFAULT: Duration = Duration::from_secs(2);
/// Of calls and webhooks that are refused, one is told in the log in this time; all are counted.
pub const REFUSALS_TOLD_EVERY: Duration = Duration::from_secs(10);
/// That webhooks are taken unsigned is told again with the first one after this time.
pub const UNSIGNED_TOLD_EVERY: Duration = Duration::from_secs(3_600);
/// Secrets and certificates are looked at this often; what is found twice in a row counts.
pub const FILES_LOOK_EVERY: Duration = Duration::from_secs(2);
/// A certificate or key file.
pub const PEM_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Time to receive the head of a request.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Time to receive a body.
pub const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Text of one message that is matched; the rest is kept, not read.
pub const MESSAGE_TEXT_BYTES_MAX: usize = 64 * 1024;
/// WhatsApp's id of a message or call; a longer one is not taken for an id.
pub const WAMID_BYTES_MAX: usize = 1_024;
/// A `wa_id` or business-scoped user id (a prefix and 128 characters).
pub const ALIAS_BYTES_MAX: usize = 256;
/// A profile's name or user name; the rest is cut off.
pub const PROFILE_NAME_BYTES_MAX: usize = 512;
/// What WhatsApp says of an error; the rest is cut off.
pub const ERROR_DETAIL_BYTES_MAX: usize = 500;

// ── Deciding and keeping ─────────────────────────────────────────────────────────────────────
/// Read-decide-commit rounds on version conflicts before 503.
pub const DECIDE_ATTEMPTS_MAX: u32 = 8;
/// Queues of those who met a conflict, shared by all contacts.
pub const CONTACT_QUEUES: usize = 256;
/// How long an event id is remembered: Meta's week and more.
pub const DEDUPE_DAYS: u16 = 9;
/// How long a settled job is kept so that statuses find it.
pub const SETTLED_JOB_DAYS: u16 = 35;
/// How often the store is asked to forget what is old enough.
pub const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// Silence after which the next message opens a session.
pub const SESSION_SILENCE: Duration = Duration::from_secs(24 * 3600);
/// Default of `[limits] answer_within`.
pub const ANSWER_WITHIN_DEFAULT: Duration = Duration::from_secs(6 * 3600);
/// Aliases one contact may gather.
pub const ALIASES_PER_CONTACT_MAX: usize = 64;
/// Tags one contact may have.
pub const TAGS_PER_CONTACT_MAX: usize = 200;

/// Events one decision tells the business's systems (`emit`); more of them are noted and not told.
pub const EMITTED_PER_DECISION_MAX: usize = 20;

/// Values of one event that is told.
pub const EMITTED_VALUES_MAX: usize = 50;
/// A field's value.
pub const FIELD_VALUE_BYTES_MAX: usize = 4_096;
/// Rules of one conversation in cool-down at once; those that end soonest are forgotten first.
pub const COOLDOWNS_PER_CONVERSATION_MAX: usize = 200;
/// Messages one decision may send.
pub const SENDS_PER_DECISION_MAX: usize = 10;
/// A notice whose own instant is longer past is not said any more.
pub const NOTICE_LATE_MAX: Duration = Duration::from_secs(3600);
/// Notices of one conversation that wait for their time.
pub const SCHEDULED_PER_CONVERSATION_MAX: usize = 100;
/// Notices that could not be sent, as tasks of one hand-off; more are counted only.
pub const TASKS_PER_HANDOFF_MAX: usize = 50;
/// What a task shows of what was not sent.
pub const TASK_SAID_CHARS_MAX: usize = 500;
/// Jobs one lane may hold; over it the event is refused with 503.
pub const LANE_JOBS_MAX: usize = 1_000;

// ── Rules ────────────────────────────────────────────────────────────────────────────────────
/// Sentences and tests from which `usher test` shows how far it is.
pub const PROGRESS_SHOWN_FROM: usize = 20_000;
/// Turns of one `[[test]]`.
pub const STORY_TURNS_MAX: usize = 500;
/// Timers that ring and messages that become due while time passes in one turn of a test.
pub const STORY_STEPS_MAX: usize = 10_000;
/// One rule file.
pub const RULE_FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// All files of a rule set.
pub const RULE_SET_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Files in a rule set.
pub const RULE_FILES_MAX: usize = 10_000;
/// Files and folders of any kind under a rules folder.
pub const RULE_FOLDER_ENTRIES_MAX: usize = 100_000;
/// Entries (`words`, `whole`, …) in a rule set.
pub const ENTRIES_MAX: usize = 500_000;
/// Normal form of one entry.
pub const ENTRY_CHARS_MAX: usize = 200;
/// Normal form of a message that can be a word of consent; room for the longest entry and courtesies.
pub const CONSENT_MESSAGE_BYTES_MAX: usize = 1_024;
/// A message that opts out in free words; a longer one is about more than that. In letters: a
/// syllable or character of Korean, Chinese or Japanese counts as two.
pub const OPT_OUT_WIDTH_MAX: usize = 160;
/// Between a verb of ending and what it ends, measured likewise and without spaces.
pub const OPT_OUT_GAP_WIDTH_MAX: usize = 24;
/// What may be left of a message beside a verb of ending whose object is understood.
pub const OPT_OUT_REST_WIDTH_MAX: usize = 1;

/// How long a yes to a question about consent counts where its tier does not say (`within`).
pub const CONSENT_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// A typed yes stated to be older than its question by more than this answers something else.
/// WhatsApp states whole seconds, and clocks differ.
pub const CONSENT_CLOCK_SLACK: Duration = Duration::from_secs(2);
/// Characters a `…` in an entry may skip.
pub const ENTRY_GAP_CHARS_MAX: usize = 12;
/// Hits kept for one message; more is a visible outcome.
pub const HITS_PER_MESSAGE_MAX: usize = 4_096;
/// Places of entries looked at in one message; more is a visible outcome.
pub const PLACES_PER_MESSAGE_MAX: usize = 262_144;
/// Compiled size of one `regex`.
pub const REGEX_BYTES_MAX: usize = 1024 * 1024;
/// Compiled size of every `regex` together, as one set.
pub const REGEX_SET_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Id of a rule, name of a field.
pub const NAME_BYTES_MAX: usize = 100;
/// Questions of one form.
pub const FORM_ASKS_MAX: usize = 30;
/// Steps of `follow_up`.
pub const FOLLOW_UPS_MAX: usize = 10;
/// `every` of `[sync.contacts]`.
pub const SYNC_EVERY: Span =
    Span { least: Duration::from_secs(60), most: Duration::from_secs(86_400), usual: "15m" };
/// `full` of `[sync.contacts]`.
pub const SYNC_FULL: Span =
    Span { least: Duration::from_secs(600), most: Duration::from_secs(30 * 86_400), usual: "1d" };
/// `within` of `[sync.conversations]`.
pub const SYNC_WITHIN: Span =
    Span { least: Duration::from_secs(1), most: Duration::from_secs(3_600), usual: "3s" };
/// `ask_again`.
pub const ASK_AGAIN_MAX: u32 = 20;
/// `go` from rule to rule until one speaks.
pub const GO_DEPTH_MAX: usize = 8;
/// Digits a `take` of `digits N-M` may ask for.
pub const TAKE_DIGITS_MAX: usize = 100;
/// Parts of one file with a syntax error that are skipped one by one; more, and the rest is left.
pub const SYNTAX_ROUNDS_MAX: usize = 20;
/// Diagnostics gathered in one run.
pub const DIAGNOSTICS_KEPT_MAX: usize = 5_000;
/// Steps of one template.
pub const TEMPLATE_FUEL: u64 = 50_000;
/// Operations of one script call.
pub const SCRIPT_OPERATIONS_MAX: u64 = 100_000;
/// Calls inside calls.
pub const SCRIPT_CALL_DEPTH_MAX: usize = 16;
/// Nesting of expressions.
pub const SCRIPT_EXPR_DEPTH_MAX: usize = 32;
/// A string made by a script.
pub const SCRIPT_STRING_BYTES_MAX: usize = 16 * 1024;
/// An array made by a script.
pub const SCRIPT_ARRAY_ITEMS_MAX: usize = 1_000;
/// A map made by a script.
pub const SCRIPT_MAP_ITEMS_MAX: usize = 1_000;
/// Variables of a script at once.
pub const SCRIPT_VARIABLES_MAX: usize = 100;
/// Functions of all scripts.
pub const SCRIPT_FUNCTIONS_MAX: usize = 1_000;
/// Days ahead that are searched for the next opening.
pub const HOURS_AHEAD_DAYS_MAX: i64 = 800;
/// Blocks and expressions inside each other in a text.
pub const TEMPLATE_DEPTH_MAX: usize = 32;
/// Diagnostics shown; the rest are counted.
pub const DIAGNOSTICS_SHOWN_MAX: usize = 200;

// ── Reload ───────────────────────────────────────────────────────────────────────────────────
/// The rules folder is read this often, whatever the file system tells.
pub const RELOAD_SCAN_EVERY: Duration = Duration::from_secs(2);
/// Two equal snapshots this far apart are taken for what somebody wanted.
pub const RELOAD_SETTLE: Duration = Duration::from_millis(250);
/// A folder that changes for longer than this counts as unreadable until it rests. Twice as much is
/// less than the command that asks for a reload waits.
pub const RELOAD_SETTLE_MAX: Duration = Duration::from_secs(6);
/// After a scan that events asked for, the next waits at least this long.
pub const RELOAD_HINT_REST: Duration = Duration::from_millis(50);
/// Rules that were refused because their files could not be kept are judged again this much later.
pub const RELOAD_JUDGE_AGAIN: Duration = Duration::from_secs(5);
/// Watches that the kernel refused are tried again this much later.
pub const RELOAD_WATCH_RETRY: Duration = Duration::from_secs(60);
/// Reloads asked for by hand that wait.
pub const RELOAD_REQUESTS_MAX: usize = 64;
/// Replaced rule sets still read by decisions under way; over it the oldest is let go.
pub const RELOAD_RETIRED_MAX: usize = 4;
/// Threads that try the examples of a rule set, however many cores there are.
pub const TRIAL_THREADS_MAX: usize = 16;
/// A thread is started for no fewer rules than these.
pub const TRIAL_PORTION_MIN: usize = 64;
/// Contacts looked at to count those who wait on a rule that is gone.
pub const QUESTIONS_COUNTED_MAX: usize = 200_000;

// ── Sending ──────────────────────────────────────────────────────────────────────────────────
/// From here on an attempt counts as late (S45); default of `[whatsapp] timeout`.
pub const SEND_LATE_AFTER: Duration = Duration::from_millis(3_500);
/// From here on its outcome is unknown (promise 2).
pub const SEND_UNKNOWN_AFTER: Duration = Duration::from_secs(30);
/// The first retry follows a definite failure at once (within a second, S57).
pub const SEND_RETRY_FIRST: Duration = Duration::from_millis(500);
/// The second retry.
pub const SEND_RETRY_SECOND: Duration = Duration::from_secs(30);
/// Attempts before the dead letters: the first and two retries.
pub const SEND_ATTEMPTS_MAX: u32 = 3;
/// Default of `[limits] unknown_wait`.
pub const UNKNOWN_WAIT_DEFAULT: Duration = Duration::from_secs(60);
/// Without any status of the number for so long, an unknown outcome is a dead letter.
pub const UNKNOWN_SILENCE: Duration = Duration::from_secs(600);
/// Default of `[limits] replies_per_minute`, for each contact.
pub const REPLIES_PER_MINUTE_DEFAULT: u32 = 20;
/// The most it may be set to.
pub const REPLIES_PER_MINUTE_MAX: u32 = 1_000;
/// Default of `[limits] same_text` `times`: the third identical text is not sent.
pub const SAME_TEXT_TIMES_DEFAULT: u32 = 3;
/// The most it may be set to.
pub const SAME_TEXT_TIMES_MAX: u32 = 100;
/// Default of `[limits] same_text` `in`.
pub const SAME_TEXT_WITHIN_DEFAULT: Duration = Duration::from_secs(600);
/// `[limits] replies_per_minute` looks back so far.
pub const STORM_MINUTE: Duration = Duration::from_secs(60);
/// So long nothing is said after a storm.
pub const STORM_SILENCE: Duration = Duration::from_secs(3_600);
/// Texts said lately that a conversation remembers, or as many as `same_text` counts.
pub const STORM_TEXTS_MAX: usize = 32;
/// Lookups and notices to other systems under way at once: places of their own.
pub const CALLS_IN_FLIGHT_MAX: usize = 256;
/// A call for which there is no place is looked at again so much later.
pub const CALL_PUT_OFF: Duration = Duration::from_millis(500);
/// `timeout` of a lookup unless it says otherwise.
pub const LOOKUP_TIMEOUT_DEFAULT: Duration = Duration::from_secs(2);
/// The most it may say.
pub const LOOKUP_TIMEOUT_MAX: Duration = Duration::from_secs(10);
/// The most `keep` of a lookup may say.
pub const LOOKUP_KEPT_MAX: Duration = Duration::from_secs(3_600);
/// Messages of one conversation that wait for a lookup.
pub const LOOKUPS_PENDING_MAX: usize = 8;
/// Sends under way at once.
pub const SENDS_IN_FLIGHT_MAX: usize = 256;
/// Jobs claimed in one step of the store.
pub const CLAIM_BATCH_MAX: usize = 128;
/// Read receipt with typing: it must not hold up the answer.
pub const RECEIPT_TIMEOUT: Duration = Duration::from_secs(1);
/// A whole destination that fails is probed this often.
pub const DESTINATION_PROBE_EVERY: Duration = Duration::from_secs(5);
/// Time to reach WhatsApp's servers before a request is written: over it, nothing was sent.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle connection is closed before the other side does, so that no request is lost on it.
pub const CONNECTION_IDLE_MAX: Duration = Duration::from_secs(20);
/// The longest `Retry-After` that is believed.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);
/// Attempts to one customer whose pair rate is used up (1, 4, 16, 64, 256 s apart).
pub const PAIR_ATTEMPTS_MAX: u32 = 6;
/// The longest pause of a number that WhatsApp throttles; it doubles up to here.
pub const THROTTLE_PAUSE_MAX: Duration = Duration::from_secs(60);
/// A number that may send nothing right now is asked again this much later at least.
pub const PUT_OFF_MIN: Duration = Duration::from_millis(5);
/// A message held for a closed window, a pause or people is given up after so long.
pub const HELD_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// Pauses that may stand at once.
pub const PAUSES_MAX: usize = 1_000;
/// Undecided events kept at hand for `usher dead`; older ones are in the journal alone.
pub const UNDECIDED_KEPT_MAX: u64 = 1_000;
/// Dead letters in one answer.
pub const DEAD_PAGE_MAX: usize = 500;

/// Contacts whose conversations one page of `/v1/conversations` lists.
pub const CONVERSATIONS_PAGE_MAX: usize = 200;
/// A message to the same customer, in WhatsApp's pair rate; default of `[whatsapp] pair` `every`.
pub const PAIR_EVERY: Duration = Duration::from_secs(6);
/// Messages to the same customer in a burst, of the 45 WhatsApp lends; default of its `burst`.
pub const PAIR_BURST: u32 = 10;
/// Customers whose pair rate is watched at once; beyond it the fullest buckets are forgotten.
pub const PAIRS_WATCHED_MAX: usize = 100_000;
/// Messages a second and number at the start; default of `[whatsapp] rate`.
pub const RATE_START: u32 = 50;
/// Messages a second and number at most: WhatsApp's ordinary level; default of `[whatsapp] rate`.
pub const RATE_MAX: u32 = 80;
/// WhatsApp's highest level, in messages a second and number.
pub const RATE_LEVEL_MAX: u32 = 1_000;
/// After so long without being throttled a number may send one message a second more.
pub const RATE_RAISED_EVERY: Duration = Duration::from_secs(5);
/// Sends that are throttled together halve a number's rate once.
pub const RATE_HALVED_EVERY: Duration = Duration::from_secs(1);
/// A number that fails is probed after [`DESTINATION_PROBE_EVERY`], then half as often each time, up
/// to this: each probe leaves a line in the journal, and such a failure is mended by people.
pub const NUMBER_PROBE_EVERY_MAX: Duration = Duration::from_secs(60);
/// An unknown outcome is looked at again after half the time it has waited, at least this: each look
/// leaves a line in the journal.
pub const UNKNOWN_LOOK_EVERY: Duration = Duration::from_secs(15);
/// The outbox looks for due jobs at least this often.
pub const OUTBOX_TICK: Duration = Duration::from_secs(1);

// ── Timers ───────────────────────────────────────────────────────────────────────────────────
/// Due timers are looked for at least this often.
pub const TIMERS_TICK: Duration = Duration::from_secs(1);
/// Due timers read at once.
pub const TIMERS_BATCH_MAX: usize = 256;
/// Contacts whose timers ring at the same time; the store's writer has room for everybody else's
/// steps beside them.
pub const TIMERS_AT_ONCE_MAX: usize = 16;
/// While the timers cannot be read or rung, it is told no more often than this.
pub const TIMERS_TOLD_EVERY: Duration = Duration::from_secs(60);
/// The outbox counts what waits this often.
pub const OUTBOX_COUNT_EVERY: Duration = Duration::from_secs(5);
/// First and longest pause before a report is offered to a failing store again.
pub const REPORT_RETRY_FIRST: Duration = Duration::from_millis(100);
/// See [`REPORT_RETRY_FIRST`].
pub const REPORT_RETRY_MAX: Duration = Duration::from_secs(5);
/// An answer of the Graph API.
pub const GRAPH_ANSWER_BYTES_MAX: usize = 1024 * 1024;

// ── Connectors ───────────────────────────────────────────────────────────────────────────────
/// Connectors of one `usher.toml`.
pub const CONNECTORS_MAX: usize = 100;
/// The name of a connector.
pub const CONNECTOR_NAME_BYTES_MAX: usize = 64;
/// Default of `[connector.NAME] timeout`.
pub const CONNECTOR_TIMEOUT_DEFAULT: Duration = Duration::from_secs(2);
/// A customer waits for the answer: nothing asked of another system may take longer.
pub const CONNECTOR_TIMEOUT_MAX: Duration = Duration::from_secs(10);
/// Requests under way to one connector; others wait, within their time.
pub const CONNECTOR_REQUESTS_MAX: usize = 32;
/// The path of a lookup, its query included.
pub const LOOKUP_PATH_BYTES_MAX: usize = 2_048;
/// An answer to a lookup.
pub const LOOKUP_BODY_BYTES_MAX: usize = 256 * 1024;
/// Answers to lookups kept for one connector.
pub const LOOKUPS_KEPT_MAX: usize = 10_000;
/// Their bytes together.
pub const LOOKUPS_KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// No answer is kept for longer.
pub const LOOKUP_KEEP_MAX: Duration = Duration::from_secs(24 * 3600);
/// Of the answer to a webhook this much is read, so that its connection can be used again.
pub const HOOK_ANSWER_BYTES_MAX: usize = 64 * 1024;

// ── Media ────────────────────────────────────────────────────────────────────────────────────
/// Files under `media/` of a rules folder.
pub const MEDIA_FILES_MAX: usize = 2_000;
/// A media file is read again until nothing about it changed for so long: times are kept in steps of
/// up to 2 s (FAT).
pub const MEDIA_RESTED: Duration = Duration::from_secs(2);
/// A kept file that no rules use any more is taken away after so long without use: jobs wait for
/// days, and rules come back.
pub const MEDIA_UNUSED_FOR: Duration = Duration::from_secs(40 * 24 * 3600);
/// An upload is done again this early before WhatsApp forgets it: at its first use after.
pub const UPLOAD_RENEWED_AFTER: Duration = Duration::from_secs(25 * 24 * 3600);
/// An upload that could not be renewed is used as it is for so long before the next try.
pub const UPLOAD_RENEWAL_RETRY: Duration = Duration::from_secs(3600);
/// One upload: 100 MB over a slow line.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(300);
/// Uploads under way at once.
pub const UPLOADS_AT_ONCE_MAX: usize = 4;
/// Uploads remembered, over all numbers; the oldest are forgotten, and done again when needed.
pub const UPLOADS_KNOWN_MAX: usize = 10_000;
/// WhatsApp's id of an upload.
pub const MEDIA_ID_BYTES_MAX: usize = 256;
/// The list of uploads on disk.
pub const UPLOADS_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

// ── The embedded store ───────────────────────────────────────────────────────────────────────
/// Steps gathered for one fsync.
pub const GROUP_COMMIT_MAX: usize = 512;
/// Steps waiting for the writer; over it `busy` (503).
pub const WRITER_QUEUE_MAX: usize = 4_096;
/// After a write that failed the file is opened again, tried this often.
pub const STORE_REOPEN_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether the last reader of a file to be closed is done.
pub const STORE_READERS_LOOK_EVERY: Duration = Duration::from_millis(5);
/// Pages of the store kept in memory.
pub const STORE_CACHE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rows one step of a sweep takes away; the sweep goes on in the next step, others in between.
pub const SWEEP_ROWS_MAX: usize = 4_096;
/// Journal lines taken away in one step.
pub const JOURNAL_DRAINED_ROWS_MAX: usize = 4_096;

// ── What is shown of the past ────────────────────────────────────────────────────────────────
/// Days whose undecided events `usher status` counts.
pub const STATUS_DAYS: u16 = 30;
/// Events `usher status` lists.
pub const STATUS_EVENTS_MAX: usize = 10;
/// The end of a journal file that is read for them.
pub const JOURNAL_TAIL_BYTES_MAX: u64 = 1024 * 1024;

// ── The journal in files ─────────────────────────────────────────────────────────────────────
/// Lines moved from the store to a file, and synced, at a time.
pub const JOURNAL_BATCH_LINES_MAX: usize = 512;
/// One line of a journal file; a longer one is reported and passed over.
pub const JOURNAL_LINE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long the journal rests in the store before it is moved, when little happens.
pub const JOURNAL_DRAIN_EVERY: Duration = Duration::from_secs(1);
/// After a failed write the journal is tried again this much later.
pub const JOURNAL_RETRY_EVERY: Duration = Duration::from_secs(5);

// ── Live pages ───────────────────────────────────────────────────────────────────────────────
/// Watchers of live events at once.
pub const WATCHERS_MAX: usize = 64;

/// Rules whose examples the chat page suggests from.
pub const SUGGESTING_RULES_MAX: usize = 100;
/// A rule file that is edited on a page.
pub const EDITED_FILE_BYTES_MAX: usize = 1024 * 1024;
/// The path of a rule file that is edited on a page.
pub const EDITED_PATH_BYTES_MAX: usize = 512;
/// Live events kept for a slow watcher before it skips.
pub const LIVE_EVENTS_MAX: usize = 256;

// ── The simulator ────────────────────────────────────────────────────────────────────────────
/// Uploads it keeps, in bytes together; older ones are gone.
pub const SIM_MEDIA_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Uploads it keeps.
pub const SIM_MEDIA_FILES_MAX: usize = 2_000;
/// Body of an upload: the largest file and the parts around it.
pub const SIM_UPLOAD_BODY_BYTES_MAX: usize = 101 * 1024 * 1024;
/// Templates that may count as approved.
pub const SIM_TEMPLATES_MAX: usize = 1_000;
/// An address that media are fetched from.
pub const LINK_BYTES_MAX: usize = 2_048;
/// The name of a document (not published).
pub const FILENAME_UTF16_MAX: usize = 240;
/// Name or address of a place (not published).
pub const PLACE_NAME_UTF16_MAX: usize = 1_000;
/// Customers it plays.
pub const SIM_CUSTOMERS_MAX: usize = 2_000;
/// Messages kept of one customer's chat; older ones leave.
pub const SIM_CHAT_MESSAGES_MAX: usize = 100;
/// A customer's text.
pub const SIM_TEXT_BYTES_MAX: usize = 16 * 1024;
/// A customer's name.
pub const SIM_NAME_CHARS_MAX: usize = 60;
/// Accepted messages kept for `GET /sim/sent`; older ones leave.
pub const SIM_SENT_KEPT_MAX: usize = 20_000;
/// Accepted messages in one answer of `GET /sim/sent`.
pub const SIM_SENT_PAGE_MAX: usize = 1_000;
/// Message ids that may be quoted or marked read; older ones are forgotten.
pub const SIM_WAMIDS_KNOWN_MAX: usize = 100_000;
/// Files sent by customers that can be fetched; older ones have expired.
pub const SIM_ATTACHMENTS_KEPT_MAX: usize = 10_000;
/// Webhooks of chats and statuses waiting to be taken.
pub const SIM_DELIVERIES_MAX: usize = 5_000;
/// Webhooks of a load waiting to be taken; beyond it the load waits.
pub const SIM_LOAD_PENDING_MAX: usize = 5_000;
/// Webhook POSTs under way at once.
pub const SIM_WEBHOOKS_IN_FLIGHT_MAX: usize = 64;
/// One webhook POST (Meta's own deadline is not published).
pub const SIM_WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a webhook is sent again (Meta: 7 days).
pub const SIM_WEBHOOK_RETRY_FOR: Duration = Duration::from_secs(600);
/// Statuses waiting for their time.
pub const SIM_STATUSES_WAITING_MAX: usize = 100_000;
/// Statuses put into one webhook.
pub const SIM_STATUSES_PER_WEBHOOK_MAX: usize = 100;
/// How long a request that gets no answer is held before the connection is closed.
pub const SIM_ANSWER_HELD: Duration = Duration::from_secs(60);
/// Added latency that may be asked for.
pub const SIM_LATENCY_MAX: Duration = Duration::from_secs(60);
/// Messages of all loads of one process.
pub const SIM_LOAD_MESSAGES_MAX: usize = 500_000;
/// Messages a second of one load.
pub const SIM_LOAD_RATE_MAX: f64 = 5_000.0;
/// Findings of each kind shown in the oracle's report; the rest are counted.
pub const SIM_FINDINGS_SHOWN_MAX: usize = 20;

const _: () = {
    assert!(DEDUPE_DAYS > WEBHOOK_RETRY_DAYS_MAX, "a copy may come a week later");
    assert!(WEBHOOK_BODY_BYTES_MAX > 3 * 1024 * 1024, "Meta sends up to 3 MB");
    assert!(WEBHOOK_UPDATES_TAKEN_MAX >= WEBHOOK_UPDATES_MAX);
    assert!(SEND_LATE_AFTER.as_millis() < SEND_UNKNOWN_AFTER.as_millis());
    assert!(SEND_UNKNOWN_AFTER.as_secs() <= UNKNOWN_WAIT_DEFAULT.as_secs());
    assert!(UNKNOWN_LOOK_EVERY.as_secs() < UNKNOWN_WAIT_DEFAULT.as_secs());
    assert!(CONNECT_TIMEOUT.as_secs() < SEND_UNKNOWN_AFTER.as_secs());
    assert!(UNKNOWN_WAIT_DEFAULT.as_secs() < UNKNOWN_SILENCE.as_secs());
    assert!(GROUP_COMMIT_MAX <= WRITER_QUEUE_MAX);
    assert!(REQUEST_HEAD_BYTES_MAX > 2 * URI_BYTES_MAX, "a long path is 414, not 431");
    assert!(
        RELOAD_SCAN_EVERY.as_millis() + 2 * RELOAD_SETTLE.as_millis() < 3_000,
        "live within 3 s of a save without events"
    );
    assert!(
        SIM_ANSWER_HELD.as_secs() > SEND_UNKNOWN_AFTER.as_secs(),
        "the client must give up first"
    );
    assert!(
        UPLOAD_RENEWED_AFTER.as_secs() + UPLOAD_RENEWAL_RETRY.as_secs() < UPLOAD_LIVES.as_secs()
    );
    assert!(SIM_UPLOAD_BODY_BYTES_MAX as u64 > DOCUMENT_BYTES_MAX);
    assert!(SIM_MEDIA_BYTES_MAX > SIM_UPLOAD_BODY_BYTES_MAX);
    assert!(SIM_STATUSES_PER_WEBHOOK_MAX <= WEBHOOK_UPDATES_MAX);
    assert!(JOURNAL_LINE_BYTES_MAX > 8 * WEBHOOK_BODY_BYTES_MAX, "a body kept raw, as JSON");
};
