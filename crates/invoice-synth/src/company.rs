//! Companies that do not exist: names after real patterns, and taxpayer ids that pass every check but belong to nobody,
//! because their region code was never assigned.

use std::collections::BTreeSet;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use invoice_ocr::invoice::{ALPHABET, credit_check, organisation_check};

/// The first two figures of every region code here. GB/T 2260 has assigned 11 to 82; 99 was never assigned.
pub const UNASSIGNED_REGION: &str = "99";

/// One side of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// The full registered name, the label of every photo of its invoices.
    pub name: String,
    /// The city of its address, `北京`.
    pub city: String,
    /// Unified social credit code of GB 32100-2015, 18 characters, of an unassigned region.
    pub taxpayer_id: String,
    /// Street address.
    pub address: String,
    /// Telephone number.
    pub phone: String,
    /// Bank branch.
    pub bank: String,
    /// Account number.
    pub account: String,
    /// What it sells: an index of [`super::trade::TRADES`].
    pub(crate) trade: usize,
}

const CITIES: [&str; 12] =
    ["北京", "上海", "苏州", "杭州", "深圳", "成都", "武汉", "西安", "南京", "青岛", "长沙", "厦门"];
const DISTRICTS: [&str; 8] = ["东湖区", "南岭区", "高新区", "河西区", "新城区", "北塘区", "云台区", "临港区"];
const STREETS: [&str; 10] =
    ["科苑路", "松林东路", "长青街", "文汇路", "望江南路", "创新大道", "竹园路", "石桥路", "金桂街", "学府西路"];
const BANKS: [&str; 6] = ["样张银行", "东岭农村商业银行", "澄江银行", "青禾商业银行", "远帆银行", "南屏城市银行"];
/// First and second characters of invented trade names. Put together at random they seldom meet a registered one, and
/// no reader is meant to find such a company.
const WORD_FIRST: [&str; 16] =
    ["澄", "岚", "栖", "砚", "朔", "霁", "禾", "泓", "榆", "衡", "景", "拓", "澜", "翊", "柏", "启"];
const WORD_SECOND: [&str; 16] =
    ["川", "岳", "宁", "和", "舟", "石", "域", "明", "塘", "原", "序", "辰", "帆", "光", "溪", "维"];

/// Makes the first `count` companies of a seed. The first is the one that buys from most of the others; company `n` is
/// the same whatever `count` is.
pub(super) fn directory(count: usize, mut rng_of: impl FnMut(usize) -> ChaCha8Rng) -> Vec<Company> {
    let mut words = BTreeSet::new();
    (0..count)
        .map(|index| {
            let mut rng = rng_of(index);
            let word = loop {
                let word = format!("{}{}", pick(&mut rng, &WORD_FIRST), pick(&mut rng, &WORD_SECOND));
                // 256 words: past half of them a third character keeps the search short.
                let word = if words.len() < 128 { word } else { format!("{word}{}", pick(&mut rng, &WORD_SECOND)) };
                if words.insert(word.clone()) {
                    break word;
                }
            };
            company(index, &word, &mut rng)
        })
        .collect()
}

fn company(index: usize, word: &str, rng: &mut ChaCha8Rng) -> Company {
    let city = pick(rng, &CITIES);
    let trade = rng.random_range(0..super::trade::TRADES.len());
    let line = super::trade::TRADES[trade].line_of_business;
    // The first ones show each pattern once, so that a small sample has them all.
    let pattern = if index < 6 { index } else { rng.random_range(1..6) };
    let name = match pattern {
        0 => format!("{city}{word}数据技术研究院"),
        1 => format!("{word}{line}（{city}）有限公司"),
        3 => format!("{word}{line}股份有限公司"),
        4 => format!("{word}（{city}）{line}有限公司"),
        5 => {
            let branch = CITIES[(rng.random_range(1..CITIES.len()) + position(city)) % CITIES.len()];
            format!("{branch}{word}{line}有限公司{city}分公司")
        }
        _ => format!("{city}{word}{line}有限公司"),
    };
    let street = pick(rng, &STREETS);
    let district = pick(rng, &DISTRICTS);
    let bank = pick(rng, &BANKS);
    Company {
        name,
        city: city.to_owned(),
        taxpayer_id: taxpayer_id(rng),
        address: format!(
            "{city}市{district}{street}{}号{}室",
            rng.random_range(1..400),
            rng.random_range(1..25) * 100 + rng.random_range(1..20)
        ),
        // No exchange has numbers that begin with 0.
        phone: format!("0{:02}-0{:07}", rng.random_range(10..30), rng.random_range(0..10_000_000)),
        bank: format!("{bank}{city}{}支行", street.trim_end_matches(['路', '街', '道', '大'])),
        account: format!("00{:08}{:08}", rng.random_range(0..100_000_000_u64), rng.random_range(0..100_000_000_u64)),
        trade,
    }
}

fn position(city: &str) -> usize {
    CITIES.iter().position(|name| *name == city).unwrap_or(0)
}

pub(crate) fn pick<'a>(rng: &mut ChaCha8Rng, from: &[&'a str]) -> &'a str {
    from[rng.random_range(0..from.len())]
}

fn taxpayer_id(rng: &mut ChaCha8Rng) -> String {
    let region = format!("{UNASSIGNED_REGION}{:04}", rng.random_range(1..10_000));
    let body: String = (0..8)
        .map(|place| match place {
            0 => 'M',
            1 => 'A',
            _ => char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]),
        })
        .collect();
    // 9: market regulation; 1: enterprise.
    let code = format!("91{region}{body}{}", organisation_check(&body));
    format!("{code}{}", credit_check(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    fn some(count: usize) -> Vec<Company> {
        directory(count, |index| {
            let mut rng = ChaCha8Rng::seed_from_u64(7);
            rng.set_stream(index as u64);
            rng
        })
    }

    #[test]
    fn every_taxpayer_id_is_well_formed_but_of_no_region() {
        for company in some(40) {
            let id = &company.taxpayer_id;
            assert_eq!(id.len(), 18);
            assert_eq!(&id[2..4], UNASSIGNED_REGION);
            assert_eq!(credit_check(id), char::from(id.as_bytes()[17]));
            assert!(id.bytes().all(|byte| ALPHABET.contains(&byte)));
        }
    }

    #[test]
    fn a_company_does_not_depend_on_how_many_there_are() {
        assert_eq!(some(4)[..], some(200)[..4]);
    }

    #[test]
    fn names_differ_and_some_have_brackets() {
        let names: BTreeSet<String> = some(200).into_iter().map(|company| company.name).collect();
        assert_eq!(names.len(), 200);
        assert!(names.iter().any(|name| name.contains('（')));
        assert!(some(6).iter().any(|company| company.name.ends_with("分公司")));
    }
}
