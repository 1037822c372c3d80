FINAL("\n".join(lines) or "NONE")
