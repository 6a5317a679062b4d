//! What must not be seen: keys in prints, plaintext and keys at rest (spec/data-key.md, end;
//! spec/sse.md, at rest).

use super::*;
use crate::secret::{Dek, SecretBuffer, WrappingKey};

// r[verify data-key.secret.no-print]
#[test]
fn secret_types_print_a_fixed_word() {
    let bytes = [0xab; 32];
    assert_eq!(format!("{:?}", Dek::from_slice(&bytes).unwrap()), "Dek([secret])");
    let key = WrappingKey::from_slice(&bytes).unwrap();
    assert_eq!(format!("{key:?}"), "WrappingKey([secret])");
    assert_eq!(format!("{:?}", RootKey::from_slice(&bytes).unwrap()), "RootKey([secret])");
    assert_eq!(format!("{:?}", SecretBuffer::copy_of(&bytes)), "SecretBuffer([secret])");
    assert_eq!(refused(Dek::from_slice(&bytes[..31])), Some(Class::InvalidArgument));
}

// r[verify data-key.secret.no-print]
// r[verify sse.service-key.invisible]
#[test]
fn a_whole_store_prints_no_key() {
    let mut service = Service::new();
    let arn = service.create_key();
    let key = service.data_key(&arn, &[]).unwrap();
    let printed = format!("{:?} {key:?} {:?}", service.store, service.root);
    let printed = printed.replace(", ", "");
    for secret in [key.plaintext.expose(), service.root.expose()] {
        let decimal: String = secret[..8].iter().map(u8::to_string).collect();
        assert!(!printed.contains(&hex::encode(&secret[..8])) && !printed.contains(&decimal));
    }
}

// r[verify sse.at-rest.no-plaintext]
// r[verify sse.at-rest.no-plaintext-part]
// r[verify sse.at-rest.no-plaintext-copy]
// r[verify sse.at-rest.no-plaintext-digest]
// r[verify sealed-object.record.digest-hidden]
// r[verify sse.at-rest.no-data-key-in-clear]
#[test]
fn nothing_secret_lies_at_rest() {
    let mut service = Service::new();
    let arn = service.create_key();
    let plaintext = body(1000);
    let put = service.put("a", &plaintext, &sse_s3()).unwrap();
    service.put("b", &plaintext, &sse_kms(Some(&arn))).unwrap();
    service.copy("a", "c", &sse_kms(None)).unwrap();
    service.copy("b", "d", &sse_s3()).unwrap();
    service.put_parts("e", &[&plaintext, &plaintext], &sse_s3()).unwrap();
    let upload_id = service.begin("f", &sse_s3()).unwrap();
    service.part(("f", &upload_id), 1, &plaintext).unwrap();
    let upload_id = service.begin("g", &sse_kms(Some(&arn))).unwrap();
    service.part(("g", &upload_id), 1, &plaintext).unwrap();
    let data_key = service.data_key(&arn, &[]).unwrap();
    let digest = hex::decode(put.etag).unwrap();
    let secrets = [&digest[..], data_key.plaintext.expose(), service.root.expose()];
    for place in service.disk.list(Scope::All).unwrap() {
        let item = service.item(&place);
        for secret in plaintext.windows(16).chain(secrets) {
            let hex = hex::encode(secret);
            for form in [secret, hex.as_bytes()] {
                assert!(!item.windows(form.len()).any(|window| window == form), "{place:?}");
            }
        }
    }
}
