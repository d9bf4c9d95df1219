use super::*;

mod properties;

/// A folder with tables, each a labeler's name and its rows.
struct Tables {
    folder: tempfile::TempDir,
    tables: Vec<LabelerTable>,
}

impl Tables {
    /// Tables with these columns after `image,seller`; the file's name is the labeler's where no column says it.
    fn of(tables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tables = tables.iter().map(|(name, table)| {
            let file = folder.path().join(format!("{name}.csv"));
            std::fs::write(&file, table).unwrap();
            LabelerTable { file, name: None }
        });
        Self { tables: tables.collect(), folder }
    }

    fn consensus(&self) -> Consensus {
        consensus(&ConsensusOptions { tables: self.tables.clone(), ..ConsensusOptions::default() }).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The reader's table of rows `image,seller,sheet,photos`: read on so many photos of the sheet.
fn reader(rows: &[(&str, &str, &str, usize)]) -> String {
    let row = |(image, seller, sheet, photos): &(&str, &str, &str, usize)| {
        let more = if *photos > 1 { format!("; same name on {photos} photos of the sheet") } else { String::new() };
        format!("{image},{seller},{sheet},0.990,read at 0.99{more},reader\n")
    };
    format!("image,seller,sheet,confidence,evidence,labeler\n{}", rows.iter().map(row).collect::<String>())
}

/// A model's table.
fn model(id: &str, prompt: &str, rows: &[(&str, &str)]) -> String {
    let row = |(image, seller): &(&str, &str)| format!("{image},{seller},converse,{id},{prompt}\n");
    let rows: String = rows.iter().map(row).collect();
    format!("image,seller,labeler,model,prompt\n{rows}")
}

const NOVA: &str = "amazon.nova-lite-v1:0";
const CLAUDE: &str = "anthropic.claude-3-haiku-20240307-v1:0";

/// The rule and the seller of each photo.
fn decided(tables: &[(&str, &str)]) -> Vec<String> {
    let line = |photo: &Decided| {
        let seller = photo.seller.as_deref().unwrap_or("-");
        format!("{} {} {seller}", photo.labels.image, photo.ground.name())
    };
    Tables::of(tables).consensus().photos.iter().map(line).collect()
}

#[test]
fn two_independent_witnesses_that_agree_are_believed_and_one_alone_is_not() {
    let read = reader(&[("1.jpg", "甲公司", "", 1), ("2.jpg", "乙公司", "", 1)]);
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司"), ("3.jpg", "丙公司")]);
    assert_eq!(
        decided(&[("r", &read), ("n", &nova)]),
        ["1.jpg unanimous 甲公司", "2.jpg one-witness -", "3.jpg one-witness -"]
    );
}

#[test]
fn prompts_sizes_and_ways_of_asking_one_family_of_models_are_one_witness() {
    let rows = [("1.jpg", "甲公司")];
    let (p1, p2, pro) =
        (model(NOVA, "p1", &rows), model(NOVA, "p2", &rows), model("us.amazon.nova-pro-v1:0", "p1", &rows));
    assert_eq!(decided(&[("a", &p1), ("b", &p2), ("c", &pro)]), ["1.jpg one-witness -"]);
    let claude = model(CLAUDE, "p1", &rows);
    assert_eq!(decided(&[("a", &p1), ("b", &p2), ("d", &claude)]), ["1.jpg unanimous 甲公司"]);
    // Tables that do not say who made them may be of one.
    let nobody = "image,seller\n1.jpg,甲公司\n";
    assert_eq!(decided(&[("a", nobody), ("b", nobody)]), ["1.jpg one-witness -"]);
    assert_eq!(decided(&[("a", nobody), ("b", &p1)]), ["1.jpg unanimous 甲公司"]);
}

#[test]
fn a_witness_that_contradicts_itself_speaks_for_nobody_and_against_both() {
    let (p1, p2) = (model(NOVA, "p1", &[("1.jpg", "甲公司")]), model(NOVA, "p2", &[("1.jpg", "乙公司")]));
    let read = reader(&[("1.jpg", "甲公司", "s", 3)]);
    assert_eq!(decided(&[("a", &p1), ("b", &p2), ("r", &read)]), ["1.jpg no-majority -"]);
    let claude = model(CLAUDE, "p1", &[("1.jpg", "甲公司")]);
    assert_eq!(decided(&[("a", &p1), ("b", &p2), ("r", &read), ("c", &claude)]), ["1.jpg confirmed-majority 甲公司"]);
}

#[test]
fn two_against_one_need_another_photo_and_two_against_two_are_open() {
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "甲公司")]);
    let claude = model(CLAUDE, "p1", &[("1.jpg", "乙公司"), ("2.jpg", "甲公司")]);
    let alone = reader(&[("1.jpg", "甲公司", "", 1)]);
    assert_eq!(decided(&[("n", &nova), ("c", &claude), ("r", &alone)])[0], "1.jpg no-signal -");
    // The reader saw it on another photo of the sheet.
    let seen = reader(&[("1.jpg", "甲公司", "s", 2)]);
    assert_eq!(decided(&[("n", &nova), ("c", &claude), ("r", &seen)])[0], "1.jpg confirmed-majority 甲公司");
    // Another photo of the sheet is beyond doubt.
    let same_sheet = reader(&[("1.jpg", "甲公司", "s", 1), ("2.jpg", "甲公司", "s", 1)]);
    assert_eq!(decided(&[("n", &nova), ("c", &claude), ("r", &same_sheet)])[0], "1.jpg confirmed-majority 甲公司");
    // What the reader saw counts only for the name that it is about.
    let other = reader(&[("1.jpg", "乙公司", "s", 2)]);
    let person = "image,seller\n1.jpg,甲公司\n";
    assert_eq!(decided(&[("n", &nova), ("r", &other), ("p", person)])[0], "1.jpg no-signal -");
    assert_eq!(decided(&[("n", &nova), ("c", &claude), ("r", &other), ("p", person)])[0], "1.jpg no-majority -");
    // Sure, and on one photo only; on two, and not sure.
    let unsure = seen.replace("0.990", "0.890");
    assert_eq!(decided(&[("n", &nova), ("c", &claude), ("r", &unsure)])[0], "1.jpg no-signal -");
}

#[test]
fn sentences_and_failures_are_no_names_and_the_buyer_of_another_table_speaks_only_against() {
    let nova = model(NOVA, "p1", &[("1.jpg", "提取失败: timeout"), ("2.jpg", "中科院"), ("3.jpg", "抱歉")]);
    let claude = model(CLAUDE, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "甲公司")]);
    let read = "image,seller,buyer,labeler\n1.jpg,甲公司,,reader\n2.jpg,甲公司,中科院,reader\n";
    assert_eq!(
        decided(&[("n", &nova), ("c", &claude), ("r", read)]),
        ["1.jpg unanimous 甲公司", "2.jpg no-signal -", "3.jpg no-name -"]
    );
    let both_say_the_buyer = model(CLAUDE, "p1", &[("2.jpg", "中科院")]);
    assert_eq!(decided(&[("n", &nova), ("c", &both_say_the_buyer), ("r", read)])[1], "2.jpg no-majority -");
}

#[test]
fn a_tuned_model_speaks_only_against() {
    let tuned = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc";
    let read = reader(&[("1.jpg", "甲公司", "", 1), ("2.jpg", "甲公司", "", 1)]);
    let says = model(tuned, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "乙公司")]);
    assert_eq!(decided(&[("t", &says), ("r", &read)]), ["1.jpg one-witness -", "2.jpg no-majority -"]);
}

#[test]
fn one_sheet_and_one_taxpayer_id_never_get_two_sellers() {
    let read = reader(&[("1.jpg", "甲公司", "s", 2), ("2.jpg", "乙公司", "s", 2), ("3.jpg", "乙公司", "t", 1)]);
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "乙公司"), ("3.jpg", "乙公司")]);
    assert_eq!(
        decided(&[("r", &read), ("n", &nova)]),
        ["1.jpg contradicted -", "2.jpg contradicted -", "3.jpg unanimous 乙公司"]
    );
    let ids =
        "image,seller,seller_id,labeler\n1.jpg,甲公司,911,reader\n2.jpg,乙公司,911,reader\n3.jpg,乙公司,,reader\n";
    assert_eq!(
        decided(&[("r", ids), ("n", &nova)]),
        ["1.jpg contradicted -", "2.jpg contradicted -", "3.jpg unanimous 乙公司"]
    );
}

#[test]
fn a_majority_that_rests_on_a_contradicted_photo_is_open() {
    // 1 rests on 2 of its sheet, which has the taxpayer id of 3, whose seller is another one.
    let read = "image,seller,sheet,seller_id,labeler\n1.jpg,甲公司,s,,reader\n2.jpg,甲公司,s,911,reader\n3.jpg,乙公司,t,911,reader\n";
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "甲公司"), ("3.jpg", "乙公司")]);
    let claude = model(CLAUDE, "p1", &[("1.jpg", "丙公司")]);
    assert_eq!(
        decided(&[("r", read), ("n", &nova), ("c", &claude)]),
        ["1.jpg no-signal -", "2.jpg contradicted -", "3.jpg contradicted -"]
    );
}

#[test]
fn a_photo_that_would_be_confirmed_later_is_open_too_where_its_sheet_is_contradicted() {
    let read = reader(&[("1.jpg", "甲公司", "s", 1), ("2.jpg", "乙公司", "s", 1), ("3.jpg", "甲公司", "s", 2)]);
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "乙公司"), ("3.jpg", "甲公司")]);
    let claude = model(CLAUDE, "p1", &[("3.jpg", "丙公司")]);
    let open = ["1.jpg contradicted -", "2.jpg contradicted -", "3.jpg contradicted -"];
    assert_eq!(decided(&[("r", &read), ("n", &nova), ("c", &claude)]), open);
    // By the taxpayer id alone.
    let by_id =
        |row: &str| row.replace(",s,", ",,").replacen("sheet", "sheet,seller_id", 1).replace(",,0.990", ",,911,0.990");
    assert_eq!(decided(&[("r", &by_id(&read)), ("n", &nova), ("c", &claude)]), open);
}

#[test]
fn brackets_and_width_are_no_difference_and_the_paper_s_spelling_is_taken() {
    let read = reader(&[("1.jpg", "甲（北京）公司", "", 1)]);
    let nova = model(NOVA, "p1", &[("1.jpg", "甲(北京)公司")]);
    let claude = model(CLAUDE, "p1", &[("1.jpg", "甲(北京)公司")]);
    assert_eq!(decided(&[("r", &read), ("n", &nova), ("c", &claude)]), ["1.jpg unanimous 甲（北京）公司"]);
}

#[test]
fn rows_of_one_photo_that_disagree_are_no_vote_and_other_ways_to_write_its_name_are_found() {
    let read = reader(&[("a/1.jpg", "甲公司", "", 1), ("2.jpg", "乙公司", "", 1)]);
    let nova = model(NOVA, "p1", &[("1", "甲公司"), ("2.jpg", "乙公司"), ("2.jpg", "丙公司")]);
    assert_eq!(decided(&[("r", &read), ("n", &nova)]), ["2.jpg no-majority -", "a/1.jpg unanimous 甲公司"]);
    let found = Tables::of(&[("r", &read), ("n", &nova)]).consensus();
    assert_eq!(found.report.findings().iter().map(|one| one.rule.code).collect::<Vec<_>>(), ["LBL014"]);
}

#[test]
fn a_table_that_says_two_sellers_of_a_photo_speaks_for_neither_and_against_both() {
    let read = reader(&[("1.jpg", "甲公司", "", 1), ("2.jpg", "甲公司", "", 1), ("3.jpg", "丙公司", "", 1)]);
    let claude = model(CLAUDE, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "甲公司"), ("3.jpg", "丙公司")]);
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司"), ("1.jpg", "乙公司"), ("2.jpg", "甲公司"), ("3.jpg", "丙公司")]);
    let tables = [("c", claude.as_str()), ("n", &nova), ("r", &read)];
    assert_eq!(decided(&tables), ["1.jpg no-signal -", "2.jpg unanimous 甲公司", "3.jpg unanimous 丙公司"]);
    let tables = Tables::of(&tables);
    let found = tables.consensus();
    let said = found.photos[0].labels.sayings.iter().filter(|one| one.is_disputed());
    let said: Vec<_> = said.map(|one| (one.seller.as_str(), one.standing, one.fault)).collect();
    let against = |seller| (seller, Standing::OnlyAgainst, Some("LBL014"));
    assert_eq!(said, [against("甲公司"), against("乙公司")]);
    assert!(
        found.photos[0].evidence.contains("two things at once: amazon.nova-lite-v1:0@p1"),
        "{}",
        found.photos[0].evidence
    );
    // The figures leave it out for that photo.
    let nova = found.labelers.iter().position(|one| one.name.contains("nova")).unwrap();
    assert_eq!((found.labelers[nova].named, found.alpha), (2, Some(1.0)));
    assert!(
        found.agreements.iter().all(|one| one.both == if [one.pair.0, one.pair.1].contains(&nova) { 2 } else { 3 })
    );
    // Its column has both.
    let out = tables.path("consensus.csv");
    write_consensus(&found, &out).unwrap();
    assert!(std::fs::read_to_string(&out).unwrap().contains(",\"甲公司\n乙公司\","));
}

#[test]
fn a_table_that_says_two_sheets_of_a_photo_says_none() {
    let read = "image,seller,sheet,labeler\n1.jpg,甲公司,s,reader\n1.jpg,甲公司,t,reader\n2.jpg,乙公司,s,reader\n";
    let claude = model(CLAUDE, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "乙公司")]);
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司"), ("2.jpg", "乙公司")]);
    let found = Tables::of(&[("c", &claude), ("n", &nova), ("r", read)]).consensus();
    let sheets: Vec<_> = found.photos.iter().map(|photo| (photo.labels.sheet.as_deref(), photo.ground)).collect();
    assert_eq!(sheets, [(None, Ground::Unanimous), (Some("s"), Ground::Unanimous)]);
}

#[test]
#[ignore = "a measurement: cargo test --release -- --ignored --nocapture so_many_disputed"]
fn so_many_disputed_photos_take_so_long() {
    for count in [4_000_usize, 8_000, 100_000] {
        let names: Vec<String> = (0..count).map(|n| format!("{n:06}.jpg")).collect();
        // Every photo is a majority that no other confirms: the case in which all others are looked at.
        let sheets: Vec<String> = (0..count).map(|n| format!("sheet-{}", n / 4)).collect();
        let rows: Vec<_> =
            names.iter().zip(&sheets).map(|(name, sheet)| (name.as_str(), "甲公司", sheet.as_str(), 1)).collect();
        let of = |seller: &'static str| names.iter().map(|name| (name.as_str(), seller)).collect::<Vec<_>>();
        let tables = Tables::of(&[
            ("r", &reader(&rows)),
            ("n", &model(NOVA, "p1", &of("甲公司"))),
            ("c", &model(CLAUDE, "p1", &of("丙公司"))),
        ]);
        let start = std::time::Instant::now();
        let found = tables.consensus();
        assert_eq!(found.counts(), [(Ground::NoSignal, count)]);
        println!("{count} photos: {:.2} s", start.elapsed().as_secs_f64());
    }
}

#[test]
fn with_the_photos_each_gets_a_row_and_rows_without_one_are_findings() {
    let tables = Tables::of(&[
        ("r", &reader(&[("1.jpg", "甲公司", "", 1), ("9.jpg", "甲公司", "", 1)])),
        ("n", &model(NOVA, "p1", &[("1", "甲公司")])),
    ]);
    for n in 1..3 {
        let photo = crate::images::samples::jpeg(&crate::images::samples::picture(20 + n, 20));
        std::fs::create_dir_all(tables.path("photos")).unwrap();
        std::fs::write(tables.path(&format!("photos/{n}.jpg")), photo).unwrap();
    }
    let options = ConsensusOptions {
        tables: tables.tables.clone(),
        input_dir: Some(tables.path("photos")),
        levels: Levels::default(),
    };
    let found = consensus(&options).unwrap();
    let photos: Vec<_> = found.photos.iter().map(|photo| (photo.labels.image.as_str(), photo.ground)).collect();
    assert_eq!(photos, [("1.jpg", Ground::Unanimous), ("2.jpg", Ground::NoName)]);
    assert_eq!(found.report.findings().iter().map(|one| one.rule.code).collect::<Vec<_>>(), ["LBL011", "LBL009"]);
}

#[test]
fn one_table_and_two_labelers_of_one_name_are_refused() {
    let nova = model(NOVA, "p1", &[("1.jpg", "甲公司")]);
    let tables = Tables::of(&[("a", &nova), ("b", &nova)]);
    let refused = |tables: &[LabelerTable]| {
        consensus(&ConsensusOptions { tables: tables.to_vec(), ..ConsensusOptions::default() }).unwrap_err().to_string()
    };
    assert!(refused(&tables.tables[..1]).contains("two labelers at least"));
    assert!(refused(&tables.tables).contains("is called amazon.nova-lite-v1:0@p1"));
}

fn sample() -> Tables {
    Tables::of(&[
        (
            "r",
            &reader(&[
                ("1.jpg", "北京恒鸿睿科技有限公司", "110-1", 2),
                ("2.jpg", "北京恒鸿睿科技有限公司", "110-1", 2),
                ("3.jpg", "南京坤山贸易有限公司", "", 1),
                ("4.jpg", "<script>alert(1)</script>", "", 1),
            ]),
        ),
        (
            "n",
            &model(
                NOVA,
                "p1",
                &[
                    ("1.jpg", "北京恒鸿睿科技有限公司"),
                    ("2.jpg", "北京恒鸿睿科技有限公司"),
                    ("3.jpg", "南京恒山贸易公司"),
                    ("4.jpg", "无法识别"),
                ],
            ),
        ),
        ("c", &model(CLAUDE, "p1", &[("1.jpg", "北京恒鸿睿科技有限公司"), ("2.jpg", "北京坤鸿睿科技有限公司")])),
    ])
}

#[test]
fn a_consensus_reads_like_this() {
    insta::assert_snapshot!(render_consensus_text(&sample().consensus()));
}

#[test]
fn a_consensus_in_a_pull_request_reads_like_this() {
    insta::assert_snapshot!(render_consensus_markdown(&sample().consensus()));
}

#[test]
fn the_table_has_a_column_for_each_labeler_and_is_a_label_table() {
    let tables = sample();
    let out = tables.path("out/consensus.csv");
    write_consensus(&tables.consensus(), &out).unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(&out).unwrap());
    let read = crate::labels::Labels::read(&out).unwrap();
    assert_eq!(read.labels.row_count(), 2);
    assert!(read.findings.iter().all(|finding| finding.rule.code == "LBL005"), "open rows have no seller");
}

#[test]
fn the_page_escapes_what_the_tables_say_and_marks_what_differs() {
    let html = render_consensus_html(&sample().consensus());
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)"), "{html}");
    assert!(html.contains("北京<mark>坤</mark>鸿睿科技有限公司<small>1 edit</small>"), "{html}");
    // Headers stand over their columns: what aligns one aligns the other.
    assert!(
        !html.contains("<th class")
            && html.contains(".matrix td, .matrix th { white-space: nowrap; text-align: right;")
    );
    assert!(html.contains("κ 0.00") || html.contains("κ "), "{html}");
    for report in [
        html,
        render_consensus_text(&sample().consensus()),
        render_consensus_markdown(&sample().consensus()),
        render_consensus_json(&sample().consensus()),
    ] {
        assert!(crate::findings::render::is_report(report.as_bytes()), "{report}");
    }
}

#[test]
fn a_table_that_somebody_has_written_into_is_not_overwritten_and_our_own_is() {
    let tables = sample();
    let out = tables.path("consensus.csv");
    let found = tables.consensus();
    write_consensus(&found, &out).unwrap();
    write_consensus(&found, &out).unwrap();
    std::fs::write(&tables.tables[2].file, model(CLAUDE, "p1", &[("1.jpg", "甲公司")])).unwrap();
    let other = tables.consensus();
    write_consensus(&other, &out).unwrap();
    let settled = std::fs::read_to_string(&out).unwrap().replacen("3.jpg,,", "3.jpg,南京坤山贸易有限公司,", 1);
    std::fs::write(&out, &settled).unwrap();
    let error = write_consensus(&found, &out).unwrap_err();
    assert!(error.to_string().contains("somebody has written into it"), "{error}");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), settled);
}

#[test]
fn a_labelers_table_is_none_of_ours_whatever_its_journal_says() {
    use crate::labels::labeler::journal::Journal;
    let tables = sample();
    let file = tables.tables[1].file.clone();
    let table = std::fs::read(&file).unwrap();
    let journal = crate::labels::labeler::journal_file(&file).unwrap();
    Journal::open(&journal).unwrap().add_table(crate::images::hash_bytes(&table), 0).unwrap();
    let error = write_consensus(&tables.consensus(), &file).unwrap_err();
    assert!(error.to_string().contains("another program made it"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), table);
}

#[test]
fn of_very_many_names_for_one_photo_a_hundred_are_kept() {
    let rows = (0..50_000).map(|n| format!("1.jpg,第{n}公司\n")).collect::<Vec<_>>().concat();
    let named = format!("image,seller\n{rows}");
    let found = Tables::of(&[("a", &named), ("b", "image,seller\n1.jpg,第1公司\n")]).consensus();
    let said = |labeler| found.photos[0].labels.said_by(labeler).count();
    assert_eq!((found.photos.len(), said(0), said(1)), (1, 100, 1));
    assert_eq!(found.photos[0].ground, Ground::NoMajority);
}
