use crate::harness::Project;

fn records(project: &Project, name: &str) -> Vec<serde_json::Value> {
    project.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn manifest(project: &Project) -> serde_json::Value {
    serde_json::from_str(&project.read("output/dataset/manifest.json")).unwrap()
}

#[test]
fn each_label_with_a_photo_becomes_a_record_that_names_its_object() {
    let project = Project::with_photos(12);
    let said = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    insta::assert_snapshot!(said.stdout, @"
    wrote output/dataset/train.jsonl: 12 records of 3 sellers
    wrote output/dataset/manifest.json: 12 photos, 0 converted, 0 renamed
    ");
    let records = records(&project, "output/dataset/train.jsonl");
    assert_eq!(records.len(), 12);
    let content = &records[5]["messages"][0]["content"];
    assert_eq!(content[1]["image"]["source"]["s3Location"]["uri"], "s3://test-bucket/p/images/005.jpg");
    assert_eq!(content[1]["image"]["source"]["s3Location"]["bucketOwner"], "000000000000");
    assert_eq!(content[1]["image"]["format"], "jpeg");
    assert!(content[0]["text"].as_str().unwrap().contains("销售方"), "the original's prompt is the default");
    assert_eq!(records[5]["messages"][1]["content"][0]["text"], "第1（北京）科技有限公司");
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_another_seed_another_split() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let first = project.files("output/dataset");
    let _ = project.run(&["prepare"]).exits(0);
    assert_eq!(first, project.files("output/dataset"));
    let _ = project.run(&["prepare", "--seed", "8"]).exits(0);
    assert_ne!(first, project.files("output/dataset"));
}

#[test]
fn no_seller_stands_on_both_sides_and_more_photos_move_nobody() {
    let sides = |count| {
        let project = Project::with_photos(count);
        let _ = project.run(&["prepare", "--validation-fraction", "0.4"]).exits(0);
        let photos = manifest(&project)["photos"].as_array().unwrap().clone();
        let text = |photo: &serde_json::Value, key: &str| photo[key].as_str().unwrap().to_owned();
        photos
            .iter()
            .map(|photo| (text(photo, "seller"), text(photo, "side")))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let few = sides(40);
    assert_eq!(few.len(), 10, "one side for each of the ten sellers: {few:?}");
    assert!(few.iter().any(|(_, side)| side == "validation") && few.iter().any(|(_, side)| side == "train"));
    assert!(sides(80).is_superset(&few));
}

#[test]
fn the_column_sheet_makes_the_groups_and_a_photo_without_a_sheet_is_never_held_out() {
    let project = Project::with_photos(12);
    let rows =
        (0..12).map(|n| format!("{n:03}.jpg,甲公司,{}\n", if n < 6 { format!("sheet-{n}") } else { String::new() }));
    project.write("labels.csv", format!("image,seller,sheet\n{}", rows.collect::<String>()));
    let _ = project.run(&["prepare", "--validation-fraction", "0.99"]).exits(0);
    for photo in manifest(&project)["photos"].as_array().unwrap() {
        let expected = if photo["image"].as_str().unwrap() < "006" { "validation" } else { "train" };
        assert_eq!(photo["side"], expected, "{photo}");
    }
}

#[test]
fn what_nova_does_not_take_is_converted_upright_and_recorded() {
    let project = Project::with_photos(8);
    project.photo("photos/scan.bmp", 90);
    std::fs::rename(project.path("photos/scan.bmp"), project.path("photos/scan.jpg")).unwrap();
    project.photo("photos/page.tiff", 91);
    project.photo("photos/good.png", 92);
    let labels = project.read("labels.csv") + "scan.jpg,乙公司\npage.tiff,乙公司\ngood.png,乙公司\n";
    project.write("labels.csv", labels);
    let said = project.run(&["prepare", "--validation-fraction", "0", "-v"]).exits(0);
    assert!(said.stdout.contains("11 photos, 2 converted, 1 renamed"), "{}", said.all());
    assert!(said.stdout.contains("photos/scan.jpg"), "{}", said.all());
    let photos = manifest(&project)["photos"].as_array().unwrap().clone();
    let photo = |name: &str| photos.iter().find(|photo| photo["image"] == name).unwrap().clone();
    assert_eq!(photo("scan.jpg")["format"], "bmp");
    assert_eq!(photo("page.tiff")["key"], "p/images/page.jpg");
    let copy = std::fs::read(project.path("output/dataset/images/scan.jpg")).unwrap();
    assert_eq!(image::guess_format(&copy).unwrap(), image::ImageFormat::Jpeg);
    assert!(photo("good.png").get("converted").is_none());
    let records = records(&project, "output/dataset/train.jsonl");
    let formats = records.iter().map(|record| record["messages"][0]["content"][1]["image"]["format"].as_str().unwrap());
    assert_eq!(formats.filter(|format| *format == "png").count(), 1);
}

#[test]
fn without_conversion_such_a_photo_is_refused_and_nothing_is_written() {
    let project = Project::with_photos(8);
    project.photo("photos/scan.bmp", 90);
    project.write("labels.csv", project.read("labels.csv") + "scan.bmp,乙公司\n");
    let said = project.run(&["prepare", "--no-convert"]).exits(1);
    assert!(said.stdout.contains("IMG004") && said.stdout.contains("nothing was written"), "{}", said.all());
    assert!(!project.path("output/dataset").exists());
}

#[test]
fn a_chinese_name_gets_a_key_that_bedrock_takes() {
    let project = Project::with_photos(8);
    project.photo("photos/发票 一.jpg", 90);
    project.write("labels.csv", project.read("labels.csv") + "发票 一.jpg,乙公司\n");
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let photos = manifest(&project)["photos"].as_array().unwrap().clone();
    let renamed: Vec<_> = photos.iter().filter(|photo| photo["renamed"] == true).collect();
    assert_eq!(renamed.len(), 1);
    let key = renamed[0]["key"].as_str().unwrap();
    assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/.".contains(&b)), "{key}");
}

#[test]
fn a_folder_with_somebody_elses_records_is_left_alone() {
    let project = Project::with_photos(8);
    project.write("output/dataset/train.jsonl", "{\"mine\":true}\n");
    let said = project.run(&["prepare"]).exits(2);
    assert!(said.stderr.contains("was not made by `nova-ft prepare`"), "{}", said.all());
    assert_eq!(project.read("output/dataset/train.jsonl"), "{\"mine\":true}\n");
}

#[test]
fn a_second_run_with_no_validation_side_leaves_no_old_one_behind() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare", "--validation-fraction", "0.5"]).exits(0);
    assert!(project.path("output/dataset/validation.jsonl").exists());
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert!(!project.path("output/dataset/validation.jsonl").exists());
}

#[test]
fn the_prompt_of_the_settings_stands_in_every_record() {
    let project = Project::with_photos(8);
    project.write("nova-ft.toml", project.read("nova-ft.toml") + "[prompt]\nsystem = ''\nuser = '谁是销售方？'\n");
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    for record in records(&project, "output/dataset/train.jsonl") {
        assert!(record.get("system").is_none());
        assert_eq!(record["messages"][0]["content"][0]["text"], "谁是销售方？");
    }
}

#[test]
fn options_that_cannot_be_used_are_refused_before_anything_is_read() {
    let project = Project::with_photos(8);
    for (args, says) in [
        (["--s3-bucket", "Bad_Bucket"], "is not a bucket's name"),
        (["--s3-prefix", "发票"], "characters that Bedrock refuses"),
        (["--account-id", "123"], "is not an AWS account"),
        (["--validation-fraction", "1.5"], "is not a fraction"),
        (["--split-by", "sheet"], "no column `sheet`"),
    ] {
        let said = project.run(&[&["prepare"], &args[..]].concat()).exits(2);
        assert!(said.stderr.contains(says) && said.stderr.contains("hint: "), "{}", said.all());
    }
}

#[test]
fn an_output_folder_among_the_photos_is_not_read_as_photos() {
    let project = Project::with_photos(8);
    for n in 0..8 {
        project.photo(&format!("photos/{n:03}.bmp"), n);
        std::fs::remove_file(project.path(&format!("photos/{n:03}.jpg"))).unwrap();
    }
    let prepare = ["prepare", "--output-dir", "photos/out", "--validation-fraction", "0"];
    let first = project.run(&prepare).exits(0);
    assert!(first.stdout.contains("8 photos, 8 converted"), "{}", first.all());
    let files = project.files("photos");
    let second = project.run(&prepare).exits(0);
    assert!(second.stdout.contains("8 photos, 8 converted"), "{}", second.all());
    assert_eq!(files, project.files("photos"));
    let said = project.run(&["prepare", "--output-dir", "."]).exits(2);
    assert!(said.stderr.contains("holds the photos themselves"), "{}", said.all());
}

#[test]
fn a_split_that_leaves_nothing_to_train_with_is_refused() {
    let project = Project::with_photos(8);
    let rows: String = (0..8).map(|n| format!("{n:03}.jpg,甲公司\n")).collect();
    project.write("labels.csv", format!("image,seller\n{rows}"));
    let said = project.run(&["prepare", "--validation-fraction", "0.999"]).exits(1);
    assert!(said.stdout.contains("error SPL007 the only seller is held out with seed 7"), "{}", said.all());
    assert!(!project.path("output/dataset/validation.jsonl").exists());
}

#[test]
fn spellings_of_one_name_stay_together() {
    let project = Project::with_photos(9);
    let names = ["北京（甲）公司", "北京(甲)公司", "北京 (甲) 公司"];
    let rows: String = (0..9).map(|n| format!("{n:03}.jpg,{}\n", names[n % 3])).collect();
    project.write("labels.csv", format!("image,seller\n{rows}"));
    for seed in 1..10 {
        let _ = project.run(&["prepare", "--validation-fraction", "0.5", "--seed", &seed.to_string()]);
        let Ok(manifest) = std::fs::read(project.path("output/dataset/manifest.json")) else { continue };
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let sides: std::collections::BTreeSet<_> =
            manifest["photos"].as_array().unwrap().iter().map(|photo| photo["side"].to_string()).collect();
        assert_eq!(sides.len(), 1, "seed {seed}");
    }
    assert!(project.read("output/dataset/train.jsonl").contains("北京（甲）公司"), "labels keep their spelling");
}

#[test]
fn equal_names_in_subfolders_get_copies_of_their_own() {
    let project = Project::with_photos(8);
    let mut labels = project.read("labels.csv");
    for (n, name) in ["dup.bmp", "images/dup.bmp", "sub/images/dup.bmp"].into_iter().enumerate() {
        project.write(&format!("photos/{name}"), "");
        project.photo(&format!("photos/{name}"), 50 + n);
        labels.push_str(&format!("{name},乙公司\n"));
    }
    project.write("labels.csv", labels);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let photos = manifest(&project)["photos"].as_array().unwrap().clone();
    let copies: std::collections::BTreeSet<_> =
        photos.iter().filter_map(|photo| photo["converted"]["path"].as_str()).map(str::to_owned).collect();
    assert_eq!(copies.len(), 3, "{copies:?}");
    let _ = project.run(&["validate", "output/dataset/train.jsonl"]).exits(0);
}

#[test]
fn keys_do_not_depend_on_the_order_of_the_rows() {
    let project = Project::with_photos(8);
    project.photo("photos/X.JPG", 30);
    project.photo("photos/x.jpg", 31);
    let labels = project.read("labels.csv");
    project.write("labels.csv", labels.clone() + "x.jpg,乙公司\nX.JPG,乙公司\n");
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let first = project.read("output/dataset/train.jsonl");
    project.write("labels.csv", labels + "X.JPG,乙公司\nx.jpg,乙公司\n");
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert_eq!(first, project.read("output/dataset/train.jsonl"));
}

#[test]
fn a_copy_that_is_there_already_is_not_made_again() {
    let project = Project::with_photos(8);
    project.photo("photos/scan.bmp", 90);
    project.write("labels.csv", project.read("labels.csv") + "scan.bmp,乙公司\n");
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let made = |project: &Project| {
        std::fs::metadata(project.path("output/dataset/images/scan.jpg")).unwrap().modified().unwrap()
    };
    let first = made(&project);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert_eq!(first, made(&project));
    // A copy that is missing is made again; one of a photo that is gone is removed.
    std::fs::remove_file(project.path("output/dataset/images/scan.jpg")).unwrap();
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert!(std::fs::read(project.path("output/dataset/images/scan.jpg")).unwrap().starts_with(b"\xFF\xD8"));
    project.write("labels.csv", project.read("labels.csv").replace("scan.bmp,乙公司\n", ""));
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert!(!project.path("output/dataset/images/scan.jpg").exists() && project.path("photos/scan.bmp").exists());
}

#[test]
fn a_photo_that_cannot_be_decoded_leaves_no_copies_of_the_others_behind() {
    let project = Project::with_photos(8);
    project.photo("photos/a.bmp", 90);
    project.photo("photos/b.tiff", 91);
    let whole = std::fs::read(project.path("photos/b.tiff")).unwrap();
    project.write("labels.csv", project.read("labels.csv") + "a.bmp,乙公司\nb.tiff,乙公司\n");
    let mut broken = whole.clone();
    // The header stays; the strip offsets point past the end.
    let at = broken.windows(2).rposition(|tag| tag == [0x11, 0x01]).unwrap();
    broken[at + 8..at + 12].fill(0x7F);
    project.write("photos/b.tiff", broken);
    let said = project.run(&["prepare"]).exits(1);
    assert!(said.stdout.contains("IMG004"), "{}", said.all());
    assert!(project.files("output/dataset").is_empty(), "{:?}", project.files("output/dataset").len());
}

#[test]
fn a_damaged_manifest_is_in_the_way_and_says_how_to_go_on() {
    let project = Project::with_photos(8);
    project.write("output/dataset/manifest.json", "{");
    let said = project.run(&["prepare"]).exits(2);
    assert!(said.stderr.contains("move it away, or name another --output-dir"), "{}", said.all());
    assert_eq!(project.read("output/dataset/manifest.json"), "{");
}

#[test]
fn what_was_converted_held_back_or_changed_is_said() {
    let project = Project::with_photos(9);
    project.photo("photos/scan.bmp", 90);
    let rows: String = (0..9).map(|n| format!("{n:03}.jpg,甲公司,s{n}\n")).collect();
    project.write("labels.csv", format!("image,seller,sheet\n{rows}scan.bmp,乙公司,\n"));
    let said = project.run(&["prepare", "--validation-fraction", "0.000001", "--json"]).exits(0);
    let events = said.events();
    let codes: Vec<_> = events.iter().filter_map(|event| event["code"].as_str()).collect();
    // Converted; nothing held out; no sheet known.
    assert_eq!(codes, ["SPL004", "SPL005", "IMG005"], "{}", said.all());
    project.write("output/dataset/train.jsonl", project.read("output/dataset/train.jsonl").replace("甲公司", "丙公司"));
    let said = project.run(&["upload"]).exits(0);
    assert!(said.stdout.contains("warning SPL006 changed since"), "{}", said.all());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_looked_at_is_named() {
    use std::os::unix::ffi::OsStringExt as _;
    let project = Project::with_photos(8);
    let name = std::ffi::OsString::from_vec(b"\xB7\xA2\xC6\xB1.jpg".to_vec());
    std::fs::copy(project.path("photos/000.jpg"), project.path("photos").join(name)).unwrap();
    let said = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert!(said.stdout.contains("warning IMG007 not looked at: its name is not UTF-8"), "{}", said.all());
}
