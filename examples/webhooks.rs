//! Receives webhooks: checks the secret of each delivery in constant time, takes it as a hint that something has changed, and
//! reads from the API what that is.
//!
//! What a delivery contains is not documented: neither its body, nor its signature, nor where the token of the webhook is. So the
//! receiver trusts two secrets only: the one in its own address, which nobody can guess, and the token, wherever the delivery has it.
//! It takes nothing from the body.
//!
//! Without a key, this uses a webhook of a sandbox in this process, which delivers in a form of its own. Two deliveries are forged:
//!
//!     cargo run -p campfire-examples --example webhooks --features sandbox,webhooks
//!
//! With `CAMPFIRE_API_KEY` set, it only reads from the API, and serves at the address that you pass. Create the webhook in the web
//! app with the URL that it prints, behind a proxy of yours that adds TLS:
//!
//!     cargo run -p campfire-examples --example webhooks --features sandbox,webhooks -- 127.0.0.1:8080 SECRET

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use campfire::sandbox::Sandbox;
use campfire::types::{ContractCreate, WebhookCreate};
use campfire::{Change, Client, Json, Watermark};
use subtle::ConstantTimeEq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

#[tokio::main]
async fn main() -> Result<()> {
    if std::env::var_os("CAMPFIRE_API_KEY").is_some() {
        let mut arguments = std::env::args().skip(1);
        let address = arguments.next().context("pass the address to listen at")?;
        let secret = arguments.next().context("pass a secret for the URL")?;
        let receiver = Receiver::new(Client::from_env()?, secret).await?;
        return serve(receiver, TcpListener::bind(address).await?).await;
    }
    println!("No CAMPFIRE_API_KEY: using a sandbox");
    let sandbox = Sandbox::start().await?;
    let campfire = sandbox.client()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let secret = "long-and-random"; // Of your own, from the configuration.
    let webhook = WebhookCreate::new(format!("http://{address}/campfire/{secret}"), true);
    let webhook = campfire.webhooks().create(&webhook).await?;
    let receiver = Receiver::new(campfire.clone(), secret.to_owned()).await?;
    tokio::spawn(serve(receiver, listener));

    let token = webhook.token.as_deref().context("the server has made no token")?;
    println!("\nforged, with a wrong secret: {}", forge(&address, "guessed", token).await?);
    println!("forged, with a wrong token:  {}", forge(&address, secret, "guessed").await?);
    campfire.contracts().create(&ContractCreate::default().deal_name("Northwind 2027")).await?;
    // It delivers by itself as well; this waits for it.
    sandbox.deliver_webhooks().await;
    for event in &campfire.webhooks().events(webhook.id).await?.results {
        println!(
            "the server's log: {} {}",
            event.topic.as_deref().unwrap_or("-"),
            event.status.as_deref().unwrap_or("-")
        );
    }
    Ok(())
}

/// What the receiver knows.
struct Receiver {
    campfire: Client,
    /// The last part of the URL.
    secret: String,
    /// The tokens of the webhooks with that URL.
    tokens: Vec<String>,
    /// How far the contracts have been read. The lock also keeps deliveries that arrive together from reading twice.
    watermark: Mutex<Option<Watermark>>,
}

impl Receiver {
    async fn new(campfire: Client, secret: String) -> Result<Arc<Self>> {
        let webhooks = campfire.webhooks().list().await?.into_inner().results;
        let ours = webhooks.into_iter().filter(|webhook| {
            webhook.active != Some(false) && webhook.url.as_ref().is_some_and(|url| url.ends_with(&secret))
        });
        let tokens: Vec<String> = ours.filter_map(|webhook| webhook.token).collect();
        println!("{} active webhooks point here", tokens.len());
        let receiver = Self { campfire, secret, tokens, watermark: Mutex::new(None) };
        receiver.read_changes().await?;
        Ok(Arc::new(receiver))
    }

    /// Reads the contracts that were changed or deleted since the last time.
    async fn read_changes(&self) -> Result<()> {
        let mut watermark = self.watermark.lock().await;
        let first = watermark.is_none();
        let mut run = self.campfire.contracts().list().sync(watermark.clone());
        while let Some(change) = run.try_next().await? {
            match change {
                _ if first => {}
                Change::Changed(contract) => {
                    println!("changed: contract {} {}", contract.id, contract.deal_name.as_deref().unwrap_or("-"))
                }
                Change::Deleted(contract) => println!("deleted: contract {}", contract.id),
                other => println!("{other:?}"),
            }
        }
        *watermark = run.watermark();
        Ok(())
    }

    /// Returns whether the delivery has one of the tokens: as a header, with or without a word before it, or as a field of its body.
    fn is_authentic(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let body = Json::from_slice(body).unwrap_or(Json::Null);
        let fields = body.as_object().into_iter().flat_map(|object| object.values()).filter_map(Json::as_str);
        let headers = headers.values().filter_map(|value| value.to_str().ok()?.split(' ').next_back());
        headers.chain(fields).any(|value| self.tokens.iter().any(|token| same(value, token)))
    }
}

/// Compares two secrets in a time that depends on their lengths only.
fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

async fn serve(receiver: Arc<Receiver>, listener: TcpListener) -> Result<()> {
    println!("listening at http://{}/campfire/…", listener.local_addr()?);
    let router = Router::new().route("/campfire/{secret}", post(receive)).with_state(receiver);
    Ok(axum::serve(listener, router).await?)
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    if !same(&secret, &receiver.secret) {
        return StatusCode::NOT_FOUND;
    }
    if !receiver.is_authentic(&headers, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    match receiver.read_changes().await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) => {
            eprintln!("{error:#}");
            // Whether the server delivers again is not documented. The next delivery reads these changes, too.
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Forges a delivery, and returns the status of the response.
async fn forge(address: &str, secret: &str, token: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let body = "{}";
    let head =
        format!("POST /campfire/{secret} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-token: {token}\r\n");
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response.lines().next().unwrap_or_default().to_owned())
}
