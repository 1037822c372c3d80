from collections import defaultdict

members = defaultdict(list)
for package in sorted(named):
    members[named[package]["licence"]].append(package)

texts = {(document["package"], document["file"]): document["text"] for document in documents}


def clarity(place):
    """A licence file shows a licence better than a readme, and one that holds nothing else better than a long one."""
    package, file = place
    return not file.upper().startswith("README"), len(texts[place]) < 30_000, len(texts[place])


examples = {
    licence: max(((package, named[package]["file"]) for package in members[licence]), key=clarity) for licence in members
}
questions = [
    f"This text puts software under {licence}. Is the licence permissive, or does it ask that changes stay under it? "
    "Must a copy keep the copyright or licence notice? "
    'Reply with JSON alone: {"permissive": true or false, "noticeRequired": true or false}\n'
    f"Text:\n{texts[examples[licence]][:20_000]}"
    for licence in members
]
verdicts = dict(zip(members, map(json.loads, llm_query_batched(questions))))
print(f"{len(verdicts)} licences judged")
for licence, verdict in verdicts.items():
    print(f"{licence}: {len(members[licence])} packages, {verdict}, as in {examples[licence]}")
