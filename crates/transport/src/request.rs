//! Builds requests: the ground on which progenitor's generated methods stand.
//!
//! The methods, one per operation, are generated into `campfire-sdk`. They call [`Server`] and return a `reqwest::Request`.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use serde::Serialize;
use url::Url;

/// The server that requests go to. Its address is parsed once; a request only appends its path.
pub struct Server {
    http: reqwest::Client,
    address: Url,
}

impl Server {
    /// Takes the client that builds the requests, and the address of the server.
    pub fn new(http: reqwest::Client, address: Url) -> Self {
        Self { http, address }
    }

    /// Returns what the address of the server writes before each path.
    pub fn base_path(&self) -> &str {
        self.address.path().trim_end_matches('/')
    }

    /// Starts a request.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.address.clone();
        match url.path().trim_end_matches('/') {
            "" => url.set_path(path),
            prefix => url.set_path(&format!("{prefix}{path}")),
        }
        RequestBuilder(reqwest::RequestBuilder::from_parts(self.http.clone(), reqwest::Request::new(method, url)))
    }
}

macro_rules! methods {
    ($($name:ident => $method:ident)*) => {
        impl Server {
            $(pub fn $name(&self, path: String) -> RequestBuilder {
                self.request(Method::$method, &path)
            })*
        }
    };
}
methods!(get => GET post => POST put => PUT patch => PATCH delete => DELETE);

/// The part of `reqwest::RequestBuilder` that the methods use.
pub struct RequestBuilder(reqwest::RequestBuilder);

impl RequestBuilder {
    pub fn query(self, query: &(impl Serialize + ?Sized)) -> Self {
        Self(self.0.query(query))
    }

    /// Sets the body without copying its bytes. The methods pass `&body`, where `body` is a reference already.
    pub fn json(self, body: &&JsonBody) -> Self {
        let json = HeaderValue::from_static("application/json");
        Self(self.0.header(header::CONTENT_TYPE, json).body(body.0.clone()))
    }

    pub fn multipart(self, form: reqwest::multipart::Form) -> Self {
        Self(self.0.multipart(form))
    }

    pub fn build(self) -> reqwest::Result<reqwest::Request> {
        self.0.build()
    }
}

/// A serialized JSON body. Its bytes are shared by all attempts of a call.
#[derive(Clone, Default)]
pub struct JsonBody(Bytes);

impl JsonBody {
    /// Returns `true` if there is no body.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn new(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::to_vec(value).map(|bytes| Self(bytes.into()))
    }
}

/// The request of one attempt: built, or, where a file has to be opened first, still to be built.
///
/// The error says why the request cannot be built.
pub enum Draft<'a> {
    Built(Result<Box<reqwest::Request>, String>),
    Pending(PendingRequest<'a>),
}

pub type PendingRequest<'a> = Pin<Box<dyn Future<Output = Result<Box<reqwest::Request>, String>> + Send + 'a>>;

impl From<reqwest::Result<reqwest::Request>> for Draft<'_> {
    fn from(request: reqwest::Result<reqwest::Request>) -> Self {
        Self::Built(request.map(Box::new).map_err(|error| error.to_string()))
    }
}

impl<'a> Draft<'a> {
    /// Adds query parameters.
    #[must_use]
    pub fn with_query(self, query: &'a [(String, String)]) -> Self {
        let add = move |mut request: Box<reqwest::Request>| {
            request.url_mut().query_pairs_mut().extend_pairs(query);
            request
        };
        match self {
            draft if query.is_empty() => draft,
            Self::Built(request) => Self::Built(request.map(add)),
            Self::Pending(request) => Self::Pending(Box::pin(async move { request.await.map(add) })),
        }
    }

    pub async fn finish(self) -> Result<Box<reqwest::Request>, String> {
        match self {
            Self::Built(request) => request,
            Self::Pending(request) => request.await,
        }
    }
}
