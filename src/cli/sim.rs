//! `usher sim`: the stand-in Cloud API alone.

use super::logging;
use super::output::{self, Exit, Failure, Outcome};
use super::service::bind;
use crate::clock::SystemClock;
use crate::simulator::{self, Faults, Settings, Simulator};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A stand-in for WhatsApp's Cloud API, with customers to play and faults to order
///
/// Point `[whatsapp] api` of usher.toml at it. It takes messages as Meta does, sends signed
/// webhooks, and judges whether every message was answered once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher sim
  usher sim --faults rate_limited=0.01,hidden=0.001 --seed 7
  curl -X POST localhost:9100/sim/customers/351911111111/say -d '{\"text\": \"hello\"}' \\
       -H 'content-type: application/json'
  curl -X POST localhost:9100/sim/customers/351911111111/say -H 'content-type: application/json' \\
       -d '{\"button\": {\"id\": \"yes\", \"title\": \"Yes\"}, \"reply_to\": \"wamid.…\"}'
  curl -X PUT localhost:9100/sim/templates -H 'content-type: application/json' \\
       -d '[{\"name\": \"order_ready\", \"languages\": [\"en\"], \"params\": 2}]'
  curl -X POST localhost:9100/sim/load -H 'content-type: application/json' \
       -d '{\"messages\": 1000, \"rate\": 50, \"customers\": 20, \"text\": \"ping #{n}\"}'
  curl -X PUT localhost:9100/sim/faults -H 'content-type: application/json' \
       -d '{\"server_error\": 0.05, \"once\": {\"timeout\": 1}}'
  curl localhost:9100/sim/report

The report judges what `/sim/load` sent, not what `say` said: a message counts as answered where
the answer repeats its `#` and number, so a load needs a rule that echoes the customer's words.

A customer says one of text, button, row, quick_reply, image, video, document, audio, voice,
sticker, location, contacts, reaction, call; with `reply_to`, on a message of the chat. Files
are samples; `GET /sim/media/ID` gives them.")]
pub(super) struct Args {
    /// Where it listens, for usher and for you
    #[arg(long, default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// Where its webhooks go
    #[arg(long, default_value = "http://127.0.0.1:8080/webhook")]
    webhook: String,
    /// The business number's `phone_number_id`
    #[arg(long, default_value = Settings::NUMBER)]
    number: String,
    /// The business account's id
    #[arg(long, default_value = Settings::ACCOUNT)]
    account: String,
    /// Signs webhooks
    #[arg(long, default_value = Settings::APP_SECRET)]
    app_secret: String,
    /// The bearer token it accepts
    #[arg(long, default_value = Settings::ACCESS_TOKEN)]
    access_token: String,
    /// What chance is thrown from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What goes wrong, as chances: rate_limited server_error timeout reset hidden lost_status
    /// media_gone duplicates reorder; and latency_ms
    #[arg(long, default_value = "")]
    faults: Faults,
}

pub(super) async fn run(args: Args, stop: CancellationToken) -> Outcome {
    logging::start("info");
    if !args.webhook.starts_with("http://") {
        let sentence = "`--webhook` must begin with `http://`: the simulator speaks no TLS; take \
                        `[server] tls` out, or a second `usher.toml` without it";
        return Err(Failure::start(sentence));
    }
    let listener = bind(args.listen, "`--listen`").await?;
    let at = listener.local_addr().unwrap_or(args.listen);
    let clock = Arc::new(SystemClock);
    let simulator = Simulator::new(Settings {
        number: args.number,
        account: args.account,
        app_secret: args.app_secret.into(),
        access_token: args.access_token.into(),
        seed: args.seed,
        faults: args.faults,
        ..Settings::new(args.webhook.clone(), clock)
    });
    output::line(&format!("simulator on http://{at}, webhooks go to {}", args.webhook))?;
    output::line(&format!("set `[whatsapp] api = \"http://{at}/v25.0\"` in usher.toml"))?;
    simulator::serve(simulator, listener, stop).await;
    Ok(Exit::Fine)
}
