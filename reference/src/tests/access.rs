//! Who may do what with a key, end to end, and what the trail says of it (spec/policy.md,
//! spec/audit.md).

use super::*;
use crate::key::NewKey;
use crate::kms::{DecryptRequest, NewPolicy, ReEncryptRequest};
use crate::policy::PolicyRefused;
use crate::refusal::Side;
use sse_spec::AuditEntry;

const ALLOW_ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const DELEGATE: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}"#;

fn eve() -> Caller {
    Caller::from_arn("arn:aws:iam::444455556666:user/eve", true).unwrap()
}

/// A key policy of delegation and one more Allow.
fn policy(principal: &str, action: &str, condition: &str) -> String {
    let who = format!(r#""Effect":"Allow","Principal":{{"AWS":"{principal}"}}"#);
    let what = format!(r#""Action":"{action}","Resource":"*","Condition":{condition}"#);
    let allow = format!("{{{who},{what}}}");
    format!(r#"{{"Statement":[{DELEGATE},{allow}]}}"#)
}

const ALWAYS: &str = r#"{"Null":{"aws:PrincipalArn":"false"}}"#;

impl Service {
    fn put_policy(&mut self, by: &Caller, key: &str, policy: &str) -> Result<(), PolicyRefused> {
        let request = NewPolicy {
            key_id: key.to_owned(),
            policy: policy.to_owned(),
            bypass_policy_lockout_safety_check: false,
        };
        self.store.kms().put_key_policy(by, &request)
    }

    fn use_as(&mut self, by: &Caller, key: &str, context: &[(&str, &str)]) -> Result<DataKey> {
        let request = DataKeyRequest {
            key_id: key.to_owned(),
            key_spec: Some("AES_256".to_owned()),
            number_of_bytes: None,
            context: pairs(context),
        };
        self.store.kms().generate_data_key(by, &request)
    }

    fn create_people(&mut self) {
        self.store.create_principal(&root_user(), None, "alice").unwrap();
        self.store.create_principal(&root_user(), Some("444455556666"), "eve").unwrap();
    }
}

// r[verify policy.document.default-key-policy]
// r[verify policy.document.latest]
// r[verify policy.document.text-kept]
// r[verify policy.document.survives-restart]
// r[verify policy.key.delegation-with-iam]
// r[verify policy.key.direct-allow]
// r[verify kms.generate-data-key-without-plaintext.own-permission]
#[test]
fn policies_decide_and_survive_a_restart() {
    let mut service = Service::new();
    service.create_people();
    let key = service.create_key();
    let denied = Some(Class::AccessDenied);
    assert_eq!(refused(service.use_as(&alice(), &key, &[])), denied);
    service.store.put_identity_policy(alice().arn(), "all", ALLOW_ALL).unwrap();
    service.use_as(&alice(), &key, &[]).unwrap();
    service.restart();
    service.use_as(&alice(), &key, &[]).unwrap();
    service.store.delete_identity_policy(alice().arn(), "all").unwrap();
    service.store.delete_identity_policy(alice().arn(), "all").unwrap();
    assert_eq!(refused(service.use_as(&alice(), &key, &[])), denied);

    let text = format!(" {}\n", policy(alice().arn(), "kms:GenerateDataKey", ALWAYS));
    service.put_policy(&root_user(), &key, &text).unwrap();
    service.restart();
    service.use_as(&alice(), &key, &[]).unwrap();
    assert_eq!(service.store.kms().key_policy(&root_user(), &key).unwrap(), text);
    let without =
        DataKeyRequest { key_id: key.clone(), number_of_bytes: Some(1), ..Default::default() };
    let outcome = service.store.kms().generate_data_key_without_plaintext(&alice(), &without);
    assert_eq!(refused(outcome), denied);
    service.put_policy(&root_user(), &key, &format!(r#"{{"Statement":{DELEGATE}}}"#)).unwrap();
    assert_eq!(refused(service.use_as(&alice(), &key, &[])), denied);
}

// r[verify policy.document.lockout]
// r[verify policy.document.unknown-principal]
// r[verify policy.document.unknown-refused]
#[test]
fn a_policy_may_not_lock_out_or_name_nobody() {
    let mut service = Service::new();
    service.create_people();
    let key = service.create_key();
    let only_alice = DELEGATE.replace("111122223333", alice().arn());
    let only_alice = format!(r#"{{"Statement":{only_alice}}}"#);
    let nobody = policy("arn:aws:iam::111122223333:role/nobody", "kms:*", ALWAYS);
    let slip = DELEGATE.replace("Effect", "effect");
    let slip = format!(r#"{{"Statement":[{DELEGATE},{slip}]}}"#);
    let long = format!("{only_alice}{}", " ".repeat(32_768));
    let rows = [
        (
            &only_alice,
            Class::MalformedPolicy,
            "malformed policy at `the document`: it would lock its author out",
        ),
        (
            &nobody,
            Class::MalformedPolicy,
            "malformed policy at `Statement[1].Principal.AWS`: a principal who does not exist",
        ),
        (
            &slip,
            Class::MalformedPolicy,
            "malformed policy at `Statement[1].effect`: an unknown member",
        ),
        (&long, Class::LimitExceeded, "malformed policy at `the document`: too long"),
    ];
    let before = service.store.kms().key_policy(&root_user(), &key).unwrap();
    for (text, class, message) in rows {
        let wanted = NewKey { policy: Some(text.clone()), ..NewKey::default() };
        let made = service.store.kms().create_key(&root_user(), &wanted).unwrap_err();
        let put = service.put_policy(&root_user(), &key, text).unwrap_err();
        for refusal in [made.on(Side::Kms), put.on(Side::Kms)] {
            assert_eq!((refusal.class, refusal.message.as_str()), (class, message));
        }
    }
    assert_eq!(service.store.kms().key_policy(&root_user(), &key).unwrap(), before);
    assert_eq!(service.store.kms().list_keys(&root_user()).unwrap().len(), 1);
    // Lookup and authorization come before the checks on whom a document names.
    assert_eq!(
        refused(service.put_policy(&root_user(), "absent", &nobody)),
        Some(Class::KeyNotFound)
    );
    assert_eq!(refused(service.put_policy(&alice(), &key, &nobody)), Some(Class::AccessDenied));
    assert_eq!(
        refused(service.put_policy(&alice(), "absent", &slip)),
        Some(Class::MalformedPolicy)
    );
    let bypass = NewPolicy {
        key_id: key.clone(),
        policy: only_alice,
        bypass_policy_lockout_safety_check: true,
    };
    service.store.kms().put_key_policy(&root_user(), &bypass).unwrap();
    assert_eq!(refused(service.use_as(&root_user(), &key, &[])), Some(Class::AccessDenied));
    service.use_as(&alice(), &key, &[]).unwrap();
}

// r[verify policy.condition.via-service]
// r[verify policy.condition.caller-account]
// r[verify policy.condition.request-alias]
// r[verify policy.condition.secure-transport]
#[test]
fn a_request_carries_its_circumstances() {
    let mut service = Service::new();
    service.create_people();
    let key = service.create_key();
    service.store.kms().create_alias(&root_user(), "alias/a", &key).unwrap();
    let arn = "arn:aws:kms:us-east-1:111122223333:alias/a";
    let insecure = Caller::from_arn(alice().arn(), false).unwrap();
    let through = alice().through_store();
    let via = r#"{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#;
    let alias = r#"{"StringEquals":{"kms:RequestAlias":"alias/a"}}"#;
    let pair = r#"{"StringEquals":{"kms:EncryptionContext:dept":"IT"}}"#;
    let names = r#"{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"Dept"}}"#;
    let none = r#"{"Null":{"kms:EncryptionContextKeys":"true"}}"#;
    let secure = r#"{"Bool":{"aws:SecureTransport":"true"}}"#;
    let account = r#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#;
    let it = [("Dept", "IT")];
    let rows: [(&str, &Caller, &str, &[_], bool); 15] = [
        (via, &alice(), &key, &[], false),
        (via, &through, &key, &[], true),
        (alias, &alice(), &key, &[], false),
        (alias, &alice(), "alias/a", &[], true),
        (alias, &alice(), arn, &[], true),
        (pair, &alice(), &key, &it, true),
        (pair, &alice(), &key, &[("Dept", "HR")], false),
        (pair, &alice(), &key, &[], false),
        (names, &alice(), &key, &it, true),
        (names, &alice(), &key, &[("dept", "IT")], false),
        (none, &alice(), &key, &[], true),
        (none, &alice(), &key, &it, false),
        (secure, &alice(), &key, &[], true),
        (secure, &insecure, &key, &[], false),
        (account, &alice(), &key, &[], true),
    ];
    for (condition, caller, name, context, allowed) in rows {
        let text = policy(alice().arn(), "kms:GenerateDataKey", condition);
        service.put_policy(&root_user(), &key, &text).unwrap();
        let outcome = service.use_as(caller, name, context);
        assert_eq!(outcome.is_ok(), allowed, "{condition} {name} {context:?}");
    }
}

// r[verify audit.cross-account.both-see]
// r[verify audit.cross-account.denied-unseen]
// r[verify policy.cross-account.both]
// r[verify kms.key-id.other-account]
#[test]
fn another_account_needs_both_sides_and_sees_its_own_denials() {
    let mut service = Service::new();
    service.create_people();
    let key = service.create_key();
    let id = key.rsplit('/').next().unwrap().to_owned();
    service.store.put_identity_policy(eve().arn(), "all", ALLOW_ALL).unwrap();
    let mut seen = vec![(0, 0)];
    let mut check = |service: &mut Service, owner: usize, user: usize| {
        let last = *seen.last().unwrap();
        let kms = service.store.kms();
        let used = |it: &AuditEntry| it.event_name == "GenerateDataKey";
        let mut count =
            |by: &Caller| kms.lookup_events(by).unwrap().iter().filter(|it| used(it)).count();
        let now = (count(&root_user()), count(&other_root()));
        assert_eq!((now.0 - last.0, now.1 - last.1), (owner, user));
        seen.push(now);
    };
    assert_eq!(refused(service.use_as(&eve(), &key, &[])), Some(Class::AccessDenied));
    check(&mut service, 0, 1);
    assert_eq!(refused(service.use_as(&eve(), &id, &[])), Some(Class::KeyNotFound));
    check(&mut service, 0, 0);
    service.put_policy(&root_user(), &key, &policy("444455556666", "kms:*", ALWAYS)).unwrap();
    let data_key = service.use_as(&eve(), &key, &[]).unwrap();
    check(&mut service, 1, 1);
    let request = DecryptRequest { blob: data_key.blob, ..Default::default() };
    service.store.kms().decrypt(&eve(), &request).unwrap();
    let by_other = service.store.kms().disable_key(&eve(), &key);
    assert_eq!(refused(by_other), Some(Class::AccessDenied));
    let by_other = service.store.kms().create_alias(&other_root(), "alias/a", &key);
    assert_eq!(refused(by_other), Some(Class::AccessDenied));
    service.store.kms().disable_key(&root_user(), &key).unwrap();
    assert_eq!(refused(service.use_as(&eve(), &key, &[])), Some(Class::KeyDisabled));
    check(&mut service, 1, 1);
    let (counts, keys) = service.store.kms().key_usage(&root_user()).unwrap();
    assert_eq!((counts.len(), keys.len()), (2, 1));
    assert_eq!(service.store.kms().key_usage(&other_root()).unwrap(), (vec![], vec![]));
    service.store.delete_identity_policy(eve().arn(), "all").unwrap();
    service.store.kms().enable_key(&root_user(), &key).unwrap();
    assert_eq!(refused(service.use_as(&eve(), &key, &[])), Some(Class::AccessDenied));
}

// r[verify kms.re-encrypt.from-permission]
// r[verify kms.re-encrypt.to-permission]
#[test]
fn re_encrypt_needs_two_permissions_and_no_other() {
    let mut service = Service::new();
    service.create_people();
    let (from, to) = (service.create_key(), service.create_key());
    let blob = service.data_key(&from, &[]).unwrap().blob;
    let request = ReEncryptRequest {
        source: DecryptRequest { blob, ..Default::default() },
        destination_key_id: to.clone(),
        ..Default::default()
    };
    for (on_from, on_to, allowed) in [
        ("kms:ReEncryptFrom", "kms:ReEncryptTo", true),
        ("kms:ReEncryptTo", "kms:ReEncryptTo", false),
        ("kms:ReEncryptFrom", "kms:ReEncryptFrom", false),
        ("kms:Decrypt", "kms:Encrypt", false),
    ] {
        for (key, action) in [(&from, on_from), (&to, on_to)] {
            let text = policy(alice().arn(), action, ALWAYS);
            service.put_policy(&root_user(), key, &text).unwrap();
        }
        let outcome = service.store.kms().re_encrypt(&alice(), &request);
        assert_eq!(
            refused(outcome),
            (!allowed).then_some(Class::AccessDenied),
            "{on_from} {on_to}"
        );
    }
}

/// What alice may do with an alias whose keys allow her everything but what is left out.
#[test]
fn an_alias_needs_permission_on_the_alias_and_on_each_key() {
    let mut service = Service::new();
    service.create_people();
    let (old, new) = (service.create_key(), service.create_key());
    let all = policy(alice().arn(), "kms:*", ALWAYS);
    let none = format!(r#"{{"Statement":[{DELEGATE}]}}"#);
    let on_alias = ALLOW_ALL
        .replace(r#""*""#, r#""kms:*Alias""#)
        .replace(r#""Resource":"kms:*Alias""#, r#""Resource":"arn:aws:kms:*:alias/a""#);
    let on_alias = on_alias.as_str();
    let denied = Some(Class::AccessDenied);
    for (identity, on_old, on_new, create, update) in [
        (on_alias, &all, &all, None, None),
        (on_alias, &all, &none, None, denied),
        (on_alias, &none, &all, denied, denied),
        ("", &all, &all, denied, denied),
    ] {
        if identity.is_empty() {
            service.store.delete_identity_policy(alice().arn(), "alias").unwrap();
        } else {
            service.store.put_identity_policy(alice().arn(), "alias", identity).unwrap();
        }
        service.put_policy(&root_user(), &old, on_old).unwrap();
        service.put_policy(&root_user(), &new, on_new).unwrap();
        let kms = service.store.kms();
        kms.delete_alias(&root_user(), "alias/a").ok();
        assert_eq!(refused(kms.create_alias(&alice(), "alias/a", &old)), create);
        kms.create_alias(&root_user(), "alias/a", &old).ok();
        assert_eq!(refused(kms.update_alias(&alice(), "alias/a", &new)), update);
        kms.update_alias(&root_user(), "alias/a", &old).unwrap();
        assert_eq!(refused(kms.delete_alias(&alice(), "alias/a")), create);
        assert_eq!(refused(kms.list_aliases(&alice(), None)), denied);
    }
}

// r[verify audit.entry.fields]
// r[verify audit.state-change.management]
// r[verify audit.state-change.read-only]
#[test]
fn an_entry_holds_what_was_asked_for() {
    let mut service = Service::new();
    let (key, other) = (service.create_key(), service.create_key());
    let root = &root_user();
    let blob = service.data_key(&key, &[("a", "1")]).unwrap().blob;
    let policy = service.store.kms().key_policy(root, &key).unwrap();
    service.put_policy(root, &key, &policy).unwrap();
    let kms = service.store.kms();
    let request =
        DataKeyRequest { key_id: key.clone(), number_of_bytes: Some(5), ..Default::default() };
    kms.generate_data_key_without_plaintext(root, &request).unwrap();
    let source = DecryptRequest { key_id: None, blob, context: pairs(&[("a", "1")]) };
    kms.decrypt(root, &source).unwrap();
    let destination_key_id = other.clone();
    let request = ReEncryptRequest { source, destination_key_id, ..Default::default() };
    kms.re_encrypt(root, &request).unwrap();
    kms.create_alias(root, "alias/a", &key).unwrap();
    kms.update_alias(root, "alias/a", &other).unwrap();
    kms.delete_alias(root, "alias/a").unwrap();
    kms.enable_key_rotation(root, &key, Some(90)).unwrap();
    kms.disable_key_rotation(root, &key).unwrap();
    kms.rotate_key_on_demand(root, &key).unwrap();
    kms.schedule_key_deletion(root, &key, None).unwrap();
    kms.cancel_key_deletion(root, &key).unwrap();
    kms.enable_key(&alice(), &key).unwrap_err();
    let shown = |it: AuditEntry| {
        let parameters = it.request_parameters.to_string();
        let parameters = parameters.replace(&key, "KEY").replace(&other, "OTHER");
        let words = [
            ("sourceEncryption", "encryption"),
            ("destinationEncryption", "encryption"),
            (r#""encryptionAlgorithm":"SYMMETRIC_DEFAULT""#, "ALGORITHM"),
            (r#""encryptionContext":{"a":"1"}"#, "PAIR"),
        ];
        let parameters = words.iter().fold(parameters, |text, (from, to)| text.replace(from, to));
        let keys: Vec<_> =
            it.resources.iter().map(|it| if it.arn == key { "KEY" } else { "OTHER" }).collect();
        let code = it.error_code.unwrap_or_default();
        format!("{} {} {} {parameters} {code}", it.event_name, keys.join("+"), it.read_only)
    };
    let events = kms.lookup_events(root).unwrap();
    let events: Vec<_> = events.into_iter().map(shown).collect();
    let id = r#"{"keyId":"KEY"}"#;
    let expected = [
        "CreateKey KEY false null ",
        "CreateKey OTHER false null ",
        r#"GenerateDataKey KEY true {PAIR,"keyId":"KEY","keySpec":"AES_256"} "#,
        &format!("GetKeyPolicy KEY true {id} "),
        &format!("PutKeyPolicy KEY false {id} "),
        r#"GenerateDataKeyWithoutPlaintext KEY true {"keyId":"KEY","numberOfBytes":5} "#,
        r#"Decrypt KEY true {ALGORITHM,PAIR} "#,
        r#"ReEncrypt KEY+OTHER true {ALGORITHM,"destinationKeyId":"OTHER",ALGORITHM,PAIR} "#,
        r#"CreateAlias KEY false {"aliasName":"alias/a","targetKeyId":"KEY"} "#,
        r#"UpdateAlias OTHER false {"aliasName":"alias/a","targetKeyId":"OTHER"} "#,
        r#"DeleteAlias OTHER false {"aliasName":"alias/a"} "#,
        r#"EnableKeyRotation KEY false {"keyId":"KEY","rotationPeriodInDays":90} "#,
        &format!("DisableKeyRotation KEY false {id} "),
        &format!("RotateKeyOnDemand KEY false {id} "),
        "RotateKey KEY false null ",
        &format!("ScheduleKeyDeletion KEY false {id} "),
        &format!("CancelKeyDeletion KEY false {id} "),
        &format!("EnableKey KEY false {id} AccessDenied"),
    ];
    for (event, expected) in events.iter().zip(expected) {
        assert_eq!(event, expected);
    }
    assert_eq!(events.len(), expected.len());
}

#[test]
fn principals_are_fixtures() {
    let mut service = Service::new();
    service.create_people();
    let store = &mut service.store;
    let invalid = Some(Class::InvalidArgument);
    let made = store.create_principal(&eve(), None, "a+=,.@_-Z9").unwrap();
    assert_eq!(made, "arn:aws:iam::444455556666:user/a+=,.@_-Z9");
    for name in ["alice", "", "a b", "a/b", "ä", &"a".repeat(65)] {
        assert_eq!(refused(store.create_principal(&root_user(), None, name)), invalid, "{name}");
    }
    for account in ["999999999999", "1", ""] {
        assert_eq!(refused(store.create_principal(&root_user(), Some(account), "new")), invalid);
    }
    let nobody = Some(Class::NoSuchPrincipal);
    for arn in ["arn:aws:iam::111122223333:user/bob", root_user().arn(), "x"] {
        assert_eq!(refused(store.put_identity_policy(arn, "p", ALLOW_ALL)), nobody);
        assert_eq!(refused(store.delete_identity_policy(arn, "p")), nobody);
    }
    let slip = store.put_identity_policy(alice().arn(), "p", "{}").unwrap_err();
    assert_eq!(slip.on(Side::S3).code, "MalformedPolicy");
    // An account of one's own is one's own to fill.
    assert_eq!(
        refused(store.kms().create_key(&alice(), &NewKey::default())),
        Some(Class::AccessDenied)
    );
    store.put_identity_policy(alice().arn(), "p", ALLOW_ALL).unwrap();
    let key = store.kms().create_key(&alice(), &NewKey::default()).unwrap();
    assert_eq!(key.account_id, "111122223333");
    assert_eq!(store.kms().list_keys(&alice()).unwrap().len(), 1);
    // Nothing of it can be changed at rest without the root secret.
    let place = Place::Principal(alice().arn().to_owned());
    assert_eq!(Place::parse(&place.id()), Some(place.clone()));
    let mut bytes = service.item(&place);
    *bytes.last_mut().unwrap() ^= 1;
    service.write_item(&place, &bytes);
    assert_eq!(refused(service.reopen()), Some(Class::DamagedStore));
}
