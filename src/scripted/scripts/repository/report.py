if edit.startswith("Error: "):
    lines = [f"Nothing was changed: {edit.removeprefix('Error: ')}."]
else:
    outcome = "pass" if after.returncode == 0 else "still fail"
    lines = [f"Did what {easiest['path']}:{easiest['line']} asked for: {easiest['todo']}. {edit} The tests {outcome}."]
    findings.remove(easiest)
unread = sum(todos.values()) - judged
if unread:
    lines.append(f"{unread} TODO comments were not judged.")
lines.append(f"{len(findings)} TODO comments are left:" if findings else "No other TODO comment is known.")
for finding in sorted(findings, key=lambda finding: (SIZES.index(finding["effort"]), finding["path"], finding["line"])):
    lines.append(f"  {finding['effort']}: {finding['path']}:{finding['line']} {finding['todo']} ({finding['why']})")
FINAL("\n".join(lines))
