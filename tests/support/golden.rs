//! Texts that stand in git as they should be: see `tests/golden/`, renewed with `UPDATE_GOLDEN=1`.

use std::path::Path;

/// Demands that `actual` is what `tests/golden/<name>` holds.
pub fn is_golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).expect("the golden file can be written");
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        wanted == actual,
        "tests/golden/{name} says otherwise; UPDATE_GOLDEN=1 renews it. Now:\n{actual}"
    );
}
