import json

task = """`context` is a list of documents of software packages: {"package", "file", "text"}.
Find the licence that each package is under. A licence file says it in full, a readme may only name it.
Answer with one JSON object that has every package as a key, and as its value
{"licence": SPDX identifier, "file": the file that shows it, "quote": the words there that show it},
or null where its documents name no licence."""

size = 60
groups = [packages[start : start + size] for start in range(0, len(packages), size)]
answers = rlm_query_batched(
    [
        {"task": task, "context": [document for document in documents if document["package"] in set(group)]}
        for group in groups
    ]
)

findings, unread = {}, []
for group, answer in zip(groups, answers):
    try:
        findings.update(json.loads(answer))
    except ValueError:
        unread += group
        print("a group without an answer:", answer[:200])

named = {package: finding for package, finding in findings.items() if finding}
print(f"{len(named)} packages name their licence, {len(findings) - len(named)} do not, {len(unread)} were not read")
