//! Batches against a service that computes its answers, loses them, repeats them and fails as told.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::*;
use crate::ask::testing::FakePace;
use crate::bedrock::{BatchCounts, BatchStatus, CreateBatch};
use crate::images::{header_of_bytes, samples};
use crate::labels::Labels;
use crate::labels::labeler::{Existing, Labeler};
use crate::progress::Silent;
use crate::store::{NewObject, S3Uri};

/// The name that stands on a photo: its width.
fn name_of(width_px: u32) -> String {
    format!("第{width_px}号贸易有限公司")
}

/// What becomes of a job: its status, and its lines of answers as the service writes them.
type Fate = fn(Vec<Value>) -> (BatchStatus, String);

fn completed(mut lines: Vec<Value>) -> (BatchStatus, String) {
    // An order of its own.
    lines.reverse();
    (BatchStatus::Completed, text_of(&lines))
}

/// Lines as a file.
fn text_of(lines: &[Value]) -> String {
    lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

/// Errors in place of answers.
fn errors_of(lines: &[Value]) -> String {
    text_of(&lines.iter().map(error_of).collect::<Vec<_>>())
}

/// A job on its way.
struct Job {
    state: BatchState,
    looks: usize,
}

/// S3 and Bedrock. It is killed at a call, before or after that has taken effect.
#[derive(Default)]
struct Service {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    puts: Mutex<HashMap<String, usize>>,
    jobs: Mutex<Vec<Job>>,
    /// How often each record was taken by a job.
    asked: Mutex<HashMap<String, usize>>,
    /// What becomes of the first job, the second; of all others, they are completed.
    fates: Vec<Fate>,
    calls: Mutex<usize>,
    dies_at: Option<(usize, Death)>,
    agreed: Mutex<Option<BatchNeed>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Death {
    Before,
    After,
}

fn killed() -> Error {
    let (target, message, hint) = (String::new(), String::new(), String::new());
    Error::Service { operation: "any", target, code: "Killed".to_owned(), message, hint }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Service {
    /// Does something, unless the process is killed before or after it.
    fn call<T>(&self, effect: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = {
            let mut calls = lock(&self.calls);
            *calls += 1;
            *calls
        };
        match self.dies_at {
            Some((at, Death::Before)) if number >= at => Err(killed()),
            Some((at, Death::After)) if number == at => effect().and(Err(killed())),
            Some((at, Death::After)) if number > at => Err(killed()),
            _ => effect(),
        }
    }

    /// The lines of answers to the records of a folder.
    fn answers(&self, input: &S3Uri) -> Vec<Value> {
        let objects = lock(&self.objects);
        let files = objects.iter().filter(|(key, _)| key.starts_with(&input.key) && key.contains("/records-"));
        let lines = files.flat_map(|(_, bytes)| std::str::from_utf8(bytes).unwrap().lines());
        lines
            .map(|line| {
                let record: Value = serde_json::from_str(line).unwrap();
                let uri = record.pointer("/modelInput/messages/0/content/0/image/source/s3Location/uri").unwrap();
                let uri: S3Uri = uri.as_str().unwrap().parse().unwrap();
                assert!(uri.key.starts_with(&input.key), "a photo lies in the folder of its job");
                let width_px = header_of_bytes(&objects[&uri.key]).unwrap().width_px;
                let id = record["recordId"].as_str().unwrap();
                *lock(&self.asked).entry(id.to_owned()).or_default() += 1;
                let said = format!("销售方名称：{}。", name_of(width_px));
                let output = json!({
                    "output": { "message": { "role": "assistant", "content": [{ "text": said }] } },
                    "stopReason": "end_turn", "usage": { "inputTokens": 100, "outputTokens": 10 },
                });
                json!({ "recordId": id, "modelInput": record["modelInput"], "modelOutput": output })
            })
            .collect()
    }

    fn job_count(&self) -> usize {
        lock(&self.jobs).len()
    }

    fn asked_count(&self) -> usize {
        lock(&self.asked).len()
    }

    fn most_asked(&self) -> usize {
        lock(&self.asked).values().copied().max().unwrap_or_default()
    }
}

impl BatchStore for Service {
    fn sizes(&self, _: &str, prefix: &str) -> Result<BTreeMap<String, u64>> {
        self.call(|| {
            let objects = lock(&self.objects);
            let below = objects.iter().filter(|(key, _)| key.starts_with(prefix));
            Ok(below.map(|(key, bytes)| (key.clone(), bytes.len() as u64)).collect())
        })
    }

    fn read(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        self.call(|| Ok(lock(&self.objects)[&uri.key].clone()))
    }

    fn put_all(&self, files: Vec<(PathBuf, NewObject)>, is_there: &dyn Fn()) -> Result<()> {
        files.into_iter().try_for_each(|(file, object)| {
            self.call(|| {
                let bytes = std::fs::read(file).unwrap();
                assert_eq!((images::hash_bytes(&bytes), bytes.len() as u64), (object.sha256, object.size_bytes));
                *lock(&self.puts).entry(object.uri.key.clone()).or_default() += 1;
                lock(&self.objects).insert(object.uri.key.clone(), bytes);
                is_there();
                Ok(())
            })
        })
    }
}

impl BatchJobs for Service {
    fn create_batch(&self, request: &CreateBatch) -> Result<String> {
        self.call(|| {
            let mut jobs = lock(&self.jobs);
            if let Some(job) = jobs.iter().find(|job| job.state.request.job_name == request.job_name) {
                if job.state.request == *request {
                    return Ok(job.state.job_arn.clone());
                }
                return Err(crate::ask::testing::refused("ConflictException"));
            }
            let lines = self.answers(&request.input_s3_uri.parse().unwrap());
            let job_arn = format!("arn:job/{:012}", jobs.len());
            let counts = BatchCounts { total: lines.len() as u64, ..BatchCounts::default() };
            let (status, text) = self.fates.get(jobs.len()).copied().unwrap_or(completed)(lines);
            let message = (status == BatchStatus::Failed).then(|| "the role may not read".to_owned());
            let state = BatchState {
                job_arn,
                request: request.clone(),
                status,
                message,
                counts,
                submitted: None,
                ended: None,
                expires: None,
            };
            let output: S3Uri = request.output_s3_uri.parse().unwrap();
            if state.status != BatchStatus::Failed {
                let key = format!("{}{}/records-0001.jsonl.out", output.key, state.id());
                lock(&self.objects).insert(key, text.into_bytes());
            }
            let arn = state.job_arn.clone();
            jobs.push(Job { state, looks: 0 });
            Ok(arn)
        })
    }

    fn find_batch(&self, job: &str) -> Result<Option<BatchState>> {
        self.call(|| {
            let mut jobs = lock(&self.jobs);
            let Some(job) = jobs.iter_mut().find(|known| known.state.job_arn == job) else { return Ok(None) };
            job.looks += 1;
            let early = [BatchStatus::Submitted, BatchStatus::InProgress];
            let status = early.get(job.looks - 1).cloned().unwrap_or(job.state.status.clone());
            Ok(Some(BatchState { status, ..job.state.clone() }))
        })
    }

    fn list_batches(&self, name_contains: &str, limit: usize) -> Result<Vec<BatchState>> {
        self.call(|| {
            let jobs = lock(&self.jobs);
            let named = jobs.iter().rev().filter(|job| job.state.request.job_name.contains(name_contains));
            Ok(named.take(limit).map(|job| job.state.clone()).collect())
        })
    }

    fn stop_batch(&self, _: &str) -> Result<()> {
        unreachable!("labeling never stops a job")
    }
}

struct Folder {
    folder: tempfile::TempDir,
    limits: BatchLimits,
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
        Self { folder, limits: BatchLimits { min_records: 10, ..BatchLimits::default() } }
    }

    fn table(&self) -> PathBuf {
        self.folder.path().join("out/labels.csv")
    }

    fn run(&self, service: &Service) -> Result<Labelled> {
        let options = LabelOptions {
            input_dir: self.folder.path().join("photos"),
            output_file: self.table(),
            labeler: Labeler::Batch,
            existing: Existing::Refuse,
            ..LabelOptions::default()
        };
        let batch = BatchOptions {
            prompt: LabelPrompt::default(),
            model_id: "us.amazon.nova-lite-v1:0".to_owned(),
            memory_key: "test us.amazon.nova-lite-v1:0".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/batch".to_owned(),
            bucket: "bucket".to_owned(),
            prefix: "p".to_owned(),
            limits: self.limits,
            interval: Duration::from_mins(1),
        };
        let pace = FakePace::default();
        let agree = |need: &BatchNeed| {
            *lock(&service.agreed) = Some(*need);
            Ok(())
        };
        let services = BatchServices {
            jobs: service,
            store: service,
            pace: &pace,
            progress: &Silent,
            observe: &|_| {},
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
    assert!(need.new == 12 && need.input_tokens.low > 0 && need.output_tokens.high == 12 * 200);

    let again = folder.run(&service).unwrap();
    assert_eq!((again.recalled, again.rows, service.job_count()), (100, 100, 1));
    let table = std::fs::read_to_string(folder.table()).unwrap();
    assert!(table.starts_with("image,seller,labeler,model,prompt,answer,input_tokens,output_tokens\n"), "{table}");
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
fn a_job_that_only_the_service_knows_of_is_found_again() {
    let (folder, service) = (Folder::of(12, 12), Service::default());
    folder.run(&service).unwrap();
    std::fs::remove_dir_all(folder.folder.path().join("out")).unwrap();
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    assert_eq!((service.job_count(), service.most_asked()), (1, 1));
}

#[test]
fn fewer_photos_than_a_job_takes_are_an_error_before_anything_is_sent() {
    let (folder, service) = (Folder::of(40, 9), Service::default());
    let error = folder.run(&service).unwrap_err();
    assert!(error.to_string().ends_with("9 distinct photos to ask about, and a batch job takes 10 records or more"));
    assert!(error.hint().unwrap().contains("--labeler converse"));
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

/// An error in place of an answer.
fn error_of(line: &Value) -> Value {
    json!({ "recordId": line["recordId"], "modelInput": {}, "error": { "errorCode": 500, "errorMessage": "busy" } })
}

#[test]
fn what_has_no_answer_is_asked_about_once_more_in_a_next_job() {
    let fates: [Fate; 4] = [
        |lines| (BatchStatus::Completed, errors_of(&lines)),
        |_| (BatchStatus::Completed, String::new()),
        |_| (BatchStatus::Expired, String::new()),
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
fn a_job_completed_in_part_keeps_its_answers_and_the_rest_is_asked_about() {
    let fate: Fate = |lines| (BatchStatus::PartiallyCompleted, text_of(&lines[..10]));
    let (folder, service) = (Folder::of(30, 30), Service { fates: vec![fate], ..Service::default() });
    folder.run(&service).unwrap();
    assert_all_right(&folder, 30, 30);
    let asked: usize = lock(&service.asked).values().sum();
    assert_eq!((service.job_count(), asked), (2, 50));
}

#[test]
fn a_stopped_job_keeps_its_answers_and_only_the_next_run_goes_on() {
    let fate: Fate = |lines| (BatchStatus::Stopped, text_of(&lines[..10]));
    let (folder, service) = (Folder::of(30, 30), Service { fates: vec![fate], ..Service::default() });
    let labelled = folder.run(&service).unwrap();
    assert_eq!((labelled.rows, service.job_count()), (10, 1));
    assert!(labelled.report.findings().iter().all(|found| found.message.contains("the job was stopped")));
    folder.run(&service).unwrap();
    assert_all_right(&folder, 30, 30);
    let asked: usize = lock(&service.asked).values().sum();
    assert_eq!((service.job_count(), asked), (2, 50));
}

#[test]
fn a_failed_job_is_an_error_in_the_services_words_and_the_next_run_creates_another() {
    let fate: Fate = |_| (BatchStatus::Failed, String::new());
    let (folder, service) = (Folder::of(12, 12), Service { fates: vec![fate], ..Service::default() });
    let error = folder.run(&service).unwrap_err();
    assert!(error.to_string().ends_with("Failed: the role may not read"), "{error}");
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    let names: Vec<_> = lock(&service.jobs).iter().map(|job| job.state.request.job_name.clone()).collect();
    assert_eq!(names.len(), 2);
    assert!(names[0].ends_with("-1") && names[1].ends_with("-2") && names[0][..18] == names[1][..18], "{names:?}");
    let tokens: Vec<_> = lock(&service.jobs).iter().map(|job| job.state.request.client_request_token.clone()).collect();
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn photos_that_no_model_takes_are_findings_and_those_of_other_kinds_are_converted() {
    let (folder, service) = (Folder::of(12, 12), Service::default());
    let photos = folder.folder.path().join("photos");
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
fn the_user_is_asked_before_the_first_byte_leaves() {
    let (folder, service) = (Folder::of(12, 12), Service::default());
    let options = LabelOptions {
        input_dir: folder.folder.path().join("photos"),
        output_file: folder.table(),
        ..LabelOptions::default()
    };
    let batch = BatchOptions {
        prompt: LabelPrompt::default(),
        model_id: "m".to_owned(),
        memory_key: "test m".to_owned(),
        role_arn: String::new(),
        bucket: "bucket".to_owned(),
        prefix: String::new(),
        limits: folder.limits,
        interval: Duration::ZERO,
    };
    let services = BatchServices {
        jobs: &service,
        store: &service,
        pace: &FakePace::default(),
        progress: &Silent,
        observe: &|_| {},
        agree: &|_| Err(killed()),
        cost_usd: &|_, _| None,
    };
    label_by_batch(&options, &batch, services).unwrap_err();
    assert_eq!(*lock(&service.calls), 0);
}
