//! Sending a call and decoding its response.
//!
//! Everything but the last step is the same code for all operations: the value travels as `Box<dyn Any>`, and
//! [`ResponseFuture`] alone knows its type. There are hundreds of operations, and each instance of this code would be compiled.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::call::Call;
use crate::wire::decode::{Body, Decode, broken_by_key};
use campfire_transport::body::Whole;
use campfire_transport::defaults::DECODE_ASIDE;
use campfire_transport::in_box::in_box;
use campfire_transport::outcome::certainty::Certainty;
use campfire_transport::outcome::error::{ConfigurationError, Error, TimeoutError, TimeoutPhase};
use campfire_transport::outcome::operation::Operation;
use campfire_transport::outcome::rejected::RejectedRecords;
use campfire_transport::outcome::response::{Head, Response};
use campfire_transport::received::Received;
use campfire_transport::secret::Secret;

/// A value that a successful response can be turned into.
pub(crate) trait FromReceived: Sized + Send + 'static {
    fn from_received(received: &mut Received, rejected_records: RejectedRecords) -> Result<Self, Error>;
}

impl<T: Decode> FromReceived for T {
    fn from_received(received: &mut Received, rejected_records: RejectedRecords) -> Result<Self, Error> {
        T::decode(&body(received, rejected_records))
    }
}

/// Returns the body of a response, to be decoded.
pub(crate) fn body(received: &Received, rejected_records: RejectedRecords) -> Body<'_> {
    let Received { operation, status, bytes, authorization, .. } = received;
    Body { operation, status: *status, bytes, rejected_records, secret: Secret::of(authorization) }
}

/// A decoded value, without its type.
pub(crate) type Erased = Box<dyn Any + Send>;

/// Turns a successful response into a value.
pub(crate) type Decoder<T> = fn(&mut Received, RejectedRecords) -> Result<T, Error>;

fn erased<T: FromReceived>(received: &mut Received, rejected_records: RejectedRecords) -> Result<Erased, Error> {
    T::from_received(received, rejected_records).map(|value| Box::new(value) as Erased)
}

/// Gives a value its type back.
pub(crate) fn typed<T: 'static>(response: Response<Erased>) -> Result<Response<T>, Error> {
    let (value, head) = Response::into_parts(response);
    match value.downcast::<T>() {
        Ok(value) => Ok(Response::new(*value, head)),
        Err(_) => Err(mixed_up()),
    }
}

/// The error for a value of another type. Decoder and type are named side by side, so it does not happen.
#[cold]
pub(crate) fn mixed_up() -> Error {
    ConfigurationError::new("the response was decoded as another type").into()
}

/// Sends a call and decodes its response.
#[allow(clippy::manual_async_fn, reason = "the future of an `async fn` holds its arguments twice")]
fn perform(call: Call, decoder: Decoder<Erased>) -> impl Future<Output = Result<Response<Erased>, Error>> + Send {
    async move {
        let received = call.receive(&Whole).await?;
        decode(received, call.rejected_records_policy(), decoder).await
    }
}

/// Decodes a response; a large one on a thread that may block.
pub(crate) async fn decode<T: Send + 'static>(
    received: Box<Received>,
    rejected_records: RejectedRecords,
    decoder: Decoder<T>,
) -> Result<Response<T>, Error> {
    if received.bytes.len() < DECODE_ASIDE {
        read(received, rejected_records, decoder)
    } else {
        // Boxed, so that calls with small responses have no room for it.
        Box::pin(decode_aside(received, rejected_records, decoder)).await
    }
}

/// Decodes a response on a thread that may block.
async fn decode_aside<T: Send + 'static>(
    received: Box<Received>,
    rejected_records: RejectedRecords,
    decoder: Decoder<T>,
) -> Result<Response<T>, Error> {
    let Received { operation, timeout, elapsed, .. } = *received;
    let task = tokio::task::spawn_blocking(move || read(received, rejected_records, decoder));
    let decoded = match timeout {
        None => task.await,
        // The task goes on until it is done, but nobody waits for it.
        Some(timeout) => match tokio::time::timeout(timeout.saturating_sub(elapsed), task).await {
            Ok(decoded) => decoded,
            Err(_) => return Err(not_decoded(operation, timeout)),
        },
    };
    match decoded {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ConfigurationError::new("the runtime was shut down while a response was decoded").into()),
        },
    }
}

/// The error for a response that was not decoded in time. A read may be repeated; everything else took effect.
fn not_decoded(operation: &'static Operation, timeout: Duration) -> Error {
    let certainty = if operation.changes_data() { Certainty::Processed } else { Certainty::MaybeProcessed };
    TimeoutError::new(operation, TimeoutPhase::Call, Some(timeout), certainty).into()
}

/// Turns a successful response into its value, with status, headers and timing.
fn read<T>(
    mut received: Box<Received>,
    rejected_records: RejectedRecords,
    decoder: Decoder<T>,
) -> Result<Response<T>, Error> {
    let error = match decoder(&mut received, rejected_records) {
        Ok(value) => {
            let Received { operation, status, headers, bytes, attempts, elapsed, .. } = *received;
            let bytes = bytes.len() as u64;
            return Ok(Response::new(value, Head { operation, status, headers, elapsed, attempts, bytes }));
        }
        Err(error) => error,
    };
    // The error quotes the response. If that repeats the API key, the error for the response without it is the same.
    let error = match Secret::of(&received.authorization).redact(&received.bytes) {
        Some(redacted) => {
            received.bytes = redacted.into();
            let error = decoder(&mut received, rejected_records).err();
            error.unwrap_or_else(|| broken_by_key(&body(&received, rejected_records)))
        }
        None => error,
    };
    Err(error.with_request_id(&received.headers))
}

/// The response to a request, as a future. The request is sent when the future is first polled.
///
/// `send()` of every request builder returns it, and awaiting a builder polls it.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<T> {
    response: Pin<Box<dyn Future<Output = Result<Response<Erased>, Error>> + Send>>,
    value: PhantomData<fn() -> T>,
}

impl<T: 'static> ResponseFuture<T> {
    pub(crate) fn new(call: Call) -> Self
    where
        T: FromReceived,
    {
        Self { response: in_box(|| perform(call, erased::<T>)), value: PhantomData }
    }

    /// Sends the request and blocks this thread until the response arrives.
    ///
    /// # Errors
    /// See [`Error`].
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Result<Response<T>, Error> {
        crate::blocking::runtime::wait(self.response).and_then(typed)
    }
}

impl<T: 'static> Future for ResponseFuture<T> {
    type Output = Result<Response<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.response.as_mut().poll(context).map(|response| response.and_then(typed))
    }
}

impl<T> fmt::Debug for ResponseFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// Adds the methods that every request builder has.
macro_rules! request {
    ($builder:ident => $response:ty) => {
        impl $builder {
            /// Sends this `Idempotency-Key`. If the server honors it, a retried call with the same key and body takes
            /// effect only once.
            #[inline]
            pub fn idempotency_key(mut self, key: impl ::std::convert::AsRef<str>) -> Self {
                self.call.idempotency_key(key.as_ref());
                self
            }

            /// Limits the time of the whole call, in place of the client's limit.
            #[inline]
            pub fn timeout(mut self, limit: ::std::time::Duration) -> Self {
                self.call.timeout(limit);
                self
            }

            /// Sets the retry policy of this call, in place of the client's policy.
            #[inline]
            pub fn retry(mut self, policy: crate::RetryPolicy) -> Self {
                self.call.retry(policy);
                self
            }

            /// Sends a query parameter that the description does not list. It is sent as it is, in addition to all others.
            #[inline]
            pub fn query(
                mut self,
                name: impl ::std::convert::AsRef<str>,
                value: impl ::std::convert::AsRef<str>,
            ) -> Self {
                self.call.query(name.as_ref(), value.as_ref());
                self
            }

            /// Sends an additional header.
            #[inline]
            pub fn header(
                mut self,
                name: impl ::std::convert::AsRef<str>,
                value: impl ::std::convert::AsRef<str>,
            ) -> Self {
                self.call.header(name.as_ref(), value.as_ref());
                self
            }

            /// Sends the request. Awaiting the builder does the same.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            #[inline]
            pub fn send(self) -> crate::ResponseFuture<$response> {
                crate::ResponseFuture::new(self.call)
            }

            /// Sends the request and returns the response as untyped JSON, whatever its shape.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            #[inline]
            pub fn send_untyped(self) -> crate::ResponseFuture<crate::Json> {
                crate::ResponseFuture::new(self.call)
            }

            /// Sends the request and blocks this thread until the response arrives.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            #[cfg(feature = "blocking")]
            #[inline]
            pub fn wait(self) -> ::std::result::Result<crate::Response<$response>, crate::Error> {
                self.send().wait()
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = ::std::result::Result<crate::Response<$response>, crate::Error>;
            type IntoFuture = crate::ResponseFuture<$response>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.send()
            }
        }
    };
}

pub(crate) use request;
