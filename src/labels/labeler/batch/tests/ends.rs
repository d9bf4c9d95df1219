//! Jobs that end in other ways than with an answer for each photo, and those that are lost sight of.

use super::super::testing::NO_FILE;
use super::*;

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
fn a_job_whose_time_was_up_is_no_try_for_photos_that_nobody_asked_about() {
    let expired: Fate = |_| (BatchStatus::Expired, NO_FILE.to_owned());
    let partial: Fate = |_| (BatchStatus::PartiallyCompleted, String::new());
    let (folder, service) =
        (Folder::of(12, 12), Service { fates: vec![expired, partial, expired], ..Service::default() });
    for jobs in 1..=3 {
        let labelled = folder.run(&service).unwrap();
        assert_eq!((labelled.rows, service.job_count()), (0, jobs), "one job a run, or there is no end");
        for found in labelled.report.findings() {
            assert!(found.message.contains("time was up") && found.message.contains("the same command"), "{found:?}");
        }
    }
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    assert_eq!(service.job_count(), 4);
}

#[test]
fn in_a_job_completed_in_part_only_what_has_an_error_was_tried() {
    let fate: Fate = |lines| (BatchStatus::PartiallyCompleted, errors_of(&lines[..10]));
    let (folder, service) = (Folder::of(20, 20), Service { fates: vec![fate, fate], ..Service::default() });
    let labelled = folder.run(&service).unwrap();
    // Ten have failed twice, and the others were not asked about before the third job.
    assert_eq!((labelled.rows, service.job_count()), (10, 3));
    let findings = labelled.report.findings();
    assert!(findings.len() == 10 && findings.iter().all(|found| found.message.contains("asked about 2 times")));
}

#[test]
fn answers_that_may_not_be_listed_wait_and_are_fetched_once_they_may() {
    let (folder, mut service) = (Folder::of(12, 12), Service { hides_keys: true, ..Service::default() });
    for _ in 0..2 {
        let error = folder.run(&service).unwrap_err();
        assert!(error.to_string().contains("s3://bucket/p/label-"), "{error}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("allow s3:ListBucket") && hint.contains("the same command"), "{hint}");
    }
    service.hides_keys = false;
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    assert_eq!((service.job_count(), service.most_asked()), (1, 1));
}

#[test]
fn a_completed_job_without_a_file_of_answers_is_an_error_and_no_other_is_paid_for() {
    let fate: Fate = |_| (BatchStatus::Completed, NO_FILE.to_owned());
    let (folder, service) = (Folder::of(12, 12), Service { fates: vec![fate], ..Service::default() });
    for _ in 0..2 {
        let error = folder.run(&service).unwrap_err();
        assert!(error.to_string().contains("no file of answers (.jsonl.out) is in s3://bucket/p/"), "{error}");
    }
    assert_eq!(service.job_count(), 1);
}

#[test]
fn a_run_under_another_prefix_fetches_the_answers_from_where_the_job_wrote_them() {
    // Killed at any call up to the first look at the job: planned, created, or created and not written down.
    for death in [Death::Before, Death::After] {
        let mut later = 0;
        for at in 1..=20 {
            let (mut folder, mut service) =
                (Folder::of(12, 12), Service { dies_at: Some((at, death)), ..Service::default() });
            folder.run(&service).unwrap_err();
            let had_job = service.job_count() == 1;
            service.dies_at = None;
            folder.prefix = "q";
            folder.run(&service).unwrap();
            assert_all_right(&folder, 12, 12);
            assert_eq!((service.job_count(), service.most_asked()), (1, 1), "{death:?} {at}");
            let sent_to = lock(&service.jobs)[0].state.request.input_s3_uri.clone();
            assert!(sent_to.starts_with(if had_job { "s3://bucket/p/" } else { "s3://bucket/q/" }), "{sent_to}");
            later += usize::from(had_job);
        }
        assert!((2..20).contains(&later), "{later}");
    }
}

#[test]
fn a_job_that_another_account_does_not_show_is_found_again_and_not_paid_for_twice() {
    let (folder, mut service) =
        (Folder::of(12, 12), Service { dies_at: Some((19, Death::Before)), ..Service::default() });
    folder.run(&service).unwrap_err();
    assert_eq!(service.job_count(), 1);
    (service.dies_at, service.hides_jobs) = (None, true);
    let error = folder.run(&service).unwrap_err();
    assert!(error.to_string().contains("ResourceNotFoundException"), "{error}");
    assert!(error.hint().unwrap().contains("check the account"), "{error}");
    service.hides_jobs = false;
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    assert_eq!((service.job_count(), service.most_asked()), (1, 1));
}

#[test]
fn a_job_that_nobody_has_any_more_is_an_error_once_and_then_another_is_created() {
    let (folder, mut service) =
        (Folder::of(12, 12), Service { dies_at: Some((19, Death::Before)), ..Service::default() });
    folder.run(&service).unwrap_err();
    lock(&service.jobs).clear();
    service.dies_at = None;
    folder.run(&service).unwrap_err();
    assert_eq!(service.job_count(), 0);
    *lock(&service.agreed) = None;
    folder.run(&service).unwrap();
    assert_all_right(&folder, 12, 12);
    assert_eq!(lock(&service.agreed).unwrap().new, 12, "somebody was asked before it was paid for again");
}

#[test]
fn a_job_that_stands_still_is_said_to_after_two_hours_four_and_eight() {
    thread_local!(static STALLS: std::cell::RefCell<Vec<u64>> = const { std::cell::RefCell::new(Vec::new()) });
    // A look a minute, of which the last shows a change.
    let (mut folder, service) = (Folder::of(12, 12), Service { looks_in_progress: 600, ..Service::default() });
    folder.observe = &|notice| {
        if let BatchNotice::Stalled { job, length } = notice {
            assert_eq!(job.status, BatchStatus::InProgress);
            STALLS.with_borrow_mut(|stalls| stalls.push(length.as_secs() / 60));
        }
    };
    folder.run(&service).unwrap();
    assert_eq!(STALLS.take(), [120, 240, 480]);
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
