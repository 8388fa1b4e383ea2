//! How requests are built.
//!
//! Progenitor's methods build a request, send it and read the answer. They can return neither our errors nor an undecoded
//! answer, and know no policy; so only their first part is used. They are methods of this [`Client`], which puts the
//! request aside where they would send it, and [`draft`] drops the method there.

use std::future::{Future, Pending, Ready, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use http::{HeaderMap, Method};
use progenitor_client::OperationInfo;
use serde::Serialize;

use crate::Operation;
use crate::error::{Error, TransportError};
use crate::generated;

/// What progenitor's methods are called on. Its names are those that they use.
pub(crate) struct Client {
    /// They write it before each path; the address of the server is in `client`.
    pub(crate) baseurl: &'static str,
    pub(crate) client: Requests,
    built: Mutex<Option<reqwest::Request>>,
}

impl Client {
    pub(crate) fn new(client: crate::Client) -> Self {
        Self { baseurl: "", client: Requests(client), built: Mutex::default() }
    }

    /// The version that they would send along; see [`Builder::headers`].
    pub(crate) fn api_version() -> &'static str {
        ""
    }

    pub(crate) fn pre(&self, _: &mut reqwest::Request, _: &OperationInfo) -> Ready<Result<(), generated::Error<()>>> {
        ready(Ok(()))
    }

    /// Puts the request aside. Whoever waits for it has then what it wants.
    pub(crate) fn exec(
        &self,
        request: reqwest::Request,
        _: &OperationInfo,
    ) -> Pending<reqwest::Result<reqwest::Response>> {
        *self.built.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
        pending()
    }

    pub(crate) fn post(
        &self,
        _: &reqwest::Result<reqwest::Response>,
        _: &OperationInfo,
    ) -> Ready<Result<(), generated::Error<()>>> {
        ready(Ok(()))
    }

    fn take(&self) -> Option<reqwest::Request> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Begins requests to the server of a client. Only the path is parsed for each; its address was, once.
pub(crate) struct Requests(crate::Client);

impl Requests {
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        let inner = &self.0.inner;
        let mut url = inner.address.clone();
        match url.path().trim_end_matches('/') {
            "" => url.set_path(path),
            prefix => url.set_path(&format!("{prefix}{path}")),
        }
        Builder(reqwest::RequestBuilder::from_parts(inner.http.clone(), reqwest::Request::new(method, url)))
    }

    pub(crate) fn get(&self, path: String) -> Builder {
        self.request(Method::GET, &path)
    }

    pub(crate) fn post(&self, path: String) -> Builder {
        self.request(Method::POST, &path)
    }

    pub(crate) fn put(&self, path: String) -> Builder {
        self.request(Method::PUT, &path)
    }

    pub(crate) fn patch(&self, path: String) -> Builder {
        self.request(Method::PATCH, &path)
    }

    pub(crate) fn delete(&self, path: String) -> Builder {
        self.request(Method::DELETE, &path)
    }
}

/// A request that is being built.
pub(crate) struct Builder(reqwest::RequestBuilder);

impl Builder {
    pub(crate) fn query(self, query: &(impl Serialize + ?Sized)) -> Self {
        Self(self.0.query(query))
    }

    pub(crate) fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) fn multipart(self, form: reqwest::multipart::Form) -> Self {
        Self(self.0.multipart(form))
    }

    /// Adds headers, but for progenitor's own version header: this API does not know it.
    pub(crate) fn headers(self, mut headers: HeaderMap) -> Self {
        headers.remove("api-version");
        if headers.is_empty() { self } else { Self(self.0.headers(headers)) }
    }

    pub(crate) fn build(self) -> reqwest::Result<reqwest::Request> {
        self.0.build()
    }
}

/// A request that will be there when it is awaited.
pub(crate) type Draft<'a> = Pin<Box<dyn Future<Output = Result<reqwest::Request, Error>> + Send + 'a>>;

/// The requests of a call: that of the first attempt, and those of further ones, which are built when they are needed. A
/// body that is streamed can be sent only once.
pub(crate) struct Drafts<'a> {
    pub(crate) first: Option<reqwest::Request>,
    pub(crate) again: &'a (dyn Fn() -> Draft<'a> + Sync),
}

/// Lets a method of progenitor's build its request.
pub(crate) async fn draft<T>(
    client: &Client,
    operation: &'static Operation,
    mut method: Pin<&mut impl Future<Output = Result<T, generated::Error<()>>>>,
) -> Result<reqwest::Request, Error> {
    poll_fn(|context| {
        let ended = method.as_mut().poll(context);
        if let Some(request) = client.take() {
            return Poll::Ready(Ok(request));
        }
        let message = match ended {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => format!("the request cannot be built: {error}"),
            Poll::Ready(Ok(_)) => "the request was not built".to_owned(),
        };
        Poll::Ready(Err(Error::Transport(TransportError {
            operation: operation.id,
            message,
            may_have_been_processed: false,
            repeatable: true,
            is_final: true,
            request_id: None,
            source: None,
        })))
    })
    .await
}
