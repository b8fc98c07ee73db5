"""Attaching: who may, only what one has uploaded, and what history and card say then."""

from typing import Any

import pytest

from engine.core.commands import AttachFiles, DetachFile, EditCard
from engine.core.events import FileDetached, FilesAttached
from engine.core.reasons import ReasonCode
from pipes.files import FileReference
from pipes.identifiers import FieldId
from tests.builders import AUTOMATION, Course, a_life, a_pipe, codes

PLAN = FileReference(id="f1", name="plan.pdf", bytes=300, type="application/pdf")
OTHER = FileReference(id="f2", name="other.pdf", bytes=200, type="application/pdf")
SKETCH: dict[str, Any] = {
    "type": "attachment",
    "label": "Sketches",
    "editable": "always",
    "max_files": 2,
    "max_bytes": 250,
}


def a_card(**uploaders: str | None) -> Course:
    name = {"type": "short_text", "label": "Name"}
    pipe = a_pipe(fields={"name": name, "problem": name, "sketches": SKETCH})
    return a_life(pipe, uploaders=dict(uploaders)).creates(name="Offline mode")


def edit(*files: FileReference) -> EditCard:
    return EditCard(values={FieldId("sketches"): [file.as_value() for file in files]})


def test_what_is_attached_stands_on_the_card_with_who_and_when():
    life = a_card()
    happened = life.does("bo", AttachFiles(files=(PLAN, OTHER, PLAN)))

    assert happened == (FilesAttached(files=(PLAN, OTHER)),)
    assert [(each.file, each.by.id, each.at) for each in life.it.files] == [
        (PLAN, "bo", life.now),
        (OTHER, "bo", life.now),
    ]


def test_attaching_again_changes_nothing():
    life = a_card()
    life.does("bo", AttachFiles(files=(PLAN,)))

    assert life.does("bo", AttachFiles(files=(PLAN,))) == ()


@pytest.mark.parametrize("uploader", [None, "cy", ""])
def test_nobody_attaches_what_they_have_not_uploaded(uploader: str | None):
    life = a_card(f1=uploader)

    assert codes(life.tries("bo", AttachFiles(files=(PLAN,)))) == [ReasonCode.UNKNOWN_FILE]
    assert codes(life.tries("bo", edit(OTHER, PLAN))) == [ReasonCode.INVALID_VALUE]
    life = a_card(f2=uploader)
    assert codes(life.tries("bo", edit(OTHER))) == [ReasonCode.UNKNOWN_FILE]


def test_what_stands_in_a_field_may_stay_whoever_uploaded_it():
    life = a_card()
    life.does("bo", edit(OTHER))
    life.uploaders["f2"] = "bo"
    small = FileReference(id="f3", name="small.pdf", bytes=1, type="application/pdf")
    life.does("cy", edit(OTHER, small))

    assert life.it.values[FieldId("sketches")] == [OTHER.as_value(), small.as_value()]


def test_an_automation_may_copy_a_file_and_not_invent_one():
    life = a_card(f1="bo")
    life.does(AUTOMATION, AttachFiles(files=(PLAN,)))
    life.uploaders["f2"] = None

    assert codes(life.tries(AUTOMATION, AttachFiles(files=(OTHER,)))) == [ReasonCode.UNKNOWN_FILE]


def test_a_field_holds_to_its_limits():
    assert codes(a_card().tries("bo", edit(PLAN))) == [ReasonCode.INVALID_VALUE]


def test_who_attached_it_or_works_on_the_card_takes_it_away():
    life = a_card()
    life.does("bo", AttachFiles(files=(PLAN, OTHER)))

    assert life.does("cy", DetachFile(file="f1")) == (FileDetached(file=PLAN),)
    assert [each.file for each in life.it.files] == [OTHER]
    assert codes(life.tries("cy", DetachFile(file="f1"))) == [ReasonCode.UNKNOWN_FILE]


def test_who_may_only_look_attaches_nothing_and_takes_nothing_away():
    life = a_card()
    life.does("bo", AttachFiles(files=(PLAN,)))

    assert codes(life.tries("val", AttachFiles(files=(OTHER,)))) == [ReasonCode.NOT_ALLOWED]
    assert codes(life.tries("val", DetachFile(file="f1"))) == [ReasonCode.NOT_ALLOWED]


def test_a_card_has_only_so_many_files():
    life = a_card()
    many = tuple(
        FileReference(id=f"n{number}", name="n.pdf", bytes=1, type="application/pdf")
        for number in range(201)
    )

    assert codes(life.tries("bo", AttachFiles(files=many))) == [ReasonCode.TOO_MANY_FILES]
    life.does("bo", AttachFiles(files=many[:200]))
    assert codes(life.tries("bo", AttachFiles(files=many[200:]))) == [ReasonCode.TOO_MANY_FILES]
