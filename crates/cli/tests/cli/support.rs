//! Runs of the command without a process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

use campfire::sandbox::Sandbox;
use campfire_cli::Session;

/// What a run printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    /// Returns the output of a run that succeeded.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, 0, "{}", self.err);
        self.text()
    }

    /// Asserts that the run failed, and says so.
    #[track_caller]
    pub(crate) fn fails(&self, code: u8, message: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.err.contains(message), "{}", self.err);
    }
}

/// How to run the command.
#[derive(Clone)]
pub(crate) struct Runner {
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) input: String,
    pub(crate) is_terminal: bool,
    pub(crate) width: usize,
}

impl Runner {
    /// Returns a runner without an account.
    pub(crate) fn new() -> Self {
        Self { variables: BTreeMap::new(), input: String::new(), is_terminal: false, width: 80 }
    }

    /// Returns a runner with the key and the address of a sandbox.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self::new().variable("CAMPFIRE_API_KEY", sandbox.key()).variable("CAMPFIRE_BASE_URL", sandbox.url())
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn input(self, input: &str) -> Self {
        Self { input: input.to_owned(), ..self }
    }

    /// Lets output and input be a terminal of this many columns.
    pub(crate) fn terminal(self, width: usize) -> Self {
        Self { is_terminal: true, width, ..self }
    }

    pub(crate) async fn run<A: AsRef<str>>(&self, arguments: &[A]) -> Ran {
        let (out, err) = (Shared::default(), Shared::default());
        let mut session = Session {
            out: Box::new(out.clone()),
            err: Box::new(err.clone()),
            input: Box::new(io::Cursor::new(self.input.clone().into_bytes())),
            variables: self.variables.clone(),
            out_is_terminal: self.is_terminal,
            err_is_terminal: self.is_terminal,
            is_interactive: self.is_terminal,
            width: self.width,
        };
        let arguments = ["campfire"].into_iter().chain(arguments.iter().map(AsRef::as_ref)).map(Into::into).collect();
        let code = campfire_cli::run(arguments, &mut session).await;
        drop(session);
        Ran { code, out: out.take(), err: String::from_utf8(err.take()).unwrap() }
    }
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
