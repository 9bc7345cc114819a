//! `audit!` and `audit_events!` compile wherever an application may write them: in a future that has
//! to be `Send`, with any number of fields, and where names of the language mean something else.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tracing_audit::events::PolicyApplied;
use tracing_audit::testing::capture;
use tracing_audit::{Outcome, Record, audit, audit_events};

audit_events! {
    /// A test has happened.
    event Happened<'a> = "test.happened" {
        number: u64,
        text: &'a str,
    }
}

/// Runs a future that is never pending for long.
fn run<F: Future + Send>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// A value that has to be waited for.
async fn later<T>(value: T) -> T {
    let mut is_first = true;
    std::future::poll_fn(
        move |_| {
            if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
        },
    )
    .await;
    value
}

/// Guards against a `&dyn Value` that is kept over an `.await`.
#[test]
fn a_future_with_a_value_that_is_waited_for_is_send() {
    let records = capture(|| {
        run(async {
            audit!(
                "a.free",
                actor.user_sid = later("ada").await,
                resource.display = %later("shown").await,
                resource.debug = ?later(Some(1)).await,
                resource.list = later(vec![1, 2]).await,
                resource.bytes = later(vec![1_u8, 2]).await,
                outcome = later(Outcome::Failure).await,
                "resource.last" = later(3).await,
            );
            audit!(
                Happened { number: later(7).await, text: later("typed").await },
                actor.user_sid = later("bob").await
            );
            audit!(
                PolicyApplied { source: later("gpo").await, keys_locked_count: 7 },
                outcome = later("failure").await,
                actor.session_id = %later(4).await,
            )
            .synced()
            .await
            .unwrap();
        });
    });
    assert_eq!(
        records[0].resource.to_string(),
        r#"{"display":"shown","debug":"Some(1)","list":[1,2],"bytes":"AQI=","last":3,"_violations":["the event type `a.free` is not in the catalog"]}"#
    );
    assert_eq!((records[0].actor.user_sid.as_deref(), records[0].outcome), (Some("ada"), Outcome::Failure));
    assert_eq!(records[1].resource.to_string(), r#"{"number":7,"text":"typed"}"#);
    assert_eq!(records[1].actor.user_sid.as_deref(), Some("bob"));
    assert_eq!((records[2].actor.session_id.as_deref(), records[2].outcome), (Some("4"), Outcome::Failure));
}

/// Guards against temporaries of values that outlive the call.
#[test]
fn values_are_dropped_with_the_call() {
    fn last(cell: &RefCell<Vec<i32>>) -> tracing_audit::Receipt {
        let local = RefCell::new(1);
        audit!("a.b", resource.n = cell.borrow().len(), resource.m = *local.borrow())
    }
    let cell = RefCell::new(vec![1]);
    capture(|| {
        last(&cell);
        cell.borrow_mut().push(2);
        let [a, b] = [cell.borrow().len(), {
            last(&cell);
            2
        }];
        assert_eq!(a, b);
    });
}

/// An event in which there are events, some of them of the same names.
#[test]
fn a_value_may_emit_an_event() {
    let records = capture(|| {
        let inner = audit!(
            "a.outer",
            resource.x = {
                audit!("a.inner", resource.x = 1);
                2
            }
        );
        assert_eq!(inner.seq(), Some(1));
    });
    let events = records.iter().map(|record| (&*record.event, &record.resource["x"]));
    assert!(events.eq([("a.inner", &1.into()), ("a.outer", &2.into())]));
}

fn assert_fields(record: &Record, count: usize) {
    // The last one says that the type is not in the catalog.
    assert_eq!(record.resource.len(), count + 1);
    for (at, (key, value)) in record.resource.iter().take(count).enumerate() {
        assert_eq!((key, value.to_string().trim_matches('"')), (&*format!("f{at}"), &*at.to_string()));
    }
}

/// Guards against the compiler's limit of 128 steps.
#[test]
fn an_event_may_have_hundreds_of_fields() {
    let records = capture(|| {
        audit!(
            "a.plain",
            resource.f0 = 0,
            resource.f1 = 1,
            resource.f2 = 2,
            resource.f3 = 3,
            resource.f4 = 4,
            resource.f5 = 5,
            resource.f6 = 6,
            resource.f7 = 7,
            resource.f8 = 8,
            resource.f9 = 9,
            resource.f10 = 10,
            resource.f11 = 11,
            resource.f12 = 12,
            resource.f13 = 13,
            resource.f14 = 14,
            resource.f15 = 15,
            resource.f16 = 16,
            resource.f17 = 17,
            resource.f18 = 18,
            resource.f19 = 19,
            resource.f20 = 20,
            resource.f21 = 21,
            resource.f22 = 22,
            resource.f23 = 23,
            resource.f24 = 24,
            resource.f25 = 25,
            resource.f26 = 26,
            resource.f27 = 27,
            resource.f28 = 28,
            resource.f29 = 29,
            resource.f30 = 30,
            resource.f31 = 31,
            resource.f32 = 32,
            resource.f33 = 33,
            resource.f34 = 34,
            resource.f35 = 35,
            resource.f36 = 36,
            resource.f37 = 37,
            resource.f38 = 38,
            resource.f39 = 39,
            resource.f40 = 40,
            resource.f41 = 41,
            resource.f42 = 42,
            resource.f43 = 43,
            resource.f44 = 44,
            resource.f45 = 45,
            resource.f46 = 46,
            resource.f47 = 47,
            resource.f48 = 48,
            resource.f49 = 49,
            resource.f50 = 50,
            resource.f51 = 51,
            resource.f52 = 52,
            resource.f53 = 53,
            resource.f54 = 54,
            resource.f55 = 55,
            resource.f56 = 56,
            resource.f57 = 57,
            resource.f58 = 58,
            resource.f59 = 59,
            resource.f60 = 60,
            resource.f61 = 61,
            resource.f62 = 62,
            resource.f63 = 63,
            resource.f64 = 64,
            resource.f65 = 65,
            resource.f66 = 66,
            resource.f67 = 67,
            resource.f68 = 68,
            resource.f69 = 69,
            resource.f70 = 70,
            resource.f71 = 71,
            resource.f72 = 72,
            resource.f73 = 73,
            resource.f74 = 74,
            resource.f75 = 75,
            resource.f76 = 76,
            resource.f77 = 77,
            resource.f78 = 78,
            resource.f79 = 79,
            resource.f80 = 80,
            resource.f81 = 81,
            resource.f82 = 82,
            resource.f83 = 83,
            resource.f84 = 84,
            resource.f85 = 85,
            resource.f86 = 86,
            resource.f87 = 87,
            resource.f88 = 88,
            resource.f89 = 89,
            resource.f90 = 90,
            resource.f91 = 91,
            resource.f92 = 92,
            resource.f93 = 93,
            resource.f94 = 94,
            resource.f95 = 95,
            resource.f96 = 96,
            resource.f97 = 97,
            resource.f98 = 98,
            resource.f99 = 99,
            resource.f100 = 100,
            resource.f101 = 101,
            resource.f102 = 102,
            resource.f103 = 103,
            resource.f104 = 104,
            resource.f105 = 105,
            resource.f106 = 106,
            resource.f107 = 107,
            resource.f108 = 108,
            resource.f109 = 109,
        );
        audit!(
            "a.mixed",
            resource.f0 = 0, resource.f1 = ?1, resource.f2 = %2, resource.f3 = 3, resource.f4 = %4,
            resource.f5 = ?5, resource.f6 = 6, resource.f7 = ?7, resource.f8 = %8, resource.f9 = 9,
            resource.f10 = %10, resource.f11 = ?11, resource.f12 = 12, resource.f13 = ?13,
            resource.f14 = %14, resource.f15 = 15, resource.f16 = %16, resource.f17 = ?17,
            resource.f18 = 18, resource.f19 = ?19, resource.f20 = %20, resource.f21 = 21,
            resource.f22 = %22, resource.f23 = ?23, resource.f24 = 24, resource.f25 = ?25,
            resource.f26 = %26, resource.f27 = 27, resource.f28 = %28, resource.f29 = ?29,
            resource.f30 = 30, resource.f31 = ?31, resource.f32 = %32, resource.f33 = 33,
            resource.f34 = %34, resource.f35 = ?35, resource.f36 = 36, resource.f37 = ?37,
            resource.f38 = %38, resource.f39 = 39, resource.f40 = %40, resource.f41 = ?41,
            resource.f42 = 42, resource.f43 = ?43, resource.f44 = %44, resource.f45 = 45,
            resource.f46 = %46, resource.f47 = ?47, resource.f48 = 48, resource.f49 = ?49,
            resource.f50 = %50, resource.f51 = 51, resource.f52 = %52, resource.f53 = ?53,
            resource.f54 = 54, resource.f55 = ?55, resource.f56 = %56, resource.f57 = 57,
            resource.f58 = %58, resource.f59 = ?59, resource.f60 = 60, resource.f61 = ?61,
            resource.f62 = %62, resource.f63 = 63, resource.f64 = %64, resource.f65 = ?65,
            resource.f66 = 66, resource.f67 = ?67, resource.f68 = %68, resource.f69 = 69,
            resource.f70 = %70, resource.f71 = ?71, resource.f72 = 72, resource.f73 = ?73,
            resource.f74 = %74, resource.f75 = 75, resource.f76 = %76, resource.f77 = ?77,
            resource.f78 = 78, resource.f79 = ?79, resource.f80 = %80, resource.f81 = 81,
            resource.f82 = %82, resource.f83 = ?83, resource.f84 = 84, resource.f85 = ?85,
            resource.f86 = %86, resource.f87 = 87, resource.f88 = %88, resource.f89 = ?89,
            resource.f90 = 90, resource.f91 = ?91, resource.f92 = %92, resource.f93 = 93,
            resource.f94 = %94, resource.f95 = ?95, resource.f96 = 96, resource.f97 = ?97,
            resource.f98 = %98, resource.f99 = 99, resource.f100 = %100, resource.f101 = ?101,
            resource.f102 = 102, resource.f103 = ?103, resource.f104 = %104, resource.f105 = 105,
            resource.f106 = %106, resource.f107 = ?107, resource.f108 = 108, resource.f109 = ?109,
        );
        audit!(
            "a.hundreds",
            resource.f0 = 0,
            resource.f1 = 1,
            resource.f2 = 2,
            resource.f3 = 3,
            resource.f4 = 4,
            resource.f5 = 5,
            resource.f6 = 6,
            resource.f7 = 7,
            resource.f8 = 8,
            resource.f9 = 9,
            resource.f10 = 10,
            resource.f11 = 11,
            resource.f12 = 12,
            resource.f13 = 13,
            resource.f14 = 14,
            resource.f15 = 15,
            resource.f16 = 16,
            resource.f17 = 17,
            resource.f18 = 18,
            resource.f19 = 19,
            resource.f20 = 20,
            resource.f21 = 21,
            resource.f22 = 22,
            resource.f23 = 23,
            resource.f24 = 24,
            resource.f25 = 25,
            resource.f26 = 26,
            resource.f27 = 27,
            resource.f28 = 28,
            resource.f29 = 29,
            resource.f30 = 30,
            resource.f31 = 31,
            resource.f32 = 32,
            resource.f33 = 33,
            resource.f34 = 34,
            resource.f35 = 35,
            resource.f36 = 36,
            resource.f37 = 37,
            resource.f38 = 38,
            resource.f39 = 39,
            resource.f40 = 40,
            resource.f41 = 41,
            resource.f42 = 42,
            resource.f43 = 43,
            resource.f44 = 44,
            resource.f45 = 45,
            resource.f46 = 46,
            resource.f47 = 47,
            resource.f48 = 48,
            resource.f49 = 49,
            resource.f50 = 50,
            resource.f51 = 51,
            resource.f52 = 52,
            resource.f53 = 53,
            resource.f54 = 54,
            resource.f55 = 55,
            resource.f56 = 56,
            resource.f57 = 57,
            resource.f58 = 58,
            resource.f59 = 59,
            resource.f60 = 60,
            resource.f61 = 61,
            resource.f62 = 62,
            resource.f63 = 63,
            resource.f64 = 64,
            resource.f65 = 65,
            resource.f66 = 66,
            resource.f67 = 67,
            resource.f68 = 68,
            resource.f69 = 69,
            resource.f70 = 70,
            resource.f71 = 71,
            resource.f72 = 72,
            resource.f73 = 73,
            resource.f74 = 74,
            resource.f75 = 75,
            resource.f76 = 76,
            resource.f77 = 77,
            resource.f78 = 78,
            resource.f79 = 79,
            resource.f80 = 80,
            resource.f81 = 81,
            resource.f82 = 82,
            resource.f83 = 83,
            resource.f84 = 84,
            resource.f85 = 85,
            resource.f86 = 86,
            resource.f87 = 87,
            resource.f88 = 88,
            resource.f89 = 89,
            resource.f90 = 90,
            resource.f91 = 91,
            resource.f92 = 92,
            resource.f93 = 93,
            resource.f94 = 94,
            resource.f95 = 95,
            resource.f96 = 96,
            resource.f97 = 97,
            resource.f98 = 98,
            resource.f99 = 99,
            resource.f100 = 100,
            resource.f101 = 101,
            resource.f102 = 102,
            resource.f103 = 103,
            resource.f104 = 104,
            resource.f105 = 105,
            resource.f106 = 106,
            resource.f107 = 107,
            resource.f108 = 108,
            resource.f109 = 109,
            resource.f110 = 110,
            resource.f111 = 111,
            resource.f112 = 112,
            resource.f113 = 113,
            resource.f114 = 114,
            resource.f115 = 115,
            resource.f116 = 116,
            resource.f117 = 117,
            resource.f118 = 118,
            resource.f119 = 119,
            resource.f120 = 120,
            resource.f121 = 121,
            resource.f122 = 122,
            resource.f123 = 123,
            resource.f124 = 124,
            resource.f125 = 125,
            resource.f126 = 126,
            resource.f127 = 127,
            resource.f128 = 128,
            resource.f129 = 129,
            resource.f130 = 130,
            resource.f131 = 131,
            resource.f132 = 132,
            resource.f133 = 133,
            resource.f134 = 134,
            resource.f135 = 135,
            resource.f136 = 136,
            resource.f137 = 137,
            resource.f138 = 138,
            resource.f139 = 139,
            resource.f140 = 140,
            resource.f141 = 141,
            resource.f142 = 142,
            resource.f143 = 143,
            resource.f144 = 144,
            resource.f145 = 145,
            resource.f146 = 146,
            resource.f147 = 147,
            resource.f148 = 148,
            resource.f149 = 149,
            resource.f150 = 150,
            resource.f151 = 151,
            resource.f152 = 152,
            resource.f153 = 153,
            resource.f154 = 154,
            resource.f155 = 155,
            resource.f156 = 156,
            resource.f157 = 157,
            resource.f158 = 158,
            resource.f159 = 159,
            resource.f160 = 160,
            resource.f161 = 161,
            resource.f162 = 162,
            resource.f163 = 163,
            resource.f164 = 164,
            resource.f165 = 165,
            resource.f166 = 166,
            resource.f167 = 167,
            resource.f168 = 168,
            resource.f169 = 169,
            resource.f170 = 170,
            resource.f171 = 171,
            resource.f172 = 172,
            resource.f173 = 173,
            resource.f174 = 174,
            resource.f175 = 175,
            resource.f176 = 176,
            resource.f177 = 177,
            resource.f178 = 178,
            resource.f179 = 179,
            resource.f180 = 180,
            resource.f181 = 181,
            resource.f182 = 182,
            resource.f183 = 183,
            resource.f184 = 184,
            resource.f185 = 185,
            resource.f186 = 186,
            resource.f187 = 187,
            resource.f188 = 188,
            resource.f189 = 189,
            resource.f190 = 190,
            resource.f191 = 191,
            resource.f192 = 192,
            resource.f193 = 193,
            resource.f194 = 194,
            resource.f195 = 195,
            resource.f196 = 196,
            resource.f197 = 197,
            resource.f198 = 198,
            resource.f199 = 199,
            resource.f200 = 200,
            resource.f201 = 201,
            resource.f202 = 202,
            resource.f203 = 203,
            resource.f204 = 204,
            resource.f205 = 205,
            resource.f206 = 206,
            resource.f207 = 207,
            resource.f208 = 208,
            resource.f209 = 209,
            resource.f210 = 210,
            resource.f211 = 211,
            resource.f212 = 212,
            resource.f213 = 213,
            resource.f214 = 214,
            resource.f215 = 215,
            resource.f216 = 216,
            resource.f217 = 217,
            resource.f218 = 218,
            resource.f219 = 219,
            resource.f220 = 220,
            resource.f221 = 221,
            resource.f222 = 222,
            resource.f223 = 223,
            resource.f224 = 224,
            resource.f225 = 225,
            resource.f226 = 226,
            resource.f227 = 227,
            resource.f228 = 228,
            resource.f229 = 229,
            resource.f230 = 230,
            resource.f231 = 231,
            resource.f232 = 232,
            resource.f233 = 233,
            resource.f234 = 234,
            resource.f235 = 235,
            resource.f236 = 236,
            resource.f237 = 237,
            resource.f238 = 238,
            resource.f239 = 239,
            resource.f240 = 240,
            resource.f241 = 241,
            resource.f242 = 242,
            resource.f243 = 243,
            resource.f244 = 244,
            resource.f245 = 245,
            resource.f246 = 246,
            resource.f247 = 247,
            resource.f248 = 248,
            resource.f249 = 249,
            resource.f250 = 250,
            resource.f251 = 251,
            resource.f252 = 252,
            resource.f253 = 253,
            resource.f254 = 254,
            resource.f255 = 255,
            resource.f256 = 256,
            resource.f257 = 257,
            resource.f258 = 258,
            resource.f259 = 259,
            resource.f260 = 260,
            resource.f261 = 261,
            resource.f262 = 262,
            resource.f263 = 263,
            resource.f264 = 264,
            resource.f265 = 265,
            resource.f266 = 266,
            resource.f267 = 267,
            resource.f268 = 268,
            resource.f269 = 269,
            resource.f270 = 270,
            resource.f271 = 271,
            resource.f272 = 272,
            resource.f273 = 273,
            resource.f274 = 274,
            resource.f275 = 275,
            resource.f276 = 276,
            resource.f277 = 277,
            resource.f278 = 278,
            resource.f279 = 279,
            resource.f280 = 280,
            resource.f281 = 281,
            resource.f282 = 282,
            resource.f283 = 283,
            resource.f284 = 284,
            resource.f285 = 285,
            resource.f286 = 286,
            resource.f287 = 287,
            resource.f288 = 288,
            resource.f289 = 289,
            resource.f290 = 290,
            resource.f291 = 291,
            resource.f292 = 292,
            resource.f293 = 293,
            resource.f294 = 294,
            resource.f295 = 295,
            resource.f296 = 296,
            resource.f297 = 297,
            resource.f298 = 298,
            resource.f299 = 299,
            resource.f300 = 300,
            resource.f301 = 301,
            resource.f302 = 302,
            resource.f303 = 303,
            resource.f304 = 304,
            resource.f305 = 305,
            resource.f306 = 306,
            resource.f307 = 307,
            resource.f308 = 308,
            resource.f309 = 309,
            resource.f310 = 310,
            resource.f311 = 311,
            resource.f312 = 312,
            resource.f313 = 313,
            resource.f314 = 314,
            resource.f315 = 315,
            resource.f316 = 316,
            resource.f317 = 317,
            resource.f318 = 318,
            resource.f319 = 319,
            resource.f320 = 320,
            resource.f321 = 321,
            resource.f322 = 322,
            resource.f323 = 323,
            resource.f324 = 324,
            resource.f325 = 325,
            resource.f326 = 326,
            resource.f327 = 327,
            resource.f328 = 328,
            resource.f329 = 329,
            resource.f330 = 330,
            resource.f331 = 331,
            resource.f332 = 332,
            resource.f333 = 333,
            resource.f334 = 334,
            resource.f335 = 335,
            resource.f336 = 336,
            resource.f337 = 337,
            resource.f338 = 338,
            resource.f339 = 339,
            resource.f340 = 340,
            resource.f341 = 341,
            resource.f342 = 342,
            resource.f343 = 343,
            resource.f344 = 344,
            resource.f345 = 345,
            resource.f346 = 346,
            resource.f347 = 347,
            resource.f348 = 348,
            resource.f349 = 349,
            resource.f350 = 350,
            resource.f351 = 351,
            resource.f352 = 352,
            resource.f353 = 353,
            resource.f354 = 354,
            resource.f355 = 355,
            resource.f356 = 356,
            resource.f357 = 357,
            resource.f358 = 358,
            resource.f359 = 359,
            resource.f360 = 360,
            resource.f361 = 361,
            resource.f362 = 362,
            resource.f363 = 363,
            resource.f364 = 364,
            resource.f365 = 365,
            resource.f366 = 366,
            resource.f367 = 367,
            resource.f368 = 368,
            resource.f369 = 369,
            resource.f370 = 370,
            resource.f371 = 371,
            resource.f372 = 372,
            resource.f373 = 373,
            resource.f374 = 374,
            resource.f375 = 375,
            resource.f376 = 376,
            resource.f377 = 377,
            resource.f378 = 378,
            resource.f379 = 379,
            resource.f380 = 380,
            resource.f381 = 381,
            resource.f382 = 382,
            resource.f383 = 383,
            resource.f384 = 384,
            resource.f385 = 385,
            resource.f386 = 386,
            resource.f387 = 387,
            resource.f388 = 388,
            resource.f389 = 389,
            resource.f390 = 390,
            resource.f391 = 391,
            resource.f392 = 392,
            resource.f393 = 393,
            resource.f394 = 394,
            resource.f395 = 395,
            resource.f396 = 396,
            resource.f397 = 397,
            resource.f398 = 398,
            resource.f399 = 399,
        );
    });
    assert_fields(&records[0], 110);
    assert_fields(&records[1], 110);
    assert_fields(&records[2], 400);
}

/// Guards against names that are looked up where the application has its own.
#[allow(non_camel_case_types, non_snake_case, unused)]
mod shadowed {
    use tracing_audit::{Receipt, audit, audit_events};

    pub(super) struct str;
    pub(super) struct u8;
    pub(super) struct bool;
    pub(super) struct usize;
    pub(super) struct u64;
    pub(super) struct String;
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Vec;
    pub(super) enum None {}
    pub(super) fn Some() {}
    pub(super) fn Ok() {}
    pub(super) fn Err() {}
    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod alloc {}
    pub(super) mod tracing {}
    pub(super) mod tracing_core {}
    pub(super) mod serde {}
    pub(super) trait Value {}
    pub(super) trait Send {}
    pub(super) trait Sized {}

    macro_rules! concat {
        () => {};
    }
    macro_rules! stringify {
        () => {};
    }
    macro_rules! line {
        () => {};
    }

    /// Methods of these names on everything.
    pub(super) trait Everywhere {
        fn emit(&self) {}
        fn id(&self) {}
        fn free(&self) {}
        fn fields(&self) {}
        fn converted(&self) {}
    }
    impl<T> Everywhere for T {}

    audit_events! {
        /// A name is another one's.
        pub(super) event Shadowed<'a> = "test.shadowed", id 203 {
            /// Its length.
            length: i64,
            /// Its text.
            r#type: &'a ::core::primitive::str,
            bytes: &'a [::core::primitive::u8],
        }

        /// A name is free.
        pub(super) event Free = "test.free" { .. }
    }

    pub(super) fn emit() -> [Receipt; 3] {
        let value = 1;
        let receipt = 2;
        [
            audit!(
                "a.b",
                resource.value = value,
                resource.receipt = receipt,
                resource.a.b = %value,
                "resource.c d" = ?value,
                outcome = "success",
                actor.user_sid = "ada",
            ),
            audit!(Shadowed { length: 1, r#type: "t", bytes: b"b" }, actor.user_sid = "ada"),
            audit!(Free { resource: () }),
        ]
    }
}

/// The same without a prelude.
#[allow(unused)]
mod bare {
    #![no_implicit_prelude]

    ::tracing_audit::audit_events! {
        /// There is no prelude.
        pub(super) event Bare = "test.bare" {
            number: u32,
        }
    }

    pub(super) fn emit() -> ::tracing_audit::Receipt {
        ::tracing_audit::audit!(Bare { number: 1 });
        ::tracing_audit::audit!("a.b", resource.x = "x", resource.y = %1, resource.z = 0.5)
    }
}

#[test]
fn names_of_the_language_may_mean_something_else() {
    let records = capture(|| {
        for receipt in shadowed::emit() {
            receipt.result().unwrap();
        }
        bare::emit().result().unwrap();
    });
    let resource = |at: usize| records[at].resource.to_string();
    assert!(resource(0).starts_with(r#"{"value":1,"receipt":2,"a.b":"1","c d":"1","#), "{}", resource(0));
    assert_eq!(resource(1), r#"{"length":1,"type":"t","bytes":"Yg=="}"#);
    assert_eq!(shadowed::CATALOG.event_types()[0].fields[1].name, "type");
    assert_eq!(shadowed::CATALOG.event_types()[0].fields[1].meaning, "Its text.");
    assert!(resource(4).starts_with(r#"{"x":"x","y":"1","z":0.5,"#), "{}", resource(4));
}
