mod fuzz;

use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::images::{Format, decode_upright_bytes, hash_rgb, samples};

fn facts(bytes: &[u8]) -> PhotoFacts {
    facts_of_bytes(bytes, &Gate::of(1_000_000_000))
}

fn said(bytes: &[u8]) -> String {
    match facts(bytes) {
        PhotoFacts { header: Err(fault), .. } | PhotoFacts { picture: Some(Err(fault)), .. } => fault.to_string(),
        PhotoFacts { picture: None, .. } => "not decoded".to_owned(),
        PhotoFacts { picture: Some(Ok(_)), .. } => "whole".to_owned(),
    }
}

/// Damaged, or cut off.
fn is_found(bytes: &[u8]) -> bool {
    let said = said(bytes);
    said.contains("that is damaged") || said.contains("that is cut off")
}

#[test]
fn one_picture_in_many_formats_is_one_picture_and_many_files() {
    let picture = samples::picture(20, 10);
    let all: Vec<_> = samples::lossless(&picture).into_iter().map(|(_, bytes)| facts(&bytes)).collect();
    for facts in &all {
        assert_eq!(facts.picture.as_ref().unwrap().as_ref().unwrap().sha256, hash_rgb(&picture));
    }
    let files: std::collections::BTreeSet<_> = all.iter().map(|facts| facts.sha256).collect();
    assert_eq!(files.len(), all.len());
}

#[test]
fn every_sample_is_whole() {
    let others = samples::jpegs(&samples::picture(40, 30)).into_iter().chain([("webp", samples::lossy_webp())]);
    for (name, bytes) in samples::all().into_iter().chain(others) {
        assert_eq!(said(&bytes), "whole", "{name}");
    }
}

#[test]
fn a_png_with_one_wrong_byte_in_its_data_is_damaged() {
    let png = samples::png(&samples::noise(40, 30).into());
    let data = png.windows(4).position(|name| name == b"IDAT").unwrap() + 4;
    for at in (data..png.len() - 16).step_by(97) {
        let mut wrong = png.clone();
        wrong[at] ^= 0x10;
        assert!(is_found(&wrong), "{at}: {}", said(&wrong));
    }
}

/// The PNG with its data cut, all lengths and checksums right again.
fn png_with_less(png: &[u8], keep: usize) -> Vec<u8> {
    let data = png.windows(4).position(|name| name == b"IDAT").unwrap();
    let data_less = samples::png_chunk(*b"IDAT", &png[data + 4..data + 4 + keep]);
    [&png[..data - 4], &data_less, b"\0\0\0\0IEND\xAE\x42\x60\x82"].concat()
}

#[test]
fn a_png_of_half_its_data_is_damaged_though_every_checksum_is_right() {
    let png = samples::png(&samples::noise(40, 30).into());
    let whole = png.windows(4).position(|name| name == b"IEND").unwrap()
        - png.windows(4).position(|name| name == b"IDAT").unwrap()
        - 12;
    assert_eq!(said(&png_with_less(&png, whole)), "whole");
    for part in [2, 10, 50, 90] {
        let less = png_with_less(&png, whole * part / 100);
        assert!(is_found(&less), "{part} %: {}", said(&less));
    }
}

/// The WebP with its only chunk cut, its lengths right again.
fn webp_with_less(webp: &[u8], keep: usize) -> Vec<u8> {
    let keep = keep & !1;
    let mut less = webp[..20 + keep].to_vec();
    less[16..20].copy_from_slice(&(keep as u32).to_le_bytes());
    less[4..8].copy_from_slice(&(12 + keep as u32).to_le_bytes());
    less
}

#[test]
fn a_webp_of_half_its_data_is_damaged_though_its_lengths_are_right() {
    for webp in [samples::lossy_webp(), samples::webp(&samples::noise(40, 30))] {
        let whole = webp.len() - 20;
        for part in [1, 10, 50, 80] {
            let less = webp_with_less(&webp, whole * part / 100);
            assert!(is_found(&less), "{part} % of {whole}: {}", said(&less));
        }
    }
}

/// The GIF with the data of its first picture cut, its blocks right again.
fn gif_with_less(gif: &[u8], keep: usize) -> Vec<u8> {
    let colors = 13 + (3 << ((gif[10] & 7) + 1)) * usize::from(gif[10] >> 7);
    let mut at = colors;
    while gif[at] == 0x21 {
        at += 2;
        while gif[at] != 0 {
            at += usize::from(gif[at]) + 1;
        }
        at += 1;
    }
    assert_eq!(gif[at], 0x2C);
    let own = 3 << ((gif[at + 9] & 7) + 1);
    let blocks = at + 11 + own * usize::from(gif[at + 9] >> 7);
    let keep = keep.min(usize::from(gif[blocks]) - 1);
    [&gif[..blocks], &[keep as u8], &gif[blocks + 1..=blocks + keep], &[0, 0x3B]].concat()
}

#[test]
fn a_gif_of_half_its_data_is_damaged_though_its_blocks_are_right() {
    let gif = samples::noisy_gif(60, 40);
    assert_eq!(said(&gif), "whole");
    for keep in [1, 20, 100, 250] {
        let less = gif_with_less(&gif, keep);
        assert!(is_found(&less), "{keep} bytes: {}", said(&less));
    }
}

#[test]
fn a_file_that_nobody_would_take_is_not_unfolded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.jpg");
    fs::write(&path, samples::jpeg(&samples::picture(20, 10))).unwrap();
    std::fs::File::options().append(true).open(&path).unwrap().set_len(MOST_DECODED_BYTES + 1).unwrap();
    let facts = read_facts(&path, &Gate::of(1)).unwrap();
    assert_eq!((facts.size_bytes, facts.picture), (MOST_DECODED_BYTES + 1, None));
    assert_eq!(facts.header.unwrap().format, Format::Jpeg);
    assert_eq!(facts.sha256, hash_file(&path).unwrap());
}

#[test]
fn a_picture_waits_until_there_is_room_for_it() {
    let gate = Gate::of(200);
    let bytes = samples::jpeg(&samples::picture(20, 10));
    let other = gate.enter(100);
    thread::scope(|scope| {
        let reading = scope.spawn(|| facts_of_bytes(&bytes, &gate));
        thread::sleep(Duration::from_millis(50));
        assert!(!reading.is_finished(), "200 pixels do not go beside 100");
        drop(other);
        assert!(reading.join().unwrap().picture.unwrap().is_ok());
    });
    assert_eq!(gate.inside(), 0);
}

/// What must hold for any bytes.
pub(super) fn assert_consistent(bytes: &[u8]) -> PhotoFacts {
    let facts = facts(bytes);
    assert_eq!(facts.header, header_of_bytes(bytes));
    assert_eq!(facts.picture.is_some(), facts.header.is_ok());
    match (&facts.picture, decode_upright_bytes(bytes)) {
        (Some(Ok(seen)), Ok(picture)) => {
            assert_eq!(seen.sha256, hash_rgb(&picture));
            assert_eq!(facts.header.as_ref().unwrap().upright_size_px(), picture.dimensions());
            assert!(seen.stroke_share <= 10_000);
        }
        (Some(Err(fault)), Err(other)) => assert_eq!(*fault, other),
        (None, Err(other)) => assert_eq!(facts.header.as_ref().unwrap_err(), &other),
        (seen, decoded) => panic!("{seen:?}, where decoding says {:?}", decoded.map(|_| ())),
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn facts_header_and_picture_agree_for_damaged_photos(
        sample in 0..samples::COUNT,
        at in any::<prop::sample::Index>(),
        byte: u8,
        keep in any::<prop::sample::Index>(),
    ) {
        let mut bytes = samples::all().swap_remove(sample).1;
        let at = at.index(bytes.len());
        bytes[at] = byte;
        assert_consistent(&bytes);
        bytes.truncate(keep.index(bytes.len()));
        assert_consistent(&bytes);
    }
}
