print(run("git", "diff").stdout)
after = run("python3", "-B", "-m", "unittest")
print(f"the tests now end with code {after.returncode}: {(after.stderr.strip().splitlines() or ['nothing was said'])[-1]}")
