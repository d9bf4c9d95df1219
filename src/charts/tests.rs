use super::*;
use crate::labels::SellerCount;

fn counts(pairs: &[(&str, usize)]) -> Vec<SellerCount> {
    pairs
        .iter()
        .map(|(seller, row_count)| SellerCount { seller: (*seller).to_owned(), row_count: *row_count })
        .collect()
}

fn sample() -> Chart {
    counts_by_seller(&counts(&[
        ("北京星河科技有限公司", 3),
        ("上海东方（集团）有限公司", 5),
        ("深圳市福田区百货商店", 1),
    ]))
}

#[test]
fn text_is_drawn_as_outlines_and_its_words_stay_in_titles() {
    let svg = sample().to_svg();
    assert!(!svg.contains("<text"));
    assert!(svg.contains("<title>Photos by seller: 9 photos of 3 sellers</title>"));
    assert!(svg.contains("<title>北京星河科技有限公司</title>"));
    let uses = svg.matches("<use href=").count();
    let outlines = svg.matches("<path id=").count();
    assert!(outlines < uses, "{outlines} outlines for {uses} characters");
    assert!(svg.len() < 60_000, "{} bytes", svg.len());
}

#[test]
fn the_most_frequent_seller_is_on_top() {
    let svg = sample().to_svg();
    let place = |name: &str| svg.find(name).unwrap();
    assert!(place("上海东方") < place("北京星河"));
    assert!(place("北京星河") < place("深圳市"));
}

#[test]
fn a_seller_cannot_write_markup_into_the_chart() {
    let svg = counts_by_seller(&counts(&[("<script>alert(1)</script>", 2), ("a\nb\u{7}\"&", 1)])).to_svg();
    assert!(!svg.contains("<script"));
    assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(svg.contains(r"a b\u{7}&quot;&amp;"));
}

#[test]
fn many_sellers_end_in_one_line_for_the_rest() {
    let many: Vec<_> = (0..200).map(|n| SellerCount { seller: format!("seller {n:03}"), row_count: 1 }).collect();
    let chart = counts_by_seller(&many);
    let svg = chart.to_svg();
    assert!(svg.contains("<title>176 other sellers</title>"));
    assert!(svg.contains("200 photos of 200 sellers"));
    assert!(svg.contains("<title>176 photos together</title>"));
    assert!(chart.height_px < 800);
}

#[test]
fn no_sellers_and_a_very_long_name_are_drawn_all_the_same() {
    assert!(counts_by_seller(&[]).to_svg().contains("0 photos of 0 sellers"));
    let svg = counts_by_seller(&counts(&[(&"长".repeat(300), 1)])).to_svg();
    assert!(svg.contains("长…</title>"));
}

#[test]
fn png_and_svg_show_the_same_and_are_the_same_each_time() {
    let chart = sample();
    assert_eq!(chart.to_svg(), chart.to_svg());
    let png = chart.to_png();
    assert_eq!(png, chart.to_png());
    assert!(png.len() < 12_000, "{} bytes", png.len());
    let image = image::load_from_memory(&png).unwrap().to_rgb8();
    assert_eq!(image.dimensions(), (chart.width_px, chart.height_px));
    let colored = |color: [u8; 3]| image.pixels().filter(|pixel| pixel.0 == color).count();
    assert!(colored([0x00, 0x72, 0xb2]) > 5_000, "bars");
    assert!(colored([0x22, 0x22, 0x22]) > 500, "text and axes");
}

#[test]
fn a_line_that_turns_back_sharply_stays_inside_its_axes() {
    let points = (0..600).map(|n| (f64::from(n), f64::from(n % 2))).collect();
    let plot = Plot {
        title: String::new(),
        captions: Vec::new(),
        x_axis: String::new(),
        y_axis: String::new(),
        x_numbers: AxisNumbers::Whole,
        y_numbers: AxisNumbers::Real,
        layers: vec![Layer {
            name: String::new(),
            hue: Hue::Blue,
            shape: Shape::Line { points, stroke: Stroke::Bold, marker: Marker::None },
        }],
        marks: Vec::new(),
    };
    let image = plot.into_chart().to_image();
    // More blue than red: the line, and its smoothed edges.
    let rows: Vec<u32> = image
        .enumerate_pixels()
        .filter(|(_, _, pixel)| pixel.0[2] > pixel.0[0].saturating_add(40))
        .map(|(_, y, _)| y)
        .collect();
    let (top, bottom) = (*rows.iter().min().unwrap(), *rows.iter().max().unwrap());
    assert!(rows.len() > 5_000 && top > 60 && bottom < 380, "{} blue pixels from {top} to {bottom}", rows.len());
}
