//! Makes the byte-exact files of spec/encryption-context.md, spec/data-key.md and
//! spec/sealed-object.md.

mod contexts;
mod damage;
mod draft;
mod flags;
mod kms;
mod objects;
mod opens;
mod parts;
mod records;
mod refused_seals;
mod service;

use super::perform::{explain, perform};
use crate::byte_exact::{Expect, Schema, Vector, VectorFile};
use draft::Draft;
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: &str = "Built by the independent builder of this repository from the text of the \
    specification, and recomputed by check.py. Keys, nonces, salts and ids are drawn: the first \
    bytes of SHA-256(\"sse-vectors/1\" || 0x00 || label || 0x00 || name); the comment names the \
    label, and the field is the name where nothing else is said. The salt of a part has the name \
    `salt-` with the part's number.";

/// One file before it is rendered: its path below `data/`, its operation, its vectors.
struct Family {
    path: &'static str,
    operation: &'static str,
    drafts: Option<Vec<Draft>>,
}

fn families() -> Vec<Family> {
    let family = |path, operation, drafts| Family { path, operation, drafts };
    let (encode, wrap, unwrap) = ("EncodeContext", "WrapDataKey", "UnwrapDataKey");
    vec![
        family("encryption-context/encode.json", encode, contexts::valid()),
        family("encryption-context/encode-invalid.json", encode, contexts::invalid()),
        family("data-key/kms-wrap.json", wrap, kms::wraps()),
        family("data-key/kms-wrap-invalid.json", wrap, kms::invalid_wraps()),
        family("data-key/kms-unwrap.json", unwrap, kms::unwraps()),
        family("data-key/kms-unwrap-invalid.json", unwrap, kms::invalid_unwraps()),
        family("data-key/service-wrap.json", wrap, service::wraps()),
        family("data-key/service-wrap-invalid.json", wrap, service::invalid_wraps()),
        family("data-key/service-unwrap.json", unwrap, service::unwraps()),
        family("data-key/service-unwrap-invalid.json", unwrap, service::invalid_unwraps()),
        family("sealed-object/seal.json", "SealObject", objects::seals()),
        family("sealed-object/open.json", "OpenObject", opens::whole()),
        family("sealed-object/open-range.json", "OpenObject", opens::ranges()),
        family("sealed-object/open-invalid.json", "OpenObject", damage::all()),
        family("sealed-object/seal-parts.json", "SealObject", parts::seals()),
        family("sealed-object/open-parts.json", "OpenObject", parts::opens()),
        family("sealed-object/open-parts-invalid.json", "OpenObject", damage::parts()),
        family("sealed-object/seal-invalid.json", "SealObject", refused_seals::all()),
    ]
}

/// Every file that the builder makes, by its path below `data/`, with its text.
///
/// A file that cannot be made is left out; the tests of this crate name it.
#[must_use]
pub fn generate() -> Vec<(String, String)> {
    let mut files: BTreeMap<String, String> = families()
        .into_iter()
        .filter_map(|family| Some((family.path.to_owned(), render(family).ok()?)))
        .collect();
    if let Some(text) = contexts::accumulated().and_then(|file| pretty(&file)) {
        files.insert("encryption-context/accumulated.json".to_owned(), text);
    }
    files.into_iter().collect()
}

fn pretty<T: serde::Serialize>(value: &T) -> Option<String> {
    serde_json::to_string_pretty(value).ok().map(|text| text + "\n")
}

fn render(family: Family) -> Result<String, String> {
    let drafts = family.drafts.ok_or_else(|| format!("{}: cannot be built", family.path))?;
    let stem = family.path.split('/').next().unwrap_or_default();
    let vectors = drafts
        .into_iter()
        .map(|draft| vector(draft, family.operation))
        .collect::<Result<Vec<Vector>, String>>()?;
    let used: BTreeSet<&String> = vectors.iter().flat_map(|vector| &vector.flags).collect();
    let notes = used
        .into_iter()
        .map(|flag| Ok((flag.clone(), flags::note(flag).ok_or(format!("no note for `{flag}`"))?)))
        .collect::<Result<_, String>>()?;
    let file = VectorFile {
        schema: Schema::ByteExact1,
        stem: stem.to_owned(),
        operation: family.operation.to_owned(),
        source: SOURCE.to_owned(),
        notes,
        vectors,
    };
    pretty(&file).ok_or_else(|| format!("{}: cannot be written", family.path))
}

/// A draft with its answer; one that does not end as the draft says is an error.
fn vector(draft: Draft, operation: &str) -> Result<Vector, String> {
    let id = draft.id;
    let outcome = perform(&draft.request);
    let (expect, intermediate) = match (draft.refusal, outcome) {
        (None, Ok(reply)) => {
            let reply = serde_json::to_value(reply).map_err(|error| format!("{id}: {error}"))?;
            let reply = reply.get(operation).cloned().ok_or(format!("{id}: other operation"))?;
            (Expect::Valid { reply }, explain(&draft.request))
        }
        (Some(class), Err(error)) if error.class() == class => {
            (Expect::Invalid { refusal: class }, BTreeMap::new())
        }
        (expected, got) => {
            let got = got.map(|_| "a reply");
            return Err(format!("{id}: expected refusal {expected:?}, got {got:?}"));
        }
    };
    let input = serde_json::to_value(&draft.request).map_err(|error| format!("{id}: {error}"))?;
    let input = input.get(operation).cloned().ok_or(format!("{id}: other operation"))?;
    let (requirements, comment) = (draft.requirements, draft.comment);
    let (flags, twin) = (draft.flags, draft.twin);
    Ok(Vector { id, requirements, comment, flags, twin, input, intermediate, expect })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_made() {
        for family in families() {
            let path = family.path;
            if let Err(message) = render(family) {
                panic!("{path}: {message}");
            }
        }
        assert!(contexts::accumulated().is_some());
        assert_eq!(generate().len(), families().len() + 1);
    }

    #[test]
    fn the_committed_files_are_the_generated_ones() {
        let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        for (path, text) in generate() {
            let committed = std::fs::read_to_string(data.join(&path)).unwrap_or_default();
            assert!(committed == text, "{path} differs: run `cargo xtask vectors`");
        }
    }
}
