//! The decision beside that of a policy engine which others wrote: statement by statement, document
//! by document, and composed by the lines of spec/policy.md.

mod exceptions;
mod question;
mod random;
mod tables;

use super::*;
use crate::policy::StatementRef;
use exceptions::EXCEPTIONS;
use question::{Asked, Formula, Question};
use scratchstack_aspen::{Policy, PolicyVersion};
use std::collections::BTreeMap;

/// How many random questions are asked where nobody says otherwise: the engine compiles its
/// patterns anew for each, which is slow. `POLICY_QUESTIONS=100000` asks that many.
const QUESTIONS: u32 = 6_000;

fn questions() -> u32 {
    let asked = std::env::var("POLICY_QUESTIONS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(QUESTIONS).max(QUESTIONS)
}

/// How often an exception is sought out alone; that it explains what it should is always checked.
const ENOUGH: usize = 10;

const FIRST_STATEMENT: &str = "first-statement-decides";
const OWNER: &str = "111122223333";

/// What a document says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Allow,
    ExplicitDeny,
    DefaultDeny,
}

/// A statement that applies, as the engine sees it.
#[derive(Clone, Copy, Debug)]
struct Applied {
    index: usize,
    deny: bool,
    /// Whether it would apply if it did not name accounts.
    direct: bool,
}

/// A document and what it is attached to.
#[derive(Clone, Debug)]
struct Attached {
    text: String,
    kind: DocumentKind<'static>,
}

/// What a request is about.
#[derive(Clone, Debug)]
enum About {
    Key(Attached),
    Bucket(Option<Attached>),
    Account,
}

/// What was asked, and how often what was answered.
#[derive(Default)]
struct Tally {
    statements: usize,
    /// Statements on which the two agree without a repair.
    unaided: usize,
    outcomes: BTreeMap<Outcome, usize>,
    reasons: BTreeMap<String, usize>,
    /// How often an exception alone explained a disagreement.
    exceptions: BTreeMap<&'static str, usize>,
}

/// What the reference says of one document by itself: a side that it has to be combined with
/// allows everything.
fn reference(asked: &Asked, document: &Attached) -> Outcome {
    let parsed = Document::parse(&document.text, document.kind).expect(&document.text);
    let everything = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let everything = Document::parse(everything, DocumentKind::Identity).unwrap();
    let account = asked.caller.account();
    let (resource, identity) = match document.kind {
        DocumentKind::Key => (Resource::Key { account, policy: &parsed }, &everything),
        // Of another account, since in its own an identity policy would do.
        DocumentKind::Bucket(_) => {
            (Resource::Bucket { account: "999999999999", policy: Some(&parsed) }, &everything)
        }
        DocumentKind::Identity => (Resource::Account { account }, &parsed),
    };
    let decision = decide(&request(asked, &asked.circumstances()), &resource, &[identity]);
    match decision.reason {
        ExplicitDeny => Outcome::ExplicitDeny,
        DefaultDeny => Outcome::DefaultDeny,
        _ => Outcome::Allow,
    }
}

fn request<'a>(asked: &'a Asked, circumstances: &'a Circumstances) -> Request<'a> {
    let Asked { caller, action, resource, .. } = asked;
    Request { caller, action, resource, circumstances }
}

/// Asks the engine with the repairs that are wanted; gives those that had a say, too.
fn repaired(question: &Question, wanted: &[usize]) -> (Option<bool>, Vec<usize>) {
    let (mut formula, mut fired) = (Formula::Ask(question.clone()), Vec::new());
    for &index in wanted {
        let mut has_say = false;
        formula = formula.repaired(EXCEPTIONS[index].repair, &mut has_say);
        if has_say {
            fired.push(index);
        }
    }
    (formula.holds(), fired)
}

impl Tally {
    fn of_random(seed: u64, questions: u32) -> Self {
        let (mut tally, mut random) = (Self::default(), random::Generator::new(seed));
        for _ in 0..questions {
            let (asked, about, identity) = random.case();
            tally.decision(&asked, &about, &identity);
        }
        tally
    }

    fn add(&mut self, other: Self) {
        fn sum<K: Ord>(into: &mut BTreeMap<K, usize>, from: BTreeMap<K, usize>) {
            from.into_iter().for_each(|(key, count)| *into.entry(key).or_default() += count);
        }
        self.statements += other.statements;
        self.unaided += other.unaided;
        sum(&mut self.outcomes, other.outcomes);
        sum(&mut self.reasons, other.reasons);
        sum(&mut self.exceptions, other.exceptions);
    }

    /// Whether a statement applies, which reference and engine have to agree on, and whether the
    /// engine needed no repair to say so.
    fn statement(&mut self, question: &Question, expected: bool, row: &str) -> bool {
        self.statements += 1;
        let everything: Vec<_> = (0..EXCEPTIONS.len()).collect();
        let (answer, fired) = repaired(question, &everything);
        let faults: Vec<_> = fired.iter().map(|&index| EXCEPTIONS[index].reason).collect();
        assert_eq!(answer, Some(expected), "engine, then reference: {row}\n{faults:#?}");
        let unaided = fired.is_empty() || question.ask() == Some(expected);
        self.unaided += usize::from(unaided);
        let count = |index: &usize| self.exceptions.get(EXCEPTIONS[*index].name).copied();
        let open = fired.iter().any(|index| count(index).unwrap_or_default() < ENOUGH);
        let alone = |index: &&usize| repaired(question, &[**index]).0 == Some(expected);
        if !unaided
            && open
            && let Some(&index) = fired.iter().find(alone)
        {
            *self.exceptions.entry(EXCEPTIONS[index].name).or_default() += 1;
        }
        unaided
    }

    /// The statements of a document that apply.
    fn document(&mut self, asked: &Asked, document: &Attached) -> Vec<Applied> {
        let json: Value = serde_json::from_str(&document.text).unwrap();
        let version = match json.get("Version").and_then(Value::as_str) {
            None => PolicyVersion::None,
            Some(version) => version.parse().unwrap(),
        };
        let statements = json["Statement"].as_array().cloned();
        let statements = statements.unwrap_or_else(|| vec![json["Statement"].clone()]);
        let (mut applied, mut unaided) = (Vec::new(), true);
        for (index, statement) in statements.iter().enumerate() {
            let text = json!({ "Statement": statement }).to_string();
            let row = format!("{text}\n{asked:?}");
            let one = Attached { text, kind: document.kind };
            let applies = reference(asked, &one) != Outcome::DefaultDeny;
            let question = Question::new(asked, statement, version);
            unaided &= self.statement(&question, applies, &row);
            if applies {
                let direct = is_direct(&question);
                applied.push(Applied { index, deny: statement["Effect"] == "Deny", direct });
            }
        }
        let outcome = match applied.iter().map(|it| it.deny).max() {
            None => Outcome::DefaultDeny,
            Some(false) => Outcome::Allow,
            Some(true) => Outcome::ExplicitDeny,
        };
        let row = format!("{}\n{asked:?}", document.text);
        assert_eq!(reference(asked, document), outcome, "{row}");
        // Of one statement, the document says what the statement says.
        if unaided && statements.len() > 1 {
            self.whole(asked, document, &applied, outcome, &row);
        }
        *self.outcomes.entry(outcome).or_default() += 1;
        applied
    }

    /// The engine on a whole document: it stops at the first statement that applies, where IAM User
    /// Guide, `reference_policies_evaluation-logic`, has any Deny prevail.
    fn whole(
        &mut self,
        asked: &Asked,
        document: &Attached,
        applied: &[Applied],
        outcome: Outcome,
        row: &str,
    ) {
        let policy: Policy = document.text.parse().expect(row);
        let question = Question::new(asked, &Value::Null, policy.version());
        let answer = match policy.evaluate(&question.context().unwrap()).unwrap() {
            scratchstack_aspen::Decision::Allow => Outcome::Allow,
            scratchstack_aspen::Decision::Deny => Outcome::ExplicitDeny,
            scratchstack_aspen::Decision::DefaultDeny => Outcome::DefaultDeny,
        };
        let allow_first = applied.first().is_some_and(|it| !it.deny);
        if outcome == Outcome::ExplicitDeny && allow_first {
            assert_eq!(answer, Outcome::Allow, "{row}");
            *self.exceptions.entry(FIRST_STATEMENT).or_default() += 1;
        } else {
            assert_eq!(answer, outcome, "{row}");
        }
    }

    /// The whole decision of the reference beside that composed of the engine's answers.
    fn decision(&mut self, asked: &Asked, about: &About, identity: &[Attached]) {
        let policy = match about {
            About::Key(policy) | About::Bucket(Some(policy)) => Some(policy),
            About::Bucket(None) | About::Account => None,
        };
        let on_resource = policy.map(|policy| self.document(asked, policy)).unwrap_or_default();
        // Root has no identity policies: nothing can be asked about them.
        let root = asked.caller.is_root();
        let bearing = if root { &[] } else { identity };
        let on_identity: Vec<_> = bearing.iter().map(|it| self.document(asked, it)).collect();
        let composed = compose(asked, about, &on_resource, &on_identity);

        let parse = |it: &Attached| Document::parse(&it.text, it.kind).unwrap();
        let parsed = policy.map(parse);
        let resource = match (about, &parsed) {
            (About::Key(_), Some(policy)) => Resource::Key { account: OWNER, policy },
            (About::Bucket(_), policy) => {
                Resource::Bucket { account: OWNER, policy: policy.as_ref() }
            }
            _ => Resource::Account { account: OWNER },
        };
        let identity: Vec<_> = identity.iter().map(parse).collect();
        let identity: Vec<_> = identity.iter().collect();
        let decision = decide(&request(asked, &asked.circumstances()), &resource, &identity);
        let mut determining: Vec<_> = decision.determining.iter().map(place).collect();
        determining.sort_unstable();
        let row = format!("{asked:?}\n{about:?}\n{identity:?}");
        assert_eq!((decision.reason, determining), composed, "{row}");
        let denied = matches!(decision.reason, ExplicitDeny | DefaultDeny);
        assert_eq!(decision.allowed, !denied);
        *self.reasons.entry(format!("{:?}", decision.reason)).or_default() += 1;
    }
}

/// Whether the statement still applies when it names no account: it then reaches the caller by `*`
/// or by the caller's own ARN. An identity policy names nobody.
fn is_direct(question: &Question) -> bool {
    let principals = question.statement.pointer("/Principal/AWS");
    let is_account = |it: &Value| {
        let text = it.as_str().unwrap();
        text.ends_with(":root") || text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some(principals) = principals else { return true };
    let list = principals.as_array().cloned().unwrap_or_else(|| vec![principals.clone()]);
    let rest: Vec<_> = list.iter().filter(|it| !is_account(it)).collect();
    if rest.len() == list.len() || question.caller.ends_with(":root") {
        return true;
    }
    let mut other = question.clone();
    other.statement["Principal"]["AWS"] = json!(rest);
    let everything: Vec<_> = (0..EXCEPTIONS.len()).collect();
    !rest.is_empty() && repaired(&other, &everything).0.unwrap()
}

/// Where a statement stands: the resource's policy is 0, the identity policies follow.
fn place(statement: &StatementRef) -> (usize, usize) {
    match statement.source {
        Source::Resource => (0, statement.index),
        Source::Identity(index) => (index + 1, statement.index),
    }
}

const CROSSING: &[&str] = &[
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:DescribeKey",
    "kms:GetKeyRotationStatus",
];

/// The lines of the decision for keys, of that for buckets, and of the identity side alone.
fn compose(
    asked: &Asked,
    about: &About,
    on_resource: &[Applied],
    on_identity: &[Vec<Applied>],
) -> (Reason, Vec<(usize, usize)>) {
    let own = asked.caller.account() == OWNER;
    let root = asked.caller.is_root();
    let all = [on_resource.to_vec()].into_iter().chain(on_identity.iter().cloned()).enumerate();
    let all: Vec<_> = all.flat_map(|(at, list)| list.into_iter().map(move |it| (at, it))).collect();
    let which = |test: &dyn Fn(usize, Applied) -> bool| -> Vec<_> {
        all.iter().filter(|(at, it)| test(*at, *it)).map(|(at, it)| (*at, it.index)).collect()
    };
    let denies = which(&|_, it| it.deny);
    let named = which(&|at, it| at == 0 && !it.deny);
    let direct = which(&|at, it| at == 0 && !it.deny && it.direct);
    let delegation = which(&|at, it| at == 0 && !it.deny && !it.direct);
    let identity = which(&|at, it| at > 0 && !it.deny);
    let allows = root || !identity.is_empty();
    let crosses = CROSSING.contains(&asked.action.as_str());
    let tends =
        ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"].map(str::to_owned);
    match about {
        About::Bucket(_) if root && own && tends.contains(&asked.action) => (Owner, Vec::new()),
        _ if !denies.is_empty() => (ExplicitDeny, denies),
        About::Key(_) if !own && !crosses => (DefaultDeny, Vec::new()),
        About::Key(_) | About::Bucket(_) if !own && !named.is_empty() && allows => {
            (CrossAccount, [named, identity].concat())
        }
        About::Key(_) if own && !direct.is_empty() => (KeyPolicy, direct),
        About::Key(_) if own && !delegation.is_empty() && allows => {
            (Delegated, [delegation, identity].concat())
        }
        About::Bucket(_) if own && !direct.is_empty() => (BucketPolicy, direct),
        About::Bucket(_) | About::Account if own && allows => (IdentityPolicy, identity),
        _ => (DefaultDeny, Vec::new()),
    }
}

// r[verify policy.decision.reference]
#[test]
fn random_documents_are_decided_as_by_the_engine() {
    let tally = std::thread::scope(|scope| {
        let halves =
            [1, 2].map(|seed| scope.spawn(move || Tally::of_random(seed, questions() / 2)));
        let [mut tally, other] = halves.map(|half| half.join().unwrap());
        tally.add(other);
        tally
    });
    let documents: usize = tally.outcomes.values().sum();
    assert_eq!(tally.outcomes.len(), 3);
    for (outcome, count) in &tally.outcomes {
        assert!(count * 10 >= documents, "{outcome:?}: {count} of {documents}");
    }
    let decided = |allowed: bool| {
        let denials = ["DefaultDeny", "ExplicitDeny"];
        tally.reasons.iter().filter(move |it| denials.contains(&it.0.as_str()) != allowed)
    };
    let tenth = usize::try_from(questions()).unwrap() / 10;
    assert!(decided(false).all(|(_, count)| *count >= tenth), "{:?}", tally.reasons);
    assert!(decided(true).map(|it| it.1).sum::<usize>() >= tenth, "{:?}", tally.reasons);
    assert_eq!(tally.reasons.len(), 8, "every reason occurs: {:?}", tally.reasons);
    // The engine agrees as it is on most; each of its faults shows by itself.
    assert!(tally.unaided * 2 > tally.statements, "{} of {}", tally.unaided, tally.statements);
    for name in EXCEPTIONS.iter().map(|it| it.name).chain([FIRST_STATEMENT]) {
        assert!(tally.exceptions.contains_key(name), "{name} explains nothing");
    }
}

// r[verify policy.decision.reference]
#[test]
fn the_documents_of_the_tables_are_decided_as_by_the_engine() {
    let mut tally = Tally::default();
    let pairs = tables::cases(|asked, about, identity| tally.decision(asked, about, identity));
    assert!(pairs >= 1_000, "{pairs}");
    let names: Vec<_> = tally.exceptions.keys().copied().collect();
    let expected = [
        "action-case",
        "boolean-case",
        FIRST_STATEMENT,
        "negated-absent",
        "resource-not-an-arn",
        "set-operators",
    ];
    assert_eq!(names, expected);
}
