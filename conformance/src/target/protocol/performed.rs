//! Reads an operation as it is sent: its body stands in it, or follows in chunks.

use super::{Chunked, ChunkedBody, Empty, Performed, PutObjectInChunks, UploadPartInChunks};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IgnoredAny, MapAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer};
use sse_spec::{Body, Bytes, Metadata, Operation, PutObject, SseHeaders, UploadPart};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Where the bytes of a request's body are.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SentBody {
    Inline(Bytes),
    Chunks(Empty),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentPut {
    bucket: String,
    key: String,
    body: SentBody,
    #[serde(default)]
    sse: SseHeaders,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentPart {
    bucket: String,
    key: String,
    upload_id: String,
    part_number: u32,
    body: SentBody,
    #[serde(default)]
    sse: SseHeaders,
}

impl From<SentPut> for Performed<'static> {
    fn from(sent: SentPut) -> Self {
        let SentPut { bucket, key, body, sse, metadata } = sent;
        match body {
            SentBody::Inline(bytes) => {
                let body = Body::Inline(bytes);
                let put = PutObject { bucket, key, body, sse, metadata };
                Self::Whole(Cow::Owned(put.into()))
            }
            SentBody::Chunks(nothing) => Self::Chunked(Chunked::PutObject(PutObjectInChunks {
                bucket: bucket.into(),
                key: key.into(),
                body: ChunkedBody::Chunks(nothing),
                sse: Cow::Owned(sse),
                metadata: Cow::Owned(metadata),
            })),
        }
    }
}

impl From<SentPart> for Performed<'static> {
    fn from(sent: SentPart) -> Self {
        let SentPart { bucket, key, upload_id, part_number, body, sse } = sent;
        match body {
            SentBody::Inline(bytes) => {
                let body = Body::Inline(bytes);
                let part = UploadPart { bucket, key, upload_id, part_number, body, sse };
                Self::Whole(Cow::Owned(part.into()))
            }
            SentBody::Chunks(nothing) => Self::Chunked(Chunked::UploadPart(UploadPartInChunks {
                bucket: bucket.into(),
                key: key.into(),
                upload_id: upload_id.into(),
                part_number,
                body: ChunkedBody::Chunks(nothing),
                sse: Cow::Owned(sse),
            })),
        }
    }
}

impl<'de> Deserialize<'de> for Performed<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Operations)
    }
}

struct Operations;

impl<'de> Visitor<'de> for Operations {
    type Value = Performed<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object whose one member is an operation")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        let performed = match name.as_str() {
            "PutObject" => map.next_value::<SentPut>()?.into(),
            "UploadPart" => map.next_value::<SentPart>()?.into(),
            name => {
                let entry = Entry { name, map: &mut map, life: PhantomData };
                Performed::Whole(Cow::Owned(Operation::deserialize(entry)?))
            }
        };
        match map.next_key::<IgnoredAny>()? {
            None => Ok(performed),
            Some(_) => Err(A::Error::invalid_length(2, &self)),
        }
    }
}

/// One entry of an object as the variant of an enumeration that it stands for.
struct Entry<'n, 'm, 'de, A> {
    name: &'n str,
    map: &'m mut A,
    life: PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Entry<'_, '_, 'de, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Entry<'_, '_, 'de, A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<V>(self, seed: V) -> Result<(V::Value, Self), A::Error>
    where
        V: DeserializeSeed<'de>,
    {
        let name: StrDeserializer<'_, A::Error> = StrDeserializer::new(self.name);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Entry<'_, '_, 'de, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        Err(A::Error::custom("an operation has an object of fields"))
    }

    fn newtype_variant_seed<T>(self, seed: T) -> Result<T::Value, A::Error>
    where
        T: DeserializeSeed<'de>,
    {
        self.map.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("an operation is no tuple"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("an operation is a type of its own"))
    }
}
