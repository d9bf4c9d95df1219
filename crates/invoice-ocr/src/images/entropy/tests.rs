use image::RgbImage;
use proptest::prelude::*;

use super::*;
use crate::images::samples;

fn said(bytes: &[u8]) -> String {
    check(bytes, Format::Jpeg).map_or_else(|fault| fault.to_string(), |()| "whole".to_owned())
}

/// Where the compressed data begin and end.
fn data(jpeg: &[u8]) -> std::ops::Range<usize> {
    let scan = jpeg.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    scan + 2 + usize::from(u16::from_be_bytes([jpeg[scan + 2], jpeg[scan + 3]]))..jpeg.len() - 2
}

fn photo() -> RgbImage {
    let mut picture = samples::picture(160, 120);
    for (pixel, noise) in picture.pixels_mut().zip(samples::noise(160, 120).pixels()) {
        pixel.0 = std::array::from_fn(|n| pixel.0[n] / 2 + noise.0[n] / 4);
    }
    picture
}

#[test]
fn whole_pictures_of_every_kind_are_whole() {
    for (name, bytes) in samples::jpegs(&photo()) {
        assert_eq!(said(&bytes), "whole", "{name}");
    }
    assert_eq!(said(&samples::cmyk_jpeg()), "whole");
}

#[test]
fn a_mark_of_the_end_put_where_the_data_break_off_deceives_nobody() {
    for (name, bytes) in samples::jpegs(&photo()) {
        let data = data(&bytes);
        for part in [0, 10, 50, 90, 99] {
            let cut = [&bytes[..data.start + data.len() * part / 100], b"\xFF\xD9"].concat();
            assert!(said(&cut).contains("damaged"), "{name}, {part} %: {}", said(&cut));
        }
    }
    let bytes = samples::jpeg(&photo());
    let data = data(&bytes);
    let half = [&bytes[..data.start + data.len() / 2], b"\xFF\xD9"].concat();
    assert!(said(&half).starts_with("a JPEG image that is damaged: its data end after 5"), "{}", said(&half));
}

#[test]
fn data_that_were_overwritten_with_zeros_are_found() {
    for (name, bytes) in samples::jpegs(&photo()) {
        let data = data(&bytes);
        for from in [0, 30, 60] {
            let mut zeroed = bytes.clone();
            zeroed[data.start + data.len() * from / 100..data.end].fill(0);
            assert!(said(&zeroed).contains("damaged"), "{name}, from {from} %: {}", said(&zeroed));
        }
    }
}

#[test]
fn zeros_after_the_data_are_filling() {
    let bytes = samples::jpeg(&photo());
    let (data, end) = bytes.split_at(bytes.len() - 2);
    assert_eq!(said(&[data, &[0; 5_000], end].concat()), "whole");
    assert_eq!(said(&[data, &[7; 5], end].concat()), "whole", "as careless cameras do");
    let said = said(&[data, &[7; 500], end].concat());
    assert!(said.ends_with("500 bytes of its data belong to no part of the picture"), "{said}");
}

#[test]
fn a_progressive_picture_without_its_last_passes_is_blurred_and_found() {
    let all = samples::jpegs(&photo());
    let (_, bytes) = all.iter().find(|(name, _)| *name == "progressive").unwrap();
    let passes: Vec<usize> =
        bytes.windows(2).enumerate().filter(|(_, pair)| *pair == [0xFF, 0xDA]).map(|(at, _)| at).collect();
    assert!(passes.len() > 3, "{passes:?}");
    for at in &passes[1..] {
        let cut = [&bytes[..*at], b"\xFF\xD9"].concat();
        assert!(said(&cut).contains("passes over its picture are missing"), "{}", said(&cut));
    }
}

#[test]
fn restart_marks_in_the_wrong_order_are_found() {
    let all = samples::jpegs(&photo());
    let (_, bytes) = all.iter().find(|(name, _)| *name == "restarts").unwrap();
    let mark = bytes.windows(2).position(|pair| pair == [0xFF, 0xD1]).unwrap();
    let mut wrong = bytes.clone();
    wrong[mark + 1] = 0xD5;
    assert!(said(&wrong).contains("a restart mark is missing"), "{}", said(&wrong));
}

#[test]
fn more_passes_than_any_writer_makes_are_refused_before_they_cost_time() {
    let bytes = samples::jpeg(&photo());
    let data = data(&bytes);
    let scan = bytes.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    let endless = [&bytes[..scan], &bytes[scan..data.end].repeat(200), b"\xFF\xD9"].concat();
    assert!(said(&endless).contains("more than 100 passes"), "{}", said(&endless));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_data_never_panic(at in any::<prop::sample::Index>(), kind in 0..samples::JPEG_KINDS, byte: u8) {
        let mut bytes = samples::jpegs(&samples::picture(40, 30)).swap_remove(kind).1;
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = check(&bytes, Format::Jpeg);
    }
}
