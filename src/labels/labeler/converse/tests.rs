use std::path::PathBuf;

use super::*;
use crate::aws::bedrock::Piece;
use crate::aws::inference::PhotoQuestion as _;
use crate::aws::inference::testing::{FakePace, Oracle, options as ask_options};
use crate::aws::inference::{AskOptions, Money};
use crate::images::{Photo, header_of_bytes, needs_conversion, samples};
use crate::labels::Labels;
use crate::labels::labeler::plan::IMAGE_LIMITS;
use crate::labels::labeler::{Existing, LabelOptions, LabelPrompt, Labeler, ModelOptions};
use crate::progress::Silent;
use crate::readings::samples::{IDS, reading};

/// The name that stands on a photo: its width.
fn name_of(width_px: u32) -> String {
    format!("第{width_px}号贸易有限公司")
}

fn plain(bytes: &[u8]) -> String {
    name_of(header_of_bytes(bytes).unwrap().width_px)
}

fn chatter(bytes: &[u8]) -> String {
    match header_of_bytes(bytes).unwrap().width_px {
        21 => "无法识别".to_owned(),
        22 => String::new(),
        width => format!("根据图片，销售方名称是：\n“{}”。", name_of(width)),
    }
}

struct Folder {
    folder: tempfile::TempDir,
    ask: AskOptions,
}

impl Folder {
    /// So many files, in turn of so many photos of which each has a width of its own, from 20 px on.
    fn of(files: u32, distinct: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        let jpegs: Vec<Vec<u8>> = (0..distinct).map(|n| samples::jpeg(&samples::picture(20 + n, 20))).collect();
        for n in 0..files {
            let photo = &jpegs[(n % distinct) as usize];
            std::fs::write(folder.path().join(format!("photos/{n:04}.jpg")), photo).unwrap();
        }
        Self { folder, ask: ask_options() }
    }

    fn options(&self) -> LabelOptions {
        LabelOptions {
            input_dir: self.folder.path().join("photos"),
            output_file: self.folder.path().join("out/labels.csv"),
            labeler: Labeler::Converse,
            ..LabelOptions::default()
        }
    }

    fn plan(&self, options: &LabelOptions) -> AskPlan {
        let model = ModelOptions { ask: self.ask.clone(), prompt: LabelPrompt::default() };
        AskPlan::read(options, model).unwrap()
    }

    fn run_with(&self, options: &LabelOptions, oracle: &Oracle, known: KnownReading<'_>) -> Labelled {
        label_by_model(&self.plan(options), oracle, known, &FakePace::default(), &Silent).unwrap()
    }

    fn run(&self, oracle: &Oracle) -> Labelled {
        self.run_with(&self.options(), oracle, &|_| None)
    }

    fn table(&self) -> String {
        std::fs::read_to_string(self.options().output_file).unwrap()
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }
}

fn codes(labelled: &Labelled) -> Vec<String> {
    let findings = labelled.report.findings().iter();
    findings
        .map(|one| format!("{} {}", one.rule.code, one.place.file.as_ref().unwrap().file_name().unwrap().display()))
        .collect()
}

#[test]
fn each_distinct_photo_is_asked_about_once_and_every_file_has_its_row() {
    let folder = Folder::of(100, 7);
    let oracle = Oracle::new(plain);
    let labelled = folder.run(&oracle);
    assert_eq!((oracle.attempts(), oracle.answered_once()), (7, 7));
    assert_eq!((labelled.photos, labelled.rows, codes(&labelled).len()), (100, 100, 0));
    let asking = labelled.asking.unwrap();
    assert_eq!((asking.distinct, asking.asked, asking.left), (7, 7, 0));
    let state = oracle.state.lock().unwrap();
    assert_eq!((asking.input_tokens, asking.output_tokens), (state.input_tokens, state.output_tokens));
    assert_eq!(asking.cost_usd, None);
    let read = Labels::read(&folder.options().output_file).unwrap();
    assert_eq!(read.findings, []);
    for (n, row) in read.labels.rows().into_iter().enumerate() {
        assert_eq!((row.image, row.seller), (format!("{n:04}.jpg"), name_of(20 + n as u32 % 7)));
    }
    let table = folder.table();
    assert!(
        table.starts_with("image,seller,sheet,labeler,model,prompt,answer,input_tokens,output_tokens\n"),
        "{table}"
    );
    assert!(table.contains("0000.jpg,第20号贸易有限公司,,converse,m,p1,第20号贸易有限公司,"), "{table}");
    // The words of the question, after the photo.
    let last = state.last.as_ref().unwrap();
    let prompt = LabelPrompt::default();
    assert_eq!(last.system, prompt.system);
    assert!(matches!(last.user.as_slice(), [Piece::Image { format, .. }, Piece::Text(text)]
        if format == "jpeg" && *text == prompt.user));
}

#[test]
fn answers_are_cleaned_and_kept_and_a_refusal_is_a_finding_and_no_label() {
    let folder = Folder::of(5, 5);
    let mut oracle = Oracle::new(chatter);
    oracle.refuses = |bytes, _, _| (header_of_bytes(bytes).unwrap().width_px == 23).then_some("ValidationException");
    std::fs::write(folder.folder.path().join("photos/9.jpg"), b"\xFF\xD8\xFF").unwrap();
    let labelled = folder.run(&oracle);
    assert_eq!(codes(&labelled), ["LBL027 0001.jpg", "LBL027 0002.jpg", "LBL028 0003.jpg", "LBL028 9.jpg"]);
    let messages: Vec<&str> = labelled.report.findings().iter().map(|one| one.message.as_str()).collect();
    assert!(messages[0].contains("it says `无法识别`") && messages[1].contains("says nothing"), "{messages:?}");
    assert!(messages[2].contains("ValidationException"), "{messages:?}");
    let table = folder.table();
    assert!(
        table.contains("0000.jpg,第20号贸易有限公司,") && table.contains("根据图片，销售方名称是：\\n“第20号"),
        "{table}"
    );
    assert_eq!((table.lines().count(), labelled.rows), (3, 2));
    assert!(!table.contains("无法识别") && !table.contains("Validation"), "{table}");
}

#[test]
fn a_run_killed_twice_goes_on_asks_nothing_twice_and_ends_as_if_it_had_not_been() {
    let mut folder = Folder::of(1_000, 50);
    folder.ask.concurrency = 1;
    let undisturbed = {
        folder.run(&Oracle::new(plain));
        let table = folder.table();
        std::fs::remove_dir_all(folder.folder.path().join("out")).unwrap();
        table
    };
    let mut oracle = Oracle::new(plain);
    for kill in 1..=2 {
        // Another attempt than the answers before it and this one.
        oracle.refuses = match kill {
            1 => |_, _, all| (all >= 17).then_some("killed"),
            _ => |_, _, all| (all >= 38).then_some("killed"),
        };
        let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| folder.run(&oracle)));
        assert!(killed.is_err() && !folder.options().output_file.exists());
        // As a kill leaves it: a line that is cut.
        let journal = folder.out("labels.csv.answers.jsonl");
        let mut bytes = std::fs::read(&journal).unwrap();
        bytes.extend_from_slice(b"{\"model\":\"m\",\"pho");
        std::fs::write(&journal, bytes).unwrap();
    }
    oracle.refuses = |_, _, _| None;
    assert_eq!(folder.plan(&folder.options()).unanswered(), 50 - 37);
    let labelled = folder.run(&oracle);
    assert_eq!(oracle.answered_once(), 50);
    assert_eq!(oracle.attempts(), 52, "the two that were on the way are asked again");
    let sellers =
        |table: &str| table.lines().map(|line| line.split(',').take(2).collect::<String>()).collect::<Vec<_>>();
    assert_eq!(sellers(&folder.table()), sellers(&undisturbed));
    assert_eq!((labelled.rows, labelled.recalled), (1_000, 37 * 20));
    assert_eq!(folder.run(&oracle).recalled, 1_000, "and may write its own table again");
    assert_eq!(oracle.attempts(), 52);
}

#[test]
fn every_kind_of_photo_goes_out_in_a_form_that_converse_takes() {
    let folder = tempfile::tempdir().unwrap();
    let all = samples::all();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    for (n, (_, bytes)) in all.iter().enumerate() {
        std::fs::write(folder.path().join(format!("photos/{n}.jpg")), bytes).unwrap();
    }
    let folder = Folder { folder, ask: ask_options() };
    let oracle = Oracle::new(|bytes| {
        let header = header_of_bytes(bytes).unwrap();
        assert_eq!(needs_conversion(&header, bytes.len() as u64, &IMAGE_LIMITS), None);
        "甲乙丙有限公司".to_owned()
    });
    let plan = folder.plan(&folder.options());
    assert!(plan.distinct() > 5);
    let labelled = folder.run(&oracle);
    assert_eq!(labelled.rows, all.len(), "{:?}", labelled.report.findings());
    for question in &plan.questions {
        let photo = question.photo(&oracle).unwrap();
        let header = header_of_bytes(&photo.bytes).unwrap();
        assert_eq!(header.format.nova_name(), Some(photo.format.as_str()));
    }
}

#[test]
fn rows_of_a_person_stay_and_only_the_others_are_asked_about() {
    let folder = Folder::of(3, 3);
    let mine = "image,note,seller\n0001.jpg,mine,丙公司\n";
    std::fs::create_dir(folder.folder.path().join("out")).unwrap();
    std::fs::write(folder.options().output_file, mine).unwrap();
    let model = ModelOptions { ask: folder.ask.clone(), prompt: LabelPrompt::default() };
    let error = AskPlan::read(&folder.options(), model).unwrap_err();
    assert!(error.hint().unwrap().contains("`resume`"), "{error}");
    let keep = LabelOptions { existing: Existing::Keep, ..folder.options() };
    let oracle = Oracle::new(plain);
    assert_eq!(folder.plan(&keep).unanswered(), 2);
    let labelled = folder.run_with(&keep, &oracle, &|_| None);
    assert_eq!((labelled.rows, labelled.kept, oracle.attempts()), (2, 1, 2));
    assert_eq!(folder.table(), format!("{mine}0000.jpg,,{}\n0002.jpg,,{}\n", name_of(20), name_of(22)));
}

#[test]
fn what_may_not_be_spent_leaves_photos_and_a_table_of_the_others() {
    let mut folder = Folder::of(40, 20);
    let money = |most_usd| Some(Money { input_usd: 0.06, output_usd: 0.24, most_usd });
    folder.ask.money = money(None);
    let plan = folder.plan(&folder.options());
    let (low, high) = plan.cost_usd().unwrap();
    assert!(low > 0.0 && low < high, "{low} {high}");
    folder.ask.money = money(Some(2.0));
    let oracle = Oracle::new(plain);
    let labelled = folder.run(&oracle);
    let asking = labelled.asking.unwrap();
    assert!(asking.left > 0 && asking.asked > 0 && asking.left + asking.asked == 20, "{asking:?}");
    assert!(asking.cost_usd.unwrap() <= 2.0, "{asking:?}");
    assert_eq!((labelled.rows, labelled.report.findings().len()), (2 * asking.asked, 0));
    folder.ask.money = money(Some(100.0));
    assert_eq!(folder.run(&oracle).rows, 40);
    assert_eq!((oracle.answered_once(), oracle.attempts()), (20, 20));
}

#[test]
fn what_rows_that_are_kept_have_cost_counts_too() {
    let mut folder = Folder::of(20, 20);
    let money = |most_usd| Some(Money { input_usd: 0.06, output_usd: 0.24, most_usd });
    folder.ask.money = money(None);
    let oracle = Oracle::new(plain);
    let first = folder.run(&oracle).asking.unwrap();
    // A person writes into the table, and twenty photos more come.
    let table = folder.table().replacen("第20号贸易有限公司,,", "丙公司,,", 1);
    std::fs::write(folder.options().output_file, table).unwrap();
    for n in 20..40 {
        let photo = samples::jpeg(&samples::picture(20 + n, 20));
        std::fs::write(folder.folder.path().join(format!("photos/{n:04}.jpg")), photo).unwrap();
    }
    let keep = LabelOptions { existing: Existing::Keep, ..folder.options() };
    folder.ask.money = money(first.cost_usd);
    let labelled = folder.run_with(&keep, &oracle, &|_| None);
    let asking = labelled.asking.unwrap();
    assert_eq!((labelled.rows, labelled.kept, asking.asked, asking.left, oracle.attempts()), (0, 20, 0, 20, 20));
    assert_eq!((asking.input_tokens, asking.cost_usd), (first.input_tokens, first.cost_usd));
    folder.ask.money = money(Some(100.0));
    let labelled = folder.run_with(&keep, &oracle, &|_| None);
    assert_eq!((labelled.rows, labelled.kept, labelled.asking.unwrap().asked, oracle.attempts()), (20, 20, 20, 40));
}

#[test]
fn a_sheet_that_the_reader_knows_stands_in_the_row() {
    let folder = Folder::of(4, 2);
    let known = |photo: &Photo| (photo.name == "0001.jpg").then(|| reading("a", "甲公司", IDS[0], "00000001"));
    let labelled = folder.run_with(&folder.options(), &Oracle::new(plain), &known);
    let sheets: HashSet<Option<String>> =
        Labels::read(&folder.options().output_file).unwrap().labels.rows().into_iter().map(|row| row.sheet).collect();
    assert_eq!(sheets, HashSet::from([None, Some("1100162130-00000001".to_owned())]));
    assert_eq!(labelled.sheets, 1);
}

#[test]
fn other_words_are_another_question() {
    let folder = Folder::of(2, 2);
    let oracle = Oracle::new(plain);
    folder.run(&oracle);
    let file = folder.folder.path().join("question.txt");
    std::fs::write(&file, "谁是销售方？").unwrap();
    let model = ModelOptions { ask: folder.ask.clone(), prompt: LabelPrompt::read(&file).unwrap() };
    let plan = AskPlan::read(&folder.options(), model).unwrap();
    assert_eq!(plan.unanswered(), 2);
    label_by_model(&plan, &oracle, &|_| None, &FakePace::default(), &Silent).unwrap();
    assert_eq!(oracle.attempts(), 4);
    assert!(folder.table().contains(",own-"), "{}", folder.table());
}
