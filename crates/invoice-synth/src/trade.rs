//! What the invented companies sell, at prices and tax rates that could be true.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use time::Date;
use time::macros::date;

use super::sheet::Line;

/// What a company sells.
#[derive(Debug)]
pub(crate) struct Trade {
    /// The part of a company's name that says what it does.
    pub(crate) line_of_business: &'static str,
    /// The tax bureau's short name of the goods, printed between stars since 2018.
    category: &'static str,
    class: Class,
    goods: [Good; 3],
}

#[derive(Debug, Clone, Copy)]
enum Class {
    Goods,
    Transport,
    Service,
}

impl Class {
    /// The rate in force on a day, in percent.
    fn rate_percent(self, date: Date) -> u64 {
        let era = usize::from(date >= date!(2018 - 05 - 01)) + usize::from(date >= date!(2019 - 04 - 01));
        match self {
            Self::Goods => [17, 16, 13][era],
            Self::Transport => [11, 10, 9][era],
            Self::Service => 6,
        }
    }
}

/// Name, model, unit, lowest and highest price in yuan, highest quantity.
#[derive(Debug)]
struct Good(&'static str, &'static str, &'static str, u64, u64, u64);

impl Trade {
    /// Invents the rows of an invoice of this day: each good at most once.
    pub(crate) fn invent(&self, date: Date, rng: &mut ChaCha8Rng) -> Vec<Line> {
        let first = rng.random_range(0..self.goods.len());
        let count = rng.random_range(1..=self.goods.len());
        (0..count)
            .map(|step| {
                let Good(name, model, unit, low, high, most) = &self.goods[(first + step) % self.goods.len()];
                let name = if date >= date!(2018 - 01 - 01) {
                    format!("*{}*{name}", self.category)
                } else {
                    (*name).to_owned()
                };
                Line {
                    name,
                    model: (*model).to_owned(),
                    unit: (*unit).to_owned(),
                    quantity: rng.random_range(1..=*most),
                    price_fen: rng.random_range(low * 100..=high * 100),
                    rate_percent: self.class.rate_percent(date),
                }
            })
            .collect()
    }
}

/// All trades; [`super::company::Company::trade`] is an index into them.
pub(crate) static TRADES: [Trade; 10] = [
    Trade {
        line_of_business: "科技",
        category: "电子计算机",
        class: Class::Goods,
        goods: [
            Good("笔记本电脑", "T14-i5", "台", 4_200, 7_900, 4),
            Good("固态硬盘", "SSD-512G", "块", 380, 820, 10),
            Good("显示器", "24寸", "台", 760, 1_600, 6),
        ],
    },
    Trade {
        line_of_business: "信息技术",
        category: "信息技术服务",
        class: Class::Service,
        goods: [
            Good("软件维护费", "", "年", 3_000, 40_000, 1),
            Good("云服务器租用费", "4C8G", "月", 160, 900, 12),
            Good("数据处理服务", "", "次", 900, 6_000, 3),
        ],
    },
    Trade {
        line_of_business: "办公用品",
        category: "文具",
        class: Class::Goods,
        goods: [
            Good("复印纸", "A4-70g", "箱", 110, 190, 20),
            Good("签字笔", "0.5mm", "盒", 12, 40, 30),
            Good("文件夹", "A4", "个", 5, 18, 60),
        ],
    },
    Trade {
        line_of_business: "餐饮管理",
        category: "餐饮服务",
        class: Class::Service,
        goods: [
            Good("餐费", "", "次", 180, 2_600, 1),
            Good("会议茶歇", "", "次", 300, 1_500, 2),
            Good("工作餐", "", "份", 18, 45, 40),
        ],
    },
    Trade {
        line_of_business: "印刷",
        category: "印刷品",
        class: Class::Goods,
        goods: [
            Good("宣传册", "16开", "本", 4, 22, 500),
            Good("海报", "A1", "张", 15, 60, 40),
            Good("论文装订", "", "本", 20, 75, 12),
        ],
    },
    Trade {
        line_of_business: "物流",
        category: "运输服务",
        class: Class::Transport,
        goods: [
            Good("国内货物运输", "", "次", 260, 4_800, 3),
            Good("快递费", "", "件", 10, 36, 50),
            Good("仓储费", "", "月", 800, 3_200, 3),
        ],
    },
    Trade {
        line_of_business: "会议服务",
        category: "会展服务",
        class: Class::Service,
        goods: [
            Good("会议费", "", "次", 2_000, 28_000, 1),
            Good("场地租用费", "", "天", 1_500, 9_000, 2),
            Good("展位搭建费", "", "项", 3_000, 12_000, 1),
        ],
    },
    Trade {
        line_of_business: "机电设备",
        category: "机械设备",
        class: Class::Goods,
        goods: [
            Good("伺服电机", "SM-750W", "台", 900, 2_400, 6),
            Good("减速器", "PX-60", "台", 640, 1_900, 6),
            Good("直线导轨", "HG20", "根", 120, 480, 16),
        ],
    },
    Trade {
        line_of_business: "仪器仪表",
        category: "仪器仪表",
        class: Class::Goods,
        goods: [
            Good("数字万用表", "DM-17B", "台", 260, 980, 5),
            Good("示波器探头", "P6100", "根", 60, 240, 10),
            Good("温湿度计", "TH-10", "个", 45, 160, 12),
        ],
    },
    Trade {
        line_of_business: "图书文化传媒",
        category: "图书",
        class: Class::Transport,
        goods: [
            Good("专业图书", "", "册", 38, 168, 25),
            Good("期刊订阅费", "", "年", 240, 900, 4),
            Good("工具书", "", "套", 180, 760, 3),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_one_in_force_on_the_day() {
        assert_eq!(Class::Goods.rate_percent(date!(2018 - 04 - 30)), 17);
        assert_eq!(Class::Goods.rate_percent(date!(2018 - 05 - 01)), 16);
        assert_eq!(Class::Goods.rate_percent(date!(2019 - 04 - 01)), 13);
        assert_eq!(Class::Transport.rate_percent(date!(2017 - 07 - 01)), 11);
    }
}
