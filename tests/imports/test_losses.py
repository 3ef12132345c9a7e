"""What counts as a loss, and how much of it is too much."""

import pytest

from app.imports import guard
from app.imports.tables import BY_ROW
from app.school.rows import (
    Change,
    GuardianRow,
    LessonRow,
    LinkRow,
    MemberRow,
    Present,
    StudentRow,
    TeacherRow,
)

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked


def student(number, **values):
    empty = {"given_name": "", "prefix": "", "family_name": "", "email": "", "birth_date": None}
    return StudentRow(number, **{**empty, **values}, home_class="", department="", apart=False)


def member(group, number):
    return MemberRow(group, number)


def lesson(key, group):
    return LessonRow(key, group, "ne", "vri", "regular", "", "2026-W35", "2027-W28", 1)


def lost(change, before=(), table=MemberRow):
    present = Present({table: {row.key: row for row in before}})
    return [(one.column, len(one.rows)) for one in guard.losses({table: change}, present, {})]


def related(guardian, number, relation="moeder", *, authority=True):
    return LinkRow(guardian, number, relation, authority=authority, apart=False)


def seen(relation, *, authority=True):
    return related("p", "1", relation, authority=authority)


class TestWhatIsALoss:
    @pytest.mark.parametrize(
        ("old", "new", "losses"),
        [
            (seen("moeder"), seen("voogd"), []),
            (seen("oma"), seen("opa"), []),
            (seen("oma"), seen(""), [("relatie", 1)]),
            (seen("moeder"), seen("mother"), [("relatie", 1)]),
            (seen("oma"), seen("moeder"), [("relatie", 1)]),
            (seen(""), seen("moeder"), [("relatie", 1)]),
            (seen("moeder"), seen("moeder", authority=False), [("gezag", 1)]),
            (seen("moeder", authority=False), seen("moeder"), [("gezag", 1)]),
        ],
    )
    def test_a_word_that_opens_or_closes_a_child_counts(self, old, new, losses):
        assert lost(Change(changed=[new]), [old], LinkRow) == losses

    def test_a_student_who_changes_groups_loses_none(self):
        gone, added = [member("a", "1"), member("b", "1")], [member("c", "1")]
        assert lost(Change(added=added, gone=gone)) == [("", 1)]
        assert lost(Change(added=[*added, member("d", "1")], gone=gone)) == []
        assert lost(Change(added=[member("c", "2")], gone=gone)) == [("", 2)]

    def test_a_group_with_another_lesson_loses_none(self):
        change = Change(added=[lesson("2", "a")], gone=[lesson("1", "a"), lesson("3", "b")])
        assert lost(change, table=LessonRow) == [("", 1)]

    @pytest.mark.parametrize(
        ("old", "new", "losses"),
        [
            ({"given_name": "Noor"}, {"given_name": "Nora"}, []),
            ({"given_name": "Noor"}, {}, [("roepnaam", 1)]),
            ({"email": "a@x.example"}, {"email": "b@x.example"}, [("email", 1)]),
            ({"email": ""}, {"email": "b@x.example"}, []),
        ],
    )
    def test_a_value_is_lost_when_it_is_emptied_and_an_address_when_it_changes(
        self, old, new, losses
    ):
        change = Change(changed=[student("1", **new)])
        assert lost(change, [student("1", **old)], StudentRow) == losses


def suspicious(number, present, *, column="", kept=0):
    """Of so many students so many lose their address; ``kept`` have another one."""
    before = [student(str(one), email="a@x.example") for one in range(number)]
    others = [student(f"k{one}", email="k@x.example") for one in range(kept)]
    loss = guard.Loss(BY_ROW[StudentRow], column, tuple(student(it.key) for it in before), present)
    rows_ = {row.key: row for row in (*before, *others)}
    changes = {
        StudentRow: Change(changed=loss.rows if column else (), gone=() if column else loss.rows)
    }
    return guard.is_suspicious(loss, changes, Present({StudentRow: rows_}))


@pytest.mark.parametrize(
    ("lost_", "present", "expected"),
    [(25, 1000, False), (26, 1000, True), (10, 100, False), (11, 100, True), (1, 9, True)],
)
def test_more_than_25_or_a_tenth_are_many(lost_, present, expected):
    assert suspicious(lost_, present) is expected


def test_all_that_a_column_holds_is_suspicious_also_when_it_is_little():
    assert suspicious(3, 1000, column="email")
    assert not suspicious(3, 1000, column="email", kept=1)
    assert not suspicious(guard.FEW, 1000, column="email")


def test_also_when_the_only_other_one_leaves():
    lost_, left = (
        [student(str(one), email="a@x.example") for one in range(3)],
        student("9", email="b"),
    )
    loss = guard.Loss(BY_ROW[StudentRow], "email", tuple(student(it.key) for it in lost_), 1000)
    change = Change(changed=loss.rows, gone=[left])
    present = Present({StudentRow: {row.key: row for row in (*lost_, left)}})
    assert guard.is_suspicious(loss, {StudentRow: change}, present)
    came = Change(changed=loss.rows, gone=[left], added=[student("10", email="c")])
    assert not guard.is_suspicious(loss, {StudentRow: came}, present)


def test_a_parent_all_of_whose_children_leave_is_no_further_loss():
    parents = [GuardianRow(key, "", "", "Jansen", "", "nl") for key in ("p", "q")]
    links = [related("p", "1"), related("q", "1"), related("q", "2")]
    changes = {StudentRow: Change(gone=[student("1")]), GuardianRow: Change(gone=parents)}
    present = Present(
        {
            LinkRow: {row.key: row for row in links},
            GuardianRow: {row.key: row for row in parents},
        }
    )
    losses = guard.losses(changes, present, {GuardianRow: {}})
    assert [[row.key for row in one.rows] for one in losses] == [["1"], ["q"]]


def test_nor_is_one_of_a_student_who_left_before():
    """Such as removed by the office: the groups and packages go when the files follow."""
    changes = {MemberRow: Change(gone=[member("a", "1"), member("a", "2")])}
    present = Present(ended={StudentRow: {key: student(key) for key in ("1", "2")}})
    back = {StudentRow: {"2": student("2")}}
    assert [len(one.rows) for one in guard.losses(changes, present, back)] == [1]


def test_a_row_that_follows_from_somebody_who_left_is_no_loss():
    changes = {
        StudentRow: Change(gone=[student("1")]),
        MemberRow: Change(gone=[member("a", "1"), member("a", "2")]),
        TeacherRow: Change(),
    }
    found = guard.losses(changes, Present({}), {})
    assert [(one.table.row, len(one.rows)) for one in found] == [(StudentRow, 1), (MemberRow, 1)]
