//! The changes between two values.

use super::redact::{AFTER, BEFORE, REDACTED_VALUE, SecretKeys, redact_value};
use super::schema::{CHANGES, VIOLATIONS};
use super::text::prefix::prefix;
use super::value::json::{Object, Value};
use super::value::to_value::to_compared;
use crate::unwind::caught;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::collections::HashSet;
use std::fmt;

/// What stands in place of a value that could not be serialized.
const FAILED_VALUE: &str = "[could not be serialized]";

/// The field of two values that have no fields.
const WHOLE: &str = "value";

/// The longest reason why a value could not be serialized, in bytes.
const LONGEST_REASON: usize = 120;

/// Returns what changes from one value to another, as `{"field":{"before":…,"after":…}}`.
///
/// Takes anything that is [`Serialize`]: structs, maps, `json!`. Of structs and maps each field that differs
/// is listed, whole; a missing field counts as `null`, and so does each field of a `None`. Two values of
/// another kind are compared as one field, `value`.
///
/// [`redact`](Changes::redact) keeps secrets out of it.
///
/// If a field can't be serialized, because its `Serialize` fails or panics, the text
/// `[could not be serialized]` stands in its place, and the record says so in `resource._violations`. All
/// other fields are there.
///
/// # Examples
///
/// ```
/// use tracing_audit::{audit, changes};
///
/// #[derive(Clone, serde::Serialize)]
/// struct Settings {
///     retention_days: u32,
///     server: &'static str,
///     password: &'static str,
/// }
///
/// let before = Settings { retention_days: 90, server: "a.example", password: "hunter2" };
/// let after = Settings { retention_days: 30, password: "hunter3", ..before.clone() };
/// # let records = tracing_audit::testing::capture(|| {
/// audit!("settings.changed", resource.changes = changes(&before, &after).redact(["password"]));
/// # });
/// # let recorded = records[0].resource.to_string();
/// # let wanted = r#"
/// // {"changes":{"retention_days":{"before":90,"after":30},"password":{"before":"[redacted]","after":"[redacted]"}}}
/// # "#;
/// # assert_eq!(recorded, wanted.trim().strip_prefix("// ").unwrap());
/// ```
#[must_use]
pub fn changes<B: Serialize + ?Sized, A: Serialize + ?Sized>(before: &B, after: &A) -> Changes {
    let mut flaws = Vec::new();
    let before = Side::of(before, BEFORE, &mut flaws);
    let after = Side::of(after, AFTER, &mut flaws);
    let names = match (before.names(), after.names()) {
        (Some(before), Some(after)) if !(before.is_empty() && after.is_empty()) => {
            before.into_iter().chain(after).collect()
        }
        _ => vec![WHOLE],
    };
    let mut seen = HashSet::new();
    let mut fields = Vec::new();
    for name in names {
        if !seen.insert(name) {
            continue;
        }
        let (before, after) = (before.field(name), after.field(name));
        // Two that could not be serialized are not known to be equal.
        if before != after || before.is_none() {
            let change = [(BEFORE, before), (AFTER, after)].map(|(side, value)| (side, shown(value)));
            // That name is the one of the flaws.
            let name = if name == VIOLATIONS { "resource._violations" } else { name };
            fields.push((name.to_owned(), Object::from_iter(change)));
        }
    }
    Changes { fields, flaws }
}

/// What changes from one value to another, as [`changes`] returns it: an object with a member
/// `{"before":…,"after":…}` for each field that differs.
///
/// It is a value of `resource` ([`audit!`](crate::audit), [`Record::resource`](crate::Record::resource)), or the
/// whole resource of a typed event of free fields, such as
/// [`SettingsChanged`](crate::events::SettingsChanged).
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    fields: Vec<(String, Object)>,
    /// What could not be serialized, for the record's violations.
    flaws: Vec<Flaw>,
}

/// A field, or a whole value, that could not be serialized.
#[derive(Clone, Debug, PartialEq)]
struct Flaw {
    side: &'static str,
    field: Option<String>,
    /// The message of an error or of a panic; `None` if it is secret.
    reason: Option<String>,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "`{}` of ", prefix(field, 80))?;
        }
        write!(f, "`{}` could not be serialized", self.side)?;
        match &self.reason {
            Some(reason) => write!(f, ": {}", prefix(reason, LONGEST_REASON)),
            None => Ok(()),
        }
    }
}

impl Changes {
    /// Replaces the values of these keys, before and after, by `"[redacted]"`: of fields, and of objects in
    /// their values, at any depth. That a field has changed is still said, and a `null` stays. Whole keys are
    /// compared, ASCII case aside. Text is not searched, and so neither is JSON that is held in a string.
    ///
    /// Keys that are secret in all events are a setting of the log, which leaves the same:
    /// [`AuditLayerBuilder::redact`](crate::AuditLayerBuilder::redact).
    #[must_use]
    pub fn redact(mut self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> Changes {
        let Some(keys) = SecretKeys::of(keys) else {
            return self;
        };
        for flaw in &mut self.flaws {
            // Of a whole value it is not known which field is meant.
            if flaw.field.as_ref().is_none_or(|field| keys.has(field)) {
                flaw.reason = None;
            }
        }
        for (name, change) in &mut self.fields {
            for (_, value) in change.values_mut() {
                match value {
                    Value::Null => {}
                    _ if keys.has(name) => *value = Value::String(REDACTED_VALUE.to_owned()),
                    _ => redact_value(value, &mut |key| keys.has(key)),
                }
            }
        }
        self
    }

    /// Returns `true` if nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl Serialize for Changes {
    /// Serializes an object. Where a field could not be serialized, it has a further member, `_violations`,
    /// an array of texts; a record has these in its own `_violations`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(CHANGES, &Members(self))
    }
}

struct Members<'a>(&'a Changes);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Changes { fields, flaws } = self.0;
        let mut map = serializer.serialize_map(Some(fields.len() + usize::from(!flaws.is_empty())))?;
        for (name, change) in fields {
            map.serialize_entry(name, change)?;
        }
        if !flaws.is_empty() {
            let texts = flaws.iter().map(Flaw::to_string).collect::<Vec<_>>();
            map.serialize_entry(VIOLATIONS, &texts)?;
        }
        map.end()
    }
}

/// One of two values that are compared.
enum Side {
    Value {
        value: Value,
        /// The fields that could not be serialized.
        failed: HashSet<String>,
    },
    /// The value as a whole could not be serialized.
    Failed,
}

impl Side {
    fn of<T: Serialize + ?Sized>(value: &T, side: &'static str, flaws: &mut Vec<Flaw>) -> Side {
        let reason = match caught(|| to_compared(value)) {
            Ok(Ok((value, failed))) => {
                let mut names = HashSet::new();
                for (name, reason) in failed {
                    names.insert(name.clone());
                    flaws.push(Flaw { side, field: Some(name), reason: Some(reason) });
                }
                return Side::Value { value, failed: names };
            }
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("it panicked: {panic}"),
        };
        flaws.push(Flaw { side, field: None, reason: Some(reason) });
        Side::Failed
    }

    /// Returns the names of the fields; `None` if the value has no fields.
    fn names(&self) -> Option<Vec<&str>> {
        match self {
            Side::Value { value: Value::Object(object), .. } => {
                Some(object.iter().map(|(key, _)| key).collect())
            }
            Side::Value { value: Value::Null, .. } | Side::Failed => Some(Vec::new()),
            Side::Value { .. } => None,
        }
    }
    /// Returns the value of a field; `None` if it could not be serialized.
    fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Side::Failed => None,
            Side::Value { failed, .. } if failed.contains(name) => None,
            Side::Value { value: Value::Object(object), .. } => Some(&object[name]),
            Side::Value { value: Value::Null, .. } => Some(&Value::Null),
            Side::Value { value, .. } => Some(value),
        }
    }
}

fn shown(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or_else(|| Value::from(FAILED_VALUE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn listed(changes: &Changes) -> String {
        serde_json::to_string(changes).unwrap()
    }

    #[test]
    fn each_field_that_differs_is_listed_whole() {
        let before = json!({ "a": 1, "b": [1, { "c": 2 }], "d": null, "e": "same", "gone": true });
        let after = json!({ "a": 1.5, "b": [1, { "c": 3 }], "e": "same", "new": {} });
        assert_eq!(
            listed(&changes(&before, &after)),
            concat!(
                r#"{"a":{"before":1,"after":1.5},"b":{"before":[1,{"c":2}],"after":[1,{"c":3}]},"#,
                r#""gone":{"before":true,"after":null},"new":{"before":null,"after":{}}}"#
            )
        );
        assert!(changes(&before, &before).is_empty() && listed(&changes(&before, &before)) == "{}");
        let map = BTreeMap::from([("b", 2), ("a", 1)]);
        assert_eq!(listed(&changes(&json!({ "a": 1 }), &map)), r#"{"b":{"before":null,"after":2}}"#);
        let none = None::<BTreeMap<&str, u8>>;
        assert_eq!(
            listed(&changes(&none, &Some(BTreeMap::from([("a", 1)])))),
            r#"{"a":{"before":null,"after":1}}"#
        );
        assert_eq!(listed(&changes("one", "two")), r#"{"value":{"before":"one","after":"two"}}"#);
        assert_eq!(listed(&changes(&none, &[1])), r#"{"value":{"before":null,"after":[1]}}"#);
        assert!(changes(&none, &()).is_empty() && changes(&1, &1).is_empty());
        assert_eq!(listed(&changes(&f64::NAN, &1.0)), r#"{"value":{"before":"NaN","after":1.0}}"#);
    }

    #[test]
    fn secrets_are_redacted_at_any_depth_and_in_any_case() {
        let before =
            json!({ "Password": "a", "db": { "user": "x", "PASSWORD": "a" }, "token": null, "n": "a" });
        let after =
            json!({ "Password": "b", "db": { "user": "y", "PASSWORD": "b" }, "token": "b", "n": "b" });
        let changes = changes(&before, &after).redact(["password", "Token"]);
        assert_eq!(
            listed(&changes),
            concat!(
                r#"{"Password":{"before":"[redacted]","after":"[redacted]"},"#,
                r#""db":{"before":{"PASSWORD":"[redacted]","user":"x"},"after":{"PASSWORD":"[redacted]","user":"y"}},"#,
                r#""n":{"before":"a","after":"b"},"token":{"before":null,"after":"[redacted]"}}"#
            )
        );
        assert_eq!(changes.clone().redact([""; 0]), changes);
    }

    /// A value whose `Serialize` fails, or panics.
    struct Broken(bool);

    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            assert!(self.0, "it can't");
            Err(serde::ser::Error::custom("it won't"))
        }
    }

    #[derive(serde::Serialize)]
    struct Fields<T> {
        a: u8,
        broken: T,
        list: [T; 1],
    }

    #[test]
    fn what_can_t_be_serialized_is_flagged_and_the_rest_is_there() {
        let fields = |a, fails| Fields { a, broken: Broken(fails), list: [Broken(fails)] };
        let (before, after) = (fields(1, true), fields(2, false));
        let found = changes(&before, &after);
        let failed = r#"{"before":"[could not be serialized]","after":"[could not be serialized]"}"#;
        let text = format!(r#"{{"a":{{"before":1,"after":2}},"broken":{failed},"list":{failed}"#);
        let flaws = [
            "`broken` of `before` could not be serialized: it won't",
            "`list` of `before` could not be serialized: it won't",
            "`broken` of `after` could not be serialized: it panicked: it can't",
            "`list` of `after` could not be serialized: it panicked: it can't",
        ];
        let listed_flaws = serde_json::to_string(&flaws).unwrap();
        assert_eq!(listed(&found), format!(r#"{text},"_violations":{listed_flaws}}}"#));
        let record = Record::new("a.b").resource("changes", &found);
        assert_eq!(record.resource.to_string(), format!(r#"{{"changes":{text}}}}}"#));
        let noted = flaws.map(|flaw| format!("`changes`: {flaw}"));
        assert_eq!(record.flaws.texts(), noted);
        // A secret is not in the reason either.
        let redacted = changes(&before, &after).redact(["BROKEN", "list"]);
        assert!(!listed(&redacted).contains("it won't") && !listed(&redacted).contains("it can't"));
    }

    #[test]
    fn a_value_that_can_t_be_serialized_at_all_costs_the_other_one_nothing() {
        let found = changes(&Broken(false), &json!({ "a": 1 }));
        assert_eq!(
            listed(&found),
            concat!(
                r#"{"a":{"before":"[could not be serialized]","after":1},"#,
                r#""_violations":["`before` could not be serialized: it panicked: it can't"]}"#
            )
        );
        let both = listed(&changes(&Broken(true), &Broken(true)));
        assert!(
            both.starts_with(r#"{"value":{"before":"[could not be serialized]","after":"[could "#),
            "{both}"
        );
        let keys = changes(&BTreeMap::from([([1], 2)]), &7);
        assert!(listed(&keys).contains("a key is neither"), "{}", listed(&keys));
    }

    /// Guards against a name that is taken for the flaws, and against a value that has no end.
    #[test]
    fn a_field_may_have_any_name_and_any_depth() {
        let found = changes(&json!({ "_violations": [1] }), &json!({ "_violations": [2] }));
        let record = Record::new("a.b").resource("changes", &found);
        assert_eq!(
            record.resource.to_string(),
            r#"{"changes":{"resource._violations":{"before":[1],"after":[2]}}}"#
        );
        assert!(record.flaws.is_empty());

        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map([("a", Endless), ("b", Endless)])
            }
        }
        let record = Record::new("a.b").resource("changes", changes(&Endless, &json!({ "c": 1 })));
        assert_eq!(record.resource["changes"].as_object().unwrap().len(), 3);
        assert_eq!(record.flaws.texts().len(), 2);
        let deep = (0..250).fold(json!(1), |inner, _| json!([inner]));
        let record =
            Record::new("a.b").resource("changes", changes(&json!({ "a": deep }), &json!({ "a": 1 })));
        assert!(record.resource.get("changes").is_some() && record.flaws.is_empty());
    }
}
