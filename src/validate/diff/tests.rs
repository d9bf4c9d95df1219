use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

/// The diff of pieces.
fn diff(pieces: &[(&str, &str)]) -> String {
    let mut diff = UnifiedDiff::new(Vec::new(), Path::new("train.jsonl"), Path::new("fixed.jsonl"));
    for (old, new) in pieces {
        diff.push(old.as_bytes(), new.as_bytes()).unwrap();
    }
    String::from_utf8(diff.finish().unwrap()).unwrap()
}

/// Both files whole.
fn files(pieces: &[(&str, &str)]) -> (String, String) {
    pieces.iter().map(|(old, new)| (*old, *new)).unzip()
}

/// Applies a diff strictly: every number in a header, every line of context must be right.
fn apply(old: &str, diff: &str) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let mut new = String::new();
    let (mut at, mut new_count) = (0, 0);
    let mut lines = diff.split_inclusive('\n').skip(2).peekable();
    while let Some(header) = lines.next() {
        let mut words = header.split(' ');
        assert_eq!(words.next(), Some("@@"), "{diff}");
        let mut numbers = || -> (usize, usize) {
            let range = &words.next().unwrap()[1..];
            let (start, count) = range.split_once(',').unwrap_or((range, "1"));
            (start.parse().unwrap(), count.parse().unwrap())
        };
        let (old_start, old_lines) = numbers();
        let (_, new_lines) = numbers();
        let first = if old_lines == 0 { old_start } else { old_start - 1 };
        assert!(first >= at, "hunks in order: {diff}");
        new_count += first - at;
        new.extend(old[at..first].iter().copied());
        at = first;
        let (old_end, new_end) = (at + old_lines, new_count + new_lines);
        while at < old_end || new_count < new_end {
            let line = lines.next().unwrap();
            let (sign, mut text) = line.split_at(1);
            if lines.next_if_eq(&"\\ No newline at end of file\n").is_some() {
                text = text.strip_suffix('\n').unwrap();
            }
            if sign != "+" {
                assert_eq!(old[at], text, "{diff}");
                at += 1;
            }
            if sign != "-" {
                new.push_str(text);
                new_count += 1;
            }
        }
        assert_eq!((at, new_count), (old_end, new_end), "{diff}");
    }
    new.extend(old[at..].iter().copied());
    new
}

#[test]
fn a_change_has_three_lines_around_it_and_close_ones_share_a_hunk() {
    let mut pieces: Vec<_> = ["1\n", "2\n", "3\n", "4\n", "5\n", "6\n", "7\n", "8\n", "9\n"].map(|l| (l, l)).to_vec();
    pieces[4].1 = "five\n";
    insta::assert_snapshot!(diff(&pieces), @"
    --- train.jsonl
    +++ fixed.jsonl
    @@ -2,7 +2,7 @@
     2
     3
     4
    -5
    +five
     6
     7
     8
    ");
    let apart = |gap: usize| {
        let mut pieces = vec![("a\n", "b\n")];
        pieces.extend(std::iter::repeat_n(("=\n", "=\n"), gap));
        pieces.push(("c\n", ""));
        diff(&pieces).matches("@@ -").count()
    };
    assert_eq!([0, 6, 7].map(apart), [1, 1, 2], "as GNU diff does it");
}

#[test]
fn lines_may_go_come_and_become_several() {
    insta::assert_snapshot!(diff(&[("{\n", "{}\n"), ("}\n", ""), ("\n", ""), ("", "new\nlines\n"), ("last", "last")]), @r"
    --- train.jsonl
    +++ fixed.jsonl
    @@ -1,4 +1,4 @@
    -{
    +{}
    -}
    -
    +new
    +lines
     last
    \ No newline at end of file
    ");
    insta::assert_snapshot!(diff(&[("", "all\n")]), @"
    --- train.jsonl
    +++ fixed.jsonl
    @@ -0,0 +1 @@
    +all
    ");
    insta::assert_snapshot!(diff(&[("same\nold\nend\n", "same\nnew\nend\n")]), @"
    --- train.jsonl
    +++ fixed.jsonl
    @@ -1,3 +1,3 @@
     same
    -old
    +new
     end
    ");
    insta::assert_snapshot!(diff(&[("a", "a"), ("", "\n")]), @r"
    --- train.jsonl
    +++ fixed.jsonl
    @@ -1 +1 @@
    -a
    \ No newline at end of file
    +a
    ");
}

#[test]
fn files_without_a_difference_give_nothing() {
    assert_eq!(diff(&[]), "");
    assert_eq!(diff(&[("a\n", "a\n"), ("", ""), ("b", "b")]), "");
    assert_eq!(diff(&[("a\nb\n", "a\n"), ("c\n", "b\nc\n")]).lines().count(), 7, "pieces are not looked across");
}

#[test]
fn names_that_patch_would_misread_are_quoted() {
    let name = |name: &str| quoted(Path::new(name));
    assert_eq!(name("销售方.jsonl"), "销售方.jsonl");
    assert_eq!(name("my data.jsonl"), "my data.jsonl\t");
    assert_eq!(name("a\n\"b\\\u{1b}\u{85}"), r#""a\n\"b\\\033\302\205""#);
}

#[test]
fn a_hunk_that_does_not_fit_into_memory_is_whole() {
    let old = "x".repeat(HUNK_IN_MEMORY_BYTES / 4) + "\n";
    let new = old.replace('x', "y");
    let pieces = vec![(&*old, &*new); 6];
    let (before, after) = files(&pieces);
    assert_eq!(apply(&before, &diff(&pieces)), after);
}

/// Pieces as a repair makes them: most stay, some change, go, come, fall apart or grow together; the last may lack its
/// line break.
fn pieces() -> impl Strategy<Value = Vec<(String, String)>> {
    let line = "[ab]{0,2}\r?\n";
    let piece = prop_oneof![
        6 => line.prop_map(|line| (line.clone(), line)),
        1 => (line, line),
        1 => line.prop_map(|line| (line, String::new())),
        1 => line.prop_map(|line| (String::new(), line)),
        1 => ("([ab]{0,2}\n){0,4}", "([ab]{0,2}\n){0,4}"),
    ];
    let last = prop_oneof![
        Just((String::new(), String::new())),
        "[ab]{0,2}".prop_map(|line| (line.clone(), line)),
        ("[ab]{0,2}\n?", "[ab]{0,2}\n?"),
    ];
    (prop::collection::vec(piece, 0..60), last).prop_map(|(mut pieces, last)| {
        pieces.push(last);
        pieces
    })
}

fn borrowed(pieces: &[(String, String)]) -> Vec<(&str, &str)> {
    pieces.iter().map(|(old, new)| (&**old, &**new)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_makes_the_new_file_of_the_old_one(pieces in pieces()) {
        let pieces = borrowed(&pieces);
        let (old, new) = files(&pieces);
        let diff = diff(&pieces);
        prop_assert_eq!(diff.is_empty(), pieces.iter().all(|(old, new)| old == new));
        prop_assert_eq!(apply(&old, &diff), new);
    }

    #[test]
    fn pieces_may_be_cut_anywhere(text in "([ab]{0,2}\n){0,12}[ab]?", cuts in prop::collection::vec(0..30_usize, 0..6)) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([text.len()]);
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let pieces: Vec<_> = starts.zip(ends).map(|(start, end)| (&text[start..end], &text[start..end])).collect();
        prop_assert_eq!(diff(&pieces), "");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_program_patch_makes_the_same(pieces in pieces()) {
        let is_there = Command::new("patch").arg("--version").stdout(Stdio::null()).status().is_ok();
        let pieces = borrowed(&pieces);
        let (old, new) = files(&pieces);
        let diff = diff(&pieces);
        if is_there && !diff.is_empty() {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            std::fs::write(path("train.jsonl"), old).unwrap();
            std::fs::write(path("train.diff"), &diff).unwrap();
            let out = Command::new("patch")
                .args(["--binary", "--fuzz=0", "--silent", "--output=made", "train.jsonl", "train.diff"])
                .current_dir(folder.path())
                .output()
                .unwrap();
            prop_assert!(out.status.success(), "{}\n{diff}", String::from_utf8_lossy(&out.stdout));
            prop_assert_eq!(std::fs::read_to_string(path("made")).unwrap(), new);
        }
    }
}
