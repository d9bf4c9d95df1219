//! The facts of one invoice: who bought what from whom, with sums and taxes that add up.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use time::macros::date;
use time::{Date, Duration};

use super::company::{Company, UNASSIGNED_REGION, pick};
use super::money;
use super::trade::TRADES;

/// The two forms of the paper VAT invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 增值税专用发票: the buyer may deduct the tax, so all four rows of both parties are filled in.
    Special,
    /// 增值税普通发票: the buyer's rows below the name are often empty.
    Ordinary,
}

impl Kind {
    /// The kind as the title of the form names it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Special => "增值税专用发票",
            Self::Ordinary => "增值税普通发票",
        }
    }
}

/// How the values were printed onto the pre-printed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Print {
    /// 24-pin printer: bluish dots, worn ribbon.
    DotMatrix,
    /// Laser printer: black and even.
    Laser,
}

/// How values and labels stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Each value beside its label.
    Usual,
    /// The paper was fed wrongly: every value stands most of a row too low.
    RowLow,
    /// Labels are not spread over their column and the value follows at once: `名称：样张有限公司`.
    Glued,
}

/// Who is billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Buyer {
    /// A company with all its rows.
    Full(Company),
    /// A company of which only name and taxpayer id are printed.
    Short(Company),
    /// 个人, a private person: no other row.
    Person,
}

impl Buyer {
    /// The name as printed.
    pub fn name(&self) -> &str {
        match self {
            Self::Full(company) | Self::Short(company) => &company.name,
            Self::Person => "个人",
        }
    }
}

/// One row of the table of goods. Amounts are in fen (1/100 yuan) without tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// 货物或应税劳务、服务名称, `*餐饮服务*餐费`.
    pub name: String,
    /// 规格型号, may be empty.
    pub model: String,
    /// 单位, may be empty.
    pub unit: String,
    /// 数量.
    pub quantity: u64,
    /// 单价 in fen.
    pub price_fen: u64,
    /// 税率 in percent.
    pub rate_percent: u64,
}

impl Line {
    /// 金额: quantity × price, in fen.
    pub fn amount_fen(&self) -> u64 {
        self.quantity * self.price_fen
    }

    /// 税额 in fen, rounded half up as the tax bureau's software does.
    pub fn tax_fen(&self) -> u64 {
        (self.amount_fen() * self.rate_percent + 50) / 100
    }
}

/// Everything that is printed on one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Name of the sheet in `invoice_sellers.csv`, `sheet_01`. All photos of one sheet share it.
    pub id: String,
    /// Which form.
    pub kind: Kind,
    /// How its values are printed.
    pub print: Print,
    /// How they stand to the labels. The first eight sheets of a sample are all usual.
    pub layout: Layout,
    /// 发票代码, ten figures, of an unassigned region.
    pub code: String,
    /// 发票号码, eight figures.
    pub number: String,
    /// 开票日期.
    pub date: Date,
    /// 购买方.
    pub buyer: Buyer,
    /// 销售方.
    pub seller: Company,
    /// 密码区: four rows of 27 characters, without meaning.
    pub cipher: [String; 4],
    /// The goods, one to four rows.
    pub lines: Vec<Line>,
    /// 校验码, five groups of four figures, without meaning. Only on the ordinary form.
    pub check_code: Option<String>,
    /// 备注, may be empty.
    pub remark: String,
    /// 收款人, may be empty.
    pub payee: String,
    /// 复核, may be empty.
    pub reviewer: String,
    /// 开票人.
    pub drawer: String,
}

impl Sheet {
    /// 合计 of the amounts without tax, in fen.
    pub fn amount_fen(&self) -> u64 {
        self.lines.iter().map(Line::amount_fen).sum()
    }

    /// 合计 of the taxes, in fen.
    pub fn tax_fen(&self) -> u64 {
        self.lines.iter().map(Line::tax_fen).sum()
    }

    /// 价税合计 in fen.
    pub fn total_fen(&self) -> u64 {
        self.amount_fen() + self.tax_fen()
    }

    /// 价税合计（大写）.
    pub fn total_capitals(&self) -> String {
        money::capitals(self.total_fen())
    }

    /// The date as printed, `2018年05月07日`.
    pub fn date_text(&self) -> String {
        format!("{}年{:02}月{:02}日", self.date.year(), u8::from(self.date.month()), self.date.day())
    }

    /// Invents sheet number `index` (from 0) from `seller` to `buyer`, or to a private person.
    pub(crate) fn invent(index: usize, buyer: Option<&Company>, seller: &Company, rng: &mut ChaCha8Rng) -> Self {
        // Private persons get the ordinary form only.
        let kind = if rng.random_bool(0.5) && buyer.is_some() { Kind::Special } else { Kind::Ordinary };
        let print = if index % 3 == 2 { Print::Laser } else { Print::DotMatrix };
        let date = date!(2017 - 01 - 04) + Duration::days(rng.random_range(0..1_400));
        let buyer = match (kind, buyer) {
            (_, None) => Buyer::Person,
            (Kind::Special, Some(buyer)) => Buyer::Full(buyer.clone()),
            (Kind::Ordinary, Some(buyer)) => Buyer::Short(buyer.clone()),
        };
        let check_code = (kind == Kind::Ordinary).then(|| (0..4).map(|_| digits(rng, 5)).collect::<Vec<_>>().join(" "));
        Self {
            id: format!("sheet_{:02}", index + 1),
            kind,
            print,
            layout: match index {
                0..8 => Layout::Usual,
                _ => [Layout::Usual, Layout::RowLow, Layout::Usual, Layout::Glued][index % 4],
            },
            code: format!("{UNASSIGNED_REGION}00{}{}", date.year() % 100, digits(rng, 4)),
            number: digits(rng, 8),
            date,
            buyer,
            seller: seller.clone(),
            cipher: std::array::from_fn(|_| cipher_row(rng)),
            lines: TRADES[seller.trade].invent(date, rng),
            check_code,
            remark: if rng.random_bool(0.3) { format!("合同号：样张-{}", digits(rng, 6)) } else { String::new() },
            payee: person(rng),
            reviewer: if rng.random_bool(0.7) { person(rng) } else { String::new() },
            drawer: if rng.random_bool(0.3) { "管理员".to_owned() } else { person(rng) },
        }
    }
}

fn digits(rng: &mut ChaCha8Rng, count: usize) -> String {
    (0..count).map(|_| char::from(b'0' + rng.random_range(0..10_u8))).collect()
}

fn cipher_row(rng: &mut ChaCha8Rng) -> String {
    const MARKS: &[u8] = b"0123456789012345678901234567890123456789+-*/<>+-*/<>";
    (0..27).map(|_| char::from(MARKS[rng.random_range(0..MARKS.len())])).collect()
}

fn person(rng: &mut ChaCha8Rng) -> String {
    const FAMILY: [&str; 12] = ["张", "李", "王", "赵", "陈", "刘", "周", "吴", "孙", "林", "何", "高"];
    const GIVEN: [&str; 12] = ["文", "小红", "建国", "丽", "志远", "晓明", "静", "海燕", "思源", "洁", "国华", "敏"];
    format!("{}{}", pick(rng, &FAMILY), pick(rng, &GIVEN))
}

#[cfg(test)]
mod tests {
    use super::super::company::directory;
    use super::*;
    use rand::SeedableRng as _;

    fn rng(stream: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        rng.set_stream(stream);
        rng
    }

    #[test]
    fn sums_and_taxes_add_up() {
        let companies = directory(6, |index| rng(index as u64));
        for index in 0..60 {
            let sheet =
                Sheet::invent(index, companies.get(index % 7), &companies[1 + index % 5], &mut rng(100 + index as u64));
            assert_eq!(sheet.buyer == Buyer::Person, index % 7 == 6);
            assert_eq!(sheet.total_fen(), sheet.amount_fen() + sheet.tax_fen());
            assert_eq!(sheet.total_capitals(), money::capitals(sheet.total_fen()));
            assert!(sheet.total_fen() > 0 && sheet.total_fen() < 100_000_000);
            assert!((1..=4).contains(&sheet.lines.len()));
            assert!(sheet.code.starts_with(UNASSIGNED_REGION) && sheet.code.len() == 10 && sheet.number.len() == 8);
            assert_eq!(sheet.check_code.is_some(), sheet.kind == Kind::Ordinary);
            assert!(sheet.cipher.iter().all(|row| row.len() == 27));
        }
    }

    #[test]
    fn tax_is_rounded_half_up_to_the_fen() {
        let line = |price_fen, rate_percent| Line {
            name: String::new(),
            model: String::new(),
            unit: String::new(),
            quantity: 1,
            price_fen,
            rate_percent,
        };
        assert_eq!(line(7_573, 3).tax_fen(), 227);
        assert_eq!(line(3_270_598, 17).tax_fen(), 556_002);
        assert_eq!(line(50, 1).tax_fen(), 1);
        assert_eq!(line(49, 1).tax_fen(), 0);
    }
}
