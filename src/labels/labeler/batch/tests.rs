//! Batches against a service that computes its answers, loses them, repeats them and fails as told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::testing::{Death, Fate, Service, error_of, errors_of, lock, name_of, text_of};
use super::*;
use crate::aws::bedrock::BatchStatus;
use crate::aws::inference::Money;
use crate::aws::inference::testing::{FakePace, refused};
use crate::images::samples;
use crate::labels::Labels;
use crate::labels::labeler::{Existing, Labeler};
use crate::progress::Silent;
use crate::readings::samples::{IDS, reading};

mod ends;
mod money;

struct Folder {
    root: tempfile::TempDir,
    limits: BatchLimits,
    known: KnownReading<'static>,
    prefix: &'static str,
    existing: Existing,
    /// What may be spent where a token costs a dollar.
    most_usd: Option<f64>,
    /// The user does not agree to so many photos.
    says_no_to: Option<usize>,
    observe: &'static dyn Fn(&BatchNotice<'_>),
}

impl Folder {
    /// So many files, in turn of so many photos of which each has a width of its own, from 20 px on.
    fn of(files: u32, distinct: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        let photos: Vec<_> = (0..distinct).map(|n| samples::jpeg(&samples::picture(20 + n, 20))).collect();
        for n in 0..files {
            std::fs::write(folder.path().join(format!("photos/{n:04}.jpg")), &photos[(n % distinct) as usize]).unwrap();
        }
        let limits = BatchLimits { min_records: 10, ..BatchLimits::default() };
        Self {
            root: folder,
            limits,
            known: &|_| None,
            prefix: "p",
            existing: Existing::Refuse,
            most_usd: None,
            says_no_to: None,
            observe: &|_| {},
        }
    }

    fn table(&self) -> PathBuf {
        self.root.path().join("out/labels.csv")
    }

    fn run(&self, service: &Service) -> Result<Labelled> {
        let options = LabelOptions {
            input_dir: self.root.path().join("photos"),
            output_file: self.table(),
            labeler: Labeler::Batch,
            existing: self.existing,
            ..LabelOptions::default()
        };
        let batch = BatchOptions {
            prompt: LabelPrompt::default(),
            model_id: "us.amazon.nova-lite-v1:0".to_owned(),
            memory_key: "test us.amazon.nova-lite-v1:0".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/batch".to_owned(),
            bucket: "bucket".to_owned(),
            prefix: self.prefix.to_owned(),
            limits: self.limits,
            interval: Duration::from_mins(1),
        };
        let pace = FakePace::default();
        let money = Money { input_usd: 1_000.0, output_usd: 1_000.0, most_usd: self.most_usd };
        let agree = |need: &BatchNeed| {
            *lock(&service.agreed) = Some(*need);
            Ok(match money.most_usd {
                Some(most) if need.most_usd(money) > most => Consent::TooDear(refused("TooDear")),
                _ if self.says_no_to == Some(need.new) => Consent::Declined(refused("No")),
                _ => Consent::Given,
            })
        };
        let services = BatchServices {
            jobs: service,
            store: service,
            pace: &pace,
            progress: &Silent,
            observe: self.observe,
            known: self.known,
            agree: &agree,
            cost_usd: &|input, output| Some((input + output) as f64),
        };
        label_by_batch(&options, &batch, services)
    }

    /// Seller by image.
    fn sellers(&self) -> BTreeMap<String, String> {
        let labels = Labels::read(&self.table()).unwrap().labels;
        labels.rows().into_iter().map(|row| (row.image, row.seller)).collect()
    }
}

fn assert_all_right(folder: &Folder, files: u32, distinct: u32) {
    let sellers = folder.sellers();
    assert_eq!(sellers.len(), files as usize);
    for (image, seller) in sellers {
        let number: u32 = image[..4].parse().unwrap();
        assert_eq!(seller, name_of(20 + number % distinct), "{image}");
    }
}

#[test]
fn each_distinct_photo_is_sent_and_asked_about_once_and_each_file_has_its_row() {
    let (folder, service) = (Folder::of(100, 12), Service::default());
    let labelled = folder.run(&service).unwrap();
    assert_all_right(&folder, 100, 12);
    assert_eq!((labelled.photos, labelled.rows, labelled.recalled), (100, 100, 0));
    let asking = labelled.asking.unwrap();
    assert_eq!((asking.distinct, asking.asked, asking.input_tokens, asking.cost_usd), (12, 12, 1_200, Some(1_320.0)));
    assert_eq!((service.job_count(), service.asked_count(), service.most_asked()), (1, 12, 1));
    assert_eq!(lock(&service.puts).len(), 13, "the photos and their records");
    assert!(lock(&service.puts).values().all(|puts| *puts == 1));
    let need = lock(&service.agreed).unwrap();
    assert!(need.new == 12 && need.tokens.input.low > 0 && need.tokens.output.high == 12 * 200);

    let again = folder.run(&service).unwrap();
    assert_eq!((again.recalled, again.rows, service.job_count()), (100, 100, 1));
    let table = std::fs::read_to_string(folder.table()).unwrap();
    assert!(
        table.starts_with("image,seller,sheet,labeler,model,prompt,answer,input_tokens,output_tokens\n"),
        "{table}"
    );
    assert!(table.contains(",batch,us.amazon.nova-lite-v1:0,p1,销售方名称："), "{table}");
}

#[test]
fn a_run_killed_at_any_call_goes_on_and_asks_nothing_twice() {
    for death in [Death::Before, Death::After] {
        let mut died = 0;
        for at in 1.. {
            let mut folder = Folder::of(40, 25);
            // Three jobs.
            folder.limits.max_records = 10;
            folder.limits.min_records = 5;
            let mut service = Service { dies_at: Some((at, death)), ..Service::default() };
            let first = folder.run(&service);
            if first.is_ok() {
                break;
            }
            died += 1;
            assert!(!folder.table().exists(), "no table of half a run");
            // And killed once more.
            let calls = *lock(&service.calls);
            service.dies_at = Some((calls + 4, death));
            let _ = folder.run(&service);
            service.dies_at = None;
            folder.run(&service).unwrap();
            assert_all_right(&folder, 40, 25);
            assert_eq!((service.job_count(), service.most_asked()), (3, 1), "{death:?} {at}");
            assert!(lock(&service.puts).values().all(|puts| *puts == 1), "{death:?} {at}");
        }
        assert!(died > 40, "{died}");
    }
}

#[test]
fn a_photo_whose_files_all_have_rows_of_somebody_is_not_asked_about() {
    let (mut folder, service) = (Folder::of(40, 20), Service::default());
    folder.existing = Existing::Keep;
    // The first photo has both of its rows, the second one of two.
    std::fs::create_dir(folder.root.path().join("out")).unwrap();
    std::fs::write(folder.table(), "image,seller\n0000.jpg,甲公司\n0020.jpg,甲公司\n0001.jpg,乙公司\n").unwrap();
    let labelled = folder.run(&service).unwrap();
    assert_eq!((labelled.rows, labelled.kept, service.asked_count()), (37, 3, 19));
    let sellers = folder.sellers();
    let of = |image: &str| sellers[image].clone();
    assert_eq!(
        [of("0020.jpg"), of("0001.jpg"), of("0021.jpg")],
        ["甲公司".to_owned(), "乙公司".to_owned(), name_of(21)]
    );
}

#[test]
fn a_job_that_only_the_service_knows_of_is_found_again() {
    let (folder, service) = (Folder::of(12, 12), Service::default());
    folder.run(&service).unwrap();
    std::fs::remove_dir_all(folder.root.path().join("out")).unwrap();
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    assert_eq!((service.job_count(), service.most_asked()), (1, 1));
}

#[test]
fn fewer_photos_than_a_job_takes_are_an_error_before_anything_is_sent() {
    let (folder, service) = (Folder::of(40, 9), Service::default());
    let error = folder.run(&service).unwrap_err();
    assert!(error.to_string().ends_with("9 distinct photos to ask about, and a batch job takes 10 records or more"));
    assert!(error.hint().unwrap().contains("`labeler = converse`"));
    assert_eq!((*lock(&service.calls), *lock(&service.agreed)), (0, None));
    assert!(!folder.table().exists());
}

#[test]
fn more_photos_than_a_job_takes_go_into_several_of_about_the_same_size() {
    let limits = BatchLimits { min_records: 10, max_records: 30, ..BatchLimits::default() };
    let photos: Vec<_> = (0..61_u8).map(|number| images::hash_bytes(&[number])).collect();
    let sizes: Vec<_> = limits.split(&photos).iter().map(|part| part.len()).collect();
    assert_eq!(sizes, [21, 20, 20]);
    assert_eq!(limits.split(&photos[..30]).len(), 1);
    let files = BatchLimits { max_file_records: 3, max_file_bytes: 10, ..limits };
    let lines = ["1\n", "2\n", "3\n", "4\n", "long long\n", "5\n"].map(str::to_owned).to_vec();
    assert_eq!(files.files(lines), ["1\n2\n3\n", "4\n", "long long\n", "5\n"]);
}

#[test]
fn what_has_no_answer_is_asked_about_once_more_in_a_next_job() {
    let fates: [Fate; 3] = [
        |lines| (BatchStatus::Completed, errors_of(&lines)),
        |_| (BatchStatus::Completed, String::new()),
        |lines| (BatchStatus::Completed, text_of(&lines).replace('"', "'")),
    ];
    for fate in fates {
        let (folder, service) = (Folder::of(12, 12), Service { fates: vec![fate], ..Service::default() });
        let labelled = folder.run(&service).unwrap();
        assert_all_right(&folder, 12, 12);
        assert!(!labelled.report.has_errors());
        assert_eq!((service.job_count(), service.most_asked()), (2, 2));
        // The photos are there already.
        assert!(lock(&service.puts).values().all(|puts| *puts == 1));
    }
}

#[test]
fn a_part_that_is_too_small_for_a_job_is_left_to_converse_and_said_photo_by_photo() {
    let fate: Fate = |lines| (BatchStatus::Completed, errors_of(&lines[..3]) + &text_of(&lines[3..]));
    let (folder, service) = (Folder::of(24, 12), Service { fates: vec![fate], ..Service::default() });
    let labelled = folder.run(&service).unwrap();
    assert_eq!((labelled.rows, service.job_count()), (18, 1));
    let findings: Vec<_> = labelled.report.findings().iter().map(|found| found.message.clone()).collect();
    assert_eq!(findings.len(), 6);
    for message in findings {
        assert!(message.contains("500: busy") && message.contains("3 left, and a batch job takes 10"), "{message}");
        assert!(message.contains("--labeler converse"), "{message}");
    }
    // The same again: nothing is asked, and nobody is asked to agree.
    *lock(&service.agreed) = None;
    let again = folder.run(&service).unwrap();
    assert_eq!((again.rows, service.job_count(), *lock(&service.agreed)), (18, 1, None));
}

#[test]
fn a_photo_that_fails_twice_is_not_asked_about_for_ever() {
    let fate: Fate = |lines| (BatchStatus::Completed, errors_of(&lines));
    let (folder, service) = (Folder::of(12, 12), Service { fates: vec![fate, fate], ..Service::default() });
    let labelled = folder.run(&service).unwrap();
    assert_eq!((labelled.rows, service.job_count()), (0, 2));
    assert!(labelled.report.findings().iter().all(|found| found.message.contains("asked about 2 times")));
    folder.run(&service).unwrap();
    assert_eq!(service.job_count(), 2);
}

#[test]
fn answers_that_come_twice_damaged_or_for_others_change_nothing() {
    let fate: Fate = |lines| {
        let mut text = String::from("{\"recordId\": 7}\nno line\n");
        for line in &lines {
            let mut other = line.clone();
            other["modelOutput"]["output"]["message"]["content"][0]["text"] = "别的有限公司".into();
            writeln!(text, "{line}\n{other}\n{}", error_of(line)).unwrap();
            other["recordId"] = "stranger".into();
            writeln!(text, "{other}").unwrap();
        }
        (BatchStatus::Completed, text)
    };
    let (folder, service) = (Folder::of(12, 12), Service { fates: vec![fate], ..Service::default() });
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    assert_eq!(service.job_count(), 1);
}

#[test]
fn photos_that_no_model_takes_are_findings_and_those_of_other_kinds_are_converted() {
    let (folder, service) = (Folder::of(12, 12), Service::default());
    let photos = folder.root.path().join("photos");
    std::fs::write(photos.join("broken.jpg"), "\u{0}no picture").unwrap();
    std::fs::write(photos.join("9012.bmp"), samples::bmp(&samples::picture(32, 20))).unwrap();
    let labelled = folder.run(&service).unwrap();
    assert_eq!(folder.sellers()["9012.bmp"], name_of(32));
    assert_eq!(labelled.rows, 13);
    assert!(
        lock(&service.puts)
            .keys()
            .filter(|key| key.contains("/photos/"))
            .all(|key| key.rsplit('.').next() == Some("jpeg"))
    );
}

#[test]
fn a_sheet_that_the_reader_knows_stands_in_the_row() {
    let mut folder = Folder::of(20, 10);
    folder.known = &|photo| (photo.name == "0001.jpg").then(|| reading("a", "甲公司", IDS[0], "00000001"));
    assert_eq!(folder.run(&Service::default()).unwrap().sheets, 1);
    let rows = Labels::read(&folder.table()).unwrap().labels.rows();
    let with_sheet = rows.iter().filter(|row| row.sheet.as_deref() == Some("1100162130-00000001"));
    assert_eq!(with_sheet.map(|row| row.image.as_str()).collect::<Vec<_>>(), ["0001.jpg", "0011.jpg"]);
    assert_eq!(rows.iter().filter(|row| row.sheet.is_some()).count(), 2);
}
