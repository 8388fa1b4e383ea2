//! How requests are built.
//!
//! Progenitor's methods build a request, send it and read the answer. They can return neither our errors nor an undecoded
//! answer, and know no policy; so only their first part is used. They are methods of this [`Client`], which puts the
//! request aside where they would send it, and [`draft`] drops the method there.

use std::future::{Future, Pending, Ready, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use http::Method;
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
    is_built: AtomicBool,
}

impl Client {
    pub(crate) fn new(client: crate::Client) -> Self {
        Self { baseurl: "", client: Requests(client), built: Mutex::default(), is_built: AtomicBool::new(false) }
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
        *self.built() = Some(request);
        self.is_built.store(true, Ordering::Release);
        pending()
    }

    pub(crate) fn post(
        &self,
        _: &reqwest::Result<reqwest::Response>,
        _: &OperationInfo,
    ) -> Ready<Result<(), generated::Error<()>>> {
        ready(Ok(()))
    }

    /// The request that was built.
    pub(crate) fn take(&self, operation: &'static Operation) -> Result<reqwest::Request, Error> {
        self.is_built.store(false, Ordering::Release);
        self.built().take().ok_or_else(|| cannot_be_built(operation, "nothing was built"))
    }

    fn built(&self) -> MutexGuard<'_, Option<reqwest::Request>> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner)
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

    pub(crate) fn build(self) -> reqwest::Result<reqwest::Request> {
        self.0.build()
    }
}

/// A request that is being built.
pub(crate) type Draft<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// The requests of a call. That of the first attempt is there, and those of further ones are built when they are needed: a
/// body that is streamed can be sent only once.
pub(crate) struct Drafts<'a> {
    pub(crate) client: &'a Client,
    pub(crate) again: &'a (dyn Fn() -> Draft<'a> + Sync),
}

/// Lets a method of progenitor's build its request. It is left in the client.
pub(crate) async fn draft<T>(
    client: &Client,
    operation: &'static Operation,
    mut method: Pin<&mut impl Future<Output = Result<T, generated::Error<()>>>>,
) -> Result<(), Error> {
    poll_fn(|context| {
        let ended = method.as_mut().poll(context);
        if client.is_built.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        match ended {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(cannot_be_built(operation, &error.to_string()))),
            Poll::Ready(Ok(_)) => Poll::Ready(Ok(())),
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
