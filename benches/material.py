"""What is measured on: photos, projects and records that are made for it."""

from __future__ import annotations

import json
import random
from pathlib import Path


def photo_of(size: int, number: int) -> bytes:
    """A JPEG of `size` bytes or a little more that no other number has: a small picture after segments of noise."""
    from io import BytesIO

    from PIL import Image, ImageDraw

    noise = random.Random(number)
    picture = BytesIO()
    page = Image.new("RGB", (640, 480), (255 - number % 32, 255 - number // 32 % 32, 230))
    # Something to read: a page on which nothing stands is refused.
    draw = ImageDraw.Draw(page)
    for line in range(20, 460, 22):
        for word in range(20, 600, 40):
            draw.rectangle((word, line, word + noise.randrange(10, 34), line + 10), fill=(30, 30, 60))
    page.save(picture, "JPEG", quality=60)
    start, rest = picture.getvalue()[:2], picture.getvalue()[2:]
    segments = [number.to_bytes(8, "big")]
    missing = size - len(picture.getvalue()) - 12
    while missing > 0:
        segments.append(noise.randbytes(min(missing, 60_000)))
        missing -= 60_004
    comment = b"".join(b"\xff\xfe" + (len(segment) + 2).to_bytes(2, "big") + segment for segment in segments)
    return start + comment + rest


def make_project(folder: Path, photos: int, size: int) -> None:
    """A project of nova-ft: photos, ten of each seller, and their labels."""
    images = folder / "images"
    images.mkdir(parents=True)
    rows = ["image,seller"]
    for number in range(photos):
        name = f"{number:06}.jpg"
        (images / name).write_bytes(photo_of(size, number))
        rows.append(f"{name},第{number // 10}（北京）科技有限公司")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings = 'labels = "labels.csv"\ninput_dir = "images"\ns3_bucket = "bench"\ns3_prefix = "nova-ft"\n'
    (folder / "nova-ft.toml").write_text(settings, encoding="utf-8")


def write_records(path: Path, count: int) -> int:
    """So many records as `prepare` writes them, each with a photo of its own; the size of the file."""
    names = [f"{place}{word}（{town}）科技有限公司" for place in ("北京", "上海") for word in ("宇音", "禾维") for town in ("杭州", "厦门")]
    system = (
        "You read the seller's name off photos of Chinese VAT invoices. Answer with the name alone, exactly as it is "
        "printed, without quotes and without any other word. The seller is named in the block at the bottom of the form."
    )
    with open(path, "w", encoding="utf-8") as out:
        for number in range(count):
            image = {"format": "jpeg", "source": {"s3Location": {
                "uri": f"s3://bench/nova-ft/images/{number:07}.jpg", "bucketOwner": "123456789012"}}}
            record = {"schemaVersion": "bedrock-conversation-2024", "system": [{"text": system}], "messages": [
                {"role": "user", "content": [{"text": "这是一张增值税发票的照片。请读出销售方名称。"}, {"image": image}]},
                {"role": "assistant", "content": [{"text": names[number % len(names)]}]}]}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path.stat().st_size
