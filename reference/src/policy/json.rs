//! A JSON document with every member that it has, repeated ones included, and the place of each
//! value in it, so that a refusal can name the slip (spec/policy.md, structure).

use super::document::Malformed;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value, as far as policies have it.
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Members(Vec<(String, Node)>),
    /// A number, `true`, `false` or `null`: nothing that a policy holds.
    Other,
}

/// A value and its place in the document.
pub(super) struct At<'a> {
    node: &'a Node,
    pub(super) place: String,
}

impl<'a> At<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self { node, place: String::new() }
    }

    /// A refusal at this place.
    pub(super) fn malformed(&self, reason: &'static str) -> Malformed {
        Malformed::at(&self.place, reason)
    }

    /// The members of an object, in their order; none stands twice.
    pub(super) fn members(&self) -> Result<Vec<(&'a str, At<'a>)>, Malformed> {
        let Node::Members(members) = self.node else {
            return Err(self.malformed("not an object"));
        };
        let mut found: Vec<(&str, At<'_>)> = Vec::new();
        for (name, node) in members {
            let dot = if self.place.is_empty() { "" } else { "." };
            let at = At { node, place: format!("{}{dot}{name}", self.place) };
            if found.iter().any(|(earlier, _)| earlier == name) {
                return Err(at.malformed("a member that stands twice"));
            }
            no_variable(name, &at)?;
            found.push((name, at));
        }
        Ok(found)
    }

    /// The one value, or each of a list of at least one.
    pub(super) fn one_or_more(&self) -> Result<Vec<At<'a>>, Malformed> {
        let Node::List(nodes) = self.node else {
            return Ok(vec![At { node: self.node, place: self.place.clone() }]);
        };
        if nodes.is_empty() {
            return Err(self.malformed("an empty list"));
        }
        let at = |(index, node)| At { node, place: format!("{}[{index}]", self.place) };
        Ok(nodes.iter().enumerate().map(at).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str, Malformed> {
        let Node::Text(text) = self.node else { return Err(self.malformed("not a string")) };
        no_variable(text, self)?;
        Ok(text)
    }

    /// One string or a list of at least one, each with its place.
    pub(super) fn texts(&self) -> Result<Vec<(&'a str, At<'a>)>, Malformed> {
        self.one_or_more()?.into_iter().map(|at| Ok((at.text()?, at))).collect()
    }
}

/// A policy variable that is not replaced would match other things than its author meant.
fn no_variable(text: &str, at: &At<'_>) -> Result<(), Malformed> {
    if text.contains("${") { Err(at.malformed("a policy variable")) } else { Ok(()) }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Node, E> {
                Ok(Node::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
                let mut nodes = Vec::new();
                while let Some(node) = list.next_element()? {
                    nodes.push(node);
                }
                Ok(Node::List(nodes))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Node::Members(members))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Other)
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}
