"""One vocabulary for the transitions of envelope.py, with three meanings.

Values:  concrete Python values and dictionaries (edges.py).
Terms:   z3 terms over sorts of any size (the proofs).
Small:   z3 terms over a few elements, quantifiers spelled out (the counterexamples).
"""
import z3

SORTS = ("Key", "Path", "Principal", "Upload")


class Default(dict):
    """A total map: what is not stored has the default."""

    def __init__(self, default, items=()):
        super().__init__(items)
        self.default = default

    def __missing__(self, key):
        return self.default


class Values:
    def __init__(self, domains=None, materials=8):
        self.domains, self.materials = domains or {}, range(materials)

    def all(self, *values):
        return all(values)

    def any(self, *values):
        return any(values)

    def no(self, value):
        return not value

    def eq(self, left, right):
        return left == right

    def pick(self, test, yes, other):
        return yes if test else other

    def get(self, mapping, key):
        return mapping[key]

    def put(self, mapping, key, value):
        changed = Default(mapping.default, mapping)
        changed[key] = value
        return changed

    def none_held(self):
        return Default(False)

    def each(self, sort, body):
        domain = self.materials if sort == "Int" else self.domains[sort]
        return all(body(x) for x in domain)


class Terms:
    def __init__(self):
        self.sorts = {name: z3.DeclareSort(name) for name in SORTS}
        self.sorts.update(Int=z3.IntSort(), Bool=z3.BoolSort())
        self.number = 0

    def all(self, *values):
        return z3.And(*values)

    def any(self, *values):
        return z3.Or(*values)

    def no(self, value):
        return z3.Not(value)

    def eq(self, left, right):
        return left == right

    def pick(self, test, yes, other):
        return z3.If(test, yes, other)

    def get(self, mapping, key):
        return z3.Select(mapping, key)

    def put(self, mapping, key, value):
        return z3.Store(mapping, key, value)

    def none_held(self):
        return z3.K(z3.IntSort(), z3.BoolVal(False))

    def sort(self, shape):
        """"Bool", "Key", ... or a pair (from, to) for a map."""
        if isinstance(shape, tuple):
            return z3.ArraySort(self.sort(shape[0]), self.sort(shape[1]))
        return self.sorts[shape]

    def fresh(self, name, shape):
        return z3.Const(name, self.sort(shape))

    def each(self, sort, body):
        self.number += 1
        variable = z3.Const("%s_%d" % (sort.lower(), self.number), self.sorts[sort])
        return z3.ForAll([variable], body(variable))

    def limits(self, state):
        return True


class Small(Terms):
    """Two keys, three paths, two principals, two uploads, materials 0 to 4."""

    serial = 0

    def __init__(self):
        super().__init__()
        Small.serial += 1
        sizes = {"Key": 2, "Path": 3, "Principal": 2, "Upload": 2}
        self.elements = {}
        for name in SORTS:
            labels = ["%s%d_%d" % (name, i, Small.serial) for i in range(sizes[name])]
            self.sorts[name], self.elements[name] = z3.EnumSort(
                "%s_%d" % (name, Small.serial), labels)
        self.elements["Int"] = [z3.IntVal(i) for i in range(5)]

    def each(self, sort, body):
        return z3.And(*[body(x) for x in self.elements[sort]])

    def limits(self, state):
        """In the state before, materials stay so few that every one is looked at."""
        few = [z3.Select(state["current"], k) <= 3 for k in self.elements["Key"]]
        return z3.And(state["service"] <= 3, *few)
