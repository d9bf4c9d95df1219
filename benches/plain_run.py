"""What `nova-ft run` asks of the services, by botocore: records, uploads, job, deployment, questions, clean-up. No checks.

    plain_run.py LABELS.csv IMAGES_DIR        # endpoints and keys from the environment, as `nova-ft local serve` prints them
"""

from __future__ import annotations

import csv
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import botocore.session
from botocore.config import Config

BUCKET, ACCOUNT, BASE = "plain-run", "000000000000", "amazon.nova-lite-v1:0"
POLL_S = 0.2
PROMPT = "这是一张增值税发票的照片。请读出销售方名称。"


def record(name: str, seller: str) -> str:
    image = {"format": "jpeg", "source": {"s3Location": {"uri": f"s3://{BUCKET}/images/{name}", "bucketOwner": ACCOUNT}}}
    turns = [
        {"role": "user", "content": [{"text": PROMPT}, {"image": image}]},
        {"role": "assistant", "content": [{"text": seller}]},
    ]
    return json.dumps({"schemaVersion": "bedrock-conversation-2024", "messages": turns}, ensure_ascii=False) + "\n"


def wait(look, over: set[str]) -> dict:
    while (state := look())["status"] not in over:
        time.sleep(POLL_S)
    return state


def main() -> None:
    labels, images = Path(sys.argv[1]), Path(sys.argv[2])
    session = botocore.session.get_session()
    config = Config(max_pool_connections=16)
    s3, bedrock, runtime = (session.create_client(name, config=config) for name in ("s3", "bedrock", "bedrock-runtime"))
    rows = list(csv.DictReader(open(labels, encoding="utf-8-sig")))
    sides = {"validation": rows[::5], "train": [row for at, row in enumerate(rows) if at % 5]}
    s3.create_bucket(Bucket=BUCKET)

    def upload(row: dict) -> None:
        s3.put_object(Bucket=BUCKET, Key=f"images/{row['image']}", Body=(images / row["image"]).read_bytes())

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(upload, rows))
    for side, chosen in sides.items():
        s3.put_object(Bucket=BUCKET, Key=f"{side}.jsonl", Body="".join(record(r["image"], r["seller"]) for r in chosen).encode())
    job = bedrock.create_model_customization_job(
        jobName="plain",
        customModelName="plain",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/nova-ft",
        baseModelIdentifier=f"{BASE}:300k",
        trainingDataConfig={"s3Uri": f"s3://{BUCKET}/train.jsonl"},
        validationDataConfig={"validators": [{"s3Uri": f"s3://{BUCKET}/validation.jsonl"}]},
        outputDataConfig={"s3Uri": f"s3://{BUCKET}/output/"},
        hyperParameters={"epochCount": "2", "learningRate": "0.00001", "learningRateWarmupSteps": "1"},
    )["jobArn"]
    state = wait(lambda: bedrock.get_model_customization_job(jobIdentifier=job), {"Completed", "Failed", "Stopped"})
    if state["status"] != "Completed":
        sys.exit(f"the job ended as {state['status']}: {state.get('failureMessage')}")
    made = bedrock.create_custom_model_deployment(modelDeploymentName="plain", modelArn=state["outputModelArn"])
    deployment = made["customModelDeploymentArn"]
    wait(lambda: bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=deployment), {"Active", "Failed"})

    def ask(model: str, row: dict) -> bool:
        image = {"format": "jpeg", "source": {"bytes": (images / row["image"]).read_bytes()}}
        turns = [{"role": "user", "content": [{"text": PROMPT}, {"image": image}]}]
        answer = runtime.converse(modelId=model, messages=turns, inferenceConfig={"maxTokens": 200, "temperature": 0.0})
        return answer["output"]["message"]["content"][0]["text"].strip() == row["seller"]

    for model in (BASE, deployment):
        with ThreadPoolExecutor(4) as pool:
            right = sum(pool.map(lambda row: ask(model, row), sides["validation"]))
        print(f"{model}: {right} of {len(sides['validation'])}")
    bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier=deployment)


if __name__ == "__main__":
    main()
