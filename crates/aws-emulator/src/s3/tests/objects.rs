use super::*;

#[test]
fn what_is_put_with_an_object_is_there_after_a_restart() {
    let mut fixture = Fixture::new();
    let bytes = b"a photo";
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let request = s3.put_object().bucket("bucket").key("p/1.jpg").content_type("image/jpeg").metadata("sheet", "7");
        let output = request.checksum_sha256(sha256(bytes)).body(bytes.to_vec().into()).send().await.unwrap();
        assert_eq!(output.checksum_sha256(), Some(sha256(bytes).as_str()));
    })
    .unwrap();
    fixture.start();
    let s3 = fixture.client();
    block_on(async {
        let head = s3.head_object().bucket("bucket").key("p/1.jpg").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        assert_eq!(head.content_type(), Some("image/jpeg"));
        assert_eq!(head.content_length(), Some(7));
        assert_eq!(head.metadata().unwrap()["sheet"], "7");
        assert_eq!(head.checksum_sha256(), Some(sha256(bytes).as_str()));
        assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
        assert_eq!(head.e_tag(), Some("\"1e171d1320221d0ef1133a398fb1d4be\""));
        assert_eq!(head.last_modified().unwrap().to_string(), "2026-11-22T11:03:36Z");
        let plain = s3.head_object().bucket("bucket").key("p/1.jpg").send().await.unwrap();
        assert_eq!(plain.checksum_sha256(), None, "only who asks for a checksum gets one");
        assert_eq!(get(&s3, "p/1.jpg").await, bytes);
    })
    .unwrap();
}

#[test]
fn any_key_comes_back_as_it_was_sent() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    let long = "发票".repeat(170);
    let mut sent = vec![
        "发票/增值税 专用.jpg",
        "a b",
        "a+b",
        "a%20b",
        "100%",
        "a",
        "a/b",
        "a/b/",
        "a//b",
        "folder/",
        "../up",
        "./x",
        ".hidden",
        "q?x=1&y#z",
        "~!*'()",
        "bucket.json",
        long.as_str(),
    ];
    sent.sort_unstable();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        for key in &sent {
            put(&s3, key, key.as_bytes()).await;
        }
        assert_eq!(keys(&s3).await, sent);
        for key in &sent {
            assert_eq!(get(&s3, key).await, key.as_bytes(), "{key}");
            s3.head_object().bucket("bucket").key(*key).send().await.unwrap();
        }
        let source = "bucket/%E5%8F%91%E7%A5%A8/%E5%A2%9E%E5%80%BC%E7%A8%8E%20%E4%B8%93%E7%94%A8.jpg";
        s3.copy_object().copy_source(source).bucket("bucket").key("copy+1").send().await.unwrap();
        assert_eq!(get(&s3, "copy+1").await, "发票/增值税 专用.jpg".as_bytes());
        // A form's way to write a space, which S3 reads in this header too.
        let source = "bucket/%E5%8F%91%E7%A5%A8/%E5%A2%9E%E5%80%BC%E7%A8%8E+%E4%B8%93%E7%94%A8.jpg";
        s3.copy_object().copy_source(source).bucket("bucket").key("copy 2").send().await.unwrap();
        assert_eq!(get(&s3, "copy 2").await, "发票/增值税 专用.jpg".as_bytes());
        for key in sent.iter().chain(&["copy+1", "copy 2"]) {
            s3.delete_object().bucket("bucket").key(*key).send().await.unwrap();
        }
        assert!(keys(&s3).await.is_empty());
    })
    .unwrap();
    assert!(fixture.blob_files().is_empty(), "{:?}", fixture.blob_files());
}

#[test]
fn a_listing_is_sorted_complete_in_pages_and_has_sizes_and_etags() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        for number in 0..7 {
            put(&s3, &format!("images/{number}.jpg"), &vec![b'x'; number]).await;
        }
        put(&s3, "train.jsonl", b"{}").await;
        let mut pages = s3.list_objects_v2().bucket("bucket").max_keys(3).into_paginator().send();
        let (mut seen, mut page_count) = (Vec::new(), 0);
        while let Some(page) = pages.next().await {
            page_count += 1;
            for object in page.unwrap().contents() {
                assert!(object.e_tag().unwrap().len() == 34 && object.last_modified().is_some());
                seen.push((object.key().unwrap().to_owned(), object.size().unwrap()));
            }
        }
        let mut expected: Vec<_> = (0..7).map(|number| (format!("images/{number}.jpg"), number)).collect();
        expected.push(("train.jsonl".to_owned(), 2));
        assert_eq!((page_count, seen), (3, expected));

        let folders = s3.list_objects_v2().bucket("bucket").delimiter("/").send().await.unwrap();
        assert_eq!(folders.common_prefixes()[0].prefix(), Some("images/"));
        assert_eq!(folders.contents()[0].key(), Some("train.jsonl"));
        assert_eq!(folders.key_count(), Some(2));

        let old = s3.list_objects().bucket("bucket").max_keys(1).delimiter("/").send().await.unwrap();
        assert_eq!(old.next_marker(), Some("images/"));
        let rest = s3.list_objects().bucket("bucket").delimiter("/").marker("images/").send().await.unwrap();
        assert_eq!((rest.common_prefixes().len(), rest.contents()[0].key()), (0, Some("train.jsonl")));

        let wrong = s3.list_objects_v2().bucket("bucket").continuation_token("!").send().await;
        assert_eq!(refusal(wrong), refused("InvalidArgument", 400));
    })
    .unwrap();
}

#[test]
fn a_body_that_does_not_match_its_digest_leaves_no_object_and_keeps_the_old_one() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        put(&s3, "old", b"old").await;
        let before = fixture.blob_files().len();
        for key in ["new", "old"] {
            let put = || s3.put_object().bucket("bucket").key(key).body(ByteStream::from_static(b"body"));
            let outcome = put().checksum_sha256(sha256(b"another body")).send().await;
            assert_eq!(refusal(outcome), refused("BadDigest", 400));
            let outcome = put().content_md5(STANDARD.encode([0; 16])).send().await;
            assert_eq!(refusal(outcome), refused("BadDigest", 400));
        }
        assert_eq!(keys(&s3).await, ["old"]);
        assert_eq!(get(&s3, "old").await, b"old");
        assert_eq!(fixture.blob_files().len(), before);
    })
    .unwrap();
}

#[test]
fn ranges_and_conditions_are_those_of_s3() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        put(&s3, "k", b"0123456789").await;
        put(&s3, "empty", b"").await;
        let ranged = async |key: &str, range: &str| {
            let output = s3.get_object().bucket("bucket").key(key).range(range).send().await?;
            Ok::<_, SdkError<_>>(output.body.collect().await.unwrap().to_vec())
        };
        assert_eq!(ranged("k", "bytes=2-4").await.unwrap(), b"234");
        assert_eq!(ranged("k", "bytes=7-").await.unwrap(), b"789");
        assert_eq!(ranged("k", "bytes=-3").await.unwrap(), b"789");
        assert_eq!(ranged("k", "bytes=-30").await.unwrap(), b"0123456789");
        assert_eq!(refusal(ranged("k", "bytes=10-").await), refused("InvalidRange", 416));
        assert_eq!(refusal(ranged("empty", "bytes=-1").await), refused("InvalidRange", 416));
        assert!(get(&s3, "empty").await.is_empty());

        let etag = s3.head_object().bucket("bucket").key("k").send().await.unwrap().e_tag().unwrap().to_owned();
        let known = s3.get_object().bucket("bucket").key("k").if_none_match(&etag).send().await;
        assert_eq!(refusal(known).1, 304);
        let body = || ByteStream::from_static(b"new");
        let outcome = s3.put_object().bucket("bucket").key("k").if_none_match("*").body(body()).send().await;
        assert_eq!(refusal(outcome), refused("PreconditionFailed", 412));
        s3.put_object().bucket("bucket").key("k").if_match(&etag).body(body()).send().await.unwrap();
        let outcome = s3.put_object().bucket("bucket").key("k").if_match(&etag).body(body()).send().await;
        assert_eq!(refusal(outcome), refused("PreconditionFailed", 412));
        assert_eq!(refusal(s3.get_object().bucket("bucket").key("none").send().await), refused("NoSuchKey", 404));
    })
    .unwrap();
}

#[test]
fn a_copy_keeps_the_metadata_or_takes_new_and_many_objects_are_deleted_at_once() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let request = s3.put_object().bucket("bucket").key("a").metadata("m", "1").checksum_sha256(sha256(b"x"));
        request.body(ByteStream::from_static(b"x")).send().await.unwrap();
        s3.copy_object().copy_source("bucket/a").bucket("bucket").key("b").send().await.unwrap();
        let replace = s3.copy_object().copy_source("bucket/a").bucket("bucket").key("a").metadata("m", "2");
        let onto_itself = s3.copy_object().copy_source("bucket/a").bucket("bucket").key("a").send().await;
        assert_eq!(refusal(onto_itself), refused("InvalidRequest", 400));
        replace.metadata_directive(aws_sdk_s3::types::MetadataDirective::Replace).send().await.unwrap();
        let metadata = async |key: &str| {
            let head =
                s3.head_object().bucket("bucket").key(key).checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
            assert_eq!(head.checksum_sha256(), Some(sha256(b"x").as_str()));
            head.metadata().unwrap()["m"].clone()
        };
        assert_eq!((metadata("a").await, metadata("b").await), ("2".to_owned(), "1".to_owned()));

        let objects = ["a", "b", "never"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
        let delete = Delete::builder().set_objects(Some(objects.to_vec())).build().unwrap();
        let output = s3.delete_objects().bucket("bucket").delete(delete).send().await.unwrap();
        assert_eq!((output.deleted().len(), output.errors().len()), (3, 0));
        assert!(keys(&s3).await.is_empty());
    })
    .unwrap();
    assert!(fixture.blob_files().is_empty());
}

#[test]
fn many_writers_of_one_key_leave_one_whole_object() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..16_u8 {
            let s3 = s3.clone();
            tasks.spawn(async move {
                put(&s3, "k", &vec![number; 100_000]).await;
                let bytes = get(&s3, "k").await;
                assert!(bytes.len() == 100_000 && bytes.iter().all(|byte| *byte == bytes[0]));
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome.unwrap();
        }
        assert_eq!(keys(&s3).await, ["k"]);
    })
    .unwrap();
    assert_eq!(fixture.blob_files().len(), 3, "one blob and its two side files");
}
