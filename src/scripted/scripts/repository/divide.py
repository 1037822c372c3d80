most = sorted(places, key=lambda path: -len(places[path]))
tasks = [
    {
        "task": f"In {path!r} of this repository, read the code around the TODO comments of the lines in `context`, and "
        "judge how much work each of them is. Answer with one line for each: path:line | small, medium or large | "
        "function it stands in | why | what it says.",
        "context": {"path": path, "lines": places[path]},
    }
    for path in sorted(most[:4])
]
try:
    answers = rlm_query_batched(tasks)
except Exception as refused:
    answers = [f"Error: {refused}"]
lines = [line for answer in answers for line in answer.splitlines()]
lines += [f"not looked at, for want of sandboxes: {path}" for path in most[4:]]
print(f"answers of {len(answers)} sub-agents: {len(lines)} lines")
