//! Images and videos: their formats, numbers, places, URIs and accounts.

use nova_ft::validate::Model;
use serde_json::{Value, json};

use super::case::Case;
use super::records::{Recipe, at, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    formats(&mut cases);
    numbers(&mut cases);
    uris(&mut cases);
    accounts(&mut cases);
    cases
}

const IMAGES: Recipe = Recipe::IMAGES;
const LITE_2: Recipe = Recipe::IMAGES.model(Model::Lite2);

fn formats(cases: &mut Vec<Case>) {
    for format in [
        "jpg",
        "JPG",
        "JPEG",
        "Jpeg",
        ".jpg",
        "jpe",
        "jfif",
        "image/jpeg",
        "image/jpg",
        "image/png",
        " png",
        "PNG",
        "Webp",
        "tiff",
        "tif",
        "bmp",
        "heic",
        "avif",
        "pdf",
        "svg",
        "mpo",
        "mp4",
        "",
        "jpeg;base64",
        "图片",
    ] {
        let change = set("IMAGE/format", json!(format));
        cases.push(Case::of_record(format!("the format is {format:?}"), IMAGES, change, "IMAGE/format IMG001"));
    }
    for format in ["webp", "image/webp", "jpg"] {
        let change = set("IMAGE/format", json!(format));
        cases.push(Case::of_record(format!("lite-2: the format is {format}"), LITE_2, change, "IMAGE/format IMG001"));
    }
    let videos = Recipe::VIDEOS;
    for format in ["MP4", "avi", "wmv", "video/mp4", "flv", "mpeg", "three_gp", "jpeg", ""] {
        let change = set("VIDEO/format", json!(format));
        cases.push(Case::of_record(format!("the video is {format:?}"), videos, change, "VIDEO/format CNV008"));
    }
    let change = set("VIDEO/format", json!("webm"));
    cases.push(Case::of_record("lite-2: the video is webm", videos.model(Model::Lite2), change, "VIDEO/format CNV008"));
}

/// The block of the image, with another URI for each number.
fn copy(record: &mut Value, n: usize) -> Value {
    let mut image = at(record, "IMAGE").clone();
    let uri = image["source"]["s3Location"]["uri"].as_str().unwrap().to_owned();
    let (stem, ending) = uri.rsplit_once('.').unwrap();
    image["source"]["s3Location"]["uri"] = format!("{stem}_{n}.{ending}").into();
    json!({ "image": image })
}

/// A block of another kind, with a file in the same place as the one that is named.
fn beside(record: &mut Value, named: &str, kind: &str, format: &str) -> Value {
    let mut media = at(record, named).clone();
    media["format"] = format.into();
    let uri = &mut media["source"]["s3Location"]["uri"];
    *uri = (uri.as_str().unwrap().to_owned() + "." + format).into();
    json!({ kind: media })
}

fn blocks<'a>(record: &'a mut Value, turn: &str) -> &'a mut Vec<Value> {
    at(record, turn).as_array_mut().unwrap()
}

fn numbers(cases: &mut Vec<Case>) {
    let many = |record: &mut Value| {
        for n in 1..11 {
            let block = copy(record, n);
            blocks(record, "FIRST/content").push(block);
        }
    };
    cases.push(Case::of_record("eleven images in a turn", IMAGES, many, "/messages/0/content/11/image CNV007"));
    let spread = |record: &mut Value| {
        for n in 1..11 {
            let block = copy(record, n);
            let turn = if n < 5 { "FIRST/content" } else { "/messages/2/content" };
            blocks(record, turn).push(block);
        }
    };
    let said = "/messages/2/content/6/image CNV007";
    cases.push(Case::of_record("eleven images in two turns", IMAGES.rounds(2), spread, said));
    let both = |record: &mut Value| {
        let video = beside(record, "IMAGE", "video", "mp4");
        blocks(record, "FIRST/content").push(video);
    };
    let said = "/messages/0/content/2/video CNV007";
    cases.push(Case::of_record("image and video in a record", IMAGES, both, said));
    let both = |record: &mut Value| {
        let video = beside(record, "VIDEO", "video", "mp4");
        blocks(record, "FIRST/content").push(video);
    };
    cases.push(Case::of_record("two videos in a record", Recipe::VIDEOS, both, said));
    let document = |record: &mut Value| {
        let document = beside(record, "IMAGE", "document", "pdf");
        blocks(record, "FIRST/content").push(document);
    };
    let said = "/messages/0/content/2/document CNV007";
    cases.push(Case::of_record("lite-2: image and document in a record", LITE_2, document, said));
    let other = |record: &mut Value| {
        let video = beside(record, "IMAGE", "video", "mp4");
        *at(record, "FIRST/content") = json!([video]);
    };
    cases.push(Case::of_record("a video among images", IMAGES, other, "- SPL011"));
    let answer = |record: &mut Value| {
        let block = copy(record, 1);
        blocks(record, "LAST/content").push(block);
    };
    cases.push(Case::of_record("an image in the answer", IMAGES, answer, "LAST/content/1/image CNV004"));
    let system = |record: &mut Value| {
        let block = copy(record, 1);
        blocks(record, "/system").push(block);
    };
    let said = "/system/1 CNV001; /system/1/image CNV004";
    cases.push(Case::of_record("an image in the system prompt", IMAGES.system(true), system, said));
    for (name, source) in [
        ("bytes", json!({"bytes": "/9j/4AAQSkZJRg=="})),
        (
            "bytes and a place",
            json!({"bytes": "", "s3Location": {"uri": "s3://bucket/a.jpg", "bucketOwner": "123456789012"}}),
        ),
    ] {
        // The place must be in the bucket of the others.
        let change = move |record: &mut Value| {
            let mut source = source.clone();
            if let Some(location) = source.get_mut("s3Location") {
                location.clone_from(at(record, "IMAGE/source/s3Location"));
            }
            *at(record, "IMAGE/source") = source;
        };
        cases.push(Case::of_record(format!("a source of {name}"), IMAGES, change, "IMAGE/source/bytes CNV001"));
    }
    let twice = |record: &mut Value| {
        let block = json!({"image": at(record, "IMAGE").clone()});
        blocks(record, "FIRST/content").push(block);
    };
    cases.push(Case::of_record("an image twice in a record", IMAGES, twice, "W /messages/0/content/2/image SPL003"));
}

/// A change of the URI by its bucket and key.
fn uri(change: impl Fn(&str, &str) -> String) -> impl Fn(&mut Value) {
    move |record| {
        let uri = at(record, "URI");
        let (bucket, key) = uri.as_str().unwrap()["s3://".len()..].split_once('/').unwrap();
        *uri = change(bucket, key).into();
    }
}

type Change = fn(&str, &str) -> String;

fn uris(cases: &mut Vec<Case>) {
    let of_scheme: [(&str, Change); 31] = [
        ("without a scheme", |b, k| format!("{b}/{k}")),
        ("of s3a", |b, k| format!("s3a://{b}/{k}")),
        ("of s3n", |b, k| format!("s3n://{b}/{k}")),
        ("of S3", |b, k| format!("S3://{b}/{k}")),
        ("with one slash", |b, k| format!("s3:/{b}/{k}")),
        ("with three slashes", |b, k| format!("s3:///{b}/{k}")),
        ("with slashes alone", |b, k| format!("//{b}/{k}")),
        ("that is an ARN", |b, k| format!("arn:aws:s3:::{b}/{k}")),
        ("with a space before", |b, k| format!(" s3://{b}/{k}")),
        ("with a line break before", |b, k| format!("\ns3://{b}/{k}")),
        ("of http", |b, k| format!("http://{b}.s3.amazonaws.com/{k}")),
        ("of https", |b, k| format!("https://s3.us-east-1.amazonaws.com/{b}/{k}")),
        ("of a file", |_, k| format!("file:///home/me/{k}")),
        ("of Google", |b, k| format!("gs://{b}/{k}")),
        ("of data", |_, _| "data:image/jpeg;base64,/9j/4AAQ".to_owned()),
        ("of this machine", |_, k| format!("/home/me/{k}")),
        ("of this folder", |_, k| format!("./{k}")),
        ("of Windows", |_, k| format!("C:\\invoices\\{k}")),
        ("of nothing", |_, _| String::new()),
        ("of a scheme alone", |_, _| "s3://".to_owned()),
        ("without a key", |b, _| format!("s3://{b}")),
        ("with an empty key", |b, _| format!("s3://{b}/")),
        ("with an upper-case bucket", |b, k| format!("s3://{}/{k}", b.to_uppercase())),
        ("with an underscore in the bucket", |b, k| format!("s3://{b}_x/{k}")),
        ("with a space in the bucket", |b, k| format!("s3://{b} x/{k}")),
        ("with a bucket of two letters", |_, k| format!("s3://ab/{k}")),
        ("with a bucket of 64 letters", |_, k| format!("s3://{}/{k}", "b".repeat(64))),
        ("with two points in the bucket", |b, k| format!("s3://{b}..x/{k}")),
        ("with an address for a bucket", |_, k| format!("s3://10.0.0.1/{k}")),
        ("with an access point's alias", |b, k| format!("s3://{}-s3alias/{k}", &b[..3])),
        ("with a Chinese bucket", |_, k| format!("s3://发票/{k}")),
    ];
    for (name, change) in of_scheme {
        cases.push(Case::of_record(format!("a URI {name}"), IMAGES, uri(change), "URI S3U001"));
    }
    let of_key: [(&str, Change); 28] = [
        ("in Chinese", |b, _| format!("s3://{b}/发票_01.jpg")),
        ("with a space", |b, k| format!("s3://{b}/a {k}")),
        ("with a full-width space", |b, k| format!("s3://{b}/a\u{3000}{k}")),
        ("with brackets", |b, k| format!("s3://{b}/(1){k}")),
        ("with full-width brackets", |b, k| format!("s3://{b}/（1）{k}")),
        ("with square brackets", |b, k| format!("s3://{b}/[1]{k}")),
        ("with per cent", |b, k| format!("s3://{b}/a%20{k}")),
        ("with a plus", |b, k| format!("s3://{b}/a+{k}")),
        ("with an ampersand", |b, k| format!("s3://{b}/a&{k}")),
        ("with a question", |b, k| format!("s3://{b}/{k}?versionId=1")),
        ("with a hash", |b, k| format!("s3://{b}/{k}#1")),
        ("with a colon", |b, k| format!("s3://{b}/12:00{k}")),
        ("with a comma", |b, k| format!("s3://{b}/a,{k}")),
        ("with a star", |b, _| format!("s3://{b}/*.jpg")),
        ("with a tilde", |b, k| format!("s3://{b}/~{k}")),
        ("with a quote", |b, k| format!("s3://{b}/\"{k}\"")),
        ("with a zero-width space", |b, k| format!("s3://{b}/\u{200B}{k}")),
        ("with an emoji", |b, k| format!("s3://{b}/\u{1F9FE}{k}")),
        ("with an accent", |b, k| format!("s3://{b}/é{k}")),
        ("with a backslash", |b, k| format!("s3://{b}/a\\{k}")),
        ("with an empty part", |b, k| format!("s3://{b}/a//{k}")),
        ("with a slash before", |b, k| format!("s3://{b}//{k}")),
        ("with a slash at the end", |b, _| format!("s3://{b}/images/")),
        ("with two points", |b, k| format!("s3://{b}/a/../{k}")),
        ("with one point", |b, k| format!("s3://{b}/./{k}")),
        ("with a space at the end", |b, k| format!("s3://{b}/{k} ")),
        ("with a line break at the end", |b, k| format!("s3://{b}/{k}\n")),
        ("of 1,025 bytes", |b, _| format!("s3://{b}/{}", "a".repeat(1_025 - b.len() - 6))),
    ];
    for (name, change) in of_key {
        cases.push(Case::of_record(format!("a key {name}"), IMAGES, uri(change), "URI S3U003"));
    }
    let other = uri(|bucket, key| format!("s3://{bucket}-old/{key}"));
    cases.push(Case::of_record("a second bucket", IMAGES, other, "IMAGE S3U004"));
}

/// A digit as wide as a Chinese character.
fn full_width(digit: char) -> char {
    char::from_u32(u32::from(digit) + 0xFEE0).unwrap()
}

/// Makes another account of one.
type Account = fn(&str) -> Value;

fn accounts(cases: &mut Vec<Case>) {
    let accounts: [(&str, Account); 12] = [
        ("of 11 digits", |_| json!("12345678901")),
        ("of 13 digits", |_| json!("1234567890123")),
        ("as a number", |own| json!(own.parse::<u64>().unwrap())),
        ("as a float", |_| json!(123_456_789_012.0)),
        ("in full-width digits", |own| json!(own.chars().map(full_width).collect::<String>())),
        ("with dashes", |own| json!(format!("{}-{}-{}", &own[..4], &own[4..8], &own[8..]))),
        ("with a space", |own| json!(format!("{own} "))),
        ("of letters", |_| json!("your-account")),
        ("with a letter", |_| json!("12345678901O")),
        ("of nothing", |_| json!("")),
        ("as an ARN", |own| json!(format!("arn:aws:iam::{own}:root"))),
        ("as a list", |own| json!([own])),
    ];
    for (name, change) in accounts {
        let change = move |record: &mut Value| {
            let owner = at(record, "OWNER");
            *owner = change(owner.as_str().unwrap());
        };
        cases.push(Case::of_record(format!("an account {name}"), IMAGES, change, "OWNER S3U002"));
    }
    let other = |record: &mut Value| {
        let owner = at(record, "OWNER");
        let last = owner.as_str().unwrap().bytes().last();
        *owner = if last == Some(b'1') { "210987654322" } else { "210987654321" }.into();
    };
    cases.push(Case::of_record("a second account", IMAGES, other, "IMAGE S3U005"));
    let change = set("VIDEO/source/s3Location/uri", json!("s3://another-bucket/a.mp4"));
    cases.push(Case::of_record("a video in a second bucket", Recipe::VIDEOS, change, "VIDEO S3U004"));
    let change = set("VIDEO/source/s3Location/bucketOwner", json!("210987654329"));
    cases.push(Case::of_record("a video of a second account", Recipe::VIDEOS, change, "VIDEO S3U005"));
    let change = |record: &mut Value| {
        let uri = at(record, "VIDEO/source/s3Location/uri");
        *uri = uri.as_str().unwrap()["s3://".len()..].into();
    };
    let said = "VIDEO/source/s3Location/uri S3U001";
    cases.push(Case::of_record("a video without a scheme", Recipe::VIDEOS, change, said));
    let change = super::records::without("VIDEO/source/s3Location/bucketOwner");
    let said = "VIDEO/source/s3Location/bucketOwner S3U002";
    cases.push(Case::of_record("a video without an account", Recipe::VIDEOS, change, said));
}
