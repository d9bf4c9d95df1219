use super::*;
use crate::{Reset, reset};

fn server(state: &StateDir) -> ServerFile {
    ServerFile {
        pid: 7,
        s3_endpoint: "http://127.0.0.1:4242".to_owned(),
        bedrock_endpoint: Some("http://127.0.0.1:4243".to_owned()),
        keys: state.keys().unwrap(),
    }
}

#[test]
fn what_is_written_to_server_json_is_read_back_and_only_its_owner_may_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let state = StateDir::create(dir.path()).unwrap();
    let written = server(&state);
    state.write_server(&written).unwrap();
    assert_eq!(state.read_server().unwrap(), Some(written.clone()));
    assert_eq!(state.keys().unwrap(), written.keys);
    assert_eq!((written.s3_port(), written.bedrock_port()), (Some(4242), Some(4243)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(state.server_path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn keys_are_recognisable_differ_from_folder_to_folder_and_never_show_their_secret() {
    let (left, right) = (Keys::new_random().unwrap(), Keys::new_random().unwrap());
    assert!(left.access_key_id.starts_with("NOVAFTLOCAL"));
    assert_ne!(left, right);
    assert!(!format!("{left:?}").contains(left.secret_access_key.reveal()));
}

#[test]
fn a_damaged_server_json_counts_as_missing_and_a_later_version_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let state = StateDir::create(dir.path()).unwrap();
    for text in ["", "{\"version\":1,", "[]", "{\"version\":1,\"pid\":1}", "\u{0}\u{0}"] {
        std::fs::write(state.server_path(), text).unwrap();
        assert_eq!(state.read_server().unwrap(), None, "{text:?}");
    }
    std::fs::write(state.server_path(), "{\"version\":3}").unwrap();
    let error = state.read_server().unwrap_err();
    assert!(error.to_string().ends_with("a later version of nova-ft wrote this file"), "{error}");
}

#[test]
fn a_server_json_of_the_version_before_bedrock_keeps_its_keys_and_its_port() {
    let dir = tempfile::tempdir().unwrap();
    let state = StateDir::create(dir.path()).unwrap();
    let text = r#"{"version":1,"pid":7,"s3_endpoint":"http://127.0.0.1:4242","access_key_id":"NOVAFTLOCAL1","secret_access_key":"s"}"#;
    std::fs::write(state.server_path(), text).unwrap();
    let file = state.read_server().unwrap().unwrap();
    assert_eq!((file.s3_port(), file.bedrock_port()), (Some(4242), None));
    assert_eq!(state.keys().unwrap().access_key_id, "NOVAFTLOCAL1");
    state.write_server(&file).unwrap();
    assert_eq!(state.read_server().unwrap(), Some(file));
}

#[test]
fn the_lock_is_given_once_and_again_after_its_holder_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let state = StateDir::create(dir.path()).unwrap();
    let lock = state.try_lock().unwrap();
    assert!(lock.is_some());
    assert!(state.try_lock().unwrap().is_none());
    assert_eq!(state.lock_owner(), Some(std::process::id()));
    drop(lock);
    assert!(state.try_lock().unwrap().is_some());
}

#[test]
fn reset_deletes_only_what_nova_ft_made_and_not_while_someone_serves() {
    let dir = tempfile::tempdir().unwrap();
    let state = StateDir::create(dir.path()).unwrap();
    drop(state.try_lock().unwrap());
    std::fs::create_dir_all(state.s3_path().join("buckets")).unwrap();
    std::fs::create_dir_all(state.bedrock_path().join("jobs")).unwrap();
    std::fs::write(state.roles_path(), "{}").unwrap();
    std::fs::write(dir.path().join("mine.txt"), "keep").unwrap();
    state.write_server(&server(&state)).unwrap();

    let lock = state.try_lock().unwrap();
    let error = reset(dir.path()).unwrap_err();
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(lock);

    let reset_once = reset(dir.path()).unwrap();
    assert_eq!(reset_once.removed, [state.s3_path(), state.bedrock_path(), state.server_path()]);
    assert!(dir.path().join("mine.txt").exists() && state.roles_path().exists());
    assert_eq!(reset(dir.path()).unwrap(), Reset::default());
    assert_eq!(reset(&dir.path().join("never")).unwrap(), Reset::default());
}

/// Half a file, and then nothing until the end: what the next test kills.
#[test]
#[ignore = "run by the next test, in a process of its own"]
fn a_process_that_is_killed_while_it_writes() {
    let mut file = atomic::AtomicFile::create(Path::new("server.json")).unwrap();
    file.write_all(b"half").unwrap();
    file.flush().unwrap();
    std::fs::write("writing", "").unwrap();
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut Vec::new()).unwrap();
    drop(file);
}

#[test]
fn a_start_sweeps_away_what_a_killed_process_was_writing_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let names = || {
        let entries = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    let half_written = || names().into_iter().filter(|name| name.starts_with(".nova-ft-partial-")).count();
    for name in [".tmpAbC123", ".tmp", ".tmp-notes", ".tmpAbC1234"] {
        std::fs::write(dir.path().join(name), "x").unwrap();
    }
    let start = || {
        let options = crate::LocalOptions { state_dir: dir.path().to_path_buf(), ..crate::LocalOptions::default() };
        drop(crate::LocalServer::start(&options).unwrap());
    };
    let mut writer = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "state::tests::a_process_that_is_killed_while_it_writes", "--ignored"])
        .current_dir(dir.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !dir.path().join("writing").exists() {
        assert!(writer.try_wait().unwrap().is_none(), "the writer ended early");
        std::thread::yield_now();
    }
    start();
    assert_eq!(half_written(), 1, "a living process goes on writing: {:?}", names());
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(half_written(), 1);
    start();
    assert_eq!(
        names(),
        [".tmp", ".tmp-notes", ".tmpAbC123", ".tmpAbC1234", "bedrock", "lock", "s3", "server.json", "writing"]
    );
}

#[test]
fn a_state_folder_that_is_a_file_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state");
    std::fs::write(&file, "").unwrap();
    let error = StateDir::create(&file).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot create {}", file.display()));
    assert_eq!(error.hint().unwrap(), "name a folder here.");
}

#[test]
fn a_folder_of_somebody_elses_is_neither_served_nor_forgotten() {
    let foreign: [&[(&str, &str)]; 4] = [
        &[("s3/photos/a.txt", "mine")],
        &[("bedrock/x", "mine")],
        &[("server.json", "{\"mine\":1}")],
        &[("lock", "my own list of locks"), ("s3/backup.tar", "mine")],
    ];
    for files in foreign {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let options = crate::LocalOptions { state_dir: dir.path().to_path_buf(), ..crate::LocalOptions::default() };
        for error in [reset(dir.path()).unwrap_err(), crate::LocalServer::start(&options).map(drop).unwrap_err()] {
            assert!(error.to_string().contains("not of the local stand-in"), "{error}");
            assert!(error.hint().unwrap().contains("`state_dir`"));
        }
        for (name, text) in files {
            assert_eq!(std::fs::read_to_string(dir.path().join(name)).unwrap(), *text);
        }
    }
}
