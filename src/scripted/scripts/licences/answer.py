every = sorted({document["package"] for document in context})
SUBMIT(json.dumps({package: findings.get(package) for package in every}, ensure_ascii=False))
