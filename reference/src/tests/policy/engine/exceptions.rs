//! What the engine lacks of the language or reads otherwise than AWS documents, each with the
//! question that it can be asked instead. Nothing is excused: a repaired question has to be
//! answered as the reference answers the original.

use super::question::{Formula, Question};
use scratchstack_aspen::Action;
use scratchstack_aws_principal::SessionValue;
use serde_json::{Value, json};
use std::str::FromStr;

/// A difference between the engine and the documents of AWS.
pub(super) struct Exception {
    pub(super) name: &'static str,
    /// The engine's fault, and the page that settles it.
    pub(super) reason: &'static str,
    /// The question to ask instead; none where the difference has no bearing.
    pub(super) repair: fn(&Question) -> Option<Formula>,
}

/// In the order in which they are applied; the page on operators is IAM User Guide,
/// `reference_policies_elements_condition_operators`.
pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        name: "action-case",
        reason: "compares actions by case; IAM User Guide, reference_policies_elements_action: \
                 prefix and name are case insensitive",
        repair: action_case,
    },
    Exception {
        name: "service-pattern",
        reason: "refuses a wildcard before the colon of an action; IAM User Guide, \
                 reference_policies_grammar: an action is a prefix and a name, and no page speaks \
                 of a wildcard in the prefix",
        repair: service_pattern,
    },
    Exception {
        name: "resource-not-an-arn",
        reason: "refuses a resource of fewer than six parts; IAM User Guide, \
                 reference_policies_elements_resource: a star at the end of a segment reaches \
                 beyond colons",
        repair: |question| resources(question, |it| !has_inner(it) && parts(it).len() < 6, false),
    },
    Exception {
        name: "star-over-colons",
        reason: "stops a star at a colon; IAM User Guide, reference_policies_elements_resource: \
                 a star at the end of a segment reaches beyond colons",
        repair: |question| resources(question, |it| !has_inner(it) && parts(it).len() == 6, false),
    },
    Exception {
        name: "inner-wildcard-over-colons",
        reason: "stops every wildcard at a colon; the same page is silent on a question mark and \
                 on a star before other text, and spec/policy.md lets both reach",
        repair: |question| resources(question, has_inner, true),
    },
    Exception {
        name: "role",
        reason: "knows no caller that is a role; IAM User Guide, \
                 reference_policies_elements_principal: a role's ARN names the role",
        repair: role,
    },
    Exception {
        name: "newline",
        reason: "has a wildcard stop at a line break; the page on operators: any character",
        repair: |question| respelled(question, '\n', '\u{E000}'),
    },
    Exception {
        name: "dollar",
        reason: "fails on a dollar sign without a brace; IAM User Guide, \
                 reference_policies_variables: a variable is a dollar sign and braces",
        repair: |question| respelled(question, '$', '\u{E001}'),
    },
    Exception {
        name: "set-operators",
        reason: "has no set operators; IAM User Guide, \
                 reference_policies_condition-single-vs-multi-valued-context-keys",
        repair: set_operators,
    },
    Exception {
        name: "context-twins",
        reason: "keeps one of two condition keys that differ in case; no page treats them, and \
                 spec/policy/condition.md picks the pair",
        repair: context_twins,
    },
    Exception {
        name: "arn-form",
        reason: "matches only values that are valid ARNs by patterns that begin with arn; the \
                 page on operators: each of the six components is checked, with wildcards",
        repair: arn_form,
    },
    Exception {
        name: "typed-values",
        reason: "compares values of one type only; IAM User Guide, \
                 reference_policies_elements_condition: a value is text, compared by the operator",
        repair: typed_values,
    },
    Exception {
        name: "boolean-case",
        reason: "reads true and false by case; no page demands it, and spec/policy/condition.md \
                 admits both words in any case",
        repair: boolean_case,
    },
    Exception {
        name: "negated-values",
        reason: "has one of several values suffice under a negated operator; IAM User Guide, \
                 reference_policies_condition-logic-multiple-context-keys-or-values: NOR",
        repair: negated_values,
    },
    Exception {
        name: "negated-absent",
        reason: "has a negated operator fail on an absent key; the page on operators: it holds",
        repair: negated_absent,
    },
    Exception {
        name: "unicode-case",
        reason: "ignores case beyond ASCII; no page says which letters, and \
                 spec/policy/condition.md says ASCII",
        repair: unicode_case,
    },
];

struct Condition {
    operator: String,
    key: String,
    wanted: Vec<String>,
}

impl Condition {
    /// The operator without prefix and suffix.
    fn test(&self) -> &str {
        let name = self.operator.rsplit(':').next().unwrap();
        name.strip_suffix("IfExists").unwrap_or(name)
    }

    fn is_negated(&self) -> bool {
        self.operator.starts_with("StringNot")
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        list => list.as_array().unwrap().iter().map(|it| it.as_str().unwrap().into()).collect(),
    }
}

fn conditions(question: &Question) -> Vec<Condition> {
    let operators = question.statement.get("Condition").and_then(Value::as_object);
    let operators = operators.into_iter().flatten();
    let all = operators.flat_map(|(operator, keys)| {
        keys.as_object().unwrap().iter().map(move |(key, wanted)| Condition {
            operator: operator.clone(),
            key: key.clone(),
            wanted: texts(wanted),
        })
    });
    all.collect()
}

/// Asks for some conditions by themselves, and for the rest of the statement without them.
fn apart(question: &Question, ask: impl Fn(&Condition) -> Option<Formula>) -> Option<Formula> {
    let (mut rest, mut parts) = (question.clone(), vec![Formula::Known(true)]);
    for condition in conditions(question) {
        let Some(formula) = ask(&condition) else { continue };
        parts.push(formula);
        let operators = rest.statement["Condition"].as_object_mut().unwrap();
        let keys = operators[&condition.operator].as_object_mut().unwrap();
        keys.remove(&condition.key);
        if keys.is_empty() {
            operators.remove(&condition.operator);
        }
    }
    if parts.len() == 1 {
        return None;
    }
    if rest.statement["Condition"] == json!({}) {
        rest.values.clear();
    }
    // First of all, since the conditions of what does not apply anyway need not be asked for.
    parts[0] = Formula::Ask(rest);
    Some(Formula::All(parts))
}

/// The same question with the strings of some members of the statement replaced.
fn with_members(
    question: &Question,
    names: [&str; 2],
    replace: impl Fn(&str) -> Option<Vec<String>>,
    none: &str,
) -> Option<Formula> {
    let mut changed = question.clone();
    let mut any = false;
    for name in names {
        let Some(member) = changed.statement.get_mut(name) else { continue };
        let mut replaced = Vec::new();
        for text in texts(member) {
            let other = replace(&text);
            any |= other.is_some();
            replaced.extend(other.unwrap_or_else(|| vec![text]));
        }
        if replaced.is_empty() {
            replaced.push(none.to_owned());
        }
        *member = json!(replaced);
    }
    any.then_some(Formula::Ask(changed))
}

/// Whether the engine's own pattern, that of an action's name, matches; never beside other text.
fn engine_matches(pattern: &str, text: &str) -> bool {
    Action::new("x", pattern).is_ok_and(|pattern| pattern.matches("x", text))
}

fn action_case(question: &Question) -> Option<Formula> {
    let (action, lower) = (&question.action, question.action.to_ascii_lowercase());
    let differs = |text: &str| {
        let mut pieces = text.split(['*', '?']);
        let other = pieces.clone().any(|piece| !action.contains(piece));
        other && pieces.all(|piece| lower.contains(&piece.to_ascii_lowercase()))
    };
    let members = ["Action", "NotAction"].into_iter().filter_map(|it| question.statement.get(it));
    if !members.flat_map(texts).any(|text| differs(&text)) {
        return None;
    }
    let lowered = Question { action: lower, ..question.clone() };
    let small = |text: &str| Some(vec![text.to_ascii_lowercase()]);
    with_members(&lowered, ["Action", "NotAction"], small, "")
}

fn service_pattern(question: &Question) -> Option<Formula> {
    let spelled_out = |text: &str| {
        let (prefix, name) = text.split_once(':')?;
        if !prefix.contains(['*', '?']) {
            return None;
        }
        let services = ["kms", "s3"].into_iter().filter(|it| engine_matches(prefix, it));
        Some(services.map(|service| format!("{service}:{name}")).collect())
    };
    with_members(question, ["Action", "NotAction"], spelled_out, "none:None")
}

fn parts(text: &str) -> Vec<&str> {
    text.splitn(6, ':').collect()
}

/// Spells out in which ways wildcards of a resource may stand for colons.
fn resources(question: &Question, concerns: fn(&str) -> bool, inner: bool) -> Option<Formula> {
    let resource = question.resource.as_str();
    let colons = |text: &str| text.matches(':').count();
    let spelled_out = |pattern: &str| {
        if pattern == "*" || !concerns(pattern) {
            return None;
        }
        let missing = colons(resource).saturating_sub(colons(pattern));
        if missing == 0 && parts(pattern).len() == 6 {
            return None;
        }
        let all = with_colons(pattern, missing, inner);
        Some(all.iter().filter_map(|pattern| as_arn(pattern, resource)).collect())
    };
    with_members(question, ["Resource", "NotResource"], spelled_out, "arn:none:none:::none")
}

fn has_inner(pattern: &str) -> bool {
    let next = pattern.chars().skip(1).map(Some).chain([None]);
    pattern.chars().zip(next).any(|(it, next)| is_inner(it, next))
}

fn is_inner(it: char, next: Option<char>) -> bool {
    it == '?' || (it == '*' && next.is_some_and(|next| next != ':'))
}

/// The pattern with up to so many colons in its wildcards.
fn with_colons(pattern: &str, most: usize, inner: bool) -> Vec<String> {
    let mut characters = pattern.chars();
    let Some(first) = characters.next() else { return vec![String::new()] };
    let rest = characters.as_str();
    let wild = matches!(first, '*' | '?') && (inner || !is_inner(first, rest.chars().next()));
    let spellings: Vec<(String, usize)> = match first {
        '*' if wild => (0..=most).map(|used| (format!("*{}", ":*".repeat(used)), used)).collect(),
        '?' if wild && most > 0 => vec![("?".to_owned(), 0), (":".to_owned(), 1)],
        _ => vec![(first.to_string(), 0)],
    };
    let mut all = Vec::new();
    for (head, used) in spellings {
        let tails = with_colons(rest, most - used, inner);
        all.extend(tails.iter().map(|tail| format!("{head}{tail}")));
    }
    all
}

/// The pattern as the engine admits it: of six parts, of which the first is `arn`; none if a part
/// without wildcards is another than that of the resource.
fn as_arn(pattern: &str, resource: &str) -> Option<String> {
    let (first, rest) = pattern.split_once(':')?;
    let whole = parts(pattern).len() == 6 && engine_matches(first, "arn");
    let pairs = parts(pattern).into_iter().zip(parts(resource)).skip(1);
    let mut pairs = pairs.filter(|(pattern, _)| !pattern.contains(['*', '?']));
    (whole && pairs.all(|(pattern, part)| pattern == part)).then(|| format!("arn:{rest}"))
}

/// Makes a role a user, in the caller and in `Principal`, where no wildcard can see it.
fn role(question: &Question) -> Option<Formula> {
    const ROLE: &str = ":role/";
    let user = |arn: &str| arn.replace(ROLE, ":user/role=");
    if !question.caller.contains(ROLE) {
        return None;
    }
    let mut changed = Question { caller: user(&question.caller), ..question.clone() };
    if let Some(principals) = changed.statement.pointer_mut("/Principal/AWS") {
        *principals = json!(texts(principals).iter().map(|it| user(it)).collect::<Vec<_>>());
    }
    Some(Formula::Ask(changed))
}

/// Puts one character, which stands for itself on both sides, for another.
fn respelled(question: &Question, from: char, to: char) -> Option<Formula> {
    let other = |text: &str| text.replace(from, &to.to_string());
    let escaped = if from == '\n' { "\\n".to_owned() } else { from.to_string() };
    let statement = question.statement.to_string();
    let value_has = |value: &SessionValue| value.as_variable_value().contains(from);
    let present = statement.contains(&escaped)
        || question.resource.contains(from)
        || question.values.iter().any(|(_, value)| value_has(value));
    if !present {
        return None;
    }
    let value = |value: &SessionValue| match value {
        SessionValue::String(text) => SessionValue::String(other(text)),
        value => value.clone(),
    };
    Some(Formula::Ask(Question {
        statement: Value::from_str(&statement.replace(&escaped, &to.to_string())).unwrap(),
        resource: other(&question.resource),
        values: question.values.iter().map(|(key, it)| (other(key), value(it))).collect(),
        ..question.clone()
    }))
}

fn set_operators(question: &Question) -> Option<Formula> {
    apart(question, |condition| {
        let (quantifier, operator) = condition.operator.split_once(':')?;
        let values = question.values(&condition.key);
        let each = |(_, value): &(String, SessionValue)| {
            let one = (condition.key.as_str(), Some(value.clone()));
            Formula::Ask(question.lone(operator, one, &condition.wanted))
        };
        let empty = values.is_empty();
        let each = values.into_iter().map(each).collect();
        Some(match quantifier {
            "ForAnyValue" if empty => Formula::Known(operator.ends_with("IfExists")),
            "ForAnyValue" => Formula::Any(each),
            _ => Formula::All(each),
        })
    })
}

fn context_twins(question: &Question) -> Option<Formula> {
    apart(question, |condition| {
        let pairs = question.values(&condition.key);
        let is_pair = condition.key.to_ascii_lowercase().starts_with("kms:encryptioncontext:");
        if !is_pair || pairs.len() < 2 {
            return None;
        }
        let name = |pair: &(String, SessionValue)| pair.0.rsplit(':').next().unwrap().to_owned();
        let spelled = |pair: &&&(String, SessionValue)| condition.key.ends_with(&name(pair));
        let first = pairs.iter().min_by_key(|pair| name(pair));
        let (_, value) = pairs.iter().find(spelled).or(first)?;
        let one = (condition.key.as_str(), Some(value.clone()));
        Some(Formula::Ask(question.lone(&condition.operator, one, &condition.wanted)))
    })
}

fn only_value<'a>(question: &'a Question, condition: &Condition) -> Option<&'a SessionValue> {
    match question.values(&condition.key).as_slice() {
        [(_, value)] => Some(value),
        _ => None,
    }
}

fn arn_form(question: &Question) -> Option<Formula> {
    apart(question, |condition| {
        let text = only_value(question, condition)?.as_variable_value();
        let formed = |pattern: &String| pattern.starts_with("arn:") && parts(pattern).len() == 6;
        // The engine's reading of an ARN refuses other things too; nothing else is asked of it.
        let understood = text.starts_with("arn:aws:") || parts(&text).len() < 6;
        if condition.test() != "ArnLike" || (understood && condition.wanted.iter().all(formed)) {
            return None;
        }
        let any = condition.wanted.iter().map(|pattern| {
            let (patterns, values) = (parts(pattern), parts(&text));
            if [patterns.len(), values.len()] != [6, 6] {
                return Formula::Known(false);
            }
            let each = patterns.iter().zip(values).map(|(pattern, value)| {
                let one = ("part", Some(value.into()));
                Formula::Ask(question.lone("StringLike", one, &[(*pattern).to_owned()]))
            });
            Formula::All(each.collect())
        });
        Some(Formula::Any(any.collect()))
    })
}

fn typed_values(question: &Question) -> Option<Formula> {
    apart(question, |condition| {
        let text = match (only_value(question, condition)?, condition.test()) {
            (SessionValue::Bool(value), test) if test.starts_with("String") => {
                value.to_string().as_str().into()
            }
            (SessionValue::String(text), "Bool") => {
                SessionValue::Bool(text.to_ascii_lowercase().parse().ok()?)
            }
            _ => return None,
        };
        let one = (condition.key.as_str(), Some(text));
        Some(Formula::Ask(question.lone(&condition.operator, one, &condition.wanted)))
    })
}

fn boolean_case(question: &Question) -> Option<Formula> {
    apart(question, |condition| {
        let lower: Vec<_> = condition.wanted.iter().map(|it| it.to_ascii_lowercase()).collect();
        if !matches!(condition.test(), "Bool" | "Null") || lower == condition.wanted {
            return None;
        }
        let value = question.values(&condition.key).first().map(|(_, value)| value.clone());
        let one = (condition.key.as_str(), value);
        Some(Formula::Ask(question.lone(&condition.operator, one, &lower)))
    })
}

fn negated_values(question: &Question) -> Option<Formula> {
    apart(question, |condition| {
        if !condition.is_negated() || condition.wanted.len() < 2 {
            return None;
        }
        let value = only_value(question, condition)?;
        let each = condition.wanted.iter().map(|wanted| {
            let one = (condition.key.as_str(), Some(value.clone()));
            Formula::Ask(question.lone(&condition.operator, one, std::slice::from_ref(wanted)))
        });
        Some(Formula::All(each.collect()))
    })
}

fn negated_absent(question: &Question) -> Option<Formula> {
    apart(question, |condition| {
        let absent = question.values(&condition.key).is_empty();
        let bare = !condition.operator.ends_with("IfExists");
        let operator = format!("{}IfExists", condition.operator);
        let one = (condition.key.as_str(), None);
        (condition.is_negated() && absent && bare)
            .then(|| Formula::Ask(question.lone(&operator, one, &condition.wanted)))
    })
}

fn unicode_case(question: &Question) -> Option<Formula> {
    let caseless = |text: &str| -> String {
        let other = |it: char| char::from_u32(0xF_0000 + u32::from(it)).unwrap();
        text.chars().map(|it| if it.is_ascii() { it } else { other(it) }).collect()
    };
    apart(question, |condition| {
        let value = only_value(question, condition)?.as_variable_value();
        if condition.test() != "StringEqualsIgnoreCase" || value.is_ascii() {
            return None;
        }
        let one = (condition.key.as_str(), Some(caseless(&value).as_str().into()));
        let wanted: Vec<_> = condition.wanted.iter().map(|it| caseless(it)).collect();
        Some(Formula::Ask(question.lone(&condition.operator, one, &wanted)))
    })
}
