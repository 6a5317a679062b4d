//! The oracle's own tests: the tables of key.md and sse.md that need no bytes.

use super::*;
use sse_spec::*;

const ROOT: &str = "arn:aws:iam::111122223333:root";

struct Bench {
    oracle: Oracle,
    drawn: u64,
}

impl Bench {
    fn new() -> Self {
        let setting = Setting { region: "eu-central-1".to_owned() };
        let mut bench = Self { oracle: Oracle::new(setting), drawn: 0 };
        bench.replied(CreateBucket { bucket: "bucket-one".to_owned() });
        bench
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Oracle, &mut Moment<'_>) -> T) -> T {
        let Self { oracle, drawn } = self;
        let mut draw = || {
            *drawn += 1;
            format!("00000000-0000-4000-8000-{drawn:012}")
        };
        act(oracle, &mut Moment { now: 1_000_000_000, draw: &mut draw })
    }

    fn decide(&mut self, principal: &str, operation: impl Into<Operation>) -> Decision {
        let operation = operation.into();
        self.with(|oracle, moment| oracle.decide(moment, &Caller::new(principal), &operation))
    }

    fn replied(&mut self, operation: impl Into<Operation>) -> Reply {
        match self.decide(ROOT, operation) {
            Decision::Replied(reply) => *reply,
            other => panic!("{other:?}"),
        }
    }

    fn key(&mut self) -> KeyMetadata {
        let request = serde_json::from_str::<CreateKey>("{}").unwrap();
        match self.replied(request) {
            Reply::CreateKey(reply) => reply.key_metadata,
            other => panic!("{other:?}"),
        }
    }

    fn cryptography(&mut self, request: &KmsRequest, authentic: bool) -> Result<Grant, Refusal> {
        self.with(|oracle, moment| {
            let grant = oracle.ask(moment, request)?;
            oracle.conclude(moment, &grant, authentic).map(|()| grant)
        })
    }
}

fn put(algorithm: Option<&str>, kms_key_id: Option<&str>) -> PutObject {
    PutObject {
        bucket: "bucket-one".to_owned(),
        key: "key".to_owned(),
        body: Body::Inline(Bytes(Vec::new())),
        sse: SseHeaders {
            algorithm: algorithm.map(str::to_owned),
            kms_key_id: kms_key_id.map(str::to_owned),
            context: None,
        },
        metadata: Metadata::new(),
    }
}

fn generate(key_id: &str) -> GenerateDataKey {
    GenerateDataKey {
        key_id: key_id.to_owned(),
        key_spec: Some("AES_256".to_owned()),
        number_of_bytes: None,
        encryption_context: EncryptionContext::new(),
    }
}

#[test]
fn a_disabled_key_refuses_and_an_enabled_one_serves_again() {
    let mut bench = Bench::new();
    let id = bench.key().key_id;
    let Decision::Kms(request) = bench.decide(ROOT, generate(&id)) else { panic!() };
    assert!(bench.cryptography(&request, true).is_ok());
    bench.replied(DisableKey { key_id: id.clone() });
    let refused = bench.cryptography(&request, true).unwrap_err();
    assert_eq!((refused.class, refused.code.as_str()), (Class::KeyDisabled, "DisabledException"));
    bench.replied(EnableKey { key_id: id });
    assert!(bench.cryptography(&request, true).is_ok());
    let names: Vec<_> = bench.oracle.state.trail.iter().map(|e| e.event_name.as_str()).collect();
    let expected = [
        "CreateKey",
        "GenerateDataKey",
        "DisableKey",
        "GenerateDataKey",
        "EnableKey",
        "GenerateDataKey",
    ];
    assert_eq!(names, expected);
    let codes: Vec<_> =
        bench.oracle.state.trail.iter().filter_map(|e| e.error_code.as_deref()).collect();
    assert_eq!(codes, ["DisabledException"]);
    let Reply::GetKeyUsage(usage) = bench.replied(GetKeyUsage {}) else { panic!() };
    assert_eq!(usage.requests.iter().map(|r| r.count).collect::<Vec<_>>(), [2]);
}

#[test]
fn the_mode_follows_the_headers() {
    let mut bench = Bench::new();
    let Decision::Put(plan) = bench.decide(ROOT, put(None, None)) else { panic!() };
    assert_eq!((plan.algorithm, plan.kms), (Algorithm::Aes256, None));
    let Decision::Put(plan) = bench.decide(ROOT, put(Some("aws:kms"), None)) else { panic!() };
    let request = plan.kms.unwrap();
    assert_eq!(request.context["aws:s3:arn"], "arn:aws:s3:::bucket-one/key");
    let managed = bench.cryptography(&request, true).unwrap();
    let direct = KmsRequest { through_store: false, ..request };
    assert_eq!(bench.cryptography(&direct, true).unwrap_err().class, Class::AccessDenied);
    let disable = bench.decide(ROOT, DisableKey { key_id: managed.key_id });
    assert!(matches!(disable, Decision::Refused(r) if r.class == Class::AccessDenied));
    for (algorithm, key) in [(Some("AES"), None), (Some(""), None), (Some("AES256"), Some("k"))] {
        let refused = bench.decide(ROOT, put(algorithm, key));
        assert!(matches!(refused, Decision::Refused(r) if r.class == Class::InvalidArgument));
    }
    let unknown = bench.decide(ROOT, put(Some("aws:kms"), Some("no-such-key")));
    assert!(matches!(unknown, Decision::Refused(r) if r.code == "KMS.NotFoundException"));
}

#[test]
fn only_the_root_of_the_account_is_allowed() {
    let mut bench = Bench::new();
    let arn = bench.key().arn;
    for stranger in ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::444455556666:root"] {
        let refused = bench.decide(stranger, put(None, None));
        assert!(matches!(refused, Decision::Refused(r) if r.status == 403));
        let Decision::Kms(request) = bench.decide(stranger, generate(&arn)) else { panic!() };
        assert_eq!(bench.cryptography(&request, true).unwrap_err().class, Class::AccessDenied);
    }
    let denied = bench.oracle.state.trail.iter().filter(|e| e.error_code.is_some()).count();
    assert_eq!(denied, 2);
}

#[test]
fn another_key_and_a_damaged_blob_are_told_apart_and_recorded() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key().key_id, bench.key().key_id);
    let request = KmsRequest {
        usage: Use::Decrypt { made_by: Some(one.clone()) },
        key_id: Some(two),
        context: EncryptionContext::new(),
        caller: Caller::new(ROOT),
        through_store: false,
    };
    assert_eq!(bench.cryptography(&request, true).unwrap_err().class, Class::IncorrectKey);
    let request = KmsRequest { key_id: None, ..request };
    assert_eq!(bench.cryptography(&request, false).unwrap_err().class, Class::Integrity);
    assert_eq!(bench.cryptography(&request, true).unwrap().key_id, one);
    assert_eq!(bench.oracle.state.trail.len(), 5);
}

#[test]
fn ranges_follow_the_standard() {
    let mut bench = Bench::new();
    let Decision::Put(plan) = bench.decide(ROOT, put(None, None)) else { panic!() };
    bench.oracle.stored(&plan, None, 10, "etag".to_owned());
    let mut span = |range| {
        let request = GetObject {
            bucket: "bucket-one".to_owned(),
            key: "key".to_owned(),
            range: Some(range),
            sse: SseHeaders::default(),
        };
        match bench.decide(ROOT, request) {
            Decision::Get(plan) => Some((plan.span.start, plan.span.end)),
            Decision::Refused(refused) => {
                assert_eq!(refused.class, Class::InvalidRange);
                None
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(span(Range::FromTo { first: 2, last: 4 }), Some((2, 5)));
    assert_eq!(span(Range::FromTo { first: 9, last: u64::MAX }), Some((9, 10)));
    assert_eq!(span(Range::From { first: 10 }), None);
    assert_eq!(span(Range::Last { length: 3 }), Some((7, 10)));
    assert_eq!(span(Range::Last { length: 30 }), Some((0, 10)));
    assert_eq!(span(Range::Last { length: 0 }), None);
}

#[test]
fn a_time_is_written_in_utc() {
    let mut bench = Bench::new();
    bench.key();
    assert_eq!(bench.oracle.state.trail[0].event_time, "2001-09-09T01:46:40Z");
}
