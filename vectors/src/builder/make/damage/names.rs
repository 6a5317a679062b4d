//! Wrong names, keys, lengths and ranges (spec/sealed-object.md, Open).

use super::{Base, RECORD};
use crate::builder::make::draft::{Draft, draw};
use crate::builder::make::objects::{item_of, open};
use crate::builder::make::opens;
use sse_spec::{Class, OpenObject, Range, SecretBytes};

const IDENTITY: &str = "sealed-object.open.identity";
const RANGE: &str = "sealed-object.open.range";
const UNSATISFIABLE: &str = "sse.get.range-unsatisfiable";
const COMMITMENT: &str = "sealed-object.open.commitment";

type Change = fn(&mut OpenObject);

pub(super) fn names_and_keys() -> Option<Vec<Draft>> {
    let base = Base::kms()?;
    let cases: [(&str, &str, &str, &str, Change); 5] = [
        ("other-bucket", IDENTITY, "identity", "Asked for in another bucket.", |request| {
            request.bucket = "bucket-b".to_owned();
        }),
        ("other-key", IDENTITY, "identity", "Asked for under another key.", |request| {
            request.key = "folder/other.txt".to_owned();
        }),
        ("key-case", IDENTITY, "identity", "Asked for in other case.", |request| {
            request.key = "folder/Report.txt".to_owned();
        }),
        ("wrong-root", RECORD, "wrong-key", "Another root key. Label `root-2`.", |request| {
            request.root_key = SecretBytes::new(draw::<32>("root-2", "root_key").to_vec());
        }),
        ("wrong-data-key", COMMITMENT, "wrong-key", "The data key of another object.", |request| {
            let other = draw::<32>("sse-s3-small", "data_key");
            request.data_key = SecretBytes::new(other.to_vec());
        }),
    ];
    let mut out = Vec::new();
    for (slug, requirement, flag, comment, change) in cases {
        let mut request = open(&base.request, base.item.clone(), None);
        change(&mut request);
        let id = format!("sealed-object/open-{slug}");
        let draft = Draft::new(&id, &[requirement], comment, request);
        out.push(draft.flag(flag).refused(base.twin, Class::Integrity));
    }
    let empty = Base::empty()?;
    let mut request = open(&empty.request, empty.item.clone(), None);
    request.data_key = SecretBytes::new(draw::<32>("sse-s3-small", "data_key").to_vec());
    out.push(
        Draft::new(
            "sealed-object/open-empty-wrong-data-key",
            &[COMMITMENT, "sealed-object.open.empty"],
            "An empty object under the data key of another one.",
            request,
        )
        .flag("wrong-key")
        .refused(empty.twin, Class::Integrity),
    );
    out.push(boundary_shift()?);
    Some(out)
}

fn boundary_shift() -> Option<Draft> {
    let right = opens::boundary()?;
    let mut moved = right.clone();
    moved.bucket = "ab".to_owned();
    moved.key = "c".to_owned();
    let request = open(&right, item_of(&moved)?, None);
    let comment = "The item of bucket `ab` and key `c`, asked for as bucket `a` and key `bc`.";
    let requirements = &[IDENTITY, "sealed-object.body.context"];
    let draft = Draft::new("sealed-object/open-boundary-shift", requirements, comment, request);
    Some(draft.flag("identity").refused("sealed-object/open-boundary", Class::Integrity))
}

/// Ranges that hold no byte of the object.
pub(super) fn unsatisfiable() -> Option<Vec<Draft>> {
    let object = opens::small_s3()?;
    let item = item_of(&object)?;
    let case = |slug: &str, comment: &str, twin: &str, range: Range| {
        let request = open(&object, item.clone(), Some(range));
        let id = format!("sealed-object/range-{slug}");
        Draft::new(&id, &[RANGE, UNSATISFIABLE], comment, request)
            .flag("range")
            .refused(&format!("sealed-object/range-{twin}"), Class::InvalidRange)
    };
    Some(vec![
        case(
            "at-end",
            "Starts behind the last of 14 bytes.",
            "from-last",
            Range::From { first: 14 },
        ),
        case(
            "far-behind",
            "Starts at the largest position there is.",
            "from-last",
            Range::From { first: u64::MAX },
        ),
        case("suffix-0", "The last 0 bytes.", "suffix-1", Range::Last { length: 0 }),
    ])
}

/// Keys of another length than 32 bytes.
pub(super) fn lengths() -> Option<Vec<Draft>> {
    let base = Base::kms()?;
    let cases: [(&str, &str, Change); 5] = [
        ("root-key-31", "A root key of 31 bytes.", |request| {
            request.root_key = cut(&request.root_key);
        }),
        ("root-key-33", "A root key of 33 bytes.", |request| {
            request.root_key = SecretBytes::new([request.root_key.expose(), &[0]].concat());
        }),
        ("data-key-31", "A data key of 31 bytes.", |request| {
            request.data_key = cut(&request.data_key);
        }),
        ("data-key-33", "A data key of 33 bytes.", |request| {
            request.data_key = SecretBytes::new([request.data_key.expose(), &[0]].concat());
        }),
        ("data-key-0", "No data key.", |request| {
            request.data_key = SecretBytes::new(Vec::new());
        }),
    ];
    let mut out = Vec::new();
    for (slug, comment, change) in cases {
        let mut request = open(&base.request, base.item.clone(), None);
        change(&mut request);
        let id = format!("sealed-object/open-{slug}");
        let draft = Draft::new(&id, &["sealed-object.seal.lengths"], comment, request);
        out.push(draft.flag("limit").refused(base.twin, Class::InvalidArgument));
    }
    Some(out)
}

fn cut(key: &SecretBytes) -> SecretBytes {
    SecretBytes::new(key.expose().iter().copied().take(31).collect())
}
