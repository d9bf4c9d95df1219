use std::net::TcpListener;

use super::*;
use crate::testing::block_on;
use crate::testing::client_that_calls;
use aws_sdk_s3::Client;

fn options(dir: &tempfile::TempDir) -> LocalOptions {
    LocalOptions { state_dir: dir.path().join("state"), ..LocalOptions::default() }
}

/// A client as the commands use it.
fn client(handle: &LocalHandle) -> Client {
    client_that_calls(Some(handle.takeover()), &handle.endpoint(), handle.keys())
}

#[test]
fn the_second_connects_and_takes_over_on_the_same_port_with_the_same_keys_and_objects() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalServer::join(&options(&dir)).unwrap();
    let second = LocalServer::join(&options(&dir)).unwrap();
    assert!(first.is_serving() && !second.is_serving());
    assert_eq!((first.endpoint(), first.keys()), (second.endpoint(), second.keys()));
    // One client, made before the first one goes.
    let s3 = client(&second);
    block_on(s3.create_bucket().bucket("bucket").send()).unwrap().unwrap();
    let endpoint = first.endpoint();
    let bedrock_endpoint = first.bedrock_endpoint();
    assert_ne!(endpoint, bedrock_endpoint);
    drop(first);
    assert!(!second.is_serving(), "nothing is taken over before it is needed");
    let buckets = block_on(s3.list_buckets().send()).unwrap().unwrap();
    assert_eq!(buckets.buckets()[0].name(), Some("bucket"));
    assert!(second.is_serving());
    assert_eq!((second.endpoint(), second.bedrock_endpoint()), (endpoint, bedrock_endpoint));
}

#[test]
fn an_earlier_version_that_serves_the_folder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalServer::start(&options(&dir)).unwrap();
    let state = StateDir::at(&options(&dir).state_dir);
    let file = state.read_server().unwrap().unwrap();
    state.write_server(&ServerFile { bedrock_endpoint: None, ..file }).unwrap();
    let error = LocalServer::join(&options(&dir)).unwrap_err();
    assert!(error.to_string().ends_with("is an earlier version of nova-ft without Bedrock"), "{error}");
    drop(first);
    assert!(LocalServer::join(&options(&dir)).unwrap().is_serving());
}

#[test]
fn whoever_asks_for_another_port_than_the_one_served_is_told_and_not_connected() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalServer::join(&options(&dir)).unwrap();
    let port: u16 = first.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let at = |port| LocalServer::join(&LocalOptions { port: Some(port), ..options(&dir) });
    assert_eq!(at(port).unwrap().endpoint(), first.endpoint());
    let error = at(port ^ 1).unwrap_err();
    let state_dir = options(&dir).state_dir;
    let said =
        format!("process {} serves {} already, at {}", std::process::id(), state_dir.display(), first.endpoint());
    assert_eq!(error.to_string(), format!("port: {said}"));
    assert!(error.hint().unwrap().contains("leave `port` out"));
}

#[test]
fn of_several_that_are_connected_the_first_that_calls_takes_over_and_the_others_use_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalServer::join(&options(&dir)).unwrap();
    let others: Vec<_> = (0..3).map(|_| LocalServer::join(&options(&dir)).unwrap()).collect();
    let clients: Vec<_> = others.iter().map(client).collect();
    drop(first);
    for number in [1, 0, 2] {
        block_on(clients[number].list_buckets().send()).unwrap().unwrap();
    }
    assert_eq!(others.iter().map(LocalHandle::is_serving).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn when_the_port_is_taken_the_new_one_is_announced_and_followed() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalServer::start(&options(&dir)).unwrap();
    let others = [LocalServer::join(&options(&dir)).unwrap(), LocalServer::join(&options(&dir)).unwrap()];
    // As if the server that is gone had had the port of this program.
    let squatter = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let taken = format!("http://{}", squatter.local_addr().unwrap());
    let state = StateDir::at(&options(&dir).state_dir);
    let file = ServerFile {
        pid: 1,
        s3_endpoint: taken.clone(),
        bedrock_endpoint: Some(taken.clone()),
        keys: first.keys().clone(),
    };
    state.write_server(&file).unwrap();
    drop(first);
    let endpoints = |number: usize| (others[number].endpoint(), others[number].bedrock_endpoint());
    assert_eq!(endpoints(0), endpoints(1));
    assert!(others[0].is_serving() && !others[1].is_serving());
    assert!(endpoints(0).0 != taken && endpoints(0).1 != taken);
    for other in &others {
        block_on(client(other).list_buckets().send()).unwrap().unwrap();
    }
}

#[test]
fn of_many_that_start_at_the_same_moment_exactly_one_serves() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(&dir);
    let handles: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(|| LocalServer::join(&options).unwrap())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert_eq!(handles.iter().filter(|handle| handle.is_serving()).count(), 1);
    for handle in &handles {
        block_on(client(handle).list_buckets().send()).unwrap().unwrap();
    }
}

#[test]
fn a_stale_or_damaged_server_json_is_no_hindrance() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(&dir);
    let file = options.state_dir.join("server.json");
    let endpoint = LocalServer::join(&options).unwrap().endpoint();
    // The server is gone, its file is still there.
    let again = LocalServer::join(&options).unwrap();
    assert!(again.is_serving() && again.endpoint() == endpoint);
    drop(again);
    std::fs::write(&file, "{\"version\": 1, \"pid\"").unwrap();
    let healed = LocalServer::join(&options).unwrap();
    block_on(client(&healed).list_buckets().send()).unwrap().unwrap();
    let second = LocalServer::join(&options).unwrap();
    assert_eq!(second.keys(), healed.keys());
    // Damaged while the server runs: the process that takes over writes it again.
    std::fs::write(&file, "").unwrap();
    drop(healed);
    second.ensure_served();
    assert!(second.is_serving());
    block_on(client(&second).list_buckets().send()).unwrap().unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().contains(&second.keys().access_key_id));
}

#[test]
fn a_holder_of_the_lock_that_does_not_answer_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(&dir);
    let state = StateDir::create(&options.state_dir).unwrap();
    // Some other program answers on the port that the file names.
    let stranger =
        LocalServer::start(&LocalOptions { state_dir: dir.path().join("other"), ..options.clone() }).unwrap();
    let keys = state.keys().unwrap();
    let (s3_endpoint, bedrock_endpoint) = (stranger.endpoint(), Some(stranger.bedrock_endpoint()));
    let _lock = state.try_lock().unwrap().unwrap();
    state.write_server(&ServerFile { pid: 1, s3_endpoint, bedrock_endpoint, keys }).unwrap();
    let error = join_within(&options, Duration::from_millis(100)).unwrap_err();
    let expected = format!("process {} holds this folder, but its stand-in does not answer", std::process::id());
    assert!(error.to_string().ends_with(&expected), "{error}");
    assert!(error.hint().unwrap().contains("`state_dir`"));
}

#[test]
fn a_connected_handle_that_is_dropped_leaves_the_server_alone_and_its_clients_take_over_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalServer::join(&options(&dir)).unwrap();
    let second = LocalServer::join(&options(&dir)).unwrap();
    let (s3, before) = (client(&second), second.takeover());
    drop(second);
    block_on(s3.list_buckets().send()).unwrap().unwrap();
    drop(first);
    before.ensure_served();
    let state = StateDir::at(&options(&dir).state_dir);
    assert!(state.try_lock().unwrap().is_some(), "no process serves");
}

#[test]
fn requests_that_a_stopping_server_cuts_off_are_retried_and_the_retry_takes_over() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalServer::join(&options(&dir)).unwrap();
    let second = LocalServer::join(&options(&dir)).unwrap();
    let s3 = client(&second);
    block_on(s3.create_bucket().bucket("bucket").send()).unwrap().unwrap();
    // Requests that never end keep the first server busy until its deadline: nobody serves for two seconds.
    let mut stuck = TcpStream::connect(first.endpoint().trim_start_matches("http://")).unwrap();
    stuck.write_all(b"HEAD / HTTP/1.1\r\n").unwrap();
    block_on(async {
        let mut puts = tokio::task::JoinSet::new();
        for number in 0..64 {
            let s3 = s3.clone();
            puts.spawn(async move {
                for round in 0..4 {
                    let key = format!("{number}/{round}");
                    s3.put_object().bucket("bucket").key(key).body(vec![0; 10_000].into()).send().await.unwrap();
                }
            });
        }
        let gone = tokio::task::spawn_blocking(move || drop(first));
        while let Some(put) = puts.join_next().await {
            put.unwrap();
        }
        gone.await.unwrap();
        let listing = s3.list_objects_v2().bucket("bucket").send().await.unwrap();
        assert_eq!(listing.key_count(), Some(256));
    })
    .unwrap();
    assert!(second.is_serving());
}
