//! Pages of invented invoices, for tests of this module and of those who ask its models.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::train::{Sample, shuffle};
use invoice_ocr::reader::{Page, Quad, TextLine, sort_for_reading};

const HEIGHT: f32 = 30.0;

pub(crate) fn line(text: &str, left: f32, top: f32) -> TextLine {
    let width: f32 = text.chars().map(|char| if char.is_ascii() { HEIGHT / 2.0 } else { HEIGHT }).sum();
    let quad = Quad::rectangle(left, top, left + width, top + HEIGHT);
    TextLine { text: text.to_owned(), confidence: 0.99, weakest: 0.95, quad }
}

fn column(text: &str, left: f32, top: f32) -> TextLine {
    let quad = Quad::rectangle(left, top, left + HEIGHT, top + HEIGHT * 1.2 * text.chars().count() as f32);
    TextLine { quad, ..line(text, left, top) }
}

struct Dice(ChaCha8Rng);

impl Dice {
    fn upto(&mut self, count: usize) -> usize {
        self.0.next_u32() as usize % count
    }

    fn of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.upto(texts.len())]
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.upto(10) as u8)).collect()
    }

    fn company(&mut self) -> String {
        let syllable = ["澄", "禾", "岚", "泓", "序", "启", "衡", "岳", "舟", "榆", "润", "维"];
        let trade = ["科技", "物流", "餐饮管理", "商贸", "印刷", "数据技术", "会议服务"];
        let place = ["", "北京", "厦门", "长沙"];
        let ending = ["有限公司", "股份有限公司"];
        format!(
            "{}{}{}{}{}",
            self.of(&place),
            self.of(&syllable),
            self.of(&syllable),
            self.of(&trade),
            self.of(&ending)
        )
    }
}

/// A photo of an invented invoice, with its true seller. The same seed gives the same one.
pub(crate) fn invoice(seed: u64) -> Sample {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let (buyer, seller) = (dice.company(), dice.company());
    let mut lines = vec![
        line(&dice.digits(10), 300.0, 50.0),
        line("开票日期：", 1_380.0, 150.0),
        line("2018年04月18日", 1_560.0, 150.0),
        column("购买方", 120.0, 225.0),
        column("密码区", 1_150.0, 225.0),
        line("货物或应税劳务、服务名称", 180.0, 400.0),
        line("*餐饮服务*餐费", 180.0, 440.0),
        line("价税合计（大写）", 210.0, 800.0),
        line("（小写）", 1_390.0, 802.0),
        column("销售方", 120.0, 870.0),
        line("收款人：张文彬", 110.0, 1_045.0),
        line("复核：付红", 640.0, 1_045.0),
        line("销售方：（章）", 1_480.0, 1_045.0),
    ];
    for (name, top) in [(&buyer, 215.0), (&seller, 865.0)] {
        // The print stands a little off its labels, as on paper.
        let (down, right) = (dice.upto(16) as f32 - 8.0, dice.upto(40) as f32);
        let labels = ["名称：", "纳税人识别号：", "地址、电话：", "开户行及账号："];
        let values = [
            name.clone(),
            format!("91{}MA{}", dice.digits(6), dice.digits(8)),
            format!("北京市东湖区科苑路{}号 010-{}", dice.digits(2), dice.digits(8)),
            format!("样张银行股份有限公司{}支行 {}", dice.of(&["科苑", "东湖", "竹园"]), dice.digits(19)),
        ];
        for (row, (label, value)) in labels.iter().zip(&values).enumerate() {
            lines.push(line(label, 180.0, top + 40.0 * row as f32));
            lines.push(line(value, 440.0 + right, top + 40.0 * row as f32 + down));
        }
    }
    sort_for_reading(&mut lines);
    Sample { page: Page { width_px: 2_000, height_px: 1_200, lines, ..Page::default() }, label: seller }
}

/// The same photos with their labels mixed up.
pub(super) fn shuffled(samples: &[Sample], seed: u64) -> Vec<Sample> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut labels: Vec<String> = samples.iter().map(|sample| sample.label.clone()).collect();
    shuffle(&mut labels, &mut rng);
    samples.iter().zip(labels).map(|(sample, label)| Sample { page: sample.page.clone(), label }).collect()
}
