//! Rotation and the cryptography across it (spec/rotation.md, spec/kms/re-encrypt.md).

use super::*;
use crate::kms::{DecryptRequest, EncryptRequest, ReEncryptRequest};
use crate::secret::SecretBuffer;

const DAY: u64 = 86_400;

fn decrypt(service: &mut Service, blob: &[u8]) -> Result<(Vec<u8>, String)> {
    let request = DecryptRequest { blob: blob.to_vec(), ..Default::default() };
    let decrypted = service.store.kms().decrypt(&root_user(), &request)?;
    Ok((decrypted.plaintext.expose().to_vec(), decrypted.material_id))
}

/// Days since the beginning, and types, of a key's rotations.
fn rotations(service: &mut Service, key: &str) -> Vec<(u64, String)> {
    let listed = service.store.kms().list_key_rotations(&root_user(), key, None).unwrap();
    let shown = |it: sse_spec::ListedRotation| {
        ((it.rotation_date.unwrap() - NOW) / DAY, it.rotation_type.unwrap())
    };
    listed.into_iter().map(shown).collect()
}

fn automatic(days: &[u64]) -> Vec<(u64, String)> {
    days.iter().map(|day| (*day, "AUTOMATIC".to_owned())).collect()
}

// r[verify rotation.effect.old-blobs]
// r[verify rotation.effect.same-key]
// r[verify rotation.effect.re-encrypts-nothing]
// r[verify rotation.effect.new-material]
// r[verify rotation.effect.old-material-shown]
// r[verify rotation.effect.material-shown]
// r[verify rotation.effect.current-shown]
// r[verify rotation.effect.survives-restart]
// r[verify rotation.on-demand.listed]
// r[verify rotation.on-demand.limit]
// r[verify rotation.on-demand.without-automatic]
// r[verify rotation.on-demand.arn-in-reply]
// r[verify rotation.list.all-material]
// r[verify rotation.list.new-key]
// r[verify rotation.list.one-current]
// r[verify rotation.list.form]
// r[verify rotation.list.invalid]
// r[verify audit.service-event.rotate-key]
// r[verify rotation.on-demand.complete]
// r[verify kms.usage.survives-restart]
// r[verify kms.usage.refused]
#[test]
fn every_material_goes_on_decrypting() {
    let mut service = Service::new();
    let key = service.create_key();
    let root = &root_user();
    let before = service.store.kms().describe_key(root, &key).unwrap();
    let mut made = Vec::new();
    for round in 0..=25 {
        let data_key = service.data_key(&key, &[]).unwrap();
        let described = service.store.kms().describe_key(root, &key).unwrap();
        assert_eq!(described.current_key_material_id.as_ref(), Some(&data_key.material_id));
        assert!(made.iter().all(|(_, _, id)| *id != data_key.material_id));
        assert_eq!(data_key.material_id.len(), 64);
        made.push((data_key.blob, data_key.plaintext.expose().to_vec(), data_key.material_id));
        let rotated = service.store.kms().rotate_key_on_demand(root, &key);
        match round {
            25 => assert_eq!(refused(rotated), Some(Class::LimitExceeded)),
            _ => assert_eq!(rotated.unwrap(), key),
        }
        if round % 10 == 0 {
            service.restart();
        }
    }
    for (blob, plaintext, material) in &made {
        let decrypted = decrypt(&mut service, blob).unwrap();
        assert_eq!((&decrypted.0, &decrypted.1), (plaintext, material));
    }
    let kms = service.store.kms();
    let after = kms.describe_key(root, &key).unwrap();
    let current_key_material_id = before.current_key_material_id.clone();
    assert_eq!(sse_spec::KeyMetadata { current_key_material_id, ..after }, before);
    let all = kms.list_key_rotations(root, &key, Some("ALL_KEY_MATERIAL")).unwrap();
    let listed = kms.list_key_rotations(root, &key, Some("ROTATIONS_ONLY")).unwrap();
    assert_eq!(all[1..], listed);
    assert_eq!((all[0].rotation_date, all[0].rotation_type.clone()), (None, None));
    let ids: Vec<_> = all.iter().map(|it| it.key_material_id.clone()).collect();
    assert_eq!(ids, made.into_iter().map(|(.., id)| Some(id)).collect::<Vec<_>>());
    let current =
        |it: &&sse_spec::ListedRotation| it.key_material_state.as_deref() == Some("CURRENT");
    assert_eq!(all.iter().filter(current).count(), 1);
    assert!(all.last().as_ref().is_some_and(current));
    let wrong = kms.list_key_rotations(root, &key, Some("all_key_material"));
    assert_eq!(refused(wrong), Some(Class::InvalidArgument));
    let names = service.trail();
    let count = |name: &str| names.iter().filter(|other| *other == name).count();
    assert_eq!((count("RotateKeyOnDemand"), count("RotateKey")), (25, 25));
    assert_eq!(count("RotateKeyOnDemand LimitExceededException"), 1);
    let (counts, _) = service.store.kms().key_usage(root).unwrap();
    assert_eq!(counts.iter().map(|it| it.count).collect::<Vec<_>>(), [26, 26]);
}

// r[verify rotation.status.default-off]
// r[verify rotation.status.off]
// r[verify rotation.enable.shown]
// r[verify rotation.enable.period-shown]
// r[verify rotation.enable.period-limits]
// r[verify rotation.enable.next-date]
// r[verify rotation.disable.shown]
// r[verify rotation.automatic.due]
// r[verify rotation.automatic.not-early]
// r[verify rotation.automatic.schedule]
// r[verify rotation.automatic.survives-restart]
// r[verify rotation.on-demand.keeps-schedule]
// r[verify rotation.on-demand.conflict]
#[test]
fn rotation_follows_its_schedule() {
    let mut service = Service::new();
    let key = service.create_key();
    let root = &root_user();
    let status = |service: &mut Service| {
        let status = service.store.kms().key_rotation_status(root, &key).unwrap();
        let next = status.next_rotation_date.map(|next| (next - NOW) / DAY);
        (status.key_rotation_enabled, status.rotation_period_in_days, next)
    };
    let enable =
        |service: &mut Service, days| service.store.kms().enable_key_rotation(root, &key, days);
    assert_eq!(status(&mut service), (false, None, None));
    for days in [0, 89, 2561] {
        assert_eq!(refused(enable(&mut service, Some(days))), Some(Class::InvalidArgument));
    }
    for (days, shown) in [(None, 365), (Some(2560), 2560), (Some(90), 90)] {
        enable(&mut service, days).unwrap();
        assert_eq!(status(&mut service), (true, Some(shown), Some(shown.into())));
    }
    service.advance(90 * DAY - 1);
    assert_eq!(rotations(&mut service, &key), []);
    let conflict = service.store.kms().rotate_key_on_demand(root, &key);
    assert_eq!(refused(conflict), Some(Class::Conflict));
    service.advance(1);
    service.restart();
    assert_eq!(status(&mut service), (true, Some(90), Some(180)));
    service.advance(200 * DAY);
    assert_eq!(rotations(&mut service, &key), automatic(&[90, 180, 270]));
    service.restart();
    assert_eq!(rotations(&mut service, &key), automatic(&[90, 180, 270]));
    // Day 290: on demand changes nothing of the schedule, up to twenty minutes before it.
    service.store.kms().rotate_key_on_demand(root, &key).unwrap();
    assert_eq!(status(&mut service), (true, Some(90), Some(360)));
    service.advance(70 * DAY - 1201);
    service.store.kms().rotate_key_on_demand(root, &key).unwrap();
    service.advance(1);
    let conflict = service.store.kms().rotate_key_on_demand(root, &key);
    assert_eq!(refused(conflict), Some(Class::Conflict));
    service.store.kms().disable_key_rotation(root, &key).unwrap();
    service.store.kms().disable_key_rotation(root, &key).unwrap();
    assert_eq!(status(&mut service), (false, None, None));
    service.advance(1000 * DAY);
    assert_eq!(rotations(&mut service, &key).len(), 5);
}

// r[verify rotation.state.not-rotated]
// r[verify rotation.state.overdue]
// r[verify rotation.state.overdue-once]
// r[verify rotation.state.disabled-status]
// r[verify rotation.state.pending-status]
// r[verify rotation.state.cancel-restores]
#[test]
fn a_key_that_is_not_enabled_is_not_rotated() {
    let mut service = Service::new();
    let key = service.create_key();
    let root = &root_user();
    service.store.kms().enable_key_rotation(root, &key, Some(90)).unwrap();
    let enabled = service.store.kms().key_rotation_status(root, &key).unwrap();
    service.store.kms().disable_key(root, &key).unwrap();
    service.advance(300 * DAY);
    assert_eq!(service.store.kms().key_rotation_status(root, &key).unwrap(), enabled);
    service.store.kms().schedule_key_deletion(root, &key, None).unwrap();
    let pending = service.store.kms().key_rotation_status(root, &key).unwrap();
    assert!(!pending.key_rotation_enabled);
    assert_eq!((pending.rotation_period_in_days, pending.next_rotation_date), (None, None));
    service.advance(DAY);
    service.store.kms().cancel_key_deletion(root, &key).unwrap();
    assert_eq!(service.store.kms().key_rotation_status(root, &key).unwrap(), enabled);
    service.advance(DAY);
    assert_eq!(rotations(&mut service, &key), []);
    service.store.kms().enable_key(root, &key).unwrap();
    assert_eq!(rotations(&mut service, &key), automatic(&[302]));
    service.advance(90 * DAY);
    assert_eq!(rotations(&mut service, &key), automatic(&[302, 392]));
    // Not overdue: enabling rotates nothing.
    service.store.kms().disable_key(root, &key).unwrap();
    service.advance(DAY);
    service.store.kms().enable_key(root, &key).unwrap();
    assert_eq!(rotations(&mut service, &key), automatic(&[302, 392]));
}

// r[verify rotation.automatic.order]
#[test]
fn what_is_due_happens_in_the_order_of_its_dates() {
    let mut service = Service::new();
    let (slow, fast, dying) = (service.create_key(), service.create_key(), service.create_key());
    let root = &root_user();
    let kms = service.store.kms();
    kms.enable_key_rotation(root, &slow, Some(100)).unwrap();
    kms.enable_key_rotation(root, &fast, Some(90)).unwrap();
    kms.enable_key_rotation(root, &dying, Some(90)).unwrap();
    service.advance(75 * DAY);
    service.store.kms().schedule_key_deletion(root, &dying, Some(20)).unwrap();
    service.advance(110 * DAY);
    let events = service.store.kms().lookup_events(root).unwrap();
    let due = events.iter().filter(|it| it.user_identity.invoked_by.is_some());
    let shown: Vec<_> =
        due.map(|it| (it.event_name.as_str(), it.resources[0].arn.as_str())).collect();
    let expected = [
        ("RotateKey", fast.as_str()),
        ("DeleteKey", dying.as_str()),
        ("RotateKey", slow.as_str()),
        ("RotateKey", fast.as_str()),
    ];
    assert_eq!(shown, expected);
}

// r[verify kms.re-encrypt.round-trip]
// r[verify kms.re-encrypt.current-material]
// r[verify kms.re-encrypt.context-not-inherited]
// r[verify kms.re-encrypt.incorrect-key]
// r[verify kms.re-encrypt.source-context]
// r[verify kms.re-encrypt.order]
// r[verify kms.encrypt.round-trip]
// r[verify kms.encrypt.length]
// r[verify kms.usage.re-encrypt]
// r[verify audit.re-encrypt.both-keys]
// r[verify kms.encrypt.key-named-in-reply]
// r[verify kms.re-encrypt.destination-key]
// r[verify kms.re-encrypt.source-key]
// r[verify kms.re-encrypt.fresh]
// r[verify kms.re-encrypt.no-plaintext]
#[test]
fn re_encrypt_moves_a_blob() {
    let mut service = Service::new();
    let (from, to) = (service.create_key(), service.create_key());
    let root = &root_user();
    let encrypt = |service: &mut Service, plaintext: &[u8]| {
        let request = EncryptRequest {
            key_id: from.clone(),
            plaintext: SecretBuffer::copy_of(plaintext),
            context: pairs(&[("a", "1")]),
        };
        service.store.kms().encrypt(root, &request)
    };
    for wrong in [vec![], vec![7; 4097]] {
        assert_eq!(refused(encrypt(&mut service, &wrong)), Some(Class::InvalidArgument));
    }
    encrypt(&mut service, &[7; 4096]).unwrap();
    let made = encrypt(&mut service, b"secret").unwrap();
    service.store.kms().rotate_key_on_demand(root, &from).unwrap();
    let request = |key: Option<&str>, to: &str, context: &[(&str, &str)]| ReEncryptRequest {
        source: DecryptRequest {
            key_id: key.map(str::to_owned),
            blob: made.blob.clone(),
            context: pairs(context),
        },
        destination_key_id: to.to_owned(),
        destination_context: EncryptionContext::new(),
    };
    let context = [("a", "1")];
    for (destination, source) in [(&to, None), (&from, Some(from.as_str()))] {
        let moved = service.store.kms().re_encrypt(root, &request(source, destination, &context));
        let moved = moved.unwrap();
        assert_eq!((&moved.source_key_arn, &moved.encrypted.key_arn), (&from, destination));
        assert_eq!(moved.source_material_id, made.material_id);
        let current = service.store.kms().describe_key(root, destination).unwrap();
        assert_eq!(current.current_key_material_id, Some(moved.encrypted.material_id.clone()));
        let decrypted = decrypt(&mut service, &moved.encrypted.blob).unwrap();
        assert_eq!(decrypted, (b"secret".to_vec(), moved.encrypted.material_id));
    }
    let kms = service.store.kms();
    let refusals = [
        (request(Some(&to), &to, &context), Class::IncorrectKey),
        (request(None, &to, &[]), Class::Integrity),
        (request(Some("absent"), "absent", &context), Class::KeyNotFound),
        (request(None, "absent", &context), Class::KeyNotFound),
    ];
    for (request, class) in refusals {
        assert_eq!(refused(kms.re_encrypt(root, &request)), Some(class));
    }
    kms.disable_key(root, &from).unwrap();
    kms.schedule_key_deletion(root, &to, None).unwrap();
    let both = kms.re_encrypt(root, &request(None, &to, &context));
    assert_eq!(refused(both), Some(Class::KeyDisabled));
    let events = kms.lookup_events(root).unwrap();
    let named: Vec<Vec<&str>> = events
        .iter()
        .filter(|it| it.event_name == "ReEncrypt")
        .map(|it| it.resources.iter().map(|key| key.arn.as_str()).collect())
        .collect();
    let (from, to) = (from.as_str(), to.as_str());
    let expected = [vec![from, to], vec![from], vec![to], vec![from, to], vec![from, to]];
    assert_eq!(named, expected);
    let (counts, _) = kms.key_usage(root).unwrap();
    let count = |key: &str, name: &str| {
        let found = counts.iter().find(|it| it.key_id == key && it.operation == name);
        found.map(|it| it.count)
    };
    assert_eq!((count(from, "ReEncrypt"), count(to, "ReEncrypt")), (Some(2), Some(1)));
    assert_eq!((count(from, "Encrypt"), count(from, "Decrypt")), (Some(2), Some(1)));
}
