//! Pages for tests.

use super::{credit_check, organisation_check};
use crate::reader::{Page, Quad, TextLine};

/// Height of a line, px.
pub(super) const HEIGHT: f32 = 30.0;

/// A line whose left upper corner stands there.
pub(super) fn line(text: &str, left: f32, top: f32) -> TextLine {
    let width: f32 = text.chars().map(|char| if char.is_ascii() { HEIGHT / 2.0 } else { HEIGHT }).sum();
    TextLine {
        text: text.to_owned(),
        confidence: 0.99,
        weakest: 0.95,
        quad: Quad::rectangle(left, top, left + width, top + HEIGHT),
    }
}

/// A line whose characters stand one below the other.
pub(super) fn column(text: &str, left: f32, top: f32) -> TextLine {
    let quad = Quad::rectangle(left, top, left + HEIGHT, top + HEIGHT * 1.2 * text.chars().count() as f32);
    TextLine { quad, ..line(text, left, top) }
}

/// A page of these lines, as large as a photo of a sheet.
pub fn page(lines: &[TextLine]) -> Page {
    Page { width_px: 2_000, height_px: 1_200, lines: lines.to_vec(), ..Page::default() }
}

pub const SELLER: &str = "澄川（北京）科技有限公司";
pub(super) const BUYER: &str = "岚岳数据技术研究院";

/// An id that passes its check and belongs to nobody.
fn id(seed: &str) -> String {
    let code = format!("9199{seed}{}", organisation_check(&seed[4..12]));
    format!("{code}{}", credit_check(&code))
}

pub(super) fn seller_id() -> String {
    id("0108MA0022L4")
}

pub(super) fn buyer_id() -> String {
    id("0203MA0133K7")
}

const LABELS: [&str; 4] = ["名称：", "纳税人识别号：", "地址、电话：", "开户行及账号："];
pub(super) const PITCH: f32 = 40.0;

/// The rows of a party, labels and values apart; `down` is how far the print stands below the labels.
fn party(name: &str, id: &str, top: f32, down: f32) -> Vec<TextLine> {
    let values =
        [name, id, "北京市东湖区科苑路95号 010-02554290", "样张银行股份有限公司北京科苑支行 0419000103000000416"];
    let row = |row: usize| top + PITCH * row as f32;
    let mut lines = vec![line("名", 190.0, row(0)), line("称：", 340.0, row(0))];
    lines.extend((1..4).map(|index| line(LABELS[index], 180.0, row(index))));
    lines.extend(values.iter().enumerate().map(|(index, value)| line(value, 440.0, row(index) + down)));
    lines
}

/// A sheet as it lies on a desk.
pub fn sheet(down: f32) -> Vec<TextLine> {
    let mut lines = vec![
        line("9900164320", 300.0, 50.0),
        line("№ 12356976", 1_330.0, 50.0),
        line("9900164320", 1_700.0, 60.0),
        line("12356976", 1_725.0, 100.0),
        line("开票日期：", 1_380.0, 150.0),
        line("2017年04月18日", 1_560.0, 150.0),
        column("购买方", 120.0, 225.0),
        column("密码区", 1_150.0, 225.0),
        line("45+<*0<2140287>4/62<892>118", 1_220.0, 225.0),
        column("税总函[2016]117号样张印刷有限公司", 60.0, 240.0),
        line("货物或应税劳务、服务名称", 180.0, 400.0),
        line("规格型号", 650.0, 400.0),
        line("*餐饮服务*餐费", 180.0, 440.0),
        line("￥213.21", 1_350.0, 740.0),
        line("￥12.79", 1_720.0, 740.0),
        line("价税合计（大写）", 210.0, 800.0),
        line("贰佰贰拾陆圆整", 620.0, 802.0),
        line("（小写）", 1_390.0, 802.0),
        line("￥226.00", 1_550.0, 804.0),
        column("销售方", 120.0, 870.0),
        line("备", 1_160.0, 890.0),
        line("注", 1_160.0, 980.0),
        line("发票专用章", 1_330.0, 990.0),
        line("收款人：张文彬", 110.0, 1_045.0),
        line("复核：付红", 640.0, 1_045.0),
        line("开票人：管理员", 1_040.0, 1_045.0),
        line("销售方：（章）", 1_480.0, 1_045.0),
    ];
    lines.extend(party(BUYER, &buyer_id(), 215.0, down));
    lines.extend(party(SELLER, &seller_id(), 865.0, down));
    lines
}
