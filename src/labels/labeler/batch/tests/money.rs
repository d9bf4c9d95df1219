//! What is agreed to before something is sent.

use super::super::testing::killed;
use super::*;

/// What the user was told last before something was sent, and what it comes to at most.
fn last_need(service: &Service) -> (BatchNeed, f64) {
    let need = lock(&service.agreed).unwrap();
    (need, need.most_usd(Money { input_usd: 1_000.0, output_usd: 1_000.0, most_usd: None }))
}

#[test]
fn what_could_cost_more_than_may_be_spent_is_refused_before_anything_is_sent() {
    let (mut folder, service) = (Folder::of(12, 12), Service::default());
    folder.most_usd = Some(1.0);
    folder.run(&service).unwrap_err();
    let (need, most) = last_need(&service);
    assert_eq!((*lock(&service.calls), need.new, need.spent_tokens), (0, 12, (0, 0)));
    folder.most_usd = Some(most - 1.0);
    folder.run(&service).unwrap_err();
    assert_eq!((*lock(&service.calls), folder.table().exists()), (0, false));
    folder.most_usd = Some(most);
    folder.run(&service).unwrap();
    assert_eq!(service.job_count(), 1);
}

#[test]
fn a_second_try_that_could_pass_what_may_be_spent_is_left_and_the_table_is_written() {
    // Half of the photos come to more tokens than all were thought to.
    let dear: Fate = |mut lines| {
        lines[12..].iter_mut().for_each(|line| line["modelOutput"]["usage"]["inputTokens"] = 100_000.into());
        (BatchStatus::Completed, errors_of(&lines[..12]) + &text_of(&lines[12..]))
    };
    let (mut folder, service) = (Folder::of(24, 24), Service { fates: vec![dear], ..Service::default() });
    folder.most_usd = Some(1_000_000.0);
    let labelled = folder.run(&service).unwrap();
    assert_eq!((labelled.rows, labelled.asking.unwrap().left, service.job_count()), (12, 12, 1));
    let (need, most) = last_need(&service);
    assert_eq!((need.new, need.under_way, need.spent_tokens), (12, 0, (1_200_000, 120)));
    assert!(most > 1_200_120.0);
    assert!(labelled.report.findings().iter().all(|found| found.message.contains("--max-cost")));
    // The same again is no error and sends nothing; a higher one goes on.
    assert_eq!((folder.run(&service).unwrap().rows, service.job_count()), (12, 1));
    folder.most_usd = Some(most);
    assert_eq!((folder.run(&service).unwrap().rows, service.job_count()), (24, 2));
}

#[test]
fn a_second_try_is_asked_for_too_and_where_nobody_agrees_the_table_is_written() {
    let fate: Fate = |lines| (BatchStatus::Completed, errors_of(&lines[..12]) + &text_of(&lines[12..]));
    let (mut folder, service) = (Folder::of(24, 24), Service { fates: vec![fate], ..Service::default() });
    folder.says_no_to = Some(12);
    let labelled = folder.run(&service).unwrap();
    assert_eq!((labelled.rows, service.job_count()), (12, 1));
    assert!(labelled.report.findings().iter().all(|found| found.message.contains("nobody agreed")));
    // Before the first thing that a run sends it is an error.
    assert!(folder.run(&service).unwrap_err().to_string().contains("No"));
    folder.says_no_to = None;
    assert_eq!((folder.run(&service).unwrap().rows, service.job_count()), (24, 2));
}

#[test]
fn jobs_that_are_under_way_count_and_are_fetched_where_more_would_be_too_dear() {
    let dear: Fate = |mut lines| {
        for line in &mut lines {
            line["modelOutput"]["usage"]["inputTokens"] = 100_000.into();
        }
        (BatchStatus::Completed, text_of(&lines))
    };
    let (mut folder, mut service) =
        (Folder::of(12, 12), Service { fates: vec![dear], dies_at: Some((19, Death::Before)), ..Service::default() });
    folder.run(&service).unwrap_err();
    service.dies_at = None;
    for n in 12..24 {
        let photo = samples::jpeg(&samples::picture(20 + n, 20));
        std::fs::write(folder.root.path().join(format!("photos/{n:04}.jpg")), photo).unwrap();
    }
    folder.says_no_to = Some(12);
    folder.run(&service).unwrap_err();
    let (need, most) = last_need(&service);
    assert_eq!((need.new, need.under_way, need.spent_tokens), (12, 12, (0, 0)));
    assert_eq!(need.under_way_tokens.output.high, 12 * 200);
    // What is under way leaves too little. Once it is over, it has left even less.
    (folder.says_no_to, folder.most_usd) = (None, Some(most - 1.0));
    let labelled = folder.run(&service).unwrap();
    assert_eq!((labelled.rows, labelled.asking.unwrap().left, service.job_count()), (12, 12, 1));
    assert_eq!(last_need(&service).0.spent_tokens, (1_200_000, 120));
    folder.most_usd = None;
    folder.run(&service).unwrap();
    assert_all_right(&folder, 24, 24);
}

#[test]
fn the_user_is_asked_before_the_first_byte_leaves() {
    let (folder, service) = (Folder::of(12, 12), Service::default());
    let options = LabelOptions {
        input_dir: folder.root.path().join("photos"),
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
        known: &|_| None,
        agree: &|_| Err(killed()),
        cost_usd: &|_, _| None,
    };
    label_by_batch(&options, &batch, services).unwrap_err();
    assert_eq!(*lock(&service.calls), 0);
}
