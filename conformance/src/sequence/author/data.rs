//! Acts on buckets, objects and uploads, and which act becomes which step.

use super::super::act::{Act, Place, Sse};
use super::super::documents;
use super::keys::context;
use super::{Author, Extra, Piece, Upload, UploadState, WORLD};
use serde_json::{Value, json};
use sse_spec::Capability;
use std::collections::BTreeMap;

/// Lengths of bodies: within a chunk, nothing, one byte, and more than one chunk.
const LENGTHS: [u64; 4] = [33, 0, 1, 17_000];
const HOUR: u64 = 3600;
/// More than the longest waiting period and the day after it.
const MONTH: u64 = 32 * 24 * HOUR;

impl Author<'_> {
    pub(super) fn act(&mut self, act: &Act) {
        match *act {
            Act::Put { who, at, sse, body, metadata } => self.put(who, at, sse, body, metadata),
            Act::Get { who, at, range } => self.get(who, at, range),
            Act::Head { who, at } => self.head(who, at),
            Act::Delete { who, at } => self.delete(who, at),
            Act::List { who, bucket } => self.list(who, bucket),
            Act::Copy { who, from, to, sse, metadata } => self.copy(who, (from, to), sse, metadata),
            Act::PutDefault { who, bucket, sse } => self.put_default(who, bucket, sse),
            Act::ShowDefault { who, bucket } => {
                let bucket = self.bucket(bucket);
                let request = json!({ "GetBucketEncryption": { "bucket": bucket } });
                self.by(who, request);
            }
            Act::BucketPolicy { bucket, policy } => self.bucket_policy(bucket, policy),
            Act::Begin { who, at, sse } => self.begin(who, at, sse),
            Act::Part { who, upload, number, body } => self.part(who, upload, number, body),
            Act::Complete { who, upload } => self.complete(who, upload),
            Act::Abort { who, upload } => self.abort(who, upload),
            Act::AdvanceClock { month } => {
                let seconds = if month { MONTH } else { HOUR };
                let request = json!({ "AdvanceClock": { "seconds": seconds } });
                self.moved |= self.target.offers(Capability::Clock);
                self.laboratory(Capability::Clock, request);
            }
            Act::Restart => self.laboratory(Capability::Restart, json!({ "Restart": {} })),
            Act::RotateServiceKey => {
                let request = json!({ "RotateServiceKey": {} });
                self.laboratory(Capability::RotateServiceKey, request);
            }
            Act::Identity { user, policy } => {
                if self.target.offers(Capability::Principals) {
                    let symbol = self.user(user);
                    let mut user =
                        symbol.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0');
                    self.attach(user.next_back().unwrap_or_default(), policy);
                }
            }
            _ => self.act_on_keys(act),
        }
    }

    fn act_on_keys(&mut self, act: &Act) {
        match *act {
            Act::NewKey { who, key } => {
                let caller = self.who(who);
                self.new_key(&caller, key);
            }
            Act::Manage { who, key, what } => {
                let caller = self.who(who);
                self.manage(&caller, key, what);
            }
            Act::Describe { who, key } => {
                let caller = self.who(who);
                self.describe(&caller, key);
            }
            Act::KeyPolicy { who, key, policy } => {
                let caller = self.who(who);
                self.key_policy(&caller, key, policy);
            }
            Act::CreateAlias { who, alias, key } => {
                let caller = self.who(who);
                self.alias_to("CreateAlias", &caller, alias, key);
            }
            Act::UpdateAlias { who, alias, key } => {
                let caller = self.who(who);
                self.alias_to("UpdateAlias", &caller, alias, key);
            }
            Act::DeleteAlias { who, alias } => {
                let caller = self.who(who);
                self.delete_alias(&caller, alias);
            }
            Act::Generate { who, key, context, plain } => {
                let caller = self.who(who);
                self.generate(&caller, key, context, plain);
            }
            Act::Encrypt { who, key, context } => {
                let caller = self.who(who);
                self.encrypt(&caller, key, context);
            }
            Act::Decrypt { who, blob, how } => {
                let caller = self.who(who);
                self.decrypt(&caller, blob, how);
            }
            Act::ReEncrypt { who, blob, how, key, context } => {
                let caller = self.who(who);
                self.re_encrypt(&caller, (blob, how), key, context);
            }
            _ => {}
        }
    }

    fn by(&mut self, who: u8, request: Value) -> Option<Value> {
        let caller = self.who(who);
        self.step(&caller, request, Extra::default())
    }

    fn laboratory(&mut self, needed: Capability, request: Value) {
        if self.target.offers(needed) {
            self.step("${root}", request, Extra::default());
        }
    }

    /// The symbol of a bucket, made at its first use.
    fn bucket(&mut self, index: u8) -> String {
        let symbol = format!("${{bucket:b{index}}}");
        if self.made.insert(format!("b{index}")) {
            self.name(&format!("{WORLD}-b{index}"), &symbol);
            let request = json!({ "CreateBucket": { "bucket": symbol } });
            self.step("${root}", request, Extra::default());
        }
        symbol
    }

    /// Bucket and key, with more fields.
    fn place(&mut self, at: Place, more: Value) -> Value {
        self.touched.insert(at);
        let mut request = json!({ "bucket": self.bucket(at.0), "key": format!("o{}", at.1) });
        if let (Some(fields), Value::Object(more)) = (request.as_object_mut(), more) {
            fields.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        }
        request
    }

    /// The headers that ask for a mode; null where none does.
    fn headers(&mut self, sse: Sse) -> Value {
        match sse {
            Sse::Nothing => Value::Null,
            Sse::S3 => json!({ "algorithm": "AES256" }),
            Sse::Managed => json!({ "algorithm": "aws:kms" }),
            Sse::Kms { key, context: 0 } => match self.named(key) {
                Some(key) => json!({ "algorithm": "aws:kms", "kms_key_id": key }),
                None => Value::Null,
            },
            Sse::Kms { key, context: index } => match self.named(key) {
                Some(key) => json!({
                    "algorithm": "aws:kms", "kms_key_id": key,
                    "context": { "pairs": context(index) }
                }),
                None => Value::Null,
            },
        }
    }

    fn put(&mut self, who: u8, at: Place, sse: Sse, body: u8, metadata: bool) {
        let len = LENGTHS.get(usize::from(body) % LENGTHS.len()).copied();
        let piece = Piece { seed: self.seed(), len };
        let more = json!({
            "body": piece.body(), "sse": self.headers(sse), "metadata": colour(metadata)
        });
        let request = self.place(at, more);
        if self.by(who, json!({ "PutObject": request })).is_some() {
            self.bodies.insert(at, vec![piece]);
        }
    }

    fn seed(&mut self) -> u64 {
        let count = self.counter.entry("body").or_default();
        *count += 1;
        u64::from(*count)
    }

    fn get(&mut self, who: u8, at: Place, range: u8) {
        let pieces = self.bodies.get(&at).cloned().unwrap_or_default();
        let fixed: u64 = pieces.iter().filter_map(|piece| piece.len).sum();
        let long = pieces.iter().any(|piece| piece.len.is_none());
        let size = |back: u64| match (long, fixed.checked_sub(back)) {
            (false, _) => json!(fixed.saturating_sub(back)),
            (true, Some(0)) => json!("${part}"),
            (true, Some(more)) => json!(format!("${{part+{more}}}")),
            (true, None) => json!(format!("${{part-{}}}", back - fixed)),
        };
        let fits = long || fixed >= 6;
        let asked = match range {
            1 if fits => {
                Some((json!({ "from_to": { "first": 1, "last": 5 } }), json!(1), json!(5)))
            }
            2 if fits => Some((json!({ "last": { "length": 3 } }), size(3), size(1))),
            3 if fits => Some((json!({ "from": { "first": 2 } }), json!(2), size(1))),
            4 if !pieces.is_empty() => {
                Some((json!({ "from": { "first": size(0) } }), Value::Null, Value::Null))
            }
            _ => None,
        };
        let bodies: Vec<Value> = pieces.iter().map(Piece::body).collect();
        let bytes = match (&asked, bodies.as_slice()) {
            (Some((_, first, last)), _) => {
                json!({ "$slice": { "of": bodies, "first": first, "last": last } })
            }
            (None, [body]) => json!({ "$body": body }),
            (None, _) => json!({ "$concat": bodies }),
        };
        let range = asked.map_or(Value::Null, |(range, ..)| range);
        let request = self.place(at, json!({ "range": range }));
        let replaced = vec![("delivery", json!({ "complete": bytes })), ("size", size(0))];
        let caller = self.who(who);
        let extra = Extra { replaced, ..Extra::default() };
        self.step(&caller, json!({ "GetObject": request }), extra);
    }

    /// The size of an object as a pattern.
    fn size(&self, at: Place) -> Value {
        let pieces = self.bodies.get(&at).map(Vec::as_slice).unwrap_or_default();
        let fixed: u64 = pieces.iter().filter_map(|piece| piece.len).sum();
        match pieces.iter().any(|piece| piece.len.is_none()) {
            true if fixed == 0 => json!("${part}"),
            true => json!(format!("${{part+{fixed}}}")),
            false => json!(fixed),
        }
    }

    fn head(&mut self, who: u8, at: Place) {
        let request = self.place(at, Value::Null);
        let replaced = vec![("size", self.size(at))];
        let caller = self.who(who);
        let extra = Extra { replaced, ..Extra::default() };
        self.step(&caller, json!({ "HeadObject": request }), extra);
    }

    fn delete(&mut self, who: u8, at: Place) {
        let request = self.place(at, Value::Null);
        if self.by(who, json!({ "DeleteObject": request })).is_some() {
            self.bodies.remove(&at);
        }
    }

    fn list(&mut self, who: u8, bucket: u8) {
        let name = self.bucket(bucket);
        let inside = self.bodies.keys().filter(|at| at.0 == bucket);
        let objects: Vec<Value> = inside
            .map(|at| {
                let key = format!("o{}", at.1);
                json!({ "key": key, "size": self.size(*at), "etag": { "$any": "etag" } })
            })
            .collect();
        let extra =
            Extra { replaced: vec![("objects", json!({ "$set": objects }))], ..Extra::default() };
        let caller = self.who(who);
        self.step(&caller, json!({ "ListObjects": { "bucket": name } }), extra);
    }

    fn copy(&mut self, who: u8, (from, to): (Place, Place), sse: Sse, metadata: bool) {
        let source = self.place(from, Value::Null);
        let replaced = if metadata { colour(true) } else { Value::Null };
        let more = json!({
            "source": source, "sse": self.headers(sse), "replace_metadata": replaced
        });
        let request = self.place(to, more);
        if self.by(who, json!({ "CopyObject": request })).is_some()
            && let Some(pieces) = self.bodies.get(&from).cloned()
        {
            self.bodies.insert(to, pieces);
        }
    }

    fn put_default(&mut self, who: u8, bucket: u8, sse: Sse) {
        let bucket = self.bucket(bucket);
        let rule = match sse {
            Sse::Nothing => {
                let request = json!({ "DeleteBucketEncryption": { "bucket": bucket } });
                self.by(who, request);
                return;
            }
            Sse::Kms { key, .. } => self.headers(Sse::Kms { key, context: 0 }),
            other => self.headers(other),
        };
        let request = json!({ "PutBucketEncryption": { "bucket": bucket, "rules": [rule] } });
        self.by(who, request);
    }

    fn bucket_policy(&mut self, index: u8, policy: u8) {
        let bucket = self.bucket(index);
        let request = match documents::bucket_policy(policy, &bucket) {
            Some(policy) => json!({ "PutBucketPolicy": { "bucket": bucket, "policy": policy } }),
            None => json!({ "DeleteBucketPolicy": { "bucket": bucket } }),
        };
        self.by(0, request);
    }

    fn begin(&mut self, who: u8, at: Place, sse: Sse) {
        let more = json!({ "sse": self.headers(sse), "metadata": colour(true) });
        let request = self.place(at, more);
        let name = self.next("upload");
        let caller = self.who(who);
        let extra = Extra::bind(&[(&name, "/upload_id")]);
        if self.step(&caller, json!({ "CreateMultipartUpload": request }), extra).is_some() {
            let symbol = format!("${{{name}}}");
            let (parts, state) = (BTreeMap::new(), UploadState::Open);
            self.uploads.push(Upload { symbol, at, parts, state });
        }
    }

    fn upload(&self, index: u8) -> Option<(usize, Upload)> {
        // The last ones are of most interest.
        let from = self.uploads.len().checked_sub(1 + usize::from(index))?;
        Some((from, self.uploads.get(from)?.clone()))
    }

    fn part(&mut self, who: u8, index: u8, number: u8, body: u8) {
        let Some((at, upload)) = self.upload(index) else { return };
        if upload.state == UploadState::Completed {
            return;
        }
        let len = if number == 0 && body == 0 { None } else { Some(100) };
        let piece = Piece { seed: self.seed(), len };
        let more = json!({
            "upload_id": upload.symbol, "part_number": number + 1, "body": piece.body()
        });
        let request = self.place(upload.at, more);
        let name = self.next("part");
        let caller = self.who(who);
        let extra = Extra::bind(&[(&name, "/etag")]);
        if self.step(&caller, json!({ "UploadPart": request }), extra).is_some()
            && let Some(upload) = self.uploads.get_mut(at)
        {
            upload.parts.insert(number, (format!("${{{name}}}"), piece));
        }
    }

    fn complete(&mut self, who: u8, index: u8) {
        let Some((at, upload)) = self.upload(index) else { return };
        if upload.state == UploadState::Completed || upload.parts.is_empty() {
            return;
        }
        let listed = upload.parts.iter();
        let parts: Vec<Value> = listed
            .map(|(number, (etag, _))| json!({ "part_number": number + 1, "etag": etag }))
            .collect();
        let more = json!({ "upload_id": upload.symbol, "parts": parts });
        let request = self.place(upload.at, more);
        if self.by(who, json!({ "CompleteMultipartUpload": request })).is_some()
            && let Some(kept) = self.uploads.get_mut(at)
        {
            kept.state = UploadState::Completed;
            let pieces = upload.parts.into_values().map(|(_, piece)| piece).collect();
            self.bodies.insert(upload.at, pieces);
        }
    }

    fn abort(&mut self, who: u8, index: u8) {
        let Some((at, upload)) = self.upload(index) else { return };
        if upload.state != UploadState::Open {
            return;
        }
        let request = self.place(upload.at, json!({ "upload_id": upload.symbol }));
        if self.by(who, json!({ "AbortMultipartUpload": request })).is_some()
            && let Some(kept) = self.uploads.get_mut(at)
        {
            kept.state = UploadState::Aborted;
        }
    }
}

impl Piece {
    fn body(&self) -> Value {
        let len = self.len.map_or_else(|| json!("${part}"), |len| json!(len));
        json!({ "pattern": { "seed": self.seed, "len": len } })
    }
}

fn colour(some: bool) -> Value {
    if some { json!({ "colour": "vermilion" }) } else { json!({}) }
}
