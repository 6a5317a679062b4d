//! Records that carry the right tag and contents that no sealer writes (spec/sealed-object.md).

use super::opens::PLACE;
use crate::builder::bytes::lp16;
use crate::builder::context::write_unchecked;
use crate::builder::object::{join, split};
use crate::builder::record::{clear_part, open_sealed_part, parse_record, seal_record};
use crate::builder::table::write_unchecked as write_table;
use crate::builder::{ParsedRecord, RecordFields, SealedPart};
use sse_spec::SealObject;

/// An item taken apart: its body, its parsed record and the opened sealed part.
pub(super) struct Opened {
    pub(super) body: Vec<u8>,
    pub(super) record: ParsedRecord,
    pub(super) part: SealedPart,
    root: [u8; 32],
}

impl Opened {
    /// Takes the item of `request` apart.
    pub(super) fn new(request: &SealObject, item: &[u8]) -> Option<Self> {
        let (body, record) = split(item)?;
        let record = parse_record(record)?;
        let root = request.root_key.expose().try_into().ok()?;
        let part = open_sealed_part(&root, PLACE.0, PLACE.1, &record)?;
        Some(Self { body: body.to_vec(), record, part, root })
    }

    /// The item with other clear bytes, sealed for them.
    pub(super) fn with_clear(&self, clear: &[u8]) -> Option<Vec<u8>> {
        self.sealed(&self.body, clear, &write_table(&self.part).ok()?)
    }

    /// The item with another plaintext of the sealed part.
    pub(super) fn with_part(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.with_part_and_body(plain, &self.body)
    }

    /// The item with another plaintext of the sealed part and another body.
    pub(super) fn with_part_and_body(&self, plain: &[u8], body: &[u8]) -> Option<Vec<u8>> {
        self.sealed(body, &self.record.clear, plain)
    }

    /// The item of a whole object with another body, and a record that names that body's salt and
    /// commitment.
    pub(super) fn with_body(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut part = self.part.clone();
        let entry = part.parts.first_mut()?;
        entry.salt = body.get(..24)?.try_into().ok()?;
        entry.commitment = body.get(24..56)?.try_into().ok()?;
        self.with(body, &part)
    }

    /// The item with another body and another part table, legal or not.
    pub(super) fn with(&self, body: &[u8], part: &SealedPart) -> Option<Vec<u8>> {
        self.sealed(body, &self.record.clear, &write_table(part).ok()?)
    }

    /// The item with the right bytes, sealed under `key` in place of the record key.
    pub(super) fn under(&self, key: &[u8; 32]) -> Option<Vec<u8>> {
        let aad = crate::builder::record::record_aad(PLACE.0, PLACE.1, &self.record.clear).ok()?;
        let plain = write_table(&self.part).ok()?;
        let both = crate::builder::cipher::xaes_seal(key, &self.record.nonce, &aad, &plain)?;
        let (ciphertext, tag) = both.split_at_checked(plain.len())?;
        let mut record = [self.record.clear.as_slice(), &self.record.nonce].concat();
        crate::builder::bytes::lp32(&mut record, ciphertext).ok()?;
        record.extend_from_slice(tag);
        join(&self.body, &record).ok()
    }

    /// The item with the same body and a record sealed over any bytes.
    fn sealed(&self, body: &[u8], clear: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let (bucket, key) = PLACE;
        let record = seal_record(&self.root, bucket, key, clear, &self.record.nonce, plain).ok()?;
        join(body, &record).ok()
    }

    /// Clear bytes from raw fields, whatever they hold.
    pub(super) fn raw_clear(
        &self,
        mode: u8,
        arn: &[u8],
        context: &[u8],
        blob: &[u8],
        metadata: &[u8],
    ) -> Option<Vec<u8>> {
        let mut out = [b"SSEO\x01".as_slice(), &[mode]].concat();
        for field in [arn, context, blob, metadata] {
            lp16(&mut out, field).ok()?;
        }
        Some(out)
    }

    /// The clear bytes of other legal fields.
    pub(super) fn legal_clear(&self, change: impl Fn(&mut RecordFields)) -> Option<Vec<u8>> {
        let mut fields = self.record.fields.clone();
        change(&mut fields);
        clear_part(&fields).ok()
    }
}

/// Wrong encodings of pairs: slug, what is wrong, bytes.
pub(super) fn wrong_pairs() -> Option<Vec<(&'static str, &'static str, Vec<u8>)>> {
    let pairs = |pairs: &[(&[u8], &[u8])]| write_unchecked(pairs);
    let one = pairs(&[(b"department", b"finance")])?;
    let many: Vec<String> = (0..65).map(|index| format!("key-{index:02}")).collect();
    let many: Vec<(&[u8], &[u8])> =
        many.iter().map(|key| (key.as_bytes(), b"".as_slice())).collect();
    Some(vec![
        ("descending", "is not ascending", pairs(&[(b"b", b""), (b"a", b"")])?),
        ("duplicate", "holds one key twice", pairs(&[(b"a", b"1"), (b"a", b"2")])?),
        ("empty-key", "holds an empty key", pairs(&[(b"", b"1")])?),
        ("65-pairs", "holds 65 pairs", pairs(&many)?),
        ("not-utf8", "holds a value that is no UTF-8", pairs(&[(b"a", b"\xff")])?),
        ("trailing", "has a byte behind its last pair", [one.as_slice(), &[0]].concat()),
        ("short", "ends inside its last value", one.split_last()?.1.to_vec()),
        ("no-count", "has no count", Vec::new()),
    ])
}
