//! `label --shard` and `label --merge` as far as they need no models; `src/labels/labeler/shard` has the rest, with a reader that
//! computes, and `tests/peers/test_label_shards.py` reads photos.

use std::path::Path;

use nova_ft::findings::Levels;
use nova_ft::invoice::{InvoiceReader, Reading, Scope};
use nova_ft::labels::labeler::{PartStore, Shard, ShardOptions, label_shard};
use nova_ft::progress::Silent;

use crate::harness::Project;

#[test]
fn misuse_is_said_before_models_are_looked_for() {
    let project = Project::with_photos(4);
    let cases: [(&[&str], &str); 9] = [
        (&["--shard", "5/4", "--parts", "parts"], "expected I/N, such as 3/10"),
        (&["--shard", "1/4"], "missing required option `--parts`"),
        (&["--merge", "--output-file", "out.csv"], "missing required option `--parts`"),
        (&["--merge", "--parts", "parts"], "missing required option `--output-file`"),
        (&["--parts", "parts"], "parts are written by --shard and read by --merge"),
        (&["--shard", "1/4", "--merge", "--parts", "parts"], "cannot be used with"),
        (&["--shard", "1/4", "--output-file", "out.csv"], "cannot be used with"),
        (
            &["--shard", "auto", "--parts", "parts"],
            "AWS_BATCH_JOB_ARRAY_INDEX and AWS_BATCH_JOB_ARRAY_SIZE are not both set",
        ),
        (&["--merge", "--parts", "s3://B/x", "--output-file", "out.csv"], "`B` is not a bucket's name"),
    ];
    for (args, expected) in cases {
        let said = project.run(&[&["label"], args].concat()).exits(2);
        assert!(said.stderr.contains(expected), "{args:?}: {}", said.all());
    }
    let said = project.run(&["label", "--merge", "--parts", "nowhere", "--output-file", "out.csv"]).exits(2);
    assert!(said.stderr.contains("cannot list nowhere"), "{}", said.all());
}

#[test]
fn an_array_job_counts_from_nought_and_is_looked_at() {
    let child = |index: &str, size: &str| {
        let project =
            Project::with_photos(4).env("AWS_BATCH_JOB_ARRAY_INDEX", index).env("AWS_BATCH_JOB_ARRAY_SIZE", size);
        project.run(&["label", "--shard", "auto", "--parts", "parts"]).exits(2)
    };
    for (index, size) in [("4", "4"), ("-1", "4"), ("0", "0"), ("0", "20000"), ("x", "4")] {
        let said = child(index, size);
        assert!(said.stderr.contains(&format!("AWS_BATCH_JOB_ARRAY_INDEX is `{index}`")), "{}", said.all());
    }
    // The last child is one; it goes on to the models, which are not here.
    let said = child("3", "4");
    assert!(said.stderr.contains("models"), "{}", said.all());
}

#[test]
fn a_place_in_s3_without_parts_says_so() {
    let project = Project::with_photos(40);
    let merge = ["label", "--merge", "--parts", "s3://test-bucket/labels", "--output-file", "out.csv"];
    let _ = project.run(&["run", "--until", "upload"]).exits(0);
    let said = project.run(&merge).exits(2);
    assert!(said.stderr.contains("s3://test-bucket/labels/: there is no part here"), "{}", said.all());
    let nowhere = ["label", "--merge", "--parts", "s3://no-such-bucket/labels", "--output-file", "out.csv"];
    let said = project.run(&nowhere).exits(2);
    assert!(said.stderr.contains("NoSuchBucket"), "{}", said.all());
}

/// A reader that reads nothing: each photo is in the part with the reason.
#[derive(Debug)]
struct Blind;

impl InvoiceReader for Blind {
    fn version(&self) -> String {
        "blind".to_owned()
    }

    fn read(&self, photo: &Path, _: Scope) -> nova_ft::Result<Reading> {
        Err(nova_ft::Error::input(photo, "it is dark", ""))
    }
}

#[test]
fn a_merge_takes_the_folder_of_photos_from_the_settings_as_a_shard_does() {
    let project = Project::with_photos(4);
    let options = ShardOptions {
        input_dir: project.path("photos"),
        shard: Shard::new(1, 1).unwrap(),
        journal_dir: project.path("parts"),
        concurrency: 1,
        levels: Levels::default(),
    };
    let _ = label_shard(&options, &Blind, &PartStore::folder(project.path("parts")), &Silent).unwrap();
    let merge = ["label", "--merge", "--parts", "parts", "--output-file", "out.csv"];
    project.write("nova-ft.toml", "[label]\ninput_dir = 'others'\n");
    std::fs::create_dir_all(project.path("others")).unwrap();
    project.photo("others/000.jpg", 99);
    let said = project.run(&merge).exits(2);
    assert!(said.stderr.contains("this is not the folder that the shards read"), "{}", said.all());
    project.write("nova-ft.toml", "[label]\ninput_dir = 'photos'\n");
    let said = project.run(&merge).exits(1);
    assert!(said.all().contains("it is dark"), "{}", said.all());
}
