use proptest::prelude::*;

use super::testing::{BUYER, HEIGHT, PITCH, SELLER, buyer_id, column, line, page, seller_id, sheet};
use super::*;
use crate::reader::{Point, TextLine};

fn turned(mut lines: Vec<TextLine>, change: impl Fn(Point) -> Point) -> Vec<TextLine> {
    for line in &mut lines {
        line.quad = line.quad.map(&change);
    }
    lines
}

fn seller_of(lines: &[TextLine]) -> Option<String> {
    extract(&page(lines)).seller.map(|field| field.value)
}

#[track_caller]
fn assert_whole(lines: &[TextLine]) -> Invoice {
    let invoice = extract(&page(lines));
    let text = |field: &Option<Field<String>>| field.as_ref().map(|field| field.value.clone());
    let id = |field: &Option<Field<TaxpayerId>>| field.as_ref().map(|field| field.value.to_string());
    assert_eq!(text(&invoice.seller).as_deref(), Some(SELLER));
    assert_eq!(text(&invoice.buyer).as_deref(), Some(BUYER));
    assert_eq!((id(&invoice.seller_id), id(&invoice.buyer_id)), (Some(seller_id()), Some(buyer_id())));
    assert_eq!(
        (text(&invoice.code).as_deref(), text(&invoice.number).as_deref()),
        (Some("9900164320"), Some("12356976"))
    );
    assert_eq!(text(&invoice.date).as_deref(), Some("2017-04-18"));
    assert_eq!(invoice.total_fen.as_ref().map(|field| field.value), Some(22_600));
    invoice
}

#[test]
fn every_field_of_a_sheet_is_read_and_sure() {
    let invoice = assert_whole(&sheet(0.0));
    let seller = invoice.seller.unwrap();
    assert!(seller.confidence > 0.95);
    assert!((seller.quad.center().y - 880.0).abs() < 1.0 && (seller.quad.bounds()[0] - 440.0).abs() < 1.0);
}

#[test]
fn the_print_may_stand_most_of_a_row_above_or_below_the_labels() {
    for down in [-36.0, -25.0, 12.0, 25.0, 38.0] {
        assert_whole(&sheet(down));
    }
}

#[test]
fn tilt_size_and_distance_do_not_matter() {
    for angle in [-0.087, -0.04, 0.05, 0.087] {
        assert_whole(&turned(sheet(10.0), |corner| corner.rotated(angle)));
    }
    for scale in [0.4, 0.5, 2.0] {
        assert_whole(&turned(sheet(20.0), |corner| corner.scaled(scale)));
    }
    assert_whole(&turned(sheet(0.0), |corner| Point::new(corner.x * 0.3 + 500.0, corner.y * 0.3 + 800.0)));
}

#[test]
fn labels_that_are_not_read_are_not_missed() {
    let without = |words: &[&str]| -> Vec<TextLine> {
        sheet(5.0).into_iter().filter(|line| !words.iter().any(|word| line.text.contains(word))).collect()
    };
    assert_whole(&without(&["销售方", "购买方"]));
    assert_whole(&without(&["收款人", "复核", "开票人", "备", "注"]));
    assert_whole(&without(&["名称：", "称：", "名"]));
    assert_whole(&without(&["纳税人", "地址", "开户"]));
    assert_eq!(seller_of(&without(&["价税合计", "小写", "圆整"])).as_deref(), Some(SELLER));
    let bare: Vec<TextLine> = without(&[
        "名称：",
        "称：",
        "名",
        "纳税人",
        "地址",
        "开户",
        "销售方",
        "购买方",
        "收款人",
        "复核",
        "开票人",
        "价税",
        "小写",
    ]);
    assert_eq!(seller_of(&bare).as_deref(), Some(SELLER), "two ids under names say where the parties are");
}

#[test]
fn a_part_of_the_page_with_the_sellers_block_is_enough() {
    let lines: Vec<TextLine> =
        sheet(0.0).into_iter().filter(|line| line.quad.center().x < 1_100.0 && line.quad.center().y > 850.0).collect();
    for lines in [turned(lines.clone(), |corner| Point::new(corner.x, corner.y - 800.0)), lines] {
        let invoice = extract(&page(&lines));
        assert_eq!(invoice.seller.unwrap().value, SELLER);
        assert_eq!(invoice.seller_id.unwrap().value.to_string(), seller_id());
        assert!(invoice.buyer.is_none() && invoice.code.is_none() && invoice.number.is_none());
    }
}

#[test]
fn labels_glued_to_values_are_cut_off() {
    for glue in ["名称：", "名称:", "称：", "称"] {
        let lines: Vec<TextLine> = sheet(0.0)
            .into_iter()
            .filter(|line| !matches!(line.text.as_str(), "名" | "称：") || line.quad.center().y < 500.0)
            .map(|read| if read.text == SELLER { line(&format!("{glue}{SELLER}"), 400.0, 865.0) } else { read })
            .collect();
        let invoice = assert_whole(&lines);
        assert!(invoice.seller.unwrap().quad.bounds()[0] > 400.0 + HEIGHT * 0.4, "{glue}");
    }
}

#[test]
fn a_name_over_two_lines_or_in_two_boxes_is_joined() {
    let put = |parts: [(&str, f32, f32); 2]| -> Vec<TextLine> {
        let mut lines: Vec<TextLine> = sheet(0.0).into_iter().filter(|line| line.text != SELLER).collect();
        lines.extend(parts.map(|(text, left, top)| line(text, left, top)));
        lines
    };
    assert_eq!(
        seller_of(&put([("澄川（北京）科", 440.0, 865.0), ("技有限公司", 645.0, 866.0)])).as_deref(),
        Some(SELLER)
    );
    assert_eq!(
        seller_of(&put([("澄川（北京）科", 440.0, 850.0), ("技有限公司", 440.0, 877.0)])).as_deref(),
        Some(SELLER)
    );
    assert_eq!(
        seller_of(&put([("澄川科技有限公司", 440.0, 850.0), ("北京分公司", 440.0, 877.0)])).as_deref(),
        Some("澄川科技有限公司北京分公司")
    );
}

#[test]
fn brackets_are_as_printed() {
    let lines: Vec<TextLine> = sheet(0.0)
        .into_iter()
        .map(|read| if read.text == SELLER { line("澄川(北京)科技有限公司", 440.0, 865.0) } else { read })
        .collect();
    assert_whole(&lines);
}

#[test]
fn without_its_name_the_block_has_no_other() {
    let lines: Vec<TextLine> = sheet(0.0).into_iter().filter(|line| line.text != SELLER).collect();
    assert_eq!(seller_of(&lines), None, "neither bank, printer, buyer nor the words of the seal");
}

#[test]
fn the_seal_confirms_the_id_and_stands_in_for_it() {
    let seal = |id: &str| {
        let quad =
            line(id, 1_260.0, 950.0).quad.map(|corner| Point::new(corner.x, corner.y + (corner.x - 1_260.0) * 0.12));
        TextLine { quad, ..line(id, 0.0, 0.0) }
    };
    let confidence = |extra: &[TextLine]| {
        let field = extract(&page(&[sheet(0.0), extra.to_vec()].concat())).seller_id.unwrap();
        assert_eq!(field.value.to_string(), seller_id());
        field.confidence
    };
    let (alone, same, other) = (confidence(&[]), confidence(&[seal(&seller_id())]), confidence(&[seal(&buyer_id())]));
    assert!(same > alone && alone > other);
    let mut lines: Vec<TextLine> =
        sheet(0.0).into_iter().filter(|line| line.text != seller_id() || line.quad.center().y < 500.0).collect();
    lines.push(seal(&seller_id()));
    let invoice = extract(&page(&lines));
    assert_eq!(invoice.seller_id.unwrap().value.to_string(), seller_id());
    assert_eq!(invoice.seller.unwrap().value, SELLER);
}

#[test]
fn an_account_of_fifteen_figures_is_no_taxpayer_id() {
    let mut lines: Vec<TextLine> = sheet(0.0)
        .into_iter()
        .filter(|line| line.text != seller_id() || line.quad.center().y < 500.0)
        .filter(|line| !line.text.contains("支行") || line.quad.center().y < 500.0)
        .collect();
    lines.extend([line("样张银行北京支行", 440.0, 985.0), line("571905493610702", 760.0, 987.0)]);
    assert_eq!(extract(&page(&lines)).seller_id, None);
}

#[test]
fn the_buyer_may_be_a_person_and_the_seller_whoever_buys_elsewhere() {
    let mut lines: Vec<TextLine> = sheet(0.0)
        .into_iter()
        .filter(|line| {
            !(line.quad.center().y < 400.0 && line.quad.center().x > 440.0 && line.quad.center().x < 1_100.0)
        })
        .map(|read| if read.text == SELLER { line(BUYER, 440.0, 865.0) } else { read })
        .collect();
    lines.push(line("个人", 440.0, 215.0));
    let invoice = extract(&page(&lines));
    assert_eq!((invoice.buyer.unwrap().value.as_str(), invoice.seller.unwrap().value.as_str()), ("个人", BUYER));
    assert_eq!(invoice.buyer_id, None);
}

#[test]
fn an_electronic_invoice_has_the_buyer_left_and_the_seller_right() {
    let glued = "统一社会信用代码/纳税人识别号：";
    let mut lines = vec![
        line("电子发票（普通发票）", 700.0, 40.0),
        line("发票号码：23992000000012345678", 1_350.0, 50.0),
        line("开票日期：2023年05月06日", 1_350.0, 90.0),
        line(&format!("名称：{BUYER}"), 150.0, 200.0),
        line(&format!("{glued}{}", buyer_id()), 150.0, 270.0),
        line(&format!("名称：{SELLER}"), 1_080.0, 200.0),
        line(&format!("{glued}{}", seller_id()), 1_080.0, 270.0),
        line("项目名称", 150.0, 340.0),
        line("规格型号", 450.0, 340.0),
        line("￥213.21", 1_350.0, 640.0),
        line("￥12.79", 1_720.0, 640.0),
        line("价税合计（大写）", 150.0, 690.0),
        line("贰佰贰拾陆圆整", 620.0, 690.0),
        line("（小写）￥226.00", 1_390.0, 690.0),
        line("开票人：张文彬", 150.0, 900.0),
    ];
    let whole = |lines: &[TextLine]| {
        let invoice = extract(&page(lines));
        assert_eq!(invoice.seller.unwrap().value, SELLER);
        assert_eq!(invoice.buyer.unwrap().value, BUYER);
        assert_eq!(invoice.seller_id.unwrap().value.to_string(), seller_id());
        assert_eq!(invoice.buyer_id.unwrap().value.to_string(), buyer_id());
        assert_eq!(invoice.number.unwrap().value, "23992000000012345678");
        assert_eq!(invoice.code, None);
        assert_eq!(invoice.date.unwrap().value, "2023-05-06");
        assert_eq!(invoice.total_fen.unwrap().value, 22_600);
    };
    whole(&lines);
    lines.extend([column("购买方信息", 100.0, 190.0), column("销售方信息", 1_030.0, 190.0)]);
    whole(&lines);
}

#[test]
fn a_roll_invoice_names_the_parties_in_one_column() {
    let lines: Vec<TextLine> = [
        "发票代码：099001700111".to_owned(),
        "发票号码：12356976".to_owned(),
        "机器编号：661500000000".to_owned(),
        format!("销售方名称：{SELLER}"),
        format!("销售方识别号：{}", seller_id()),
        "开票日期：2017-04-18".to_owned(),
        "收款员：管理员".to_owned(),
        format!("购买方名称：{BUYER}"),
        format!("购买方识别号：{}", buyer_id()),
        "项目 单价 数量 金额".to_owned(),
        "合计金额（小写）：￥226.00".to_owned(),
        "合计金额（大写）：贰佰贰拾陆圆整".to_owned(),
    ]
    .iter()
    .enumerate()
    .map(|(row, text)| line(text, 100.0, 100.0 + PITCH * row as f32))
    .collect();
    let invoice = extract(&page(&lines));
    assert_eq!(invoice.seller.unwrap().value, SELLER);
    assert_eq!(invoice.buyer.unwrap().value, BUYER);
    assert_eq!(invoice.seller_id.unwrap().value.to_string(), seller_id());
    assert_eq!(invoice.buyer_id.unwrap().value.to_string(), buyer_id());
    assert_eq!(
        (invoice.code.unwrap().value.as_str(), invoice.number.unwrap().value.as_str()),
        ("099001700111", "12356976")
    );
    assert_eq!((invoice.date.unwrap().value.as_str(), invoice.total_fen.unwrap().value), ("2017-04-18", 22_600));
}

#[test]
fn the_candidates_are_all_organisations_the_seller_first() {
    let candidates = seller_candidates(&page(&sheet(0.0)));
    assert_eq!(candidates[0].text, SELLER);
    assert!(candidates[0].score > 0.9 && candidates[1..].iter().all(|candidate| candidate.score < 0.3));
    assert!(candidates.iter().any(|candidate| candidate.text == BUYER));
    assert!(
        candidates.iter().all(|candidate| !candidate.text.contains("专用章") && !candidate.text.contains("税总函"))
    );
}

#[test]
fn a_page_of_something_else_has_no_fields() {
    assert_eq!(extract(&page(&[])), Invoice::default());
    let menu = ["今日特价", "红烧肉 38元", "清蒸鱼 68元", "欢迎光临"];
    let lines: Vec<TextLine> =
        menu.iter().enumerate().map(|(row, text)| line(text, 100.0, 100.0 * row as f32)).collect();
    assert_eq!(extract(&page(&lines)), Invoice::default());
}

/// Texts as they stand on invoices, and others.
fn any_text() -> impl Strategy<Value = String> {
    let known = sheet(0.0).into_iter().map(|line| line.text).collect::<Vec<_>>();
    prop_oneof![
        proptest::sample::select(known),
        "\\PC{0,20}",
        "[0-9A-Z]{14,20}",
        "[名称纳税识别号：:（）()销购售买方]{1,8}"
    ]
}

fn any_quad() -> impl Strategy<Value = crate::reader::Quad> {
    let side = prop_oneof![-100.0_f32..3_000.0, Just(0.0), Just(f32::MAX), Just(-1e30_f32), Just(f32::MIN_POSITIVE)];
    let free = proptest::array::uniform8(side).prop_map(|[a, b, c, d, e, f, g, h]| {
        crate::reader::Quad([Point::new(a, b), Point::new(c, d), Point::new(e, f), Point::new(g, h)])
    });
    let upright = (0.0_f32..2_000.0, 0.0_f32..1_200.0, 0.0_f32..900.0, 0.0_f32..60.0)
        .prop_map(|(x, y, width, height)| crate::reader::Quad::rectangle(x, y, x + width, y + height));
    prop_oneof![3 => upright, 1 => free]
}

proptest! {
    #[test]
    fn any_lines_are_read_without_panic_and_the_same_each_time(
        lines in proptest::collection::vec((any_text(), any_quad(), 0.0_f32..=1.0, 0.0_f32..=1.0), 0..40)
    ) {
        let lines: Vec<TextLine> =
            lines.into_iter().map(|(text, quad, confidence, weakest)| TextLine { text, confidence, weakest, quad }).collect();
        let invoice = extract(&page(&lines));
        prop_assert_eq!(&invoice, &extract(&page(&lines)));
        let candidates = seller_candidates(&page(&lines));
        prop_assert!(candidates.windows(2).all(|pair| pair[0].score >= pair[1].score));
        for field in [&invoice.seller, &invoice.buyer].into_iter().flatten() {
            prop_assert!(!field.value.is_empty() && (0.0..=1.0).contains(&field.confidence));
        }
    }

    #[test]
    fn a_sheet_is_read_however_it_lies_and_wherever_its_print_stands(
        angle in -0.087_f32..0.087, scale in 0.3_f32..1.5, down in -30.0_f32..36.0, jitter in proptest::collection::vec(-5.0_f32..5.0, 80),
    ) {
        let lines: Vec<TextLine> = sheet(down)
            .into_iter()
            .enumerate()
            .map(|(index, line)| TextLine { quad: line.quad.map(|corner| Point::new(corner.x, corner.y + jitter[index])), ..line })
            .collect();
        let invoice = extract(&page(&turned(lines, |corner| corner.rotated(angle).scaled(scale))));
        prop_assert_eq!(invoice.seller.map(|field| field.value), Some(SELLER.to_owned()));
        prop_assert_eq!(invoice.seller_id.map(|field| field.value.to_string()), Some(seller_id()));
        prop_assert_eq!(invoice.buyer.map(|field| field.value), Some(BUYER.to_owned()));
        prop_assert_eq!(invoice.number.map(|field| field.value), Some("12356976".to_owned()));
    }

    #[test]
    fn one_lost_line_loses_no_other_field(lost in 0_usize..43) {
        let mut lines = sheet(8.0);
        let gone = lines.remove(lost.min(lines.len() - 1));
        let invoice = extract(&page(&lines));
        let seller = invoice.seller.map(|field| field.value);
        prop_assert!(seller.as_deref() == Some(SELLER) || (gone.text == SELLER && seller.is_none()), "{} {seller:?}", gone.text);
        let id = invoice.seller_id.map(|field| field.value.to_string());
        prop_assert!(id == Some(seller_id()) || (gone.text == seller_id() && id.is_none()), "{} {id:?}", gone.text);
        prop_assert_eq!(invoice.code.map(|field| field.value), Some("9900164320".to_owned()));
        prop_assert_eq!(invoice.number.map(|field| field.value), Some("12356976".to_owned()));
        prop_assert_eq!(invoice.total_fen.map(|field| field.value), Some(22_600));
    }
}
