//! A sandbox with the whole API, and a client that sends JSON.

use std::path::Path;
use std::sync::OnceLock;

use campfire_codegen::Description;
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::model;
use campfire_sandbox::{ModelSource, ResponseStyle, Sandbox, Sdk};
use campfire_sandbox_model::Model;
use campfire_values::Json;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The whole API, without a client.
pub(crate) enum Whole {}

impl Sdk for Whole {
    type Client = ();
    type Error = std::convert::Infallible;

    fn model() -> &'static ModelSource {
        static SOURCE: OnceLock<ModelSource> = OnceLock::new();
        SOURCE.get_or_init(|| ModelSource::new(model_json()))
    }

    fn client(_: &str, _: &str) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn model_json() -> &'static str {
    static JSON: OnceLock<String> = OnceLock::new();
    JSON.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
        let description = Description::load(&folder).unwrap();
        model::json(&Api::read(&description).unwrap(), &description.overlay)
    })
}

/// Returns the model of the whole API.
pub(crate) fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| serde_json::from_str(model_json()).unwrap())
}

/// Parses JSON.
pub(crate) fn json(text: &str) -> Json {
    text.parse().unwrap()
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Json,
}

/// A sandbox and the address to reach it.
pub(crate) struct Server<S: Sdk = Whole> {
    pub(crate) sandbox: Sandbox<S>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Server { sandbox: Sandbox::start().await.unwrap() }
    }

    pub(crate) async fn lenient(style: ResponseStyle) -> Self {
        let builder = Sandbox::builder().response_style(style).allow_unmodelled(true);
        Server { sandbox: builder.start().await.unwrap() }
    }
}

impl<S: Sdk> Server<S> {
    pub(crate) fn host(&self) -> &str {
        self.sandbox.url().strip_prefix("http://").unwrap()
    }

    /// Sends a request on a connection of its own. An empty body sends none.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Reply {
        self.call_as(method, path, "application/json", body.to_owned().into()).await
    }

    pub(crate) async fn call_as(&self, method: &str, path: &str, content_type: &str, body: Bytes) -> Reply {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header(header::HOST, self.host())
            .header(header::AUTHORIZATION, format!("Token {}", self.sandbox.key()))
            .header(header::CONTENT_TYPE, content_type);
        self.send(request.body(Full::new(body)).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let stream = TcpStream::connect(self.host()).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply { status: head.status.as_u16(), headers: head.headers, body: Json::from_slice(&body).unwrap_or_default() }
    }

    /// Sends a request, and returns the body of the response as text.
    pub(crate) async fn text(&self, request: Request<Full<Bytes>>) -> String {
        let stream = TcpStream::connect(self.host()).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let body = sender.send_request(request).await.unwrap().into_body();
        String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    /// Sends a request that must succeed, and returns the body of the response.
    pub(crate) async fn ok(&self, method: &str, path: &str, body: &str) -> Json {
        let reply = self.call(method, path, body).await;
        assert!((200..300).contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.body);
        reply.body
    }

    /// Creates an active account called `A` and its number. Returns its id. `fields` continue the body, after a comma.
    pub(crate) async fn account(&self, number: &str, account_type: &str, fields: &str) -> i64 {
        let body = format!(
            r#"{{"number": "{number}", "name": "A{number}", "account_type": "{account_type}", "status": "ACTIVE"{fields}}}"#
        );
        self.ok("POST", "/coa/api/account", &body).await["id"].as_i64().unwrap()
    }

    /// Sends a request that must be refused, and returns the body of the response.
    pub(crate) async fn refused(&self, status: u16, method: &str, path: &str, body: &str) -> Json {
        let reply = self.call(method, path, body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
        reply.body
    }
}
