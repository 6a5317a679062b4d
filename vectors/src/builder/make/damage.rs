//! Vectors of items that are refused, one fault each (spec/sealed-object.md): those of objects put
//! whole, and those of objects with parts.

mod body;
mod names;
mod parts;
mod record;
mod table;

use super::draft::{Draft, flipped};
use super::objects::{item_of, open};
use super::{opens, parts as uploads};
use sse_spec::{Class, Range, SealObject};

const STRICT: &str = "sealed-object.open.strict";
const RECORD: &str = "sealed-object.open.record-first";

/// An object, its right item, and the valid vector that opens it.
struct Base {
    request: SealObject,
    item: Vec<u8>,
    range: Option<Range>,
    twin: &'static str,
}

impl Base {
    fn new(request: SealObject, twin: &'static str, range: Option<Range>) -> Option<Self> {
        Some(Self { item: item_of(&request)?, request, range, twin })
    }

    fn kms() -> Option<Self> {
        Self::new(opens::small_kms()?, "sealed-object/open-kms-small", None)
    }

    fn s3() -> Option<Self> {
        Self::new(opens::small_s3()?, "sealed-object/open-s3-small", None)
    }

    fn two_parts() -> Option<Self> {
        Self::new(uploads::two()?, "sealed-object/open-parts-two", None)
    }

    fn empty() -> Option<Self> {
        Self::new(opens::empty_s3()?, "sealed-object/open-s3-empty", None)
    }

    /// The twin's request with another item.
    fn item(
        &self,
        slug: &str,
        requirements: &[&str],
        flag: &str,
        comment: &str,
        item: Vec<u8>,
    ) -> Draft {
        let request = open(&self.request, item, self.range);
        Draft::new(&format!("sealed-object/{slug}"), requirements, comment, request)
            .flag(flag)
            .refused(self.twin, Class::Integrity)
    }

    /// The twin's request with one bit flipped.
    fn flip(
        &self,
        slug: &str,
        requirement: &str,
        flag: &str,
        what: &str,
        at: usize,
    ) -> Option<Draft> {
        let comment = format!("One bit of {what} is flipped.");
        Some(self.item(slug, &[requirement], flag, &comment, flipped(&self.item, at)?))
    }
}

pub(super) fn all() -> Option<Vec<Draft>> {
    let mut out = record::fields()?;
    out.extend(record::lengths()?);
    out.extend(record::resealed()?);
    out.extend(names::names_and_keys()?);
    out.extend(body::small()?);
    out.extend(body::committed()?);
    out.extend(body::large()?);
    out.extend(names::unsatisfiable()?);
    out.extend(names::lengths()?);
    Some(out)
}

pub(super) fn parts() -> Option<Vec<Draft>> {
    let mut out = parts::moved()?;
    out.extend(parts::spliced()?);
    out.extend(parts::ranges()?);
    out.extend(table::exchanged()?);
    out.extend(table::numbered()?);
    out.extend(table::measured()?);
    out.extend(table::counted()?);
    Some(out)
}
