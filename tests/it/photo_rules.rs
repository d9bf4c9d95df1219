//! The rules on bytes and pixels of photos, through the program: a file made here, and the codes that it must give.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage, Rgba, RgbaImage};

use crate::harness::{Project, Said, written};
use crate::pictures::{animation, cmyk, encoded, heic, jpeg, mpo, padded, page, panorama, turned, zeroed};

fn readable() -> RgbImage {
    written(50, 480, 360)
}

/// One record for each name, with the format that it names.
fn records(names: &[(String, &str)]) -> String {
    let record = |(name, format): &(String, &str)| {
        let location = serde_json::json!({"uri": format!("s3://bucket/p/{name}"), "bucketOwner": "123456789012"});
        let image = serde_json::json!({"format": format, "source": {"s3Location": location}});
        let question = serde_json::json!({"role": "user", "content": [{"text": "Who?"}, {"image": image}]});
        let answer = serde_json::json!({"role": "assistant", "content": [{"text": "甲公司"}]});
        serde_json::json!({"schemaVersion": "bedrock-conversation-2024", "messages": [question, answer]}).to_string()
    };
    names.iter().map(|name| record(name) + "\n").collect()
}

/// What is said of photos with nothing wrong and these, each in a record of its own.
fn check(cases: &[(&str, &str, Vec<u8>)]) -> (Project, Said) {
    let project = Project::empty();
    let mut names = Vec::new();
    for n in 0..8 {
        project.photo(&format!("photos/good{n}.jpg"), n);
        names.push((format!("good{n}.jpg"), "jpeg"));
    }
    for (n, (_, format, bytes)) in cases.iter().enumerate() {
        project.write(&format!("photos/{n}.bin"), bytes);
        names.push((format!("{n}.bin"), *format));
    }
    project.write("train.jsonl", records(&names));
    let said = project.run(&["validate", "train.jsonl", "--input-dir", "photos", "--json"]);
    (project, said)
}

#[test]
fn each_kind_of_photo_gives_its_codes_and_no_other() {
    let picture = readable();
    let good = jpeg(&picture);
    let png = encoded(&picture, ImageFormat::Png);
    let mut damaged_png = png.clone();
    let middle = damaged_png.len() / 2;
    damaged_png[middle] ^= 0x40;
    let webp = encoded(&written(51, 320, 310), ImageFormat::WebP);
    let sixteen = DynamicImage::from(DynamicImage::from(written(52, 400, 310)).into_rgb16());
    let mut png16 = Cursor::new(Vec::new());
    sixteen.write_to(&mut png16, ImageFormat::Png).unwrap();
    let transparent = RgbaImage::from_pixel(400, 400, Rgba([0, 0, 0, 0]));
    let mut clear = Cursor::new(Vec::new());
    transparent.write_to(&mut clear, ImageFormat::Png).unwrap();
    let cases: Vec<(&str, &str, Vec<u8>, &[&str])> = vec![
        ("a JPEG", "jpeg", jpeg(&written(54, 480, 360)), &[]),
        ("a PNG of 16 bits", "png", png16.into_inner(), &[]),
        ("a WebP", "webp", webp.clone(), &[]),
        ("a PNG called JPEG", "jpeg", encoded(&written(55, 320, 330), ImageFormat::Png), &["IMG002"]),
        ("a BMP", "jpeg", encoded(&written(56, 320, 330), ImageFormat::Bmp), &["IMG002"]),
        ("a TIFF", "jpeg", encoded(&written(57, 320, 330), ImageFormat::Tiff), &["IMG002"]),
        ("a HEIC", "jpeg", heic(), &["IMG002"]),
        ("a PDF", "jpeg", b"%PDF-1.7 and so on".to_vec(), &["IMG002"]),
        ("an MPO", "jpeg", mpo(&good), &["IMG002"]),
        ("a text", "jpeg", b"<html>not found</html>".to_vec(), &["IMG002"]),
        ("no bytes", "jpeg", Vec::new(), &["IMG002"]),
        ("half a JPEG", "jpeg", good[..good.len() / 2].to_vec(), &["IMG008"]),
        ("half a PNG", "png", png[..png.len() / 2].to_vec(), &["IMG008"]),
        ("half a WebP", "webp", webp[..webp.len() / 2].to_vec(), &["IMG008"]),
        ("a JPEG with an end too early", "jpeg", [&good[..good.len() / 2], b"\xFF\xD9"].concat(), &["IMG009"]),
        ("a JPEG with zeros", "jpeg", zeroed(&good), &["IMG009"]),
        ("a PNG with a wrong byte", "png", damaged_png, &["IMG009"]),
        ("inks", "jpeg", cmyk(), &["IMG010", "IMG018"]),
        ("a JPEG on its side", "jpeg", turned(&jpeg(&written(58, 480, 360)), 6), &["IMG011"]),
        ("an animation", "gif", animation(), &["IMG012"]),
        ("a file of more than 10 MiB", "jpeg", padded(&jpeg(&written(59, 480, 360)), 10_485_761), &["IMG013"]),
        ("a file of 10 MiB", "jpeg", padded(&jpeg(&written(60, 480, 360)), 10_485_760), &["IMG013"]),
        ("a file of 10 MB", "jpeg", padded(&jpeg(&written(61, 480, 360)), 10_000_000), &[]),
        ("an icon", "jpeg", jpeg(&written(62, 24, 400)), &["IMG014", "IMG017"]),
        ("a preview", "jpeg", jpeg(&written(63, 160, 120)), &["IMG015"]),
        ("a panorama", "jpeg", panorama(), &["IMG016"]),
        ("a strip", "jpeg", jpeg(&written(64, 2_800, 310)), &["IMG017"]),
        ("a white page", "jpeg", page(), &["IMG018"]),
        ("a transparent page", "png", clear.into_inner(), &["IMG018"]),
    ];
    let files: Vec<_> = cases.iter().map(|(name, format, bytes, _)| (*name, *format, bytes.clone())).collect();
    let (_project, said) = check(&files);
    let findings: Vec<_> = said.events().into_iter().filter(|event| event["event"] == "finding").collect();
    for (n, (name, _, _, expect)) in cases.iter().enumerate() {
        let of_case = |event: &&serde_json::Value| event["line"] == n + 9;
        let codes: Vec<_> = findings.iter().filter(of_case).map(|event| event["code"].as_str().unwrap()).collect();
        assert_eq!(codes, *expect, "{name}: {}", said.all());
    }
    assert!(findings.iter().all(|event| event["line"].as_u64() > Some(8)), "the good ones: {}", said.all());
    let messages: Vec<_> = findings.iter().map(|event| event["message"].as_str().unwrap()).collect();
    insta::assert_snapshot!(messages.join("\n"));
    let severity = |line: usize| findings.iter().find(|event| event["line"] == line + 9).unwrap()["severity"].clone();
    let of = |name: &str| severity(cases.iter().position(|case| case.0 == name).unwrap());
    assert_eq!((of("a file of more than 10 MiB"), of("a file of 10 MiB")), ("error".into(), "warning".into()));
}

#[test]
fn one_picture_saved_twice_is_one_photo() {
    let picture = readable();
    let png = encoded(&picture, ImageFormat::Png);
    let mut with_note = png.clone();
    // A text chunk before the data.
    let chunk = [b"\0\0\0\x09tEXt".as_slice(), b"Title\0abc", &[0xFC, 0x9A, 0x79, 0xED]].concat();
    with_note.splice(33..33, chunk);
    let files = vec![
        ("png", "png", png),
        ("with a note", "png", with_note),
        ("webp", "webp", encoded(&picture, ImageFormat::WebP)),
        ("another", "png", encoded(&written(77, 480, 360), ImageFormat::Png)),
    ];
    let (_project, said) = check(&files);
    let twice: Vec<_> = said.events().into_iter().filter(|event| event["code"] == "SPL003").collect();
    let lines: Vec<_> = twice.iter().map(|event| event["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [10, 11], "{}", said.all());
    assert_eq!(twice[0]["message"], "the same photo as on line 9");
}

#[test]
fn the_bytes_of_a_format_that_the_model_does_not_take_are_not_a_repair() {
    let project = Project::empty();
    project.write("photos/1.png", encoded(&readable(), ImageFormat::WebP));
    project.write("train.jsonl", records(&[("1.png".to_owned(), "png")]));
    let model =
        |model: &str| project.run(&["validate", "train.jsonl", "--input-dir", "photos", "--model", model]).stdout;
    assert!(model("lite").contains("IMG002 photos/1.png is webp, not png [fixable]"), "{}", model("lite"));
    let said = model("lite-2");
    assert!(said.contains("IMG002 photos/1.png is webp, not png, and Nova 2 Lite does not take it\n"), "{said}");
}

#[test]
fn a_damaged_photo_stops_an_upload() {
    let project = Project::with_photos(9);
    let good = std::fs::read(project.path("photos/002.jpg")).unwrap();
    project.write("photos/002.jpg", zeroed(&good));
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let said = project.run(&["upload"]).exits(1);
    assert!(said.all().contains("IMG009") && said.lines("put").is_empty(), "{}", said.all());
    let said = project.run(&["upload", "--allow", "IMG009"]).exits(0);
    assert_eq!(said.lines("put").len(), 10, "{}", said.all());
}

#[test]
fn photos_of_a_data_set_are_read_once_while_they_stay_as_they_are() {
    let project = Project::with_photos(9);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let memory = "output/dataset/.digests.json";
    // Photos written a moment ago may change within the same tick of the clock.
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let first = project.run(&["validate", "output/dataset/train.jsonl"]).exits(0);
    let remembered: serde_json::Value = serde_json::from_str(&project.read(memory)).unwrap();
    assert_eq!(remembered["photos"].as_array().unwrap().len(), 9);
    // What the memory says is believed: the photos are not looked at again.
    let mut believed = remembered.clone();
    for photo in believed["photos"].as_array_mut().unwrap() {
        photo["facts"]["picture"]["Ok"]["stroke_share"] = 0.into();
    }
    project.write(memory, believed.to_string());
    let said = project.run(&["validate", "output/dataset/train.jsonl"]).exits(1);
    assert!(said.stdout.contains("9 × error IMG018"), "{}", said.all());
    let said = project.run(&["upload"]).exits(1);
    assert!(said.all().contains("IMG018"), "{}", said.all());
    // A memory of an older version is none.
    project.write(memory, "[]");
    let again = project.run(&["validate", "output/dataset/train.jsonl"]).exits(0);
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&project.read(memory)).unwrap(), remembered);
}

#[test]
fn a_page_shows_the_photo_beside_what_is_said_of_its_label_and_of_its_block() {
    let project = Project::with_photos(9);
    let names: Vec<_> = (0..9).map(|n| (format!("{n:03}.jpg"), if n == 5 { "jpg" } else { "jpeg" })).collect();
    project.write("train.jsonl", records(&names).replacen("甲公司", "<script>alert(1)</script>", 1));
    let said = project.run(&["validate", "train.jsonl", "--input-dir", "photos", "--format", "html"]).exits(1);
    let images = said.stdout.matches("<img src=\"data:image/jpeg;base64,").count();
    assert_eq!(images, 2, "{}", said.all());
    assert!(said.stdout.contains("&lt;script&gt;alert(1)") && !said.stdout.contains("<script"), "{}", said.all());
}
