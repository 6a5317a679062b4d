//! What is refused at opening and at making, on real folders, and how damage is named
//! (spec/sse/durability.md, opening).

use super::*;
use crate::disk::folder::FolderError;
use crate::disk::{Disk, Folder, Place};
use crate::secret::RootKey;
use crate::store::Store;
use crate::tests::{
    BUCKET, Service, body, get, object, parts, refused, root_user, sse_kms, sse_s3,
};
use sse_spec::Class;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// Where a store and its root key lie.
struct Paths {
    store: PathBuf,
    key: PathBuf,
    /// Removes both at the end.
    all: TempDir,
}

impl Paths {
    fn new() -> Self {
        let all = TempDir::new().unwrap();
        Self { store: all.path().join("store"), key: all.path().join("root.key"), all }
    }

    fn init(&self) -> Result<(Folder, RootKey), FolderError> {
        Folder::init(&self.store, &self.key, &mut rand::rngs::SysRng)
    }

    /// A store with some items in it.
    fn made() -> Self {
        let paths = Self::new();
        let (folder, root) = paths.init().unwrap();
        let mut store = Store::open(parts(Arc::new(folder)), &root).unwrap();
        store.create_bucket(&root_user(), BUCKET).unwrap();
        store.kms().create_key(&root_user(), &Default::default()).unwrap();
        paths
    }

    fn open(&self) -> Result<Folder, FolderError> {
        Folder::open(&self.store, &RootKey::from_file(&self.key)?)
    }
}

/// Demands an error of one kind that names a path, and an untouched store where there is one.
macro_rules! assert_refused {
    ($outcome:expr, $pattern:pat, $path:expr) => {
        let error = $outcome.map(drop).unwrap_err();
        assert!(matches!(error, $pattern), "{error:?}");
        assert_eq!(error.path(), $path);
        assert!(error.to_string().contains($path.to_str().unwrap()), "{error}");
    };
}

// r[verify sse.durability.root-key-file]
// r[verify sse.durability.root-key-kept]
#[test]
fn a_root_key_is_made_once_and_read_strictly() {
    let paths = Paths::made();
    let key = fs::read(&paths.key).unwrap();
    assert_eq!(key.len(), 32);
    assert_eq!(fs::metadata(&paths.key).unwrap().permissions().mode() & 0o777, 0o600);
    let again = RootKey::create_file(&paths.key, &mut rand::rngs::SysRng);
    assert_refused!(again, FolderError::KeyExists(_), paths.key);
    assert_eq!(fs::read(&paths.key).unwrap(), key);
    for other in [&key[..31], &[&key[..], b"\n"].concat(), b""] {
        fs::write(&paths.key, other).unwrap();
        assert_refused!(paths.open(), FolderError::KeyLength(_), paths.key);
    }
    fs::write(&paths.key, [0; 32]).unwrap();
    assert_refused!(paths.open(), FolderError::KeyZero(_), paths.key);
    fs::remove_file(&paths.key).unwrap();
    assert_refused!(paths.open(), FolderError::KeyMissing(_), paths.key);
    fs::write(&paths.key, key).unwrap();
    paths.open().unwrap();
}

// r[verify sse.durability.wrong-key]
// r[verify sealed-object.root.zero]
#[test]
fn another_root_key_is_told_from_damage() {
    let paths = Paths::made();
    let other = RootKey::from_slice(&[1; 32]).unwrap();
    assert_refused!(Folder::open(&paths.store, &other), FolderError::KeyWrong(_), paths.store);
    let zero = RootKey::from_slice(&[0; 32]).unwrap();
    assert_refused!(Folder::open(&paths.store, &zero), FolderError::KeyZero(_), paths.store);
    // One byte less or another one in the file that tells it is damage, under either key.
    let format = paths.store.join("format");
    let bytes = fs::read(&format).unwrap();
    for position in [20, bytes.len() - 20] {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        fs::write(&format, damaged).unwrap();
        assert_refused!(paths.open(), FolderError::Damaged(_), format);
        assert_refused!(Folder::open(&paths.store, &other), FolderError::Damaged(_), format);
    }
    fs::write(&format, &bytes[..bytes.len() - 1]).unwrap();
    assert_refused!(paths.open(), FolderError::Damaged(_), format);
    fs::write(&format, bytes).unwrap();
    paths.open().unwrap();
}

// r[verify sealed-object.root.outside]
#[test]
fn a_root_key_does_not_lie_in_its_store() {
    let paths = Paths::new();
    let inside = paths.store.join("root.key");
    let made = Folder::init(&paths.store, &inside, &mut rand::rngs::SysRng);
    assert_refused!(made, FolderError::KeyInside(_), inside);
    assert!(!inside.exists());
    paths.init().unwrap();
}

// r[verify sse.durability.foreign]
// r[verify sse.durability.newer-format]
#[test]
fn a_folder_that_is_no_store_of_this_version_is_left_alone() {
    let paths = Paths::new();
    let root = RootKey::from_slice(&[1; 32]).unwrap();
    let open = || Folder::open(&paths.store, &root);
    assert_refused!(open(), FolderError::Missing(_), paths.store);
    fs::create_dir(&paths.store).unwrap();
    assert_refused!(open(), FolderError::Missing(_), paths.store);
    let letter = paths.store.join("letter");
    fs::write(&letter, "dear").unwrap();
    assert_refused!(open(), FolderError::Foreign(_), paths.store);
    assert_refused!(paths.init(), FolderError::Foreign(_), paths.store);
    assert_refused!(Folder::create(&paths.store, &root), FolderError::Foreign(_), paths.store);
    assert_eq!(fs::read_dir(&paths.store).unwrap().count(), 1);
    assert!(!paths.key.exists());
    // A store that has lost what says so is none to be made anew.
    fs::remove_file(letter).unwrap();
    fs::create_dir(paths.store.join("key")).unwrap();
    fs::write(paths.store.join("key/some"), "").unwrap();
    assert_refused!(Folder::create(&paths.store, &root), FolderError::Foreign(_), paths.store);
    fs::write(paths.store.join("format"), "tar 1\n").unwrap();
    assert_refused!(open(), FolderError::Foreign(_), paths.store);
    fs::write(paths.store.join("format"), "sse-folder 2\nwhatever").unwrap();
    assert_refused!(open(), FolderError::Newer { version: 2, .. }, paths.store);
    fs::write(paths.store.join("format"), "sse-folder x\n").unwrap();
    assert_refused!(open(), FolderError::Damaged(_), paths.store.join("format"));
}

// r[verify sse.durability.foreign]
#[test]
fn a_store_is_not_made_twice() {
    let paths = Paths::made();
    assert_refused!(paths.init(), FolderError::Exists(_), paths.store);
    let root = RootKey::from_file(&paths.key).unwrap();
    assert_refused!(Folder::create(&paths.store, &root), FolderError::Exists(_), paths.store);
    let other = paths.all.path().join("other");
    let made = Folder::init(&other, &paths.key, &mut rand::rngs::SysRng);
    assert_refused!(made, FolderError::KeyExists(_), paths.key);
    // What that has left can be used.
    Folder::create(&other, &root).unwrap();
}

// r[verify sse.durability.one-process]
#[test]
fn a_folder_is_opened_once_at_a_time() {
    let paths = Paths::made();
    let open = paths.open().unwrap();
    assert_refused!(paths.open(), FolderError::InUse(_), paths.store);
    drop(open);
    paths.open().unwrap();
}

/// Puts items of every kind, and returns the path of each in the folder.
fn furnished() -> (Service, Vec<(Place, String)>) {
    let mut service = Service::new();
    service.store.create_principal(&root_user(), None, "bob").unwrap();
    service.put("key", &body(100), &sse_kms(None)).unwrap();
    service.put("other", &body(100), &sse_s3()).unwrap();
    let upload = service.begin("key", &sse_s3()).unwrap();
    service.part(("key", &upload), 1, b"part").unwrap();
    let folder = Folder::open_on(service.disk.files().clone(), &service.root).unwrap();
    let path = |place: &Place| folder.file(place).unwrap().to_str().unwrap().to_owned();
    let paths = items(&folder).into_keys().map(|place| (place.clone(), path(&place))).collect();
    (service, paths)
}

/// The last byte of a file.
const LAST: usize = usize::MAX;

// r[verify sse.durability.damage-named]
// r[verify sse.durability.damage-contained]
#[test]
fn damage_is_named_or_contained() {
    let (service, paths) = furnished();
    for (place, path) in paths {
        let control = !matches!(place.kind(), "object" | "part");
        // In the length of the header, in the header, at the end of the item.
        for (byte, cut) in [(1, false), (30, false), (40, true), (0, true), (LAST, false)] {
            let files = service.disk.files().fork();
            files.damage(&path, byte, cut);
            let opened = Folder::open_on(files.clone(), &service.root);
            if control && byte != LAST {
                let error = opened.map(drop).unwrap_err();
                assert!(matches!(error, FolderError::Damaged(_)), "{error}");
                assert_eq!(error.path().to_str(), Some(&*path));
                continue;
            }
            let folder = Arc::new(opened.unwrap());
            let opened = Store::open(parts(folder.clone()), &service.root);
            if control {
                let error = opened.map(drop).unwrap_err();
                assert_eq!(error.refused.0, Class::DamagedStore);
                assert_eq!(error.item, Some(place.clone()));
                continue;
            }
            // One object costs itself and the listing, and nothing else.
            let mut store = opened.unwrap();
            if place == object("key") {
                let got = store.get(&root_user(), &get("key"), &mut Vec::new());
                assert_eq!(refused(got), Some(Class::Integrity), "{byte} {cut}");
                let head = store.head(&root_user(), BUCKET, "key", &Default::default());
                assert_eq!(refused(head), Some(Class::Integrity));
                store.get(&root_user(), &get("other"), &mut Vec::new()).unwrap();
                let listed = store.list(&root_user(), BUCKET, "");
                assert_eq!(refused(listed), Some(Class::Integrity));
                store.delete(&root_user(), BUCKET, "key").unwrap();
                assert_eq!(store.list(&root_user(), BUCKET, "").unwrap().len(), 1);
            }
        }
    }
}

// r[verify sse.durability.damage-contained]
// r[verify sse.tamper.swap]
#[test]
fn a_file_under_another_name_is_damage() {
    use crate::disk::folder::files::Files;
    let (service, paths) = furnished();
    let path = |wanted: &Place| paths.iter().find(|(place, _)| place == wanted).unwrap().1.clone();
    let files = service.disk.files().fork();
    files.rename(&path(&object("other")), &path(&object("key"))).unwrap();
    let folder = Folder::open_on(files, &service.root).unwrap();
    assert_eq!(
        refused(folder.open(&object("key")).map(drop).map_err(crate::refusal::Refused::from)),
        Some(Class::Integrity)
    );
    let files = service.disk.files().fork();
    files.rename(&path(&Place::Service(1)), &path(&Place::Trail(1))).unwrap();
    let error = Folder::open_on(files, &service.root).map(drop).unwrap_err();
    assert_eq!(error.path().to_str(), Some(&*path(&Place::Trail(1))));
}

// r[verify sse.durability.all-or-nothing]
#[test]
fn a_journal_that_was_edited_is_not_redone() {
    let (mut service, _) = furnished();
    let recording = service.disk.files().record();
    let upload = service.store.uploads.keys().next().unwrap().clone();
    service.abort(("key", &upload)).unwrap();
    let cuts = (0..).map(|after| recording.cut(after, Cut::Nothing));
    let files = cuts.into_iter().find(|files| files.length("journal").is_some()).unwrap();
    for byte in 0..files.length("journal").unwrap() {
        for cut in [true, false] {
            let files = files.fork();
            files.damage("journal", byte, cut);
            let before = files.paths();
            let error = Folder::open_on(files.clone(), &service.root).map(drop).unwrap_err();
            assert_eq!(error.path().to_str(), Some("journal"));
            assert_eq!(files.paths(), before);
        }
    }
    let folder = Folder::open_on(files.clone(), &service.root).unwrap();
    assert!(items(&folder) == items(&*service.disk));
}

// r[verify sse.durability.names-hidden]
#[test]
fn a_folder_shows_no_names_and_holds_no_root_key() {
    let (service, _) = furnished();
    let (bytes, paths) = (service.disk.files().bytes(), service.disk.files().paths());
    let shown = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(!shown(service.root.expose()));
    for name in ["bucket/key", "other", "user/bob", "object/", "part/"] {
        assert!(!shown(name.as_bytes()), "{name}");
    }
    // Below the folder of its kind, every name is a hidden one.
    let names = paths.iter().flat_map(|path| path.split('/').skip(1));
    assert!(names.clone().count() > 8 && names.into_iter().all(|name| name.len() == 64));
}
