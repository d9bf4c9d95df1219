use super::*;

fn settings(text: &str, env: &[(&str, &str)]) -> Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, text).unwrap();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::read(Some(&path), env)
}

#[test]
fn a_flag_goes_before_a_variable_before_a_table_before_the_top_of_the_file() {
    let file = "seed = 1\n[prepare]\nseed = 2\n";
    let seed = |flag, env: &[(&str, &str)]| {
        settings(file, env).unwrap().command("prepare").value::<u64>(flag, "seed").unwrap().unwrap()
    };
    assert_eq!(seed(Some(9), &[("NOVA_FT_SEED", "3")]), 9);
    assert_eq!(seed(None, &[("NOVA_FT_SEED", "3"), ("NOVA_FT_PREPARE_SEED", "4")]), 4);
    assert_eq!(seed(None, &[("NOVA_FT_SEED", "3")]), 3);
    assert_eq!(seed(None, &[]), 2);
    let other = settings(file, &[]).unwrap().command("run").value::<u64>(None, "seed").unwrap();
    assert_eq!(other, Some(1));
}

#[test]
fn a_path_in_the_file_is_relative_to_the_file_and_one_in_a_variable_is_not() {
    let settings = settings("labels = 'a.csv'\n", &[("NOVA_FT_INPUT_DIR", "photos")]).unwrap();
    let prepare = settings.command("prepare");
    assert_eq!(prepare.path(None, "labels").unwrap().unwrap(), settings.folder().join("a.csv"));
    assert_eq!(prepare.path(None, "input_dir").unwrap().unwrap(), PathBuf::from("photos"));
}

#[test]
fn a_misspelt_key_is_an_error_that_names_the_line_and_the_right_key() {
    let error = settings("seed = 1\ns3_buket = 'x'\n", &[]).unwrap_err();
    assert!(error.to_string().ends_with("nova-ft.toml:2: unknown key `s3_buket`"), "{error}");
    assert_eq!(error.hint().unwrap(), "did you mean `s3_bucket`?");
    let error = settings("", &[("NOVA_FT_SEDE", "1")]).unwrap_err();
    assert_eq!(error.to_string(), "NOVA_FT_SEDE: unknown setting `sede`");
}

#[test]
fn a_value_of_the_wrong_kind_is_an_error_that_names_its_place() {
    let settings = settings("\n[prepare]\nseed = 'seven'\n", &[]).unwrap();
    let error = settings.command("prepare").value::<u64>(None, "seed").unwrap_err();
    assert!(error.to_string().contains("nova-ft.toml:3 (prepare.seed): `seven`: invalid digit"), "{error}");
}

#[test]
fn a_file_that_is_not_toml_is_an_error_with_its_line() {
    let error = settings("seed = 1\nlabels = data.csv\n", &[]).unwrap_err();
    assert!(error.to_string().contains("nova-ft.toml:2"), "{error}");
}

#[test]
fn a_missing_setting_names_its_variable_and_its_line() {
    let error = settings("", &[]).unwrap().command("prepare").required::<String>(None, "s3_bucket").unwrap_err();
    assert_eq!(error.to_string(), "missing required setting `s3_bucket`");
    assert_eq!(error.hint().unwrap(), "set NOVA_FT_S3_BUCKET, or write `s3_bucket = …` in nova-ft.toml.");
}

#[test]
fn a_list_comes_from_an_array_or_from_commas() {
    let settings_of_file = settings("[validate]\nallow = ['IMG', 'S3U001']\n", &[]).unwrap();
    assert_eq!(settings_of_file.command("validate").list(vec![], "allow"), ["IMG", "S3U001"]);
    let from_env = settings("", &[("NOVA_FT_ALLOW", "IMG, S3U001")]).unwrap();
    assert_eq!(from_env.command("validate").list(vec![], "allow"), ["IMG", "S3U001"]);
}

#[test]
fn an_option_with_a_meaning_of_its_own_is_set_by_its_own_table_only() {
    let common = settings("input_dir = 'photos'\n", &[("NOVA_FT_INPUT_DIR", "x")]).unwrap();
    assert_eq!(common.command("upload").path(None, "input_dir").unwrap(), None);
    let own = settings("input_dir = 'photos'\n[upload]\ninput_dir = 'dataset'\n", &[]).unwrap();
    assert_eq!(own.command("upload").path(None, "input_dir").unwrap(), Some(own.folder().join("dataset")));
}

/// Each key with each command that has it.
fn keys_of_commands() -> impl Iterator<Item = (&'static Key, &'static str)> {
    KEYS.iter().flat_map(|key| key.commands.iter().map(move |command| (key, *command)))
}

/// What is wrong with a value, as the settings say it, and where they say that it comes from.
fn refusal(settings: &Settings, command: &'static str, key: &str) -> (String, Origin) {
    let Error::Setting { origin, .. } =
        settings.command(command).value::<std::num::NonZero<u8>>(None, key).unwrap_err()
    else {
        panic!("no error of the settings")
    };
    (origin.clone(), Origin::parse(&origin).unwrap())
}

#[test]
fn every_key_names_the_line_and_the_variable_that_really_set_it() {
    for (key, command) in keys_of_commands() {
        let name = key.name;
        if !command.is_empty() {
            let own = settings(&format!("\n[{command}]\n{name} = 'x'\n"), &[]).unwrap();
            let (text, origin) = refusal(&own, command, name);
            assert!(text.ends_with(&format!("nova-ft.toml:3 ({command}.{name})")), "{text}");
            assert_eq!((origin.to_string(), origin.key()), (text, Some(format!("{command}.{name}"))));
            let variable = format!("NOVA_FT_{}_{}", command.to_uppercase(), name.to_uppercase());
            let (text, origin) = refusal(&settings("", &[(&variable, "x")]).unwrap(), command, name);
            assert_eq!((&text, &origin), (&variable, &Origin::Variable(variable.clone())));
            assert_eq!(origin.key(), Some(format!("{command}.{name}")));
        }
        let variable = format!("NOVA_FT_{}", name.to_uppercase());
        if key.apart.contains(&command) {
            let elsewhere = settings(&format!("{name} = 'x'\n"), &[(&variable, "x")]);
            assert!(
                elsewhere.is_err() || elsewhere.unwrap().command(command).origin(name).is_none(),
                "{command}.{name}"
            );
        } else {
            let (text, origin) = refusal(&settings(&format!("{name} = 'x'\n"), &[]).unwrap(), command, name);
            assert!(text.ends_with(&format!("nova-ft.toml:1 ({name})")), "{text}");
            assert_eq!((origin.to_string(), origin.key()), (text, Some(name.to_owned())));
            let (text, origin) = refusal(&settings("", &[(&variable, "x")]).unwrap(), command, name);
            assert_eq!((text, origin.key()), (variable, Some(name.to_owned())));
        }
    }
}

#[test]
fn a_missing_setting_is_set_by_what_its_hint_says() {
    for (key, command) in keys_of_commands() {
        let hint = settings("", &[]).unwrap().command(command).required::<String>(None, key.name).unwrap_err().hint();
        let hint = hint.unwrap();
        let variable = hint.split("set ").nth(1).unwrap().split(',').next().unwrap();
        let by_variable = settings("", &[(variable, "x")]).unwrap().command(command).required(None, key.name);
        assert_eq!(by_variable.ok(), Some("x".to_owned()), "{hint}");
        let section = hint.split("below [").nth(1).map(|rest| rest.split(']').next().unwrap());
        let section = section.map_or(String::new(), |section| format!("[{section}]\n"));
        let by_file = settings(&format!("{section}{} = 'x'\n", key.name), &[]).unwrap();
        assert_eq!(by_file.command(command).required(None, key.name).ok(), Some("x".to_owned()), "{hint}");
    }
}

#[test]
fn an_option_of_one_call_is_set_by_no_file_and_no_variable() {
    for name in OPTIONS_OF_ONE_CALL.iter().filter(|name| **name != "config") {
        let option = format!("--{} is for one call", name.replace('_', "-"));
        for text in [format!("{name} = true\n"), format!("[upload]\n{name} = true\n")] {
            assert!(settings(&text, &[]).unwrap_err().hint().unwrap().contains(&option), "{text}");
        }
        let variable = format!("NOVA_FT_{}", name.to_uppercase());
        assert!(settings("", &[(&variable, "1")]).unwrap_err().hint().unwrap().contains(&option), "{variable}");
    }
}

#[test]
fn a_variable_called_user_is_no_prompt() {
    let error = settings("", &[("NOVA_FT_USER", "alice")]).unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean NOVA_FT_PROMPT_USER?");
    let error = settings("user = 'alice'\n", &[]).unwrap_err();
    assert_eq!(error.hint().unwrap(), "write it below [prompt].");
    let own = settings("", &[("NOVA_FT_PROMPT_USER", "谁？")]).unwrap();
    assert_eq!(own.command("prompt").value::<String>(None, "user").unwrap().unwrap(), "谁？");
}

#[test]
fn a_misspelt_variable_is_answered_with_a_variable() {
    let hint = |name| settings("", &[(name, "1")]).unwrap_err().hint().unwrap();
    assert_eq!(hint("NOVA_FT_S3_BUKET"), "did you mean NOVA_FT_S3_BUCKET?");
    assert_eq!(hint("NOVA_FT_UPLOAD_INPUT_DRI"), "did you mean NOVA_FT_UPLOAD_INPUT_DIR?");
    assert!(hint("NOVA_FT_NOVA_FT_SEED_OF_ALL").starts_with("known here: NOVA_FT_ACCOUNT_ID, "));
}
