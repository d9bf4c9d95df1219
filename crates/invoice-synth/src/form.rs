//! Draws the form of a paper VAT invoice, 240 × 140 mm at ten pixels a millimetre, as layers of ink on paper.

use image::{GrayImage, Luma, Rgb, RgbImage};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::money;
use super::paper::{dots, print_onto, speckle};
use super::seal::{Oval, seller_seal, title_seal};
use super::sheet::{Buyer, Kind, Layout, Print, Sheet};
use super::text::{Anchor, Face, Pen, ink};

/// Width of a sheet in pixels.
pub(crate) const WIDTH_PX: u32 = 2_400;
/// Height of a sheet in pixels.
pub(crate) const HEIGHT_PX: u32 = 1_400;

// Left, right and the horizontal rules of the frame, and the columns of the table of goods.
const LEFT: f32 = 175.0;
const RIGHT: f32 = 2_212.0;
const RULES: [f32; 5] = [304.0, 525.0, 968.0, 1_052.0, 1_264.0];
const COLUMNS: [f32; 7] = [714.0, 971.0, 1_093.0, 1_297.0, 1_496.0, 1_804.0, 1_914.0];
const PARTY: f32 = 262.0;
const SIDE_BOX: [f32; 2] = [1_343.0, 1_396.0];
const BUYER_ROWS: [f32; 4] = [337.0, 389.0, 441.0, 493.0];
const SELLER_ROWS: [f32; 4] = [1_085.0, 1_136.0, 1_186.0, 1_236.0];
const VALUE_X: f32 = 527.0;

/// A printed sheet of paper.
#[derive(Debug)]
pub(crate) struct Paper {
    pub(crate) image: RgbImage,
    /// 255 where there is paper, 0 in the holes of the tractor strips.
    pub(crate) mask: GrayImage,
}

/// Prints a sheet. `rng` decides what differs from print to print: offsets, wear, where the seal fell.
pub(crate) fn draw(sheet: &Sheet, rng: &mut ChaCha8Rng) -> Paper {
    let layer = || GrayImage::new(WIDTH_PX, HEIGHT_PX);
    let mut image = RgbImage::from_pixel(WIDTH_PX, HEIGHT_PX, Rgb([250, 248, 243]));
    let mut mask = GrayImage::from_pixel(WIDTH_PX, HEIGHT_PX, Luma([255]));

    let mut mark = layer();
    watermark(&mut mark);
    print_onto(&mut image, &mark, [226, 122, 122], 0.30);

    let mut form = layer();
    form_ink(&mut form, sheet);
    let form_colour = match sheet.kind {
        Kind::Special => [158, 96, 66],
        Kind::Ordinary => [205, 106, 58],
    };
    print_onto(&mut image, &form, form_colour, 0.95);

    let mut black = layer();
    typewriter(Face::Serif, 66.0, 0.53).line(&mut black, &sheet.code, 421.0, 139.0, Anchor::Left);
    Pen::new(Face::Serif, 62.0).line(&mut black, "№", 1_611.0, 134.0, Anchor::Left);
    print_onto(&mut image, &black, [44, 42, 46], 0.95);
    let mut number = layer();
    typewriter(Face::Sans, 62.0, 0.54).line(&mut number, &sheet.number, 1_704.0, 134.0, Anchor::Left);
    print_onto(&mut image, &number, [40, 62, 150], 0.95);

    let offset = (rng.random_range(-6.0..8.0), rng.random_range(-4.0..7.0));
    let offset = match sheet.layout {
        Layout::Usual => offset,
        Layout::RowLow => (offset.0, offset.1 + 33.0),
        Layout::Glued => (-21.0, 0.0),
    };
    let mut values = layer();
    Values { layer: &mut values, sheet, offset }.print();
    if sheet.kind == Kind::Special || rng.random_bool(0.4) {
        square_code(&mut values, rng);
    }
    match sheet.print {
        Print::DotMatrix => {
            let worn = dots(&values, rng);
            print_onto(&mut image, &worn, [58, 78, 172], rng.random_range(0.82..0.95));
        }
        Print::Laser => print_onto(&mut image, &values, [36, 38, 48], rng.random_range(0.86..0.96)),
    }

    let mut red = layer();
    title_seal(&mut red, Oval { middle: (1_192.0, 196.0), radii: (150.0, 99.0), tilt: 0.0 });
    let oval = Oval {
        middle: (rng.random_range(1_560.0..1_960.0), rng.random_range(1_120.0..1_190.0)),
        radii: (202.0, 152.0),
        tilt: rng.random_range(-0.16..0.16),
    };
    let mut stamp = layer();
    seller_seal(&mut stamp, &sheet.seller.name, &sheet.seller.taxpayer_id, oval, rng);
    speckle(&mut stamp, rng);
    print_onto(&mut image, &red, [214, 52, 42], 0.9);
    print_onto(&mut image, &stamp, [212, 50, 62], rng.random_range(0.6..0.85));

    if rng.random_bool(0.6) {
        tractor_strips(&mut image, &mut mask);
    }
    Paper { image, mask }
}

fn typewriter(face: Face, em_px: f32, latin_em: f32) -> Pen {
    Pen::new(face, em_px).typewriter(latin_em)
}

/// 样张 in large light letters across the sheet, under everything that is printed.
fn watermark(layer: &mut GrayImage) {
    Pen::new(Face::Sans, 340.0).spaced(130.0).slanted(layer, "样张", (1_190.0, 800.0), -0.22);
    let small = Pen::new(Face::Sans, 96.0).spaced(20.0);
    small.slanted(layer, "样张", (370.0, 800.0), -0.22);
    small.slanted(layer, "样张", (2_010.0, 800.0), -0.22);
}

fn rule(layer: &mut GrayImage, from: (f32, f32), to: (f32, f32), width: f32) {
    let (low, high) = (width / 2.0, width.mul_add(0.5, 0.5));
    for y in (from.1 - low) as i32..(to.1 + high) as i32 {
        for x in (from.0 - low) as i32..(to.0 + high) as i32 {
            ink(layer, x, y, 1.0);
        }
    }
}

/// Everything that the printing office prints: title, frame, labels.
fn form_ink(layer: &mut GrayImage, sheet: &Sheet) {
    let title = format!("{}{}", sheet.seller.city, sheet.kind.title());
    let pen = Pen::new(Face::Serif, 58.0).spaced(7.0);
    pen.line(layer, &title, 1_178.0, 106.0, Anchor::Middle);
    // Between the title and the number.
    let end = 1_178.0 + pen.width(&title) / 2.0;
    Pen::new(Face::Serif, 42.0).narrowed(0.85).line(layer, "（样张）", end - 16.0, 112.0, Anchor::Left);
    for y in [172.0, 181.0] {
        rule(layer, (872.0, y), (1_512.0, y), 2.5);
    }
    Pen::new(Face::Serif, 54.0).spaced(44.0).line(layer, "发票联", 1_192.0, 252.0, Anchor::Middle);

    for y in RULES {
        rule(layer, (LEFT, y), (RIGHT, y), 3.0);
    }
    for x in [LEFT, RIGHT] {
        rule(layer, (x, RULES[0]), (x, RULES[4]), 3.0);
    }
    for x in COLUMNS {
        rule(layer, (x, RULES[1]), (x, RULES[2]), 2.5);
    }
    rule(layer, (COLUMNS[0], RULES[2]), (COLUMNS[0], RULES[3]), 2.5);
    for (top, bottom) in [(RULES[0], RULES[1]), (RULES[3], RULES[4])] {
        for x in [PARTY, SIDE_BOX[0], SIDE_BOX[1]] {
            rule(layer, (x, top), (x, bottom), 2.5);
        }
    }

    let label = Pen::new(Face::Serif, 33.0);
    let column = label.spaced(27.0);
    column.column(layer, "购买方", f32::midpoint(LEFT, PARTY), 355.0);
    column.column(layer, "销售方", f32::midpoint(LEFT, PARTY), 1_098.0);
    column.column(layer, "密码区", f32::midpoint(SIDE_BOX[0], SIDE_BOX[1]), 355.0);
    column.spaced(60.0).column(layer, "备注", f32::midpoint(SIDE_BOX[0], SIDE_BOX[1]), 1_112.0);
    for rows in [BUYER_ROWS, SELLER_ROWS] {
        for (text, y) in ["名称：", "纳税人识别号：", "地址、电话：", "开户行及账号："].into_iter().zip(rows)
        {
            match sheet.layout {
                Layout::Glued => label.line(layer, text, 516.0, y, Anchor::Right),
                Layout::Usual | Layout::RowLow => justified(layer, label, text, (277.0, 505.0), y),
            }
        }
    }

    let heads = ["货物或应税劳务、服务名称", "规格型号", "单位", "数　量", "单　价", "金　　额", "税率", "税　　额"];
    let edges: Vec<f32> = [LEFT].into_iter().chain(COLUMNS).chain([RIGHT]).collect();
    for (head, edge) in heads.iter().zip(edges.windows(2)) {
        label.line(layer, head, f32::midpoint(edge[0], edge[1]), 551.0, Anchor::Middle);
    }
    label.line(layer, "合　　　　计", f32::midpoint(LEFT, COLUMNS[0]), 938.0, Anchor::Middle);
    label.line(layer, "价税合计（大写）", f32::midpoint(LEFT, COLUMNS[0]), 1_011.0, Anchor::Middle);
    label.line(layer, "（小写）", 1_652.0, 1_011.0, Anchor::Left);

    for (text, x) in [("收款人：", 214.0), ("复核：", 791.0), ("开票人：", 1_229.0), ("销售方：（章）", 1_664.0)]
    {
        label.spaced(4.0).line(layer, text, x, 1_300.0, Anchor::Left);
    }
    label.line(layer, "开票日期：", 1_677.0, 250.0, Anchor::Left);
    match sheet.check_code {
        Some(_) => label.line(layer, "校验码", 416.0, 274.0, Anchor::Left),
        None => label.line(layer, "机器编号", 416.0, 274.0, Anchor::Left),
    }
    let copy = match sheet.kind {
        Kind::Special => "第三联：发票联　购买方记账凭证",
        Kind::Ordinary => "第二联：发票联　购买方记账凭证",
    };
    Pen::new(Face::Serif, 29.0).spaced(4.0).column(layer, copy, 2_240.0, 540.0);
    let side = "样张　合成数据　并非发票　不得报销";
    let quarter = std::f32::consts::FRAC_PI_2;
    Pen::new(Face::Serif, 29.0).spaced(8.0).slanted(layer, side, (140.0, 790.0), quarter);
}

/// Spreads a label over its column, the colon at the right end.
fn justified(layer: &mut GrayImage, pen: Pen, text: &str, (left, right): (f32, f32), y: f32) {
    let gaps = text.chars().count().saturating_sub(2).max(1) as f32;
    let colon = right - pen.em_px * 0.6;
    let body = text.trim_end_matches('：');
    let pitch = (colon - left - pen.em_px) / gaps;
    for (index, letter) in body.chars().enumerate() {
        pen.letter(layer, letter, (left + pen.em_px / 2.0 + pitch * index as f32, y), 0.0);
    }
    pen.line(layer, "：", colon, y, Anchor::Left);
}

/// What the issuer's printer fills in.
struct Values<'a> {
    layer: &'a mut GrayImage,
    sheet: &'a Sheet,
    offset: (f32, f32),
}

impl Values<'_> {
    fn put(&mut self, pen: Pen, text: &str, x: f32, y: f32, anchor: Anchor) {
        pen.line(self.layer, text, x + self.offset.0, y + self.offset.1, anchor);
    }

    fn print(mut self) {
        let sheet = self.sheet;
        let face = match sheet.print {
            Print::DotMatrix => Face::Sans,
            Print::Laser => Face::Serif,
        };
        let plain = typewriter(face, 34.0, 0.5);
        let wide = typewriter(face, 40.0, 0.62);

        self.put(typewriter(face, 28.0, 0.52), &sheet.code, 2_176.0, 148.0, Anchor::Right);
        self.put(typewriter(face, 36.0, 0.62), &sheet.number, 2_176.0, 190.0, Anchor::Right);
        self.put(plain, &sheet.date_text(), 1_884.0, 250.0, Anchor::Left);
        let machine = format!("00{}", &sheet.code[..10]);
        let (text, x) = match &sheet.check_code {
            Some(code) => (code, 540.0),
            None => (&machine, 570.0),
        };
        self.put(plain, text, x, 274.0, Anchor::Left);

        let (company, rows) = match &sheet.buyer {
            Buyer::Full(company) => (Some(company), 4),
            Buyer::Short(company) => (Some(company), 2),
            Buyer::Person => (None, 1),
        };
        self.put(plain, sheet.buyer.name(), VALUE_X, BUYER_ROWS[0], Anchor::Left);
        if let Some(company) = company {
            self.party(company, BUYER_ROWS, rows, plain, wide);
        }
        self.put(plain.spaced(1.0), &sheet.seller.name, VALUE_X, SELLER_ROWS[0], Anchor::Left);
        self.party(&sheet.seller, SELLER_ROWS, 4, plain, wide);

        for (row, y) in sheet.cipher.iter().zip([342.0, 388.0, 434.0, 480.0]) {
            self.put(typewriter(face, 42.0, 0.66), row, 1_416.0, y, Anchor::Left);
        }
        for (line, step) in sheet.lines.iter().zip(0_u8..) {
            let y = 602.0 + 46.0 * f32::from(step);
            let name_pen = plain.narrowed((520.0 / plain.width(&line.name)).min(1.0));
            self.put(name_pen, &line.name, 186.0, y, Anchor::Left);
            self.put(plain, &line.model, 728.0, y, Anchor::Left);
            self.put(plain, &line.unit, 1_032.0, y, Anchor::Middle);
            self.put(plain, &line.quantity.to_string(), 1_283.0, y, Anchor::Right);
            self.put(plain, &money::figures(line.price_fen), 1_483.0, y, Anchor::Right);
            self.put(plain, &money::figures(line.amount_fen()), 1_788.0, y, Anchor::Right);
            self.put(plain, &format!("{}%", line.rate_percent), 1_860.0, y, Anchor::Middle);
            self.put(plain, &money::figures(line.tax_fen()), 2_196.0, y, Anchor::Right);
        }
        let sum = typewriter(face, 40.0, 0.55);
        self.put(sum, &format!("¥{}", money::figures(sheet.amount_fen())), 1_788.0, 938.0, Anchor::Right);
        self.put(sum, &format!("¥{}", money::figures(sheet.tax_fen())), 2_196.0, 938.0, Anchor::Right);
        self.put(plain.spaced(2.0), &format!("⊗ {}", sheet.total_capitals()), 770.0, 1_011.0, Anchor::Left);
        self.put(sum, &format!("¥{}", money::figures(sheet.total_fen())), 1_800.0, 1_011.0, Anchor::Left);
        self.put(plain, &sheet.remark, 1_416.0, 1_085.0, Anchor::Left);
        for (name, x) in [(&sheet.payee, 362.0), (&sheet.reviewer, 905.0), (&sheet.drawer, 1_378.0)] {
            self.put(plain, name, x, 1_300.0, Anchor::Left);
        }
    }

    /// The rows below the name.
    fn party(&mut self, company: &super::Company, rows: [f32; 4], count: usize, plain: Pen, wide: Pen) {
        let id = &company.taxpayer_id;
        let fit = |text: &str| plain.narrowed((790.0 / plain.width(text)).min(1.0));
        if count > 1 {
            self.put(wide, id, VALUE_X + 30.0, rows[1], Anchor::Left);
        }
        if count > 2 {
            let text = format!("{} {}", company.address, company.phone);
            self.put(fit(&text), &text, VALUE_X, rows[2], Anchor::Left);
        }
        if count > 3 {
            let text = format!("{} {}", company.bank, company.account);
            self.put(fit(&text), &text, VALUE_X, rows[3], Anchor::Left);
        }
    }
}

/// Looks like the two-dimensional code of a real sheet but encodes nothing: 样张 stands in its middle.
fn square_code(layer: &mut GrayImage, rng: &mut ChaCha8Rng) {
    const SIDE: i32 = 29;
    const MODULE: i32 = 6;
    let (left, top) = (209, 110);
    // Its own generator, so that later drawings do not hang on the number of modules.
    let mut modules = ChaCha8Rng::seed_from_u64(rng.random());
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (near_row, near_column) = (row.min(SIDE - 1 - row), column.min(SIDE - 1 - column));
            let corner = near_row < 8 && near_column < 8 && !(row > 14 && column > 14);
            let middle = (row - SIDE / 2).abs() < 5 && (column - SIDE / 2).abs() < 8;
            let ring = (near_row - 3).abs().max((near_column - 3).abs());
            let random = modules.random_bool(0.5);
            let set = if corner { ring == 3 || ring < 2 } else { random && !middle };
            if set {
                for y in 0..MODULE {
                    for x in 0..MODULE {
                        ink(layer, left + column * MODULE + x, top + row * MODULE + y, 1.0);
                    }
                }
            }
        }
    }
    let middle = (SIDE * MODULE) as f32 / 2.0;
    Pen::new(Face::Sans, 40.0).line(layer, "样张", left as f32 + middle, top as f32 + middle, Anchor::Middle);
}

/// Round holes along both edges, and the perforation beside them.
fn tractor_strips(image: &mut RgbImage, mask: &mut GrayImage) {
    const PITCH: f32 = 127.0;
    for hole in 0_u8..11 {
        let y = 65.0 + PITCH * f32::from(hole);
        for x in [58.0_f32, 2_342.0] {
            for dy in -22..=22_i32 {
                for dx in -22..=22_i32 {
                    let inside = 20.5 - (dx as f32).hypot(dy as f32);
                    if inside > 0.0 {
                        let cover = (inside.min(1.0) * 255.0) as u8;
                        let pixel = mask.get_pixel_mut((x as i32 + dx) as u32, (y as i32 + dy) as u32);
                        pixel.0[0] = pixel.0[0].min(255 - cover);
                    }
                }
            }
        }
    }
    for x in [100_u32, 2_300] {
        for y in (0..HEIGHT_PX).filter(|y| y % 14 < 8) {
            for dx in 0..3 {
                image.put_pixel(x + dx, y, Rgb([150, 158, 196]));
            }
        }
    }
}
