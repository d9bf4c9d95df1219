use crate::harness::{Project, Said, without_port};

fn prepared(count: usize) -> Project {
    let project = Project::with_photos(count);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    project
}

#[test]
fn the_first_upload_sends_everything_and_the_second_nothing() {
    let project = prepared(9);
    let first = project.run(&["upload"]).exits(0);
    assert_eq!((first.lines("put").len(), first.lines("skip").len()), (10, 0), "{}", first.all());
    insta::assert_snapshot!(without_port(&first.stdout.lines().take(3).collect::<Vec<_>>().join("\n")), @"
    backend: local (stand-in, S3 at http://127.0.0.1:PORT, state in .nova-ft)
    put photos/000.jpg s3://test-bucket/p/images/000.jpg
    put photos/001.jpg s3://test-bucket/p/images/001.jpg
    ");
    let second = project.run(&["upload"]).exits(0);
    assert_eq!((second.lines("put").len(), second.lines("skip").len()), (0, 10), "{}", second.all());
    assert!(second.stderr.contains("0 sent, 10 there already"), "{}", second.all());
}

#[test]
fn only_what_differs_is_sent_again() {
    let project = prepared(9);
    let _ = project.run(&["upload"]).exits(0);
    project.photo("photos/004.jpg", 99);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let said = project.run(&["upload"]).exits(0);
    assert_eq!(said.lines("put"), ["put photos/004.jpg s3://test-bucket/p/images/004.jpg"], "{}", said.all());
}

#[test]
fn the_dry_run_prints_the_lines_of_the_real_one() {
    let project = prepared(9);
    let objects = |said: &Said| said.stdout.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    for _ in 0..2 {
        let dry = project.run(&["upload", "--dry-run"]).exits(0);
        let real = project.run(&["upload"]).exits(0);
        assert_eq!((objects(&dry).len(), objects(&dry)), (10, objects(&real)));
        project.photo("photos/004.jpg", 99);
        let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    }
}

#[test]
fn the_dry_run_writes_nothing_starts_nothing_and_says_where_it_would_go() {
    // Nothing can be written to a folder for temporary files that is not there.
    let project = prepared(9).env("TMPDIR", "/no/such/folder");
    let look = |says: &str| {
        let before = project.tree();
        let dry = project.run(&["upload", "--dry-run", "-v"]).exits(0);
        assert!(before == project.tree(), "{}", dry.all());
        assert!(dry.stdout.starts_with("backend: local (stand-in, state in .nova-ft)\n"), "{}", dry.all());
        assert!(dry.stderr.contains("nothing was sent or written; target s3://test-bucket/p, state in .nova-ft\n"));
        assert!(dry.stderr.contains(says), "{}", dry.all());
    };
    look("no bucket test-bucket yet");
    look("10 to send, 0 there already");
    std::fs::create_dir(project.path("tmp")).unwrap();
    let sent = project.command(&["upload"]).env("TMPDIR", project.path("tmp")).output().unwrap();
    let _ = Said::of(&sent).exits(0);
    look("0 to send, 10 there already");
    // While another process serves, too.
    let mut server = project.spawn(&["local", "serve"]);
    let mut exports = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().unwrap()), &mut exports).unwrap();
    look("0 to send, 10 there already");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_data_set_that_is_not_there_is_not_made_by_looking_for_it() {
    let project = Project::with_photos(8);
    for args in [&["upload", "--dry-run", "--input-dir", "nowhere"] as &[_], &["upload", "--input-dir", "nowhere"]] {
        let _ = project.run(args).exits(2);
        assert!(!project.path("nowhere").exists());
    }
}

#[test]
fn a_data_set_with_errors_is_not_sent() {
    let project = prepared(8);
    let records = project.read("output/dataset/train.jsonl").replace("\"jpeg\"", "\"jpg\"");
    project.write("output/dataset/train.jsonl", records);
    let said = project.run(&["upload"]).exits(1);
    assert!(said.stdout.contains("IMG001") && said.stdout.contains("nothing was sent"), "{}", said.all());
    assert!(said.lines("put").is_empty() && !project.path("output/dataset/receipt.json").exists());
    let said = project.run(&["upload", "--unvalidated"]).exits(0);
    assert!(said.stderr.contains("sent without a look"), "{}", said.all());
    assert!(project.read("output/dataset/receipt.json").contains("\"validated\": false"));
}

#[test]
fn a_photo_that_cannot_be_read_does_not_stop_the_others_and_holds_the_records_back() {
    let project = prepared(9);
    std::fs::remove_file(project.path("photos/003.jpg")).unwrap();
    let said = project.run(&["upload", "--unvalidated"]).exits(1);
    assert_eq!(said.lines("put").len(), 8, "{}", said.all());
    assert_eq!(said.lines("error").len(), 2, "{}", said.all());
    assert!(said.stdout.contains("held back, because a photo is missing"), "{}", said.all());
    assert!(!project.path("output/dataset/receipt.json").exists());
    project.photo("photos/003.jpg", 3);
    let said = project.run(&["upload", "--unvalidated"]).exits(0);
    assert_eq!(said.lines("put").len(), 2, "the photo and the records: {}", said.all());
}

#[test]
fn bytes_that_change_under_way_are_refused_by_the_service() {
    let project = prepared(8);
    let photo = std::fs::read(project.path("photos/002.jpg")).unwrap();
    // The same length, so that only the checksum can tell.
    let mut other = photo.clone();
    let last = other.len() - 3;
    other[last] ^= 1;
    project.write("photos/002.jpg", &other);
    let said = project.run(&["upload", "--unvalidated"]).exits(1);
    assert_eq!(said.lines("error").len(), 2, "{}", said.all());
    project.write("photos/002.jpg", &photo);
    let said = project.run(&["upload"]).exits(0);
    assert!(said.lines("put").iter().any(|line| line.contains("002.jpg")), "no half object counts: {}", said.all());
}

#[test]
fn a_large_file_goes_in_parts_and_is_skipped_the_next_time() {
    let project = Project::with_photos(8);
    // 20 MB of records are the simplest large file.
    let filler = "长".repeat(8_000_000);
    let settings = project.read("nova-ft.toml") + "allow = ['TXT003']\n";
    project.write("nova-ft.toml", settings + "[prompt]\nuser = '" + &filler[..900_000 * 3] + "'\n");
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let size = std::fs::metadata(project.path("output/dataset/train.jsonl")).unwrap().len();
    assert!(size > nova_ft::aws::s3::MULTIPART_FROM_BYTES, "{size}");
    let said = project.run(&["upload"]).exits(0);
    assert_eq!(said.lines("put").len(), 9, "{}", said.all());
    let said = project.run(&["upload"]).exits(0);
    assert_eq!((said.lines("put").len(), said.lines("skip").len()), (0, 9), "{}", said.all());
}

#[test]
fn another_bucket_than_the_records_name_is_refused() {
    let project = prepared(8);
    let said = project.run(&["upload", "--s3-bucket", "other-bucket"]).exits(2);
    assert!(said.stderr.contains("but the records of this data set name `test-bucket`"), "{}", said.all());
}

#[test]
fn a_folder_that_is_no_data_set_says_how_to_make_one() {
    let project = Project::with_photos(8);
    let said = project.run(&["upload", "--input-dir", "photos"]).exits(2);
    insta::assert_snapshot!(said.stderr, @"
    error: photos: no manifest.json in this folder, so it is not a data set
      hint: make one with `nova-ft prepare`, and name its --output-dir here.
    ");
}

#[test]
fn the_aws_backend_asks_before_photos_leave_and_names_an_endpoint_that_is_not_amazons() {
    let project = Project::with_photos(8)
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIACANARY")
        .env("AWS_SECRET_ACCESS_KEY", "canary-secret");
    let _ = project.run(&["prepare", "--validation-fraction", "0", "--account-id", "123456789012"]).exits(0);
    let said = project.run(&["--backend", "aws", "upload"]).exits(2);
    assert!(said.stdout.contains("not Amazon's") && said.stderr.contains("--yes"), "{}", said.all());
    assert!(!said.all().to_lowercase().contains("canary"), "{}", said.all());
}

#[test]
fn what_was_sent_unvalidated_is_sent_again_once_it_is_valid() {
    let project = prepared(8);
    let _ = project.run(&["upload", "--unvalidated"]).exits(0);
    let said = project.run(&["upload"]).exits(0);
    assert_eq!((said.lines("put").len(), said.lines("skip").len()), (9, 0), "{}", said.all());
    assert!(project.read("output/dataset/receipt.json").contains("\"validated\": true"));
}

#[test]
fn errors_that_were_allowed_stand_in_the_receipt() {
    let project = prepared(8);
    let records = project.read("output/dataset/train.jsonl").replace("\"jpeg\"", "\"jpg\"");
    project.write("output/dataset/train.jsonl", records);
    let said = project.run(&["upload", "--allow", "IMG", "--allow", "SPL"]).exits(0);
    assert!(said.stderr.contains("errors that were allowed: IMG001"), "{}", said.all());
    let receipt: serde_json::Value = serde_json::from_str(&project.read("output/dataset/receipt.json")).unwrap();
    assert_eq!((&receipt["validated"], &receipt["allowed"][0]), (&false.into(), &"IMG001".into()));
}

#[test]
fn the_bucket_of_the_settings_is_compared_like_that_of_the_flag() {
    let project = prepared(8).env("NOVA_FT_S3_BUCKET", "other-bucket");
    let said = project.run(&["upload"]).exits(2);
    assert!(said.stderr.contains("`other-bucket` is asked for"), "{}", said.all());
}

#[test]
fn records_that_name_another_bucket_or_account_than_the_manifest_are_not_sent() {
    for (from, to, code) in [
        ("s3://test-bucket/", "s3://another-bucket/", "S3U004"),
        ("\"bucketOwner\":\"000000000000\"", "\"bucketOwner\":\"123456789012\"", "S3U005"),
    ] {
        let project = prepared(8);
        project.write("output/dataset/train.jsonl", project.read("output/dataset/train.jsonl").replace(from, to));
        let said = project.run(&["upload"]).exits(1);
        assert!(said.stdout.contains(code) && said.lines("put").is_empty(), "{}", said.all());
    }
}

#[test]
fn a_new_data_set_has_no_receipt_of_the_old_one() {
    let project = prepared(8);
    let _ = project.run(&["upload"]).exits(0);
    assert!(project.path("output/dataset/receipt.json").exists());
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert!(project.path("output/dataset/receipt.json").exists(), "the same data set keeps it");
    let _ = project.run(&["prepare", "--validation-fraction", "0", "--s3-prefix", "q"]).exits(0);
    assert!(!project.path("output/dataset/receipt.json").exists());
}

#[test]
fn the_stand_ins_account_is_not_sent_to_aws() {
    let project = prepared(8).env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let said = project.run(&["--backend", "aws", "upload", "--yes"]).exits(2);
    assert!(said.stderr.contains("which is the stand-in's"), "{}", said.all());
}

#[test]
fn a_number_of_objects_that_cannot_be_is_refused_by_its_place_and_range() {
    let project = prepared(8);
    let refused = |said: Said, origin: &str, number: &str| {
        let said = said.exits(2);
        let line = format!("error: {origin}: {number} is not a number of objects from 1 to 256\n");
        assert!(said.stderr.contains(&line), "{line}{}", said.all());
        assert!(said.lines("put").is_empty(), "{}", said.all());
    };
    refused(project.run(&["upload", "--concurrency", "0"]), "--concurrency", "0");
    refused(project.run(&["run", "--concurrency", "257"]), "--concurrency", "257");
    let settings = project.read("nova-ft.toml");
    let next = settings.lines().count() + 1;
    project.write("nova-ft.toml", format!("{settings}concurrency = 0\n"));
    refused(project.run(&["upload", "--dry-run"]), &format!("nova-ft.toml:{next} (concurrency)"), "0");
    project.write("nova-ft.toml", format!("{settings}[run]\nconcurrency = 300\n"));
    refused(project.run(&["run"]), &format!("nova-ft.toml:{} (run.concurrency)", next + 1), "300");
    project.write("nova-ft.toml", settings);
    let by_variable = project.command(&["upload"]).env("NOVA_FT_UPLOAD_CONCURRENCY", "999").output().unwrap();
    refused(Said::of(&by_variable), "NOVA_FT_UPLOAD_CONCURRENCY", "999");
    let _ = project.run(&["upload", "--concurrency", "256"]).exits(0);
}

#[test]
fn an_upload_that_failed_in_part_leaves_nothing_that_the_next_one_takes_for_its_own() {
    let project = prepared(8);
    let _ = project.run(&["upload"]).exits(0);
    let photo = std::fs::read(project.path("photos/002.jpg")).unwrap();
    project.photo("photos/002.jpg", 77);
    // Everything but the photo goes through, marked as allowed; then the photo is as it was.
    let said = project.run(&["upload", "--allow", "IMG006"]).exits(1);
    assert!(said.lines("put").len() >= 7 && !project.path("output/dataset/receipt.json").exists(), "{}", said.all());
    project.write("photos/002.jpg", &photo);
    let said = project.run(&["upload"]).exits(0);
    assert_eq!(said.lines("put").len(), 7, "what was marked as allowed is sent again: {}", said.all());
    let said = project.run(&["upload"]).exits(0);
    assert!(said.lines("put").is_empty(), "{}", said.all());
}

#[test]
fn an_unvalidated_upload_does_not_skip_a_file_that_is_not_the_manifests() {
    let project = prepared(8);
    let _ = project.run(&["upload", "--unvalidated"]).exits(0);
    project.photo("photos/002.jpg", 77);
    let said = project.run(&["upload", "--unvalidated"]).exits(1);
    assert!(said.lines("error")[0].contains("photos/002.jpg"), "{}", said.all());
}

#[cfg(unix)]
#[test]
fn a_folder_that_takes_no_receipt_stops_the_upload_before_anything_is_sent() {
    let project = prepared(8);
    // A folder in the receipt's place: even root cannot write there.
    std::fs::create_dir(project.path("output/dataset/receipt.json")).unwrap();
    let said = project.run(&["upload"]).exits(2);
    assert!(said.lines("put").is_empty() && said.stderr.contains("receipt.json"), "{}", said.all());
}
