use crate::harness::Project;

/// A record of a photo, and its place in the bucket.
fn record(name: &str, prompt: &str) -> String {
    let location = serde_json::json!({"uri": format!("s3://bucket/p/images/{name}"), "bucketOwner": "123456789012"});
    let image = serde_json::json!({"image": {"format": "png", "source": {"s3Location": location}}});
    let question = serde_json::json!({"role": "user", "content": [{"text": prompt}, image]});
    let answer = serde_json::json!({"role": "assistant", "content": [{"text": "北京科技有限公司"}]});
    serde_json::json!({"schemaVersion": "bedrock-conversation-2024", "messages": [question, answer]}).to_string() + "\n"
}

/// A folder with `train.jsonl` of so many records, and a photo of 1200×900 for each.
fn project(count: usize) -> Project {
    let project = Project::empty();
    for n in 0..count {
        image::RgbImage::new(1_200, 900).save(project.path(&format!("photos/{n}.png"))).unwrap();
    }
    let records: String = (0..count).map(|n| record(&format!("{n}.png"), "Who sells? 请回答。")).collect();
    project.write("train.jsonl", records);
    project
}

#[test]
fn all_models_stand_side_by_side_with_price_date_and_source() {
    let said = project(8).run(&["estimate", "train.jsonl", "--input-dir", "photos", "--epoch-count", "5"]).exits(0);
    insta::assert_snapshot!(said.stdout);
}

#[test]
fn what_is_not_known_is_said_and_what_does_not_fit_has_no_price() {
    let project = project(8);
    let broken = format!("{}\nnot json\n\n", project.read("train.jsonl").trim_end());
    project.write("train.jsonl", broken + &record("9.png", &"发票".repeat(20_000)));
    project.write("validation.jsonl", record("10.png", "Who?"));
    let args = ["estimate", "train.jsonl", "--validation", "validation.jsonl", "--input-dir", "photos"];
    insta::assert_snapshot!(project.run(&args).exits(0).stdout);
    let micro = project.run(&[&args as &[_], &["--model", "micro"]].concat()).exits(1);
    assert!(micro.stdout.contains("* Nova Micro   takes no photos"), "{}", micro.all());
}

#[test]
fn the_photos_of_a_data_set_are_found_by_its_manifest() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let file = |name: &str| format!("output/dataset/{name}.jsonl");
    let args = ["estimate", &file("train"), "--validation", &file("validation"), "--json"];
    let said = project.run(&args).exits(0);
    let summary = said.events().pop().unwrap();
    assert_eq!((&summary["photos"], &summary["sized_photos"]), (&40.into(), &40.into()), "{}", said.all());
    let rows: Vec<_> = said.events().into_iter().filter(|event| event["event"] == "estimate").collect();
    assert_eq!(rows.iter().filter(|row| row["chosen"] == true).count(), 1);
    assert_eq!((rows.len(), &rows[1]["model"], &rows[1]["chosen"]), (4, &"lite".into(), &true.into()));
    assert!(rows[0]["tokens_low"].is_null() && rows[1]["training_high"].is_f64(), "{}", said.all());
}

#[test]
fn epochs_and_prices_can_be_set_and_faults_in_them_are_named() {
    let project = project(8);
    let shipped = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/prices.toml")).unwrap();
    project.write("prices.toml", shipped.replace("amount = 0.002,", "amount = 2.0,"));
    let settings = project.read("nova-ft.toml") + "prices = 'prices.toml'\nepoch_count = 1\n";
    project.write("nova-ft.toml", &settings);
    let said = project.run(&["estimate", "train.jsonl"]).exits(0);
    assert!(said.stdout.contains("$2, unconfirmed, 2026-01-07") && said.stdout.contains("1 epoch:"), "{}", said.all());
    project.write("prices.toml", shipped.replace("amount = 0.002,", "amount = \"2\","));
    let said = project.run(&["estimate", "train.jsonl"]).exits(2);
    assert!(said.stderr.contains("error: prices.toml:") && said.stderr.contains("not a price list"), "{}", said.all());
    project.write("nova-ft.toml", settings.replace("epoch_count = 1", "epoch_count = 9"));
    let said = project.run(&["estimate", "train.jsonl"]).exits(2);
    assert!(said.stderr.contains("nova-ft.toml:") && said.stderr.contains("9 is not from 1 to 5"), "{}", said.all());
    project.write("prices.toml", &shipped);
    let said = project.run(&["estimate", "nowhere.jsonl", "--epoch-count", "1"]).exits(2);
    assert!(said.stderr.contains("cannot read nowhere.jsonl"), "{}", said.all());
}
