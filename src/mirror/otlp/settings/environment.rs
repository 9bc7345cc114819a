//! The environment variables that OpenTelemetry defines for exporters.

use crate::mirror::otlp::error::OtlpError;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

type Lookup = dyn Fn(&str) -> Option<String> + Send;

/// The variables, and the name of the executable.
pub(crate) struct Environment {
    lookup: Box<Lookup>,
    executable: Option<String>,
}

/// A variable that is set and not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
}

impl Variable {
    /// Returns the warning that the value can't be used and is ignored, as OpenTelemetry's
    /// specification demands: the variable may be meant for another exporter.
    pub(super) fn ignored(&self, reason: impl Into<String>) -> String {
        format!("{}; it is ignored", self.unusable(reason))
    }

    /// Returns the error that the value can't be used. It does not name the value, which may be a
    /// secret.
    pub(super) fn unusable(&self, reason: impl Into<String>) -> OtlpError {
        OtlpError::setting(format!("the environment variable {}", self.name), reason)
    }

    /// Parses a list `name=value,name=value`, whose values are percent-encoded.
    pub(super) fn list(&self) -> Result<Vec<(String, String)>, String> {
        let mut list = Vec::new();
        for (at, entry) in self.value.split(',').enumerate() {
            if entry.trim().is_empty() {
                continue;
            }
            let wrong = |reason: &str| format!("entry {} {reason}", at + 1);
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
    /// The environment of this process.
    pub(crate) fn of_the_process() -> Environment {
        let executable = std::env::current_exe().ok();
        let name = executable.as_deref().and_then(Path::file_name);
        Environment {
            lookup: Box::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())),
            executable: name.map(|name| name.to_string_lossy().into_owned()),
        }
    }

    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Environment {
        let map: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment {
            lookup: Box::new(move |name| map.get(name).cloned()),
            executable: Some("service".to_owned()),
        }
    }

    /// Returns a variable. An empty one counts as not set.
    fn variable(&self, name: &str) -> Option<Variable> {
        let value = (self.lookup)(name)?;
        (!value.is_empty()).then(|| Variable { name: name.to_owned(), value })
    }

    /// Returns a variable of the exporter for logs.
    pub(super) fn of_logs(&self, name: &str) -> Option<Variable> {
        self.variable(&format!("OTEL_EXPORTER_OTLP_LOGS_{name}"))
    }

    /// Returns a variable of all exporters.
    pub(super) fn of_all(&self, name: &str) -> Option<Variable> {
        self.variable(&format!("OTEL_EXPORTER_OTLP_{name}"))
    }

    /// Returns a variable of the exporter for logs, or else of all exporters.
    pub(super) fn exporter(&self, name: &str) -> Option<Variable> {
        self.of_logs(name).or_else(|| self.of_all(name))
    }

    /// Returns a variable of the exporter for logs, or else of all exporters, as far as `parse`
    /// understands it. What it does not understand is ignored with a warning.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        warnings: &mut Vec<String>,
        parse: impl Fn(&Variable) -> Result<T, String>,
    ) -> Option<T> {
        for variable in [self.of_logs(name), self.of_all(name)].into_iter().flatten() {
            match parse(&variable) {
                Ok(parsed) => return Some(parsed),
                Err(reason) => warnings.push(variable.ignored(reason)),
            }
        }
        None
    }

    /// Returns the resource attributes in the order of their keys: those that are set, then those of
    /// the environment, then a name for the service.
    pub(super) fn resource(
        &self,
        set: &BTreeMap<String, String>,
        warnings: &mut Vec<String>,
    ) -> BTreeMap<String, String> {
        let mut resource = BTreeMap::new();
        if let Some(variable) = self.variable("OTEL_RESOURCE_ATTRIBUTES") {
            match variable.list() {
                Ok(list) => resource.extend(list),
                Err(reason) => warnings.push(variable.ignored(reason)),
            }
        }
        if let Some(variable) = self.variable("OTEL_SERVICE_NAME") {
            resource.insert(SERVICE_NAME.to_owned(), variable.value);
        }
        resource.extend(set.iter().map(|(key, value)| (key.clone(), value.clone())));
        resource.entry(SERVICE_NAME.to_owned()).or_insert_with(|| match &self.executable {
            Some(name) => format!("unknown_service:{name}"),
            None => "unknown_service".to_owned(),
        });
        resource
    }
}

const SERVICE_NAME: &str = "service.name";

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

/// Decodes a percent-encoded text. `percent_encoding` leaves a `%` without two hex digits as it is;
/// here it is an error.
fn percent_decoded(text: &str) -> Option<String> {
    let is_byte = |after: &str| {
        after.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let is_valid = text.split('%').skip(1).all(is_byte);
    let decoded = is_valid.then(|| percent_decode_str(text).decode_utf8().ok())??;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_percent_decoded_and_its_errors_contain_no_value() {
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
            let error = list(value).unwrap_err();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_name_of_the_service_is_the_most_specific_one() {
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
            let mut warnings = Vec::new();
            let resource = Environment::of(variables).resource(set, &mut warnings);
            assert!(warnings.is_empty(), "{warnings:?}");
            assert_eq!(resource[SERVICE_NAME], expected);
            assert_eq!(resource.contains_key("deployment.environment"), variables.len() > 1);
        }
        // Guards against a log without its mirror because of a variable that others understand.
        let malformed = ("OTEL_RESOURCE_ATTRIBUTES", "deployment=50%");
        let mut warnings = Vec::new();
        let resource = Environment::of(&[malformed, name]).resource(&none, &mut warnings);
        assert_eq!(
            resource.into_iter().collect::<Vec<_>>(),
            [(SERVICE_NAME.to_owned(), "second".to_owned())]
        );
        assert_eq!(
            warnings,
            [
                "the environment variable OTEL_RESOURCE_ATTRIBUTES can't be used: entry 1 is not percent-encoded; it is ignored"
            ]
        );
    }
}
