//! A value of `audit!` is recorded as what it is, however the application holds it: bytes as base64
//! and floats as they are spelled, by themselves, behind references and smart pointers, in an
//! `Option`, and in the fields of typed events; what nests too deeply, as text.

use crate::support::{TEST_TYPES, TestLog};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use tracing_audit::events::{AuthFailed, SettingsChanged};
use tracing_audit::record::{FieldKind, Value};
use tracing_audit::testing::{capture, capture_with};
use tracing_audit::{Record, audit, audit_events, changes};

audit_events! {
    /// A key was used.
    event KeyUsed<'a> = "key.used" {
        vec: &'a Vec<u8>,
        boxed: Box<[u8]>,
        array: Option<&'a [u8; 2]>,
        cow: Cow<'a, [u8]>,
        owned: Option<Vec<u8>>,
        list: &'a Vec<i32>,
        ratio: f32,
        other: Option<f32>,
    }
}

fn resource(emit: impl FnOnce()) -> String {
    let mut records = capture(emit);
    records[0].resource.remove("_violations");
    records[0].resource.to_string()
}

/// Guards against bytes that become a list of numbers because they are not a slice.
#[test]
fn bytes_are_base64_however_they_are_held() {
    let (mut vec, array) = (b"ab".to_vec(), *b"ab");
    let boxed: Box<[u8]> = vec.clone().into();
    let shared: Arc<[u8]> = vec.clone().into();
    let by_ref = &&vec;
    let text = resource(|| {
        audit!(
            "a.b",
            resource.a = vec,
            resource.b = &vec,
            resource.c = by_ref,
            resource.d = &vec[..],
            resource.e = vec[..],
            resource.f = &&array,
            resource.g = boxed,
            resource.h = &boxed,
            resource.i = shared,
            resource.j = Rc::new(vec.clone()),
            resource.k = Cow::Borrowed(&array[..]),
            resource.l = Some(vec.clone()),
            resource.m = Some(&vec),
            resource.n = &Some(&array[..]),
            resource.o = None::<Vec<u8>>,
            resource.p = Box::new(array),
            resource.q = b"ab",
        );
    });
    assert_eq!(text.matches(r#":"YWI=""#).count(), 16, "{text}");
    assert!(!text.contains(r#""o""#), "{text}");
    let by_mut = &mut vec;
    let text = resource(|| drop(audit!("a.b", resource.a = by_mut, resource.b = by_mut[..1])));
    assert_eq!(text, r#"{"a":"YWI=","b":"YQ=="}"#);
}

/// Guards against literals that become bytes because nothing says what they are.
#[test]
fn lists_of_other_numbers_stay_lists() {
    let text = resource(|| {
        audit!(
            "a.b",
            resource.a = [1, 300],
            resource.b = vec![1, 2],
            resource.c = &[1, -2][..],
            resource.d = Some([1, 2]),
            resource.e = &vec![1_u16],
            resource.f = Box::new([1, 2]),
            resource.g = Arc::new(vec![1]),
            resource.h = ["a"],
            resource.i = vec![Some(1_u8), None],
            resource.j = vec![vec![1_u8]],
            resource.k = vec![0.5, 1.0],
        );
    });
    assert_eq!(
        text,
        r#"{"a":[1,300],"b":[1,2],"c":[1,-2],"d":[1,2],"e":[1],"f":[1,2],"g":[1],"h":["a"],"i":[1,null],"j":[[1]],"k":[0.5,1.0]}"#
    );
}

/// Guards against the digits that an `f32` gets where it is widened to an `f64`.
#[test]
fn an_f32_is_recorded_as_it_is_spelled() {
    let ratio = 0.1_f32;
    let text = resource(|| {
        audit!(
            "a.b",
            resource.a = 0.1_f32,
            resource.b = ratio,
            resource.c = &ratio,
            resource.d = Some(ratio),
            resource.e = Some(&ratio),
            resource.f = Box::new(ratio),
            resource.g = vec![ratio],
            resource.h = %ratio,
            resource.i = 0.1,
            resource.j = &0.1_f64,
            resource.k = 16_777_216_f32,
            resource.l = 1e30_f32,
            resource.m = f32::MIN_POSITIVE,
            resource.n = f32::MAX,
            resource.o = -1.5e-45_f32,
            resource.p = f32::NAN,
            resource.q = f32::NEG_INFINITY,
            resource.r = -0.0_f32,
            resource.s = None::<f32>,
        );
    });
    assert_eq!(
        text,
        concat!(
            r#"{"a":0.1,"b":0.1,"c":0.1,"d":0.1,"e":0.1,"f":0.1,"g":[0.1],"h":"0.1","i":0.1,"j":0.1,"#,
            r#""k":16777216.0,"l":1e+30,"m":1.1754944e-38,"n":3.4028235e+38,"o":-1e-45,"p":"NaN","q":"-Infinity","r":-0.0}"#
        )
    );
    let built = Record::new("a.b").resource("a", 0.1_f32).resource("b", vec![Some(ratio)]);
    assert_eq!(built.resource.to_string(), r#"{"a":0.1,"b":[0.1]}"#);
}

/// Guards against a flaw of changes that gets lost on the way into the record.
#[test]
fn changes_are_flagged_where_they_can_t_be_serialized_on_every_way() {
    struct Fails;
    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    #[derive(Serialize)]
    struct Settings {
        days: u32,
        broken: Fails,
    }
    let (before, after) = (Settings { days: 90, broken: Fails }, Settings { days: 30, broken: Fails });
    let records = capture_with(TEST_TYPES, || {
        audit!("a.b", resource.changes = changes(&before, &after));
        audit!("a.b", resource.changes = Some(BTreeMap::from([("in", changes(&before, &after))])));
        audit!(SettingsChanged { resource: changes(&before, &after) });
    });
    let failed = r#"{"before":"[could not be serialized]","after":"[could not be serialized]"}"#;
    let listed = format!(r#"{{"days":{{"before":90,"after":30}},"broken":{failed}}}"#);
    let flaws = |name: &str| {
        let flaw = |side| format!("`{name}`: `broken` of `{side}` could not be serialized: no");
        serde_json::to_string(&[flaw("before"), flaw("after")]).unwrap()
    };
    let wanted = [
        format!(r#"{{"changes":{listed},"_violations":{}}}"#, flaws("changes")),
        format!(r#"{{"changes":{{"in":{listed}}},"_violations":{}}}"#, flaws("changes")),
        format!(r#"{},"_violations":{}}}"#, &listed[..listed.len() - 1], flaws("resource")),
    ];
    assert_eq!(records.iter().map(|record| record.resource.to_string()).collect::<Vec<_>>(), wanted);
}

#[test]
fn fields_of_typed_events_are_recorded_and_catalogued_alike() {
    let (vec, list) = (b"ab".to_vec(), vec![1, 2]);
    let records = capture(|| {
        audit!(KeyUsed {
            vec: &vec,
            boxed: vec.clone().into(),
            array: Some(b"ab"),
            cow: Cow::Borrowed(&vec),
            owned: Some(vec.clone()),
            list: &list,
            ratio: 0.1,
            other: Some(0.2),
        });
    });
    assert_eq!(
        records[0].resource.to_string(),
        r#"{"vec":"YWI=","boxed":"YWI=","array":"YWI=","cow":"YWI=","owned":"YWI=","list":[1,2],"ratio":0.1,"other":0.2}"#
    );
    let catalog = CATALOG;
    let entry = &catalog.event_types()[0];
    assert_eq!(entry.violations(&records[0].resource), [""; 0]);
    let kinds = entry.fields.iter().map(|field| field.kind).collect::<Vec<_>>();
    assert_eq!(kinds[..5], [FieldKind::String; 5]);
    assert_eq!(kinds[5..], [FieldKind::Array, FieldKind::Number, FieldKind::Number]);
}

/// The same, whatever else the type may be: a value of a type parameter is serialized.
#[test]
fn a_value_of_any_type_is_recorded_as_json() {
    fn emit<T: serde::Serialize>(value: T, list: &[T]) {
        audit!("a.b", resource.value = value, resource.list = list, resource.by_ref = &value);
    }
    assert_eq!(resource(|| emit("x", &["y"])), r#"{"value":"x","list":["y"],"by_ref":"x"}"#);
    assert_eq!(resource(|| emit(1, &[2])), r#"{"value":1,"list":[2],"by_ref":1}"#);
}

/// An array in an array, and so on.
#[derive(Clone)]
struct Nested(usize);

impl Serialize for Nested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => serializer.serialize_str("\"core\""),
            levels => [Nested(levels - 1)].serialize(serializer),
        }
    }
}

fn nested_value(levels: usize) -> Value {
    (0..levels).fold(Value::from("\"core\""), |inner, _| Value::Array(vec![inner]))
}

/// What is documented: 64 levels are recorded as they are, more as the text of the JSON, and what may
/// have no end is left out, however the value comes into the record.
#[test]
fn a_value_that_nests_deeply_is_recorded_as_text_from_65_levels_on() {
    const TEXT: &str = "`deep` nests deeper than 64 levels: kept as its JSON text";
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    for levels in [0, 1, 64, 65, 255, 257, usize::MAX] {
        let member = BTreeMap::from([("deep", Nested(levels))]);
        let records = capture_with(TEST_TYPES, || {
            audit!("a.b", resource.deep = Nested(levels), resource.after = 1);
            audit!("a.b", resource.deep = Some(&Nested(levels)), resource.after = 1);
            audit!(AuthFailed { resource: &member }, outcome = "failure");
        });
        guard.handle().append(Record::new("a.b").resource("deep", Nested(levels))).result().unwrap();
        guard.handle().append(Record::new("a.b").resource("deep", Some(Nested(levels)))).result().unwrap();
        if levels < 257 {
            let record = Record::new("a.b").resource("deep", nested_value(levels));
            guard.handle().append(record).result().unwrap();
        }
        let appended = log.records();
        for record in records.iter().chain(&appended[appended.len().saturating_sub(2)..]) {
            // It can be read back.
            assert_eq!(Record::from_line(record.to_string().as_bytes()).unwrap(), *record);
            let violations = record.resource["_violations"].as_array().unwrap_or_default();
            match levels {
                0..=64 => {
                    assert_eq!(record.resource["deep"], nested_value(levels));
                    assert!(violations.is_empty(), "{violations:?}");
                }
                65..=256 => {
                    assert_eq!(record.resource["deep"], nested_value(levels).to_string());
                    assert!(violations[0] == TEXT || record.event == "auth.failed", "{violations:?}");
                }
                _ => {
                    assert_eq!(record.resource.get("deep"), None);
                    assert!(violations[0].as_str().unwrap().contains("nests deeper than 256 levels"));
                }
            }
        }
    }
}
