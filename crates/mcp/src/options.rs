//! The settings of the server.

use std::time::Duration;

/// The settings of the server. By default, it only reads.
///
/// ```
/// use campfire_mcp::Options;
///
/// let options = Options::default().allow_writes(true).page_size(50);
/// assert!(options.allow_writes);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Offers the tool that makes writes. Each needs a preview and its token. Default: off.
    pub allow_writes: bool,
    /// Returns a token also for writes that the sandbox does not model or refuses, so that there is no preview of them.
    /// Default: off.
    pub allow_unpreviewed: bool,
    /// The number of records on a page, unless the agent asks for another. Default: 20.
    pub page_size: u64,
    /// The most records on a page. Default: 200.
    pub max_page_size: u64,
    /// The most bytes of a result. Default: 24,000, which is about 8,000 tokens.
    pub max_result_bytes: usize,
    /// The most bytes of a message from the agent. Default: 1 MiB.
    pub max_message_bytes: usize,
    /// The time within which a preview can be confirmed. Default: 10 minutes.
    pub confirm_within: Duration,
    /// The most records that a preview copies, besides the chart of accounts. Default: 200.
    pub max_copied_records: usize,
    /// The most accounts that a preview copies. Default: 5,000.
    pub max_copied_accounts: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_writes: false,
            allow_unpreviewed: false,
            page_size: 20,
            max_page_size: 200,
            max_result_bytes: 24_000,
            max_message_bytes: 1024 * 1024,
            confirm_within: Duration::from_secs(600),
            max_copied_records: 200,
            max_copied_accounts: 5_000,
        }
    }
}

impl Options {
    /// Sets [`allow_writes`](Self::allow_writes).
    pub fn allow_writes(mut self, allow: bool) -> Self {
        self.allow_writes = allow;
        self
    }

    /// Sets [`allow_unpreviewed`](Self::allow_unpreviewed).
    pub fn allow_unpreviewed(mut self, allow: bool) -> Self {
        self.allow_unpreviewed = allow;
        self
    }

    /// Sets [`page_size`](Self::page_size).
    pub fn page_size(mut self, records: u64) -> Self {
        self.page_size = records;
        self
    }

    /// Sets [`max_page_size`](Self::max_page_size).
    pub fn max_page_size(mut self, records: u64) -> Self {
        self.max_page_size = records;
        self
    }

    /// Sets [`max_result_bytes`](Self::max_result_bytes).
    pub fn max_result_bytes(mut self, bytes: usize) -> Self {
        self.max_result_bytes = bytes;
        self
    }

    /// Sets [`max_message_bytes`](Self::max_message_bytes).
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Sets [`confirm_within`](Self::confirm_within).
    pub fn confirm_within(mut self, time: Duration) -> Self {
        self.confirm_within = time;
        self
    }

    /// Sets [`max_copied_records`](Self::max_copied_records).
    pub fn max_copied_records(mut self, records: usize) -> Self {
        self.max_copied_records = records;
        self
    }

    /// Sets [`max_copied_accounts`](Self::max_copied_accounts).
    pub fn max_copied_accounts(mut self, accounts: usize) -> Self {
        self.max_copied_accounts = accounts;
        self
    }
}
