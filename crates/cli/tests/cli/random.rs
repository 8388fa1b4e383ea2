//! Random command lines: none may panic, end with an undocumented exit code, or show the key.

use campfire::operations::{self, Operation, SchemaKind, Type};
use campfire::sandbox::{Demo, Sandbox};

use crate::support::Runner;

/// The number of command lines, unless `CAMPFIRE_CLI_RANDOM` says otherwise.
const RUNS: usize = 120;

/// Values that somebody may give to anything.
const VALUES: [&str; 16] = [
    "1",
    "0",
    "-1",
    "",
    "x",
    "é\u{202e}\u{1b}[31m",
    "true",
    "null",
    "12.50",
    "1e400",
    "99999999999999999999",
    "2026-11-30",
    "2026-02-30",
    "[1,2",
    "{\"a\":1}",
    "@/no/such/file",
];
/// Options that somebody may add to anything.
const OPTIONS: [&str; 18] = [
    "--dry-run",
    "--all",
    "--max-records=1",
    "--output=table",
    "--output=csv",
    "--output=ndjson",
    "--output=xml",
    "--columns=id,lines[0].amount,a..b",
    "--columns=",
    "--json={}",
    "--json=[]",
    "--json={\"lines\":[{\"amount\":1.10}]}",
    "--json=@-",
    "--set=lines[0].amount=12.50",
    "--set=lines[1000000].amount=1",
    "--set=a.b[3]:=null",
    "--yes",
    "--help",
];

/// A small generator of pseudorandom numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

#[tokio::test]
async fn no_command_line_panics_or_shows_the_key() {
    let sandbox = Sandbox::builder().allow_unmodelled(true).start().await.unwrap();
    sandbox.demo(&Demo::default().rows(60)).unwrap();
    let runs = std::env::var("CAMPFIRE_CLI_RANDOM").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS);
    let ids: Vec<&str> = operations::ids().collect();
    let mut random = Random(21);
    let mut sent = 0;
    for _ in 0..runs {
        let arguments = command_line(&operations::get(random.pick(&ids)).unwrap(), &mut random);
        let runner = Runner::of(&sandbox).input("{\"name\": 1.10}");
        let runner = if random.below(2) == 0 { runner.terminal(20 + random.below(200)) } else { runner };
        let ran = runner.run(&arguments).await;
        assert!(ran.code <= 7, "{arguments:?}: {ran:?}");
        let shown = format!("{} {}", String::from_utf8_lossy(&ran.out), ran.err);
        assert!(!shown.contains(&sandbox.key()), "{arguments:?}: {shown}");
        assert!(ran.code != 0 || !shown.contains("error:"), "{arguments:?}: {shown}");
        sent += sandbox.requests().len();
        sandbox.forget_requests();
    }
    assert!(sent > runs / 10, "only {sent} requests were sent");
}

fn command_line(operation: &Operation<'static>, random: &mut Random) -> Vec<String> {
    let mut arguments: Vec<String> = operation.id.split('.').map(|step| step.replace('_', "-")).collect();
    for _ in &operation.path_parameters {
        let id = if random.below(4) > 0 { "1" } else { random.pick(&VALUES) };
        arguments.push(id.to_owned());
    }
    let mut names: Vec<&str> = operation.query.iter().map(|parameter| parameter.name).collect();
    if let Some(Type::Object(schema)) = operation.body.as_ref().map(|body| &body.ty)
        && let SchemaKind::Object { fields, .. } = operations::schema(schema).unwrap().kind
    {
        names.extend(fields.iter().map(|field| field.name));
    }
    for _ in 0..random.below(3) {
        if let Some(name) = (!names.is_empty()).then(|| random.pick(&names)) {
            arguments.push(format!("--{}={}", name.replace('_', "-"), random.pick(&VALUES)));
        }
    }
    for _ in 0..random.below(3) {
        arguments.push(random.pick(&OPTIONS).to_owned());
    }
    arguments
}
