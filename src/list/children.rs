//! [`ChildRecords`]: the child records of every parent.

use std::collections::VecDeque;
use std::error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::record::Record;
use super::records::RecordStream;
use super::source::ListBuilder;
use super::task::{Origin, Task};
use super::token::PageToken;
use campfire_transport::outcome::error::Error;

/// The child records of every parent: a request to configure and then to [stream](Self::stream).
///
/// ```
/// # #[cfg(all(feature = "revenue-recognition", feature = "sandbox"))]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = campfire::sandbox::Sandbox::start().await?;
/// # let campfire = sandbox.client()?;
/// let mut subscriptions = campfire.contracts().all_subscriptions().concurrency(8).stream();
/// loop {
///     match subscriptions.try_next().await {
///         Ok(Some((contract_id, subscription))) => println!("{contract_id}: {}", subscription.id),
///         Ok(None) => break,
///         // A contract that cannot be read does not affect the others.
///         Err(error) if error.parent().is_some() => eprintln!("{error}"),
///         Err(error) => return Err(error.into()),
///     }
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "revenue-recognition", feature = "sandbox")))]
/// # fn main() {}
/// ```
#[must_use = "a request does nothing until it is streamed"]
pub struct ChildRecords<P, C, T> {
    parents: P,
    children: Arc<dyn Fn(i64) -> C + Send + Sync>,
    concurrency: usize,
    record: PhantomData<fn() -> T>,
}

#[allow(private_bounds, reason = "implemented by all lists, and by nothing else")]
impl<P: ListBuilder, C: ListBuilder<Record = T>, T: Record> ChildRecords<P, C, T> {
    pub(crate) fn new(parents: P, children: impl Fn(i64) -> C + Send + Sync + 'static) -> Self {
        Self { parents, children: Arc::new(children), concurrency: 1, record: PhantomData }
    }

    /// Configures the list of parents: `.parents(|list| list.page_size(500))`. Default: all parents.
    pub fn parents(mut self, choose: impl FnOnce(P) -> P) -> Self {
        self.parents = choose(self.parents);
        self
    }

    /// Configures the list of children of each parent. Default: all children.
    pub fn each(mut self, choose: impl Fn(C) -> C + Send + Sync + 'static) -> Self {
        let children = self.children;
        self.children = Arc::new(move |parent| choose(children(parent)));
        self
    }

    /// Reads the children of this many parents at the same time. They are held in memory until it is their turn. Default:
    /// one.
    pub fn concurrency(mut self, parents: usize) -> Self {
        self.concurrency = parents.max(1);
        self
    }

    /// Resumes after the parents that were complete when the token was taken.
    pub fn resume(mut self, token: &PageToken) -> Self {
        self.parents.options_mut().resume = Some(token.clone());
        self
    }

    /// Streams the child records, each with the id of its parent, in the order of the parents.
    pub fn stream(self) -> ChildRecordStream<T> {
        let parents = self.parents.into_source();
        let begin = parents.begin();
        let records: RecordStream<P::Record> = RecordStream::new(parents);
        let parents = Parents { records, children: self.children };
        ChildRecordStream {
            parents: Some(Box::new(parents)),
            concurrency: self.concurrency,
            in_flight: VecDeque::new(),
            current: None,
            failure: None,
            done: Some(begin),
        }
    }
}

impl<P: fmt::Debug, C, T> fmt::Debug for ChildRecords<P, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildRecords").field("parents", &self.parents).finish_non_exhaustive()
    }
}

/// The parents, and how to list the children of each.
struct Parents<P, C> {
    records: RecordStream<P>,
    children: Arc<dyn Fn(i64) -> C + Send + Sync>,
}

/// A child record with the id of its parent.
type Child<T> = Result<(i64, T), ChildRecordError>;

/// The children of one parent, as they are being read.
struct Children<T> {
    /// `None` if the parent cannot be decoded. There is nothing to read, but the error has its place.
    parent: Option<i64>,
    task: Task<Result<Vec<Child<T>>, Error>>,
    /// The position after this parent.
    token: Option<PageToken>,
}

/// The parent whose children are being taken.
struct Current<T> {
    records: VecDeque<Child<T>>,
    /// The position after this parent.
    after: Option<PageToken>,
}

/// The parents, without their type.
trait Source<T>: Send {
    /// Starts to read the children of the next parent.
    fn poll_begin(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Children<T>, Error>>>;
}

impl<P: Record, C: ListBuilder> Source<C::Record> for Parents<P, C> {
    fn poll_begin(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Children<C::Record>, Error>>> {
        loop {
            let (parent, task) = match ready!(Pin::new(&mut self.records).poll_next(context)) {
                Some(Ok(parent)) => {
                    // All parents of this API have ids.
                    let Some(parent) = parent.id() else { continue };
                    let list = (self.children)(parent).into_source();
                    (Some(parent), Origin::here().spawn(read(parent, RecordStream::<C::Record>::new(list))))
                }
                // A list that breaks off has no more parents.
                Some(Err(error @ Error::Record(_))) => (None, Origin::here().spawn(std::future::ready(Err(error)))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
            return Poll::Ready(Some(Ok(Children { parent, task, token: self.records.token() })));
        }
    }
}

/// Reads the children of one parent.
async fn read<T: Unpin + 'static>(parent: i64, mut records: RecordStream<T>) -> Result<Vec<Child<T>>, Error> {
    let mut all = Vec::new();
    while let Some(record) = poll_fn(|context| Pin::new(&mut records).poll_next(context)).await {
        all.push(match record {
            Ok(record) => Ok((parent, record)),
            Err(error) => Err(ChildRecordError::new(Some(parent), error)),
        });
    }
    Ok(all)
}

/// The child records of every parent: see [`ChildRecords::stream`].
///
/// A [`Stream`]; [`ChildRecordStream::try_next`] works without importing the trait. If the children of one parent cannot be
/// read, that is an error in its place, and the other parents follow. If the parents cannot be listed, the stream ends.
#[must_use = "streams do nothing unless polled"]
pub struct ChildRecordStream<T> {
    parents: Option<Box<dyn Source<T>>>,
    concurrency: usize,
    in_flight: VecDeque<Children<T>>,
    current: Option<Current<T>>,
    /// Why there are no more parents; reported once the previous ones are complete.
    failure: Option<Error>,
    done: Option<PageToken>,
}

impl<T: Send + Unpin + 'static> ChildRecordStream<T> {
    /// Returns the next record and the id of its parent, or `None` after the last.
    ///
    /// # Errors
    /// If a record cannot be decoded or the children of a parent cannot be read ([`ChildRecordError::parent`] says which,
    /// and the next call continues after it), or if the parents cannot be listed.
    pub async fn try_next(&mut self) -> Result<Option<(i64, T)>, ChildRecordError> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<T> ChildRecordStream<T> {
    /// Returns the position after the last parent whose children were all taken. `None` if all parents are complete.
    pub fn token(&self) -> Option<PageToken> {
        match &self.current {
            Some(current) if current.records.is_empty() => current.after.clone(),
            _ => self.done.clone(),
        }
    }
}

impl<T: Unpin> Stream for ChildRecordStream<T> {
    type Item = Result<(i64, T), ChildRecordError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            while this.in_flight.len() < this.concurrency {
                let Some(parents) = &mut this.parents else { break };
                match parents.poll_begin(context) {
                    Poll::Pending => break,
                    Poll::Ready(Some(Ok(children))) => this.in_flight.push_back(children),
                    Poll::Ready(Some(Err(error))) => (this.parents, this.failure) = (None, Some(error)),
                    Poll::Ready(None) => this.parents = None,
                }
            }
            if let Some(current) = &mut this.current {
                if let Some(record) = current.records.pop_front() {
                    return Poll::Ready(Some(record));
                }
                this.done = current.after.take();
                this.current = None;
            }
            match this.in_flight.front_mut() {
                Some(children) => {
                    let records = match ready!(children.task.poll(context)) {
                        Ok(records) => records.into(),
                        Err(error) => VecDeque::from([Err(ChildRecordError::new(children.parent, error))]),
                    };
                    this.current =
                        this.in_flight.pop_front().map(|children| Current { records, after: children.token });
                }
                None if this.parents.is_some() => return Poll::Pending,
                None => {
                    let failure = this.failure.take().map(|error| ChildRecordError::new(None, error));
                    return Poll::Ready(failure.map(Err));
                }
            }
        }
    }
}

impl<T> fmt::Debug for ChildRecordStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildRecordStream").field("in_flight", &self.in_flight.len()).finish_non_exhaustive()
    }
}

/// The error of a parent, or of the list of parents.
#[derive(Debug)]
pub struct ChildRecordError {
    parent: Option<i64>,
    error: Box<Error>,
}

impl ChildRecordError {
    fn new(parent: Option<i64>, error: Error) -> Self {
        Self { parent, error: Box::new(error) }
    }

    /// Returns the id of the parent, or `None` if the parents themselves could not be listed.
    pub fn parent(&self) -> Option<i64> {
        self.parent
    }

    /// Returns what failed.
    pub fn into_inner(self) -> Error {
        *self.error
    }
}

impl From<Error> for ChildRecordError {
    fn from(error: Error) -> Self {
        Self::new(None, error)
    }
}

impl fmt::Display for ChildRecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parent {
            Some(parent) => write!(f, "children of {parent}: {}", self.error),
            None => write!(f, "parents: {}", self.error),
        }
    }
}

impl error::Error for ChildRecordError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.error)
    }
}
