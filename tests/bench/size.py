"""What a booking costs the database after years of use, divided by what it costs a young school."""

from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from tests.bench.builds import Build
from tests.bench.goals import Figures
from tests.bench.process import start

YOUNG, OLD = (150, 4), (6000, 11)  # families and earlier rounds: 1,800 and 198,000 talks
ROUNDS, FAMILIES = 15, 40


def measure(builds: list[Build], empty: Callable[[], str], figures: Figures) -> None:
    """Print both, of the newest build, on PostgreSQL, whose CPU can be told from the site's."""
    build, workers, talks = builds[-1], [], []
    with ExitStack() as stack:
        for families, rounds in (YOUNG, OLD):
            school = build.school(empty(), FAMILIES, 1)
            growing = build.inside(school.url, "grow.py", str(families), str(rounds))
            talks.append(int(growing.communicate()[0]))
            workers.append(start(stack, build, school))
        for number in range(ROUNDS):
            for worker in workers if number % 2 else workers[::-1]:
                worker.work("booking", "phone")
    young, old = workers
    shares = [late / soon for late, soon in zip(old.database, young.database, strict=True)]
    print(f"{'a booking with its answer':36}{'talks':>9}{'database':>10}{'web':>8}")
    for count, worker in zip(talks, workers, strict=True):
        print(f"{'':36}{count:9}{median(worker.database):10.2f}{median(worker.web):8.2f}")
    print(f"{'ratio of the database':36}{'':9}{median(shares):10.2f}")
    figures.add("booking's database CPU at 200,000 talks ÷ at 1,800", median(shares))
