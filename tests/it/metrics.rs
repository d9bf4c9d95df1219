//! Charts and verdict through the program.

use crate::harness::Project;

/// The losses of a real job: 50 records, 3 epochs, 6 steps an epoch.
const REAL: &str = "step_number,epoch_number,training_loss
1,0,1.628739833831787
2,0,1.3465981483459473
3,0,1.2822883129119873
4,0,0.9088711738586426
5,0,0.8190938234329224
6,0,0.6031067967414856
7,1,0.3396947979927063
8,1,0.3657088875770569
9,1,0.260779470205307
10,1,0.2684915065765381
11,1,0.3240891695022583
12,1,0.14274069666862488
13,2,0.21473078429698944
14,2,0.21800699830055237
15,2,0.2473328709602356
16,2,0.12393781542778015
17,2,0.16644632816314697
18,2,0.14835132658481598
";
const HELD_OUT: &str = "step_number,epoch_number,validation_loss\n6,0,0.70\n12,1,0.31\n18,2,0.45\n";

fn project() -> Project {
    let project = Project::empty();
    project.write("m.csv", REAL);
    project.write("v.csv", HELD_OUT);
    project
}

#[test]
fn a_training_is_charted_and_judged() {
    let project = project();
    let said = project.run(&["metrics", "--metrics-file", "m.csv"]).exits(0);
    insta::assert_snapshot!(said.all());
    let names: Vec<_> = project.files("output/metrics").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["training_loss_plot.png", "training_loss_plot.svg"]);
    assert!(project.read("output/logs/metrics.log").contains("verdict: flat (converged)"));
    let svg = project.read("output/metrics/training_loss_plot.svg");
    assert!(svg.contains("<title>Training loss: m.csv</title>") && svg.contains("<title>epoch 3</title>"));
}

#[test]
fn the_detailed_charts_show_what_was_held_out() {
    let project = project();
    let args =
        ["metrics", "--metrics-file", "m.csv", "--validation-file", "v.csv", "--output-dir", "charts", "--detailed"];
    let said = project.run(&args).exits(0);
    insta::assert_snapshot!(said.all());
    let mut names: Vec<_> = project.files("charts").into_iter().map(|(name, _)| name).collect();
    names.retain(|name| std::path::Path::new(name).extension().is_some_and(|ending| ending == "svg"));
    assert_eq!(
        names,
        [
            "detailed_distribution.svg",
            "detailed_epoch_means.svg",
            "detailed_loss_trend.svg",
            "detailed_training_validation.svg",
            "training_loss_plot.svg"
        ]
    );
    // The same at the settings file, where the outliers are drawn.
    project.write("nova-ft.toml", "[metrics]\ndetailed = true\ninclude_outliers = true\noutput_dir = 'others'\n");
    let _ = project.run(&["metrics", "--metrics-file", "m.csv"]).exits(0);
    assert_eq!(project.files("others").len(), 8);
}

#[test]
fn a_training_that_came_to_nothing_is_the_answer_no() {
    let project = project();
    let rows: String = (0..20).map(|step| format!("{step},{}\n", 1.5 + f64::from(step % 3) / 10.0)).collect();
    project.write("bad.csv", format!("step,loss\n{rows}"));
    let said = project.run(&["metrics", "--metrics-file", "bad.csv", "--json"]).exits(1);
    let summary = said.events().pop().unwrap();
    assert_eq!(
        (&summary["verdict"], &summary["epochs"], &summary["steps"]),
        (&"not-learning".into(), &0.into(), &20.into())
    );
    project.write("gone.csv", REAL.replace("0.14274069666862488", "NaN"));
    let said = project.run(&["metrics", "--metrics-file", "gone.csv"]).exits(1);
    assert!(said.stdout.contains("note: gone.csv:13: the loss is not a number;"), "{}", said.all());
    assert!(said.stdout.contains("verdict: diverging"), "{}", said.all());
}

#[test]
fn what_cannot_be_charted_says_why() {
    let project = project();
    project.write("header.csv", "step_number,epoch_number,training_loss\n");
    for (args, expected) in [
        (&["metrics"] as &[_], "no job was created here"),
        (&["metrics", "--metrics-file", "nowhere.csv"], "cannot read nowhere.csv"),
        (&["metrics", "--metrics-file", "header.csv"], "header.csv: there is a header and no row"),
        (&["metrics", "--metrics-file", "v.csv"], "v.csv:1: these are the losses of validation"),
        (
            &["metrics", "--metrics-file", "m.csv", "--validation-file", "m.csv"],
            "m.csv:1: these are the losses of training",
        ),
        (&["metrics", "no-such-job"], "there is no such job"),
        (&["metrics", "s3://test-bucket/out/"], "NoSuchBucket"),
        (&["metrics", "job", "--metrics-file", "m.csv"], "cannot be used with"),
    ] {
        let said = project.run(args).exits(2);
        assert!(said.stderr.contains(expected), "{args:?}: {}", said.all());
    }
    assert!(project.files("output/metrics").is_empty());
}

#[cfg(unix)]
#[test]
fn the_chart_is_opened_where_there_is_a_desktop_and_named_where_there_is_none() {
    use std::os::unix::fs::PermissionsExt as _;
    let args = ["metrics", "--metrics-file", "m.csv", "--show"];
    let bin = tempfile::tempdir().unwrap();
    let path = bin.path().to_str().unwrap();
    let said = project().env("PATH", path).run(&args).exits(0);
    let expected = "warning: there is no desktop here (neither xdg-open nor wslview is installed): open ";
    assert!(cfg!(target_os = "macos") || said.stderr.contains(expected), "{}", said.all());
    let opener = |script: &str| {
        for name in ["xdg-open", "open"] {
            let file = bin.path().join(name);
            std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    };
    opener("echo \"$1\" > opened; exit 0");
    let desktop = project().env("PATH", path);
    let said = desktop.run(&args).exits(0);
    assert!(
        desktop.read("opened").ends_with("output/metrics/training_loss_plot.png\n") && said.stderr.is_empty(),
        "{}",
        said.all()
    );
    opener("exit 3");
    let said = desktop.run(&args).exits(0);
    assert!(said.stderr.contains("open` found nothing to show it with: open "), "{}", said.all());
    // A viewer that stays open is not waited for.
    opener("exec /bin/sleep 5");
    let start = std::time::Instant::now();
    let _ = desktop.run(&args).exits(0);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
