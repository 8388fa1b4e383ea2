//! [`FanOut`]: the lists below all rows of another.

use std::collections::VecDeque;
use std::error;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::task::Task;
use super::token::PageToken;
use super::{List, Row};
use crate::error::Error;
use crate::{Pages, Rows};

/// The rows that exist only below a parent, over all parents: a request, to set options on and then to
/// [stream](Self::stream).
///
/// ```
/// # #[cfg(all(feature = "revenue-recognition", feature = "sandbox"))]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = campfire::sandbox::Sandbox::start().await?;
/// # let campfire = sandbox.client()?;
/// let mut rows = campfire.contracts().subscriptions_of_all().concurrency(8).stream();
/// loop {
///     match rows.try_next().await {
///         Ok(Some((contract_id, subscription))) => println!("{contract_id}: {}", subscription.id),
///         Ok(None) => break,
///         // One contract that cannot be read costs the others nothing.
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
pub struct FanOut<P, C, T> {
    parents: P,
    below: Arc<dyn Fn(i64) -> C + Send + Sync>,
    concurrency: usize,
    row: PhantomData<fn() -> T>,
}

#[allow(private_bounds, reason = "implemented by all lists, and by nothing else")]
impl<P: List, C: List<Row = T>, T: Row + Send + Unpin + 'static> FanOut<P, C, T> {
    pub(crate) fn new(parents: P, below: impl Fn(i64) -> C + Send + Sync + 'static) -> Self {
        Self { parents, below: Arc::new(below), concurrency: 1, row: PhantomData }
    }

    /// The parents to go through, instead of all: `.parents(|list| list.page_size(500))`.
    pub fn parents(mut self, choose: impl FnOnce(P) -> P) -> Self {
        self.parents = choose(self.parents);
        self
    }

    /// What to ask for below each parent, instead of everything.
    pub fn each(mut self, choose: impl Fn(C) -> C + Send + Sync + 'static) -> Self {
        let below = self.below;
        self.below = Arc::new(move |parent| choose(below(parent)));
        self
    }

    /// Reads below so many parents at a time; what is below each of them is held until its turn. Default: one.
    pub fn concurrency(mut self, parents: usize) -> Self {
        self.concurrency = parents.max(1);
        self
    }

    /// Goes on behind the parents that were read when the token was taken.
    pub fn resume(mut self, token: &PageToken) -> Self {
        self.parents.call_mut().list_mut().resume = Some(token.clone());
        self
    }

    /// The rows below all parents, each with the id of its parent, in the order of the parents.
    pub fn stream(self) -> FanOutRows<T> {
        let begin = self.parents.begin();
        let operation = self.parents.call().operation().id;
        let parents = Rows::new(operation, Pages::new(self.parents), begin.clone());
        let parents = Parents { rows: parents, below: self.below };
        FanOutRows {
            parents: Some(Box::new(parents)),
            concurrency: self.concurrency,
            flying: VecDeque::new(),
            current: None,
            failure: None,
            done: Some(begin),
        }
    }
}

impl<P: fmt::Debug, C, T> fmt::Debug for FanOut<P, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanOut").field("parents", &self.parents).finish_non_exhaustive()
    }
}

/// The parents, and how to read below each.
struct Parents<P, C> {
    rows: Rows<P>,
    below: Arc<dyn Fn(i64) -> C + Send + Sync>,
}

/// What is below one parent.
struct Below<T> {
    parent: i64,
    task: Task<Result<Vec<Result<T, Error>>, Error>>,
    /// Where the parents go on behind it.
    token: Option<PageToken>,
}

/// The parent whose rows are being taken, and where the parents go on behind it.
struct Current<T> {
    parent: i64,
    rows: VecDeque<Result<T, Error>>,
    after: Option<PageToken>,
}

/// The parents without their types.
trait Source<T>: Send {
    /// Begins to read below the next parent.
    fn poll_begin(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Below<T>, Error>>>;
}

impl<P: Row + Send + Unpin + 'static, C: List> Source<C::Row> for Parents<P, C> {
    fn poll_begin(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Below<C::Row>, Error>>> {
        loop {
            let parent = match ready!(Pin::new(&mut self.rows).poll_next(context)) {
                Some(Ok(parent)) => parent,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
            // All parents of this API have ids.
            let Some(parent) = parent.identity() else { continue };
            let list = (self.below)(parent);
            let (operation, begin) = (list.call().operation().id, list.begin());
            let mut rows = Rows::new(operation, Pages::new(list), begin);
            let task = Task::spawn(async move {
                let mut all = Vec::new();
                while let Some(row) = std::future::poll_fn(|context| Pin::new(&mut rows).poll_next(context)).await {
                    all.push(row);
                }
                Ok(all)
            });
            return Poll::Ready(Some(Ok(Below { parent, task, token: self.rows.token() })));
        }
    }
}

/// The rows below all parents: see [`FanOut::stream`].
///
/// A [`Stream`]; [`FanOutRows::try_next`] needs no import. What fails below one parent is an error in its place, and the
/// other parents follow; when the parents themselves cannot be listed, the stream ends.
#[must_use = "streams do nothing unless polled"]
pub struct FanOutRows<T> {
    parents: Option<Box<dyn Source<T>>>,
    concurrency: usize,
    flying: VecDeque<Below<T>>,
    current: Option<Current<T>>,
    /// Why there are no more parents; told when those before are through.
    failure: Option<Error>,
    done: Option<PageToken>,
}

impl<T: Send + Unpin + 'static> FanOutRows<T> {
    /// The next row and the id of its parent, or `None` after the last.
    ///
    /// # Errors
    /// When a row does not decode or a parent cannot be read ([`FanOutError::parent`] says which, and the next call goes on
    /// behind it), or when the parents cannot be listed.
    pub async fn try_next(&mut self) -> Result<Option<(i64, T)>, FanOutError> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<T> FanOutRows<T> {
    /// Where to go on: behind the last parent whose rows were all taken. `None` when all parents are through.
    pub fn token(&self) -> Option<PageToken> {
        match &self.current {
            Some(current) if current.rows.is_empty() => current.after.clone(),
            _ => self.done.clone(),
        }
    }
}

impl<T: Unpin> Stream for FanOutRows<T> {
    type Item = Result<(i64, T), FanOutError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            while this.flying.len() < this.concurrency {
                let Some(parents) = &mut this.parents else { break };
                match parents.poll_begin(context) {
                    Poll::Pending => break,
                    Poll::Ready(Some(Ok(below))) => this.flying.push_back(below),
                    // A parent that does not decode has no id to look below; a list that breaks off has no more.
                    Poll::Ready(Some(Err(error @ Error::Record(_)))) => {
                        return Poll::Ready(Some(Err(FanOutError { parent: None, error: Box::new(error) })));
                    }
                    Poll::Ready(Some(Err(error))) => (this.parents, this.failure) = (None, Some(error)),
                    Poll::Ready(None) => this.parents = None,
                }
            }
            if let Some(current) = &mut this.current {
                let parent = current.parent;
                match current.rows.pop_front() {
                    Some(Ok(row)) => return Poll::Ready(Some(Ok((parent, row)))),
                    Some(Err(error)) => {
                        let error = Box::new(error);
                        return Poll::Ready(Some(Err(FanOutError { parent: Some(parent), error })));
                    }
                    None => {
                        this.done = current.after.take();
                        this.current = None;
                    }
                }
            }
            match this.flying.front_mut() {
                Some(below) => {
                    let rows = match ready!(below.task.poll(context)) {
                        Ok(rows) => rows.into(),
                        Err(error) => VecDeque::from([Err(error)]),
                    };
                    this.current = this.flying.pop_front().map(|Below { parent, token, .. }| Current {
                        parent,
                        rows,
                        after: token,
                    });
                }
                None if this.parents.is_some() => return Poll::Pending,
                None => {
                    let error = this.failure.take().map(|error| FanOutError { parent: None, error: Box::new(error) });
                    return Poll::Ready(error.map(Err));
                }
            }
        }
    }
}

impl<T> fmt::Debug for FanOutRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanOutRows").field("flying", &self.flying.len()).finish_non_exhaustive()
    }
}

/// What failed, and below which parent.
#[derive(Debug)]
pub struct FanOutError {
    parent: Option<i64>,
    error: Box<Error>,
}

impl FanOutError {
    /// The id of the parent; `None` when the parents themselves could not be listed.
    pub fn parent(&self) -> Option<i64> {
        self.parent
    }

    /// What failed.
    pub fn into_inner(self) -> Error {
        *self.error
    }
}

impl From<Error> for FanOutError {
    fn from(error: Error) -> Self {
        Self { parent: None, error: Box::new(error) }
    }
}

impl fmt::Display for FanOutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parent {
            Some(parent) => write!(f, "below {parent}: {}", self.error),
            None => write!(f, "the parents: {}", self.error),
        }
    }
}

impl error::Error for FanOutError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.error)
    }
}
