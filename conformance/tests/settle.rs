//! Targets whose changes are seen late: what has to be there is waited for, and what must not be
//! there is believed only when everything is settled.
#![expect(clippy::expect_used, clippy::panic, reason = "a test whose set-up fails has failed")]

use serde_json::json;
use sse_conformance::case::Ending;
use sse_conformance::cases::scenario_cases;
use sse_conformance::runner::{Options, replay};
use sse_conformance::target::{Broken, Failure, Target, World, WorldConfig};
use sse_spec::{
    AuditEntry, Caller, Capability, Description, Limits, ListKeysReply, LookupEventsReply,
    Operation, Reply, Resource, Role, SettleTimes, UserIdentity,
};
use std::time::{Duration, Instant};

const SETTLE: u64 = 200;
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/k";

/// A KMS in whose trail the entries of a ListKeys appear after their times.
struct Late {
    /// Milliseconds after which each entry of one request appears.
    after: &'static [u64],
}

impl Target for Late {
    fn describe(&self) -> Description {
        Description {
            name: "late".into(),
            version: "0".into(),
            role: Role::Kms,
            capabilities: vec![Capability::Audit],
            account: "111122223333".into(),
            other_account: None,
            region: "us-east-1".into(),
            limits: Limits::default(),
            settle: SettleTimes { audit: SETTLE, key_state: SETTLE, ..SettleTimes::default() },
        }
    }

    fn open(&self, _: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        Ok(Box::new(LateWorld { after: self.after, requests: Vec::new(), keys: None }))
    }
}

struct LateWorld {
    after: &'static [u64],
    requests: Vec<Instant>,
    keys: Option<Instant>,
}

impl World for LateWorld {
    fn perform(&mut self, _: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        match operation {
            Operation::ListKeys(_) => {
                self.requests.push(Instant::now());
                Ok(ListKeysReply { keys: Vec::new() }.into())
            }
            Operation::LookupEvents(_) => {
                let late = |at: &Instant, after: &u64| {
                    (at.elapsed() >= Duration::from_millis(*after)).then(entry)
                };
                let of = |at| self.after.iter().filter_map(move |after| late(at, after));
                Ok(LookupEventsReply { events: self.requests.iter().flat_map(of).collect() }.into())
            }
            // Refused for another reason at first, then as it has to be.
            Operation::DisableKey(_) => {
                let since = *self.keys.get_or_insert_with(Instant::now);
                let class = if since.elapsed() < Duration::from_millis(SETTLE / 4) {
                    sse_spec::Class::AccessDenied
                } else {
                    sse_spec::Class::KeyNotFound
                };
                let code = format!("{class:?}");
                let message = String::new();
                Err(Failure::Refused(sse_spec::Refusal { class, code, status: 400, message }))
            }
            _ => Err(Failure::Unsupported(String::new())),
        }
    }
}

fn entry() -> AuditEntry {
    AuditEntry {
        event_id: "e".into(),
        event_time: "2026-01-01T00:00:00Z".into(),
        event_source: "kms.amazonaws.com".into(),
        event_name: "Decrypt".into(),
        aws_region: "us-east-1".into(),
        user_identity: UserIdentity {
            arn: "arn:aws:iam::111122223333:root".into(),
            account_id: "111122223333".into(),
            invoked_by: None,
        },
        read_only: true,
        request_parameters: serde_json::Value::Null,
        response_elements: serde_json::Value::Null,
        resources: vec![Resource {
            arn: KEY.into(),
            account_id: "111122223333".into(),
            kind: "AWS::KMS::Key".into(),
        }],
        error_code: None,
        error_message: None,
    }
}

fn judge(after: &'static [u64], steps: &serde_json::Value) -> Ending {
    let file = json!({
        "schema": "scenario/1", "stem": "audit", "family": "late", "source": "none", "notes": {},
        "scenarios": [{
            "id": "audit/late", "requirements": ["audit.entry.one-per-request"],
            "profile": "core", "group": "audit", "comment": "Late.", "steps": steps,
        }],
    });
    let cases = scenario_cases("late.json", &file.to_string()).expect("a legal file");
    let [case] = cases.as_slice() else { panic!("one scenario, one case") };
    replay(&Late { after }, case, Options::default()).0
}

fn counting(entries: usize) -> serde_json::Value {
    json!([
        {"perform": {"ListKeys": {}}, "expect": {"reply": {"keys": []}}},
        {
            "perform": {"LookupEvents": {}},
            "expect": {"reply": {"events": {"$count": {"of": {
                "eventName": "Decrypt",
                "eventSource": "kms.amazonaws.com",
                "userIdentity": {"arn": "${root}"},
                "resources": [{"ARN": KEY, "accountId": "${account}", "type": "AWS::KMS::Key"}],
            }, "is": entries}}}},
        },
    ])
}

#[test]
fn a_late_entry_is_waited_for() {
    assert_eq!(judge(&[SETTLE / 2], &counting(1)), Ending::Passed);
}

/// The count was right for a moment; a second entry came later, within the time that was declared.
#[test]
fn a_second_entry_that_comes_late_is_seen() {
    let ending = judge(&[0, SETTLE / 2], &counting(1));
    assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
}

#[test]
fn that_nothing_happened_is_believed_only_at_the_end() {
    assert_eq!(judge(&[], &counting(0)), Ending::Passed);
    let ending = judge(&[SETTLE / 2], &counting(0));
    assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
}

#[test]
fn an_entry_after_the_declared_time_does_not_count() {
    let ending = judge(&[SETTLE * 20], &counting(1));
    assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
}

#[test]
fn a_step_that_settles_is_asked_again() {
    let step = |settle: Option<&str>| {
        let mut step = json!({
            "perform": {"DisableKey": {"key_id": "k"}},
            "expect": {"refused": {"kinds": ["not-found"]}},
        });
        if let Some(settle) = settle {
            step["settle"] = json!(settle);
        }
        json!([step])
    };
    assert_eq!(judge(&[], &step(Some("key_state"))), Ending::Passed);
    let ending = judge(&[], &step(None));
    assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
}
