//! States of keys, deletion, aliases (spec/key.md, spec/key/deletion.md, spec/key/aliases.md).

use super::*;
use crate::key::{NewKey, Verb};
use crate::kms::{DecryptRequest, EncryptRequest, NewPolicy, ReEncryptRequest};
use crate::secret::SecretBuffer;
use sse_spec::{KeyManager, KeyState};

const DAY: u64 = 86_400;

/// Does one thing with a key, as its root principal.
fn perform(service: &mut Service, verb: Verb, key: &str, other: &str, blob: &[u8]) -> Result<()> {
    let root = &root_user();
    let owned = key.to_owned();
    let source = DecryptRequest { blob: blob.to_vec(), ..Default::default() };
    let data_key = DataKeyRequest {
        key_id: owned.clone(),
        key_spec: Some("AES_128".to_owned()),
        ..Default::default()
    };
    let kms = service.store.kms();
    match verb {
        Verb::GenerateDataKey => kms.generate_data_key(root, &data_key).map(drop),
        Verb::GenerateDataKeyWithoutPlaintext => {
            kms.generate_data_key_without_plaintext(root, &data_key).map(drop)
        }
        Verb::Encrypt => {
            let plaintext = SecretBuffer::copy_of(b"x");
            let context = EncryptionContext::new();
            kms.encrypt(root, &EncryptRequest { key_id: owned, plaintext, context }).map(drop)
        }
        Verb::Decrypt => kms.decrypt(root, &source).map(drop),
        Verb::ReEncryptFrom | Verb::ReEncryptTo => {
            let to = if verb == Verb::ReEncryptTo { key } else { other };
            let other_blob = encrypted(service, other);
            let source = match verb {
                Verb::ReEncryptTo => DecryptRequest { blob: other_blob, ..Default::default() },
                _ => source,
            };
            let destination_key_id = to.to_owned();
            let request = ReEncryptRequest { source, destination_key_id, ..Default::default() };
            service.store.kms().re_encrypt(root, &request).map(drop)
        }
        Verb::DescribeKey => kms.describe_key(root, key).map(drop),
        Verb::GetKeyPolicy => kms.key_policy(root, key).map(drop),
        Verb::PutKeyPolicy => {
            let policy = kms.key_policy(root, key)?;
            let request = NewPolicy { key_id: owned, policy, ..Default::default() };
            Ok(kms.put_key_policy(root, &request)?)
        }
        Verb::EnableKey => kms.enable_key(root, key),
        Verb::DisableKey => kms.disable_key(root, key),
        Verb::ScheduleKeyDeletion => kms.schedule_key_deletion(root, key, None).map(drop),
        Verb::CancelKeyDeletion => kms.cancel_key_deletion(root, key).map(drop),
        Verb::CreateAlias => kms.create_alias(root, "alias/new", key),
        Verb::UpdateAliasFrom => kms.update_alias(root, "alias/its", other),
        Verb::UpdateAliasTo => kms.update_alias(root, "alias/others", key),
        Verb::DeleteAlias => kms.delete_alias(root, "alias/its"),
        Verb::EnableKeyRotation => kms.enable_key_rotation(root, key, None),
        Verb::DisableKeyRotation => kms.disable_key_rotation(root, key),
        Verb::GetKeyRotationStatus => kms.key_rotation_status(root, key).map(drop),
        Verb::RotateKeyOnDemand => kms.rotate_key_on_demand(root, key).map(drop),
        Verb::ListKeyRotations => kms.list_key_rotations(root, key, None).map(drop),
    }
}

fn encrypted(service: &mut Service, key: &str) -> Vec<u8> {
    service.data_key(key, &[]).unwrap().blob
}

// r[verify key.state.table]
// r[verify key.state.class]
// r[verify key.state.cryptography-class]
// r[verify key.disable.refuses-cryptography]
// r[verify key.disable.refuses-other-cryptography]
// r[verify key.disable.other-management-allowed]
// r[verify key.pending-deletion.refuses-cryptography]
// r[verify key.pending-deletion.management-allowed]
// r[verify key.pending-deletion.transitions-refused]
// r[verify key.pending-deletion.no-new-alias]
// r[verify key.cancel-deletion.not-pending]
// r[verify rotation.state.refused]
// r[verify key.enable.restores]
// r[verify kms.key-id.unknown]
#[test]
fn every_cell_of_the_state_table() {
    use KeyState::{Disabled, Enabled, PendingDeletion};
    let (off, invalid) = (Err(Class::KeyDisabled), Err(Class::InvalidKeyState));
    let same = [Ok(Enabled), Ok(Disabled), Ok(PendingDeletion)];
    let crypto = [Ok(Enabled), off, invalid];
    let alive = [Ok(Enabled), Ok(Disabled), invalid];
    let rows = [
        (Verb::GenerateDataKey, crypto),
        (Verb::GenerateDataKeyWithoutPlaintext, crypto),
        (Verb::Encrypt, crypto),
        (Verb::Decrypt, crypto),
        (Verb::ReEncryptFrom, crypto),
        (Verb::ReEncryptTo, crypto),
        (Verb::DescribeKey, same),
        (Verb::GetKeyPolicy, same),
        (Verb::PutKeyPolicy, same),
        (Verb::EnableKey, [Ok(Enabled), Ok(Enabled), invalid]),
        (Verb::DisableKey, [Ok(Disabled), Ok(Disabled), invalid]),
        (Verb::ScheduleKeyDeletion, [Ok(PendingDeletion), Ok(PendingDeletion), invalid]),
        (Verb::CancelKeyDeletion, [invalid, invalid, Ok(Disabled)]),
        (Verb::CreateAlias, alive),
        (Verb::UpdateAliasFrom, same),
        (Verb::UpdateAliasTo, alive),
        (Verb::DeleteAlias, same),
        (Verb::EnableKeyRotation, crypto),
        (Verb::DisableKeyRotation, crypto),
        (Verb::GetKeyRotationStatus, same),
        (Verb::RotateKeyOnDemand, crypto),
        (Verb::ListKeyRotations, same),
    ];
    for (verb, cells) in rows {
        for (state, cell) in [Enabled, Disabled, PendingDeletion].into_iter().zip(cells) {
            let mut service = Service::new();
            let (key, other) = (service.create_key(), service.create_key());
            let blob = encrypted(&mut service, &key);
            let kms = service.store.kms();
            kms.create_alias(&root_user(), "alias/its", &key).unwrap();
            kms.create_alias(&root_user(), "alias/others", &other).unwrap();
            match state {
                Enabled => {}
                Disabled => kms.disable_key(&root_user(), &key).unwrap(),
                PendingDeletion => {
                    kms.schedule_key_deletion(&root_user(), &key, None).unwrap();
                }
            }
            let outcome = perform(&mut service, verb, &key, &other, &blob);
            assert_eq!(refused(outcome), cell.err(), "{verb:?} {state:?}");
            service.restart();
            let after = service.store.kms().describe_key(&root_user(), &key).unwrap();
            assert_eq!(after.key_state, cell.unwrap_or(state), "{verb:?} {state:?}");
            assert_eq!(after.enabled, after.key_state == Enabled);
            // A deleted key is found by nobody.
            service.store.kms().enable_key(&root_user(), &key).ok();
            service.store.kms().schedule_key_deletion(&root_user(), &key, Some(7)).ok();
            service.advance(30 * DAY);
            if verb != Verb::UpdateAliasFrom && verb != Verb::UpdateAliasTo {
                let outcome = perform(&mut service, verb, &key, &other, &blob);
                assert_eq!(refused(outcome), Some(Class::KeyNotFound), "{verb:?}");
            }
        }
    }
}

// r[verify key.schedule-deletion.date]
// r[verify key.schedule-deletion.date-described]
// r[verify key.schedule-deletion.date-only-pending]
// r[verify key.schedule-deletion.waiting-period-limits]
// r[verify key.schedule-deletion.waiting-period-shown]
// r[verify key.cancel-deletion.disabled]
// r[verify key.cancel-deletion.restores]
// r[verify key.cancel-deletion.lasting]
// r[verify key.deletion.on-its-date]
// r[verify key.deletion.not-early]
// r[verify key.deletion.unlisted]
// r[verify key.deletion.objects-class]
// r[verify key.deletion.objects-remain]
// r[verify key.deletion.trail-kept]
// r[verify key.deletion.survives-restart]
// r[verify kms.usage.existence-end]
// r[verify audit.service-event.delete-key]
// r[verify key.deletion.blobs-lost]
// r[verify key.deletion.objects-lost]
// r[verify key.deletion.class]
// r[verify key.deletion.within-a-day]
// r[verify key.pending-deletion.objects-refused]
// r[verify key.schedule-deletion.pending]
// r[verify key.schedule-deletion.arn-in-reply]
// r[verify kms.usage.existence-listed]
// r[verify kms.usage.existence-time]
#[test]
fn a_key_is_deleted_on_its_date_with_everything_under_it() {
    let mut service = Service::new();
    let (key, kept) = (service.create_key(), service.create_key());
    service.store.kms().create_alias(&root_user(), "alias/a", &key).unwrap();
    service.put("object", b"body", &sse_kms(Some(&key))).unwrap();
    let blob = encrypted(&mut service, &key);
    for days in [0, 6, 31] {
        let outcome = service.store.kms().schedule_key_deletion(&root_user(), &key, Some(days));
        assert_eq!(refused(outcome), Some(Class::InvalidArgument));
    }
    let kms = service.store.kms();
    let reply = kms.schedule_key_deletion(&root_user(), &kept, None).unwrap();
    assert_eq!((reply.deletion_date, reply.pending_window_in_days), (NOW + 30 * DAY, Some(30)));
    assert_eq!(kms.cancel_key_deletion(&root_user(), &kept).unwrap(), kept);
    let reply = kms.schedule_key_deletion(&root_user(), &key, Some(7)).unwrap();
    assert_eq!((&reply.key_id, reply.deletion_date), (&key, NOW + 7 * DAY));
    assert_eq!(reply.key_state, KeyState::PendingDeletion);
    service.advance(7 * DAY - 1);
    let described = service.store.kms().describe_key(&root_user(), "alias/a").unwrap();
    assert_eq!(described.deletion_date, Some(NOW + 7 * DAY));
    assert_eq!(refused(service.get("object")), Some(Class::InvalidKeyState));
    let before = service.store.kms().lookup_events(&root_user()).unwrap();

    service.advance(1);
    assert_eq!(service.store.kms().key_arn(&root_user(), "alias/a"), None);
    service.store.kms().run_due_events().unwrap();
    let place = Place::Key(described.key_id.clone());
    assert!(service.disk.open(&place).unwrap().is_none());
    for _ in 0..2 {
        for name in [&key, &described.key_id, "alias/a"] {
            let outcome = service.store.kms().describe_key(&root_user(), name);
            assert_eq!(refused(outcome), Some(Class::KeyNotFound));
        }
        let request = DecryptRequest { blob: blob.clone(), ..Default::default() };
        let outcome = service.store.kms().decrypt(&root_user(), &request);
        assert_eq!(refused(outcome), Some(Class::KeyNotFound));
        assert_eq!(refused(service.get("object")), Some(Class::KeyNotFound));
        assert_eq!(service.head("object").unwrap().size, 4);
        let kms = service.store.kms();
        assert_eq!(kms.list_keys(&root_user()).unwrap().len(), 1);
        assert_eq!(kms.list_aliases(&root_user(), None).unwrap(), []);
        let events = kms.lookup_events(&root_user()).unwrap();
        assert_eq!(events[..before.len()], before);
        let last = &events[before.len()];
        assert_eq!((last.event_name.as_str(), events.len()), ("DeleteKey", before.len() + 1));
        assert_eq!(last.event_time, crate::audit::format_time(NOW + 7 * DAY));
        assert_eq!(last.user_identity.invoked_by.as_deref(), Some("AWS Internal"));
        assert_eq!(last.user_identity.account_id, "111122223333");
        let (counts, keys) = kms.key_usage(&root_user()).unwrap();
        assert_eq!(counts.iter().filter(|it| it.key_id == key).count(), 1);
        assert_eq!(keys.iter().map(|it| &it.key_id).collect::<Vec<_>>(), [&kept]);
        assert_eq!(keys[0].seconds, 7 * DAY);
        service.restart();
    }
    service.advance(60 * DAY);
    let described = service.store.kms().describe_key(&root_user(), &kept).unwrap();
    assert_eq!(described.key_state, KeyState::Disabled);
    assert_eq!(described.deletion_date, None);
}

// r[verify key.create-alias.names-key]
// r[verify key.create-alias.exists]
// r[verify key.create-alias.case]
// r[verify key.create-alias.limit]
// r[verify key.update-alias.names-new-key]
// r[verify key.update-alias.limit]
// r[verify key.update-alias.same-key]
// r[verify key.delete-alias.gone]
// r[verify key.delete-alias.key-kept]
// r[verify key.list-aliases.complete]
// r[verify key.list-aliases.of-key]
// r[verify key.list-aliases.foreign-key]
// r[verify key.alias.survives-restart]
// r[verify kms.key-id.four-forms]
// r[verify kms.key-id.alias-of-caller]
// r[verify kms.key-id.management-forms]
// r[verify key.list-aliases.arn]
// r[verify key.update-alias.unknown]
// r[verify key.delete-alias.unknown]
#[test]
fn an_alias_names_one_key_at_a_time() {
    let mut service = Service::new();
    let (first, second) = (service.create_key(), service.create_key());
    let root = &root_user();
    let foreign = service.store.kms().create_key(&other_root(), &NewKey::default()).unwrap();
    let kms = service.store.kms();
    kms.create_alias(root, "alias/a", &first).unwrap();
    kms.create_alias(root, "alias/A", &second).unwrap();
    kms.create_alias(&other_root(), "alias/a", &foreign.arn).unwrap();
    assert_eq!(refused(kms.create_alias(root, "alias/a", &second)), Some(Class::AliasExists));
    let arn = "arn:aws:kms:us-east-1:111122223333:alias/a";
    for name in ["alias/a", arn] {
        assert_eq!(kms.describe_key(root, name).unwrap().arn, first);
        assert_eq!(refused(kms.enable_key(root, name)), Some(Class::KeyNotFound));
        assert_eq!(kms.key_arn(root, name).unwrap(), first);
    }
    assert_eq!(kms.describe_key(&other_root(), "alias/a").unwrap().arn, foreign.arn);
    assert_eq!(service.data_key("alias/a", &[]).unwrap().key_arn, first);
    let before = service.store.kms().describe_key(root, &first).unwrap();
    service.store.kms().update_alias(root, "alias/a", &second).unwrap();
    service.restart();
    assert_eq!(service.data_key("alias/a", &[]).unwrap().key_arn, second);
    let kms = service.store.kms();
    assert_eq!(kms.describe_key(root, &first).unwrap(), before);
    let names = |kms: &mut crate::kms::Kms, key: Option<&str>| {
        let listed = kms.list_aliases(&root_user(), key).unwrap();
        listed.into_iter().map(|alias| alias.alias_name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(kms, None), "alias/A alias/a");
    assert_eq!(
        (names(kms, Some(&first)), names(kms, Some(&second))),
        (String::new(), "alias/A alias/a".to_owned(),)
    );
    assert_eq!(names(kms, Some(&foreign.arn)), "");
    let listed = kms.list_aliases(root, None).unwrap();
    assert_eq!(listed[1].alias_arn, arn);
    kms.delete_alias(root, "alias/a").unwrap();
    assert_eq!(refused(kms.delete_alias(root, "alias/a")), Some(Class::KeyNotFound));
    assert_eq!(refused(kms.update_alias(root, "alias/a", &first)), Some(Class::KeyNotFound));
    kms.create_alias(root, "alias/a", &first).unwrap();
    for number in 1..50 {
        kms.create_alias(root, &format!("alias/{number}"), &first).unwrap();
    }
    assert_eq!(refused(kms.create_alias(root, "alias/50", &first)), Some(Class::LimitExceeded));
    assert_eq!(refused(kms.update_alias(root, "alias/A", &first)), Some(Class::LimitExceeded));
    kms.update_alias(root, "alias/a", &first).unwrap();
    assert_eq!(kms.list_aliases(root, Some(&first)).unwrap().len(), 50);
    assert_eq!(kms.describe_key(root, "alias/A").unwrap().arn, second);
}

// r[verify key.create-alias.name]
// r[verify key.create-alias.reserved]
// r[verify kms.key-id.no-form]
// r[verify kms.key-id.length]
// r[verify kms.key-id.unresolved-class]
// r[verify kms.order.parameters-class]
// r[verify kms.key-id.unknown-alias]
#[test]
fn names_of_aliases_and_keys_have_their_forms() {
    let mut service = Service::new();
    let key = service.create_key();
    let kms = service.store.kms();
    let long = format!("alias/{}", "x".repeat(250));
    kms.create_alias(&root_user(), &long, &key).unwrap();
    let wrong = [
        "",
        "a",
        "alias/",
        "alias/aws/s3",
        "alias/aws/x",
        "alias/a b",
        "alias/a.b",
        "alias/a:b",
        "alias/ä",
        "Alias/a",
        "arn:aws:kms:us-east-1:111122223333:alias/a",
        &format!("{long}x"),
    ];
    for name in wrong {
        let outcomes = [
            kms.create_alias(&root_user(), name, &key),
            kms.update_alias(&root_user(), name, &key),
            kms.delete_alias(&root_user(), name),
        ];
        for outcome in outcomes {
            assert_eq!(refused(outcome), Some(Class::InvalidArgument), "{name}");
        }
    }
    let id = key.rsplit('/').next().unwrap();
    let absent = [
        "x",
        id.trim_end_matches(char::is_alphanumeric),
        &id.to_uppercase(),
        &id.replace('-', ""),
        &key.replace("us-east-1", "eu-west-1"),
        &format!("key/{id}"),
        &key.replace("111122223333", "444455556666"),
        &key.replace("111122223333", ""),
        &key.replace("key/", ""),
        &key.replace("key/", "alias/"),
        "alias/absent",
        "arn:",
        "arn:aws",
        &"x".repeat(2048),
    ];
    for name in absent {
        let outcome = kms.describe_key(&root_user(), name);
        assert_eq!(refused(outcome), Some(Class::KeyNotFound), "{name}");
    }
    for name in ["", &"ä".repeat(2049)] {
        let outcomes = [
            kms.describe_key(&root_user(), name).map(drop),
            kms.enable_key_rotation(&root_user(), name, None),
            kms.create_alias(&root_user(), "alias/new", name),
            kms.list_aliases(&root_user(), Some(name)).map(drop),
        ];
        for outcome in outcomes {
            assert_eq!(refused(outcome), Some(Class::InvalidArgument), "{name}");
        }
    }
}

// r[verify key.aws-managed.alias-listed]
// r[verify key.aws-managed.alias-resolved]
// r[verify key.aws-managed.policy-shown]
// r[verify key.aws-managed.management-class]
// r[verify key.aws-managed.no-direct-cryptography]
// r[verify rotation.aws-managed.status]
// r[verify rotation.aws-managed.schedule]
// r[verify key.aws-managed.not-managed]
// r[verify key.describe.customer]
#[test]
fn the_managed_key_follows_its_policy() {
    let mut service = Service::new();
    let absent = service.store.kms().describe_key(&root_user(), "alias/aws/s3");
    assert_eq!(refused(absent), Some(Class::KeyNotFound));
    let arn = service.put("object", b"body", &sse_kms(None)).unwrap().sse.kms_key_id.unwrap();
    let other = service.create_key();
    service.restart();
    let kms = service.store.kms();
    let described = kms.describe_key(&root_user(), "alias/aws/s3").unwrap();
    assert_eq!(described.arn, arn);
    assert_eq!(described.key_manager, KeyManager::Aws);
    let listed = kms.list_aliases(&root_user(), Some(&arn)).unwrap();
    assert_eq!((listed.len(), listed[0].alias_name.as_str()), (1, "alias/aws/s3"));
    let policy: serde_json::Value =
        serde_json::from_str(&kms.key_policy(&root_user(), &arn).unwrap()).unwrap();
    assert_eq!(policy["Statement"].as_array().unwrap().len(), 2);
    let allowed =
        [Verb::DescribeKey, Verb::GetKeyPolicy, Verb::GetKeyRotationStatus, Verb::ListKeyRotations];
    let managed = [
        Verb::GenerateDataKey,
        Verb::GenerateDataKeyWithoutPlaintext,
        Verb::Encrypt,
        Verb::ReEncryptTo,
        Verb::PutKeyPolicy,
        Verb::EnableKey,
        Verb::DisableKey,
        Verb::ScheduleKeyDeletion,
        Verb::CancelKeyDeletion,
        Verb::CreateAlias,
        Verb::EnableKeyRotation,
        Verb::DisableKeyRotation,
        Verb::RotateKeyOnDemand,
    ];
    for verb in allowed {
        perform(&mut service, verb, &arn, &other, &[]).unwrap();
    }
    for verb in managed {
        let outcome = perform(&mut service, verb, &arn, &other, &[]);
        assert_eq!(refused(outcome), Some(Class::AccessDenied), "{verb:?}");
    }
    service.advance(730 * DAY);
    let kms = service.store.kms();
    let status = kms.key_rotation_status(&root_user(), &arn).unwrap();
    assert_eq!(status.rotation_period_in_days, Some(365));
    assert_eq!(status.next_rotation_date, Some(NOW + 3 * 365 * DAY));
    assert_eq!(kms.list_key_rotations(&root_user(), &arn, None).unwrap().len(), 2);
    assert_eq!(service.get("object").unwrap().0, b"body");
}

#[test]
fn an_old_copy_of_a_key_gives_no_alias_two_meanings() {
    let mut service = Service::new();
    let (first, second) = (service.create_key(), service.create_key());
    service.store.kms().create_alias(&root_user(), "alias/a", &first).unwrap();
    let place = Place::Key(first.rsplit('/').next().unwrap().to_owned());
    let old = service.item(&place);
    service.store.kms().update_alias(&root_user(), "alias/a", &second).unwrap();
    service.reopen().unwrap();
    service.write_item(&place, &old);
    assert_eq!(refused(service.reopen()), Some(Class::DamagedStore));
}
