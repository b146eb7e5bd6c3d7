//! tshark's JSON, read with what ordinary maps would lose: the order of keys
//! and keys that repeat.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value of tshark's JSON.
#[derive(Debug)]
pub enum Node {
    /// Text; tshark writes every number as text.
    Text(String),
    /// Keys in their order, with repetitions.
    Object(Vec<(String, Node)>),
    /// A list; only packets are listed.
    List(Vec<Node>),
    /// `null`, or a bare number or truth value, which no compared field is.
    Other,
}

impl Node {
    /// The first value under a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.children()
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The keys and values of an object; nothing for any other.
    pub fn children(&self) -> &[(String, Self)] {
        match self {
            Self::Object(children) => children,
            _ => &[],
        }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Every text under `key`, at any depth but not inside a protocol that is
    /// nested here (the packet that an ICMP error quotes).
    pub fn find<'a>(&'a self, key: &str, nested: &[&str], found: &mut Vec<&'a str>) {
        for (name, value) in self.children() {
            if name == key {
                found.extend(value.text());
            }
            if !nested.contains(&name.as_str()) {
                value.find(key, nested, found);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = access.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut children = Vec::new();
        while let Some(entry) = access.next_entry()? {
            children.push(entry);
        }
        Ok(Node::Object(children))
    }
}
