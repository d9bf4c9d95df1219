use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::Existing;
use super::super::samples::Fake;
use super::*;
use crate::findings::Severity;
use crate::images::{hash_file, samples};
use crate::progress::Silent;
use crate::readings::samples::{IDS, reading, unsure};

struct Folder {
    folder: tempfile::TempDir,
    reader: Fake,
}

impl Folder {
    /// Photos 1.jpg, 2.jpg … with these readings.
    fn of(readings: Vec<PhotoReading>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        let mut reader = Fake::default();
        for (n, reading) in (1..).zip(readings) {
            let photo = samples::jpeg(&samples::picture(20 + n, 20));
            std::fs::write(folder.path().join(format!("photos/{n}.jpg")), photo).unwrap();
            reader.known.insert(format!("{n}.jpg"), reading);
        }
        Self { folder, reader }
    }

    fn options(&self) -> LabelOptions {
        LabelOptions {
            input_dir: self.folder.path().join("photos"),
            output_file: self.folder.path().join("out/labels.csv"),
            concurrency: 1,
            ..LabelOptions::default()
        }
    }

    fn run(&self) -> Labelled {
        label(&self.options(), &self.reader, &Silent).unwrap()
    }

    fn table(&self) -> String {
        std::fs::read_to_string(self.options().output_file).unwrap()
    }

    /// Name, seller, sheet of each row.
    fn rows(&self) -> Vec<String> {
        let read = Labels::read(&self.options().output_file).unwrap();
        assert_eq!(read.findings, []);
        let row =
            |row: crate::labels::LabelRow| format!("{} {} {}", row.image, row.seller, row.sheet.unwrap_or_default());
        read.labels.rows().into_iter().map(row).collect()
    }
}

use crate::labels::Labels;

fn three() -> Folder {
    Folder::of(vec![
        reading("a", "甲公司", IDS[0], "00000001"),
        unsure(reading("b", "田公司", IDS[0], "00000001"), 0.7),
        reading("c", "乙公司", IDS[1], "00000002"),
    ])
}

fn codes(labelled: &Labelled) -> Vec<String> {
    let findings = labelled.report.findings().iter();
    findings
        .map(|one| format!("{} {}", one.rule.code, one.place.file.as_ref().unwrap().file_name().unwrap().display()))
        .collect()
}

#[test]
fn each_photo_gets_its_seller_its_sheet_and_why() {
    let folder = three();
    let labelled = folder.run();
    let sheets = ["1100162130-00000001", "1100162130-00000002"];
    let expected = [
        format!("1.jpg 甲公司 {}", sheets[0]),
        format!("2.jpg 甲公司 {}", sheets[0]),
        format!("3.jpg 乙公司 {}", sheets[1]),
    ];
    assert_eq!(folder.rows(), expected);
    let (table, id) = (folder.table(), IDS[0]);
    let second = format!("2.jpg,甲公司,{},0.684,read as 田公司 here", sheets[0]);
    assert!(
        table.starts_with("image,seller,sheet,confidence,evidence,seller_id,buyer,date,total,labeler,version\n1.jpg,"),
        "{table}"
    );
    assert!(table.lines().nth(2).unwrap().starts_with(&second[..second.len() - 30]), "{table}");
    assert!(table.contains(&format!("read at 0.99,{},,2017-04-18,226.00,reader,fake ", IDS[1])), "{table}");
    assert!(table.contains(&format!("id {id} on 1 photo")), "{table}");
    assert_eq!(codes(&labelled), ["LBL029 2.jpg"]);
    assert_eq!((labelled.photos, labelled.rows, labelled.sheets, labelled.kept), (3, 3, 2, 0));
}

#[test]
fn a_photo_that_fails_or_shows_no_seller_has_a_finding_and_no_row() {
    let mut folder = three();
    folder.reader.known.remove("1.jpg");
    folder.reader.known.get_mut("3.jpg").unwrap().invoice = crate::invoice::Invoice::default();
    std::fs::write(folder.folder.path().join("photos/4.jpg"), b"\xFF\xD8\xFF").unwrap();
    let labelled = folder.run();
    assert_eq!(codes(&labelled), ["LBL028 1.jpg", "LBL027 3.jpg", "LBL028 4.jpg"]);
    assert_eq!(labelled.report.count(Severity::Error), 2);
    assert_eq!(folder.rows().len(), 1);
    let table = folder.table();
    assert!(!table.contains("dark") && !table.contains("1.jpg"), "{table}");
    assert!(labelled.report.findings()[0].message.contains("it went dark"));
}

#[test]
fn where_nothing_can_be_read_no_table_is_written() {
    let mut folder = three();
    folder.reader.known.clear();
    assert_eq!(folder.run().rows, 0);
    assert!(!folder.options().output_file.exists());
}

#[test]
fn a_killed_run_goes_on_and_the_end_is_as_if_it_had_not_been_killed() {
    let mut folder = three();
    let undisturbed = {
        folder.run();
        let table = folder.table();
        std::fs::remove_dir_all(folder.folder.path().join("out")).unwrap();
        table
    };
    (folder.reader.asked, folder.reader.ends_after) = (AtomicUsize::new(0), Some(2));
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| folder.run()));
    assert!(killed.is_err() && !folder.options().output_file.exists());
    (folder.reader.asked, folder.reader.ends_after) = (AtomicUsize::new(0), None);
    let labelled = folder.run();
    assert_eq!((labelled.recalled, folder.reader.asked.load(Ordering::SeqCst)), (2, 1));
    assert_eq!(folder.table(), undisturbed);
    assert_eq!(folder.run().recalled, 3, "the next run reads nothing, and may write its own table again");
    folder.reader.version = "of tomorrow";
    assert_eq!(folder.run().recalled, 0, "another reader reads all again");
}

#[test]
fn a_table_that_a_person_changed_is_not_overwritten() {
    let folder = three();
    folder.run();
    let mine = folder.table().replace("乙公司", "丙公司");
    std::fs::write(folder.options().output_file, &mine).unwrap();
    let error = label(&folder.options(), &folder.reader, &Silent).unwrap_err();
    assert!(error.to_string().contains("somebody has written into it") && error.hint().unwrap().contains("`resume`"));
    assert_eq!(folder.table(), mine);
}

#[test]
fn resuming_keeps_each_byte_of_a_persons_rows_and_adds_those_that_are_missing() {
    let folder = three();
    let mine = "图片名称,note,销售方\r\n3.jpeg,\"mine, all of it\",丙公司\r\n1.jpg,,";
    std::fs::create_dir(folder.folder.path().join("out")).unwrap();
    std::fs::write(folder.options().output_file, mine).unwrap();
    let keep = LabelOptions { existing: Existing::Keep, ..folder.options() };
    let labelled = label(&keep, &folder.reader, &Silent).unwrap();
    assert_eq!(folder.table(), format!("{mine}\n2.jpg,,甲公司\n"));
    assert_eq!((labelled.rows, labelled.kept), (1, 2));
    let error = label(&folder.options(), &folder.reader, &Silent).unwrap_err();
    assert!(error.to_string().contains("somebody has written into it"), "what a person wrote stays theirs");
    assert_eq!(label(&keep, &folder.reader, &Silent).unwrap().rows, 0);
    assert_eq!(folder.table(), format!("{mine}\n2.jpg,,甲公司\n"));
}

#[test]
fn rows_are_not_added_to_a_table_in_another_encoding() {
    let folder = three();
    std::fs::create_dir(folder.folder.path().join("out")).unwrap();
    let gbk = encoding_rs::GBK.encode("图片名称,销售方\n1.jpg,甲公司\n").0.into_owned();
    std::fs::write(folder.options().output_file, &gbk).unwrap();
    let keep = LabelOptions { existing: Existing::Keep, ..folder.options() };
    let error = label(&keep, &folder.reader, &Silent).unwrap_err();
    assert!(error.to_string().contains("rows cannot be added"), "{error}");
    assert_eq!(std::fs::read(&keep.output_file).unwrap(), gbk);
}

#[test]
fn the_photos_are_never_written_to_and_copies_are_one_witness() {
    let mut folder = three();
    let copy = std::fs::read(folder.folder.path().join("photos/1.jpg")).unwrap();
    std::fs::write(folder.folder.path().join("photos/5.jpg"), copy).unwrap();
    let first = folder.reader.known["1.jpg"].clone();
    folder.reader.known.insert("5.jpg".to_owned(), first);
    let before = hash_file(&folder.folder.path().join("photos/1.jpg")).unwrap();
    assert_eq!(folder.run().confirmed, 0);
    assert_eq!(hash_file(&folder.folder.path().join("photos/1.jpg")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_photo_whose_name_has_a_line_break_has_a_finding_and_no_row() {
    let folder = three();
    let photos = folder.options().input_dir;
    std::fs::copy(photos.join("1.jpg"), photos.join("a\nb.jpg")).unwrap();
    let labelled = folder.run();
    assert_eq!((labelled.photos, labelled.rows), (4, 3));
    let is_told = |message: &str| message.contains("its name has a line break") && message.contains("rename");
    assert!(labelled.report.findings().iter().any(|found| is_told(&found.message)));
    assert_eq!(folder.rows().len(), 3);
}
