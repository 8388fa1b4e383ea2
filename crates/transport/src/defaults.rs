//! The defaults of all limits, each with its reason.

use std::time::Duration;

/// Connecting takes milliseconds. A server that needs longer than this is down or unreachable.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Servers close idle connections, many after five seconds. A request on one that is being closed may be lost, and it is
/// then unknown whether it was processed.
pub const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The most connection pools of a client: programs use one or two runtimes, tests one after another.
pub const POOLS: usize = 16;

/// Statements and large pages take the server tens of seconds; beyond a minute, proxies in between give up as well.
pub const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A page of 1,000 contracts has about 2 MB. This admits any page, and keeps a hostile response from filling memory.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// A refusal of a journal with thousands of lines names each of them.
pub const ERROR_BODY: usize = 1024 * 1024;

/// The most rejected fields that an error keeps: more than anybody reads. The body has all of them.
pub const ERROR_FIELDS: usize = 100;

/// Bodies of this size take milliseconds to decode, so they are decoded on a thread that may block.
pub const DECODE_ASIDE: usize = 256 * 1024;

/// Sixteen pages of 1,000 contracts: enough for any concurrency that a server allows, and little memory.
pub const BYTES_AHEAD: usize = 32 * 1024 * 1024;

/// One attempt and three retries bridge a restart of the server (about ten seconds with the waits below).
pub const ATTEMPTS: u32 = 4;

/// The bound of the first wait between attempts. It doubles with each further one.
pub const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait between attempts. A server that asks for more will not be back while anybody waits.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A 429 does not count as a failed attempt, because the request was only early. There must be an end nevertheless.
pub const MAX_RATE_LIMITED: u32 = 20;

/// How long all others wait for the response to a probe after a 429. Then another probe is sent: the first may be lost.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(5);

/// The tokens in a full retry budget: with the cost below, ten retries.
pub const BUDGET: u32 = 100;

/// The cost of a retry in tokens.
pub const RETRY_COST: u32 = 10;

/// The tokens that a success returns: in the long run, retries settle at a tenth of the traffic.
pub const SUCCESS_REFUND: u32 = 1;

/// How much unused pace may be caught up: short bursts pass, and the rate still holds over any longer time.
pub const BURST: Duration = Duration::from_secs(1);

/// The most records that `all()` collects. A larger list is more likely a mistake than a wish.
pub const ALL_RECORDS: usize = 10_000;

/// How far behind its start an incremental run sets the next watermark, so that changes committed late are not missed.
pub const SYNC_OVERLAP: Duration = Duration::from_secs(60);

/// How far two clocks may differ before an incremental run warns. Machines that synchronize their clocks differ by less.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// The number of records of a page that may be set aside because they cannot be decoded.
pub const REJECTED_RECORDS: usize = 10_000;
