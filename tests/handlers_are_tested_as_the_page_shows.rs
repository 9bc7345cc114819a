//! The code blocks of `docs/testing.md`, which are parts of this file, run.

use tracing_audit::testing::{capture_async, capture_process, capture_process_with};
use tracing_audit::{Actor, AuditContext, InAuditContext, Outcome, audit};

#[test]
fn each_code_block_of_the_page_is_a_part_of_this_file() {
    let page = include_str!("../docs/testing.md");
    let this_file = include_str!("handlers_are_tested_as_the_page_shows.rs");
    let blocks = page.split("\n```").skip(1).step_by(2).collect::<Vec<_>>();
    assert_eq!(blocks.len(), 4, "{blocks:?}");
    for block in blocks {
        let code = block.strip_prefix("rust,ignore\n").expect(block);
        // The imports of the first block stand at the head of the file.
        for part in code.splitn(2, "\n\n") {
            assert!(this_file.contains(part.trim_end()), "the page has code that is not run: {part}");
        }
    }
}

async fn sign_in(user: &str, password: &str) -> bool {
    let is_right = look_up(user).await == password;
    if !is_right {
        audit!("auth.failed", resource.reason = "bad password", outcome = Outcome::Failure);
    }
    is_right
}

async fn look_up(_user: &str) -> &'static str {
    tokio::task::yield_now().await;
    "correct horse"
}

#[tokio::test]
async fn a_bad_password_is_recorded_with_its_user() {
    let ada = Actor::new().user_id("ada").into();
    let request = sign_in("ada", "battery staple").in_audit_context(ada);
    let records = capture_async(async { assert!(!request.await) }).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].event, "auth.failed");
    assert_eq!(records[0].actor.user_id.as_deref(), Some("ada"));
    assert_eq!(records[0].outcome, Outcome::Failure);
}

#[tokio::test]
async fn a_good_password_is_not() {
    let records = capture_async(sign_in("ada", "correct horse")).await;
    assert!(records.is_empty());
}

async fn delete_account(user: &'static str) {
    let task = async move {
        audit!("privacy.delete", resource.user = user);
        let context = AuditContext::current();
        let files = move || context.scope(|| audit!("privacy.delete", resource.files_of = user));
        tokio::task::spawn_blocking(files).await.map(drop)
    };
    tokio::spawn(task.in_audit_context(AuditContext::current())).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_is_recorded_on_every_thread() {
    let capture = capture_process();
    delete_account("eve").in_audit_context(Actor::new().user_id("ada").into()).await;
    let records = capture.finish();
    let events = records.iter().map(|record| record.event.as_str()).collect::<Vec<_>>();
    assert_eq!(events, ["privacy.delete", "privacy.delete"]);
    assert!(records.iter().all(|record| record.actor.user_id.as_deref() == Some("ada")));
}

#[tokio::test]
async fn a_server_records_what_it_is_sent() {
    let capture = capture_process();
    let (requests, received) = std::sync::mpsc::channel::<&str>();
    let server = tokio::task::spawn_blocking(move || {
        for key in received {
            audit!("settings.changed", resource.key = key);
        }
    });
    requests.send("retention_days").unwrap();
    while capture.records().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(capture.records()[0].resource["key"], "retention_days");
    drop(requests);
    server.await.unwrap();
    assert_eq!(capture.finish().len(), 1);
}

tracing_audit::audit_events! {
    /// An invoice was sent to a customer.
    pub event InvoiceSent<'a> = "invoice.sent" {
        /// The invoice's number.
        number: &'a str,
    }
}

#[tokio::test]
async fn an_invoice_matches_the_catalog() {
    let capture = capture_process_with(CATALOG);
    let send = || audit!("invoice.sent", resource.number = "2026-17");
    tokio::task::spawn_blocking(send).await.unwrap();
    let records = capture.finish();
    assert_eq!(records[0].resource.get("_violations"), None, "{}", records[0]);
}
