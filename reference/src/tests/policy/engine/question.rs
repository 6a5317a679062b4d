//! A question to the engine: whether one statement applies to one request.

use crate::policy::{Caller, Circumstances};
use scratchstack_aspen::{Context, Decision, PolicyVersion, Statement};
use scratchstack_aws_principal::{Principal, PrincipalIdentity, RootUser, SessionValue, User};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;

/// A request, as both sides are asked it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) caller: Caller,
    pub(super) action: String,
    pub(super) resource: String,
    /// The condition keys, but for the two that the caller brings; a set repeats its key.
    pub(super) values: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn circumstances(&self) -> Circumstances {
        let of_caller = Circumstances::of(&self.caller);
        self.values.iter().fold(of_caller, |given, (key, value)| given.with(key, value.as_str()))
    }
}

/// A statement and a request, in the engine's types.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) version: PolicyVersion,
    pub(super) statement: Value,
    pub(super) caller: String,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) values: Vec<(String, SessionValue)>,
}

impl Question {
    pub(super) fn new(asked: &Asked, statement: &Value, version: PolicyVersion) -> Self {
        let text = |(key, value): &(String, String)| (key.clone(), SessionValue::from(&**value));
        let mut values: Vec<_> = asked.values.iter().map(text).collect();
        values.push(("aws:PrincipalArn".to_owned(), asked.caller.arn().into()));
        let secure = SessionValue::Bool(asked.caller.secure_transport());
        values.push(("aws:SecureTransport".to_owned(), secure));
        Self {
            version,
            statement: statement.clone(),
            caller: asked.caller.arn().to_owned(),
            action: asked.action.clone(),
            resource: asked.resource.clone(),
            values,
        }
    }

    /// The values of a condition key, with the key as the request spells it.
    pub(super) fn values(&self, key: &str) -> Vec<&(String, SessionValue)> {
        self.values.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key)).collect()
    }

    /// The same request under one condition alone, whose key has at most one value.
    pub(super) fn lone(
        &self,
        operator: &str,
        (key, value): (&str, Option<SessionValue>),
        wanted: &[String],
    ) -> Self {
        let condition = json!({ operator: { key: wanted } });
        let statement =
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
        let values = value.into_iter().map(|value| (key.to_owned(), value)).collect();
        // Caller, action and resource have no bearing, and are the same for all such questions.
        Self {
            version: self.version,
            statement,
            caller: "arn:aws:iam::111122223333:root".to_owned(),
            action: "kms:Decrypt".to_owned(),
            resource: "*".to_owned(),
            values,
        }
    }

    /// The request in the engine's form; none for a caller that it does not know.
    pub(super) fn context(&self) -> Option<Context> {
        let rest = self.caller.strip_prefix("arn:aws:iam::")?;
        let (account, name) = rest.split_once(':')?;
        let identity: PrincipalIdentity = match name.strip_prefix("user/") {
            Some(name) => User::new("aws", account, "/", name).ok()?.into(),
            None if name == "root" => RootUser::new("aws", account).ok()?.into(),
            None => return None,
        };
        let (service, api) = self.action.split_once(':')?;
        let resources = match self.resource.as_str() {
            "*" => Vec::new(),
            arn => vec![arn.parse().ok()?],
        };
        let values = self.values.iter().map(|(key, value)| (key, value.clone()));
        let context = Context::builder()
            .service(service)
            .api(api)
            .actor(Principal::from(vec![identity]))
            .resources(resources)
            .session_data(values.collect())
            .build();
        Some(context.unwrap())
    }

    /// Whether the statement applies; none where the engine does not understand the question.
    pub(super) fn ask(&self) -> Option<bool> {
        thread_local! {
            /// The engine compiles its patterns anew for each question, which takes long.
            static ANSWERS: RefCell<HashMap<String, Option<bool>>> = RefCell::default();
        }
        let mut alike = self.clone();
        if self.statement.get("Condition").is_none() {
            alike.values.clear();
        }
        let key = format!("{alike:?}");
        let known = ANSWERS.with_borrow(|answers| answers.get(&key).copied());
        known.unwrap_or_else(|| {
            let answer = self.ask_anew();
            ANSWERS.with_borrow_mut(|answers| answers.insert(key, answer));
            answer
        })
    }

    fn ask_anew(&self) -> Option<bool> {
        let statement: Statement = self.statement.to_string().parse().ok()?;
        let decision = statement.evaluate(&self.context()?, self.version).ok()?;
        Some(decision != Decision::DefaultDeny)
    }
}

/// Questions joined by and and or.
#[derive(Clone, Debug)]
pub(super) enum Formula {
    Known(bool),
    Ask(Question),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

impl Formula {
    /// Puts what a repair makes of it in the place of every question that it has a say in.
    pub(super) fn repaired(self, repair: fn(&Question) -> Option<Self>, fired: &mut bool) -> Self {
        let mut each = |parts: Vec<Self>| {
            parts.into_iter().map(|part| part.repaired(repair, fired)).collect::<Vec<_>>()
        };
        match self {
            Self::Known(_) => self,
            Self::All(parts) => Self::All(each(parts)),
            Self::Any(parts) => Self::Any(each(parts)),
            Self::Ask(question) => match repair(&question) {
                Some(formula) => {
                    *fired = true;
                    formula
                }
                None => Self::Ask(question),
            },
        }
    }

    pub(super) fn holds(&self) -> Option<bool> {
        let find = |parts: &[Self], decisive: bool| {
            for part in parts {
                if part.holds()? == decisive {
                    return Some(decisive);
                }
            }
            Some(!decisive)
        };
        match self {
            Self::Known(known) => Some(*known),
            Self::Ask(question) => question.ask(),
            Self::All(parts) => find(parts, false),
            Self::Any(parts) => find(parts, true),
        }
    }
}
