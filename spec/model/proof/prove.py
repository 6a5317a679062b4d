"""The driver: proves every obligation, refutes every mutant, runs the vectors and the
edges, and prints one line each. Exit code 1 if anything is not as expected."""
import os
import sys
import time

sys.dont_write_bytecode = True

import z3

import edges
import envelope
import laws
import logic
import steps
import vectors

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = os.path.dirname(os.path.dirname(HERE))
TIMEOUT = 10000  # milliseconds for one query


def known_requirements():
    with open(os.path.join(SPEC, "requirements.lock"), encoding="utf-8") as file:
        return {line.split()[0] for line in file if line.strip() and line[0] != "#"}


def verdict(*formulas):
    solver = z3.Solver()
    solver.set("timeout", TIMEOUT)
    solver.add(*formulas)
    return solver.check()


class Report:
    def __init__(self):
        self.known, self.failures, self.lines = known_requirements(), 0, 0
        self.counts = {}

    def line(self, kind, name, requirements, good, detail, started):
        unknown = [r for r in requirements.split() if r not in self.known]
        if unknown:
            good, detail = False, "no such requirement: " + ", ".join(unknown)
        self.failures += not good
        self.counts[kind] = self.counts.get(kind, 0) + good
        print("%-8s %-57s %-17s %5.2f s  %s" % (
            kind, name, detail if good else "FAILED: " + detail,
            time.monotonic() - started, requirements), flush=True)


def prove_laws(report):
    for name, requirements, law in laws.LAWS:
        started = time.monotonic()
        open_cases = [case for case, formula in law(None) if verdict(formula) != z3.unsat]
        report.line("law", name, requirements, not open_cases,
                    "not proved: " + ", ".join(open_cases) if open_cases else "proved", started)
    for mutant, law in laws.MUTANTS.items():
        started = time.monotonic()
        found = [verdict(formula) for _, formula in law(mutant)]
        refuted(report, mutant, "policy.decision.reference", found, started)


def refuted(report, mutant, requirements, found, started):
    good = z3.sat in found
    report.line("mutant", mutant, requirements, good,
                "refuted" if good else "not refuted: %s" % found, started)


def scene(vocabulary, mutant=None):
    c = steps.Scene(vocabulary, mutant)
    return c, envelope.invariant(c.L, c.s)


def queries(build, vocabulary, mutant=None):
    """(case, result of Inv and assumption and not claim)"""
    c, invariant = scene(vocabulary, mutant)
    for case, assumption, claim in build(c):
        yield case, verdict(c.L.limits(c.s), invariant, assumption, z3.Not(claim))


def obligations():
    for part, requirements in steps.INVARIANTS:
        yield part, requirements, steps.inductive(part)
    yield from steps.STEPS


def prove_steps(report):
    started = time.monotonic()
    c, invariant = scene(logic.Terms())
    base = verdict(envelope.initial(c.L, c.s), z3.Not(invariant))
    report.line("base", "the initial state has the invariant", "key.create.enabled",
                base == z3.unsat, "proved" if base == z3.unsat else str(base), started)
    for name, requirements, build in obligations():
        started = time.monotonic()
        bad = [case for case, found in queries(build, logic.Terms()) if found != z3.unsat]
        report.line("proof", name, requirements, not bad,
                    "not proved: " + ", ".join(bad) if bad else "proved", started)


def guard_small(report):
    """Without a mutant the small world has no counterexample: it adds none of its own."""
    started, bad = time.monotonic(), []
    for name, _, build in obligations():
        bad += [name for _, found in queries(build, logic.Small()) if found != z3.unsat]
    report.line("small", "no counterexample without a mutant", "", not bad,
                ", ".join(bad) or "none", started)


def refute_mutants(report):
    table = {name: (requirements, build) for name, requirements, build in obligations()}
    for mutant, name in steps.MUTANTS.items():
        started, found = time.monotonic(), []
        requirements, build = table[name]
        for _, result in queries(build, logic.Small(), mutant):
            found.append(result)
            if result == z3.sat:
                break
        refuted(report, mutant, requirements, found, started)


def guard_vacuity(report):
    """Inv and each action accepted, and each that can be refused refused, is possible."""
    c, invariant = scene(logic.Small())
    for action in envelope.ACTIONS:
        started = time.monotonic()
        accepted, _ = c.after(action)
        base = (c.L.limits(c.s), invariant)
        found = [verdict(*base, accepted)]
        if action not in envelope.NEVER_REFUSED:
            found.append(verdict(*base, z3.Not(accepted)))
        good = all(result == z3.sat for result in found)
        detail = "accepted, refused" if len(found) > 1 else "accepted"
        report.line("possible", action, "", good, detail, started)


def guard_assumptions(report):
    """What the obligations assume is possible, case by case."""
    for name, _, law in laws.LAWS:
        started = time.monotonic()
        if law is laws.order_and_duplicates:
            continue  # two equal lists satisfy it
        bad = [case for case, f in law(None) if verdict(f.arg(0)) != z3.sat]
        report.line("assumed", name, "", not bad, ", ".join(bad) or "possible", started)
    for name, _, build in steps.STEPS:
        started = time.monotonic()
        c, invariant = scene(logic.Small())
        base = z3.And(c.L.limits(c.s), invariant)
        bad = [case for case, assumption, _ in build(c)
               if verdict(base, assumption) != z3.sat]
        report.line("assumed", name, "", not bad, ", ".join(bad) or "possible", started)


def run_vectors(report):
    started = time.monotonic()
    folder = os.path.join(os.path.dirname(SPEC), "vectors", "data", "policy")
    count, decisions, bad = vectors.run_all(folder)
    for text in bad:
        print("  " + text)
    good = not bad and count["decision"] > 0
    report.line("vectors", "%d with decisions (%d decisions)" % (count["decision"], decisions),
                "policy.decision.reference", good, "agree" if good else "disagree", started)
    print("         %d are about the refusal of a document, not about a decision; "
          "%d only store documents" % (count["document"], count["fixture"]))


def run_edges(report):
    for name, good in edges.self_test():
        report.line("edge", name, "", good, "as expected" if good else "wrong",
                    time.monotonic())


def main():
    started, report = time.monotonic(), Report()
    for part in (run_vectors, prove_laws, prove_steps, guard_small, refute_mutants,
                 guard_vacuity, guard_assumptions, run_edges):
        part(report)
    counts = ", ".join("%d %s" % (n, kind) for kind, n in report.counts.items())
    print("%s; %d failures; %.1f s" % (counts, report.failures, time.monotonic() - started))
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
