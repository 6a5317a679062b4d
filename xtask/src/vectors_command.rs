//! `cargo xtask vectors`: writes or compares the vectors that the independent builder makes, the
//! scenarios that the tables stand for, and the index through which all vectors are embedded.

use std::collections::{BTreeMap, BTreeSet};

use crate::Outcome;
use crate::tree::{Tree, write_or_compare};

/// Asks builder and tables for every file they make; files they do not make are left alone.
pub(crate) fn run(check: bool) -> Outcome {
    let built = sse_vectors::builder::generate();
    let rendered = sse_vectors::tables::generate()?;
    let made = built.into_iter().chain(rendered);
    let mut made: BTreeMap<String, String> =
        made.map(|(path, text)| (format!("vectors/data/{path}"), text)).collect();
    let tree = Tree::load()?;
    made.insert("vectors/src/index.rs".to_owned(), index(&tree, made.keys()));
    write_or_compare(&tree, &made, "vectors", check)
}

/// Every vector file, written by hand or made, sorted by its path below `data/`.
fn index<'a>(tree: &'a Tree, made: impl Iterator<Item = &'a String>) -> String {
    let written = tree.below("vectors/data/", ".json").map(|(path, _)| path);
    let paths: BTreeSet<&str> = written.chain(made.map(String::as_str)).collect();
    let below = paths.into_iter().filter_map(|path| path.strip_prefix("vectors/data/"));
    let below = below.filter(|path| path.ends_with(".json")).map(str::to_owned);
    sse_vectors::corpus::render_index(&below.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_holds_what_is_written_and_what_is_made() {
        let tree = Tree::of(&[("vectors/data/b/c.json", ""), ("vectors/data/b/c.py", "")]);
        let made = ["vectors/data/a/d.json".to_owned(), "vectors/schemas/e.json".to_owned()];
        let index = index(&tree, made.iter());
        let list = "= &[\n    (\"a/d.json\", include_str!(\"../data/a/d.json\")),\n    \
                    (\"b/c.json\", include_str!(\"../data/b/c.json\")),\n];\n";
        assert!(index.ends_with(list), "{index}");
    }
}
