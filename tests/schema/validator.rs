//! A value held against a JSON Schema, as far as ours goes: the keywords that it
//! uses, and an error for any other, so that none is passed over. The crates that
//! do all of JSON Schema bring more than fifty others with them.

use serde_json::{Map, Value};

/// A schema.
pub struct Validator(Value);

/// Where a value is wrong, and what is.
type Verdict = Result<(), String>;

/// Keywords that say nothing of a value.
const WORDS: [&str; 4] = ["$schema", "$defs", "title", "description"];

impl Validator {
    pub fn new(schema: Value) -> Self {
        Self(schema)
    }

    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self, value: &Value) -> Verdict {
        self.holds(&self.0, value, "")
    }

    fn holds(&self, schema: &Value, value: &Value, at: &str) -> Verdict {
        let Some(schema) = schema.as_object() else {
            return match schema {
                Value::Bool(true) => Ok(()),
                _ => Err(format!("{at}: not allowed")),
            };
        };
        for (keyword, rule) in schema {
            self.keyword(schema, keyword, rule, value, at)?;
        }
        Ok(())
    }

    fn keyword(
        &self,
        schema: &Map<String, Value>,
        keyword: &str,
        rule: &Value,
        value: &Value,
        at: &str,
    ) -> Verdict {
        let wrong = |what: String| Err(format!("{at}: {what}"));
        let list = || rule.as_array().into_iter().flatten();
        match keyword {
            "$ref" => {
                let name = rule.as_str().and_then(|name| name.strip_prefix('#'));
                let found = name.and_then(|name| self.0.pointer(name));
                self.holds(found.expect("the definition is there"), value, at)
            }
            "type" => {
                let types: Vec<_> = match rule {
                    Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
                    one => one.as_str().into_iter().collect(),
                };
                match types.iter().any(|name| is_of(value, name)) {
                    true => Ok(()),
                    false => wrong(format!("{value} is not of type {types:?}")),
                }
            }
            "const" if value != rule => wrong(format!("{value} is not {rule}")),
            "enum" if !list().any(|known| known == value) => {
                wrong(format!("{value} is none of {rule}"))
            }
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                wrong(format!("{value} is below {rule}"))
            }
            "maximum" if value.as_f64() > rule.as_f64() && value.is_number() => {
                wrong(format!("{value} is above {rule}"))
            }
            "pattern" => match value.as_str() {
                Some(text) if !matches(rule.as_str().expect("a pattern"), text) => {
                    wrong(format!("{value} does not match {rule}"))
                }
                _ => Ok(()),
            },
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                for (index, item) in items {
                    self.holds(rule, item, &format!("{at}/{index}"))?;
                }
                Ok(())
            }
            "required" => {
                let missing = |name: &&Value| {
                    let name = name.as_str().unwrap_or_default();
                    value.as_object().is_some_and(|of| !of.contains_key(name))
                };
                match list().find(missing) {
                    Some(name) => wrong(format!("{name} is missing")),
                    None => Ok(()),
                }
            }
            "properties" | "additionalProperties" => self.members(schema, keyword, rule, value, at),
            "dependentRequired" => {
                for (name, others) in rule.as_object().into_iter().flatten() {
                    if value.get(name).is_some() {
                        self.keyword(schema, "required", others, value, at)?;
                    }
                }
                Ok(())
            }
            "minProperties" => match value.as_object().map(Map::len) {
                Some(0) => wrong("it has no members".to_owned()),
                _ => Ok(()),
            },
            "anyOf" => match list().any(|one| self.holds(one, value, at).is_ok()) {
                true => Ok(()),
                false => {
                    let why: Vec<_> = list().map(|one| self.holds(one, value, at)).collect();
                    wrong(format!("none of these: {why:?}"))
                }
            },
            "allOf" => list().try_for_each(|one| self.holds(one, value, at)),
            "not" if self.holds(rule, value, at).is_ok() => wrong(format!("it is {rule}")),
            "if" if self.holds(rule, value, at).is_ok() => {
                self.holds(schema.get("then").unwrap_or(&Value::Bool(true)), value, at)
            }
            "then" | "const" | "enum" | "minimum" | "maximum" | "not" | "if" => Ok(()),
            word if WORDS.contains(&word) => Ok(()),
            other => panic!("{at}: the test does not know the keyword {other}"),
        }
    }

    fn members(
        &self,
        schema: &Map<String, Value>,
        keyword: &str,
        rule: &Value,
        value: &Value,
        at: &str,
    ) -> Verdict {
        for (name, value) in value.as_object().into_iter().flatten() {
            let named = schema.get("properties").and_then(|known| known.get(name));
            let rule = match (keyword, named) {
                ("properties", Some(rule)) => rule,
                ("additionalProperties", None) => rule,
                _ => continue,
            };
            self.holds(rule, value, &format!("{at}/{name}"))?;
        }
        Ok(())
    }
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

/// The patterns of the schema.
fn matches(pattern: &str, text: &str) -> bool {
    let lower_hex = |letter: char| letter.is_ascii_digit() || ('a'..='f').contains(&letter);
    match pattern {
        "^[0-9a-f]*$" => text.chars().all(lower_hex),
        "^([0-9a-f]{2})+$" => {
            !text.is_empty() && text.len().is_multiple_of(2) && text.chars().all(lower_hex)
        }
        "^[0-9a-f.:]+$" => {
            !text.is_empty() && text.chars().all(|it| lower_hex(it) || ".:".contains(it))
        }
        "^([0-9a-f]{2}:){5}[0-9a-f]{2}$" => {
            let bytes: Vec<_> = text.split(':').collect();
            bytes.len() == 6
                && bytes
                    .iter()
                    .all(|byte| byte.len() == 2 && byte.chars().all(lower_hex))
        }
        "^[a-z0-9_]+(\\.[a-z0-9_]+)*$" => text.split('.').all(|part| {
            let is_word = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
            !part.is_empty() && part.chars().all(is_word)
        }),
        other => panic!("the test does not know the pattern {other}"),
    }
}
