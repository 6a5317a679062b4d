//! Reads documents strictly: what is not of the language is refused (policy.md, documents).

use super::condition::Condition;
use super::json::Json;
use super::{Document, Kind, Malformed, Patterns, Statement, Who};
use crate::oracle::state::{account_of, is_principal, root_of};

const VERSIONS: &[&str] = &["2012-10-17", "2008-10-17"];

type Members = Vec<(String, Json)>;

pub(super) fn document(kind: Kind<'_>, text: &str) -> Result<Document, Malformed> {
    let limit = match kind {
        Kind::Key => 32_768,
        Kind::Bucket(_) => 20_480,
        Kind::Identity => 6_144,
    };
    if text.len() > limit {
        return Err(Malformed::TooLong);
    }
    let json: Json = serde_json::from_str(text).map_err(|_| at("document"))?;
    no_variables(&json, "document")?;
    let mut members = map(json, "document")?;
    if let Some(version) = take(&mut members, "Version") {
        let version = string(version, "Version")?;
        if !VERSIONS.contains(&version.as_str()) {
            return Err(at("Version"));
        }
    }
    if let Some(id) = take(&mut members, "Id") {
        string(id, "Id")?;
    }
    let statements = match take(&mut members, "Statement") {
        Some(Json::List(list)) if !list.is_empty() => list,
        Some(one @ Json::Map(_)) => vec![one],
        _ => return Err(at("Statement")),
    };
    nothing_left(&members, "")?;
    let statements = statements
        .into_iter()
        .enumerate()
        .map(|(index, json)| statement(kind, json, &format!("Statement[{index}]")))
        .collect::<Result<_, _>>()?;
    Ok(Document { statements })
}

fn statement(kind: Kind<'_>, json: Json, place: &str) -> Result<Statement, Malformed> {
    let mut members = map(json, place)?;
    if let Some(sid) = take(&mut members, "Sid") {
        string(sid, &format!("{place}.Sid"))?;
    }
    let allow = match take(&mut members, "Effect") {
        Some(Json::Text(text)) if text == "Allow" => true,
        Some(Json::Text(text)) if text == "Deny" => false,
        _ => return Err(at(&format!("{place}.Effect"))),
    };
    let principals = match (take(&mut members, "Principal"), kind) {
        (None, Kind::Identity) => None,
        (Some(json), Kind::Key | Kind::Bucket(_)) => {
            Some(principals(json, &format!("{place}.Principal"))?)
        }
        _ => return Err(at(&format!("{place}.Principal"))),
    };
    let actions = either(&mut members, ["Action", "NotAction"], place, &is_action)?;
    let resources = either(&mut members, ["Resource", "NotResource"], place, &|text| match kind {
        Kind::Bucket(name) => {
            let rest = text.strip_prefix(&format!("arn:aws:s3:::{name}"));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        Kind::Key | Kind::Identity => !text.is_empty(),
    })?;
    let conditions = match take(&mut members, "Condition") {
        None => Vec::new(),
        Some(json) => conditions(json, &format!("{place}.Condition"))?,
    };
    nothing_left(&members, &format!("{place}."))?;
    Ok(Statement { allow, principals, actions, resources, conditions })
}

fn principals(json: Json, place: &str) -> Result<Vec<Who>, Malformed> {
    if json == Json::Text("*".to_owned()) {
        return Ok(vec![Who::Anyone]);
    }
    let mut members = map(json, place)?;
    let named = take(&mut members, "AWS").ok_or_else(|| at(place))?;
    nothing_left(&members, &format!("{place}."))?;
    let who = |text: String| {
        let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.as_str() {
            "*" => Some(Who::Anyone),
            _ if digits => Some(Who::Account(text)),
            arn if root_of(arn).is_some() => Some(Who::Account(account_of(arn).to_owned())),
            arn if is_principal(arn) => Some(Who::Exactly(text)),
            _ => None,
        }
    };
    let strings = strings(named, &format!("{place}.AWS"))?;
    strings.into_iter().map(|text| who(text).ok_or_else(|| at(&format!("{place}.AWS")))).collect()
}

/// `*`, or a prefix and a name.
fn is_action(text: &str) -> bool {
    let parts = text.split_once(':');
    text == "*" || parts.is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty())
}

/// Exactly one of a member and its negation.
fn either(
    members: &mut Members,
    [plain, negated]: [&str; 2],
    place: &str,
    legal: &dyn Fn(&str) -> bool,
) -> Result<Patterns, Malformed> {
    let (not, name, json) = match (take(members, plain), take(members, negated)) {
        (Some(json), None) => (false, plain, json),
        (None, Some(json)) => (true, negated, json),
        _ => return Err(at(&format!("{place}.{plain}"))),
    };
    let place = format!("{place}.{name}");
    let patterns = strings(json, &place)?;
    if patterns.iter().all(|text| legal(text)) {
        Ok(Patterns { not, patterns })
    } else {
        Err(at(&place))
    }
}

fn conditions(json: Json, place: &str) -> Result<Vec<Condition>, Malformed> {
    let mut conditions = Vec::new();
    for (operator, keys) in filled(json, place)? {
        let place = format!("{place}.{operator}");
        for (key, values) in filled(keys, &place)? {
            let place_of_key = format!("{place}.{key}");
            let values = strings(values, &place_of_key)?;
            let condition = Condition::read(&operator, &key, values);
            conditions.push(condition.map_err(|fault| match fault {
                super::condition::Fault::Operator => at(&place),
                super::condition::Fault::Key => at(&place_of_key),
            })?);
        }
    }
    Ok(conditions)
}

/// Policy variables are not of the language, wherever they stand.
fn no_variables(json: &Json, place: &str) -> Result<(), Malformed> {
    match json {
        Json::Text(text) if text.contains("${") => Err(at(place)),
        Json::Text(_) | Json::Other => Ok(()),
        Json::List(items) => items.iter().try_for_each(|item| no_variables(item, place)),
        Json::Map(members) => members.iter().try_for_each(|(name, value)| {
            if name.contains("${") { Err(at(name)) } else { no_variables(value, name) }
        }),
    }
}

fn map(json: Json, place: &str) -> Result<Members, Malformed> {
    match json {
        Json::Map(members) => Ok(members),
        _ => Err(at(place)),
    }
}

/// A map that is not empty.
fn filled(json: Json, place: &str) -> Result<Members, Malformed> {
    let members = map(json, place)?;
    if members.is_empty() { Err(at(place)) } else { Ok(members) }
}

fn string(json: Json, place: &str) -> Result<String, Malformed> {
    match json {
        Json::Text(text) => Ok(text),
        _ => Err(at(place)),
    }
}

/// One string, or a list of at least one.
fn strings(json: Json, place: &str) -> Result<Vec<String>, Malformed> {
    match json {
        Json::Text(text) => Ok(vec![text]),
        Json::List(items) if !items.is_empty() => {
            items.into_iter().map(|item| string(item, place)).collect()
        }
        _ => Err(at(place)),
    }
}

fn take(members: &mut Members, name: &str) -> Option<Json> {
    let index = members.iter().position(|(other, _)| other == name)?;
    Some(members.remove(index).1)
}

fn nothing_left(members: &Members, place: &str) -> Result<(), Malformed> {
    members.first().map_or(Ok(()), |(name, _)| Err(at(&format!("{place}{name}"))))
}

fn at(place: &str) -> Malformed {
    Malformed::At(place.to_owned())
}
