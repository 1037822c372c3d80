fixes = {
    "a parcel of exactly the limit belongs to this band": (
        "        # TODO: a parcel of exactly the limit belongs to this band\n        if grams < limit:\n",
        "        if grams <= limit:\n",
    ),
}
easiest = candidates[0] if candidates else None
if easiest is not None and easiest["todo"] in fixes:
    edit = edit_file(easiest["path"], *fixes[easiest["todo"]])
    print(f"edit_file says: {edit}")
else:
    why = "this script has no fix for it" if easiest else "no TODO explains a failing test" if result.returncode else "no test fails"
    edit = f"Error: {why}"
    print(f"edit_file says: nothing, it was not called. {edit}")
