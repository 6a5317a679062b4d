//! Power cuts: a varied workload, cut after everything that it writes, with all, some or nothing of
//! what was not durable lost (spec/sse/durability.md).

use super::*;
use crate::disk::{Change, Disk, Folder, Place, Scope};
use crate::refusal::Result;
use crate::secret::RootKey;
use crate::store::Store;
use crate::tests::{
    BUCKET, Parts, Service, alice, body, get, object, parts, root_user, rule, sse_kms, sse_s3,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the workload was told: every object with its bytes, and the trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    objects: BTreeMap<String, Vec<u8>>,
    trail: Vec<String>,
}

/// A service whose every write is logged, and what it has acknowledged so far.
struct Workload {
    service: Service,
    recording: ram::Recording,
    told: Vec<(usize, Told)>,
}

impl Workload {
    fn new() -> Self {
        let root = RootKey::from_slice(&[7; 32]).unwrap();
        let disk = Both::new(&root);
        let recording = disk.files().record();
        disk.keep_history();
        let service = Service::on(Arc::new(disk), root);
        let logged = service.disk.files().logged();
        Self { service, recording, told: vec![(0, Told::default()), (logged, Told::default())] }
    }

    /// What was acknowledged is told from now on.
    fn acknowledge(&mut self, change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) {
        let mut told = self.told.last().unwrap().1.clone();
        change(&mut told.objects);
        let entries = self.service.store.kms().lookup_events(&root_user()).unwrap();
        told.trail = entries.into_iter().map(|entry| entry.event_id).collect();
        self.told.push((self.service.disk.files().logged(), told));
    }

    fn put(&mut self, key: &str, length: usize, kms: Option<&str>) {
        let sse = kms.map_or_else(sse_s3, |key| sse_kms(Some(key)));
        let bytes = body(length);
        self.service.put(key, &bytes, &sse).unwrap();
        self.acknowledge(|objects| drop(objects.insert(key.to_owned(), bytes)));
    }

    fn copy(&mut self, from: &str, to: &str, kms: Option<&str>) {
        let sse = kms.map_or_else(sse_s3, |key| sse_kms(Some(key)));
        self.service.copy(from, to, &sse).unwrap();
        self.acknowledge(|objects| drop(objects.insert(to.to_owned(), objects[from].clone())));
    }

    fn delete(&mut self, key: &str) {
        self.service.store.delete(&root_user(), BUCKET, key).unwrap();
        self.acknowledge(|objects| drop(objects.remove(key)));
    }

    /// Makes an object of parts, one of which is sent twice.
    fn upload(&mut self, key: &str, kms: Option<&str>, completes: bool) {
        let sse = kms.map_or_else(sse_s3, |key| sse_kms(Some(key)));
        let id = self.service.begin(key, &sse).unwrap();
        self.acknowledge(|_| ());
        let mut listed = Vec::new();
        for (number, length) in [(1, 300), (1, 20_000), (3, 5)] {
            let part = self.service.part((key, &id), number, &body(length)).unwrap();
            listed.retain(|other: &sse_spec::CompletedPart| other.part_number != number);
            listed.push(part);
            self.acknowledge(|_| ());
        }
        if completes {
            self.service.complete((key, &id), &listed).unwrap();
            let bytes = [body(20_000), body(5)].concat();
            self.acknowledge(|objects| drop(objects.insert(key.to_owned(), bytes)));
        } else {
            self.service.abort((key, &id)).unwrap();
            self.acknowledge(|_| ());
        }
    }

    /// Does something that changes no object.
    fn apart(&mut self, work: impl FnOnce(&mut Service)) {
        work(&mut self.service);
        self.acknowledge(|_| ());
    }

    fn run(mut self) -> Self {
        self.acknowledge(|_| ());
        self.put("plain", 100, None);
        self.put("plain", 20_000, None);
        let mut arn = String::new();
        self.apart(|service| arn = service.create_key());
        let key = Some(arn.as_str());
        self.put("sealed", 16_384, key);
        self.put("sealed", 0, key);
        self.put("managed", 40, Some("alias/aws/s3"));
        self.copy("sealed", "copy", None);
        self.copy("plain", "copy", key);
        self.copy("plain", "plain", key);
        self.apart(|service| service.restart());
        self.upload("parts", None, true);
        // A change without a journal of what was changed with one.
        self.put("parts", 7, None);
        self.upload("parts", key, true);
        self.upload("never", key, false);
        self.apart(|service| drop(service.begin("open", &sse_kms(key)).unwrap()));
        self.apart(|service| service.store.rotate_service_key().unwrap());
        self.put("plain", 10, None);
        self.manage(&arn);
        self.put("sealed", 30, Some("alias/mine"));
        self.put("large", 200_000, key);
        self.delete("large");
        self.delete("large");
        self.put("last", 70_000, None);
        self
    }

    /// Keys, policies and settings.
    fn manage(&mut self, arn: &str) {
        type Work = fn(&mut Service, &str) -> Result<()>;
        let root = &root_user();
        let works: [Work; 7] = [
            |service, arn| service.store.kms().rotate_key_on_demand(&root_user(), arn).map(drop),
            |service, arn| service.store.kms().disable_key(&root_user(), arn),
            |service, arn| service.store.kms().enable_key(&root_user(), arn),
            |service, arn| service.store.kms().create_alias(&root_user(), "alias/mine", arn),
            |service, arn| {
                let rules = [rule("aws:kms", Some(arn))];
                service.store.put_bucket_encryption(&root_user(), BUCKET, &rules)
            },
            |service, _| service.store.delete_bucket_encryption(&root_user(), BUCKET),
            |service, _| service.store.create_bucket(&root_user(), "another"),
        ];
        for work in works {
            self.apart(|service| work(service, arn).unwrap());
        }
        let deny = format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Deny\",\"Principal\":\"*\",\
             \"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::{BUCKET}/denied\"}}}}"
        );
        self.apart(|service| service.store.put_bucket_policy(root, BUCKET, &deny).unwrap());
        self.apart(|service| service.store.delete_bucket_policy(root, BUCKET).unwrap());
        self.apart(|service| {
            service.store.create_principal(root, None, "alice").unwrap();
        });
        let allow = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\
                     \"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}}";
        self.apart(|service| {
            service.store.put_identity_policy(alice().arn(), "decrypt", allow).unwrap();
        });
        let mut doomed = String::new();
        self.apart(|service| doomed = service.create_key());
        self.apart(|service| {
            service.store.kms().schedule_key_deletion(root, &doomed, Some(7)).unwrap();
        });
        self.apart(|service| {
            service.advance(8 * 86_400);
            service.store.kms().run_due_events().unwrap();
        });
    }

    /// Opens what is left after a power cut, and demands that each change was made whole or not at
    /// all, the acknowledged ones among them.
    fn check(&self, after: usize, cut: Cut) -> Ram {
        let (files, history) = (self.recording.cut(after, cut), self.service.disk.history());
        let folder = Folder::open_on(files.clone(), &self.service.root).unwrap();
        let items = items(&folder);
        let due = window(&history, after);
        assert!(due.iter().any(|(_, due)| *due == items), "{cut:?} after {after}");
        assert_eq!(left_over(&files), [""; 0], "{cut:?} after {after}");
        if cut == Cut::All || cut == Cut::Nothing {
            self.check_store(folder, window(&self.told, after));
        }
        files
    }

    /// Opens the store, and demands what it had told.
    fn check_store(&self, folder: Folder<Ram>, due: &[(usize, Told)]) {
        let parts = Parts { clock: self.service.clock.clone(), ..parts(Arc::new(folder)) };
        let mut store = Store::open(parts, &self.service.root).unwrap();
        let entries = store.kms().lookup_events(&root_user()).unwrap();
        let entries: Vec<_> = entries.into_iter().map(|entry| entry.event_id).collect();
        assert!(entries.starts_with(&due[0].1.trail));
        for key in store.kms().list_keys(&root_user()).unwrap() {
            // One that awaits its deletion stays as it is.
            store.kms().enable_key(&root_user(), &key.key_arn).unwrap_or_default();
        }
        let mut objects = BTreeMap::new();
        let has_bucket = store.buckets.contains_key(BUCKET);
        let listed =
            if has_bucket { store.list(&root_user(), BUCKET, "").unwrap() } else { vec![] };
        for object in listed {
            let mut bytes = Vec::new();
            let got = store.get(&root_user(), &get(&object.key), &mut bytes).unwrap();
            assert_eq!(got.aborted, None);
            objects.insert(object.key, bytes);
        }
        assert!(due.iter().any(|(_, due)| due.objects == objects));
    }
}

/// What was acknowledged last, and what was under way.
fn window<T>(history: &[(usize, T)], after: usize) -> &[(usize, T)] {
    let next = history.partition_point(|(logged, _)| *logged <= after);
    &history[next - 1..history.len().min(next + 1)]
}

/// What a folder that is open and idle does not hold.
pub(super) fn left_over(files: &Ram) -> Vec<String> {
    let mut paths = files.paths();
    // An upload that has ended leaves no folder.
    paths.retain(|path| {
        let empty_upload = path.starts_with("part/") && path.matches('/').count() == 1;
        path.starts_with("staged/") || path == "journal" || empty_upload
    });
    paths
}

// r[verify sse.durability.acknowledged]
// r[verify sse.durability.old-or-new]
// r[verify sse.durability.all-or-nothing]
// r[verify sse.durability.half-unseen]
// r[verify sse.durability.refused-leaves-nothing]
#[test]
fn a_power_cut_at_any_point_leaves_each_change_made_or_not_made() {
    let workload = Workload::new().run();
    let events = workload.service.disk.files().logged();
    for after in 0..=events {
        for cut in [Cut::All, Cut::Nothing, Cut::Bytes, Cut::Names] {
            workload.check(after, cut);
        }
        for seed in 0..4 {
            workload.check(after, Cut::AtRandom(seed));
        }
    }
    println!("{events} events, {} cuts", (events + 1) * 8);
}

// r[verify sse.durability.acknowledged]
// r[verify sse.durability.all-or-nothing]
#[test]
fn a_power_cut_during_the_opening_after_another_changes_nothing() {
    let workload = Workload::new().run();
    let (root, events) = (&workload.service.root, workload.service.disk.files().logged());
    let mut cuts = 0;
    for after in (0..=events).step_by(3) {
        let cut = if after % 2 == 0 { Cut::Nothing } else { Cut::AtRandom(9) };
        let files = workload.recording.cut(after, cut);
        // Without anything to redo or to remove, an opening writes nothing.
        if left_over(&files).is_empty() {
            continue;
        }
        let recording = files.record();
        let opened = items(&Folder::open_on(files.clone(), root).unwrap());
        let recovered = files.logged();
        for after in 0..=recovered {
            for cut in [Cut::All, Cut::Nothing, Cut::AtRandom(after as u64)] {
                let files = recording.cut(after, cut);
                let again = Folder::open_on(files.clone(), root).unwrap();
                assert!(items(&again) == opened, "{cut:?} after {after}");
                assert_eq!(left_over(&files), [""; 0]);
                cuts += 1;
            }
        }
    }
    println!("{cuts} cuts");
}

// r[verify sse.durability.acknowledged]
#[test]
fn what_an_opening_has_shown_is_durable() {
    let workload = Workload::new().run();
    let (root, events) = (&workload.service.root, workload.service.disk.files().logged());
    for after in 0..=events {
        // The process is gone, the machine is not: it still holds what is not durable.
        let recording = workload.recording.resume(after);
        let files = recording.files();
        let opened = items(&Folder::open_on(files.clone(), root).unwrap());
        let cut = recording.cut(files.logged(), Cut::All);
        assert!(items(&Folder::open_on(cut, root).unwrap()) == opened, "after {after}");
    }
}

// r[verify sse.durability.old-or-new]
#[test]
fn a_power_cut_while_a_store_is_made_leaves_a_store_or_nothing() {
    let (root, files) = (RootKey::from_slice(&[7; 32]).unwrap(), Ram::default());
    let recording = files.record();
    Folder::create_on(files.clone(), &root).unwrap();
    for after in 0..=files.logged() {
        let random = (0..16).map(Cut::AtRandom);
        for cut in [Cut::All, Cut::Nothing, Cut::Names].into_iter().chain(random) {
            let files = recording.cut(after, cut);
            let made = files.paths().contains(&"format".to_owned());
            let folder =
                if made { Folder::open_on(files, &root) } else { Folder::create_on(files, &root) };
            let folder = folder.unwrap();
            assert_eq!(folder.list(Scope::All).unwrap(), []);
            let item = Change::Write(object("key"), vec![1]);
            let setting = Change::Write(Place::Bucket(BUCKET.to_owned()), vec![2]);
            folder.commit(vec![item, setting]).unwrap();
        }
    }
}
