//! Part tables under a right tag that do not belong to the messages, or that no sealer writes
//! (spec/sealed-object.md, Record).

use super::body::TRUNCATION;
use super::parts::MOVED;
use super::{Base, STRICT};
use crate::builder::bytes::lp16;
use crate::builder::make::draft::{Draft, draw};
use crate::builder::make::opens::PLACE;
use crate::builder::make::parts::one;
use crate::builder::make::records::Opened;
use crate::builder::object::seal_part;
use crate::builder::table::write_unchecked;
use crate::builder::{PartBody, PartEntry, SealedMessage, SealedPart};

const COMMITMENT: &str = "sealed-object.open.commitment";
const CONTEXT: &str = "sealed-object.body.context";
const NUMBERS: &str = "sealed-object.parts.numbers";
const TABLE: &str = "sealed-object.parts.table";

/// An object of two parts, taken apart.
struct Two {
    base: Base,
    opened: Opened,
    dek: [u8; 32],
    one: SealedMessage,
    two: SealedMessage,
}

impl Two {
    fn new() -> Option<Self> {
        let base = Base::two_parts()?;
        let opened = Opened::new(&base.request, &base.item)?;
        let dek = base.request.data_key.expose().try_into().ok()?;
        let messages = opened.part.messages(&opened.body)?;
        let mut parts = opened.part.parts.iter().zip(messages).map(|(entry, message)| {
            SealedMessage { entry: entry.clone(), message: message.to_vec() }
        });
        let (one, two) = (parts.next()?, parts.next()?);
        Some(Self { dek, one, two, opened, base })
    }

    /// The bytes of part 1 or 2 sealed again with its salt, under anything.
    fn again(&self, dek: &[u8; 32], key: &str, number: u16, of: u16) -> Option<SealedMessage> {
        let (plaintext, salt) = if of == 1 {
            (b"attack ".to_vec(), self.one.entry.salt)
        } else {
            (b"at dawn".to_vec(), self.two.entry.salt)
        };
        seal_part(dek, PLACE.0, key, &PartBody { number, salt, plaintext }).ok()
    }

    /// The item of these messages, the table made of their entries.
    fn item(&self, parts: &[&SealedMessage]) -> Option<Vec<u8>> {
        let body: Vec<u8> = parts.iter().flat_map(|part| part.message.clone()).collect();
        let parts = parts.iter().map(|part| part.entry.clone()).collect();
        self.opened.with(&body, &SealedPart { etag: self.opened.part.etag.clone(), parts })
    }

    /// The item of the right messages with a changed table.
    fn changed(&self, change: impl Fn(&mut PartEntry, &mut PartEntry)) -> Option<Vec<u8>> {
        let mut part = self.opened.part.clone();
        if let [one, two] = part.parts.as_mut_slice() {
            change(one, two);
        }
        self.opened.with(&self.opened.body, &part)
    }

    fn draft(
        &self,
        slug: &str,
        requirements: &[&str],
        flag: &str,
        what: &str,
        item: Option<Vec<u8>>,
    ) -> Option<Draft> {
        let comment = format!("{what}, under a right tag.");
        Some(self.base.item(&format!("table-{slug}"), requirements, flag, &comment, item?))
    }
}

/// Right messages, or messages of other keys and names, behind the wrong entry.
pub(super) fn exchanged() -> Option<Vec<Draft>> {
    let two = Two::new()?;
    let right = |number, of| two.again(&two.dek, PLACE.1, number, of);
    let mut moved_1 = two.two.clone();
    moved_1.entry.number = 1;
    let mut moved_2 = two.one.clone();
    moved_2.entry.number = 2;
    let mut under_0 = right(0, 1)?;
    under_0.entry.number = 1;
    let other_dek = two.again(&draw("parts-other", "data_key"), PLACE.1, 2, 2)?;
    let mut lie = two.two.clone();
    lie.entry.commitment[0] ^= 1;
    *lie.message.get_mut(24)? ^= 1;
    let other_name = two.again(&two.dek, "folder/other.txt", 2, 2)?;
    let salts = two.changed(|a, b| std::mem::swap(&mut a.salt, &mut b.salt));
    let commitments = two.changed(|a, b| std::mem::swap(&mut a.commitment, &mut b.commitment));
    let both = two.changed(|a, b| {
        std::mem::swap(a, b);
        std::mem::swap(&mut a.number, &mut b.number);
    });
    let sealed_as_0 = "Part 1 sealed with the number 0 of an object put whole";
    Some(vec![
        two.draft("salts", &[TABLE], "part-moved", "The salts of both parts exchanged", salts)?,
        two.draft(
            "commitments",
            &[TABLE, COMMITMENT],
            "part-moved",
            "The commitments of both parts exchanged",
            commitments,
        )?,
        two.draft("both", &[TABLE], "part-moved", "Salts and commitments exchanged", both)?,
        two.draft(
            "moved",
            &[MOVED, CONTEXT],
            "part-moved",
            "Messages, salts and commitments exchanged, the numbers not",
            two.item(&[&moved_1, &moved_2]),
        )?,
        two.draft(
            "sealed-as-0",
            &[CONTEXT],
            "part-moved",
            sealed_as_0,
            two.item(&[&under_0, &two.two]),
        )?,
        two.draft(
            "other-data-key",
            &[COMMITMENT],
            "commitment",
            "Part 2 of another upload, sealed under its own data key",
            two.item(&[&two.one, &other_dek]),
        )?,
        two.draft(
            "lie",
            &[COMMITMENT],
            "commitment",
            "One bit of part 2's commitment, in the table and in the message",
            two.item(&[&two.one, &lie]),
        )?,
        two.draft(
            "other-name",
            &[CONTEXT],
            "identity",
            "Part 2 of another object, sealed under this data key",
            two.item(&[&two.one, &other_name]),
        )?,
    ])
}

/// Numbers that are wrong for their message, and numbers that no table holds.
pub(super) fn numbered() -> Option<Vec<Draft>> {
    let two = Two::new()?;
    let right = |number, of| two.again(&two.dek, PLACE.1, number, of);
    let strict = &[NUMBERS, STRICT];
    let list = |slug: &str, what: &str, parts: &[&SealedMessage]| {
        two.draft(slug, strict, "part-table", what, two.item(parts))
    };
    let (zero, first) = (right(0, 1)?, right(1, 1)?);
    let mut out = vec![
        two.draft(
            "number-2-as-3",
            &[CONTEXT],
            "part-moved",
            "Part 2 with the number 3 in the table",
            two.changed(|_, two| two.number = 3),
        )?,
        list("zero-first", "Number 0 before another part", &[&zero, &two.two])?,
        list("zero-last", "Number 0 behind another part", &[&two.one, &right(0, 2)?])?,
        list("zero-twice", "Number 0 twice", &[&zero, &right(0, 2)?])?,
        list("descending", "Part 2 before part 1", &[&two.two, &first])?,
        list("equal", "Number 1 twice", &[&two.one, &right(1, 2)?])?,
        list("again", "Part 2 twice", &[&two.one, &two.two, &two.two])?,
        list("10001", "Number 10001", &[&two.one, &right(10_001, 2)?])?,
        list("65535", "Number 65535", &[&two.one, &right(u16::MAX, 2)?])?,
    ];
    // The one part of an upload, and an object put whole, taken for one another.
    for (base, slug, number, what) in [
        (
            Base::new(one()?, "sealed-object/open-parts-one", None)?,
            "table-part-as-whole",
            0,
            "Number 0 for a part that was sealed with the number 1",
        ),
        (
            Base::kms()?,
            "table-whole-as-part",
            1,
            "Number 1 for a body that was sealed with the number 0",
        ),
    ] {
        let opened = Opened::new(&base.request, &base.item)?;
        let mut part = opened.part.clone();
        part.parts.first_mut()?.number = number;
        let item = opened.with(&opened.body, &part)?;
        let comment = format!("{what}, under a right tag.");
        out.push(base.item(slug, &[CONTEXT], "part-moved", &comment, item));
    }
    Some(out)
}

/// Lengths that do not fit the messages, or whose sum is above its limit.
pub(super) fn measured() -> Option<Vec<Draft>> {
    let two = Two::new()?;
    let case = |slug: &str, requirement: &str, what: &str, lengths: (u64, u64)| {
        let item = two.changed(|one, two| (one.length, two.length) = lengths);
        let flag = if requirement == STRICT { "limit" } else { "truncation" };
        two.draft(&format!("lengths-{slug}"), &[requirement], flag, what, item)
    };
    let half = (1 << 63) + 7;
    Some(vec![
        case("shifted", COMMITMENT, "Lengths 6 and 8 for two parts of 7 bytes", (6, 8))?,
        case("shifted-back", COMMITMENT, "Lengths 8 and 6 for two parts of 7 bytes", (8, 6))?,
        case("all-in-one", COMMITMENT, "Lengths 14 and 0 for two parts of 7 bytes", (14, 0))?,
        case("less", TRUNCATION, "A length one less", (7, 6))?,
        case("more", TRUNCATION, "A length one more", (7, 8))?,
        case("2-52", STRICT, "Lengths whose sum is 2^52", (7, (1 << 52) - 7))?,
        case("wrap", STRICT, "Lengths whose sum is 14 in 64 bits", (half, half))?,
        case("max", STRICT, "Lengths of 2^64 - 1", (u64::MAX, u64::MAX))?,
    ])
}

/// Counts that are not the number of entries, and tables that end elsewhere.
pub(super) fn counted() -> Option<Vec<Draft>> {
    let two = Two::new()?;
    let right = write_unchecked(&two.opened.part).ok()?;
    let mut head = Vec::new();
    lp16(&mut head, two.opened.part.etag.as_bytes()).ok()?;
    let entries = right.get(head.len() + 2..)?;
    let (first, _) = entries.split_at_checked(entries.len() / 2)?;
    let with = |count: u16, entries: &[u8], body: &[u8]| {
        let part = [head.as_slice(), &count.to_be_bytes(), entries].concat();
        two.opened.with_part_and_body(&part, body)
    };
    let body = two.opened.body.as_slice();
    let short = entries.split_last()?.1;
    let trailing = [entries, &[0]].concat();
    let strict = |slug: &str, what: &str, item: Option<Vec<u8>>| {
        two.draft(slug, &[TABLE, STRICT], "strict", what, item)
    };
    Some(vec![
        strict("count-1", "A count of 1 before two entries", with(1, entries, body))?,
        strict("count-3", "A count of 3 before two entries", with(3, entries, body))?,
        strict("count-0", "A count of 0 before two entries", with(0, entries, body))?,
        strict("count-10001", "A count above 10000", with(10_001, entries, body))?,
        strict("count-max", "The largest count of 16 bits", with(u16::MAX, entries, body))?,
        strict("no-count", "Entity tag and no table", two.opened.with_part(&head))?,
        strict("none", "A table without entries, and no body", with(0, &[], &[]))?,
        strict("entry-missing", "A count of 2 before one entry", with(2, first, body))?,
        strict("short", "The last byte of the last entry missing", with(2, short, body))?,
        strict("trailing", "A byte 00 behind the last entry", with(2, &trailing, body))?,
        two.draft(
            "entry-dropped",
            &[TRUNCATION],
            "truncation",
            "A table of part 1 before both messages",
            with(1, first, body),
        )?,
        two.draft(
            "message-dropped",
            &[TRUNCATION],
            "truncation",
            "A table of both parts behind the message of part 1",
            with(2, entries, &two.one.message),
        )?,
    ])
}
