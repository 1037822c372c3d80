largest = sorted(modules, key=lambda module: -sum(todos[path] for path in modules[module]))
chosen, left_out = sorted(largest[:8]), sorted(largest[8:])
if left_out:
    print(f"not looked at, for want of sandboxes: {left_out}")

tasks = [
    {
        "task": f"Investigate the TODO comments of {module!r} in this repository, which `context` names too: find them, "
        "and give each file that has some to a sub-agent, which reads the code around them and judges how much work "
        "each is. Answer with one line for each TODO: path:line | small, medium or large | function it stands in | "
        "why | what it says. Answer NONE where there are none.",
        "context": {"module": module},
    }
    for module in chosen
]
try:
    answers = rlm_query_batched(tasks)
except Exception as refused:
    answers = [f"Error: {refused}"] * len(tasks)

pattern = re.compile(
    r"(?P<path>.+?):(?P<line>\d+) \| (?P<effort>small|medium|large) \| (?P<name>.*?) \| (?P<why>.*?) \| (?P<todo>.*)"
)
findings = []
for module, answer in zip(chosen, answers):
    lines = answer.splitlines()
    matches = [pattern.fullmatch(line) for line in lines]
    findings += [{**match.groupdict(), "line": int(match["line"])} for match in matches if match]
    for line, match in zip(lines, matches):
        if match is None:
            print(f"{module}: {line[:200]}")

judged = len(findings)
print(f"{judged} TODO comments were judged in {len(chosen)} modules")
