result = run("python3", "-B", "-m", "unittest")
failing = sorted(set(re.findall(r"^(?:FAIL|ERROR): (\w+) \(([\w.]+)\)", result.stderr, re.M)))
for method, place in failing:
    print(f"fails: {place if place.endswith('.' + method) else f'{place}.{method}'}")
print(*re.findall(r"^\w*(?:Error|Exception)\b.*", result.stderr, re.M)[:5], sep="\n")
print(f"the tests ended with code {result.returncode}: {(result.stderr.strip().splitlines() or ['nothing was said'])[-1]}")
