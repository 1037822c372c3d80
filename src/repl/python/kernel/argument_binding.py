"""Binds positional and keyword arguments to declared fields, with errors that name them."""


def signature_text(name, fields):
    """Such as `SUBMIT(answer: str, score: float = 0.5)`."""
    return "%s(%s)" % (name, ", ".join(_parameter(field) for field in fields))


def _parameter(field):
    text = "%s: %s" % (field["name"], field["pythonType"])
    if "default" in field:
        return "%s = %r" % (text, field["default"])
    return text if field["required"] else text + " = ..."


def documentation(name, fields, description=""):
    """A docstring: the signature, what it does, what each field is."""
    lines = [signature_text(name, fields), description]
    lines += ["%s: %s" % (field["name"], field["description"]) for field in fields if field.get("description")]
    return "\n".join(line for line in lines if line)


def bind_arguments(name, fields, positional, keywords):
    """The arguments by field name; defaults are left to the host. Raises TypeError for what does not fit."""
    names = [field["name"] for field in fields]
    if len(positional) > len(names):
        raise _error(name, fields, "takes %d argument(s) but %d were given" % (len(names), len(positional)))
    bound = dict(zip(names, positional))
    for keyword, value in keywords.items():
        if keyword not in names:
            raise _error(name, fields, "got an unexpected argument %r" % keyword)
        if keyword in bound:
            raise _error(name, fields, "got two values for argument %r" % keyword)
        bound[keyword] = value
    missing = [field["name"] for field in fields if field["required"] and field["name"] not in bound]
    if missing:
        raise _error(name, fields, "is missing " + ", ".join(repr(field) for field in missing))
    return {field: bound[field] for field in names if field in bound}


def _error(name, fields, what):
    return TypeError("%s() %s; it is called as %s" % (name, what, signature_text(name, fields)))
