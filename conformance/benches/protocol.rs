//! What the protocol costs: round trips through a target in a child, beside the same lines through
//! plain pipes to the same child. Waking an idle core costs more than either, so the figures are
//! steady where both processes stay on one: `taskset -c 0 cargo bench --bench protocol`.
#![expect(clippy::indexing_slicing, reason = "columns and rounds of a fixed number")]
#![expect(clippy::expect_used, reason = "a bench that cannot start its child has failed")]

use criterion::{Criterion, criterion_group};
use sse_conformance::target::command::{Command, Settings};
use sse_conformance::target::protocol::{Answer, Performed, Request};
use sse_conformance::target::{Target as _, World, WorldConfig, reference, serve};
use sse_spec::{Caller, EncodeContext, Operation};
use std::borrow::Cow;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Instant;

const CHILD: &str = "serve-as-a-child";

/// Nothing cheaper can be performed: the round trip is what is measured.
fn operation() -> Operation {
    EncodeContext { pairs: Vec::new() }.into()
}

fn words() -> Vec<String> {
    let own = std::env::current_exe().expect("the path of this bench");
    vec![own.to_string_lossy().into_owned(), CHILD.to_owned()]
}

/// The target as the suite uses it.
struct Protocol {
    world: Box<dyn World>,
    caller: Caller,
    operation: Operation,
    // Dropped last: it ends the child.
    _target: Command,
}

impl Protocol {
    fn start() -> Self {
        let settings = Settings { words: words(), ..Settings::new("child").expect("words") };
        let target = Command::start(settings).expect("the child starts");
        let config = WorldConfig { id: "w0123456789ab".into(), start: 0, kms: None };
        let world = target.open(&config).expect("a world");
        let caller = Caller::new("arn:aws:iam::111122223333:root");
        Self { world, caller, operation: operation(), _target: target }
    }

    fn round_trip(&mut self) {
        black_box(self.world.perform(&self.caller, &self.operation).expect("a reply"));
    }
}

/// The same lines without any of the suite's care.
struct Bare {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Bare {
    fn start() -> Self {
        let words = words();
        let (program, arguments) = words.split_first().expect("words");
        let mut child = std::process::Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut bare = Self { child, stdin, stdout, request: Vec::new(), answer: Vec::new() };
        bare.request
            .extend_from_slice(b"{\"seq\":0,\"world\":\"w0123456789ab\",\"open\":{\"start\":0}}\n");
        bare.round_trip();
        let perform = serde_json::to_string(&operation()).expect("JSON");
        let request = format!(
            "{{\"seq\":1,\"world\":\"w0123456789ab\",\"caller\":{{\"principal\":\"arn:aws:iam::\
             111122223333:root\",\"secure_transport\":true}},\"perform\":{perform}}}\n"
        );
        bare.request = request.into_bytes();
        bare
    }

    fn round_trip(&mut self) {
        self.stdin.write_all(&self.request).expect("the child listens");
        self.answer.clear();
        self.stdout.read_until(b'\n', &mut self.answer).expect("the child answers");
        black_box(&self.answer);
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn round_trips(criterion: &mut Criterion) {
    let (mut protocol, mut bare) = (Protocol::start(), Bare::start());
    let mut group = criterion.benchmark_group("round-trip");
    group.bench_function("protocol", |bencher| bencher.iter(|| protocol.round_trip()));
    group.bench_function("bare", |bencher| bencher.iter(|| bare.round_trip()));
    group.finish();
}

/// What of it is reading and writing JSON.
fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("message");
    let (caller, operation) = (Caller::new("arn:aws:iam::111122223333:root"), operation());
    let mut line = Vec::new();
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            line.clear();
            let request = Request::Perform {
                seq: 1,
                world: "w0123456789ab".into(),
                caller: Cow::Borrowed(&caller),
                perform: Box::new(Performed::Whole(Cow::Borrowed(&operation))),
            };
            serde_json::to_writer(&mut line, black_box(&request)).expect("JSON");
            black_box(line.len())
        });
    });
    let answer =
        br#"{"seq":1,"world":"w0123456789ab","reply":{"EncodeContext":{"bytes":"00000000"}}}"#;
    group.bench_function("read", |bencher| bencher.iter(|| Answer::parse(black_box(answer))));
    group.finish();
}

/// Both in turn, so that whatever else the machine does weighs on both; the median of the rounds
/// counts.
fn figures() {
    const ROUNDS: usize = 41;
    const EACH: u32 = 1_000;
    let (mut protocol, mut bare) = (Protocol::start(), Bare::start());
    let timed = |round_trip: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..EACH).for_each(|_| round_trip());
        start.elapsed().as_secs_f64()
    };
    let rounds = (0..ROUNDS).map(|_| {
        let ours = timed(&mut || protocol.round_trip());
        let theirs = timed(&mut || bare.round_trip());
        [ours, theirs, ours / theirs]
    });
    let rounds: Vec<[f64; 3]> = rounds.collect();
    let median = |which: usize| {
        let mut column: Vec<f64> = rounds.iter().map(|round| round[which]).collect();
        column.sort_by(f64::total_cmp);
        column[ROUNDS / 2]
    };
    println!(
        "round trips a second: {:.0} through the protocol, {:.0} bare; {:.2} times the time",
        f64::from(EACH) / median(0),
        f64::from(EACH) / median(1),
        median(2),
    );
}

criterion_group!(benches, round_trips, messages);

fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some(CHILD) {
        return serve(&reference::target(), std::io::stdin().lock(), std::io::stdout().lock());
    }
    benches();
    figures();
    Ok(())
}
