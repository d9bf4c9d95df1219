use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::charts::Background;
use crate::dataset::Side;

mod drawn;

/// The losses of a real job: 50 records, 3 epochs, 6 steps an epoch.
const REAL: [f64; 18] = [
    1.628_739_833_831_787,
    1.346_598_148_345_947_3,
    1.282_288_312_911_987,
    0.908_871_173_858_642_6,
    0.819_093_823_432_922,
    0.603_106_796_741_485_6,
    0.339_694_797_992_706_3,
    0.365_708_887_577_056_9,
    0.260_779_470_205_307,
    0.268_491_506_576_538_1,
    0.324_089_169_502_258_3,
    0.142_740_696_668_624_88,
    0.214_730_784_296_989_44,
    0.218_006_998_300_552_37,
    0.247_332_870_960_235_6,
    0.123_937_815_427_780_15,
    0.166_446_328_163_146_97,
    0.148_351_326_584_815_98,
];

fn csv(losses: &[f64], steps_an_epoch: usize) -> String {
    let row = |(n, loss): (usize, &f64)| format!("{},{},{loss}\n", n + 1, n / steps_an_epoch);
    format!(
        "step_number,epoch_number,training_loss\n{}",
        losses.iter().enumerate().map(row).collect::<Vec<_>>().concat()
    )
}

fn train(text: &str) -> Result<Series, String> {
    parse_series(text.as_bytes(), Path::new("m.csv"), Side::Train)
        .map_err(|error| format!("{error}\nhint: {}", error.hint().unwrap_or_default()))
}

fn held_out(text: &str) -> Series {
    parse_series(text.as_bytes(), Path::new("v.csv"), Side::Validation).unwrap()
}

fn verdict(losses: &[f64]) -> VerdictKind {
    analyze("job", train(&csv(losses, 6)).unwrap(), None).verdict.kind
}

fn losses(of: impl Fn(f64) -> f64) -> Vec<f64> {
    // Swings by a tenth, the same each time, as steps of eight samples do.
    let swing = |n: i32| 1.0 + 0.1 * f64::from((n * 7) % 5 - 2) / 2.0;
    (0..30).map(|n| of(f64::from(n) / 29.0) * swing(n)).collect()
}

#[test]
fn the_job_on_real_labels_converged() {
    let metrics = analyze("real", train(&csv(&REAL, 6)).unwrap(), None);
    assert_eq!(metrics.verdict.kind, VerdictKind::Flat, "{:#?}", metrics.verdict);
    let means: Vec<_> = metrics
        .analysis
        .epochs
        .iter()
        .map(|epoch| (epoch.epoch, epoch.count, format!("{:.4}", epoch.mean.unwrap())))
        .collect();
    assert_eq!(means, [(1, 6, "1.0981".into()), (2, 6, "0.2836".into()), (3, 6, "0.1865".into())]);
    insta::assert_snapshot!(render_table(&metrics));
}

#[test]
fn each_verdict_comes_out_for_what_it_says() {
    assert_eq!(verdict(&losses(|_| 1.0)), VerdictKind::NotLearning);
    assert_eq!(verdict(&losses(|x| 1.6 - 0.7 * x)), VerdictKind::NotLearning);
    assert_eq!(verdict(&losses(|x| 1.6 - 1.4 * x)), VerdictKind::StillFalling);
    assert_eq!(verdict(&losses(|x| 0.1 + 1.5 * (-12.0 * x).exp())), VerdictKind::Flat);
    assert_eq!(verdict(&losses(|x| 1.0 + 2.0 * x)), VerdictKind::Diverging);
    // Down to a tenth, then up to where it began.
    assert_eq!(verdict(&losses(|x| if x < 0.6 { 0.1 + 1.5 * (-12.0 * x).exp() } else { 1.2 })), VerdictKind::Diverging);
    let mut gone = losses(|x| 1.6 - 1.4 * x);
    gone[25] = f64::NAN;
    assert_eq!(verdict(&gone), VerdictKind::Diverging);
    assert_eq!(verdict(&[f64::INFINITY]), VerdictKind::Diverging);
    assert_eq!(verdict(&REAL[..9]), VerdictKind::TooFewSteps);
    assert_ne!(verdict(&REAL[..10]), VerdictKind::TooFewSteps);
}

#[test]
fn a_validation_loss_that_rises_while_training_falls_is_overfitting() {
    let training = train(&csv(&REAL, 6)).unwrap();
    let metrics = |rows: &str| {
        analyze("job", training.clone(), Some(held_out(&format!("step_number,epoch_number,validation_loss\n{rows}"))))
    };
    let rising = metrics("6,0,0.70\n12,1,0.31\n18,2,0.45\n");
    assert_eq!(rising.verdict.kind, VerdictKind::Overfitting);
    assert_eq!(
        rising.verdict.reasons[0],
        "After epoch 2 the validation loss rose from 0.310 to 0.450, while that of the training fell from 0.284 to 0.186."
    );
    assert_eq!(metrics("6,0,0.70\n12,1,0.31\n18,2,0.33\n").verdict.kind, VerdictKind::Flat);
    assert_eq!(metrics("6,0,0.70\n12,1,0.45\n18,2,0.31\n").verdict.kind, VerdictKind::Flat);
    // Rows counted by themselves stand at the ends of their epochs.
    let own = metrics("0,0,0.70\n1,1,0.31\n2,2,0.45\n");
    let steps: Vec<_> = own.analysis.held_out.unwrap().points.iter().map(|point| point.step).collect();
    assert_eq!(steps, [6, 12, 18]);
}

#[test]
fn a_trend_has_a_gap_where_a_loss_is_missing_and_goes_on_after_it() {
    let mut losses = vec![1.0; 30];
    (losses[0], losses[9], losses[20]) = (f64::NAN, f64::NAN, f64::INFINITY);
    let metrics = analyze("job", train(&csv(&losses, 30)).unwrap(), None);
    let charts = render_charts(&metrics, &ChartOptions { detail: Detail::All, ..ChartOptions::default() });
    let svg = charts.iter().find(|chart| chart.name == "detailed_loss_trend").unwrap().chart.to_svg();
    // A swatch, and three pieces.
    assert_eq!(svg.matches("stroke=\"#0072b2\"").count(), 4);
}

#[test]
fn steps_in_a_reason_have_their_thousands_apart() {
    let rises = (0..4_000).map(|n| if n < 2_000 { 1.6 - f64::from(n) * 7.5e-4 } else { 1.2 }).collect::<Vec<_>>();
    let grown = analyze("job", train(&csv(&rises, 4_000)).unwrap(), None).verdict;
    assert_eq!(grown.kind, VerdictKind::Diverging);
    let step = grown.reasons[0].split("by step ").nth(1).unwrap().split(' ').next().unwrap();
    assert!(step.len() == 5 && step.contains(','), "{}", grown.reasons[0]);

    let falls = (0..4_000).map(|n| 0.1 + 1.5 * (-f64::from(n) / 500.0).exp()).collect::<Vec<_>>();
    let rows = falls.iter().enumerate().map(|(n, loss)| format!("{},{loss}\n", n + 1)).collect::<Vec<_>>().concat();
    let validation = held_out("step,loss\n1000,0.7\n2000,0.3\n3999,0.5\n");
    let overfitted = analyze("job", train(&format!("step,loss\n{rows}")).unwrap(), Some(validation)).verdict;
    assert_eq!(overfitted.kind, VerdictKind::Overfitting, "{overfitted:?}");
    assert!(overfitted.reasons[0].starts_with("After step 2,000 the validation loss rose"), "{overfitted:?}");
}

#[test]
fn columns_are_found_by_name_in_any_case_and_order() {
    let series =
        train("\u{feff}Perplexity;Extra;Training Loss;EPOCH;Step\r\n\r\n2.7;x;1.0;1;0\r\n1.6;y;0.5;2;1\r\n").unwrap();
    let rows: Vec<_> =
        series.rows.iter().map(|row| (row.line, row.step, row.epoch, row.loss, row.perplexity)).collect();
    assert_eq!(rows, [(3, 0, Some(1), Some(1.0), Some(2.7)), (4, 1, Some(2), Some(0.5), Some(1.6))]);
    assert!(series.oddities.is_empty(), "{:?}", series.oddities);
    let utf16: Vec<u8> = "\u{feff}loss\n1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let series = parse_series(&utf16, Path::new("m.csv"), Side::Train).unwrap();
    assert_eq!((series.rows[0].step, series.rows[0].epoch, series.rows[0].loss), (1, None, Some(1.0)));
}

#[test]
fn epochs_count_from_one_however_the_file_counts_them() {
    let epochs = |cells: &[&str]| {
        let rows = cells.iter().enumerate().map(|(n, epoch)| format!("{n},{epoch},1\n")).collect::<Vec<_>>().concat();
        let series = train(&format!("step,epoch,loss\n{rows}")).unwrap();
        series.rows.iter().map(|row| row.epoch).collect::<Vec<_>>()
    };
    assert_eq!(epochs(&["0", "0", "1"]), [Some(1), Some(1), Some(2)]);
    assert_eq!(epochs(&["1", "1", "2"]), [Some(1), Some(1), Some(2)]);
    assert_eq!(epochs(&["0.5", "1.0", "1.5"]), [Some(1), Some(1), Some(2)]);
    assert_eq!(epochs(&["0", "", "1"]), [Some(1), None, Some(2)]);
}

#[test]
fn epochs_that_the_training_file_lacks_come_from_the_validation() {
    let rows = (1..=9).map(|step| format!("{step},{}\n", 2.0 - f64::from(step) / 10.0)).collect::<Vec<_>>().concat();
    let training = train(&format!("step_number,training_loss\n{rows}")).unwrap();
    let with = |rows: &str| {
        let validation = held_out(&format!("step_number,epoch_number,validation_loss\n{rows}"));
        let metrics = analyze("job", training.clone(), Some(validation));
        metrics.analysis.epochs.iter().map(|epoch| (epoch.first_step, epoch.last_step)).collect::<Vec<_>>()
    };
    assert_eq!(with("3,0,1\n6,1,1\n9,2,1\n"), [(1, 3), (4, 6), (7, 9)]);
    // Rows that do not reach the end do not tell where epochs end.
    assert_eq!(with("0,0,1\n1,1,1\n2,2,1\n"), []);
}

#[test]
fn what_is_odd_is_named_with_its_row_and_read_in_spite_of_it() {
    let said = |text: &str| {
        let series = train(text).unwrap();
        let lines: Vec<_> = series.oddities.iter().map(ToString::to_string).collect();
        (lines.join("; "), series.rows.iter().map(|row| (row.step, row.finite_loss())).collect::<Vec<_>>())
    };
    let cases = [
        "step,loss\n1,1\n2,NaN\n3,inf\n4,1e300\n5,-inf\n",
        "step,loss\n1,1\n2,-0.5\n",
        "step,loss\n1,1\n2,\n3,null\n4\n",
        "step,loss\n3,3\n1,1\n2,2\n2,2.5\n",
        "step,epoch,loss\n0,0,4\n1,0,3\n0,1,2\n1,1,1\n",
        "step,perplexity\n1,1\n2,0\n",
        "step,epoch,loss\n1,0.5,2\n2,,1\n",
    ];
    let mut shown = String::new();
    for case in cases {
        let (oddities, rows) = said(case);
        let _ = writeln!(shown, "{case}{oddities}\n{rows:?}\n");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn what_cannot_be_read_says_where_and_what_to_do() {
    let mut shown = String::new();
    for case in [
        "",
        " \n\n",
        "step_number,epoch_number,training_loss\n",
        "step_number,epoch_number\n1,0\n",
        "step_number,validation_loss\n1,0\n",
        "step,loss\n1,0.5\n\n2,\"1,5\"\n",
        "step,loss\n1.5,0.5\n",
        "step,loss\n-1,0.5\n",
        "step,loss\n,0.5\n",
        "step,epoch,loss\n1,-1,0.5\n",
        "{\"loss\": 1}\n",
    ] {
        let _ = writeln!(shown, "{case:?}\n{}\n", train(case).unwrap_err());
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn an_empty_file_is_told_by_the_name_of_its_side() {
    let hint = |side| parse_series(b"", Path::new("m.csv"), side).unwrap_err().hint().unwrap_or_default();
    let of = |name| format!("Bedrock writes `{name}` below the job's output when it has trained.");
    assert_eq!(hint(Side::Train), of("step_wise_training_metrics.csv"));
    assert_eq!(hint(Side::Validation), of("validation_metrics.csv"));
}

/// The words and the charts on one page, as a notebook or a report puts them together.
fn page(metrics: &Metrics, options: ChartOptions) -> String {
    let charts = render_charts(metrics, &options);
    let charts = charts.iter().map(|named| named.chart.to_svg_on(Background::LightOrDark));
    render_words(metrics).into_string() + &charts.collect::<String>()
}

/// Any text, and files that are nearly right.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        any::<f64>().prop_map(|value| value.to_string()),
        (0u32..20).prop_map(|value| value.to_string()),
        Just(String::new()),
        Just("NaN".to_owned()),
        Just("18446744073709551615".to_owned()),
        Just("0.5".to_owned()),
    ];
    let row = prop::collection::vec(cell, 0..5).prop_map(|cells| cells.join(","));
    let header =
        prop::sample::select(vec!["step,epoch,loss", "loss", "epoch,training_loss,perplexity", "step;loss", "a,b"]);
    let table = (header, prop::collection::vec(row, 0..30))
        .prop_map(|(header, rows)| format!("{header}\n{}", rows.join("\n")).into_bytes());
    prop_oneof![3 => table, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

#[test]
fn a_header_has_at_most_a_thousand_columns() {
    let table = |count: usize| format!("training_loss{}\n1.5\n", ",x".repeat(count - 1)).into_bytes();
    assert!(parse_series(&table(1_000), Path::new("m.csv"), Side::Train).is_ok());
    let error = parse_series(&table(1_000_000), Path::new("m.csv"), Side::Train).unwrap_err();
    assert_eq!(error.to_string(), "m.csv:1: the header has 1,000,000 columns, and at most 1,000 are read");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_file_it_is_charted_or_an_error_that_says_what_to_do(bytes in files(), other in files()) {
        match parse_series(&bytes, Path::new("m.csv"), Side::Train) {
            Err(error) => prop_assert!(error.hint().is_some_and(|hint| hint.ends_with('.')), "{}", error),
            Ok(training) => {
                prop_assert!(training.rows.windows(2).all(|pair| pair[0].step < pair[1].step));
                let validation = parse_series(&other, Path::new("v.csv"), Side::Validation).ok();
                let metrics = analyze("job", training, validation);
                prop_assert!(render_table(&metrics).contains("verdict: "));
                let options = ChartOptions { detail: Detail::All, outliers: OutlierBars::Drawn };
                let html = page(&metrics, options);
                prop_assert!(!html.contains("NaN\"") && !html.contains("inf\""));
            }
        }
    }
}
