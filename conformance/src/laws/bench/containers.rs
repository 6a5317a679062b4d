//! How the store's items lie at rest: every container is honest.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use sse_spec::{Item, Tag};
use std::collections::BTreeMap;

/// How items lie at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// As they are.
    Plain,
    /// Each of them twice.
    Replicas,
    /// A log in frames, compacted into tables of other frames after every third write.
    Log,
    /// Each behind its length, filled up with zeros to whole pages.
    Padded,
    /// Filled up as PKCS #7 does, with the number of bytes that are missing.
    PaddedByLength,
    /// Runs of one byte are compressed.
    Compressed,
    /// Bodies are compressed before they are encrypted.
    CompressedFirst,
    /// Ciphertext in pages named by their digest, each kept once.
    Deduplicated,
    /// Base64 in JSON.
    Text,
}

impl Container {
    pub(crate) const ALL: [Self; 9] = [
        Self::Plain,
        Self::Replicas,
        Self::Log,
        Self::Padded,
        Self::PaddedByLength,
        Self::Compressed,
        Self::CompressedFirst,
        Self::Deduplicated,
        Self::Text,
    ];
}

const PAGE: usize = 4096;
/// The item of the trail, which lies in no container.
pub(super) const TRAIL: &str = "trail";

/// The items as they lie; `journal` is every write so far, oldest first.
pub(super) fn contain(container: Container, items: Vec<Item>, journal: &[Item]) -> Vec<Item> {
    let each = |change: &dyn Fn(&Item) -> Vec<u8>| {
        let changed = |item: &Item| Item { bytes: change(item).into(), ..item.clone() };
        items.iter().map(changed).collect()
    };
    match container {
        Container::Plain | Container::CompressedFirst => items,
        Container::Replicas => items
            .into_iter()
            .flat_map(|item| {
                let replica = |n: u8| Item { id: format!("{}#{n}", item.id), ..item.clone() };
                [replica(1), replica(2)]
            })
            .collect(),
        Container::Log => log(&items, journal),
        Container::Padded => each(&|item| {
            let len = item.bytes.0.len();
            let filled = (len + 8).next_multiple_of(PAGE);
            let mut bytes = [&(len as u64).to_be_bytes()[..], &item.bytes.0].concat();
            bytes.resize(filled, 0);
            bytes
        }),
        Container::PaddedByLength => each(&|item| {
            let mut bytes = item.bytes.0.clone();
            let filled = (bytes.len() + 1).next_multiple_of(128);
            let missing = filled - bytes.len();
            bytes.resize(filled, u8::try_from(missing).unwrap());
            bytes
        }),
        Container::Compressed => each(&|item| compress(&item.bytes.0)),
        Container::Deduplicated => deduplicated(&items),
        Container::Text => each(&|item| {
            let text = BASE64_STANDARD.encode(&item.bytes.0);
            format!("{{\"id\":\"{}\",\"bytes\":\"{text}\"}}", item.id).into_bytes()
        }),
    }
}

/// The items as the store reads them, from the items as they lie. One that cannot be read is empty,
/// which is nothing that the store ever writes. `known` are the items before.
pub(super) fn read_out(
    container: Container,
    lying: &BTreeMap<String, Item>,
    known: &BTreeMap<String, Item>,
) -> BTreeMap<String, Item> {
    let each = |read: &dyn Fn(&[u8]) -> Option<Vec<u8>>| {
        let items = lying.values().filter(|item| item.id != TRAIL);
        let read = |item: &Item| {
            let bytes = read(&item.bytes.0).unwrap_or_default();
            (item.id.clone(), Item { bytes: bytes.into(), ..item.clone() })
        };
        items.map(read).collect()
    };
    match container {
        Container::Plain | Container::CompressedFirst => each(&|bytes| Some(bytes.to_vec())),
        Container::Replicas => replicas(lying),
        Container::Log => {
            let entries = log_entries(lying).unwrap_or_default();
            let read = |(id, item): (&String, &Item)| {
                let bytes = entries.get(id).cloned().unwrap_or_default();
                (id.clone(), Item { bytes: bytes.into(), ..item.clone() })
            };
            known.iter().map(read).collect()
        }
        Container::Padded => each(&|bytes| {
            let (len, rest) = bytes.split_first_chunk::<8>()?;
            rest.get(..usize::try_from(u64::from_be_bytes(*len)).ok()?).map(<[u8]>::to_vec)
        }),
        Container::PaddedByLength => each(&|bytes| {
            let missing = usize::from(*bytes.last()?);
            bytes.get(..bytes.len().checked_sub(missing)?).map(<[u8]>::to_vec)
        }),
        Container::Compressed => each(&decompress),
        Container::Deduplicated => {
            let mut items = each(&|list| {
                let mut bytes = Vec::new();
                for id in std::str::from_utf8(list).ok()?.lines() {
                    bytes.extend(&lying.get(id)?.bytes.0);
                }
                Some(bytes)
            });
            // A page is read only where a list names it.
            items.retain(|_, item| item.tag != Tag::Unknown);
            items
        }
        Container::Text => each(&|text| {
            let text: serde_json::Value = serde_json::from_slice(text).ok()?;
            BASE64_STANDARD.decode(text.get("bytes")?.as_str()?).ok()
        }),
    }
}

/// Of two replicas the first that is there.
fn replicas(lying: &BTreeMap<String, Item>) -> BTreeMap<String, Item> {
    let mut items = BTreeMap::new();
    for item in lying.values() {
        if let Some((id, _)) = item.id.rsplit_once('#') {
            items.entry(id.to_owned()).or_insert(Item { id: id.to_owned(), ..item.clone() });
        }
    }
    items
}

/// What a log and its table hold, the last of each id; `None` where a frame is damaged.
fn log_entries(lying: &BTreeMap<String, Item>) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut entries = BTreeMap::new();
    let (tables, logs): (Vec<&Item>, _) = lying
        .values()
        .filter(|item| item.id != TRAIL)
        .partition(|item| item.id.starts_with("table-"));
    for item in tables.into_iter().chain(logs) {
        let (mut bytes, mut frames) = (Vec::new(), item.bytes.0.as_slice());
        while !frames.is_empty() {
            let (sum, rest) = frames.split_first_chunk::<4>()?;
            let (len, rest) = rest.split_first_chunk::<2>()?;
            let (piece, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
            if Sha256::digest(piece)[..4] != *sum {
                return None;
            }
            bytes.extend(piece);
            frames = rest;
        }
        let mut bytes = bytes.as_slice();
        while !bytes.is_empty() {
            let (len, rest) = bytes.split_first_chunk::<4>()?;
            let (id, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
            let (len, rest) = rest.split_first_chunk::<4>()?;
            let (content, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
            entries.insert(String::from_utf8(id.to_vec()).ok()?, content.to_vec());
            bytes = rest;
        }
    }
    Some(entries)
}

/// Writes the checksums of edited frames anew, as one who knows the format would.
pub(super) fn fix_up(container: Container, lying: &mut BTreeMap<String, Item>) {
    if container != Container::Log {
        return;
    }
    for item in lying.values_mut().filter(|item| item.id != TRAIL) {
        let mut frames = item.bytes.0.as_mut_slice();
        while let Some((sum, rest)) = frames.split_first_chunk_mut::<4>() {
            let Some((len, rest)) = rest.split_first_chunk_mut::<2>() else { break };
            let len = usize::from(u16::from_be_bytes(*len));
            let Some((piece, rest)) = rest.split_at_mut_checked(len) else { break };
            sum.copy_from_slice(&Sha256::digest(piece)[..4]);
            frames = rest;
        }
    }
}

/// What [`log_entries`] reads.
fn log_entry(item: &Item) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes();
    let (id, content) = (item.id.as_bytes(), item.bytes.0.as_slice());
    [&length(id)[..], id, &length(content), content].concat()
}

/// Frames of a log: a checksum and a length before each piece.
fn framed(bytes: &[u8], frame: usize) -> Vec<u8> {
    let piece = |piece: &[u8]| {
        let sum = Sha256::digest(piece);
        let len = u16::try_from(piece.len()).unwrap().to_be_bytes();
        [&sum[..4], &len, piece].concat()
    };
    bytes.chunks(frame).flat_map(piece).collect()
}

fn log(items: &[Item], journal: &[Item]) -> Vec<Item> {
    const WRITES: usize = 3;
    let compacted = journal.len() / WRITES * WRITES;
    let fresh: Vec<u8> = journal[compacted..].iter().flat_map(log_entry).collect();
    let lives = |old: &&Item| items.iter().any(|item| item.id == old.id && item.bytes == old.bytes);
    let table: Vec<u8> = journal[..compacted].iter().filter(lives).flat_map(log_entry).collect();
    let item = |id: String, bytes: Vec<u8>| Item { id, tag: Tag::Unknown, bytes: bytes.into() };
    vec![
        item("log".into(), framed(&fresh, 1000)),
        item(format!("table-{}", compacted / WRITES), framed(&table, PAGE)),
    ]
}

fn deduplicated(items: &[Item]) -> Vec<Item> {
    let mut pages: BTreeMap<String, Item> = BTreeMap::new();
    let mut lists = Vec::new();
    for item in items {
        let mut list = String::new();
        for page in item.bytes.0.chunks(PAGE) {
            let id = hex::encode(Sha256::digest(page));
            list.push_str(&id);
            list.push('\n');
            let page = Item { id: id.clone(), tag: Tag::Unknown, bytes: page.into() };
            pages.insert(id, page);
        }
        lists.push(Item { bytes: list.into_bytes().into(), ..item.clone() });
    }
    lists.into_iter().chain(pages.into_values()).collect()
}

/// Runs of four bytes or more become a mark, a length and the byte.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut literal: Vec<u8> = Vec::new();
    let mut rest = bytes;
    let flush = |out: &mut Vec<u8>, literal: &mut Vec<u8>| {
        if !literal.is_empty() {
            out.push(0);
            out.extend(u32::try_from(literal.len()).unwrap().to_be_bytes());
            out.append(literal);
        }
    };
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|byte| *byte == first).count();
        if run >= 4 {
            flush(&mut out, &mut literal);
            out.push(1);
            out.extend(u32::try_from(run).unwrap().to_be_bytes());
            out.push(*first);
        } else {
            literal.extend(&rest[..run]);
        }
        rest = &rest[run..];
    }
    flush(&mut out, &mut literal);
    out
}

/// More than any body of the tests.
const LONGEST_RUN: usize = 1 << 24;

/// The inverse of [`compress`]; `None` where the bytes are none of its results.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((mark, tail)) = rest.split_first() {
        let (len, tail) = tail.split_first_chunk::<4>()?;
        let len = u32::from_be_bytes(*len) as usize;
        if *mark == 0 {
            out.extend(tail.get(..len)?);
            rest = tail.get(len..)?;
        } else {
            // A run that was edited may claim gigabytes.
            let len = Some(len).filter(|len| *len <= LONGEST_RUN)?;
            out.extend(std::iter::repeat_n(*tail.first()?, len));
            rest = tail.get(1..)?;
        }
    }
    Some(out)
}
