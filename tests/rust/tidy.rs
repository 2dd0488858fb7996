//! House rules that no compiler checks.

use std::path::{Path, PathBuf};

/// The only places with `unsafe` code.
const UNSAFE: [&str; 4] = ["src/heap/", "src/hooks/", "src/meter/clock.rs", "src/objects/"];
const LONGEST: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "py") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    walk(&root.join("pyext"), &mut found);
    let relative = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_owned(), text)
    };
    found.into_iter().map(relative).collect()
}

/// The compiler denies `unsafe` by default, but an `allow` could be written anywhere.
#[test]
fn unsafe_code_is_allowed_where_it_is_the_point_alone() {
    for (path, text) in sources() {
        let name = path.to_string_lossy();
        if name != "src/lib.rs" && !UNSAFE.iter().any(|place| name.starts_with(place)) {
            assert!(!text.contains("allow(unsafe_code"), "{name}");
        }
    }
}

#[test]
fn a_file_holds_one_idea() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines: more than one idea?", path.display());
    }
}

/// The engine and the reports share the document and nothing else.
#[test]
fn arrows_run_down_only() {
    let forbidden = [
        ("src/profile/", &["crate::engine", "crate::hooks", "crate::meter", "crate::python"][..]),
        ("src/engine/", &["crate::hooks", "crate::report", "crate::python", "pyo3"]),
        ("src/meter/", &["crate::engine", "crate::hooks", "crate::report", "pyo3"]),
        ("src/source/", &["crate::", "pyo3"]),
        ("src/graph/", &["crate::", "pyo3"]),
        ("src/report/", &["crate::engine", "crate::hooks", "crate::meter", "pyo3"]),
        ("src/hooks/", &["crate::report", "crate::python"]),
        ("src/objects/", &["crate::engine", "crate::hooks", "crate::report", "crate::python"]),
        ("src/heap/", &["crate::engine", "crate::hooks", "crate::report", "crate::python"]),
        ("src/graph/", &["crate::", "pyo3"]),
        ("src/objects/", &["crate::engine", "crate::hooks", "crate::report", "crate::python"]),
    ];
    for (path, text) in sources() {
        for (folder, words) in forbidden {
            if path.starts_with(folder) {
                for word in words {
                    assert!(!text.contains(word), "{} must not know {word}", path.display());
                }
            }
        }
    }
}
