use super::*;

const PART_BYTES: usize = 5 << 20;

/// Uploads parts and returns the upload's id and what completes it.
async fn upload_parts(s3: &Client, parts: &[Vec<u8>]) -> (String, CompletedMultipartUpload) {
    let upload = s3.create_multipart_upload().bucket("bucket").key("big").content_type("text/plain").metadata("m", "1");
    let upload = upload.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let id = upload.upload_id().unwrap().to_owned();
    let mut completed = CompletedMultipartUpload::builder();
    for (number, bytes) in (1..).zip(parts) {
        let part = s3.upload_part().bucket("bucket").key("big").upload_id(&id).part_number(number);
        let part = part.checksum_algorithm(ChecksumAlgorithm::Sha256).body(bytes.clone().into()).send().await.unwrap();
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(part.e_tag)
            .set_checksum_sha256(part.checksum_sha256)
            .build();
        completed = completed.parts(part);
    }
    (id, completed.build())
}

#[test]
fn a_multipart_upload_is_one_object_with_the_checksum_of_its_parts_even_over_a_restart() {
    let mut fixture = Fixture::new();
    let parts = [vec![1; PART_BYTES], vec![2; 1000]];
    let s3 = fixture.client();
    let (id, completed) = block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let uploaded = upload_parts(&s3, &parts).await;
        assert!(keys(&s3).await.is_empty(), "parts are no object");
        uploaded
    })
    .unwrap();
    fixture.start();
    let s3 = fixture.client();
    block_on(async {
        let listed = s3.list_parts().bucket("bucket").key("big").upload_id(&id).send().await.unwrap();
        assert_eq!(listed.parts().iter().map(|part| part.size().unwrap()).collect::<Vec<_>>(), [5 << 20, 1000]);
        let complete = || s3.complete_multipart_upload().bucket("bucket").key("big").upload_id(&id);
        let first = complete().multipart_upload(completed.clone()).send().await.unwrap();
        let again = complete().multipart_upload(completed.clone()).send().await.unwrap();
        assert_eq!(first.e_tag(), again.e_tag(), "a repeated request has the same answer");
        assert!(first.e_tag().unwrap().ends_with("-2\""));

        let digests = parts.iter().flat_map(|part| Sha256::digest(part).to_vec()).collect::<Vec<_>>();
        let head = s3.head_object().bucket("bucket").key("big").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        assert_eq!(head.checksum_sha256(), Some(format!("{}-2", sha256(&digests)).as_str()));
        assert_eq!(head.checksum_type(), Some(&ChecksumType::Composite));
        assert_eq!((head.content_type(), head.metadata().unwrap()["m"].as_str()), (Some("text/plain"), "1"));
        assert_eq!(get(&s3, "big").await, parts.concat());
        s3.delete_object().bucket("bucket").key("big").send().await.unwrap();
    })
    .unwrap();
    assert!(fixture.blob_files().is_empty(), "{:?}", fixture.blob_files());
}

#[test]
fn a_multipart_upload_that_is_wrong_is_refused_and_can_be_aborted() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let (id, small) = upload_parts(&s3, &[vec![1; 10], vec![2; 10]]).await;
        let complete = async |upload: CompletedMultipartUpload| {
            let request = s3.complete_multipart_upload().bucket("bucket").key("big").upload_id(&id);
            refusal(request.multipart_upload(upload).send().await)
        };
        assert_eq!(complete(small.clone()).await, refused("EntityTooSmall", 400));
        let mut backwards = small.parts().to_vec();
        backwards.reverse();
        let upload = |parts| CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        assert_eq!(complete(upload(backwards)).await, refused("InvalidPartOrder", 400));
        let stranger = CompletedPart::builder().part_number(3).e_tag("\"0\"").build();
        assert_eq!(complete(upload(vec![stranger])).await, refused("InvalidPart", 400));
        let wrong = s3.upload_part().bucket("bucket").key("big").upload_id(&id).part_number(1);
        let wrong = wrong.checksum_sha256(sha256(b"other")).body(ByteStream::from_static(b"x")).send().await;
        assert_eq!(refusal(wrong), refused("BadDigest", 400));

        let abort = || s3.abort_multipart_upload().bucket("bucket").key("big").upload_id(&id).send();
        abort().await.unwrap();
        assert_eq!(refusal(abort().await), refused("NoSuchUpload", 404));
        assert!(keys(&s3).await.is_empty());
    })
    .unwrap();
    assert!(fixture.blob_files().is_empty());
}

#[test]
fn uploads_that_nobody_finished_are_listed_over_a_restart_until_they_are_aborted() {
    let mut fixture = Fixture::new();
    let s3 = fixture.client();
    let id = block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        for key in ["big/2", "other"] {
            s3.create_multipart_upload().bucket("bucket").key(key).send().await.unwrap();
        }
        upload_parts(&s3, &[vec![1; 10]]).await.0
    })
    .unwrap();
    fixture.start();
    let s3 = fixture.client();
    block_on(async {
        let list = || s3.list_multipart_uploads().bucket("bucket");
        let listed = list().prefix("big").send().await.unwrap();
        let keys: Vec<_> = listed.uploads().iter().filter_map(|upload| upload.key()).collect();
        assert_eq!((keys, listed.is_truncated()), (vec!["big", "big/2"], Some(false)));
        assert_eq!(listed.uploads()[0].upload_id(), Some(id.as_str()));
        let page = list().max_uploads(1).send().await.unwrap();
        assert_eq!((page.next_key_marker(), page.next_upload_id_marker()), (Some("big"), Some(id.as_str())));
        let rest = list().key_marker("big").upload_id_marker(&id).send().await.unwrap();
        let keys: Vec<_> = rest.uploads().iter().filter_map(|upload| upload.key()).collect();
        assert_eq!(keys, ["big/2", "other"]);
        s3.abort_multipart_upload().bucket("bucket").key("big").upload_id(&id).send().await.unwrap();
        assert_eq!(list().prefix("big").send().await.unwrap().uploads().len(), 1);
        let elsewhere = s3.list_multipart_uploads().bucket("elsewhere").send().await;
        assert_eq!(refusal(elsewhere), refused("NoSuchBucket", 404));
    })
    .unwrap();
}

#[test]
fn a_part_can_be_copied_from_an_object() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        put(&s3, "source", b"0123456789").await;
        let upload = s3.create_multipart_upload().bucket("bucket").key("k").send().await.unwrap();
        let id = upload.upload_id().unwrap();
        let part = s3.upload_part_copy().bucket("bucket").key("k").upload_id(id).part_number(1);
        let part = part.copy_source("bucket/source").copy_source_range("bytes=2-4").send().await.unwrap();
        let etag = part.copy_part_result().unwrap().e_tag().unwrap();
        let parts =
            CompletedMultipartUpload::builder().parts(CompletedPart::builder().part_number(1).e_tag(etag).build());
        let complete = s3.complete_multipart_upload().bucket("bucket").key("k").upload_id(id);
        complete.multipart_upload(parts.build()).send().await.unwrap();
        assert_eq!(get(&s3, "k").await, b"234");
    })
    .unwrap();
}
