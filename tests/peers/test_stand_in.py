"""Other people's S3 clients against `nova-ft local serve`: what they send comes back, what is refused has S3's codes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clients import PART_BYTES, AwsCli, Boto3, Refused, S5cmd
from program import StandIn, sha256

LARGE_BYTES = 20 * 1024 * 1024 + 7
MANY = 1005  # a page of S3's listings holds 1000
STRANGE_KEYS = ["发票/上海 第1张+%41&x=1.jpg", "发票/二 (2)=~'!.jpg"]


def setUpModule() -> None:
    global FOLDER, STAND_IN
    FOLDER = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    STAND_IN = unittest.enterModuleContext(StandIn(FOLDER))


class Contract:
    """What each client has to find. Tests share a bucket and clean nothing up: each has keys of its own."""

    client_class: type
    bucket: str
    # What the client says where the server refuses; not every client shows the code of every answer.
    no_object_to_get = "NoSuchKey"
    no_object_to_head = "404"
    no_object_to_copy = "NoSuchKey"

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = FOLDER / cls.bucket
        cls.folder.mkdir()
        cls.client = cls.client_class(STAND_IN.login, cls.folder)
        cls.client.make_bucket(cls.bucket)
        cls.witness = Boto3(STAND_IN.login, cls.folder)

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def assert_stored(self, key: str, path: Path) -> None:
        """The object has the bytes of the file, for this client and for another one."""
        for n, reader in enumerate((self.client, self.witness)):
            back = self.folder / f"back-{n}"
            reader.get(self.bucket, key, back)
            self.assertEqual(sha256(back), sha256(path), f"{key} as {type(reader).__name__} got it")

    def assert_refused(self, code: str, call: object, *arguments: object) -> None:
        with self.assertRaises(Refused) as caught:
            call(*arguments)
        self.assertIn(code, str(caught.exception))

    def test_what_is_put_under_a_strange_key_comes_back_and_has_its_size(self) -> None:
        for key in STRANGE_KEYS:
            path = self.file("small file.bin", f"{key}\r\n\0".encode() * 40)
            self.client.put(path, self.bucket, key)
            self.assert_stored(key, path)
            self.assertEqual(self.client.size_bytes(self.bucket, key), path.stat().st_size)

    def test_a_file_in_parts_comes_back_whole(self) -> None:
        path = self.file("large.bin", os.urandom(LARGE_BYTES))
        self.client.put(path, self.bucket, "large.bin")
        head = self.witness.call("head_object", Bucket=self.bucket, Key="large.bin")
        parts = -(-LARGE_BYTES // PART_BYTES)
        self.assertRegex(head["ETag"], f'-{parts}"$', "it went in parts")
        self.assert_stored("large.bin", path)

    def test_a_listing_has_the_keys_of_its_prefix_in_order(self) -> None:
        path = self.file("tiny", b"x")
        keys = ["列表 1/一", "列表 1/一/1", "列表 1/二 2", "列表 2"]
        for key in keys:
            self.witness.put(path, self.bucket, key)
        self.assertEqual(self.client.keys(self.bucket, "列表 1/"), sorted(keys[:3], key=str.encode))
        self.assertEqual(self.client.keys(self.bucket, "列表"), sorted(keys, key=str.encode))

    def test_a_copy_has_the_same_bytes(self) -> None:
        path = self.file("original.bin", os.urandom(1000))
        self.witness.put(path, self.bucket, "原件 +1/a b.bin")
        self.client.copy(self.bucket, "原件 +1/a b.bin", "副本 %2B")
        self.assert_stored("副本 %2B", path)

    def test_what_is_deleted_is_gone_and_deleting_nothing_is_fine(self) -> None:
        self.witness.put(self.file("gone", b"x"), self.bucket, "删除 1+1")
        for _ in range(2):
            self.client.delete(self.bucket, "删除 1+1")
            self.assertEqual(self.witness.keys(self.bucket, "删除"), [])

    def test_what_is_not_there_has_the_codes_of_s3(self) -> None:
        back = self.folder / "never"
        self.assert_refused(self.no_object_to_get, self.client.get, self.bucket, "没有", back)
        self.assert_refused(self.no_object_to_head, self.client.size_bytes, self.bucket, "没有")
        self.assert_refused(self.no_object_to_copy, self.client.copy, self.bucket, "没有", "copy")
        self.assertFalse(back.exists())
        self.assert_refused("NoSuchBucket", self.client.keys, "no-such-bucket")
        self.assert_refused("NoSuchBucket", self.client.put, self.file("x", b"x"), "no-such-bucket", "x")
        self.assert_refused("BucketAlreadyOwnedByYou", self.client.make_bucket, self.bucket)

    def test_keys_that_are_not_the_stand_ins_open_nothing(self) -> None:
        path = self.file("burglar", b"x")
        stranger = self.client_class(STAND_IN.login.with_keys(access_key_id="NOVAFTLOCAL0000000000"), self.folder)
        self.assert_refused("InvalidAccessKeyId", stranger.keys, self.bucket)
        forger = self.client_class(STAND_IN.login.with_keys(secret_access_key="0" * 40), self.folder)
        self.assert_refused("SignatureDoesNotMatch", forger.put, path, self.bucket, "burglar")
        self.assertEqual(self.witness.keys(self.bucket, "burglar"), [])


class WithBoto3(Contract, unittest.TestCase):
    client_class, bucket = Boto3, "by-boto3"

    def test_a_range_is_the_bytes_asked_for(self) -> None:
        content = os.urandom(1000)
        self.client.put(self.file("range", content), self.bucket, "范围")

        def part(wanted: str) -> tuple[bytes, str]:
            answer = self.client.call("get_object", Bucket=self.bucket, Key="范围", Range=wanted)
            return answer["Body"].read(), answer["ContentRange"]

        self.assertEqual(part("bytes=10-19"), (content[10:20], "bytes 10-19/1000"))
        self.assertEqual(part("bytes=990-"), (content[990:], "bytes 990-999/1000"))
        self.assertEqual(part("bytes=-7"), (content[-7:], "bytes 993-999/1000"))
        self.assert_refused("416 InvalidRange", part, "bytes=1000-")

    def test_a_body_that_is_not_what_its_checksum_says_is_not_stored(self) -> None:
        # A body that is changed on the way: the checksum is that of other bytes.
        wrong = {"ChecksumSHA256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}
        put = lambda: self.client.call("put_object", Bucket=self.bucket, Key="坏", Body=b"x", **wrong)
        self.assert_refused("BadDigest", put)
        self.assertEqual(self.client.keys(self.bucket, "坏"), [])

    def test_the_checksum_that_was_sent_is_the_one_that_comes_back(self) -> None:
        body = "校验".encode()
        self.client.call("put_object", Bucket=self.bucket, Key="sum", Body=body, ChecksumAlgorithm="SHA256")
        head = self.client.call("head_object", Bucket=self.bucket, Key="sum", ChecksumMode="ENABLED")
        self.assertEqual(head["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
        from_base64 = base64.b64decode(head["ChecksumSHA256"])
        self.assertEqual(from_base64, hashlib.sha256(body).digest())

    def test_more_keys_than_a_page_holds_are_listed_by_everyone_and_deleted_in_batches(self) -> None:
        bucket = "many"
        self.client.make_bucket(bucket)
        keys = [f"第 {n:04} 张" for n in range(MANY)]
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda key: self.client.call("put_object", Bucket=bucket, Key=key, Body=b""), keys))
        first = self.client.call("list_objects_v2", Bucket=bucket)
        self.assertEqual((first["KeyCount"], first["IsTruncated"]), (1000, True))
        for client_class in (Boto3, AwsCli, S5cmd):
            self.assertEqual(client_class(STAND_IN.login, self.folder).keys(bucket), keys, client_class.__name__)
        for batch in (keys[:1000], keys[1000:]):
            deleted = self.client.call("delete_objects", Bucket=bucket, Delete={"Objects": [{"Key": key} for key in batch]})
            self.assertEqual(len(deleted["Deleted"]), len(batch))
        self.assertEqual(self.client.keys(bucket), [])


class WithAwsCli(Contract, unittest.TestCase):
    client_class, bucket = AwsCli, "by-aws-cli"
    # `aws s3 cp` asks for the size first.
    no_object_to_get = no_object_to_copy = "(404) when calling the HeadObject"

    def test_a_range_is_the_bytes_asked_for(self) -> None:
        content = os.urandom(1000)
        self.witness.put(self.file("range", content), self.bucket, "范围")
        back = self.folder / "range-back"
        get = ["s3api", "get-object", "--bucket", self.bucket, "--key", "范围", "--range", "bytes=10-19", back]
        self.assertEqual(json.loads(self.client.run(*get))["ContentRange"], "bytes 10-19/1000")
        self.assertEqual(back.read_bytes(), content[10:20])


class WithS5cmd(Contract, unittest.TestCase):
    """Its downloads are ranges of a part's size, so the file in parts is its test of ranges."""

    client_class, bucket = S5cmd, "by-s5cmd"
    no_object_to_head = "not found"


if __name__ == "__main__":
    unittest.main()
