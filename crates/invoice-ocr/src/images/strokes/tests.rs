use image::Rgb;
use image::imageops;

use super::LEAST_STROKE_SHARE;
use super::*;
use crate::images::{decode_upright, decode_upright_bytes, samples};

/// A number that looks random, the same for the same place, from −1 to 1; the sum of four is nearly normal.
fn noise(x: u32, y: u32, salt: u32) -> f32 {
    let one = |salt: u32| {
        let mut mixed = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ salt.wrapping_mul(0xC2B2_AE3D);
        mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2C1B_3C6D);
        mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297A_2D39);
        (mixed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..4).map(|n| one(salt * 4 + n)).sum::<f32>() / 2.0
}

fn paint(width_px: u32, height_px: u32, gray: impl Fn(u32, u32) -> f32) -> RgbImage {
    RgbImage::from_fn(width_px, height_px, |x, y| Rgb([gray(x, y).clamp(0.0, 255.0) as u8; 3]))
}

fn as_jpeg(picture: &RgbImage) -> RgbImage {
    decode_upright_bytes(&samples::jpeg(picture)).unwrap()
}

/// From the middle outwards darker, as lenses make it.
fn vignette(x: u32, y: u32, (width_px, height_px): (u32, u32)) -> f32 {
    let off = |at: u32, size: u32| (at as f32 / size as f32 - 0.5) * 2.0;
    1.0 - 0.35 * (off(x, width_px).powi(2) + off(y, height_px).powi(2))
}

fn blanks() -> Vec<(String, RgbImage)> {
    let mut blanks = Vec::new();
    for size in [(400, 300), (1_200, 900)] {
        let (width, height) = size;
        let mut add = |name: &str, gray: &dyn Fn(u32, u32) -> f32| {
            blanks.push((format!("{name}, {width}×{height}"), paint(width, height, gray)));
        };
        add("white", &|_, _| 255.0);
        add("black", &|_, _| 0.0);
        for strength in [2.0, 6.0, 15.0] {
            let page = |x, y| 235.0 + strength * noise(x, y, 1);
            add(&format!("a page with noise {strength}"), &page);
            let shaded = |x, y| 220.0 * vignette(x, y, size) + strength * noise(x, y, 2);
            add(&format!("a page in uneven light with noise {strength}"), &shaded);
            let dark = |x, y| 12.0 + strength / 2.0 * noise(x, y, 3);
            add(&format!("a lens cap with noise {}", strength / 2.0), &dark);
        }
        add("a gradient", &|x, y| x as f32 * 200.0 / width as f32 + y as f32 * 50.0 / height as f32);
        add("a desk with a grain", &|x, y| {
            let waves = (y as f32 / 9.0 + (x as f32 / 70.0).sin() * 2.0).sin() * 6.0;
            (130.0 + waves) * vignette(x, y, size) + 3.0 * noise(x, y, 4)
        });
        add("a page on a dark desk", &|x, y| {
            let edge = width / 8;
            let is_page = (edge..width - edge).contains(&x) && (edge / 2..height - edge).contains(&y);
            (if is_page { 225.0 } else { 60.0 }) * vignette(x, y, size) + 3.0 * noise(x, y, 5)
        });
        add("a page in a black frame", &|x, y| {
            let is_frame = x < 6 || y < 6 || x + 6 >= width || y + 6 >= height;
            if is_frame { 0.0 } else { 240.0 + 2.0 * noise(x, y, 6) }
        });
        add("the shadow of a hand", &|x, y| {
            let is_shadow = (x as f32 - width as f32 / 2.0).hypot(y as f32 - height as f32) < height as f32 / 2.0;
            (if is_shadow { 120.0 } else { 210.0 }) + 3.0 * noise(x, y, 7)
        });
    }
    blanks
}

#[test]
fn what_has_nothing_to_read_has_no_strokes() {
    let mut worst = (0, String::new());
    for (name, picture) in blanks() {
        for (how, picture) in [("as it is", picture.clone()), ("as JPEG", as_jpeg(&picture))] {
            let share = share_with_strokes(&picture);
            println!("{share:>5} {name}, {how}");
            worst = worst.max((share, format!("{name}, {how}")));
        }
    }
    assert!(worst.0 < LEAST_STROKE_SHARE, "{worst:?}");
}

/// What bad light, a bad lens and a bad printer make of a photo.
fn spoiled(picture: &RgbImage) -> Vec<(&'static str, RgbImage)> {
    let each = |change: &dyn Fn(f32) -> f32| {
        let mut changed = picture.clone();
        changed.iter_mut().for_each(|channel| *channel = change(f32::from(*channel)).clamp(0.0, 255.0) as u8);
        changed
    };
    let noisy = |picture: &RgbImage, strength: f32| {
        let mut noisy = picture.clone();
        for (x, y, pixel) in noisy.enumerate_pixels_mut() {
            let more = strength * noise(x, y, 9);
            pixel.0 = pixel.0.map(|channel| (f32::from(channel) + more).clamp(0.0, 255.0) as u8);
        }
        noisy
    };
    let dark = each(&|channel| channel * 0.4);
    let pale = each(&|channel| 128.0 + (channel - 128.0) * 0.3);
    let blurred = imageops::fast_blur(picture, 2.0);
    let small = imageops::thumbnail(picture, picture.width() / 4, picture.height() / 4);
    vec![
        ("as it is", picture.clone()),
        ("dark", dark.clone()),
        ("very dark", each(&|channel| channel * 0.2)),
        ("pale", pale.clone()),
        ("very pale", each(&|channel| 230.0 + (channel - 128.0) * 0.1)),
        ("blurred", blurred),
        ("noisy", noisy(picture, 12.0)),
        ("dark and noisy", noisy(&dark, 6.0)),
        ("pale and blurred", imageops::fast_blur(&pale, 1.5)),
        ("small", small),
        ("dark, as JPEG", as_jpeg(&dark)),
    ]
}

fn assert_written_on(folder: &std::path::Path, every: usize, at_least: u32) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut least = std::collections::BTreeMap::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|is| is == "jpg")).step_by(every) {
        for (how, picture) in spoiled(&decode_upright(path).unwrap()) {
            let share = share_with_strokes(&picture);
            least.entry(how).and_modify(|least: &mut u32| *least = (*least).min(share)).or_insert(share);
        }
    }
    println!("{least:?}");
    assert!(!least.is_empty() && least.values().all(|share| *share >= at_least), "{least:?}");
}

#[test]
fn the_samples_have_strokes_however_bad_the_photo() {
    assert_written_on(
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/images")),
        16,
        3 * LEAST_STROKE_SHARE,
    );
}

#[test]
#[ignore = "needs the real photos"]
fn real_photos_have_strokes_however_bad_the_photo() {
    let Some(folder) = samples::real_photos() else { return };
    // All 50 take five minutes. Their least is 327, of a photo that keeps a tenth of its contrast: no photo is called blank.
    assert_written_on(&folder.join("vat_train"), 6, LEAST_STROKE_SHARE * 3 / 2);
}

#[test]
fn print_from_edge_to_edge_is_not_taken_for_noise() {
    for (ink, paper) in [(30.0, 230.0), (120.0, 135.0)] {
        let print = |x: u32, y: u32| {
            if y % 14 < 9 && (((x / 9 * 7 + y / 14 * 13) % 31) >> (x % 9 / 2)) & 1 == 1 { ink } else { paper }
        };
        let share = share_with_strokes(&paint(480, 360, print));
        assert!(share > 5 * LEAST_STROKE_SHARE, "{share}");
    }
}

#[test]
fn the_running_median_is_the_median() {
    let picture = paint(37, 23, |x, y| 128.0 + 120.0 * noise(x, y, 8));
    let small = Small::of(&picture, 1);
    let contrast = small.contrast();
    for (x, y) in [(0_usize, 0_usize), (36, 22), (18, 11), (3, 20), (30, 1)] {
        let rows = y.saturating_sub(REACH)..(y + REACH + 1).min(small.height);
        let columns = |row: usize| (x.saturating_sub(REACH)..(x + REACH + 1).min(small.width)).map(move |x| (row, x));
        let mut around: Vec<u16> = rows.flat_map(columns).map(|(y, x)| small.pixels[y * small.width + x]).collect();
        around.sort_unstable();
        let median = around[around.len() / 2];
        assert_eq!(contrast[y * small.width + x], small.pixels[y * small.width + x].abs_diff(median), "{x} {y}");
    }
}

#[test]
fn pictures_of_any_size_are_measured() {
    for (width_px, height_px) in [(1, 1), (1, 5_000), (5_000, 1), (15, 17), (801, 2)] {
        let _ = share_with_strokes(&RgbImage::new(width_px, height_px));
    }
}
