//! What the environment says, in the variables that OpenTelemetry has for it.

use super::error::OtlpError;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

type Lookup = dyn Fn(&str) -> Option<String> + Send;

/// Where variables are looked up.
pub(super) struct Environment {
    lookup: Box<Lookup>,
    /// The executable's name.
    executable: Option<String>,
}

/// A variable that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
}

impl Variable {
    /// It can't be used. The value is not told: it may be a secret.
    pub(super) fn unusable(&self, reason: impl Into<String>) -> OtlpError {
        OtlpError::setting(format!("the environment variable {}", self.name), reason)
    }

    /// The names and values of a list `name=value,name=value`, whose values are percent-encoded.
    pub(super) fn list(&self) -> Result<Vec<(String, String)>, OtlpError> {
        let mut list = Vec::new();
        for (at, entry) in self.value.split(',').enumerate() {
            if entry.trim().is_empty() {
                continue;
            }
            let wrong = |reason: &str| self.unusable(format!("entry {} {reason}", at + 1));
            let (name, value) = entry.split_once('=').ok_or_else(|| wrong("is not `name=value`"))?;
            let name = name.trim();
            if name.is_empty() {
                return Err(wrong("has no name"));
            }
            let value = percent_decoded(value.trim()).ok_or_else(|| wrong("is not percent-encoded"))?;
            list.push((name.to_owned(), value));
        }
        Ok(list)
    }
}

impl Environment {
    /// This process's.
    pub(super) fn of_the_process() -> Environment {
        let executable = std::env::current_exe().ok();
        let name = executable.as_deref().and_then(Path::file_name);
        Environment {
            lookup: Box::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())),
            executable: name.map(|name| name.to_string_lossy().into_owned()),
        }
    }

    #[cfg(test)]
    pub(super) fn of(variables: &[(&str, &str)]) -> Environment {
        let map: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment {
            lookup: Box::new(move |name| map.get(name).cloned()),
            executable: Some("service".to_owned()),
        }
    }

    /// A variable, unless it is not set, or empty, which is the same.
    fn variable(&self, name: &str) -> Option<Variable> {
        let value = (self.lookup)(name)?;
        (!value.is_empty()).then(|| Variable { name: name.to_owned(), value })
    }

    /// What is set of the exporter for logs.
    pub(super) fn of_logs(&self, name: &str) -> Option<Variable> {
        self.variable(&format!("OTEL_EXPORTER_OTLP_LOGS_{name}"))
    }

    /// What is set of all exporters.
    pub(super) fn of_all(&self, name: &str) -> Option<Variable> {
        self.variable(&format!("OTEL_EXPORTER_OTLP_{name}"))
    }

    /// What is set of the exporter for logs, else of all.
    pub(super) fn exporter(&self, name: &str) -> Option<Variable> {
        self.of_logs(name).or_else(|| self.of_all(name))
    }

    /// What the records come from, in the order of the keys.
    pub(super) fn resource(
        &self,
        set: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, OtlpError> {
        let mut resource = BTreeMap::new();
        if let Some(variable) = self.variable("OTEL_RESOURCE_ATTRIBUTES") {
            resource.extend(variable.list()?);
        }
        if let Some(variable) = self.variable("OTEL_SERVICE_NAME") {
            resource.insert(SERVICE_NAME.to_owned(), variable.value);
        }
        resource.extend(set.iter().map(|(key, value)| (key.clone(), value.clone())));
        resource.entry(SERVICE_NAME.to_owned()).or_insert_with(|| match &self.executable {
            Some(name) => format!("unknown_service:{name}"),
            None => "unknown_service".to_owned(),
        });
        Ok(resource)
    }
}

const SERVICE_NAME: &str = "service.name";

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_percent_decoded_and_its_errors_tell_no_value() {
        let list = |value: &str| Variable { name: "OTEL_X".to_owned(), value: value.to_owned() }.list();
        assert_eq!(
            list("a=1, Authorization = Basic%20eA==,,b=%C3%A4,c=").unwrap(),
            [("a", "1"), ("Authorization", "Basic eA=="), ("b", "ä"), ("c", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        for (value, reason) in [
            ("a=1,secret", "entry 2 is not `name=value`"),
            ("=secret", "entry 1 has no name"),
            ("a=secret%", "not percent-encoded"),
            ("a=secret%2", "not percent-encoded"),
            ("a=secret%+1", "not percent-encoded"),
            ("a=secret%FF", "not percent-encoded"),
        ] {
            let error = list(value).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("OTEL_X"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_service_has_the_name_that_stands_nearest() {
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=third,deployment.environment=test");
        let name = ("OTEL_SERVICE_NAME", "second");
        let set = BTreeMap::from([(SERVICE_NAME.to_owned(), "first".to_owned())]);
        let none = BTreeMap::new();
        for (variables, set, expected) in [
            (&[name, attributes][..], &set, "first"),
            (&[name, attributes], &none, "second"),
            (&[("OTEL_SERVICE_NAME", ""), attributes], &none, "third"),
            (&[], &none, "unknown_service:service"),
        ] {
            let resource = Environment::of(variables).resource(set).unwrap();
            assert_eq!(resource[SERVICE_NAME], expected);
            assert_eq!(resource.contains_key("deployment.environment"), variables.len() > 1);
        }
        let error = Environment::of(&[("OTEL_RESOURCE_ATTRIBUTES", "x")]).resource(&none).unwrap_err();
        assert!(error.to_string().contains("OTEL_RESOURCE_ATTRIBUTES"), "{error}");
    }
}
