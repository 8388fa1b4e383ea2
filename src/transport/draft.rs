//! How requests are built.
//!
//! Progenitor's methods build a request, send it and read the answer. They can return neither our errors nor an undecoded
//! answer, and know no policy; so only their first part is used. They are methods of this [`Client`], which puts the
//! request aside where they would send it, and [`draft`] drops the method there.

use std::cell::Cell;
use std::future::{Future, Pending, Ready, pending, poll_fn, ready};
use std::pin::Pin;
use std::task::Poll;

use http::Method;
use progenitor_client::OperationInfo;
use serde::Serialize;
use url::Url;

use crate::Operation;
use crate::error::{Error, TransportError};
use crate::generated;

/// What progenitor's methods are called on. Its names are those that they use.
pub(crate) struct Client {
    /// They write it before each path; the address of the server is in `client`.
    pub(crate) baseurl: &'static str,
    pub(crate) client: Requests,
}

thread_local! {
    /// What [`Client::exec`] gives to [`draft`]: the one is called by what the other polls.
    static BUILT: Cell<Option<Box<reqwest::Request>>> = const { Cell::new(None) };
}

impl Client {
    /// For requests to a server, to be sent by an HTTP client.
    pub(crate) fn new(http: reqwest::Client, address: Url) -> Self {
        Self { baseurl: "", client: Requests { http, address } }
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
        BUILT.set(Some(Box::new(request)));
        pending()
    }

    pub(crate) fn post(
        &self,
        _: &reqwest::Result<reqwest::Response>,
        _: &OperationInfo,
    ) -> Ready<Result<(), generated::Error<()>>> {
        ready(Ok(()))
    }
}

/// Begins requests to a server. Only the path is parsed for each; the address was, once.
pub(crate) struct Requests {
    http: reqwest::Client,
    address: Url,
}

impl Requests {
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        let mut url = self.address.clone();
        match url.path().trim_end_matches('/') {
            "" => url.set_path(path),
            prefix => url.set_path(&format!("{prefix}{path}")),
        }
        Builder(reqwest::RequestBuilder::from_parts(self.http.clone(), reqwest::Request::new(method, url)))
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

    pub(crate) fn build(self) -> reqwest::Result<reqwest::Request> {
        self.0.build()
    }
}

/// A request that will be there when it is awaited.
pub(crate) type Draft<'a> = Pin<Box<dyn Future<Output = Result<Box<reqwest::Request>, Error>> + Send + 'a>>;

/// Lets a method of progenitor's build its request.
pub(crate) async fn draft<T>(
    operation: &'static Operation,
    mut method: Pin<&mut impl Future<Output = Result<T, generated::Error<()>>>>,
) -> Result<Box<reqwest::Request>, Error> {
    poll_fn(|context| {
        let ended = method.as_mut().poll(context);
        if let Some(request) = BUILT.take() {
            return Poll::Ready(Ok(request));
        }
        match ended {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(cannot_be_built(operation, &error.to_string()))),
            Poll::Ready(Ok(_)) => Poll::Ready(Err(cannot_be_built(operation, "nothing was built"))),
        }
    })
    .await
}

fn cannot_be_built(operation: &'static Operation, why: &str) -> Error {
    Error::Transport(TransportError {
        operation: operation.id,
        message: format!("the request cannot be built: {why}"),
        may_have_been_processed: false,
        repeatable: true,
        is_final: true,
        request_id: None,
        source: None,
    })
}
