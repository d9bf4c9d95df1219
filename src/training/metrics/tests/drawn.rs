//! What is drawn of a series, and what a drawing leaves out.

use super::*;

#[test]
fn one_row_is_charted_and_judged_by_nothing() {
    let metrics = analyze("job", train("step_number,training_loss\n0,1.5\n").unwrap(), None);
    assert_eq!(metrics.verdict.kind, VerdictKind::TooFewSteps);
    let charts = render_charts(&metrics, &ChartOptions { detail: Detail::All, ..ChartOptions::default() });
    assert_eq!(
        charts.iter().map(|chart| chart.name).collect::<Vec<_>>(),
        ["training_loss_plot", "detailed_loss_trend", "detailed_distribution"]
    );
    for NamedChart { chart, .. } in charts {
        assert!(chart.to_svg().contains("<title>1 step") || chart.title.starts_with("Distribution"));
        assert!(!chart.to_png().is_empty());
    }
}

#[test]
fn a_loss_that_is_no_number_is_a_gap_and_a_cross() {
    let mut losses = REAL;
    losses[8] = f64::NAN;
    let metrics = analyze("job", train(&csv(&losses, 6)).unwrap(), None);
    let svg = loss_chart(&metrics).to_svg();
    assert!(svg.contains("<title>no number</title>"));
    let lines = |svg: &str| svg.matches("stroke=\"#0072b2\"").count();
    let whole = loss_chart(&analyze("job", train(&csv(&REAL, 6)).unwrap(), None)).to_svg();
    assert_eq!((lines(&whole), lines(&svg)), (2, 3), "the swatch, and the line in one piece or two");
    assert!(!whole.contains("no number"));
    assert_eq!(metrics.verdict.reasons[0], "Of 18 steps, 1 loss is no number, the first at step 9.");
}

#[test]
fn outliers_are_left_out_of_the_distribution_and_it_says_so() {
    let mut losses = vec![0.5; 40];
    losses.iter_mut().enumerate().for_each(|(n, loss)| *loss += f64::from(n as u32 % 7) / 100.0);
    losses[3] = 9.0;
    let metrics = analyze("job", train(&csv(&losses, 10)).unwrap(), None);
    let svg = |outliers| {
        let options = ChartOptions { detail: Detail::All, outliers };
        let charts = render_charts(&metrics, &options);
        charts.iter().find(|chart| chart.name == "detailed_distribution").unwrap().chart.to_svg()
    };
    let (without, with) = (svg(OutlierBars::LeftOut), svg(OutlierBars::Drawn));
    assert!(without.contains("1 outlier outside") && without.contains("left out; --include-outliers draws them"));
    assert!(with.contains("<title>outliers</title>") && !with.contains("left out"));
    let orange = "#e69f00";
    assert!(!without.contains(orange) && with.contains(orange));
}

#[test]
fn a_hundred_thousand_steps_are_drawn_with_their_peaks() {
    let mut text = String::from("step_number,epoch_number,training_loss\n");
    for step in 0..100_000 {
        let loss = if step == 54_321 { 3.0 } else { 0.2 + 1.5 * (-f64::from(step) / 9_000.0).exp() };
        let _ = writeln!(text, "{step},{},{loss}", step / 25_000);
    }
    let metrics = analyze("long", train(&text).unwrap(), None);
    let chart = loss_chart(&metrics);
    let svg = chart.to_svg();
    assert!(svg.len() < 120_000, "{} bytes", svg.len());
    assert_eq!(metrics.verdict.kind, VerdictKind::Flat, "{:#?}", metrics.verdict);
    // The one step of the peak is the highest place of the line.
    let line =
        svg.split("polyline points=\"").filter(|part| part.contains("#0072b2")).max_by_key(|part| part.len()).unwrap();
    let places: Vec<(i32, i32)> = line
        .split('"')
        .next()
        .unwrap()
        .split(' ')
        .map(|pair| {
            let (x, y) = pair.split_once(',').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        })
        .collect();
    let (first, last) = (places[0].0, places[places.len() - 1].0);
    let peak = places.iter().min_by_key(|place| place.1).unwrap().0;
    let share = f64::from(peak - first) / f64::from(last - first);
    assert!((share - 0.543_21).abs() < 0.003, "{share}");
}

#[test]
fn a_hundred_thousand_epochs_are_drawn_and_can_be_read() {
    let loss = |n: u32| 0.2 + 1.5 * (-f64::from(n) / 9_000.0).exp() * (1.0 + f64::from(n % 7) / 20.0);
    let rows = |of: &dyn Fn(u32) -> String| (0..100_000).map(of).collect::<Vec<_>>().concat();
    let training = train(&format!("step,loss\n{}", rows(&|n| format!("{n},{}\n", loss(n))))).unwrap();
    let validation = format!("step,epoch,loss\n{}", rows(&|n| format!("{},{n},{}\n", n + 1, loss(n) + 0.1)));
    let metrics = analyze("long", training, Some(held_out(&validation)));
    // The first epoch ends after the second step.
    assert_eq!(metrics.analysis.epochs.len(), 99_999);
    assert!(metrics.analysis.epochs.iter().all(|epoch| epoch.validation.is_some()));
    for NamedChart { name, chart } in
        render_charts(&metrics, &ChartOptions { detail: Detail::All, ..ChartOptions::default() })
    {
        let svg = chart.to_svg();
        assert!(svg.len() < 250_000, "{name}: {} bytes", svg.len());
        let image = chart.to_image();
        // The ground is seen between what is drawn.
        let white = image.pixels().filter(|pixel| pixel.0 == [255; 3]).count();
        assert!(white * 2 > image.pixels().len(), "{name}: {white} of {} px are white", image.pixels().len());
        let says = |text: &str| svg.contains(&format!("99,999 epochs, {text}"));
        assert_eq!(says("too many to mark"), matches!(name, "training_loss_plot" | "detailed_loss_trend"), "{name}");
        assert_eq!(says("too many for a bar each"), name == "detailed_epoch_means", "{name}");
    }
}

#[test]
fn epochs_are_marked_while_there_is_room_and_counted_in_the_caption_after() {
    let losses: Vec<f64> = (0..74).map(|n| 2.0 / f64::from(n + 1)).collect();
    let svg = |count: usize| {
        let metrics = analyze("job", train(&csv(&losses[..count * 2], 2)).unwrap(), None);
        loss_chart(&metrics).to_svg()
    };
    assert!(svg(36).contains("<title>epoch 1</title>") && !svg(36).contains("too many to mark"));
    assert!(!svg(37).contains("<title>epoch 1</title>") && svg(37).contains("37 epochs, too many to mark"));
}

#[test]
fn a_subject_cannot_write_markup_and_chinese_needs_no_font() {
    let metrics = analyze("<script>alert(1)</script> 销售方", train(&csv(&REAL, 6)).unwrap(), None);
    let options = ChartOptions { detail: Detail::All, ..ChartOptions::default() };
    let html = page(&metrics, options);
    assert!(!html.contains("<script") && !html.contains("<text") && !html.contains("src="));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; 销售方"));
    assert_eq!(html.matches("<svg").count(), 4);
    let svg = loss_chart(&metrics).to_svg_on(Background::LightOrDark);
    assert!(
        svg.contains("prefers-color-scheme: dark") && !loss_chart(&metrics).to_svg().contains("prefers-color-scheme")
    );
}

#[test]
fn charts_are_files_in_both_forms_and_those_of_another_training_go() {
    let folder = tempfile::tempdir().unwrap();
    let validation = held_out("step_number,epoch_number,validation_loss\n6,0,0.7\n12,1,0.4\n18,2,0.3\n");
    let options = ChartOptions { detail: Detail::All, ..ChartOptions::default() };
    let write = |validation, options: &ChartOptions| {
        let metrics = analyze("job", train(&csv(&REAL, 6)).unwrap(), validation);
        write_charts(&render_charts(&metrics, options), folder.path()).unwrap().len()
    };
    let there = || {
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!((write(Some(validation), &options), there().len()), (10, 10));
    assert!(there().contains(&"detailed_training_validation.svg".to_owned()));
    assert_eq!(write(None, &options), 8);
    assert_eq!(
        there(),
        [
            "detailed_distribution.png",
            "detailed_distribution.svg",
            "detailed_epoch_means.png",
            "detailed_epoch_means.svg",
            "detailed_loss_trend.png",
            "detailed_loss_trend.svg",
            "training_loss_plot.png",
            "training_loss_plot.svg",
        ]
    );
    let png = image::open(folder.path().join("training_loss_plot.png")).unwrap();
    assert_eq!((png.width(), png.height()), (760, 430));
    // The loss alone: the detailed charts are those of the training before. What others have put there stays.
    let others = ["detailed_notes.png", "detailed_loss_trend.pdf", "detailed_epoch_means.png"];
    for name in others {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    assert_eq!(write(None, &ChartOptions::default()), 2);
    assert_eq!(
        there(),
        [
            "detailed_epoch_means.png",
            "detailed_loss_trend.pdf",
            "detailed_notes.png",
            "training_loss_plot.png",
            "training_loss_plot.svg",
        ]
    );
    std::fs::write(folder.path().join("training_loss_plot.png"), "mine").unwrap();
    std::fs::remove_file(folder.path().join("training_loss_plot.svg")).unwrap();
    let metrics = analyze("job", train(&csv(&REAL, 6)).unwrap(), None);
    let error = write_charts(&render_charts(&metrics, &ChartOptions::default()), folder.path()).unwrap_err();
    assert!(error.to_string().contains("training_loss_plot.png"), "{error}");
    assert!(!folder.path().join("training_loss_plot.svg").exists(), "nothing is written");
}
