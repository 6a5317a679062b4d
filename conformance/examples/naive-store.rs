//! A naive store: it echoes the encryption headers and keeps every body in clear. It shows how an
//! implementation in Rust is judged, and what the suite says of this one (README.md beside it).

use sse_conformance::report::{Report, text};
use sse_conformance::sse_spec::*;
use sse_conformance::target::{
    Broken, Failure, Kms, Store, StoreAndKms, Target, World, WorldConfig,
};
use sse_conformance::{body, cases, runner};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Runs the suite and prints the report.
fn main() -> Result<ExitCode, String> {
    let (report, code) = judge()?;
    print!("{report}");
    Ok(ExitCode::from(code))
}

/// The report on the naive store, and its exit code.
pub(crate) fn judge() -> Result<(String, u8), String> {
    let cases = cases::catalogue()?;
    let options = runner::Options::default();
    let results = runner::run(&Naive, &cases, options, &|_| {});
    let report = Report::whole(Naive.describe(), &cases, results, options);
    Ok((text::render(&report), report.exit_code()))
}

type Answer<T> = Result<T, Failure>;

/// The target: it says what it is, and opens worlds.
#[derive(Debug)]
pub(crate) struct Naive;

impl Target for Naive {
    fn describe(&self) -> Description {
        Description {
            name: "naive-store".into(),
            version: "1".into(),
            role: Role::Store,
            capabilities: vec![Capability::ReadAtRest, Capability::Restart],
            account: "111122223333".into(),
            other_account: None,
            region: "us-east-1".into(),
            limits: Limits::default(),
            settle: SettleTimes::default(),
        }
    }

    fn open(&self, _: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        Ok(Box::new(StoreAndKms(Disk::default())))
    }
}

/// One world: all there is, which a restart therefore keeps.
#[derive(Default)]
struct Disk(BTreeMap<String, Bucket>);

type Bucket = BTreeMap<String, Object>;

#[derive(Clone)]
struct Object {
    body: Vec<u8>,
    metadata: Metadata,
    sse: SseShown,
}

impl Object {
    fn etag(&self) -> String {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        format!("{:016x}", self.body.iter().fold(0xcbf2_9ce4_8422_2325, mix))
    }

    fn size(&self) -> u64 {
        self.body.len() as u64
    }
}

impl Disk {
    fn bucket(&mut self, name: &str) -> Answer<&mut Bucket> {
        self.0.get_mut(name).ok_or_else(|| refused(Class::NoSuchBucket, "NoSuchBucket", 404))
    }

    fn object(&mut self, bucket: &str, key: &str) -> Answer<Object> {
        let found = self.bucket(bucket)?.get(key).cloned();
        found.ok_or_else(|| refused(Class::NoSuchKey, "NoSuchKey", 404))
    }
}

fn refused(class: Class, code: &str, status: u16) -> Failure {
    Failure::Refused(Refusal { class, code: code.into(), status, message: String::new() })
}

/// Echoes the headers, and encrypts nothing.
fn echoed(headers: &SseHeaders) -> SseShown {
    let (algorithm, kms_key_id) = match headers.algorithm.as_deref() {
        Some("aws:kms") => (Algorithm::AwsKms, headers.kms_key_id.clone()),
        _ => (Algorithm::Aes256, None),
    };
    SseShown { algorithm: algorithm.into(), kms_key_id, context: None }
}

/// First byte and the one behind the last byte that a range asks for.
fn bounds(range: Option<Range>, size: u64) -> Option<(u64, u64)> {
    let (first, end) = match range {
        None => return Some((0, size)),
        Some(Range::FromTo { first, last }) => (first, last.saturating_add(1).min(size)),
        Some(Range::From { first }) => (first, size),
        Some(Range::Last { length }) => (size.saturating_sub(length), size),
    };
    (first < end).then_some((first, end))
}

impl Kms for Disk {}

impl Store for Disk {
    fn create_bucket(&mut self, _: &Caller, request: &CreateBucket) -> Answer<CreateBucketReply> {
        if self.0.contains_key(&request.bucket) {
            return Err(refused(Class::BucketExists, "BucketAlreadyExists", 409));
        }
        self.0.insert(request.bucket.clone(), Bucket::default());
        Ok(CreateBucketReply {})
    }

    fn put_object(&mut self, _: &Caller, request: &PutObject) -> Answer<PutObjectReply> {
        let body = body::expand(&request.body).map_err(Failure::Broken)?;
        let bucket = self.bucket(&request.bucket)?;
        let sse = echoed(&request.sse);
        let object = Object { body, metadata: request.metadata.clone(), sse: sse.clone() };
        let etag = object.etag();
        bucket.insert(request.key.clone(), object);
        Ok(PutObjectReply { etag, sse })
    }

    fn get_object(&mut self, _: &Caller, request: &GetObject) -> Answer<GetObjectReply> {
        let object = self.object(&request.bucket, &request.key)?;
        let (etag, size) = (object.etag(), object.size());
        let bytes = bounds(request.range, size).and_then(|(first, end)| {
            object.body.get(usize::try_from(first).ok()?..usize::try_from(end).ok()?)
        });
        let bytes = bytes.ok_or_else(|| refused(Class::InvalidRange, "InvalidRange", 416))?;
        let delivery = Delivery::Complete(bytes.into());
        Ok(GetObjectReply { delivery, size, etag, metadata: object.metadata, sse: object.sse })
    }

    fn head_object(&mut self, _: &Caller, request: &HeadObject) -> Answer<HeadObjectReply> {
        let object = self.object(&request.bucket, &request.key)?;
        let (size, etag) = (object.size(), object.etag());
        Ok(HeadObjectReply { size, etag, metadata: object.metadata, sse: object.sse })
    }

    fn copy_object(&mut self, _: &Caller, request: &CopyObject) -> Answer<CopyObjectReply> {
        let mut object = self.object(&request.source.bucket, &request.source.key)?;
        let bucket = self.bucket(&request.bucket)?;
        object.sse = echoed(&request.sse);
        if let Some(metadata) = &request.replace_metadata {
            object.metadata = metadata.clone();
        }
        let (etag, sse) = (object.etag(), object.sse.clone());
        bucket.insert(request.key.clone(), object);
        Ok(CopyObjectReply { etag, sse })
    }

    fn delete_object(&mut self, _: &Caller, request: &DeleteObject) -> Answer<DeleteObjectReply> {
        self.bucket(&request.bucket)?.remove(&request.key);
        Ok(DeleteObjectReply {})
    }

    fn list_objects(&mut self, _: &Caller, request: &ListObjects) -> Answer<ListObjectsReply> {
        let prefix = request.prefix.as_deref().unwrap_or_default();
        let objects = self.bucket(&request.bucket)?.iter();
        let objects = objects.filter(|(key, _)| key.starts_with(prefix)).map(|(key, object)| {
            ListedObject { key: key.clone(), size: object.size(), etag: object.etag() }
        });
        Ok(ListObjectsReply { objects: objects.collect() })
    }

    fn read_at_rest(&mut self, _: &Caller, _: &ReadAtRest) -> Answer<ReadAtRestReply> {
        let of = |bucket: &String, (key, object): (&String, &Object)| Item {
            id: format!("{bucket}/{key}"),
            tag: Tag::Object { bucket: bucket.clone(), key: key.clone() },
            bytes: object.body.clone().into(),
        };
        let items = self
            .0
            .iter()
            .flat_map(|(name, bucket)| bucket.iter().map(move |object| of(name, object)));
        Ok(ReadAtRestReply { items: items.collect() })
    }

    fn restart(&mut self, _: &Caller, _: &Restart) -> Answer<RestartReply> {
        Ok(RestartReply {})
    }
}
