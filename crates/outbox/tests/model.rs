//! Checks the intent log by search: every interleaving of crash, lost response, duplicate worker, delayed request and late
//! visibility, for up to three intents and two workers. The search of three intents visits 1.8 million states:
//! `cargo test --release -p campfire-outbox --test model -- --ignored --nocapture`
//!
//! The search runs the code of `campfire_outbox::machine` itself. Time is relative: `NOW` stands still, and a tick moves all
//! timestamps back by one, so the number of states is finite. Intents and workers are interchangeable, so states that differ
//! only in their order are one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use campfire_outbox::machine::{self, Event, Millis, NEVER, Rules, State, Status, Task};

const NOW: Millis = 100;
/// Older timestamps are all the same.
const LONG_AGO: Millis = NOW - 1 - RULES.settle;
const INTENTS: usize = 3;
const WORKERS: usize = 2;

/// How many ticks the server may take to process a request after its sender has given up, and to list a record.
const SERVER_DELAY: i8 = 1;
const LIST_LAG: i8 = 1;

const RULES: Rules = Rules { lease: 1, settle: (SERVER_DELAY + LIST_LAG) as Millis + 1, resend: true, wait: 1 };

/// What a worker does with an intent. A worker does one thing at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Work {
    /// Claimed for sending; `left` ticks until the lease ends.
    Claimed { fence: i64, left: i8 },
    /// Sent, and waiting for the response.
    Waiting { fence: i64, left: i8 },
    /// The response arrived or not, but is not recorded yet.
    Ended { fence: i64, outcome: Outcome },
    /// Claimed for reading the list.
    Looking { fence: i64 },
    /// The list was read at that time.
    Looked { fence: i64, read_at: Millis, seen: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Outcome {
    Created,
    Refused,
    Unsent,
    Lost,
}

/// An intent in the log, and everything in the world that concerns it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
struct Intent {
    status: Status,
    fence: i64,
    due: Millis,
    dead: Millis,
    /// Records on the server.
    records: u8,
    /// Ticks until the list must contain the record; 0 if it does.
    hidden: i8,
    /// Requests on their way: ticks until each is processed or gone.
    requests: Vec<i8>,
    work: Vec<Work>,
}

type World = [Intent; INTENTS];

/// A way to break the protocol, which the search has to notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bug {
    None,
    /// The intent is claimed only after its request was sent.
    ClaimAfterSending,
    /// A list that may lag counts at once.
    NoSettling,
    /// Requests go on after their lease has ended.
    RequestsOutliveLeases,
    /// Reports of workers that were replaced are accepted.
    NoFence,
}

impl Intent {
    fn new() -> Self {
        let State { status, fence, due, dead, .. } = State::planned();
        let due = due.max(NOW);
        Self { status, fence, due, dead, records: 0, hidden: 0, requests: Vec::new(), work: Vec::new() }
    }

    fn apply<R>(&mut self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state =
            State { status: self.status, fence: self.fence, due: self.due, dead: self.dead, ..State::planned() };
        let result = change(&mut state);
        State { status: self.status, fence: self.fence, due: self.due, dead: self.dead, .. } = state;
        result
    }

    /// Makes states equal that cannot be told apart from now on.
    fn normalize(&mut self, fences_count: bool) {
        self.forget();
        // Only whether a fence is the current one matters, and nobody listens to a worker that was replaced.
        let current = self.fence;
        for work in &mut self.work {
            let (Work::Claimed { fence, .. }
            | Work::Waiting { fence, .. }
            | Work::Ended { fence, .. }
            | Work::Looking { fence }
            | Work::Looked { fence, .. }) = work;
            *fence = i64::from(*fence == current);
            let is_done = matches!(work, Work::Ended { .. } | Work::Looking { .. } | Work::Looked { .. });
            if fences_count && is_done && !is_current(work) {
                *work = Work::Ended { fence: 0, outcome: Outcome::Lost };
            }
        }
        self.fence = 1;
        self.due = self.due.max(NOW);
        self.requests.sort_unstable();
        self.work.sort_unstable();
    }

    /// Drops what no transition reads any more.
    fn forget(&mut self) {
        if !self.status.is_pending() {
            self.due = NOW;
        }
        if !matches!(self.status, Status::Sending | Status::Open) {
            self.dead = NEVER;
        }
        if !self.status.is_pending() && self.work.is_empty() && self.requests.is_empty() {
            *self = Self { status: Status::Canceled, fence: 1, ..Self::new() };
        }
    }

    fn tick(&mut self) {
        let age =
            |time: &mut Millis, floor: Millis| *time = if *time == NEVER { NEVER } else { (*time - 1).max(floor) };
        age(&mut self.due, NOW);
        age(&mut self.dead, LONG_AGO);
        self.hidden = (self.hidden - 1).max(0);
        self.requests.retain_mut(|left| {
            *left -= 1;
            *left >= 0
        });
        for work in &mut self.work {
            match work {
                Work::Claimed { left, .. } => *left = (*left - 1).max(0),
                Work::Waiting { fence, left } if *left <= 1 => {
                    *work = Work::Ended { fence: *fence, outcome: Outcome::Lost };
                }
                Work::Waiting { left, .. } => *left -= 1,
                Work::Looked { read_at, .. } => age(read_at, LONG_AGO),
                Work::Ended { .. } | Work::Looking { .. } => {}
            }
        }
    }
}

/// The search: the rules, the bug, and what was seen.
struct Search {
    rules: Rules,
    bug: Bug,
    intents: usize,
}

impl Search {
    fn new(bug: Bug) -> Self {
        let settle = if bug == Bug::NoSettling { 0 } else { RULES.settle };
        Self { rules: Rules { settle, ..RULES }, bug, intents: INTENTS }
    }

    /// Visits every reachable world. Returns how many there are, or the first one that holds a record twice or lies.
    fn run(&self) -> Result<usize, Box<World>> {
        let start: World = std::array::from_fn(|index| {
            let mut intent = Intent::new();
            // Fewer intents: the others have ended.
            intent.status = if index < self.intents { Status::Planned } else { Status::Canceled };
            intent.normalize(true);
            intent
        });
        let mut seen = HashSet::from([fingerprint(&start)]);
        let mut queue = vec![start];
        while let Some(world) = queue.pop() {
            let mut failed = None;
            self.successors(&world, &mut |mut next| {
                if !next.iter().all(is_sound) {
                    failed.get_or_insert(Box::new(next));
                    return;
                }
                next.iter_mut().for_each(|intent| intent.normalize(self.bug != Bug::NoFence));
                next.sort_unstable();
                if seen.insert(fingerprint(&next)) {
                    queue.push(next);
                }
            });
            if let Some(world) = failed {
                return Err(world);
            }
        }
        Ok(seen.len())
    }

    fn successors(&self, world: &World, found: &mut impl FnMut(World)) {
        let mut ticked = world.clone();
        ticked.iter_mut().for_each(Intent::tick);
        found(ticked);
        let idle = world.iter().map(|intent| intent.work.len()).sum::<usize>() < WORKERS;
        for index in 0..world.len() {
            let mut with = |change: &dyn Fn(&mut Intent)| {
                let mut next = world.clone();
                change(&mut next[index]);
                found(next);
            };
            if idle {
                self.claim(&world[index], &mut with);
            }
            self.server(&world[index], &mut with);
            for at in 0..world[index].work.len() {
                // A crash at any moment: what is on its way stays on its way.
                with(&|intent| {
                    intent.work.remove(at);
                });
                self.work(&world[index], at, &mut with);
            }
        }
    }

    fn claim(&self, intent: &Intent, with: &mut impl FnMut(&dyn Fn(&mut Intent))) {
        if self.bug == Bug::ClaimAfterSending && intent.status == Status::Planned && intent.due <= NOW {
            return with(&|intent| self.send(intent, intent.fence, self.rules.lease as i8));
        }
        let mut probe = intent.clone();
        if probe.apply(|state| machine::claim(state, NOW, &self.rules)).is_none() {
            return;
        }
        with(&|intent| {
            let task = intent.apply(|state| machine::claim(state, NOW, &self.rules));
            let (fence, left) = (intent.fence, self.rules.lease as i8);
            intent.work.push(match task {
                Some(Task::Send) => Work::Claimed { fence, left },
                _ => Work::Looking { fence },
            });
        });
    }

    fn send(&self, intent: &mut Intent, fence: i64, left: i8) {
        let life = if self.bug == Bug::RequestsOutliveLeases { left + 4 } else { left };
        intent.requests.push(life + SERVER_DELAY);
        intent.work.push(Work::Waiting { fence, left: life });
    }

    /// The server processes a request, refuses it, loses it, or lists a record, each at any moment.
    fn server(&self, intent: &Intent, with: &mut impl FnMut(&dyn Fn(&mut Intent))) {
        let waiting = intent.work.iter().position(|work| matches!(work, Work::Waiting { .. }));
        let respond = |intent: &mut Intent, outcome| {
            if let Some(at) = waiting
                && let Work::Waiting { fence, .. } = intent.work[at]
            {
                intent.work[at] = Work::Ended { fence, outcome };
            }
        };
        for at in 0..intent.requests.len() {
            with(&|intent| {
                intent.requests.remove(at);
            });
            let process = |intent: &mut Intent| {
                intent.requests.remove(at);
                intent.records += 1;
                intent.hidden = LIST_LAG;
            };
            with(&process);
            // With one request and one waiting worker, they belong together.
            if waiting.is_some() && intent.requests.len() == 1 {
                with(&|intent| {
                    process(intent);
                    respond(intent, Outcome::Created);
                });
                with(&|intent| {
                    intent.requests.remove(at);
                    respond(intent, Outcome::Refused);
                });
            }
        }
        if intent.hidden > 0 {
            with(&|intent| intent.hidden = 0);
        }
    }

    fn work(&self, intent: &Intent, at: usize, with: &mut impl FnMut(&dyn Fn(&mut Intent))) {
        match intent.work[at] {
            Work::Claimed { fence, left } => {
                if left > 0 {
                    with(&|intent| {
                        intent.work.remove(at);
                        self.send(intent, fence, left);
                    });
                }
                with(&|intent| intent.work[at] = Work::Ended { fence, outcome: Outcome::Unsent });
            }
            Work::Waiting { fence, .. } => {
                with(&|intent| intent.work[at] = Work::Ended { fence, outcome: Outcome::Lost });
            }
            Work::Looking { fence } => {
                let seen = intent.records > 0;
                // A record that the list may lack is listed or not.
                if !seen || intent.hidden == 0 {
                    with(&|intent| intent.work[at] = Work::Looked { fence, read_at: NOW, seen });
                } else {
                    with(&|intent| intent.work[at] = Work::Looked { fence, read_at: NOW, seen: false });
                }
            }
            Work::Ended { fence, outcome } => with(&|intent| {
                intent.work.remove(at);
                let text = String::new();
                self.record(
                    intent,
                    fence,
                    match outcome {
                        Outcome::Created => Event::Created(None),
                        Outcome::Refused => Event::Refused(text),
                        Outcome::Unsent => Event::Unsent(text),
                        Outcome::Lost => Event::Lost(text),
                    },
                );
            }),
            Work::Looked { fence, read_at, seen } => with(&|intent| {
                intent.work.remove(at);
                self.record(intent, fence, if seen { Event::Seen(None) } else { Event::Absent(read_at) });
            }),
        }
    }

    fn record(&self, intent: &mut Intent, fence: i64, event: Event) {
        let bug = self.bug;
        let _ = intent.apply(|state| {
            if bug == Bug::ClaimAfterSending && state.status == Status::Planned {
                let _ = machine::claim(state, NOW, &self.rules);
                return machine::record(state, state.fence, event, NOW, &self.rules);
            }
            let fence = if bug == Bug::NoFence { state.fence } else { fence };
            machine::record(state, fence, event, NOW, &self.rules)
        });
    }
}

/// No record twice, and none that is claimed to exist and does not, or the other way around.
fn is_sound(intent: &Intent) -> bool {
    let truthful = match intent.status {
        Status::Created | Status::Found => intent.records == 1,
        Status::Refused => intent.records == 0,
        _ => true,
    };
    intent.records <= 1 && truthful
}

/// Returns `true` if the log would accept what the worker reports.
fn is_current(work: &Work) -> bool {
    let (Work::Claimed { fence, .. }
    | Work::Waiting { fence, .. }
    | Work::Ended { fence, .. }
    | Work::Looking { fence }
    | Work::Looked { fence, .. }) = work;
    *fence == 1
}

fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

fn check(intents: usize, at_least: usize) {
    let search = Search { intents, ..Search::new(Bug::None) };
    let states = search.run().unwrap_or_else(|world| panic!("{world:#?}"));
    println!("{intents} intents, {WORKERS} workers: {states} states");
    assert!(states >= at_least, "the search ended after {states} states");
}

#[test]
fn no_interleaving_of_two_intents_creates_a_record_twice() {
    check(1, 500);
    check(2, 50_000);
}

#[test]
#[ignore = "20 s if optimized; cargo test --release -p campfire-outbox --test model -- --ignored --nocapture"]
fn no_interleaving_of_three_intents_creates_a_record_twice() {
    check(3, 1_700_000);
}

#[test]
fn the_search_finds_each_bug() {
    for bug in [Bug::ClaimAfterSending, Bug::NoSettling, Bug::RequestsOutliveLeases, Bug::NoFence] {
        let search = Search { intents: 1, ..Search::new(bug) };
        assert!(search.run().is_err(), "{bug:?} was not noticed");
    }
}
