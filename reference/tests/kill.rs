//! A process that writes to a folder store is killed at random moments: what it was told is done is
//! done, and the one change that was under way is done or not (spec/sse/durability.md).
//!
//! `SSE_KILLS=500 cargo test --release -p sse-reference --test kill` kills as often as it says.
#![cfg(test)]

mod common;

use common::{BUCKET, parts, root_user};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use sse_reference::disk::Folder;
use sse_reference::environment::{EntityTags, Parts};
use sse_reference::secret::RootKey;
use sse_reference::sse::{Completion, GetRequest, PartRequest, PutRequest, SseHeaders};
use sse_reference::store::Store;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Tells the test binary that it is the process to kill, and where it writes.
const WRITER: &str = "SSE_KILL_WRITER";
/// So often a new folder is begun: an opening reads the whole trail.
const KILLS_PER_FOLDER: usize = 20;

fn open(path: &Path) -> Store {
    let root = RootKey::from_file(&path.join("root.key")).unwrap();
    let folder = Folder::open(&path.join("store"), &root).unwrap();
    let parts = Parts { etag: EntityTags::Md5, minimum_part: 1, ..parts(folder) };
    Store::open(parts, &root).unwrap()
}

/// The number of a request decides all about it, so that who reads it knows what was asked.
struct Request {
    key: String,
    /// The object's bytes afterwards; `None` where it is gone.
    body: Option<Vec<u8>>,
    kms: bool,
    parts: bool,
}

impl Request {
    fn number(number: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(number);
        let key = format!("key {}", random.random_range(0..6));
        let length = random.random_range(0..40_000);
        let body =
            random.random_ratio(5, 6).then(|| (0..length).map(|_| random.random()).collect());
        Self { key, body, kms: random.random(), parts: random.random_ratio(1, 4) }
    }

    fn perform(&self, store: &mut Store) {
        let (root, bucket, key) = (&root_user(), BUCKET.to_owned(), self.key.clone());
        let algorithm = self.kms.then(|| "aws:kms".to_owned());
        let sse = SseHeaders { algorithm, ..Default::default() };
        let request = PutRequest { bucket, key, sse, ..Default::default() };
        let Some(body) = &self.body else {
            return store.delete(root, BUCKET, &self.key).unwrap();
        };
        if !self.parts {
            store.put(root, &request, &mut &**body).unwrap();
            return;
        }
        let upload_id = store.create_multipart_upload(root, &request).unwrap().upload_id;
        let PutRequest { bucket, key, .. } = request;
        let mut completion = Completion { bucket, key, upload_id, parts: Vec::new() };
        let (first, second) = body.split_at(body.len() / 2);
        for (part_number, mut part) in [(1, first), (2, second)] {
            let Completion { bucket, key, upload_id, .. } = completion.clone();
            let sse = SseHeaders::default();
            let request = PartRequest { bucket, key, upload_id, part_number, sse };
            let etag = store.upload_part(root, &request, &mut part).unwrap().etag;
            completion.parts.push(sse_spec::CompletedPart { part_number, etag });
        }
        store.complete_multipart_upload(root, &completion).unwrap();
    }
}

/// Writes until it is killed, and says on standard output what it begins and what it has done.
#[test]
fn writer() {
    let Ok(path) = std::env::var(WRITER) else { return };
    let mut store = open(Path::new(&path));
    let mut out = std::io::stdout().lock();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    for number in line.trim().parse::<u64>().unwrap().. {
        writeln!(out, "@ begun {number}").unwrap();
        Request::number(number).perform(&mut store);
        writeln!(out, "@ done {number}").unwrap();
    }
}

/// Starts the writer on a request.
fn start(path: &Path, number: u64) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture"])
        .env(WRITER, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{number}").unwrap();
    child
}

/// Kills the writer after a while, and returns the numbers of the requests that it had begun and
/// had done last.
fn kill(mut child: Child, after: Duration) -> (Option<u64>, Option<u64>) {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    // The time counts from the first request, not from the start of the process.
    let mut text = String::new();
    while !text.contains("@ begun") {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "the writer has failed");
    }
    thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    out.read_to_string(&mut text).unwrap();
    // A line that the kill cut off is none.
    let whole = text.rsplit_once('\n').unwrap().0;
    let last = |word: &str| {
        let mut lines = whole.lines().filter_map(|line| line.split_once(word));
        lines.next_back().map(|(_, number)| number.trim().parse().unwrap())
    };
    (last("@ begun "), last("@ done "))
}

fn objects(store: &mut Store) -> BTreeMap<String, Vec<u8>> {
    let listed = store.list(&root_user(), BUCKET, "").unwrap();
    let get = |object: sse_spec::ListedObject| {
        let (bucket, key) = (BUCKET.to_owned(), object.key);
        let request = GetRequest { bucket, key, ..Default::default() };
        let mut bytes = Vec::new();
        let got = store.get(&root_user(), &request, &mut bytes).unwrap();
        assert_eq!(got.aborted, None);
        (request.key, bytes)
    };
    listed.into_iter().map(get).collect()
}

fn apply(objects: &mut BTreeMap<String, Vec<u8>>, number: u64) {
    let Request { key, body, .. } = Request::number(number);
    match body {
        Some(body) => objects.insert(key, body),
        None => objects.remove(&key),
    };
}

/// What is left of changes that were under way, in a folder that is not open.
fn left_over(path: &Path) -> usize {
    let store = path.join("store");
    let staged = std::fs::read_dir(store.join("staged")).unwrap().count();
    staged + usize::from(store.join("journal").exists())
}

// r[verify sse.durability.acknowledged]
// r[verify sse.durability.old-or-new]
// r[verify sse.durability.refused-leaves-nothing]
#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let kills = std::env::var("SSE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(100);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut number, mut acknowledged, mut found_something) = (0, 0, 0);
    let mut folder = None;
    for kill_number in 0..kills {
        if kill_number % KILLS_PER_FOLDER == 0 {
            let made = tempfile::TempDir::new().unwrap();
            let (store, key) = (made.path().join("store"), made.path().join("root.key"));
            drop(Folder::init(&store, &key, &mut rand::rngs::SysRng).unwrap());
            open(made.path()).create_bucket(&root_user(), BUCKET).unwrap();
            folder = Some((made, BTreeMap::new()));
        }
        let (path, before) = folder.as_mut().unwrap();
        let after = Duration::from_micros(random.random_range(0..40_000));
        let (begun, done) = kill(start(path.path(), number), after);
        let done = done.map_or(number, |done| done + 1);
        for number in number..done {
            apply(before, number);
        }
        acknowledged += done - number;
        found_something += usize::from(left_over(path.path()) > 0);
        let mut under_way = before.clone();
        if let Some(begun) = begun.filter(|begun| *begun >= done) {
            apply(&mut under_way, begun);
        }
        let mut store = open(path.path());
        let found = objects(&mut store);
        assert!(found == *before || found == under_way, "kill {kill_number}, requests to {done}");
        assert_eq!(left_over(path.path()), 0);
        *before = found;
        number = done + 1;
    }
    println!(
        "{kills} kills, {acknowledged} acknowledged, {found_something} in the middle of a change"
    );
    assert!(acknowledged > 0);
}
