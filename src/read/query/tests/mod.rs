//! Random journals and queries, and what stands in the way of a search.

mod against_naive;
mod in_the_way;
mod naive;
mod world;

#[test]
fn a_search_tells_how_far_it_is() {
    use crate::read::Query;
    use std::sync::{Arc, Mutex};
    let folder = tempfile::tempdir().unwrap();
    let line = |seq: u64| {
        format!(
            "{{\"_schema_version\":\"1\",\"ts\":\"2026-05-28T09:30:00.{seq:09}Z\",\"event\":\"a.b\",\"actor\":{{}},\"outcome\":\"success\",\"seq\":{seq}}}\n"
        )
    };
    let text = (0..3000).map(line).collect::<String>();
    std::fs::write(folder.path().join("audit-2026-05-28.log"), &text).unwrap();
    for is_reverse in [false, true] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let progress = Arc::clone(&told);
        let query = Query::new([folder.path()]).reverse(is_reverse);
        let query = query.progress(move |done, of| progress.lock().unwrap().push((done, of)));
        assert_eq!(query.run().unwrap().count(), 3000);
        let told = told.lock().unwrap();
        let all = text.len() as u64;
        assert_eq!((told.first(), told.last()), (Some(&(0, all)), Some(&(all, all))));
        assert!(told.is_sorted() && told.len() > 2, "{told:?}");
    }
}
