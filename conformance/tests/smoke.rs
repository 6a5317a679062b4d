//! What `smoke` prints, pinned. After a wanted change: `INSTA_UPDATE=always cargo test`.
#![cfg(all(unix, feature = "cli"))]
#![expect(clippy::expect_used, reason = "a test that cannot start its program has failed")]

#[path = "support/children.rs"]
mod support;

use support::misbehaving;

#[test]
fn smoke() {
    for (how, code) in [
        ("", 0),
        ("breaks-by-itself", 1),
        ("replies-to-another", 3),
        ("sends-an-empty-chunk", 3),
        ("ends-with-one", 3),
        ("sizes-the-range", 1),
        ("is-a-store-without-kms", 0),
        ("is-talkative", 3),
    ] {
        let ran = misbehaving(how, &["smoke", "--validate-protocol"]);
        assert_eq!(ran.code, Some(code), "{how}: {}", ran.all());
        assert!(ran.left.is_empty() && ran.children == 1, "{how}: {}", ran.all());
        // Names of worlds differ from run to run.
        let name = if how.is_empty() { "behaves" } else { how };
        insta::assert_snapshot!(format!("smoke-{name}"), without_names(&ran.out));
    }
}

fn without_names(text: &str) -> String {
    let mut pieces = text.split("smoke-");
    let mut kept = pieces.next().expect("a first piece").to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(piece.len());
        kept.push_str("smoke-[time]");
        kept.push_str(piece.get(end..).expect("a boundary"));
    }
    kept
}
