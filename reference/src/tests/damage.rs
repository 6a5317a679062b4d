//! Damage at rest: never a panic, never wrong bytes (spec/sse.md, tampering).

use super::*;
use crate::refusal::Side;
use proptest::prelude::*;

// r[verify sse.tamper.refused]
// r[verify sse.tamper.metadata]
// r[verify sse.tamper.head]
// r[verify refusal.integrity.opaque-object]
#[test]
fn every_changed_bit_of_an_object_is_refused_with_one_refusal() {
    let mut service = Service::new();
    let whole = Refused(Class::Integrity).on(Side::S3);
    for sse in [sse_s3(), sse_kms(None)] {
        service.put("key", b"body", &sse).unwrap();
        let (place, head) = (object("key"), service.head("key").unwrap());
        let item = service.item(&place);
        for bit in 0..item.len() * 8 {
            let mut damaged = item.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            service.write_item(&place, &damaged);
            assert_eq!(service.get("key").unwrap_err().on(Side::S3), whole, "bit {bit}");
            // A head reads the record, and of the body what the record commits to.
            assert!(
                service.head("key").is_ok_and(|shown| shown == head)
                    || bit / 8 < 56
                    || bit / 8 >= 76
            );
            assert!(service.head("key").map_or(true, |shown| shown == head));
        }
        service.write_item(&place, &item);
        assert_eq!(service.get("key").unwrap().0, b"body");
    }
}

// r[verify sse.tamper.refused]
// r[verify sse.tamper.metadata]
// r[verify sse.tamper.head]
// r[verify sealed-object.open.part-moved]
#[test]
fn every_changed_byte_of_an_object_of_two_parts_is_refused() {
    let mut service = Service::new();
    let bodies = [body(100), b"two".to_vec()];
    for sse in [sse_s3(), sse_kms(None)] {
        service.put_parts("key", &[&bodies[0], &bodies[1]], &sse).unwrap();
        let (place, head) = (object("key"), service.head("key").unwrap());
        let item = service.item(&place);
        let check = |service: &mut Service, damaged: &[u8], what: &str| {
            service.write_item(&place, damaged);
            let mut released = Vec::new();
            match service.store.get(&root_user(), &get("key"), &mut released) {
                Ok(got) => {
                    assert_eq!(got.aborted, Some(Refused(Class::Integrity)), "{what}");
                    assert!(released == bodies[0], "{what}");
                }
                Err(refused) => {
                    assert_eq!(refused, Refused(Class::Integrity), "{what}");
                    assert!(released.is_empty(), "{what}");
                }
            }
            assert!(service.head("key").map_or(true, |shown| shown == head), "{what}");
        };
        for byte in 0..item.len() {
            for mask in [1, 0x80, 0xff] {
                let mut damaged = item.clone();
                damaged[byte] ^= mask;
                check(&mut service, &damaged, &format!("byte {byte}"));
            }
        }
        for length in 0..item.len() {
            check(&mut service, &item[..length], &format!("length {length}"));
        }
        check(&mut service, &[item.as_slice(), &[0]].concat(), "longer");
        // The bodies exchanged, dropped, repeated.
        let (one, rest) = item.split_at(172);
        let (two, rest) = rest.split_at(75);
        for bodies in [[two, one], [one, one], [two, two], [one, b""], [b"", two]] {
            check(&mut service, &[bodies[0], bodies[1], rest].concat(), "moved");
        }
        service.write_item(&place, &item);
        assert_eq!(service.get("key").unwrap().0, bodies.concat());
    }
}

// r[verify sse.tamper.swap]
#[test]
fn an_object_at_anothers_place_is_refused() {
    let mut service = Service::new();
    let arn = service.create_key();
    for sse in [sse_s3(), sse_kms(Some(&arn))] {
        service.put("a", b"one", &sse).unwrap();
        service.put("b", b"two", &sse).unwrap();
        let (a, b) = (service.item(&object("a")), service.item(&object("b")));
        service.write_item(&object("a"), &b);
        service.write_item(&object("b"), &a);
        for key in ["a", "b"] {
            assert_eq!(refused(service.get(key)), Some(Class::Integrity));
            assert_eq!(refused(service.head(key)), Some(Class::Integrity));
        }
        let listed = service.store.list(&root_user(), BUCKET, "");
        assert_eq!(refused(listed), Some(Class::Integrity));
        // Parts of one object in another: its body, its record.
        let body_length = 56 + 3 + 16;
        for splice in
            [[&a[..body_length], &b[body_length..]], [&b[..body_length], &a[body_length..]]]
        {
            service.write_item(&object("a"), &splice.concat());
            assert_eq!(refused(service.get("a")), Some(Class::Integrity));
        }
    }
}

// r[verify sse.get.never-partial]
#[test]
fn a_damaged_late_chunk_aborts_after_a_true_prefix() {
    let mut service = Service::new();
    let whole = body(3 * 16_384);
    service.put("key", &whole, &sse_s3()).unwrap();
    let mut item = service.item(&object("key"));
    item[56 + 2 * 16_400 + 5] ^= 1;
    service.write_item(&object("key"), &item);
    let mut released = Vec::new();
    let got = service.store.get(&root_user(), &get("key"), &mut released).unwrap();
    assert_eq!(got.aborted, Some(Refused(Class::Integrity)));
    assert!(released == whole[..2 * 16_384]);
    // The last, empty chunk counts too.
    item[56 + 2 * 16_400 + 5] ^= 1;
    item[56 + 3 * 16_400 + 5] ^= 1;
    service.write_item(&object("key"), &item);
    assert_eq!(refused(service.get("key")), Some(Class::Integrity));
}

// r[verify sse.tamper.control-items]
// r[verify sse.tamper.no-widened-permission]
// r[verify sealed-object.control.sealed]
// r[verify data-key.unwrap.service-version]
// r[verify sse.durability.damage-named]
#[test]
fn a_damaged_or_missing_control_item_opens_nothing() {
    let mut service = Service::new();
    let arn = service.create_key();
    service.put("key", b"body", &sse_kms(Some(&arn))).unwrap();
    let upload_id = service.begin("key", &sse_kms(Some(&arn))).unwrap();
    service.part(("key", &upload_id), 1, b"body").unwrap();
    service.store.rotate_service_key().unwrap();
    let places = service.disk.list(Scope::All).unwrap();
    let control = places.into_iter().filter(|place| !matches!(place.kind(), "object" | "part"));
    for place in control.collect::<Vec<_>>() {
        let item = service.item(&place);
        for bit in 0..item.len() * 8 {
            let mut damaged = item.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            service.write_item(&place, &damaged);
            let error = service.reopen().unwrap_err();
            let (refused, item) = (Refused(Class::DamagedStore), Some(place.clone()));
            assert_eq!(error, OpenError { refused, item });
        }
        service.write_item(&place, &item);
    }
    service.restart();
    assert_eq!(service.get("key").unwrap().0, b"body");

    // A lost version of the service key is a loss, and none is another one.
    let service_key = service.item(&Place::Service(1));
    service.disk.commit(vec![Change::Remove(Place::Service(1))]).unwrap();
    assert_eq!(refused(service.reopen()), Some(Class::DamagedStore));
    service.disk.commit(vec![Change::Remove(Place::Service(2))]).unwrap();
    assert_eq!(refused(service.reopen()), Some(Class::DamagedStore));
    service.write_item(&Place::Service(2), &service_key);
    assert_eq!(refused(service.reopen()), Some(Class::DamagedStore));
}

#[test]
fn a_blob_of_a_version_that_was_never_made_is_damage() {
    let service = Service::new();
    let identity = crate::data_key::Identity::new(BUCKET, "key").unwrap();
    let (_, mut blob) = service.store.new_service_data_key(&identity).unwrap();
    blob[7] = 2;
    let opened = service.store.open_service_data_key(&identity, &blob);
    assert_eq!(refused(opened), Some(Class::Integrity));
}

// r[verify sealed-object.root.zero]
#[test]
fn another_root_key_opens_nothing() {
    let service = Service::new();
    let other = RootKey::from_slice(&[1; 32]).unwrap();
    let opened = Store::open(parts(service.disk.clone()), &other);
    assert_eq!(refused(opened), Some(Class::DamagedStore));
    let zero = RootKey::from_slice(&[0; 32]).unwrap();
    let opened = Store::open(parts(Arc::new(crate::disk::Memory::default())), &zero);
    assert_eq!(refused(opened), Some(Class::InvalidArgument));
}

/// Some way of damaging an item.
fn damage(item: &[u8], edits: &[(usize, u8)], cut: usize, more: &[u8]) -> Vec<u8> {
    let mut damaged = item.to_vec();
    for (place, byte) in edits {
        let place = place % damaged.len();
        damaged[place] = *byte;
    }
    damaged.truncate(damaged.len() - cut % damaged.len());
    damaged.extend(more);
    damaged
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    // r[verify sse.tamper.refused]
    // r[verify sse.get.never-partial]
    #[test]
    fn damaged_objects_give_a_true_prefix_or_nothing(
        length in prop_oneof![0..100_usize, 16_300..16_500_usize, 32_700..33_000_usize],
        edits in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..3),
        cut in prop_oneof![Just(0_usize), 0..100_usize, any::<usize>()],
        more in proptest::collection::vec(any::<u8>(), 0..30),
        kms in any::<bool>(),
    ) {
        let mut service = Service::new();
        let whole = body(length);
        service.put("key", &whole, &if kms { sse_kms(None) } else { sse_s3() }).unwrap();
        let item = service.item(&object("key"));
        let damaged = damage(&item, &edits, cut, &more);
        service.write_item(&object("key"), &damaged);
        let mut released = Vec::new();
        match service.store.get(&root_user(), &get("key"), &mut released) {
            Ok(got) if got.aborted.is_none() => prop_assert_eq!(&damaged, &item),
            Ok(_) => prop_assert_ne!(&damaged, &item),
            Err(refused) => {
                prop_assert_eq!(refused, Refused(Class::Integrity));
                prop_assert!(released.is_empty());
            }
        }
        prop_assert!(whole.starts_with(&released));
    }

    // r[verify sse.tamper.control-items]
    #[test]
    fn random_items_open_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let mut service = Service::new();
        service.put("key", b"body", &sse_s3()).unwrap();
        service.write_item(&object("key"), &bytes);
        prop_assert_eq!(refused(service.get("key")), Some(Class::Integrity));
        for place in [Place::Bucket(BUCKET.into()), Place::Trail(1), Place::Key("x".into())] {
            let before = service.disk.open(&place).unwrap().map(|item| read_whole(&*item).unwrap());
            service.write_item(&place, &bytes);
            prop_assert_eq!(refused(service.reopen()), Some(Class::DamagedStore));
            let undo = match before {
                Some(bytes) => Change::Write(place, bytes),
                None => Change::Remove(place),
            };
            service.disk.commit(vec![undo]).unwrap();
        }
    }
}
