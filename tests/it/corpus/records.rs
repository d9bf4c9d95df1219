//! Good records that differ: seeded, with all that a record may have.

use nova_ft::validate::Model;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// What the records of a file have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recipe {
    pub(super) model: Model,
    /// How many records; by chance 9 to 12 without it, so that one may be lost.
    pub(super) count: Option<usize>,
    pub(super) media: Media,
    /// Whether there is a system prompt; by chance without it.
    pub(super) system: Option<bool>,
    /// Questions with their answers; by chance 1 to 3 without it.
    pub(super) rounds: Option<usize>,
    /// Files of the first turn.
    pub(super) files: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    None,
    Images,
    Videos,
}

impl Recipe {
    pub(super) const IMAGES: Self =
        Self { model: Model::Lite, count: None, media: Media::Images, system: None, rounds: None, files: 1 };
    pub(super) const TEXTS: Self = Self { media: Media::None, ..Self::IMAGES };
    pub(super) const VIDEOS: Self = Self { media: Media::Videos, ..Self::IMAGES };

    /// For a model; of Nova 2 Lite as many records as it needs.
    pub(super) const fn model(self, model: Model) -> Self {
        let count = if matches!(model, Model::Lite2) { Some(200) } else { self.count };
        Self { model, count, ..self }
    }

    pub(super) const fn count(self, count: usize) -> Self {
        Self { count: Some(count), ..self }
    }

    pub(super) const fn system(self, has_system: bool) -> Self {
        Self { system: Some(has_system), ..self }
    }

    pub(super) const fn rounds(self, rounds: usize) -> Self {
        Self { rounds: Some(rounds), ..self }
    }

    pub(super) const fn files(self, files: usize) -> Self {
        Self { files, ..self }
    }
}

const SYSTEMS: [&str; 3] = [
    "You are a smart assistant that answers questions respectfully",
    "你是一个发票识别助手。",
    "Read invoices. Answer with the seller's name alone, without any comment.",
];
const QUESTIONS: [&str; 5] = [
    "这是一张发票图片。请识别并提取出销售方名称。只需要返回销售方名称，不要有其他文字。",
    "Who is the seller on this invoice?",
    "销售方是谁？",
    "What is the name in the row 名称 of the block 销售方?\nAnswer with the name alone.",
    "请仔细看图 \"右下角\" 的印章，回答开票方名称。",
];
const FOLLOW_UPS: [&str; 3] = ["Are you sure?", "请再看一遍。", "And without the brackets?"];
const PLACES: [&str; 6] = ["北京", "上海", "深圳市", "杭州", "四川省成都市", "内蒙古"];
const NAMES: [&str; 7] = ["恒鸿睿", "某某", "大华", "京东世纪", "中科（集团）", "A&B", "翔宇"];
const ENDINGS: [&str; 4] = ["科技有限公司", "贸易有限责任公司", "商店", "餐饮管理股份有限公司第3分公司"];
const BUCKETS: [&str; 4] = ["invoices", "my.bucket-1", "nova-ft-demo", "0data"];
const PREFIXES: [&str; 4] = ["", "p/", "nova/2025-07/images/", "Train_Set/A.b/"];

/// Something of a list, by chance.
pub(super) fn any<'a, T: ?Sized>(random: &mut ChaCha8Rng, list: &[&'a T]) -> &'a T {
    list[random.random_range(0..list.len())]
}

/// A seller's name.
pub(super) fn seller(random: &mut ChaCha8Rng) -> String {
    [any(random, &PLACES), any(random, &NAMES), any(random, &ENDINGS)].concat()
}

/// A generator for a name: what is added to the corpus changes nothing that is there.
pub(super) fn random_for(name: &str) -> ChaCha8Rng {
    let seed =
        name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    ChaCha8Rng::seed_from_u64(seed)
}

/// Records in which nothing is wrong.
pub(super) fn records(recipe: Recipe, random: &mut ChaCha8Rng) -> Vec<Value> {
    let count = recipe.count.unwrap_or_else(|| random.random_range(9..13));
    let has_system = recipe.system.unwrap_or_else(|| random.random());
    let system = any(random, &SYSTEMS);
    let folder = format!("s3://{}/{}", any(random, &BUCKETS), any(random, &PREFIXES));
    let account = random.random_range(100_000_000_000..1_000_000_000_000_u64);
    let account = account.to_string();
    let record = |n: usize| {
        let mut content: Vec<Value> = (0..recipe.files)
            .filter_map(|at| file(recipe, &format!("{folder}{n:05}_{at}"), &account, random))
            .collect();
        let question = any(random, &QUESTIONS);
        // Of text alone, no question may come twice.
        let question = if recipe.media == Media::None { format!("{n}: {question}") } else { question.to_owned() };
        let at = random.random_range(0..=content.len());
        content.insert(at, json!({ "text": question }));
        let answer = |random: &mut ChaCha8Rng| json!({"role": "assistant", "content": [{"text": seller(random)}]});
        let mut messages = vec![json!({"role": "user", "content": content}), answer(random)];
        for _ in 1..recipe.rounds.unwrap_or_else(|| random.random_range(1..4)) {
            messages.push(json!({"role": "user", "content": [{"text": any(random, &FOLLOW_UPS)}]}));
            messages.push(answer(random));
        }
        let mut record = json!({"schemaVersion": "bedrock-conversation-2024"});
        if has_system {
            record["system"] = json!([{ "text": system }]);
        }
        record["messages"] = messages.into();
        record
    };
    (0..count).map(record).collect()
}

/// A block with a file.
fn file(recipe: Recipe, stem: &str, account: &str, random: &mut ChaCha8Rng) -> Option<Value> {
    let (kind, formats) = match recipe.media {
        Media::None => return None,
        Media::Images => ("image", recipe.model.image_formats()),
        Media::Videos => ("video", recipe.model.video_formats()),
    };
    let format = any(random, formats);
    let ending = if format == "jpeg" { any(random, &["jpg", "jpeg", "JPG"]) } else { format };
    let location = json!({"uri": format!("{stem}.{ending}"), "bucketOwner": account});
    Some(json!({kind: {"format": format, "source": {"s3Location": location}}}))
}

/// A pointer whose first part may be a name: `FIRST` and `LAST` turn, `PROMPT` and `LABEL` (texts), `IMAGE` or `VIDEO`.
pub(super) fn pointer(record: &Value, named: &str) -> String {
    let (name, rest) = named.find('/').map_or((named, ""), |at| named.split_at(at));
    let messages = record["messages"].as_array().unwrap();
    let last = messages.len() - 1;
    let block = |key: &str| {
        let blocks = messages[0]["content"].as_array().unwrap();
        let at = blocks.iter().position(|block| block.get(key).is_some()).unwrap();
        format!("/messages/0/content/{at}/{key}")
    };
    let start = match name {
        "FIRST" => "/messages/0".to_owned(),
        "LAST" => format!("/messages/{last}"),
        "LABEL" => format!("/messages/{last}/content/0/text"),
        "PROMPT" => block("text"),
        "IMAGE" => block("image"),
        "VIDEO" => block("video"),
        "URI" => block("image") + "/source/s3Location/uri",
        "OWNER" => block("image") + "/source/s3Location/bucketOwner",
        "" => String::new(),
        other => panic!("`{other}` is no name of a place"),
    };
    start + rest
}

/// A value at a named place.
pub(super) fn at<'a>(record: &'a mut Value, named: &str) -> &'a mut Value {
    let pointer = pointer(record, named);
    record.pointer_mut(&pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

/// A change that puts a value at a named place, there or not.
pub(super) fn set(named: &str, value: Value) -> impl Fn(&mut Value) {
    let named = named.to_owned();
    move |record| {
        let (parent, name) = named.rsplit_once('/').map_or(("", &*named), |(parent, name)| (parent, name));
        if parent.is_empty() && !named.starts_with('/') {
            *at(record, &named) = value.clone();
        } else {
            match at(record, parent) {
                Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
                other => other[name] = value.clone(),
            }
        }
    }
}

/// A change that takes a member away.
pub(super) fn without(named: &str) -> impl Fn(&mut Value) {
    let (parent, name) = named.rsplit_once('/').unwrap();
    let (parent, name) = (parent.to_owned(), name.to_owned());
    move |record| drop(at(record, &parent).as_object_mut().unwrap().shift_remove(&name).unwrap())
}

/// A change that gives a member another name.
pub(super) fn renamed(named: &str, new: &str) -> impl Fn(&mut Value) {
    let (parent, name) = named.rsplit_once('/').unwrap();
    let (parent, name, new) = (parent.to_owned(), name.to_owned(), new.to_owned());
    move |record| {
        let members = at(record, &parent).as_object_mut().unwrap();
        let place = members.keys().position(|key| *key == name).unwrap();
        let value = members.shift_remove(&name).unwrap();
        members.shift_insert(place, new.clone(), value);
    }
}
