//! Hooks for the user's own headers and metrics. They never see the API key.

use std::sync::Arc;

use http::{HeaderName, Uri, header, request, response};

use crate::outcome::error::{Error, RequestError};
use crate::outcome::event::Event;
use crate::outcome::operation::Operation;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

type OnRequest = dyn Fn(&'static Operation, &mut request::Parts) + Send + Sync;
type OnResponse = dyn Fn(&'static Operation, &response::Parts) + Send + Sync;
type OnEvent = dyn Fn(&Event<'_>) + Send + Sync;

#[derive(Clone, Default)]
pub struct Hooks {
    pub on_request: Option<Arc<OnRequest>>,
    pub on_response: Option<Arc<OnResponse>>,
    pub on_event: Option<Arc<OnEvent>>,
}

impl Hooks {
    pub fn emit(&self, event: &Event<'_>) {
        if let Some(hook) = &self.on_event {
            hook(event);
        }
    }

    /// Lets the user's hook change the head of a request. It sees no API key and cannot set one: an `authorization` header
    /// that it sets is dropped, and a request that it redirects to another server is not sent.
    pub fn outgoing(
        &self,
        operation: &'static Operation,
        request: &mut reqwest::Request,
        key_header: &HeaderName,
    ) -> Result<(), Error> {
        let Some(hook) = &self.on_request else { return Ok(()) };
        let reject = |message: &str| Err(RequestError::new(operation, message).into());
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.method = request.method().clone();
        head.headers = std::mem::take(request.headers_mut());
        let Ok(uri) = request.url().as_str().parse::<Uri>() else {
            return reject("its URL cannot be shown to the `on_request` hook");
        };
        head.uri = uri;
        let key = head.headers.get(IDEMPOTENCY_KEY).cloned();
        hook(operation, &mut head);
        if key.is_some() && key.as_ref() != head.headers.get(IDEMPOTENCY_KEY) {
            return reject("the `on_request` hook changed its `idempotency-key`, which all attempts share");
        }
        if head.method != *request.method() {
            return reject("the `on_request` hook changed its method, on which its retry class depends");
        }
        let Ok(url) = head.uri.to_string().parse::<url::Url>() else {
            return reject("the `on_request` hook set an invalid URL");
        };
        if url.origin() != request.url().origin() {
            return reject("the `on_request` hook redirected it to another server");
        }
        *request.url_mut() = url;
        head.headers.remove(header::AUTHORIZATION);
        head.headers.remove(key_header);
        *request.headers_mut() = head.headers;
        Ok(())
    }

    /// Shows the head of a response to the user's hook.
    pub fn incoming(&self, operation: &'static Operation, response: &reqwest::Response) {
        let Some(hook) = &self.on_response else { return };
        let (mut head, ()) = http::Response::new(()).into_parts();
        head.status = response.status();
        head.version = response.version();
        head.headers = response.headers().clone();
        hook(operation, &head);
    }
}
